// Command peers says what gostackparse and panicparse read in goroutine dumps.
//
//	peers gostackparse|panicparse
//
// It reads file names from standard input, one a line, and prints for each a line of JSON: the
// goroutines that the peer found, and how many errors it reported.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log"
	"os"

	"github.com/DataDog/gostackparse"
	"github.com/maruel/panicparse/v2/stack"
)

type frame struct {
	Function string `json:"function"`
	File     string `json:"file"`
	Line     int    `json:"line"`
}

type goroutine struct {
	ID          int     `json:"id"`
	State       string  `json:"state"`
	WaitMinutes int     `json:"waitMinutes"`
	Locked      bool    `json:"lockedToThread"`
	Stack       []frame `json:"stack"`
	CreatedBy   *frame  `json:"createdBy"`
	// RaceAddress is set in race reports only.
	RaceAddress uint64 `json:"raceAddress"`
}

type reading struct {
	Goroutines []goroutine `json:"goroutines"`
	Errors     int         `json:"errors"`
}

func gostack(text []byte) reading {
	found, errs := gostackparse.Parse(bytes.NewReader(text))
	r := reading{Goroutines: []goroutine{}, Errors: len(errs)}
	for _, g := range found {
		one := goroutine{ID: g.ID, State: g.State, WaitMinutes: int(g.Wait.Minutes()), Locked: g.LockedToThread}
		for _, f := range g.Stack {
			one.Stack = append(one.Stack, frame{f.Func, f.File, f.Line})
		}
		if c := g.CreatedBy; c != nil {
			one.CreatedBy = &frame{c.Func, c.File, c.Line}
		}
		r.Goroutines = append(r.Goroutines, one)
	}
	return r
}

func calls(s stack.Stack) []frame {
	var frames []frame
	for _, c := range s.Calls {
		frames = append(frames, frame{c.Func.Complete, c.RemoteSrcPath, c.Line})
	}
	return frames
}

func panics(text []byte) reading {
	r := reading{Goroutines: []goroutine{}}
	options := &stack.Opts{}
	var in io.Reader = bytes.NewReader(text)
	for {
		snapshot, suffix, err := stack.ScanSnapshot(in, io.Discard, options)
		if snapshot != nil {
			for _, g := range snapshot.Goroutines {
				one := goroutine{ID: g.ID, State: g.State, WaitMinutes: g.SleepMax, Locked: g.Locked,
					Stack: calls(g.Stack), RaceAddress: g.RaceAddr}
				if created := calls(g.CreatedBy); len(created) > 0 {
					one.CreatedBy = &created[0]
				}
				r.Goroutines = append(r.Goroutines, one)
			}
		}
		if errors.Is(err, io.EOF) || (err == nil && snapshot == nil) {
			return r
		}
		if err != nil {
			r.Errors++
			if snapshot == nil {
				return r
			}
		}
		in = io.MultiReader(bytes.NewReader(suffix), in)
	}
}

func main() {
	log.SetFlags(0)
	peers := map[string]func([]byte) reading{"gostackparse": gostack, "panicparse": panics}
	if len(os.Args) != 2 || peers[os.Args[1]] == nil {
		log.Fatal("usage: peers gostackparse|panicparse")
	}
	read := peers[os.Args[1]]
	in := bufio.NewScanner(os.Stdin)
	out := json.NewEncoder(os.Stdout)
	for in.Scan() {
		text, err := os.ReadFile(in.Text())
		if err != nil {
			log.Fatal(err)
		}
		if err := out.Encode(read(text)); err != nil {
			log.Fatal(err)
		}
	}
}
