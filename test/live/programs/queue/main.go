// Queue hands work from producers to consumers under a lock and a condition. It is healthy.
package main

import (
	"crypto/sha256"
	"flag"
	"log"
	"math/rand/v2"
	"net/http"
	_ "net/http/pprof"
	"runtime"
	"sync"
	"time"
)

type queue[T any] struct {
	mu    sync.Mutex
	some  *sync.Cond
	items []T
}

func newQueue[T any]() *queue[T] {
	q := &queue[T]{}
	q.some = sync.NewCond(&q.mu)
	return q
}

func (q *queue[T]) put(item T) {
	q.mu.Lock()
	q.items = append(q.items, item)
	q.mu.Unlock()
	q.some.Signal()
}

func (q *queue[T]) take() T {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.items) == 0 {
		q.some.Wait()
	}
	item := q.items[0]
	q.items = q.items[1:]
	return item
}

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "")
	flag.Bool("healthy", true, "")
	flag.Parse()
	runtime.SetMutexProfileFraction(1)
	runtime.SetBlockProfileRate(1)
	q := newQueue[[32]byte]()
	for range 4 {
		go func() {
			for {
				time.Sleep(time.Duration(rand.ExpFloat64() * float64(time.Millisecond)))
				q.put([32]byte{1})
			}
		}()
	}
	for range 50 {
		go func() {
			for {
				sum := q.take()
				for range 100 {
					sum = sha256.Sum256(sum[:])
				}
			}
		}()
	}
	log.Fatal(http.ListenAndServe(*addr, nil))
}
