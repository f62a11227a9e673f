//go:build goldens

// For a copy of google/pprof's package internal/report: writes the profile of its golden cases.
package report

import (
	"os"
	"path/filepath"
	"testing"
)

func TestDumpProfiles(t *testing.T) {
	out, err := os.Create(filepath.Join(os.Getenv("WHYGO_GOLDEN"), "report.proto"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	if err := testProfile.Write(out); err != nil {
		t.Fatal(err)
	}
}
