// Command readtrace measures Go's reader of execution traces, golang.org/x/exp/trace: for every file
// named on standard input it reads all events once and prints what that took, as one line of JSON.
// perf/trace.ts asks it and our decoder in turn.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"log"
	"os"
	"syscall"
	"time"

	"golang.org/x/exp/trace"
)

type answer struct {
	CPUMs  float64 `json:"cpuMs"`
	WallMs float64 `json:"wallMs"`
	Events int     `json:"events"`
	PeakMB float64 `json:"peakMb"`
}

func usage() syscall.Rusage {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		log.Fatal(err)
	}
	return r
}

// cpuMs is user plus system time of the whole process, collector threads included.
func cpuMs() float64 {
	r := usage()
	return float64(r.Utime.Nano()+r.Stime.Nano()) / 1e6
}

func read(data []byte) int {
	reader, err := trace.NewReader(bytes.NewReader(data))
	if err != nil {
		log.Fatal(err)
	}
	for events := 0; ; events++ {
		_, err := reader.ReadEvent()
		if err == io.EOF {
			return events
		}
		if err != nil {
			log.Fatal(err)
		}
	}
}

func main() {
	in := bufio.NewScanner(os.Stdin)
	out := json.NewEncoder(os.Stdout)
	for in.Scan() {
		data, err := os.ReadFile(in.Text())
		if err != nil {
			log.Fatal(err)
		}
		before, start := cpuMs(), time.Now()
		events := read(data)
		spent := answer{
			CPUMs:  cpuMs() - before,
			WallMs: float64(time.Since(start).Microseconds()) / 1e3,
			Events: events,
			PeakMB: float64(usage().Maxrss) / 1024,
		}
		if err := out.Encode(spent); err != nil {
			log.Fatal(err)
		}
	}
}
