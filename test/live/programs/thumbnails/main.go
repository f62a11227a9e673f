// Thumbnails makes small pictures of large ones. The limit of its container is too low for it.
//
// live: quota 0.3
package main

import (
	"flag"
	"math/rand/v2"
	"net/http"
	_ "net/http/pprof"
	"time"
)

func shrink(from []uint32, width int, to []uint32) {
	for i := range to {
		x, y := (i*4)%width, (i*4)/width*4
		sum := uint32(0)
		for dy := range 4 {
			for dx := range 4 {
				sum += from[(y+dy)%width*width+(x+dx)%width] >> 4 // want: cpu-starvation
			}
		}
		to[i] = sum
	}
}

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "")
	flag.Bool("healthy", false, "")
	flag.Parse()
	const width = 1024
	picture := make([]uint32, width*width)
	for i := range picture {
		picture[i] = rand.Uint32()
	}
	go http.ListenAndServe(*addr, nil)
	small := make([]uint32, width*width/16)
	for range time.Tick(20 * time.Millisecond) {
		for range 12 {
			shrink(picture, width, small)
		}
	}
}
