// Labels counts requests by whatever it is told to count them by.
package main

import (
	"flag"
	"fmt"
	"log"
	"math/rand/v2"
	"net/http"
	_ "net/http/pprof"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

type counter struct {
	atomic.Int64
	labels  []string
	buckets [24]int64
}

var counters sync.Map

func with(labels ...string) *counter {
	key := strings.Join(labels, "\x00")
	if c, ok := counters.Load(key); ok {
		return c.(*counter)
	}
	c, _ := counters.LoadOrStore(key, &counter{labels: labels}) // want: heap-leak
	return c.(*counter)
}

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "")
	healthy := flag.Bool("healthy", false, "")
	flag.Parse()
	paths := []string{"/", "/cart", "/pay", "/help"}
	for range 3 {
		go func() {
			for {
				time.Sleep(700 * time.Microsecond)
				client := fmt.Sprintf("%08x", rand.Uint32())
				if *healthy {
					client = client[:1]
				}
				with(paths[rand.IntN(len(paths))], client).Add(1)
			}
		}()
	}
	log.Fatal(http.ListenAndServe(*addr, nil))
}
