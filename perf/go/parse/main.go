// Command parse measures Go's profile.Parse: for every file named on standard input it parses the
// file once and prints what that took, as one line of JSON. perf/decode.ts asks it and our decoder in
// turn.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"log"
	"os"
	"runtime"
	"syscall"

	"github.com/google/pprof/profile"
)

type answer struct {
	CPUMs   float64 `json:"cpuMs"`
	Samples int     `json:"samples"`
	PeakMB  float64 `json:"peakMb"`
}

// cpuMs is user plus system time of the whole process, collector threads included.
func cpuMs() float64 {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		log.Fatal(err)
	}
	return float64(r.Utime.Nano()+r.Stime.Nano()) / 1e6
}

func peakMB() float64 {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		log.Fatal(err)
	}
	return float64(r.Maxrss) / 1024
}

func main() {
	in := bufio.NewScanner(os.Stdin)
	out := json.NewEncoder(os.Stdout)
	for in.Scan() {
		data, err := os.ReadFile(in.Text())
		if err != nil {
			log.Fatal(err)
		}
		before := cpuMs()
		p, err := profile.Parse(bytes.NewReader(data))
		after := cpuMs()
		if err != nil {
			log.Fatal(err)
		}
		if err := out.Encode(answer{after - before, len(p.Sample), peakMB()}); err != nil {
			log.Fatal(err)
		}
		runtime.KeepAlive(p)
	}
}
