// Vault looks secrets up in a remote store, one caller at a time. Mutex and block profiles are off.
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	_ "net/http/pprof"
	"sync"
	"time"
)

var guard sync.Mutex
var cache = map[string]string{}

func locked(do func()) {
	guard.Lock()         // also: lock-contention
	defer guard.Unlock() // also: lock-contention
	do()                 // want: lock-contention
}

func fetch(url string) string {
	response, err := http.Get(url)
	if err != nil {
		return ""
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(response.Body)
	return string(text)
}

func secret(url, name string) (value string) {
	locked(func() {
		value = cache[name]
		if value == "" || rand.IntN(3) == 0 {
			value = fetch(url + name) // also: lock-contention
			cache[name] = value
		}
	})
	return value
}

func secretUnlocked(url, name string) (value string) {
	locked(func() { value = cache[name] })
	if value == "" || rand.IntN(3) == 0 {
		value = fetch(url + name)
		locked(func() { cache[name] = value })
	}
	return value
}

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "")
	healthy := flag.Bool("healthy", false, "")
	flag.Parse()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	go http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(20 * time.Millisecond)
		fmt.Fprint(w, "secret of ", r.URL.Path)
	}))
	url := "http://" + l.Addr().String() + "/"
	get := secret
	if *healthy {
		get = secretUnlocked
	}
	for range 12 {
		go func() {
			for {
				time.Sleep(time.Duration(rand.ExpFloat64() * float64(25*time.Millisecond)))
				get(url, fmt.Sprint("s", rand.IntN(50)))
			}
		}()
	}
	log.Fatal(http.ListenAndServe(*addr, nil))
}
