// Tally counts words of many readers in one map.
package main

import (
	"flag"
	"hash/fnv"
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

type shard struct {
	sync.Mutex
	counts map[string]int
	_      [64]byte
}

var shards [32]shard

func countAll(words []string) {
	mu.Lock() // also: lock-contention
	for _, w := range words {
		counts[w]++ // want: lock-contention
	}
	mu.Unlock() // want: lock-contention
}

func countSharded(words []string) {
	for _, w := range words {
		h := fnv.New32a()
		h.Write([]byte(w))
		s := &shards[h.Sum32()%32]
		s.Lock()
		s.counts[w]++
		s.Unlock()
	}
}

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "")
	healthy := flag.Bool("healthy", false, "")
	flag.Parse()
	runtime.SetMutexProfileFraction(20)
	count := countAll
	if *healthy {
		for i := range shards {
			shards[i].counts = map[string]int{}
		}
		count = countSharded
	}
	var vocabulary []string
	for i := range 5000 {
		vocabulary = append(vocabulary, "word"+strconv.Itoa(i))
	}
	for range 16 {
		go func() {
			batch := make([]string, 4000)
			for {
				for i := range batch {
					batch[i] = vocabulary[rand.IntN(len(vocabulary))]
				}
				count(batch)
				time.Sleep(5 * time.Millisecond)
			}
		}()
	}
	log.Fatal(http.ListenAndServe(*addr, nil))
}
