// Filelock writes entries to a file that other programs write to as well.
package main

import (
	"flag"
	"fmt"
	"log"
	"net/http"
	_ "net/http/pprof"
	"os"
	"sync"
	"syscall"
	"time"
)

var inProcess sync.Mutex

func write(path, entry string) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil { // want: thread-growth
		return err
	}
	time.Sleep(150 * time.Millisecond)
	_, err = f.WriteString(entry)
	return err
}

func writeQuickly(path, entry string) error {
	inProcess.Lock()
	defer inProcess.Unlock()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		return err
	}
	_, err = f.WriteString(entry)
	return err
}

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "")
	healthy := flag.Bool("healthy", false, "")
	flag.Parse()
	path := fmt.Sprintf("%s/filelock-%d", os.TempDir(), os.Getpid())
	put := write
	if *healthy {
		put = writeQuickly
	}
	// Writers that have little to say at first.
	for i := range 200 {
		go func() {
			time.Sleep(time.Duration(i) * 200 * time.Millisecond)
			for {
				if err := put(path, fmt.Sprintln(i)); err != nil {
					log.Print(err)
				}
				time.Sleep(time.Second)
			}
		}()
	}
	log.Fatal(http.ListenAndServe(*addr, nil))
}
