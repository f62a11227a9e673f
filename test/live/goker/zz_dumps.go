// Runs one of the programs beside it, and writes what can be known of its goroutines: two dumps, or
// the leak profile. Its name is the last one, so that all programs are registered before.
package main

import (
	"os"
	"path/filepath"
	"runtime/pprof"
	"time"
)

func init() {
	folder := os.Getenv("DUMPS")
	if folder == "" || len(os.Args) < 2 {
		return
	}
	program := cmds[os.Args[1]]
	go func() {
		// Without the experiment there is no leak profile, which ends the program with a panic.
		defer func() { _ = recover() }()
		program()
	}()
	time.Sleep(1500 * time.Millisecond)
	if leaks := pprof.Lookup("goroutineleak"); leaks != nil {
		write(leaks, filepath.Join(folder, "leaks.txt"))
	} else {
		write(pprof.Lookup("goroutine"), filepath.Join(folder, "dump-1.txt"))
		time.Sleep(10 * time.Second)
		write(pprof.Lookup("goroutine"), filepath.Join(folder, "dump-2.txt"))
	}
	os.Exit(0)
}

func write(profile *pprof.Profile, name string) {
	file, err := os.Create(name)
	if err != nil {
		panic(err)
	}
	if err := profile.WriteTo(file, 2); err != nil {
		panic(err)
	}
	if err := file.Close(); err != nil {
		panic(err)
	}
}
