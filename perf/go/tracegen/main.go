// Command tracegen records the execution traces that perf/trace.ts measures with.
//
//	tracegen -load switches -ops 6700000 -o big.trace
//	tracegen -load service -rate 2000 -for 25s -o service.trace
//
// "switches" is what a trace is largest for: two thousand goroutines that hand values to each other,
// pass them down pipelines and fight for a mutex, for a number of operations. "service" is an HTTP
// service under its own load, with tasks, regions, logs and the CPU profiler.
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"runtime/pprof"
	"runtime/trace"
	"time"
)

func main() {
	load := flag.String("load", "switches", "switches or service")
	out := flag.String("o", "out.trace", "file to write")
	ops := flag.Int64("ops", 1_000_000, "switches: operations")
	pairs := flag.Int("pairs", 1000, "switches: pairs of goroutines")
	rate := flag.Int("rate", 2000, "service: requests a second")
	duration := flag.Duration("for", 25*time.Second, "service: how long")
	flag.Parse()
	f, err := os.Create(*out)
	if err != nil {
		log.Fatal(err)
	}
	run := func() { switches(*ops, *pairs) }
	if *load == "service" {
		// Before the trace, so that it gets the samples.
		if err := pprof.StartCPUProfile(io.Discard); err != nil {
			log.Fatal(err)
		}
		defer pprof.StopCPUProfile()
		run = func() { service(*rate, *duration) }
	}
	if err := trace.Start(f); err != nil {
		log.Fatal(err)
	}
	run()
	trace.Stop()
	if err := f.Close(); err != nil {
		log.Fatal(err)
	}
	info, err := os.Stat(*out)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s: %d bytes\n", *out, info.Size())
}
