// Jobs gives every piece of work a context of its own.
package main

import (
	"context"
	"crypto/sha1"
	"flag"
	"log"
	"net/http"
	_ "net/http/pprof"
	"time"
)

type ticket struct {
	number int
	notes  [400]byte
}

type key struct{}

type dispatcher struct {
	base context.Context
	end  bool
}

func (d *dispatcher) dispatch(n int) [20]byte {
	ctx := context.WithValue(d.base, key{}, &ticket{number: n}) // want: heap-leak
	ctx, cancel := context.WithCancel(ctx)                      // also: heap-leak
	if d.end {
		defer cancel()
	}
	_ = cancel
	return work(ctx)
}

func work(ctx context.Context) [20]byte {
	t := ctx.Value(key{}).(*ticket)
	return sha1.Sum(t.notes[:])
}

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "")
	healthy := flag.Bool("healthy", false, "")
	flag.Parse()
	base, stop := context.WithCancel(context.Background())
	defer stop()
	d := &dispatcher{base, *healthy}
	go func() {
		for n := 0; ; n++ {
			d.dispatch(n)
			time.Sleep(500 * time.Microsecond)
		}
	}()
	log.Fatal(http.ListenAndServe(*addr, nil))
}
