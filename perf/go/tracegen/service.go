package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"math/rand"
	"net"
	"net/http"
	"runtime/trace"
	"strings"
	"sync"
	"time"
)

type order struct {
	ID    int               `json:"id"`
	Name  string            `json:"name"`
	Tags  []string          `json:"tags"`
	Attrs map[string]string `json:"attrs"`
}

// store is a table behind one lock.
type store struct {
	mu   sync.Mutex
	rows map[int]order
}

func (s *store) get(ctx context.Context, id int) order {
	defer trace.StartRegion(ctx, "store.get").End()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rows[id%len(s.rows)]
}

func (s *store) put(ctx context.Context, o order) {
	defer trace.StartRegion(ctx, "store.put").End()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rows[o.ID%len(s.rows)] = o
}

func newStore(rows int) *store {
	s := &store{rows: map[int]order{}}
	for id := range rows {
		attrs := map[string]string{"key": fmt.Sprint(id), "city": fmt.Sprint("c", id%91)}
		s.rows[id] = order{ID: id, Name: fmt.Sprint("order", id), Tags: []string{"a", "b"}, Attrs: attrs}
	}
	return s
}

func (s *store) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx, task := trace.NewTask(r.Context(), "request")
	defer task.End()
	var o order
	trace.WithRegion(ctx, "decode", func() {
		if err := json.NewDecoder(r.Body).Decode(&o); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
		}
	})
	trace.Logf(ctx, "order", "id=%d from %s", o.ID, r.RemoteAddr)
	found := s.get(ctx, o.ID)
	if o.ID%10 == 0 {
		s.put(ctx, o)
	}
	trace.WithRegion(ctx, "encode", func() {
		found.Name = strings.ToUpper(found.Name)
		json.NewEncoder(w).Encode(found)
	})
	trace.Log(ctx, "status", "ok")
}

// service answers `rate` requests a second, which it sends itself.
func service(rate int, duration time.Duration) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	server := &http.Server{Handler: newStore(2000)}
	go server.Serve(listener)
	defer server.Close()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	url := "http://" + listener.Addr().String()
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	end := time.Now().Add(duration)
	var wg sync.WaitGroup
	slots := make(chan struct{}, 64)
	for time.Now().Before(end) {
		<-ticker.C
		for range rate / 100 {
			slots <- struct{}{}
			wg.Add(1)
			go func() {
				defer wg.Done()
				defer func() { <-slots }()
				request(client, url, rand.Intn(100_000))
			}()
		}
	}
	wg.Wait()
}

func request(client *http.Client, url string, id int) {
	body, err := json.Marshal(order{ID: id, Name: "new", Tags: []string{"x"}})
	if err != nil {
		log.Fatal(err)
	}
	response, err := client.Post(url, "application/json", bytes.NewReader(body))
	if err != nil {
		return
	}
	io.Copy(io.Discard, response.Body)
	response.Body.Close()
}
