// Command dump writes the stacks of many goroutines that wait in the ways that those of a server do:
// HTTP connections between requests, pools of workers, callers of a lock, producers of a full queue,
// timers. What it writes is the runtime's own text (debug=2), of real goroutines.
//
//	dump GOROUTINES FILE
package main

import (
	"context"
	"log"
	"net"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"sync"
	"time"
)

type job struct{ number int }

type pool[T any] struct {
	in   chan T
	quit chan struct{}
}

func (p *pool[T]) run(ctx context.Context, depth int) {
	if depth > 0 {
		p.run(ctx, depth-1)
		return
	}
	p.loop(ctx)
}

func (p *pool[T]) loop(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-p.in:
	case <-p.quit:
	}
}

type cache struct {
	mu      sync.Mutex
	entries map[string]int
}

func (c *cache) get(key string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.entries[key]
}

type handler struct {
	cache *cache
	queue chan<- job
}

func (h *handler) lookUp(name string, number int) int { return h.cache.get(name) + number }

func (h *handler) handle(name string, number int) int {
	if number%2 == 0 {
		return h.lookUp(name, number)
	}
	return h.enqueue(name, number)
}

func (h *handler) enqueue(name string, number int) int {
	h.queue <- job{number}
	return len(name)
}

// pipes is a listener whose connections live in memory.
type pipes struct{ made chan net.Conn }

func (p pipes) Accept() (net.Conn, error) { return <-p.made, nil }
func (p pipes) Close() error              { return nil }
func (p pipes) Addr() net.Addr            { return &net.UnixAddr{Name: "pipe"} }

func serve(connections int) []net.Conn {
	listener := pipes{make(chan net.Conn)}
	go http.Serve(listener, http.NotFoundHandler())
	var clients []net.Conn
	for range connections {
		client, server := net.Pipe()
		listener.made <- server
		clients = append(clients, client)
	}
	return clients
}

func start(kind, number int, h *handler, jobs *pool[job], names *pool[string]) {
	ctx := context.Background()
	switch kind {
	case 0, 1, 2:
		go jobs.run(ctx, number%22)
	case 3:
		go names.run(ctx, number%18)
	case 4, 5, 6:
		go h.handle("customer", number)
	case 7:
		go func() {
			var ready sync.WaitGroup
			ready.Add(1)
			go time.Sleep(time.Hour)
			ready.Wait()
		}()
	default:
		go func() {
			for range time.NewTicker(time.Hour).C {
				h.handle("tick", number)
			}
		}()
	}
}

func main() {
	log.SetFlags(0)
	if len(os.Args) != 3 {
		log.Fatal("usage: dump GOROUTINES FILE")
	}
	goroutines, err := strconv.Atoi(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	clients := serve(goroutines / 8)
	h := &handler{cache: &cache{entries: map[string]int{}}, queue: make(chan job)}
	h.cache.mu.Lock()
	jobs := &pool[job]{make(chan job), make(chan struct{})}
	names := &pool[string]{make(chan string), make(chan struct{})}
	for i := 0; runtime.NumGoroutine() < goroutines; i++ {
		start(i%10, i/10, h, jobs, names)
	}
	time.Sleep(time.Second)
	text := make([]byte, 256<<20)
	text = text[:runtime.Stack(text, true)]
	if err := os.WriteFile(os.Args[2], text, 0o644); err != nil {
		log.Fatal(err)
	}
	runtime.KeepAlive(clients)
}
