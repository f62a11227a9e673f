// Abandon asks two replicas and takes the faster answer.
package main

import (
	"flag"
	"fmt"
	"log"
	"math/rand/v2"
	"net/http"
	_ "net/http/pprof"
	"time"
)

type answer struct {
	from string
	text string
}

type replica func(question string) answer

func slowly(name string, mean time.Duration) replica {
	return func(question string) answer {
		time.Sleep(time.Duration(rand.ExpFloat64() * float64(mean)))
		return answer{name, question + "?"}
	}
}

func first(question string, capacity int, replicas ...replica) answer {
	answers := make(chan answer, capacity) // also: goroutine-leak
	for _, ask := range replicas {
		go func() { // also: goroutine-leak
			answers <- ask(question) // want: goroutine-leak
		}()
	}
	return <-answers
}

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "")
	healthy := flag.Bool("healthy", false, "")
	flag.Parse()
	capacity := 0
	if *healthy {
		capacity = 2
	}
	east, west := slowly("east", 20*time.Millisecond), slowly("west", 30*time.Millisecond)
	http.HandleFunc("/ask", func(w http.ResponseWriter, r *http.Request) {
		a := first(r.FormValue("q"), capacity, east, west)
		fmt.Fprintln(w, a.from, a.text)
	})
	go http.ListenAndServe(*addr, nil)

	for client := range 4 {
		go func() {
			for n := 0; ; n++ {
				time.Sleep(150 * time.Millisecond)
				response, err := http.Get(fmt.Sprintf("http://%s/ask?q=%d.%d", *addr, client, n))
				if err != nil {
					log.Print(err)
					continue
				}
				response.Body.Close()
			}
		}()
	}
	select {}
}
