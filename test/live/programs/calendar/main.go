// Calendar shows appointments in everybody's own time.
package main

import (
	"flag"
	"log"
	"net/http"
	_ "net/http/pprof"
	"time"
)

type zones func(name string) (*time.Location, error)

func remembered() zones {
	known := map[string]*time.Location{}
	return func(name string) (*time.Location, error) {
		if l, ok := known[name]; ok {
			return l, nil
		}
		l, err := time.LoadLocation(name)
		known[name] = l
		return l, err
	}
}

type appointment struct {
	at   time.Time
	zone string
}

func (a appointment) in(find zones) string {
	l, err := find(a.zone) // also: cpu-hotspot
	if err != nil {
		return err.Error()
	}
	return a.at.In(l).Format(time.RFC1123)
}

var shown string

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "")
	healthy := flag.Bool("healthy", false, "")
	flag.Parse()
	find := zones(func(name string) (*time.Location, error) {
		return time.LoadLocation(name) // want: cpu-hotspot
	})
	if *healthy {
		find = remembered()
	}
	names := []string{"Europe/Zurich", "America/New_York", "Asia/Tokyo"}
	go func() {
		for n := 0; ; n++ {
			shown = appointment{time.Now(), names[n%3]}.in(find)
			if n%8 == 0 {
				time.Sleep(time.Millisecond)
			}
		}
	}()
	log.Fatal(http.ListenAndServe(*addr, nil))
}
