// Prices publishes what has changed.
package main

import (
	"flag"
	"log"
	"math/rand/v2"
	"net/http"
	_ "net/http/pprof"
	"reflect"
	"time"
)

type quote struct {
	Symbol   string
	Bid, Ask []int
	Venue    map[string]int
}

func (q *quote) equal(o *quote) bool {
	if q.Symbol != o.Symbol || len(q.Bid) != len(o.Bid) || len(q.Venue) != len(o.Venue) {
		return false
	}
	for i := range q.Bid {
		if q.Bid[i] != o.Bid[i] || q.Ask[i] != o.Ask[i] {
			return false
		}
	}
	for k, v := range q.Venue {
		if o.Venue[k] != v {
			return false
		}
	}
	return true
}

type publisher struct {
	last []quote
	same func(a, b *quote) bool
	sent int
}

func (p *publisher) publish(now []quote) {
	for i := range now {
		if !p.same(&now[i], &p.last[i]) {
			p.sent++
		}
	}
}

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "")
	healthy := flag.Bool("healthy", false, "")
	flag.Parse()
	p := &publisher{same: func(a, b *quote) bool {
		return reflect.DeepEqual(a, b) // want: cpu-hotspot
	}}
	if *healthy {
		p.same = (*quote).equal
	}
	make := func() (all []quote) {
		for i := range 1000 {
			q := quote{Symbol: string(rune(i)), Venue: map[string]int{"x": 1, "y": i}}
			for range 8 {
				q.Bid, q.Ask = append(q.Bid, i), append(q.Ask, i+1)
			}
			all = append(all, q)
		}
		return all
	}
	p.last = make()
	now := make()
	go func() {
		for range time.Tick(10 * time.Millisecond) {
			now[rand.IntN(1000)].Bid[3]++
			p.publish(now)
		}
	}()
	log.Fatal(http.ListenAndServe(*addr, nil))
}
