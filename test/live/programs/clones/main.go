// Clones hands out copies of a document, so that nobody changes the original.
package main

import (
	"encoding/json"
	"flag"
	"log"
	"maps"
	"net/http"
	_ "net/http/pprof"
	"slices"
	"time"
)

type document struct {
	Title    string
	Sections []string
	Index    map[string][]int
}

func deepCopy(d *document) *document {
	text, err := json.Marshal(d) // also: cpu-hotspot
	if err != nil {
		panic(err)
	}
	var c document
	if err := json.Unmarshal(text, &c); err != nil { // want: cpu-hotspot gc-cost
		panic(err)
	}
	return &c
}

func copyFields(d *document) *document {
	return &document{d.Title, slices.Clone(d.Sections), maps.Clone(d.Index)}
}

var last *document

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "")
	healthy := flag.Bool("healthy", false, "")
	flag.Parse()
	d := &document{"On clones", nil, map[string][]int{}}
	for i := range 300 {
		d.Sections = append(d.Sections, "some text of a section that goes on for a while")
		d.Index[string(rune('a'+i%26))+"x"] = []int{i, i + 1, i + 2}
	}
	clone := deepCopy
	if *healthy {
		clone = copyFields
	}
	go func() {
		for range time.Tick(1500 * time.Microsecond) {
			last = clone(d)
		}
	}()
	log.Fatal(http.ListenAndServe(*addr, nil))
}
