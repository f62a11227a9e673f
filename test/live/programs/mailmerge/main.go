// Mailmerge renders letters.
package main

import (
	"bytes"
	"flag"
	"html/template"
	"log"
	"net/http"
	_ "net/http/pprof"
	"sync"
	"time"
)

const letter = `<h1>Dear {{.Name}}</h1>{{range $i, $item := .Items}}<p class="{{if $i}}more{{else}}first{{end}}">
{{with $item}}{{.Title}}: {{printf "%.2f" .Price}}{{end}}</p>{{else}}<p>You owe nothing.</p>{{end}}
<a href="https://example.org/pay?who={{.Name}}">pay</a>`

type item struct {
	Title string
	Price float64
}

type recipient struct {
	Name  string
	Items []item
}

type renderer interface {
	render(to recipient) ([]byte, error)
}

type parsing struct{ source string }

func (p parsing) render(to recipient) ([]byte, error) {
	t, err := template.New("letter").Parse(p.source) // want: cpu-hotspot
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = t.Execute(&out, to) // also: cpu-hotspot
	return out.Bytes(), err
}

type parsed struct {
	*template.Template
	buffers sync.Pool
}

func (p *parsed) render(to recipient) ([]byte, error) {
	out, _ := p.buffers.Get().(*bytes.Buffer)
	if out == nil {
		out = new(bytes.Buffer)
	}
	defer p.buffers.Put(out)
	out.Reset()
	err := p.Execute(out, to)
	return bytes.Clone(out.Bytes()), err
}

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "")
	healthy := flag.Bool("healthy", false, "")
	flag.Parse()
	var r renderer = parsing{letter}
	every := 400 * time.Microsecond
	if *healthy {
		r = &parsed{Template: template.Must(template.New("letter").Parse(letter))}
		every = 100 * time.Microsecond
	}
	to := recipient{"Ada", []item{{"Engine", 12.5}, {"Cards", 3}, {"Oil", 1.25}}}
	go func() {
		for {
			if _, err := r.render(to); err != nil {
				log.Fatal(err)
			}
			time.Sleep(every)
		}
	}()
	log.Fatal(http.ListenAndServe(*addr, nil))
}
