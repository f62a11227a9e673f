// Fanout asks many backends for each request, as many requests as there happen to be. It is healthy.
package main

import (
	"context"
	"flag"
	"log"
	"math/rand/v2"
	"net/http"
	_ "net/http/pprof"
	"runtime"
	"sync"
	"time"
)

type backend func(ctx context.Context) (int, error)

func slow(ctx context.Context) (int, error) {
	select {
	case <-time.After(time.Duration(rand.ExpFloat64() * float64(60*time.Millisecond))):
		return rand.IntN(100), nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

func ask(ctx context.Context, backends []backend) (total int) {
	ctx, cancel := context.WithTimeout(ctx, 150*time.Millisecond)
	defer cancel()
	results := make(chan int, len(backends))
	var wg sync.WaitGroup
	for _, b := range backends {
		wg.Add(1)
		go func() {
			defer wg.Done()
			if n, err := b(ctx); err == nil {
				results <- n
			}
		}()
	}
	go func() { wg.Wait(); close(results) }()
	for n := range results {
		total += n
	}
	return total
}

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "")
	flag.Bool("healthy", true, "")
	flag.Parse()
	runtime.SetBlockProfileRate(1000)
	runtime.SetMutexProfileFraction(1)
	backends := make([]backend, 20)
	for i := range backends {
		backends[i] = slow
	}
	go func() {
		rate := 30.0
		for {
			// The load wanders.
			rate = max(5, min(80, rate*(0.9+0.2*rand.Float64())))
			time.Sleep(time.Duration(float64(time.Second) / rate))
			go ask(context.Background(), backends)
		}
	}()
	log.Fatal(http.ListenAndServe(*addr, nil))
}
