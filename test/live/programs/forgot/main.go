// Forgot keeps stock, and returns early when an order is odd.
package main

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	_ "net/http/pprof"
	"sync"
	"time"
)

var errEmpty = errors.New("nothing ordered")

type stock struct {
	mu    sync.Mutex
	items map[int]int
}

func (s *stock) take(item, n int) error {
	s.mu.Lock() // want: stuck
	if n == 0 {
		return errEmpty
	}
	s.items[item] -= n
	s.mu.Unlock()
	return nil
}

func (s *stock) takeSafely(item, n int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n == 0 {
		return errEmpty
	}
	s.items[item] -= n
	return nil
}

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "")
	healthy := flag.Bool("healthy", false, "")
	flag.Parse()
	s := &stock{items: map[int]int{}}
	take := s.take
	if *healthy {
		take = s.takeSafely
	}
	http.HandleFunc("/take", func(w http.ResponseWriter, r *http.Request) {
		if err := take(rand.IntN(100), rand.IntN(50)); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		fmt.Fprintln(w, "ok")
	})
	go http.ListenAndServe(*addr, nil)
	client := &http.Client{Timeout: time.Minute}
	for range 5 {
		go func() {
			for {
				time.Sleep(10 * time.Millisecond)
				response, err := client.Get("http://" + *addr + "/take")
				if err == nil {
					response.Body.Close()
				}
			}
		}()
	}
	select {}
}
