package search

import (
	"encoding/json"
	"testing"

	"whygo.dev/demo/internal/catalog"
)

func TestFindRanksProductsWithMoreOfTheWords(t *testing.T) {
	products := []*catalog.Product{
		{ID: 1, Name: "Kettle", Description: "steel", Stars: 5},
		{ID: 2, Name: "Kettle", Description: "steel quiet", Stars: 1},
		{ID: 3, Name: "Lamp", Description: "quiet", Stars: 3},
		{ID: 4, Name: "Chair", Description: "oak", Stars: 5},
	}
	body, err := NewService(products, 4).Find("  Quiet kettle steel ")
	if err != nil {
		t.Fatal(err)
	}
	var found page
	if err := json.Unmarshal(body, &found); err != nil {
		t.Fatal(err)
	}
	var ids []int
	for _, p := range found.Results {
		ids = append(ids, p.ID)
	}
	if len(ids) != 3 || ids[0] != 2 || ids[1] != 1 || ids[2] != 3 {
		t.Errorf("found %v, want [2 1 3]", ids)
	}
}

func TestOnlyTheFaultKeepsEveryPage(t *testing.T) {
	s := NewService(catalog.New(50, 1).All(), 3)
	ask := func() {
		for _, word := range catalog.Words()[:20] {
			if _, err := s.Find(word); err != nil {
				t.Fatal(err)
			}
		}
	}
	ask()
	if s.recent.Len() != 3 || len(s.pages) != 0 {
		t.Errorf("healthy: %d recent pages and %d kept, want 3 and 0", s.recent.Len(), len(s.pages))
	}
	unbounded.Switch(true)
	ask()
	unbounded.Switch(false)
	if len(s.pages) != 20 {
		t.Errorf("faulty: %d pages kept, want 20", len(s.pages))
	}
	ask()
	if len(s.pages) != 0 {
		t.Errorf("healthy again: %d pages kept, want 0", len(s.pages))
	}
}
