// Ranking keeps scores, and who leads.
package main

import (
	"flag"
	"fmt"
	"log"
	"math/rand/v2"
	"net/http"
	_ "net/http/pprof"
	"slices"
	"strings"
	"sync"
	"time"
)

type Player struct {
	Name  string
	Score int
}

type Board struct {
	lock    sync.RWMutex
	players []Player
	early   bool
}

func (b *Board) Top(n int) []Player {
	if b.early {
		b.lock.RLock()
		all := slices.Clone(b.players)
		b.lock.RUnlock()
		return top(all, n)
	}
	b.lock.Lock()         // also: lock-contention
	defer b.lock.Unlock() // also: lock-contention
	all := slices.Clone(b.players)
	return top(all, n) // want: lock-contention
}

func top(all []Player, n int) []Player {
	slices.SortFunc(all, func(a, b Player) int {
		if a.Score != b.Score {
			return b.Score - a.Score
		}
		return strings.Compare(a.Name, b.Name)
	})
	return all[:n]
}

func (b *Board) Add(i, points int) {
	b.lock.Lock() // also: lock-contention
	defer b.lock.Unlock()
	b.players[i].Score += points
}

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "")
	healthy := flag.Bool("healthy", false, "")
	flag.Parse()
	b := &Board{early: *healthy}
	for i := range 40_000 {
		b.players = append(b.players, Player{fmt.Sprint("player", i), rand.IntN(1000)})
	}
	go func() {
		for {
			b.Top(10)
			time.Sleep(3 * time.Millisecond)
		}
	}()
	for range 8 {
		go func() {
			for {
				time.Sleep(2 * time.Millisecond)
				b.Add(rand.IntN(len(b.players)), 1)
			}
		}()
	}
	log.Fatal(http.ListenAndServe(*addr, nil))
}
