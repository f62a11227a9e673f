// Snapshots allocates big buffers and lets go of them: its heap is a saw. It is healthy.
package main

import (
	"flag"
	"hash/crc32"
	"log"
	"math/rand/v2"
	"net/http"
	_ "net/http/pprof"
	"sync/atomic"
	"time"
)

type snapshot struct {
	pages [][]byte
}

func take(size int) *snapshot {
	s := &snapshot{}
	for range size {
		s.pages = append(s.pages, make([]byte, 16<<10))
	}
	return s
}

func (s *snapshot) checksum() (sum uint32) {
	for _, page := range s.pages {
		sum = crc32.Update(sum, crc32.IEEETable, page)
	}
	return sum
}

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "")
	flag.Bool("healthy", true, "")
	flag.Parse()
	var latest atomic.Pointer[snapshot]
	go func() {
		for range time.Tick(50 * time.Millisecond) {
			s := take(100 + rand.IntN(400))
			s.checksum()
			latest.Store(s)
		}
	}()
	log.Fatal(http.ListenAndServe(*addr, nil))
}
