//go:build goldens

// For a copy of google/pprof's package internal/driver: writes the profiles that its golden cases are about,
// as its TestParse makes them, into the folder that WHYGO_GOLDEN names.
package driver

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/pprof/internal/plugin"
	"github.com/google/pprof/internal/proftest"
	"github.com/google/pprof/profile"
)

func TestDumpProfiles(t *testing.T) {
	sources := []string{
		"cpu", "cpusmall", "unknown", "heap", "heap_alloc", "heap_request", "heap_sizetags", "heap_tags",
		"contention", "symbolz", "long_name_funcs",
	}
	base := currentConfig()
	for _, source := range sources {
		for _, format := range []string{"proto", "topproto"} {
			setCurrentConfig(base)
			dump(t, source, format)
		}
	}
}

func dump(t *testing.T, source, format string) {
	f := baseFlags()
	f.args = []string{source}
	path := filepath.Join(os.Getenv("WHYGO_GOLDEN"), source+"."+format)
	f.strings["output"] = path
	if format == "topproto" {
		f.bools["proto"] = false
		f.bools["topproto"] = true
		f.bools["addresses"] = true
	}
	o := setDefaults(&plugin.Options{Flagset: f})
	o.Fetch = testFetcher{}
	o.Sym = testSymbolizer{}
	o.UI = &proftest.TestUI{T: t, AllowRx: "Generating report in"}
	if err := PProf(o); err != nil {
		t.Fatalf("%s: %v", source, err)
	}
	symbolize(t, path)
}

// symbolize does what the reading run's symbolizer does, which no command line reaches.
func symbolize(t *testing.T, path string) {
	in, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	p, err := profile.Parse(in)
	in.Close()
	if err != nil {
		t.Fatal(err)
	}
	if err := (testSymbolizeDemangler{}).Symbolize("", nil, p); err != nil {
		t.Fatal(err)
	}
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	if err := p.Write(out); err != nil {
		t.Fatal(err)
	}
}
