// Auditlog remembers what was done, for the page that shows the latest of it.
package main

import (
	"flag"
	"fmt"
	"log"
	"net/http"
	_ "net/http/pprof"
	"sync"
	"time"
)

type history[T any] interface {
	add(T)
	each(func(T))
}

type endless[T any] struct{ items []T }

func (e *endless[T]) add(item T) { e.items = append(e.items, item) } // also: heap-leak

func (e *endless[T]) each(visit func(T)) {
	for _, item := range e.items[max(0, len(e.items)-50):] {
		visit(item)
	}
}

type ring[T any] struct {
	items [50]T
	next  int
}

func (r *ring[T]) add(item T) {
	r.items[r.next%len(r.items)] = item
	r.next++
}

func (r *ring[T]) each(visit func(T)) {
	for _, item := range r.items {
		visit(item)
	}
}

type event struct {
	at   time.Time
	text string
}

type audited struct {
	sync.Mutex
	history[event]
}

func (a *audited) record(format string, args ...any) {
	text := fmt.Sprintf(format, args...) // want: heap-leak
	a.Lock()
	a.add(event{time.Now(), text}) // also: heap-leak
	a.Unlock()
}

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "")
	healthy := flag.Bool("healthy", false, "")
	flag.Parse()
	a := &audited{history: &endless[event]{}}
	if *healthy {
		a.history = &ring[event]{}
	}
	http.HandleFunc("/audit", func(w http.ResponseWriter, r *http.Request) {
		a.Lock()
		defer a.Unlock()
		a.each(func(e event) { fmt.Fprintln(w, e.at, e.text) })
	})
	for actor := range 4 {
		go func() {
			for n := 0; ; n++ {
				time.Sleep(2 * time.Millisecond)
				a.record("actor %d changed the quantity of position %d from %d to %d because a customer asked for it; "+
					"the warehouse, the accounts and the carrier were told, and nobody objected in the usual time, "+
					"which is why the change took effect at once and a letter about it was sent to the customer", actor, n, n%7, n%11)
			}
		}()
	}
	log.Fatal(http.ListenAndServe(*addr, nil))
}
