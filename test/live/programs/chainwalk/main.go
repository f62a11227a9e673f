// Chainwalk looks up who reports to whom.
package main

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	_ "net/http/pprof"
	"time"
)

type person struct {
	name  string
	level int
	boss  *person
}

func top(p *person) *person {
	for p.boss != nil { // want: runaway-loop
		if p.level > 9 { // also: runaway-loop
			break
		}
		p = p.boss // also: runaway-loop
	}
	return p
}

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "")
	healthy := flag.Bool("healthy", false, "")
	flag.Parse()
	people := make([]*person, 400)
	for i := range people {
		people[i] = &person{name: fmt.Sprint("p", i), level: i % 7}
		if i > 0 {
			people[i].boss = people[rand.IntN(i)]
		}
	}
	if !*healthy {
		// Somebody was moved below one of their own people.
		people[5].boss = people[9]
		people[9].boss = people[5]
	}
	http.HandleFunc("/top", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, top(people[rand.IntN(len(people))]).name)
	})
	go http.ListenAndServe(*addr, nil)
	client := &http.Client{Timeout: time.Minute}
	for {
		time.Sleep(20 * time.Millisecond)
		response, err := client.Get("http://" + *addr + "/top")
		if err == nil {
			response.Body.Close()
		}
	}
}
