// Idlepool has many workers and little work. It is healthy.
package main

import (
	"bytes"
	"compress/gzip"
	"flag"
	"log"
	"net/http"
	_ "net/http/pprof"
	"runtime"
	"sync"
	"time"
)

type job struct {
	payload []byte
	done    chan<- int
}

type pool struct {
	jobs    chan job
	writers sync.Pool
	started sync.WaitGroup
}

func (p *pool) work() {
	p.started.Done()
	for j := range p.jobs {
		var out bytes.Buffer
		w := p.writers.Get().(*gzip.Writer)
		w.Reset(&out)
		w.Write(j.payload)
		w.Close()
		p.writers.Put(w)
		j.done <- out.Len()
	}
}

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "")
	flag.Bool("healthy", true, "")
	flag.Parse()
	runtime.SetBlockProfileRate(1)
	runtime.SetMutexProfileFraction(1)
	p := &pool{jobs: make(chan job)}
	p.writers.New = func() any { return gzip.NewWriter(nil) }
	for range 200 {
		p.started.Add(1)
		go p.work()
	}
	p.started.Wait()
	go func() {
		text := bytes.Repeat([]byte("to be or not to be, "), 500)
		for range time.Tick(20 * time.Millisecond) {
			done := make(chan int, 3)
			for range 3 {
				p.jobs <- job{text, done}
			}
			for range 3 {
				<-done
			}
		}
	}()
	log.Fatal(http.ListenAndServe(*addr, nil))
}
