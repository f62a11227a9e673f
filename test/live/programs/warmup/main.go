// Warmup fills its cache during the first seconds, and then replaces what is in it. It is healthy.
package main

import (
	"bytes"
	"flag"
	"log"
	"math/rand/v2"
	"net/http"
	_ "net/http/pprof"
	"sync"
	"time"

	"example.org/services/internal/lru"
)

type tile struct{ pixels []byte }

func draw(n int) *tile { return &tile{bytes.Repeat([]byte{byte(n)}, 6<<10)} }

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "")
	flag.Bool("healthy", true, "")
	flag.Parse()
	cache := lru.New[int, *tile](1500)
	var mu sync.Mutex
	hits := 0
	for range 3 {
		go func() {
			for {
				time.Sleep(4 * time.Millisecond)
				n := int(rand.ExpFloat64() * 3000)
				if _, ok := cache.Get(n); ok {
					mu.Lock()
					hits++
					mu.Unlock()
					continue
				}
				cache.Put(n, draw(n))
			}
		}()
	}
	log.Fatal(http.ListenAndServe(*addr, nil))
}
