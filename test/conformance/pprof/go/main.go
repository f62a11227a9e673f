// Command canon says what Go's own profile package makes of profiles.
//
// It reads profiles (uncompressed protobuf) from standard input, each after its length as four bytes,
// little-endian, and prints a line for each: "ok" and the SHA-256 of a canonical text, or "error" and
// the reason. With -merge it merges them all and prints one line for the result. With -text it prints
// the canonical text of the first profile instead. The same text is made from the columns by
// canonical.ts.
package main

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"sort"
	"strconv"
	"strings"

	"github.com/google/pprof/profile"
)

func main() {
	log.SetFlags(0)
	text := flag.Bool("text", false, "print the canonical text of the first profile")
	merge := flag.Bool("merge", false, "merge all profiles and print one line")
	flag.Parse()
	var all []*profile.Profile
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for {
		var length uint32
		if err := binary.Read(in, binary.LittleEndian, &length); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			log.Fatal(err)
		}
		data := make([]byte, length)
		if _, err := io.ReadFull(in, data); err != nil {
			log.Fatal(err)
		}
		p, err := parse(data)
		switch {
		case *merge && err != nil:
			log.Fatal(err)
		case *merge:
			all = append(all, p)
		case *text && err == nil:
			out.WriteString(canonicalText(p))
			return
		default:
			printVerdict(out, p, err)
		}
	}
	if *merge {
		p, err := profile.Merge(all)
		printVerdict(out, p, err)
	}
}

func printVerdict(out io.Writer, p *profile.Profile, err error) {
	if err != nil {
		fmt.Fprintf(out, "error %s\n", strings.ReplaceAll(err.Error(), "\n", " "))
		return
	}
	fmt.Fprintf(out, "ok %x\n", sha256.Sum256([]byte(canonicalText(p))))
}

// parse decodes and validates; a panic of the package counts as a refusal.
func parse(data []byte) (p *profile.Profile, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	if p, err = profile.ParseUncompressed(data); err != nil {
		return nil, err
	}
	return p, p.CheckValid()
}

type writer struct{ strings.Builder }

// text writes a string with its length in bytes in front, so that any bytes are unambiguous.
func (w *writer) text(s string) { fmt.Fprintf(w, " %d:%s", len(s), s) }

func (w *writer) number(n int64) { w.WriteString(" " + strconv.FormatInt(n, 10)) }

func (w *writer) unsigned(n uint64) { w.WriteString(" " + strconv.FormatUint(n, 10)) }

// float writes lines and columns, which the tables hold as float64.
func (w *writer) float(n int64) {
	w.WriteString(" " + strconv.FormatFloat(float64(n), 'f', 0, 64))
}

func (w *writer) flag(b bool) {
	if b {
		w.WriteString(" 1")
	} else {
		w.WriteString(" 0")
	}
}

func canonicalText(p *profile.Profile) string {
	w := &writer{}
	w.WriteString("types")
	for _, t := range p.SampleType {
		w.text(t.Type)
		w.text(t.Unit)
	}
	w.WriteString("\ndefault")
	w.text(p.DefaultSampleType)
	w.WriteString("\nframes")
	w.text(p.DropFrames)
	w.text(p.KeepFrames)
	w.WriteString("\ntime")
	w.number(p.TimeNanos)
	w.number(p.DurationNanos)
	w.WriteString("\nperiod")
	w.text(p.PeriodType.Type)
	w.text(p.PeriodType.Unit)
	w.number(p.Period)
	w.WriteString("\ncomments")
	for _, c := range p.Comments {
		w.text(c)
	}
	w.WriteString("\ndoc")
	w.text(p.DocURL)
	for _, m := range p.Mapping {
		w.WriteString("\nmapping")
		for _, n := range []uint64{m.ID, m.Start, m.Limit, m.Offset} {
			w.unsigned(n)
		}
		w.text(m.File)
		w.text(m.BuildID)
		for _, b := range []bool{m.HasFunctions, m.HasFilenames, m.HasLineNumbers, m.HasInlineFrames} {
			w.flag(b)
		}
	}
	for _, f := range p.Function {
		w.WriteString("\nfunction")
		w.unsigned(f.ID)
		w.text(f.Name)
		w.text(f.SystemName)
		w.text(f.Filename)
		w.float(f.StartLine)
	}
	for _, l := range p.Location {
		w.WriteString("\nlocation")
		w.unsigned(l.ID)
		if l.Mapping == nil {
			w.unsigned(0)
		} else {
			w.unsigned(l.Mapping.ID)
		}
		w.unsigned(l.Address)
		w.flag(l.IsFolded)
		for _, line := range l.Line {
			w.unsigned(line.Function.ID)
			w.float(line.Line)
			w.float(line.Column)
		}
	}
	for _, s := range p.Sample {
		w.WriteString("\nsample")
		for _, l := range s.Location {
			w.unsigned(l.ID)
		}
		w.WriteString(" =")
		for _, v := range s.Value {
			w.number(v)
		}
		labels(w, s)
	}
	w.WriteString("\n")
	return w.String()
}

// labels writes text labels, then numeric ones, sorted by key; values of a key keep their order.
func labels(w *writer, s *profile.Sample) {
	var keys []string
	for k := range s.Label {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		for _, v := range s.Label[k] {
			w.WriteString(" label")
			w.text(k)
			w.text(v)
		}
	}
	keys = nil
	for k := range s.NumLabel {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		for i, v := range s.NumLabel[k] {
			w.WriteString(" number")
			w.text(k)
			w.number(v)
			if units := s.NumUnit[k]; i < len(units) {
				w.text(units[i])
			} else {
				w.text("")
			}
		}
	}
}
