// Events turns readings of sensors into events with attributes.
package main

import (
	"flag"
	"log"
	"math/rand/v2"
	"net/http"
	_ "net/http/pprof"
	"time"
)

type attribute struct {
	key   string
	value any
}

type event struct {
	attributes []*attribute
	next       *event
}

func (e *event) set(key string, value any) {
	e.attributes = append(e.attributes, &attribute{key, value}) // want: gc-cost
}

type reading struct{ sensor, value, quality, at int }

type sink struct{ sum int }

func (s *sink) emit(readings []reading) {
	var first *event
	for _, r := range readings {
		e := &event{next: first}  // also: gc-cost
		e.set("sensor", r.sensor) // also: gc-cost
		e.set("value", r.value)
		e.set("quality", r.quality)
		e.set("at", r.at)
		first = e
	}
	for e := first; e != nil; e = e.next {
		s.sum += e.attributes[1].value.(int)
	}
}

func (s *sink) add(readings []reading) {
	for i := range 25 * len(readings) {
		s.sum += readings[i%len(readings)].value
	}
}

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "")
	healthy := flag.Bool("healthy", false, "")
	flag.Parse()
	readings := make([]reading, 3000)
	for i := range readings {
		readings[i] = reading{i, 1000 + rand.IntN(1e6), 1000, 1 << 20}
	}
	for range 2 {
		s := &sink{}
		handle := s.emit
		if *healthy {
			handle = s.add
		}
		go func() {
			for range time.Tick(4 * time.Millisecond) {
				handle(readings)
			}
		}()
	}
	log.Fatal(http.ListenAndServe(*addr, nil))
}
