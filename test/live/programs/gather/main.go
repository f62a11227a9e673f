// Gather asks many shards at once and adds up what they say.
package main

import (
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	_ "net/http/pprof"
	"sync"
	"time"
)

func ask(shard int) int {
	time.Sleep(time.Duration(rand.IntN(10)) * time.Millisecond)
	return shard * 3
}

func total(shards int) (sum int) {
	counts := make(chan int, 8)
	var wg sync.WaitGroup
	for shard := range shards {
		wg.Add(1)
		go func() {
			defer wg.Done()
			counts <- ask(shard) // want: stuck
		}()
	}
	wg.Wait() // also: stuck
	close(counts)
	for n := range counts {
		sum += n
	}
	return sum
}

func totalWhile(shards int) (sum int) {
	counts := make(chan int, 8)
	var wg sync.WaitGroup
	for shard := range shards {
		wg.Add(1)
		go func() {
			defer wg.Done()
			counts <- ask(shard)
		}()
	}
	go func() {
		wg.Wait()
		close(counts)
	}()
	for n := range counts {
		sum += n
	}
	return sum
}

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "")
	healthy := flag.Bool("healthy", false, "")
	flag.Parse()
	gather := total
	if *healthy {
		gather = totalWhile
	}
	go http.ListenAndServe(*addr, nil)
	// The fleet grows beyond what the buffer holds.
	for shards := 4; ; shards = min(shards+1, 12) {
		fmt.Fprintln(io.Discard, gather(shards))
		time.Sleep(50 * time.Millisecond)
	}
}
