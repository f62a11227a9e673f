// Logger writes a line for every request of a busy service. It is healthy.
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	_ "net/http/pprof"
	"os"
	"time"
)

func logged(l *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begin := time.Now()
		next.ServeHTTP(w, r)
		l.Info("request", "path", r.URL.Path, "took", time.Since(begin), "from", r.RemoteAddr)
	})
}

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "")
	flag.Bool("healthy", true, "")
	flag.Parse()
	http.HandleFunc("/hello/{name}", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "hello %s, it is %s", r.PathValue("name"), time.Now().Format(time.Kitchen))
	})
	handler := logged(slog.New(slog.NewJSONHandler(os.Stdout, nil)), http.DefaultServeMux)
	http.DefaultTransport.(*http.Transport).MaxIdleConnsPerHost = 8
	for i := range 4 {
		go func() {
			for {
				time.Sleep(2 * time.Millisecond)
				if response, err := http.Get(fmt.Sprintf("http://%s/hello/%d", *addr, i)); err == nil {
					io.Copy(io.Discard, response.Body)
					response.Body.Close()
				}
			}
		}()
	}
	log.Fatal(http.ListenAndServe(*addr, handler))
}
