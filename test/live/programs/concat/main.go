// Concat exports tables as text.
package main

import (
	"flag"
	"log"
	"net/http"
	_ "net/http/pprof"
	"strconv"
	"strings"
	"time"
)

type table struct {
	columns []string
	rows    [][]int
}

func export(t table) (text string) {
	for _, row := range t.rows {
		for i, v := range row {
			text += t.columns[i] + "=" + strconv.Itoa(v) + ";" // want: cpu-hotspot gc-cost
		}
	}
	return text
}

func build(t table) string {
	var b strings.Builder
	b.Grow(len(t.rows) * 40)
	for _, row := range t.rows {
		for i, v := range row {
			b.WriteString(t.columns[i])
			b.WriteByte('=')
			b.WriteString(strconv.Itoa(v))
			b.WriteByte(';')
		}
	}
	return b.String()
}

var size int

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "")
	healthy := flag.Bool("healthy", false, "")
	flag.Parse()
	t := table{columns: []string{"year", "month", "turnover", "profit"}}
	for i := range 1200 {
		t.rows = append(t.rows, []int{2000 + i/12, i % 12, i * 7919, i * 104729})
	}
	render := export
	if *healthy {
		render = build
	}
	for range 2 {
		go func() {
			for range time.Tick(25 * time.Millisecond) {
				size = len(render(t))
			}
		}()
	}
	log.Fatal(http.ListenAndServe(*addr, nil))
}
