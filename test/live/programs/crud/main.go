// Crud is an ordinary JSON service under all the load that it can take. It is healthy.
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net/http"
	_ "net/http/pprof"
	"os"
	"strconv"
	"sync"
	"time"

	"example.org/services/internal/lru"
	"example.org/services/internal/ratelimit"
)

type article struct {
	ID       int               `json:"id"`
	Title    string            `json:"title"`
	Body     string            `json:"body"`
	Tags     []string          `json:"tags"`
	Changed  time.Time         `json:"changed"`
	Metadata map[string]string `json:"metadata"`
}

type shelf struct {
	mu    sync.RWMutex
	items map[int]*article
}

type api struct {
	shelves [16]shelf
	views   *lru.Cache[string, []byte]
	limits  *ratelimit.Limiter
	log     *log.Logger
}

func (a *api) put(w http.ResponseWriter, r *http.Request) {
	var in article
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	in.Changed = time.Now()
	s := &a.shelves[in.ID%16]
	s.mu.Lock()
	s.items[in.ID] = &in
	s.mu.Unlock()
	w.WriteHeader(http.StatusNoContent)
}

func (a *api) get(w http.ResponseWriter, r *http.Request) {
	if !a.limits.Allow(r.Header.Get("X-Client")) {
		http.Error(w, "slow down", http.StatusTooManyRequests)
		return
	}
	id, err := strconv.Atoi(r.PathValue("id"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s := &a.shelves[id%16]
	s.mu.RLock()
	item := s.items[id]
	s.mu.RUnlock()
	if item == nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(item); err != nil {
		a.log.Print(err)
	}
}

func (a *api) list(w http.ResponseWriter, r *http.Request) {
	key := r.FormValue("shelf")
	if view, ok := a.views.Get(key); ok {
		w.Write(view)
		return
	}
	n, _ := strconv.Atoi(key)
	s := &a.shelves[n%16]
	titles := []string{}
	s.mu.RLock()
	for id, item := range s.items {
		titles = append(titles, fmt.Sprintf("%d %s", id, item.Title))
	}
	s.mu.RUnlock()
	view, err := json.Marshal(titles)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	a.views.Put(key, view)
	w.Write(view)
}

func client(base string, name string, pause time.Duration) {
	transport := &http.Transport{MaxIdleConnsPerHost: 4}
	c := &http.Client{Transport: transport}
	do := func(method, path string, body io.Reader) {
		request, err := http.NewRequest(method, base+path, body)
		if err != nil {
			log.Fatal(err)
		}
		request.Header.Set("X-Client", name)
		response, err := c.Do(request)
		if err != nil {
			return
		}
		io.Copy(io.Discard, response.Body)
		response.Body.Close()
	}
	for n := 0; ; n++ {
		id := rand.IntN(800)
		switch {
		case n%10 == 0:
			var body bytes.Buffer
			json.NewEncoder(&body).Encode(article{
				ID: id, Title: "Title " + strconv.Itoa(n), Body: "some words about it, and then some more",
				Tags: []string{"a", "b"}, Metadata: map[string]string{"by": name, "n": strconv.Itoa(n)},
			})
			do("PUT", "/articles", &body)
		case n%10 == 5:
			do("GET", "/articles?shelf="+strconv.Itoa(n%40), nil)
		default:
			do("GET", "/articles/"+strconv.Itoa(id), nil)
		}
		if pause > 0 {
			time.Sleep(pause)
		}
	}
}

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "")
	pause := flag.Duration("pause", 2*time.Millisecond, "between the requests of one client")
	flag.Bool("healthy", true, "")
	flag.Parse()
	a := &api{
		views:  lru.New[string, []byte](8),
		limits: ratelimit.New(1e6, time.Second),
		log:    log.New(os.Stderr, "crud ", 0),
	}
	for i := range a.shelves {
		a.shelves[i].items = map[int]*article{}
	}
	http.HandleFunc("PUT /articles", a.put)
	http.HandleFunc("GET /articles/{id}", a.get)
	http.HandleFunc("GET /articles", a.list)
	for i := range 6 {
		go client("http://"+*addr, fmt.Sprint("client", i), *pause)
	}
	log.Fatal(http.ListenAndServe(*addr, nil))
}
