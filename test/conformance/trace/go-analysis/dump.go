// Part of package cmd/trace for the time of a build (go build -overlay): with WHYGO_DUMP set, the
// command prints what it and internal/trace compute of a trace as JSON, and ends.
package main

import (
	"encoding/json"
	"internal/trace"
	"log"
	"net/http"
	"net/url"
	"os"
	"time"

	"internal/trace/traceviewer"
)

type dumpedStats struct {
	Exec, Sched, Syscall, SyscallBlock, Total time.Duration
	Block, Range                              map[string]time.Duration
}

type dumpedRegion struct {
	Name       string
	Task       uint64
	Start, End int64
	Stats      dumpedStats
}

type dumpedGoroutine struct {
	ID                   int64
	Name                 string
	Creation, Start, End int64
	Stats                dumpedStats
	Regions              []dumpedRegion
}

type dumpedTask struct {
	ID         uint64
	Name       string
	Parent     uint64
	Start, End int64
	Logs       int
	Regions    int
	Goroutines int
}

type dumpedRecord struct {
	Count uint64
	Time  time.Duration
	Stack []string
}

type dump struct {
	Goroutines []dumpedGoroutine
	Tasks      []dumpedTask
	MMU        map[string]dumpedMMU
	Profiles   map[string][]dumpedRecord
}

type dumpedMMU struct {
	Series, Changes int
	Windows         []int64
	MMU             []float64
	MUD             [][]float64
	Worst           [][]trace.UtilWindow
}

func init() {
	path := os.Getenv("WHYGO_DUMP")
	if path == "" {
		return
	}
	file, err := os.Open(path)
	if err != nil {
		log.Fatal(err)
	}
	parsed, err := parseTrace(file, 0)
	if err != nil {
		log.Fatal(err)
	}
	var out dump
	for _, g := range parsed.summary.Goroutines {
		d := dumpedGoroutine{ID: int64(g.ID), Name: g.Name, Creation: int64(g.CreationTime),
			Start: int64(g.StartTime), End: int64(g.EndTime), Stats: statsOf(g.GoroutineExecStats)}
		for _, r := range g.Regions {
			d.Regions = append(d.Regions, dumpedRegion{r.Name, uint64(r.TaskID), timeOf(r.Start),
				timeOf(r.End), statsOf(r.GoroutineExecStats)})
		}
		out.Goroutines = append(out.Goroutines, d)
	}
	for _, t := range parsed.summary.Tasks {
		d := dumpedTask{ID: uint64(t.ID), Name: t.Name, Start: timeOf(t.Start), End: timeOf(t.End),
			Logs: len(t.Logs), Regions: len(t.Regions), Goroutines: len(t.Goroutines)}
		if t.Parent != nil {
			d.Parent = uint64(t.Parent.ID)
		}
		out.Tasks = append(out.Tasks, d)
	}
	out.MMU = map[string]dumpedMMU{
		"stw,background,assist":               mmuOf(parsed, trace.UtilSTW|trace.UtilBackground|trace.UtilAssist),
		"stw,background,assist,sweep":         mmuOf(parsed, trace.UtilSTW|trace.UtilBackground|trace.UtilAssist|trace.UtilSweep),
		"stw,background,assist,sweep,perproc": mmuOf(parsed, trace.UtilSTW|trace.UtilBackground|trace.UtilAssist|trace.UtilSweep|trace.UtilPerProc),
		"stw":                                 mmuOf(parsed, trace.UtilSTW),
	}
	out.Profiles = map[string][]dumpedRecord{}
	for query := range profileQueries(parsed) {
		out.Profiles[query] = records(parsed, query)
	}
	if err := json.NewEncoder(os.Stdout).Encode(out); err != nil {
		log.Fatal(err)
	}
	os.Exit(0)
}

func timeOf(ev *trace.Event) int64 {
	if ev == nil {
		return 0
	}
	return int64(ev.Time())
}

func statsOf(s trace.GoroutineExecStats) dumpedStats {
	return dumpedStats{s.ExecTime, s.SchedWaitTime, s.SyscallTime, s.SyscallBlockTime, s.TotalTime,
		s.BlockTimeByReason, s.RangeTime}
}

func mmuOf(parsed *parsedTrace, flags trace.UtilFlags) dumpedMMU {
	utils := trace.MutatorUtilizationV2(parsed.events, flags)
	curve := trace.NewMMUCurve(utils)
	d := dumpedMMU{Series: len(utils)}
	for _, series := range utils {
		d.Changes += len(series)
	}
	for window := time.Microsecond; window <= time.Second; window *= 10 {
		d.Windows = append(d.Windows, int64(window))
		d.MMU = append(d.MMU, curve.MMU(window))
		d.MUD = append(d.MUD, curve.MUD(window, []float64{0, 1 - .999, 1 - .99, 1 - .95, 0.5}))
		d.Worst = append(d.Worst, curve.Examples(window, 10))
	}
	return d
}

// profileQueries names the groups and region types of which profiles are taken, as in the URLs of
// cmd/trace.
func profileQueries(parsed *parsedTrace) map[string]bool {
	queries := map[string]bool{}
	for _, g := range parsed.summary.Goroutines {
		if g.Name != "" {
			queries["name="+url.QueryEscape(g.Name)] = true
		}
		for _, r := range g.Regions {
			if r.Name != "" {
				queries["type="+url.QueryEscape(r.Name)] = true
			}
		}
	}
	return queries
}

func records(parsed *parsedTrace, query string) []dumpedRecord {
	request, err := http.NewRequest("GET", "/?"+query, nil)
	if err != nil {
		log.Fatal(err)
	}
	var profile traceviewer.ProfileFunc
	if request.FormValue("type") != "" {
		profile = pprofByRegion(computePprofSched(), parsed)
	} else {
		profile = pprofByGoroutine(computePprofBlock(), parsed)
	}
	found, err := profile(request)
	if err != nil {
		log.Fatal(err)
	}
	out := []dumpedRecord{}
	for _, r := range found {
		d := dumpedRecord{Count: r.Count, Time: r.Time}
		for _, frame := range r.Stack {
			d.Stack = append(d.Stack, frame.Func)
		}
		out = append(out, d)
	}
	return out
}
