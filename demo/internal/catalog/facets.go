package catalog

import (
	_ "embed"
	"sync"

	"whygo.dev/demo/internal/fault"
)

//go:embed facets.go
var facetsSource string

var churn = fault.New("alloc-churn", "gc-cost",
	"counting facets allocates one object per product and attribute on every request", facetsSource)

// Facet is one value of one attribute, with the number of products that have
// it and the price of the cheapest of them.
type Facet struct {
	Attribute string `json:"attribute"`
	Value     string `json:"value"`
	Count     int    `json:"count"`
	FromCents int64  `json:"from_cents"`
}

// facetTable numbers all (attribute, value) pairs of a catalog.
type facetTable struct {
	facets []Facet // Count and FromCents are zero
	number map[[2]string]int
}

// index gives a product the numbers of its facets.
func (t *facetTable) index(p *Product) {
	p.facets = append(p.facets, t.numberOf("brand", p.Brand), t.numberOf("category", p.Category),
		t.numberOf("stars", starNames[p.Stars]), t.numberOf("price", priceBand(p.PriceCents)))
	for _, tag := range p.Tags {
		p.facets = append(p.facets, t.numberOf("tag", tag))
	}
}

func (t *facetTable) numberOf(attribute, value string) int {
	key := [2]string{attribute, value}
	n, ok := t.number[key]
	if !ok {
		n = len(t.facets)
		t.number[key] = n
		t.facets = append(t.facets, Facet{Attribute: attribute, Value: value})
	}
	return n
}

var starNames = [...]string{"0", "1", "2", "3", "4", "5"}

func priceBand(cents int64) string {
	switch {
	case cents < 10_00:
		return "under 10"
	case cents < 50_00:
		return "10 to 50"
	case cents < 200_00:
		return "50 to 200"
	}
	return "over 200"
}

// feature says that a product, at its price, belongs to a facet.
type feature struct {
	product *Product
	facet   int
	cents   int64
}

// featureBuffers recycles the scratch space of CountFacets.
var featureBuffers = sync.Pool{New: func() any { return new([]feature) }}

// CountFacets counts the facets of the products. The features are gathered in
// recycled memory; the fault allocates each of them.
func (c *Catalog) CountFacets(products []*Product) []Facet {
	counted := append([]Facet(nil), c.facetTable.facets...)
	if churn.On() {
		for _, f := range gatherPointers(products) {
			counted[f.facet].add(f.cents)
		}
		return counted
	}
	buffer := featureBuffers.Get().(*[]feature)
	defer featureBuffers.Put(buffer)
	*buffer = gather((*buffer)[:0], products)
	for _, f := range *buffer {
		counted[f.facet].add(f.cents)
	}
	return counted
}

func (f *Facet) add(cents int64) {
	if f.Count == 0 || cents < f.FromCents {
		f.FromCents = cents
	}
	f.Count++
}

func gather(dst []feature, products []*Product) []feature {
	for _, p := range products {
		for _, facet := range p.facets {
			dst = append(dst, feature{p, facet, p.PriceCents})
		}
	}
	return dst
}

func gatherPointers(products []*Product) []*feature {
	var gathered []*feature
	for _, p := range products {
		for _, facet := range p.facets {
			gathered = append(gathered, &feature{p, facet, p.PriceCents}) // fault: alloc-churn
		}
	}
	return gathered
}
