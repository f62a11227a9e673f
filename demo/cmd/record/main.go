// Record makes the bundled recording of the shop: it builds the shop, runs it,
// lets it make mistakes at planned times, and keeps what the process says
// about itself in a folder that `whygo serve DIR` opens.
//
//	go run ./cmd/record -out ../test/fixtures/demo
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

type options struct {
	out      string
	addr     string
	instance string
	duration time.Duration
	every    time.Duration
	metrics  time.Duration
	dumps    time.Duration
	trace    time.Duration
	plan     plan
}

// plan says when which fault goes on.
type plan []step

type step struct {
	fault string
	after time.Duration
}

func (p *plan) String() string {
	var steps []string
	for _, s := range *p {
		steps = append(steps, s.fault+"@"+s.after.String())
	}
	return strings.Join(steps, ",")
}

// Set reads "map-growth@2m,lock-over-io@2m40s".
func (p *plan) Set(text string) error {
	*p = nil
	for _, item := range strings.Split(text, ",") {
		name, after, ok := strings.Cut(item, "@")
		if !ok {
			return fmt.Errorf("%q is not of the form fault@duration", item)
		}
		d, err := time.ParseDuration(after)
		if err != nil {
			return err
		}
		*p = append(*p, step{name, d})
	}
	return nil
}

func main() {
	log.SetFlags(log.Ltime)
	log.SetPrefix("record: ")
	o := options{plan: plan{{"map-growth", 2 * time.Minute}, {"lock-over-io", 160 * time.Second}}}
	flag.StringVar(&o.out, "out", "", "`folder` to make; it must not exist or have a manifest to replace")
	flag.StringVar(&o.addr, "addr", "127.0.0.1:6060", "where the shop listens while it is recorded")
	flag.StringVar(&o.instance, "instance", "", "how the manifest names the process (default its address)")
	flag.DurationVar(&o.duration, "for", 4*time.Minute, "how long to record")
	flag.DurationVar(&o.every, "every", 10*time.Second, "length of a CPU profile, and time between the other profiles")
	flag.DurationVar(&o.metrics, "metrics-every", 5*time.Second, "time between two readings of the metrics")
	flag.DurationVar(&o.dumps, "dumps-every", 30*time.Second, "time between two goroutine dumps")
	flag.DurationVar(&o.trace, "trace-at", 215*time.Second, "when the execution trace of one second is taken")
	flag.Var(&o.plan, "faults", "fault@time,…: what goes wrong when")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o); err != nil {
		log.Print(err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) error {
	if o.out == "" {
		return errors.New("say where to with -out")
	}
	if err := clear(o.out); err != nil {
		return err
	}
	base, end, err := startShop(ctx, o.addr)
	if err != nil {
		return err
	}
	defer end()
	// The first seconds of a process are about starting, not about serving.
	if err := sleep(ctx, 5*time.Second); err != nil {
		return err
	}
	log.Printf("recording %s into %s for %s", base, o.out, o.duration)
	r := newRecorder(base, o.out)
	if err := r.record(ctx, o); err != nil {
		return err
	}
	if o.instance == "" {
		o.instance = strings.TrimPrefix(base, "http://")
	}
	return r.writeManifest(ctx, o.instance)
}

// clear removes a former recording, and nothing else.
func clear(dir string) error {
	if _, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if _, err := os.Stat(filepath.Join(dir, manifestName)); err != nil {
		return fmt.Errorf("%s exists and is no recording", dir)
	}
	for _, name := range []string{manifestName, faultsName, service} {
		if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	return nil
}

// startShop builds and starts the shop. Paths of this machine are trimmed from
// what it will say about its source.
func startShop(ctx context.Context, addr string) (base string, end func(), err error) {
	dir := filepath.Join(os.TempDir(), "whygo-demo")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", nil, err
	}
	binary := filepath.Join(dir, service)
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-o", binary, "whygo.dev/demo")
	if output, err := build.CombinedOutput(); err != nil {
		return "", nil, fmt.Errorf("build the shop: %w\n%s", err, output)
	}
	command := exec.Command(binary, "-addr", addr)
	command.Stderr = os.Stderr
	stdout, err := command.StdoutPipe()
	if err != nil {
		return "", nil, err
	}
	if err := command.Start(); err != nil {
		return "", nil, err
	}
	end = func() {
		// Either may fail because the shop has ended by itself already.
		_ = command.Process.Signal(os.Interrupt)
		_ = command.Wait()
	}
	lines := bufio.NewScanner(stdout)
	if !lines.Scan() {
		end()
		return "", nil, errors.New("the shop did not start")
	}
	base, ok := strings.CutPrefix(lines.Text(), "listening ")
	if !ok {
		end()
		return "", nil, fmt.Errorf("the shop said %q", lines.Text())
	}
	return base, end, nil
}

func switchFault(ctx context.Context, base, name string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/fault?on=1&name="+name, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("switch on %s: %s", name, response.Status)
	}
	log.Printf("%s is on", name)
	return nil
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
