package main

import (
	"context"
	"math/rand"
	"os"
	"runtime"
	"runtime/trace"
	"sync"
	"sync/atomic"
	"time"
)

// budget is the number of operations left. Goroutines pause now and then: while run queues never
// empty, the tracer cannot end a generation.
type budget struct{ left atomic.Int64 }

// take counts an operation; false when there are none left.
func (b *budget) take() bool { return b.left.Add(-1) > 0 }

func (b *budget) over() bool { return b.left.Load() <= 0 }

func pause(n, every int) {
	if n%every == 0 {
		time.Sleep(time.Duration(1+rand.Intn(3)) * time.Millisecond)
	}
}

func switches(ops int64, pairs int) {
	var b budget
	b.left.Store(ops)
	for range pairs {
		handOver(&b)
	}
	for range 20 {
		pipeline(&b, 10)
	}
	var mu sync.Mutex
	var garbage []byte
	for range 16 {
		go func() {
			for n := 1; b.take(); n++ {
				mu.Lock()
				if n%100 == 0 {
					garbage = make([]byte, 4096)
				}
				mu.Unlock()
				pause(n, 16)
				runtime.Gosched()
			}
		}()
	}
	go systemCalls(&b)
	for range 4 {
		go batches(&b)
	}
	for !b.over() {
		time.Sleep(50 * time.Millisecond)
	}
	_ = garbage
}

// handOver starts two goroutines that wake each other in turn.
func handOver(b *budget) {
	there, back := make(chan int), make(chan int)
	go func() {
		defer close(there)
		for n := 1; b.take(); n++ {
			there <- n
			<-back
			pause(n, 32)
		}
	}()
	go func() {
		for n := range there {
			back <- n
		}
	}()
}

// pipeline passes values through stages, each with a deeper stack and more buffer than the last.
func pipeline(b *budget, stages int) {
	first := make(chan int)
	go func() {
		defer close(first)
		for n := 1; !b.over(); n++ {
			first <- n
			pause(n, 64)
		}
	}()
	in := first
	for i := range stages {
		out := make(chan int, i%3)
		go stage(b, 4*i, in, out)
		in = out
	}
	go func() {
		for range in {
		}
	}()
}

func stage(b *budget, depth int, in <-chan int, out chan<- int) {
	if depth > 0 {
		stage(b, depth-1, in, out)
		return
	}
	defer close(out)
	for n := range in {
		b.take()
		out <- n + 1
	}
}

func systemCalls(b *budget) {
	f, err := os.Open(os.Args[0])
	if err != nil {
		return
	}
	defer f.Close()
	buffer := make([]byte, 512)
	for n := 1; !b.over(); n++ {
		f.ReadAt(buffer, 0)
		pause(n, 8)
	}
}

// batches are tasks of fifty goroutines, each with a region.
func batches(b *budget) {
	for !b.over() {
		ctx, task := trace.NewTask(context.Background(), "batch")
		var wg sync.WaitGroup
		for range 50 {
			wg.Add(1)
			go func() {
				defer wg.Done()
				defer trace.StartRegion(ctx, "unit").End()
				time.Sleep(time.Duration(rand.Intn(1000)) * time.Microsecond)
			}()
		}
		wg.Wait()
		task.End()
	}
}
