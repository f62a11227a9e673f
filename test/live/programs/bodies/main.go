// Bodies polls an upstream service for its state.
package main

import (
	"flag"
	"io"
	"log"
	"net"
	"net/http"
	_ "net/http/pprof"
	"strings"
	"time"
)

type Poller struct {
	client *http.Client
	drain  bool
	up     int
}

func (p *Poller) check(url string) error {
	response, err := p.client.Get(url) // want: goroutine-leak
	if err != nil {
		return err
	}
	if p.drain {
		defer response.Body.Close()
		if _, err := io.Copy(io.Discard, response.Body); err != nil {
			return err
		}
	}
	if response.StatusCode == http.StatusOK {
		p.up++
	}
	return nil
}

func upstream() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	state := strings.Repeat("all is well ", 600)
	go http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(5 * time.Millisecond)
		io.WriteString(w, state)
	}))
	return "http://" + l.Addr().String() + "/state", nil
}

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "")
	healthy := flag.Bool("healthy", false, "")
	flag.Parse()
	url, err := upstream()
	if err != nil {
		log.Fatal(err)
	}
	p := &Poller{client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8}}, drain: *healthy}
	go func() {
		for range time.Tick(120 * time.Millisecond) {
			if err := p.check(url); err != nil {
				log.Print(err)
			}
		}
	}()
	log.Fatal(http.ListenAndServe(*addr, nil))
}
