// Dedupe merges lists of addresses.
package main

import (
	"flag"
	"fmt"
	"log"
	"math/rand/v2"
	"net/http"
	_ "net/http/pprof"
	"slices"
	"time"
)

type merger interface {
	merge(lists ...[]string) []string
}

type scanning struct{}

func (scanning) merge(lists ...[]string) (all []string) {
	for _, list := range lists {
		for _, address := range list {
			if !slices.Contains(all, address) { // want: cpu-hotspot
				all = append(all, address)
			}
		}
	}
	return all
}

type hashing struct{ seen map[string]struct{} }

func (h hashing) merge(lists ...[]string) (all []string) {
	clear(h.seen)
	for _, list := range lists {
		for _, address := range list {
			if _, ok := h.seen[address]; !ok {
				h.seen[address] = struct{}{}
				all = append(all, address)
			}
		}
	}
	return all
}

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "")
	healthy := flag.Bool("healthy", false, "")
	flag.Parse()
	var lists [3][]string
	for i := range lists {
		for range 1500 {
			lists[i] = append(lists[i], fmt.Sprintf("user%05d@example.org", rand.IntN(6000)))
		}
	}
	var m merger = scanning{}
	if *healthy {
		m = hashing{map[string]struct{}{}}
	}
	go func() {
		for range time.Tick(30 * time.Millisecond) {
			m.merge(lists[:]...)
		}
	}()
	log.Fatal(http.ListenAndServe(*addr, nil))
}
