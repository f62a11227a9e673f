// canonv1 prints what Go 1.21's internal/trace reads out of execution traces of Go 1.5 to 1.21, an
// event a line: time, type, proc, goroutine, arguments, and digests of stacks. Traces come on standard
// input, each after its length (uint32, little endian). With -verdict, only whether each is read.
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
	"strings"

	trace "whygo.dev/conformance/tracev1/parser"
)

func main() {
	verdictOnly := flag.Bool("verdict", false, "print verdicts only")
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
		result, err := parse(data)
		if err != nil {
			reason, _, _ := strings.Cut(err.Error(), "\n")
			fmt.Fprintf(out, "refused %s\n", reason)
			continue
		}
		if !*verdictOnly {
			for _, event := range result.Events {
				print(out, result, event)
			}
		}
		fmt.Fprintln(out, "ok")
	}
}

// parse reads a trace. The parser panics on some damaged traces: that is a refusal.
func parse(data []byte) (result trace.ParseResult, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return trace.ParseUnsymbolized(bytes.NewReader(data))
}

func print(out *bufio.Writer, result trace.ParseResult, event *trace.Event) {
	name := trace.EventDescriptions[event.Type].Name
	fmt.Fprintf(out, "%d %s P=%d G=%d", event.Ts, name, event.P, event.G)
	switch event.Type {
	case trace.EvGoCreate:
		fmt.Fprintf(out, " %d of=%s", event.Args[0], startDigest(result, event))
	case trace.EvGoUnblock, trace.EvProcStart, trace.EvGomaxprocs, trace.EvHeapAlloc, trace.EvHeapGoal:
		fmt.Fprintf(out, " %d", event.Args[0])
	case trace.EvGCSweepDone:
		fmt.Fprintf(out, " %d %d", event.Args[0], event.Args[1])
	case trace.EvGoStartLabel, trace.EvSTWStart:
		fmt.Fprintf(out, " %s", event.SArgs[0])
	}
	// The stack of a start is that of the goroutine's creation.
	isStart := event.Type == trace.EvGoStart || event.Type == trace.EvGoStartLabel
	if len(event.Stk) > 0 && !isStart {
		fmt.Fprintf(out, " stack=%s", digest(event.Stk))
	}
	fmt.Fprintln(out)
}

// startDigest is the digest of the stack that a goroutine begins with.
func startDigest(result trace.ParseResult, event *trace.Event) string {
	if stack, ok := result.Stacks[event.Args[1]]; ok {
		return digest(stack)
	}
	return digest([]*trace.Frame{{PC: event.Args[1] + 1}})
}

// digest is the FNV-1a hash of a stack's frames, leaf first, as that of ../go.
func digest(frames []*trace.Frame) string {
	hash := fnv.New32a()
	for _, frame := range frames {
		fmt.Fprintf(hash, "%s\n%s:%d\n%d\n", frame.Fn, frame.File, frame.Line, frame.PC)
	}
	return fmt.Sprintf("%08x", hash.Sum32())
}
