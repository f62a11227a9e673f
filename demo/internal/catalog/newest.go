package catalog

import (
	"cmp"
	_ "embed"
	"slices"
	"time"

	"whygo.dev/demo/internal/fault"
)

//go:embed newest.go
var newestSource string

var reparse = fault.New("needless-work", "cpu-hotspot",
	"the sort by date parses both timestamps again in every comparison", newestSource)

// SortNewest sorts products by the time they were added, newest first.
func SortNewest(products []*Product) {
	slices.SortFunc(products, compareNewest)
}

func compareNewest(a, b *Product) int {
	return cmp.Compare(addedAt(b), addedAt(a))
}

// addedAt returns when a product was added, in Unix seconds. The catalog has
// parsed the timestamp once; the fault does so on every call.
func addedAt(p *Product) int64 {
	if !reparse.On() {
		return p.added
	}
	t, err := time.Parse(time.RFC3339, p.Added) // fault: needless-work
	if err != nil {
		return 0
	}
	return t.Unix()
}
