// Tiles serves pictures from a full cache of 24 MB that it renews all the time. It is healthy.
package main

import (
	"flag"
	"log"
	"math/rand/v2"
	"net/http"
	_ "net/http/pprof"
	"time"

	"example.org/services/internal/lru"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "")
	flag.Bool("healthy", true, "")
	flag.Parse()
	cache := lru.New[int, []byte](6000)
	for i := range 6000 {
		cache.Put(-i, make([]byte, 4<<10))
	}
	for range 3 {
		go func() {
			for {
				time.Sleep(2 * time.Millisecond)
				n := rand.IntN(100_000)
				if _, ok := cache.Get(n); !ok {
					cache.Put(n, make([]byte, 2<<10+rand.IntN(4<<10)))
				}
			}
		}()
	}
	log.Fatal(http.ListenAndServe(*addr, nil))
}
