// Encodecache keeps the state of a game and serves pictures of it. Mutex and block profiles are off.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net/http"
	_ "net/http/pprof"
	"sync"
	"time"
)

type position struct{ X, Y, Z float64 }

type world struct {
	lock    sync.Mutex
	players map[string]position
	early   bool
}

func (w *world) move(name string, to position) {
	w.lock.Lock() // also: lock-contention
	w.players[name] = to
	w.lock.Unlock()
}

func (w *world) picture(out io.Writer) error {
	w.lock.Lock() // also: lock-contention
	if w.early {
		copied := make(map[string]position, len(w.players))
		for name, at := range w.players {
			copied[name] = at
		}
		w.lock.Unlock()
		return json.NewEncoder(out).Encode(copied)
	}
	defer w.lock.Unlock()
	err := json.NewEncoder(out).Encode(w.players) // want: lock-contention
	return err
}

// narrow is a connection to a player far away.
type narrow struct{}

func (narrow) Write(p []byte) (int, error) {
	time.Sleep(15 * time.Millisecond)
	return len(p), nil
}

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "")
	healthy := flag.Bool("healthy", false, "")
	flag.Parse()
	w := &world{players: map[string]position{}, early: *healthy}
	names := make([]string, 500)
	for i := range names {
		names[i] = fmt.Sprint("player", i)
		w.move(names[i], position{})
	}
	for range 10 {
		go func() {
			for {
				time.Sleep(time.Duration(rand.ExpFloat64() * float64(10*time.Millisecond)))
				w.move(names[rand.IntN(len(names))], position{rand.Float64(), rand.Float64(), 0})
			}
		}()
	}
	for range 4 {
		go func() {
			for {
				time.Sleep(20 * time.Millisecond)
				if err := w.picture(narrow{}); err != nil {
					log.Print(err)
				}
			}
		}()
	}
	log.Fatal(http.ListenAndServe(*addr, nil))
}
