// Command deadlocked has two goroutines that lock two accounts in opposite orders, and one that
// prints a number ten times a second, so that it can be seen to go on. It ends after a minute.
package main

import (
	"fmt"
	"os"
	"sync"
	"time"
)

type account struct {
	name string
	mu   sync.Mutex
}

func transfer(from, to *account, locked *sync.WaitGroup) {
	from.mu.Lock()
	locked.Done()
	locked.Wait()
	to.mu.Lock()
}

func main() {
	fmt.Println("pid", os.Getpid())
	alice, bob := &account{name: "alice"}, &account{name: "bob"}
	var locked sync.WaitGroup
	locked.Add(2)
	go transfer(alice, bob, &locked)
	go transfer(bob, alice, &locked)
	for i := range 600 {
		fmt.Println(i)
		time.Sleep(100 * time.Millisecond)
	}
}
