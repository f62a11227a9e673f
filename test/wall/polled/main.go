// Polled is a program of which it is known where its goroutines spend their time: -waiters in a
// channel receive under a label, one asleep far down, one in a system call, -spinners busy.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	_ "net/http/pprof"
	"runtime/pprof"
	"syscall"
	"time"
)

var never = make(chan int)

func wait() { <-never }

func spin() {
	for n := 0; ; n++ {
		if n < 0 {
			return
		}
	}
}

// sleepBelow sleeps further down than fgprof's 32 frames reach.
func sleepBelow(depth int) {
	if depth > 0 {
		sleepBelow(depth - 1)
		return
	}
	for {
		time.Sleep(time.Hour)
	}
}

func readForever() {
	var pipe [2]int
	if err := syscall.Pipe(pipe[:]); err != nil {
		log.Fatal(err)
	}
	syscall.Read(pipe[0], make([]byte, 1))
}

// come lives for a while, over and over: goroutines that are born and end.
func come() {
	for {
		done := make(chan bool)
		go brief(done)
		<-done
	}
}

func brief(done chan bool) {
	time.Sleep(300 * time.Millisecond)
	done <- true
}

func main() {
	waiters := flag.Int("waiters", 20, "goroutines that wait for a channel")
	spinners := flag.Int("spinners", 1, "goroutines that compute")
	flag.Parse()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	pprof.Do(context.Background(), pprof.Labels("pool", "idle"), func(context.Context) {
		for i := 0; i < *waiters; i++ {
			go wait()
		}
	})
	for i := 0; i < *spinners; i++ {
		go spin()
	}
	go sleepBelow(60)
	go readForever()
	go come()
	fmt.Printf("listening on http://%s\n", listener.Addr())
	log.Fatal(http.Serve(listener, nil))
}
