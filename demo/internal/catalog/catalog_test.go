package catalog

import (
	"reflect"
	"runtime"
	"slices"
	"testing"
)

func withFault(t *testing.T, f interface{ Switch(bool) }) {
	t.Helper()
	f.Switch(true)
	t.Cleanup(func() { f.Switch(false) })
}

func TestTheSameSeedGivesTheSameCatalog(t *testing.T) {
	if !reflect.DeepEqual(New(50, 7).All(), New(50, 7).All()) {
		t.Error("two catalogs of one seed differ")
	}
}

func TestSortNewestIsTheSameWithTheFault(t *testing.T) {
	healthy := slices.Clone(New(300, 1).All())
	SortNewest(healthy)
	for i := 1; i < len(healthy); i++ {
		if healthy[i-1].Added < healthy[i].Added {
			t.Fatalf("product %d (%s) comes before %s", i-1, healthy[i-1].Added, healthy[i].Added)
		}
	}
	withFault(t, reparse)
	faulty := slices.Clone(New(300, 1).All())
	SortNewest(faulty)
	if !reflect.DeepEqual(faulty, healthy) {
		t.Error("the fault changes the order")
	}
}

func TestFacetsAreTheSameWithTheFault(t *testing.T) {
	c := New(300, 1)
	healthy := c.CountFacets(c.All())
	brands := 0
	for _, f := range healthy {
		if f.Attribute == "brand" {
			brands += f.Count
		}
	}
	if brands != 300 {
		t.Errorf("300 products have %d brands", brands)
	}
	withFault(t, churn)
	if !reflect.DeepEqual(c.CountFacets(c.All()), healthy) {
		t.Error("the fault changes the counts")
	}
}

// CPU profiles are too coarse to check this mark by running it, as
// TestProfilesPointAtTheMarkedLine does for the others.
func TestTheMarkOfNeedlessWorkIsInTheRightFunction(t *testing.T) {
	function := runtime.FuncForPC(reflect.ValueOf(addedAt).Pointer())
	file, first := function.FileLine(function.Entry())
	where := reparse.Where
	if where.Function != function.Name() || where.File != file || where.Line <= first || where.Line > first+10 {
		t.Errorf("the mark is at %+v, the function is %s at %s:%d", where, function.Name(), file, first)
	}
}

func TestRelatedProductsShareTags(t *testing.T) {
	c := New(300, 1)
	p := c.Get(1)
	related := c.Related(p, 6)
	if len(related) != 6 {
		t.Fatalf("%d related products, want 6", len(related))
	}
	score := func(q *Product) int {
		s := overlap(p.Tags, q.Tags)
		if p.Category == q.Category {
			s++
		}
		return s
	}
	worst := score(related[5])
	for _, q := range c.All() {
		if q != p && !slices.Contains(related, q) && score(q) > worst {
			t.Errorf("product %d is closer than one of the related", q.ID)
		}
	}
}
