// Command demangle answers for the peer: names on standard input, one per line; for each a JSON array of
// what github.com/ianlancetaylor/demangle gives with the options that pprof passes, from least to most.
package main

import (
	"bufio"
	"encoding/json"
	"log"
	"os"

	"github.com/ianlancetaylor/demangle"
)

var modes = [][]demangle.Option{
	{demangle.NoParams, demangle.NoEnclosingParams, demangle.NoTemplateParams},
	{demangle.NoParams, demangle.NoEnclosingParams},
	{demangle.NoClones},
}

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<24)
	out := bufio.NewWriter(os.Stdout)
	encoder := json.NewEncoder(out)
	for in.Scan() {
		var answers [3]string
		for i, options := range modes {
			answers[i] = filter(in.Text(), options)
		}
		if err := encoder.Encode(answers); err != nil {
			log.Fatal(err)
		}
	}
	if err := out.Flush(); err != nil {
		log.Fatal(err)
	}
}

// filter is demangle.Filter, which panics on some malformed names.
func filter(name string, options []demangle.Option) (demangled string) {
	defer func() {
		if recover() != nil {
			demangled = name
		}
	}()
	return demangle.Filter(name, options...)
}
