// Command stackparse measures gostackparse.Parse: for every file named on standard input it parses
// the file once and prints what that took, as one line of JSON. perf/goroutines.ts asks it and our
// parser in turn.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"log"
	"os"
	"runtime"
	"syscall"

	"github.com/DataDog/gostackparse"
)

type answer struct {
	CPUMs      float64 `json:"cpuMs"`
	Goroutines int     `json:"goroutines"`
	PeakMB     float64 `json:"peakMb"`
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

func main() {
	in := bufio.NewScanner(os.Stdin)
	out := json.NewEncoder(os.Stdout)
	for in.Scan() {
		data, err := os.ReadFile(in.Text())
		if err != nil {
			log.Fatal(err)
		}
		before := cpuMs()
		goroutines, errs := gostackparse.Parse(bytes.NewReader(data))
		after := cpuMs()
		if len(errs) > 0 {
			log.Fatal(errs[0])
		}
		peak := float64(usage().Maxrss) / 1024
		if err := out.Encode(answer{after - before, len(goroutines), peak}); err != nil {
			log.Fatal(err)
		}
		runtime.KeepAlive(goroutines)
	}
}
