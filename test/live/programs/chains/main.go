// Chains applies steps to numbers.
package main

import (
	"flag"
	"iter"
	"log"
	"net/http"
	_ "net/http/pprof"
	"time"
)

func mapped[A, B any](in []A, f func(A) B) (out []B) {
	for _, a := range in {
		out = append(out, f(a)) // want: gc-cost
	}
	return out
}

func lazily[A, B any](in iter.Seq[A], f func(A) B) iter.Seq[B] {
	return func(yield func(B) bool) {
		for a := range in {
			if !yield(f(a)) {
				return
			}
		}
	}
}

type point struct {
	x, y float64
	tags *string
}

func eager(numbers []int) (sum float64) {
	tag := "t"
	points := mapped(numbers, func(n int) *point { return &point{float64(n), 1, &tag} })     // also: gc-cost
	far := mapped(points, func(p *point) *point { return &point{p.x * 2, p.y + 1, p.tags} }) // also: gc-cost
	for _, p := range far {
		sum += p.x
	}
	return sum
}

func lazy(numbers []int) (sum float64) {
	all := func(yield func(int) bool) {
		for _, n := range numbers {
			if !yield(n) {
				return
			}
		}
	}
	points := lazily(all, func(n int) point { return point{x: float64(n), y: 1} })
	for p := range lazily(points, func(p point) point { return point{x: p.x * 2, y: p.y + 1} }) {
		sum += p.x
	}
	return sum
}

var result float64

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "")
	healthy := flag.Bool("healthy", false, "")
	flag.Parse()
	numbers := make([]int, 50_000)
	for i := range numbers {
		numbers[i] = i
	}
	run := eager
	if *healthy {
		run = lazy
	}
	go func() {
		for range time.Tick(12 * time.Millisecond) {
			result = run(numbers)
		}
	}()
	log.Fatal(http.ListenAndServe(*addr, nil))
}
