// Mandelbrot computes, and does nothing else. It is healthy.
package main

import (
	"flag"
	"log"
	"math/cmplx"
	"net/http"
	_ "net/http/pprof"
	"sync/atomic"
)

func escape(c complex128) (n int) {
	for z := c; n < 400 && cmplx.Abs(z) < 2; n++ {
		z = z*z + c
	}
	return n
}

func row(y, width int) (sum int) {
	for x := range width {
		sum += escape(complex(3*float64(x)/float64(width)-2, float64(y)/500-1))
	}
	return sum
}

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "")
	flag.Bool("healthy", true, "")
	flag.Parse()
	var total atomic.Int64
	go func() {
		for y := 0; ; y = (y + 1) % 1000 {
			total.Add(int64(row(y, 1500)))
		}
	}()
	log.Fatal(http.ListenAndServe(*addr, nil))
}
