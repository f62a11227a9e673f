// Tickers sends quotes to subscribers, who come and go.
package main

import (
	"context"
	"flag"
	"log"
	"math/rand/v2"
	"net/http"
	_ "net/http/pprof"
	"sync/atomic"
	"time"
)

type feed struct {
	price atomic.Int64
	sent  atomic.Int64
}

type subscriber struct {
	*feed
	every time.Duration
	last  int64
}

// follow never learns that its subscriber has left.
func (s *subscriber) follow() {
	t := time.NewTicker(s.every)
	for range t.C { // want: goroutine-leak
		s.deliver()
	}
}

func (s *subscriber) followUntil(ctx context.Context) {
	t := time.NewTicker(s.every)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			s.deliver()
		case <-ctx.Done():
			return
		}
	}
}

func (s *subscriber) deliver() {
	s.last = s.price.Load()
	s.sent.Add(1)
}

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "")
	healthy := flag.Bool("healthy", false, "")
	flag.Parse()
	f := &feed{}
	go func() {
		for range time.Tick(10 * time.Millisecond) {
			f.price.Add(rand.Int64N(11) - 5)
		}
	}()
	go func() {
		for {
			time.Sleep(time.Duration(rand.ExpFloat64() * float64(180*time.Millisecond)))
			s := &subscriber{feed: f, every: 900 * time.Millisecond}
			if !*healthy {
				go s.follow() // also: goroutine-leak
				continue
			}
			// They come in bursts of ten, and stay for a moment.
			ctx, cancel := context.WithCancel(context.Background())
			time.AfterFunc(time.Second+time.Duration(rand.Int64N(int64(4*time.Second))), cancel)
			for range 1 + 9*rand.IntN(2) {
				go s.followUntil(ctx)
			}
		}
	}()
	log.Fatal(http.ListenAndServe(*addr, nil))
}
