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

// store is a table behind one lock, served over TCP: a line of JSON asks for an order, another is it.
type store struct {
	mu   sync.Mutex
	rows map[int]order
}

func (s *store) serve(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		go s.answer(conn)
	}
}

func (s *store) answer(conn net.Conn) {
	defer conn.Close()
	in, out := json.NewDecoder(conn), json.NewEncoder(conn)
	for {
		var id int
		if err := in.Decode(&id); err != nil {
			return
		}
		s.mu.Lock()
		found := s.rows[id%len(s.rows)]
		s.mu.Unlock()
		if err := out.Encode(found); err != nil {
			return
		}
	}
}

// client is a pool of connections to a store.
type client struct{ idle chan net.Conn }

func dial(address string, connections int) *client {
	c := &client{make(chan net.Conn, connections)}
	for range connections {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			log.Fatal(err)
		}
		c.idle <- conn
	}
	return c
}

func (c *client) get(ctx context.Context, id int) (order, error) {
	defer trace.StartRegion(ctx, "store.get").End()
	conn := <-c.idle
	defer func() { c.idle <- conn }()
	var found order
	if _, err := fmt.Fprintln(conn, id); err != nil {
		return found, err
	}
	return found, json.NewDecoder(conn).Decode(&found)
}

func newStore(rows int) *store {
	s := &store{rows: map[int]order{}}
	for id := range rows {
		attrs := map[string]string{"key": fmt.Sprint(id), "city": fmt.Sprint("c", id%91)}
		s.rows[id] = order{ID: id, Name: fmt.Sprint("order", id), Tags: []string{"a", "b"}, Attrs: attrs}
	}
	return s
}

func (c *client) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx, task := trace.NewTask(r.Context(), "request")
	defer task.End()
	var o order
	trace.WithRegion(ctx, "decode", func() {
		if err := json.NewDecoder(r.Body).Decode(&o); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
		}
	})
	found, err := c.get(ctx, o.ID)
	if err != nil {
		trace.Log(ctx, "store", err.Error())
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	trace.WithRegion(ctx, "encode", func() {
		found.Name = strings.ToUpper(found.Name)
		json.NewEncoder(w).Encode(found)
	})
	trace.Logf(ctx, "order", "id=%d", o.ID)
}

// service answers `rate` requests a second, which it sends itself.
func service(rate int, duration time.Duration) {
	backend, listener := listen(), listen()
	defer backend.Close()
	go newStore(2000).serve(backend)
	server := &http.Server{Handler: dial(backend.Addr().String(), 16)}
	go server.Serve(listener)
	defer server.Close()
	sender := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
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
				request(sender, url, rand.Intn(100_000))
			}()
		}
	}
	wg.Wait()
}

func listen() net.Listener {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	return listener
}

func request(sender *http.Client, url string, id int) {
	body, err := json.Marshal(order{ID: id, Name: "new", Tags: []string{"x"}})
	if err != nil {
		log.Fatal(err)
	}
	response, err := sender.Post(url, "application/json", bytes.NewReader(body))
	if err != nil {
		return
	}
	io.Copy(io.Discard, response.Body)
	response.Body.Close()
}
