// Burst renders all tiles of a map that changed, at once.
package main

import (
	"flag"
	"hash/fnv"
	"net/http"
	_ "net/http/pprof"
	"runtime"
	"sync"
	"time"

	_ "whygo.dev/agent"
)

func render(tile int, pixels []byte) uint64 {
	h := fnv.New64a()
	for range 4000 {
		h.Write(pixels) // also: scheduler-latency
	}
	return h.Sum64() + uint64(tile)
}

func all(tiles int, pixels []byte) {
	var wg sync.WaitGroup
	for tile := range tiles {
		wg.Add(1)
		go func() { // want: scheduler-latency
			defer wg.Done()
			render(tile, pixels)
		}()
	}
	wg.Wait()
}

func few(tiles int, pixels []byte) {
	for tile := range tiles / 8 {
		render(tile, pixels)
		time.Sleep(10 * time.Millisecond)
	}
}

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "")
	healthy := flag.Bool("healthy", false, "")
	flag.Parse()
	draw := all
	if *healthy {
		draw = few
	}
	go http.ListenAndServe(*addr, nil)
	// Short work that is in a hurry.
	go func() {
		for range time.Tick(2 * time.Millisecond) {
			done := make(chan struct{})
			go func() { close(done) }()
			<-done
		}
	}()
	pixels := make([]byte, 8<<10)
	for {
		draw(32*runtime.GOMAXPROCS(0), pixels)
	}
}
