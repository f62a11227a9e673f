// Poller hands work from a queue to whoever is free.
package main

import (
	"flag"
	"net/http"
	_ "net/http/pprof"
	"time"
)

type dispatcher struct {
	incoming chan int
	stop     chan struct{}
	handled  int
}

func (d *dispatcher) run() {
	for {
		select { // want: runaway-loop
		case n := <-d.incoming: // also: runaway-loop
			d.handled += n
		case <-d.stop: // also: runaway-loop
			return
		default:
		}
	}
}

func (d *dispatcher) runPatiently() {
	for {
		select {
		case n := <-d.incoming:
			d.handled += n
		case <-d.stop:
			return
		}
	}
}

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "")
	healthy := flag.Bool("healthy", false, "")
	flag.Parse()
	d := &dispatcher{incoming: make(chan int), stop: make(chan struct{})}
	if *healthy {
		go d.runPatiently()
	} else {
		go d.run()
	}
	go func() {
		for {
			time.Sleep(10 * time.Millisecond)
			d.incoming <- 1
		}
	}()
	http.ListenAndServe(*addr, nil)
}
