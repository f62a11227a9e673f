// Settings answers requests according to a configuration file.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	_ "net/http/pprof"
	"os"
	"path/filepath"
	"sync"
	"time"
)

type settings struct {
	Greeting string                    `json:"greeting"`
	Features map[string]bool           `json:"features"`
	Tenants  map[string]map[string]int `json:"tenants"`
}

func load(path string) (*settings, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	s := new(settings)
	return s, json.Unmarshal(text, s) // want: cpu-hotspot
}

type provider func() (*settings, error)

func (get provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s, err := get()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	fmt.Fprintln(w, s.Greeting, s.Features["dark"], len(s.Tenants))
}

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "")
	healthy := flag.Bool("healthy", false, "")
	flag.Parse()
	dir, err := os.MkdirTemp("", "settings")
	if err != nil {
		log.Fatal(err)
	}
	path := filepath.Join(dir, "settings.json")
	s := settings{"hello", map[string]bool{"dark": true, "beta": false}, map[string]map[string]int{}}
	for i := range 200 {
		s.Tenants[fmt.Sprint("tenant", i)] = map[string]int{"seats": i, "storage": i * 1000}
	}
	text, err := json.MarshalIndent(s, "", "  ")
	if err == nil {
		err = os.WriteFile(path, text, 0o600)
	}
	if err != nil {
		log.Fatal(err)
	}
	get := provider(func() (*settings, error) { return load(path) })
	if *healthy {
		get = provider(sync.OnceValues(get))
	}
	http.Handle("/hello", get)
	for range 4 {
		go func() {
			for {
				time.Sleep(5 * time.Millisecond)
				response, err := http.Get("http://" + *addr + "/hello")
				if err != nil {
					continue
				}
				io.Copy(io.Discard, response.Body)
				response.Body.Close()
			}
		}()
	}
	log.Fatal(http.ListenAndServe(*addr, nil))
}
