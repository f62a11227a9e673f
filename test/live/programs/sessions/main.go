// Sessions hands out session tokens and remembers who has which.
package main

import (
	"crypto/rand"
	"encoding/hex"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/pprof"
	"sync"
	"time"
)

type session struct {
	user    string
	started time.Time
	profile [600]byte
}

type registry struct {
	sync.RWMutex
	byToken map[string]*session
	order   []string
	limit   int // 0: no limit
}

func (r *registry) open(user string) string {
	var raw [16]byte
	if _, err := rand.Read(raw[:]); err != nil {
		panic(err)
	}
	token := hex.EncodeToString(raw[:])
	r.Lock()
	defer r.Unlock()
	s := &session{user: user, started: time.Now()} // want: heap-leak
	r.byToken[token] = s                           // also: heap-leak
	if r.limit > 0 {
		r.order = append(r.order, token)
		if len(r.order) > r.limit {
			delete(r.byToken, r.order[0])
			r.order = r.order[1:]
		}
	}
	return token
}

type server struct {
	*registry
	http.ServeMux
}

func (s *server) login(w http.ResponseWriter, r *http.Request) {
	io.WriteString(w, s.open(r.FormValue("user")))
}

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "")
	healthy := flag.Bool("healthy", false, "")
	flag.Parse()

	s := &server{registry: &registry{byToken: map[string]*session{}}}
	if *healthy {
		s.limit = 2000
	}
	s.HandleFunc("/login", s.login)
	s.HandleFunc("/debug/pprof/", pprof.Index)
	s.HandleFunc("/debug/pprof/profile", pprof.Profile)

	go func() {
		for n := 0; ; n++ {
			time.Sleep(800 * time.Microsecond)
			// As a browser would, without the network.
			r := httptest.NewRequest("POST", fmt.Sprintf("/login?user=u%d", n%5000), nil)
			s.ServeHTTP(httptest.NewRecorder(), r)
		}
	}()
	log.Fatal(http.ListenAndServe(*addr, s))
}
