// Directory lists people by name, however they spell it.
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net/http"
	_ "net/http/pprof"
	"sort"
	"strings"
	"time"
)

type person struct{ name, key string }

type byName []person

func (b byName) Len() int           { return len(b) }
func (b byName) Swap(i, j int)      { b[i], b[j] = b[j], b[i] }
func (b byName) Less(i, j int) bool { return strings.ToLower(b[i].name) < strings.ToLower(b[j].name) } // want: cpu-hotspot

type byKey struct{ byName }

func (b byKey) Less(i, j int) bool { return b.byName[i].key < b.byName[j].key }

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "")
	healthy := flag.Bool("healthy", false, "")
	flag.Parse()
	var people []person
	for range 3000 {
		name := fmt.Sprintf("Person Number %X Of Somewhere", rand.Uint32())
		people = append(people, person{name, strings.ToLower(name)})
	}
	http.HandleFunc("/people", func(w http.ResponseWriter, r *http.Request) {
		list := append([]person(nil), people...)
		if *healthy {
			sort.Sort(byKey{list})
		} else {
			sort.Sort(byName(list))
		}
		io.WriteString(w, list[0].name)
	})
	go func() {
		for {
			time.Sleep(15 * time.Millisecond)
			if response, err := http.Get("http://" + *addr + "/people"); err == nil {
				response.Body.Close()
			}
		}
	}()
	log.Fatal(http.ListenAndServe(*addr, nil))
}
