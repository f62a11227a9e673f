// canon prints what golang.org/x/exp/trace reads out of execution traces, an event a line, in the
// form of ../canonical.ts. Traces come on standard input, each after its length (uint32, little
// endian). With -verdict, only whether each is read to its end.
package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"flag"
	"fmt"
	"hash/fnv"
	"io"
	"log"
	"os"
	"sort"
	"strconv"
	"strings"

	"golang.org/x/exp/trace"
)

var verdictOnly = flag.Bool("verdict", false, "print verdicts only")

func main() {
	flag.Parse()
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriterSize(os.Stdout, 1<<20)
	defer out.Flush()
	for {
		var length uint32
		err := binary.Read(in, binary.LittleEndian, &length)
		if err == io.EOF {
			return
		}
		if err != nil {
			log.Fatal(err)
		}
		data := make([]byte, length)
		if _, err := io.ReadFull(in, data); err != nil {
			log.Fatal(err)
		}
		if err := read(out, data); err != nil {
			reason, _, _ := strings.Cut(err.Error(), "\n")
			fmt.Fprintf(out, "refused %s\n", reason)
		} else {
			fmt.Fprintln(out, "ok")
		}
	}
}

// read prints the events of a trace. The reader panics on some damaged traces: that is a refusal.
func read(out *bufio.Writer, data []byte) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	reader, err := trace.NewReader(bytes.NewReader(data))
	if err != nil {
		return err
	}
	for {
		event, err := reader.ReadEvent()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if *verdictOnly {
			continue
		}
		fmt.Fprintf(out, "%d %s M=%d P=%d G=%d", event.Time(), event.Kind(),
			event.Thread(), event.Proc(), event.Goroutine())
		details(out, event)
		if stack := event.Stack(); stack != trace.NoStack {
			fmt.Fprintf(out, " stack=%s", digest(stack))
		}
		fmt.Fprintln(out)
	}
}

func details(out *bufio.Writer, event trace.Event) {
	switch kind := event.Kind(); kind {
	case trace.EventMetric:
		m := event.Metric()
		fmt.Fprintf(out, " %s=%d", m.Name, m.Value.Uint64())
	case trace.EventLabel:
		l := event.Label()
		fmt.Fprintf(out, " %s %s", strconv.Quote(l.Label), l.Resource)
	case trace.EventRangeBegin, trace.EventRangeActive, trace.EventRangeEnd:
		r := event.Range()
		fmt.Fprintf(out, " %s %s", strconv.Quote(r.Name), r.Scope)
		if kind == trace.EventRangeEnd {
			for _, attribute := range event.RangeAttributes() {
				fmt.Fprintf(out, " %s=%d", strconv.Quote(attribute.Name), attribute.Value.Uint64())
			}
		}
	case trace.EventTaskBegin, trace.EventTaskEnd:
		t := event.Task()
		fmt.Fprintf(out, " task=%d parent=%d %s", t.ID, t.Parent, strconv.Quote(t.Type))
	case trace.EventRegionBegin, trace.EventRegionEnd:
		r := event.Region()
		fmt.Fprintf(out, " task=%d %s", r.Task, strconv.Quote(r.Type))
	case trace.EventLog:
		l := event.Log()
		fmt.Fprintf(out, " task=%d %s %s", l.Task, strconv.Quote(l.Category), strconv.Quote(l.Message))
	case trace.EventStateTransition:
		transition(out, event.StateTransition())
	case trace.EventExperimental:
		e := event.Experimental()
		fmt.Fprintf(out, " %s", e.Name)
		for i := range e.Args {
			fmt.Fprintf(out, " %d", e.ArgValue(i).Uint64())
		}
	case trace.EventSync:
		sync(out, event.Sync())
	}
}

func transition(out *bufio.Writer, t trace.StateTransition) {
	switch t.Resource.Kind {
	case trace.ResourceGoroutine:
		from, to := t.Goroutine()
		fmt.Fprintf(out, " %s %s->%s %s", t.Resource, from, to, strconv.Quote(t.Reason))
	case trace.ResourceProc:
		from, to := t.Proc()
		fmt.Fprintf(out, " %s %s->%s", t.Resource, from, to)
	}
	if t.Stack != trace.NoStack {
		if d := digest(t.Stack); d != "empty" {
			fmt.Fprintf(out, " of=%s", d)
		}
	}
}

func sync(out *bufio.Writer, s trace.Sync) {
	fmt.Fprintf(out, " %d", s.N)
	if c := s.ClockSnapshot; c != nil {
		fmt.Fprintf(out, " trace=%d mono=%d wall=%d", c.Trace, c.Mono, c.Wall.UnixNano())
	}
	var names []string
	for name := range s.ExperimentalBatches {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		fmt.Fprintf(out, " %s:%d", name, len(s.ExperimentalBatches[name]))
	}
}

// digests remembers the hashes of stacks, which are equal within a generation when they are the same.
var digests = map[trace.Stack]string{}

// digest is the FNV-1a hash of a stack's frames, leaf first.
func digest(stack trace.Stack) string {
	if d, ok := digests[stack]; ok {
		return d
	}
	if len(digests) > 1<<16 {
		clear(digests)
	}
	hash := fnv.New32a()
	n := 0
	for frame := range stack.Frames() {
		fmt.Fprintf(hash, "%s\n%s:%d\n%d\n", frame.Func, frame.File, frame.Line, frame.PC)
		n++
	}
	d := "empty"
	if n > 0 {
		d = fmt.Sprintf("%08x", hash.Sum32())
	}
	digests[stack] = d
	return d
}
