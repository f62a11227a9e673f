// Registry tells its listeners what was registered.
package main

import (
	"flag"
	"log"
	"net/http"
	_ "net/http/pprof"
	"sync"
	"time"
)

type registry struct {
	mu        sync.RWMutex
	names     map[string]time.Time
	listeners []chan string
}

func (r *registry) add(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.names[name] = time.Now()
	for _, l := range r.listeners {
		l <- name // want: stuck
	}
}

func (r *registry) addThenTell(name string) {
	r.mu.Lock()
	r.names[name] = time.Now()
	listeners := append([]chan string(nil), r.listeners...)
	r.mu.Unlock()
	for _, l := range listeners {
		l <- name
	}
}

func (r *registry) known(name string) bool {
	r.mu.RLock() // also: stuck
	defer r.mu.RUnlock()
	_, ok := r.names[name]
	return ok
}

func (r *registry) listen(l chan string) {
	for name := range l {
		time.Sleep(time.Millisecond)
		if !r.known(name) {
			log.Print("unknown: ", name)
		}
	}
}

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "")
	healthy := flag.Bool("healthy", false, "")
	flag.Parse()
	r := &registry{names: map[string]time.Time{}}
	for range 3 {
		l := make(chan string)
		r.listeners = append(r.listeners, l)
		go r.listen(l)
	}
	add := r.add
	if *healthy {
		add = r.addThenTell
	}
	http.HandleFunc("/add", func(w http.ResponseWriter, q *http.Request) {
		add(q.FormValue("name"))
	})
	go http.ListenAndServe(*addr, nil)
	client := &http.Client{Timeout: time.Minute}
	for _, name := range []string{"oak", "elm", "ash", "fir"} {
		go func() {
			for {
				time.Sleep(20 * time.Millisecond)
				response, err := client.Get("http://" + *addr + "/add?name=" + name)
				if err == nil {
					response.Body.Close()
				}
			}
		}()
	}
	select {}
}
