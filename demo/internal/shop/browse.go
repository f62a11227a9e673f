package shop

import (
	"net/http"
	"strconv"
	"sync"

	"whygo.dev/demo/internal/catalog"
)

const pageSize = 24

// productBuffers recycles the lists that requests filter and sort.
var productBuffers = sync.Pool{New: func() any { return new([]*catalog.Product) }}

type listing struct {
	Total    int                `json:"total"`
	Facets   []catalog.Facet    `json:"facets,omitempty"`
	Products []*catalog.Product `json:"products"`
}

// listProducts serves one page of the catalog. Query: category, stars (at
// least), sort=newest, facets=1, page (from 0).
func (s *Shop) listProducts(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	stars, err := optionalInt(query.Get("stars"))
	if err != nil {
		http.Error(w, "stars must be a number", http.StatusBadRequest)
		return
	}
	page, err := optionalInt(query.Get("page"))
	if err != nil || page < 0 {
		http.Error(w, "page must be a number from 0", http.StatusBadRequest)
		return
	}

	buffer := productBuffers.Get().(*[]*catalog.Product)
	defer productBuffers.Put(buffer)
	*buffer = s.Catalog.Filter((*buffer)[:0], query.Get("category"), stars)
	products := *buffer

	result := listing{Total: len(products)}
	if query.Get("facets") == "1" {
		result.Facets = s.Catalog.CountFacets(products)
	}
	if query.Get("sort") == "newest" {
		catalog.SortNewest(products)
	}
	from := min(page*pageSize, len(products))
	result.Products = products[from:min(from+pageSize, len(products))]
	writeJSON(w, result)
}

type productPage struct {
	Product *catalog.Product   `json:"product"`
	Related []*catalog.Product `json:"related"`
}

// showProduct serves one product. Query: id.
func (s *Shop) showProduct(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.Atoi(r.URL.Query().Get("id"))
	if err != nil {
		http.Error(w, "id must be a number", http.StatusBadRequest)
		return
	}
	p := s.Catalog.Get(id)
	if p == nil {
		http.NotFound(w, r)
		return
	}
	writeJSON(w, productPage{Product: p, Related: s.Catalog.Related(p, 6)})
}

// search serves the products that match words. Query: q.
func (s *Shop) search(w http.ResponseWriter, r *http.Request) {
	body, err := s.Search.Find(r.URL.Query().Get("q"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	writeBody(w, body)
}

// report serves the sales of the recent orders.
func (s *Shop) report(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, s.Book.Report(200))
}

func optionalInt(text string) (int, error) {
	if text == "" {
		return 0, nil
	}
	return strconv.Atoi(text)
}
