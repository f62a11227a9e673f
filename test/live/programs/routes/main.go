// Routes finds the nearest depots of many customers by looking at all of them.
package main

import (
	"flag"
	"log"
	"math/rand/v2"
	"net/http"
	_ "net/http/pprof"
	"time"
)

type place struct{ x, y int }

type planner struct {
	depots    []place
	customers []place
	chosen    []int
}

func (p *planner) plan() {
	for i, c := range p.customers {
		best := -1
		for j, d := range p.depots {
			dx, dy := c.x-d.x, c.y-d.y                          // want: cpu-hotspot
			if dist := dx*dx + dy*dy; best < 0 || dist < best { // want: cpu-hotspot
				best, p.chosen[i] = dist, j // also: cpu-hotspot
			}
		}
	}
}

func (p *planner) sample() {
	for range 400 {
		p.chosen[rand.IntN(len(p.chosen))] = 0
	}
}

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "")
	healthy := flag.Bool("healthy", false, "")
	flag.Parse()
	p := &planner{chosen: make([]int, 3000)}
	for range 2000 {
		p.depots = append(p.depots, place{rand.IntN(1e6), rand.IntN(1e6)})
	}
	for range 3000 {
		p.customers = append(p.customers, place{rand.IntN(1e6), rand.IntN(1e6)})
	}
	run := p.plan
	if *healthy {
		run = p.sample
	}
	go func() {
		for range time.Tick(20 * time.Millisecond) {
			run()
		}
	}()
	log.Fatal(http.ListenAndServe(*addr, nil))
}
