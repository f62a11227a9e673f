// Parcels asks three carriers for a price, each time.
package main

import (
	"errors"
	"flag"
	"log"
	"math/rand/v2"
	"net/http"
	_ "net/http/pprof"
	"sync"
	"time"
)

type carrier func() (int, error)

type quotes struct {
	mu     sync.Mutex
	prices []int
}

var careful bool

func (q *quotes) ask(wg *sync.WaitGroup, c carrier) {
	if careful {
		defer wg.Done()
	}
	price, err := c()
	if err != nil {
		return
	}
	q.mu.Lock()
	q.prices = append(q.prices, price)
	q.mu.Unlock()
	if !careful {
		wg.Done()
	}
}

func compare(carriers []carrier, report func([]int)) {
	var wg sync.WaitGroup
	q := &quotes{}
	for _, c := range carriers {
		wg.Add(1)
		go q.ask(&wg, c)
	}
	wg.Wait() // want: goroutine-leak
	report(q.prices)
}

func flaky() (int, error) {
	time.Sleep(time.Duration(rand.IntN(5)) * time.Millisecond)
	if rand.IntN(4) == 0 {
		return 0, errors.New("no answer")
	}
	return rand.IntN(100), nil
}

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "")
	flag.BoolVar(&careful, "healthy", false, "")
	flag.Parse()
	go func() {
		for range time.Tick(150 * time.Millisecond) {
			go compare([]carrier{flaky, flaky, flaky}, func([]int) {})
		}
	}()
	log.Fatal(http.ListenAndServe(*addr, nil))
}
