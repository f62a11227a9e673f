// Router matches paths against a table of patterns.
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/pprof"
	"regexp"
	"time"
)

type route struct {
	pattern string
	handler http.HandlerFunc
	re      *regexp.Regexp
}

type table []route

func (t table) find(path string) http.HandlerFunc {
	for _, r := range t {
		matches := func() bool {
			if r.re != nil {
				return r.re.MatchString(path)
			}
			ok, err := regexp.MatchString(r.pattern, path) // want: cpu-hotspot
			return ok && err == nil
		}
		if matches() {
			return r.handler
		}
	}
	return http.NotFound
}

func (t table) ServeHTTP(w http.ResponseWriter, r *http.Request) { t.find(r.URL.Path)(w, r) }

func hello(what string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { fmt.Fprintln(w, "this is", what, r.URL.Path) }
}

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "")
	healthy := flag.Bool("healthy", false, "")
	flag.Parse()
	t := table{
		{pattern: `^/users/([a-z0-9-]+)/posts/(\d+)$`, handler: hello("post")},
		{pattern: `^/users/([a-z0-9-]+)$`, handler: hello("user")},
		{pattern: `^/files/(.+)\.(png|jpe?g|gif)$`, handler: hello("picture")},
		{pattern: `^/debug/pprof/profile$`, handler: pprof.Profile},
		{pattern: `^/debug/pprof/`, handler: pprof.Index},
	}
	if *healthy {
		for i := range t {
			t[i].re = regexp.MustCompile(t[i].pattern)
		}
	}
	go func() {
		log.Fatal(http.ListenAndServe(*addr, t))
	}()
	for _, path := range []string{"/users/ada-l/posts/17", "/users/bob", "/files/a/b/c.jpeg", "/nowhere"} {
		go func() {
			for {
				time.Sleep(1500 * time.Microsecond)
				response, err := http.Get("http://" + *addr + path)
				if err != nil {
					continue
				}
				io.Copy(io.Discard, response.Body)
				response.Body.Close()
			}
		}()
	}
	select {}
}
