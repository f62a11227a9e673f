// Archive sends compressed files.
package main

import (
	"compress/gzip"
	"flag"
	"io"
	"log"
	"net/http"
	_ "net/http/pprof"
	"strings"
	"sync"
	"time"
)

type squeezer interface {
	squeeze(w io.Writer, text string) error
}

type always struct{}

func (always) squeeze(w io.Writer, text string) error {
	z, err := gzip.NewWriterLevel(w, gzip.DefaultCompression) // also: cpu-hotspot
	if err != nil {
		return err
	}
	if _, err := io.WriteString(z, text); err != nil { // want: cpu-hotspot gc-cost
		return err
	}
	return z.Close()
}

type pooled struct{ sync.Pool }

func (p *pooled) squeeze(w io.Writer, text string) error {
	z, ok := p.Get().(*gzip.Writer)
	if !ok {
		z = gzip.NewWriter(w)
	}
	defer p.Put(z)
	z.Reset(w)
	if _, err := io.WriteString(z, text); err != nil {
		return err
	}
	return z.Close()
}

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "")
	healthy := flag.Bool("healthy", false, "")
	flag.Parse()
	var s squeezer = always{}
	if *healthy {
		s = &pooled{}
	}
	text := strings.Repeat("a short answer ", 10)
	http.HandleFunc("/answer", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		if err := s.squeeze(w, text); err != nil {
			log.Print(err)
		}
	})
	for range 3 {
		go func() {
			for {
				time.Sleep(3 * time.Millisecond)
				if response, err := http.Get("http://" + *addr + "/answer"); err == nil {
					io.Copy(io.Discard, response.Body)
					response.Body.Close()
				}
			}
		}()
	}
	log.Fatal(http.ListenAndServe(*addr, nil))
}
