// Ledger books payments and keeps a journal on disk.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"log"
	"math/rand/v2"
	"net/http"
	_ "net/http/pprof"
	"os"
	"runtime"
	"sync"
	"time"
)

type journal struct {
	file *os.File
	buf  *bufio.Writer
}

func (j *journal) commit(line string) error {
	if _, err := j.buf.WriteString(line); err != nil {
		return err
	}
	if err := j.buf.Flush(); err != nil {
		return err
	}
	time.Sleep(3 * time.Millisecond) // what a busy disk takes
	return j.file.Sync()
}

type Ledger struct {
	mu       sync.RWMutex
	balances map[int]int64

	journalMu sync.Mutex
	journal   journal
	async     chan string
}

func (l *Ledger) Book(from, to int, cents int64) error {
	l.mu.Lock() // also: lock-contention
	defer l.mu.Unlock()
	l.balances[from] -= cents
	l.balances[to] += cents
	return l.journal.commit(fmt.Sprintf("%d %d %d\n", from, to, cents)) // want: lock-contention
}

func (l *Ledger) BookLater(from, to int, cents int64) error {
	l.mu.Lock()
	l.balances[from] -= cents
	l.balances[to] += cents
	l.mu.Unlock()
	l.async <- fmt.Sprintf("%d %d %d\n", from, to, cents)
	return nil
}

func (l *Ledger) Balance(of int) int64 {
	l.mu.RLock() // also: lock-contention
	defer l.mu.RUnlock()
	return l.balances[of]
}

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "")
	healthy := flag.Bool("healthy", false, "")
	flag.Parse()
	runtime.SetMutexProfileFraction(5)
	runtime.SetBlockProfileRate(100_000)

	file, err := os.CreateTemp("", "journal")
	if err != nil {
		log.Fatal(err)
	}
	os.Remove(file.Name())
	l := &Ledger{balances: map[int]int64{}, journal: journal{file, bufio.NewWriter(file)}, async: make(chan string, 1024)}
	book := l.Book
	if *healthy {
		book = l.BookLater
		go func() {
			for line := range l.async {
				batch := line
				for n := len(l.async); n > 0; n-- {
					batch += <-l.async
				}
				if err := l.journal.commit(batch); err != nil {
					log.Print(err)
				}
			}
		}()
	}
	for teller := range 6 {
		go func() {
			for {
				time.Sleep(time.Duration(rand.ExpFloat64() * float64(12*time.Millisecond)))
				if err := book(rand.IntN(100), teller, rand.Int64N(1000)); err != nil {
					log.Print(err)
				}
			}
		}()
	}
	for range 4 {
		go func() {
			for {
				time.Sleep(4 * time.Millisecond)
				l.Balance(rand.IntN(100))
			}
		}()
	}
	log.Fatal(http.ListenAndServe(*addr, nil))
}
