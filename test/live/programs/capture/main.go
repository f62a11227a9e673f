// Capture keeps the traffic of a connection for debugging.
package main

import (
	"bytes"
	"flag"
	"io"
	"log"
	"net/http"
	_ "net/http/pprof"
	"strings"
	"sync"
	"time"
)

type recorder struct {
	mu    sync.Mutex
	seen  bytes.Buffer
	limit int
}

func (r *recorder) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.limit > 0 && r.seen.Len()+len(p) > r.limit {
		r.seen.Reset()
	}
	return r.seen.Write(p) // want: heap-leak
}

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "")
	healthy := flag.Bool("healthy", false, "")
	flag.Parse()
	r := &recorder{}
	if *healthy {
		r.limit = 1 << 16
	}
	line := strings.Repeat("GET / HTTP/1.1 200 ", 40)
	go func() {
		tee := io.MultiWriter(io.Discard, r)
		for range time.Tick(2 * time.Millisecond) {
			io.WriteString(tee, line)
		}
	}()
	log.Fatal(http.ListenAndServe(*addr, nil))
}
