// Tally counts words of many readers in one map.
package main

import (
	"flag"
	"log"
	"math/rand/v2"
	"net/http"
	_ "net/http/pprof"
	"runtime"
	"strconv"
	"sync"
	"time"
)

var (
	mu     sync.Mutex
	counts = map[string]int{}
)

func countAll(words []string) {
	mu.Lock() // also: lock-contention
	for _, w := range words {
		counts[w]++ // want: lock-contention
	}
	mu.Unlock() // want: lock-contention
}

func countApart(words []string) {
	apart := map[string]int{}
	for _, w := range words {
		apart[w]++
	}
	mu.Lock()
	for w, n := range apart {
		counts[w] += n
	}
	mu.Unlock()
}

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "")
	healthy := flag.Bool("healthy", false, "")
	flag.Parse()
	runtime.SetMutexProfileFraction(20)
	count := countAll
	if *healthy {
		count = countApart
	}
	var vocabulary []string
	for i := range 200 {
		vocabulary = append(vocabulary, "word"+strconv.Itoa(i))
	}
	for range 12 {
		go func() {
			batch := make([]string, 8000)
			for {
				for i := range batch {
					batch[i] = vocabulary[rand.IntN(len(vocabulary))]
				}
				count(batch)
				time.Sleep(2 * time.Millisecond)
			}
		}()
	}
	log.Fatal(http.ListenAndServe(*addr, nil))
}
