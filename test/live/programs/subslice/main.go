// Subslice indexes the headers of the documents that it receives.
package main

import (
	"bytes"
	"context"
	"flag"
	"log"
	"math/rand/v2"
	"net/http"
	_ "net/http/pprof"
	"os"
	"time"
)

type header []byte

type Index struct {
	headers [][]header
	last    int
	clone   bool
}

// Receive stands for reading a document from somewhere.
func receive(rng *rand.Rand) []byte {
	doc := make([]byte, 32<<10+rng.IntN(32<<10)) // want: heap-leak
	copy(doc, "subject: weekly numbers\nfrom: accounts\n\n")
	return doc
}

func (ix *Index) Add(doc []byte) {
	end := bytes.IndexByte(doc, '\n')
	h := doc[:end] // also: heap-leak
	if ix.clone {
		h = bytes.Clone(h)
	}
	slot := &ix.headers[ix.last%len(ix.headers)]
	*slot = append(*slot, h)
	ix.last++
}

func (ix *Index) run(ctx context.Context) error {
	rng := rand.New(rand.NewPCG(3, 4))
	ticker := time.NewTicker(25 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
			ix.Add(receive(rng))
		}
	}
}

func main() {
	fs := flag.NewFlagSet("subslice", flag.ExitOnError)
	addr := fs.String("addr", "127.0.0.1:8080", "")
	healthy := fs.Bool("healthy", false, "")
	fs.Parse(os.Args[1:])
	ix := &Index{headers: make([][]header, 64), clone: *healthy}
	go ix.run(context.Background())
	log.Fatal(http.ListenAndServe(*addr, nil))
}
