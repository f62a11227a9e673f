// Treechurn answers range queries by building a search tree for every request.
//
//	treechurn -addr 127.0.0.1:8080 [-healthy]
package main

import (
	"cmp"
	"flag"
	"log"
	"math/rand/v2"
	"net/http"
	_ "net/http/pprof"
	"sync/atomic"
	"time"
)

type tree[K cmp.Ordered, V any] struct {
	root *node[K, V]
	size int
	free []node[K, V] // nil: allocate every node
}

type node[K cmp.Ordered, V any] struct {
	key         K
	value       V
	left, right *node[K, V]
}

func (t *tree[K, V]) insert(key K, value V) {
	at := &t.root
	for *at != nil {
		if key < (*at).key {
			at = &(*at).left
		} else {
			at = &(*at).right
		}
	}
	if cap(t.free) > len(t.free) {
		t.free = append(t.free, node[K, V]{key: key, value: value})
		*at = &t.free[len(t.free)-1]
	} else {
		*at = &node[K, V]{key: key, value: value} // want: gc-cost
	}
	t.size++
}

func (t *tree[K, V]) reset() {
	t.root, t.size, t.free = nil, 0, t.free[:0]
}

func (n *node[K, V]) walk(from, to K, visit func(K, V)) {
	if n == nil {
		return
	}
	if n.key >= from {
		n.left.walk(from, to, visit)
	}
	if from <= n.key && n.key < to {
		visit(n.key, n.value)
	}
	if n.key < to {
		n.right.walk(from, to, visit)
	}
}

const size = 6000

type worker struct {
	arena tree[int64, *int64]
	tally int64
	work  func(*worker, *rand.Rand)
}

func fresh(w *worker, rng *rand.Rand) {
	w.query(new(tree[int64, *int64]), rng)
}

func recycled(w *worker, rng *rand.Rand) {
	w.arena.reset()
	w.query(&w.arena, rng)
}

func (w *worker) query(t *tree[int64, *int64], rng *rand.Rand) {
	for range size {
		t.insert(rng.Int64N(1<<40), &w.tally)
	}
	t.root.walk(1<<38, 1<<39, func(int64, *int64) { w.tally++ })
}

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "")
	healthy := flag.Bool("healthy", false, "")
	flag.Parse()

	var served atomic.Int64
	for i := range 3 {
		w := &worker{work: fresh}
		if *healthy {
			w.work = recycled
			w.arena.free = make([]node[int64, *int64], 0, size)
		}
		rng := rand.New(rand.NewPCG(uint64(i), 7))
		go func() {
			for range time.Tick(6 * time.Millisecond) {
				w.work(w, rng)
				served.Add(1)
			}
		}()
	}
	log.Fatal(http.ListenAndServe(*addr, nil))
}
