// Batchjob counts words in texts that it makes up, for as long as it lives. It is healthy.
package main

import (
	"flag"
	"math/rand/v2"
	"net/http"
	_ "net/http/pprof"
	"strings"
)

func text(words []string) string {
	var b strings.Builder
	for range 2000 {
		b.WriteString(words[rand.IntN(len(words))])
		b.WriteByte(' ')
	}
	return b.String()
}

func count(text string, into []int) {
	start := 0
	for i := range len(text) {
		if text[i] == ' ' {
			into[(i-start)%len(into)]++
			start = i + 1
		}
	}
}

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "")
	flag.Bool("healthy", true, "")
	flag.Parse()
	go http.ListenAndServe(*addr, nil)
	words := strings.Fields("to be or not to be that is the question whether tis nobler")
	lengths := make([]int, 32)
	for {
		page := text(words)
		for range 20 {
			count(page, lengths)
		}
	}
}
