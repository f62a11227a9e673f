// Package search finds products by words.
package search

import (
	"slices"
	"strings"

	"whygo.dev/demo/internal/catalog"
)

// index is an inverted index: word → products, ascending by position.
type index struct {
	products []*catalog.Product
	postings map[string][]int32
}

func buildIndex(products []*catalog.Product) *index {
	ix := &index{products: products, postings: map[string][]int32{}}
	for i, p := range products {
		for _, word := range strings.Fields(strings.ToLower(p.Name + " " + p.Description)) {
			list := ix.postings[word]
			if len(list) == 0 || list[len(list)-1] != int32(i) {
				ix.postings[word] = append(list, int32(i))
			}
		}
	}
	return ix
}

type match struct {
	product int32
	score   int32
}

// find returns the limit best products for the words: more words found first,
// then more stars.
func (ix *index) find(words []string, limit int) []*catalog.Product {
	matches := make([]match, 0, 256)
	for _, word := range words {
		matches = mergePostings(matches, ix.postings[word])
	}
	slices.SortFunc(matches, func(a, b match) int {
		if a.score != b.score {
			return int(b.score - a.score)
		}
		if d := ix.products[b.product].Stars - ix.products[a.product].Stars; d != 0 {
			return d
		}
		return int(a.product - b.product)
	})
	if len(matches) > limit {
		matches = matches[:limit]
	}
	found := make([]*catalog.Product, len(matches))
	for i, m := range matches {
		found[i] = ix.products[m.product]
	}
	return found
}

// mergePostings raises the score of the products in list. Both inputs and the
// result are in the order of products.
func mergePostings(matches []match, list []int32) []match {
	merged := make([]match, 0, len(matches)+len(list))
	i := 0
	for _, product := range list {
		for i < len(matches) && matches[i].product < product {
			merged = append(merged, matches[i])
			i++
		}
		m := match{product: product, score: 1}
		if i < len(matches) && matches[i].product == product {
			m.score += matches[i].score
			i++
		}
		merged = append(merged, m)
	}
	return append(merged, matches[i:]...)
}
