// Package fault is the switchboard of the shop's deliberate mistakes.
//
// A package that has one declares it beside the code, and embeds its own
// source so that the switchboard can tell where the mistake is:
//
//	//go:embed facets.go
//	var facetsSource string
//
//	var churn = fault.New("alloc-churn", "gc-cost", "…", facetsSource)
//
// The line to change ends with the comment "// fault: alloc-churn". Other
// lines that an engineer might rightly point at end with
// "// fault: alloc-churn, also".
package fault

import (
	"bufio"
	"fmt"
	"regexp"
	"runtime"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
)

// Fault is one switch. The zero state is off: the healthy code runs.
type Fault struct {
	Name    string // as in SHOP_FAULT
	Finding string // the kind of finding that it must lead to
	Summary string
	Where   Line   // the line to change
	Also    []Line // lines of the same mistake

	on atomic.Bool
}

// Line is a place in the source, with the function's name as pprof prints it.
type Line struct {
	Function string `json:"function"`
	File     string `json:"file"`
	Line     int    `json:"line"`
}

// On reports whether the mistake is being made.
func (f *Fault) On() bool { return f.on.Load() }

// Switch begins or ends the mistake. What it has leaked may stay.
func (f *Fault) Switch(on bool) { f.on.Store(on) }

var (
	mu       sync.Mutex
	registry = map[string]*Fault{}
)

// New registers a fault; source is the text of the calling file. It is meant
// for package variables and panics when source has no marker for name.
func New(name, finding, summary, source string) *Fault {
	caller, file, _, ok := runtime.Caller(1)
	if !ok {
		panic("fault: no caller information")
	}
	// A package variable is initialised by the function "import/path.init".
	pkg := strings.TrimSuffix(runtime.FuncForPC(caller).Name(), ".init")
	f := &Fault{Name: name, Finding: finding, Summary: summary}
	for _, m := range markers(source) {
		if m.name != name {
			continue
		}
		line := Line{Function: pkg + "." + m.function, File: file, Line: m.line}
		if m.also {
			f.Also = append(f.Also, line)
			continue
		}
		if f.Where.Line != 0 {
			panic(fmt.Sprintf("fault: %s marks two lines of %s as the one to change", name, file))
		}
		f.Where = line
	}
	if f.Where.Line == 0 {
		panic(fmt.Sprintf("fault: no line of %s is marked %q", file, name))
	}
	mu.Lock()
	defer mu.Unlock()
	registry[name] = f
	return f
}

type marker struct {
	name     string
	also     bool
	function string
	line     int
}

var (
	markerComment = regexp.MustCompile(`// fault: ([a-z-]+)(, also)?$`)
	// gofmt puts every top-level function at the start of a line.
	functionStart = regexp.MustCompile(`^func (?:\(\w+ (\*?)(\w+)\) )?(\w+)[\[(]`)
)

// markers finds the marked lines and the top-level functions they are in.
func markers(source string) []marker {
	var found []marker
	function := ""
	lines := bufio.NewScanner(strings.NewReader(source))
	for n := 1; lines.Scan(); n++ {
		text := lines.Text()
		if m := functionStart.FindStringSubmatch(text); m != nil {
			function = functionName(m[1] != "", m[2], m[3])
		}
		if m := markerComment.FindStringSubmatch(text); m != nil {
			found = append(found, marker{name: m[1], also: m[2] != "", function: function, line: n})
		}
	}
	return found
}

func functionName(pointer bool, receiver, name string) string {
	switch {
	case receiver == "":
		return name
	case pointer:
		return "(*" + receiver + ")." + name
	}
	return receiver + "." + name
}

// All returns every fault, by name.
func All() []*Fault {
	mu.Lock()
	defer mu.Unlock()
	all := make([]*Fault, 0, len(registry))
	for _, f := range registry {
		all = append(all, f)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Name < all[j].Name })
	return all
}

// Names returns the names of all faults.
func Names() []string {
	var names []string
	for _, f := range All() {
		names = append(names, f.Name)
	}
	return names
}

// Lookup returns the fault with that name.
func Lookup(name string) (*Fault, error) {
	mu.Lock()
	f := registry[name]
	mu.Unlock()
	if f == nil {
		return nil, fmt.Errorf("no fault is called %q; there are %s", name, strings.Join(Names(), ", "))
	}
	return f, nil
}

// ParseList returns the faults of a comma-separated list of names.
func ParseList(list string) ([]*Fault, error) {
	var faults []*Fault
	for _, name := range strings.Split(list, ",") {
		name = strings.TrimSpace(name)
		if name == "" {
			continue
		}
		f, err := Lookup(name)
		if err != nil {
			return nil, err
		}
		faults = append(faults, f)
	}
	return faults, nil
}
