package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"sync"
	"time"
)

const (
	service      = "shop"
	manifestName = "manifest.json"
	faultsName   = "faults.json"
)

// kind is one thing to fetch from the shop.
type kind struct {
	name     string // the entry's type
	path     string
	format   string
	suffix   string
	duration time.Duration // the length of a capture; 0 for the state at one moment
}

// profiles are fetched every few seconds. heap and allocs hold the same
// samples; both are kept because a collector fetches both.
var profiles = []kind{
	{name: "heap", path: "/debug/pprof/heap", format: "pprof", suffix: ".pb.gz"},
	{name: "allocs", path: "/debug/pprof/allocs", format: "pprof", suffix: ".pb.gz"},
	{name: "block", path: "/debug/pprof/block", format: "pprof", suffix: ".pb.gz"},
	{name: "mutex", path: "/debug/pprof/mutex", format: "pprof", suffix: ".pb.gz"},
	{name: "goroutine", path: "/debug/pprof/goroutine", format: "pprof", suffix: ".pb.gz"},
	{name: "threadcreate", path: "/debug/pprof/threadcreate", format: "pprof", suffix: ".pb.gz"},
}

var (
	metricsKind = kind{name: "metrics", path: "/debug/metrics?format=json", format: "agent-json", suffix: ".json.gz"}
	dumpKind    = kind{name: "goroutines", path: "/debug/pprof/goroutine?debug=2", format: "goroutines", suffix: ".txt.gz"}
	traceKind   = kind{name: "trace", path: "/debug/pprof/trace?seconds=1", format: "trace", suffix: ".trace.gz", duration: time.Second}
)

func cpuKind(length time.Duration) kind {
	seconds := strconv.Itoa(int(length.Seconds()))
	return kind{name: "cpu", path: "/debug/pprof/profile?seconds=" + seconds, format: "pprof", suffix: ".pb.gz", duration: length}
}

type entry struct {
	File          string `json:"file"`
	Target        int    `json:"target"`
	Type          string `json:"type"`
	TimeUnixNano  string `json:"timeUnixNano"`
	DurationNanos string `json:"durationNanos"`
	Bytes         int    `json:"bytes"`
	Format        string `json:"format"`

	time time.Time
}

type target struct {
	Service   string            `json:"service"`
	Instance  string            `json:"instance"`
	Labels    map[string]string `json:"labels"`
	GoVersion string            `json:"goVersion"`
}

type manifest struct {
	Schema  string   `json:"schema"`
	Targets []target `json:"targets"`
	Entries []entry  `json:"entries"`
}

// switched says when a fault went on.
type switched struct {
	Name         string `json:"name"`
	TimeUnixNano string `json:"timeUnixNano"`
}

type recorder struct {
	base string
	dir  string

	mu       sync.Mutex
	number   int
	entries  []entry
	switched []switched
}

func newRecorder(base, dir string) *recorder {
	return &recorder{base: base, dir: dir}
}

// record runs until the time is over or one capture has failed: a recording
// with holes is no recording.
func (r *recorder) record(ctx context.Context, o options) error {
	if err := os.MkdirAll(filepath.Join(r.dir, service), 0o755); err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	begin := time.Now()
	end := begin.Add(o.duration)
	var wg sync.WaitGroup
	do := func(work func() error) {
		wg.Add(1)
		go func() {
			defer wg.Done()
			if err := work(); err != nil {
				cancel(err)
			}
		}()
	}
	periodically := func(every time.Duration, kinds ...kind) {
		do(func() error {
			for at := begin; at.Before(end); at = at.Add(every) {
				if err := sleep(ctx, time.Until(at)); err != nil {
					return err
				}
				for _, k := range kinds {
					if err := r.capture(ctx, k); err != nil {
						return err
					}
				}
			}
			return nil
		})
	}
	do(func() error { // back to back, so that no moment is missed
		for time.Until(end) > o.every/2 {
			if err := r.capture(ctx, cpuKind(o.every)); err != nil {
				return err
			}
		}
		return nil
	})
	periodically(o.every, profiles...)
	periodically(o.metrics, metricsKind)
	periodically(o.dumps, dumpKind)
	do(func() error {
		if err := sleep(ctx, o.trace); err != nil {
			return err
		}
		return r.capture(ctx, traceKind)
	})
	for _, s := range o.plan {
		do(func() error {
			if err := sleep(ctx, s.after); err != nil {
				return err
			}
			r.mu.Lock()
			r.switched = append(r.switched, switched{s.fault, unixNano(time.Now())})
			r.mu.Unlock()
			return switchFault(ctx, r.base, s.fault)
		})
	}
	wg.Wait()
	return context.Cause(ctx)
}

// capture fetches one thing and writes it into a file of its own.
func (r *recorder) capture(ctx context.Context, k kind) error {
	r.mu.Lock()
	r.number++
	file := fmt.Sprintf("%s/%06d-%s%s", service, r.number, k.name, k.suffix)
	r.mu.Unlock()
	begin := time.Now()
	body, err := fetch(ctx, r.base+k.path)
	if err != nil {
		return err
	}
	packed, err := pack(body)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(r.dir, file), packed, 0o644); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.entries = append(r.entries, entry{
		File: file, Type: k.name, Format: k.format, Bytes: len(packed),
		TimeUnixNano: unixNano(begin), DurationNanos: strconv.FormatInt(k.duration.Nanoseconds(), 10),
		time: begin,
	})
	return nil
}

func fetch(ctx context.Context, url string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, fmt.Errorf("GET %s: %w", url, err)
	}
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("GET %s: %s: %.200s", url, response.Status, body)
	}
	return body, nil
}

// pack compresses as well as gzip can. Profiles come compressed for speed and
// are compressed again.
func pack(body []byte) ([]byte, error) {
	var plain io.Reader = bytes.NewReader(body)
	if bytes.HasPrefix(body, []byte{0x1f, 0x8b}) {
		unpacked, err := gzip.NewReader(plain)
		if err != nil {
			return nil, err
		}
		plain = unpacked
	}
	var packed bytes.Buffer
	w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := io.Copy(w, plain); err != nil {
		return nil, err
	}
	err = w.Close()
	return packed.Bytes(), err
}

// writeManifest comes last: a folder without it is an unfinished recording.
func (r *recorder) writeManifest(ctx context.Context, instance string) error {
	var about struct {
		Go string `json:"go"`
	}
	body, err := fetch(ctx, r.base+metricsKind.path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, &about); err != nil {
		return err
	}
	faults, err := fetch(ctx, r.base+"/fault")
	if err != nil {
		return err
	}
	sort.SliceStable(r.entries, func(i, j int) bool { return r.entries[i].time.Before(r.entries[j].time) })
	sort.Slice(r.switched, func(i, j int) bool { return r.switched[i].TimeUnixNano < r.switched[j].TimeUnixNano })
	err = writeJSON(filepath.Join(r.dir, faultsName), map[string]any{
		"switchedOn": r.switched, "faults": json.RawMessage(faults),
	})
	if err != nil {
		return err
	}
	return writeJSON(filepath.Join(r.dir, manifestName), manifest{
		Schema: "whygo.recording/1",
		Targets: []target{{
			Service: service, Instance: instance,
			Labels: map[string]string{}, GoVersion: about.Go,
		}},
		Entries: r.entries,
	})
}

// writeJSON replaces a file in one step.
func writeJSON(path string, v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(path+".part", append(text, '\n'), 0o644); err != nil {
		return err
	}
	return os.Rename(path+".part", path)
}

func unixNano(t time.Time) string { return strconv.FormatInt(t.UnixNano(), 10) }
