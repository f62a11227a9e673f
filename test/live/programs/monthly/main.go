// Monthly closes the books now and then: it loads much, works, and lets go. It is healthy.
package main

import (
	"flag"
	"fmt"
	"log"
	"math/rand/v2"
	"net/http"
	_ "net/http/pprof"
	"sync"
	"time"
)

type entry struct {
	account string
	cents   int64
}

type books struct {
	accounts map[string]int64
	entries  []entry
}

func load(n int) *books {
	b := &books{accounts: map[string]int64{}}
	for i := range n {
		b.entries = append(b.entries, entry{fmt.Sprint("account ", i%5000), rand.Int64N(10000)})
	}
	return b
}

func (b *books) closeAll(workers int) {
	var wg sync.WaitGroup
	var mu sync.Mutex
	share := len(b.entries) / workers
	for w := range workers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			sums := map[string]int64{}
			for _, e := range b.entries[w*share : (w+1)*share] {
				sums[e.account] += e.cents
			}
			mu.Lock()
			defer mu.Unlock()
			for k, v := range sums {
				b.accounts[k] += v
			}
		}()
	}
	wg.Wait()
}

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "")
	flag.Bool("healthy", true, "")
	flag.Parse()
	go func() {
		for {
			load(100_000 + rand.IntN(100_000)).closeAll(8)
			time.Sleep(time.Duration(2+rand.IntN(5)) * time.Second)
		}
	}()
	log.Fatal(http.ListenAndServe(*addr, nil))
}
