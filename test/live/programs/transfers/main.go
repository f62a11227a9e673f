// Transfers moves money between accounts, each with a lock of its own.
package main

import (
	"flag"
	"fmt"
	"log"
	"math/rand/v2"
	"net/http"
	_ "net/http/pprof"
	"sync"
	"time"
)

type account struct {
	mu      sync.Mutex
	id      int
	balance int
}

func move(from, to *account, amount int) {
	from.mu.Lock() // also: stuck
	defer from.mu.Unlock()
	check(from, amount)
	to.mu.Lock() // want: stuck
	defer to.mu.Unlock()
	from.balance -= amount
	to.balance += amount
}

func moveInOrder(from, to *account, amount int) {
	first, second := from, to
	if second.id < first.id {
		first, second = second, first
	}
	first.mu.Lock()
	defer first.mu.Unlock()
	check(from, amount)
	second.mu.Lock()
	defer second.mu.Unlock()
	from.balance -= amount
	to.balance += amount
}

// check asks a slow rule engine.
func check(a *account, amount int) {
	time.Sleep(time.Duration(rand.IntN(300)) * time.Microsecond)
	if a.balance < amount {
		a.balance += 1000
	}
}

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "")
	healthy := flag.Bool("healthy", false, "")
	flag.Parse()
	transfer := move
	if *healthy {
		transfer = moveInOrder
	}
	accounts := make([]*account, 12)
	for i := range accounts {
		accounts[i] = &account{id: i, balance: 1000}
	}
	http.HandleFunc("/move", func(w http.ResponseWriter, r *http.Request) {
		i := rand.IntN(len(accounts))
		j := (i + 1 + rand.IntN(len(accounts)-1)) % len(accounts)
		transfer(accounts[i], accounts[j], 10)
		fmt.Fprintln(w, "moved")
	})
	go http.ListenAndServe(*addr, nil)
	client := &http.Client{Timeout: 30 * time.Second}
	for range 6 {
		go func() {
			for {
				time.Sleep(5 * time.Millisecond)
				response, err := client.Get("http://" + *addr + "/move")
				if err != nil {
					log.Print(err)
					continue
				}
				response.Body.Close()
			}
		}()
	}
	select {}
}
