// Package catalog holds what the shop sells.
package catalog

import (
	"fmt"
	"math/rand"
	"strings"
	"time"
)

// Product is one article. Products are immutable once the catalog is built.
type Product struct {
	ID          int      `json:"id"`
	SKU         string   `json:"sku"`
	Name        string   `json:"name"`
	Brand       string   `json:"brand"`
	Category    string   `json:"category"`
	Description string   `json:"description"`
	PriceCents  int64    `json:"price_cents"`
	Stars       int      `json:"stars"`
	Tags        []string `json:"tags"`
	Added       string   `json:"added"` // RFC 3339, as the supplier feed has it

	added  int64 // Added in Unix seconds
	facets []int // numbers in the catalog's facet table
}

// Catalog is safe for concurrent use: it never changes.
type Catalog struct {
	products   []*Product
	byID       map[int]*Product
	facetTable facetTable
}

// New builds a catalog of n products; the same seed gives the same products.
func New(n int, seed int64) *Catalog {
	rng := rand.New(rand.NewSource(seed))
	c := &Catalog{byID: make(map[int]*Product, n)}
	c.facetTable.number = map[[2]string]int{}
	epoch := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	for id := 1; id <= n; id++ {
		added := epoch.Add(time.Duration(rng.Int63n(int64(600*24*time.Hour/time.Second))) * time.Second)
		p := &Product{
			ID:         id,
			SKU:        fmt.Sprintf("SKU-%06d", id),
			Brand:      pick(rng, brands),
			Category:   pick(rng, categories),
			PriceCents: 199 + rng.Int63n(50_000),
			Stars:      1 + rng.Intn(5),
			Added:      added.Format(time.RFC3339),
			added:      added.Unix(),
		}
		p.Name = fmt.Sprintf("%s %s %s", p.Brand, pick(rng, adjectives), pick(rng, nouns))
		for range 4 {
			p.Tags = append(p.Tags, pick(rng, tags))
		}
		p.Description = describe(rng)
		c.facetTable.index(p)
		c.products = append(c.products, p)
		c.byID[id] = p
	}
	return c
}

func describe(rng *rand.Rand) string {
	var b strings.Builder
	for i := range 24 {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(pick(rng, words))
	}
	return b.String()
}

func pick(rng *rand.Rand, from []string) string { return from[rng.Intn(len(from))] }

// Len returns the number of products.
func (c *Catalog) Len() int { return len(c.products) }

// All returns the products in the order of their ids. The slice is shared:
// do not change it.
func (c *Catalog) All() []*Product { return c.products }

// Get returns the product with the id, or nil.
func (c *Catalog) Get(id int) *Product { return c.byID[id] }

// Filter appends to dst the products of a category (all of them when it is
// empty) with at least minStars.
func (c *Catalog) Filter(dst []*Product, category string, minStars int) []*Product {
	for _, p := range c.products {
		if p.Stars >= minStars && (category == "" || p.Category == category) {
			dst = append(dst, p)
		}
	}
	return dst
}

// Related returns up to n products that share the most tags with p.
func (c *Catalog) Related(p *Product, n int) []*Product {
	type scored struct {
		product *Product
		score   int
	}
	best := make([]scored, 0, n+1)
	for _, q := range c.products {
		if q == p {
			continue
		}
		s := overlap(p.Tags, q.Tags)
		if q.Category == p.Category {
			s++
		}
		if s == 0 || len(best) == n && s <= best[n-1].score {
			continue
		}
		best = append(best, scored{q, s})
		for i := len(best) - 1; i > 0 && best[i].score > best[i-1].score; i-- {
			best[i], best[i-1] = best[i-1], best[i]
		}
		if len(best) > n {
			best = best[:n]
		}
	}
	related := make([]*Product, len(best))
	for i := range best {
		related[i] = best[i].product
	}
	return related
}

func overlap(a, b []string) int {
	n := 0
	for _, x := range a {
		for _, y := range b {
			if x == y {
				n++
			}
		}
	}
	return n
}
