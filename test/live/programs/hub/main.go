// Hub lets rooms of listeners hear what is said in them.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"net/http"
	_ "net/http/pprof"
	"sync"
	"time"
)

type message struct{ room, text string }

type listener interface {
	hear(message)
}

type room struct {
	name      string
	incoming  chan message
	listeners []listener
}

func (r *room) loop(ctx context.Context) {
	idle := time.NewTimer(time.Hour)
	defer idle.Stop()
	for {
		select { // want: goroutine-leak
		case m := <-r.incoming:
			for _, l := range r.listeners {
				l.hear(m)
			}
		case <-idle.C:
		case <-ctx.Done():
			return
		}
	}
}

type counting struct {
	sync.Mutex
	heard int
}

func (c *counting) hear(message) {
	c.Lock()
	c.heard++
	c.Unlock()
}

type hub struct{ all counting }

// visit opens a room, says something, and leaves.
func (h *hub) visit(ctx context.Context, name string) {
	r := &room{name: name, incoming: make(chan message), listeners: []listener{&h.all}}
	go r.loop(ctx) // also: goroutine-leak
	for i := range 3 {
		r.incoming <- message{name, fmt.Sprint("hello ", i)}
	}
}

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "")
	healthy := flag.Bool("healthy", false, "")
	flag.Parse()
	h := &hub{}
	mux := http.DefaultServeMux
	mux.HandleFunc("/visit", func(w http.ResponseWriter, r *http.Request) {
		ctx := context.Background()
		if *healthy {
			ctx = r.Context()
		}
		h.visit(ctx, r.FormValue("room"))
		fmt.Fprintln(w, "bye")
	})
	go func() {
		for n := 0; ; n++ {
			time.Sleep(400 * time.Millisecond)
			response, err := http.Get(fmt.Sprintf("http://%s/visit?room=%d", *addr, n))
			if err == nil {
				response.Body.Close()
			}
		}
	}()
	log.Fatal(http.ListenAndServe(*addr, nil))
}
