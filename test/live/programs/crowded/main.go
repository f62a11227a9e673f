// Crowded counts primes, on a machine where others count as well.
//
// live: neighbours 4
package main

import (
	"flag"
	"net/http"
	_ "net/http/pprof"
	"time"
)

func primes(below int) (n int) {
	for i := 2; i < below; i++ {
		prime := true
		for d := 2; d*d <= i; d++ {
			if i%d == 0 { // want: cpu-starvation
				prime = false
				break
			}
		}
		if prime {
			n++
		}
	}
	return n
}

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "")
	healthy := flag.Bool("healthy", false, "")
	flag.Parse()
	go http.ListenAndServe(*addr, nil)
	for {
		primes(100_000)
		if *healthy {
			time.Sleep(50 * time.Millisecond)
		}
	}
}
