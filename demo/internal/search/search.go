package search

import (
	_ "embed"
	"encoding/json"
	"strings"
	"sync"

	"whygo.dev/demo/internal/catalog"
	"whygo.dev/demo/internal/fault"
	"whygo.dev/demo/internal/lru"
)

//go:embed search.go
var searchSource string

var unbounded = fault.New("map-growth", "heap-leak",
	"result pages are kept in a map that never forgets one", searchSource)

const pageSize = 24

// Service answers queries with result pages in JSON and remembers recent ones.
type Service struct {
	index  *index
	recent *lru.Cache[string, []byte]

	mu    sync.Mutex
	pages map[string][]byte // only the fault fills it
}

// NewService indexes the products and remembers up to cached result pages.
func NewService(products []*catalog.Product, cached int) *Service {
	return &Service{
		index:  buildIndex(products),
		recent: lru.New[string, []byte](cached),
		pages:  map[string][]byte{},
	}
}

type page struct {
	Query   string             `json:"query"`
	Results []*catalog.Product `json:"results"`
}

// Find returns the result page for a query as JSON. The caller must not
// change it.
func (s *Service) Find(query string) ([]byte, error) {
	key := strings.Join(strings.Fields(strings.ToLower(query)), " ")
	if body, ok := s.remembered(key); ok {
		return body, nil
	}
	body, err := json.Marshal(page{Query: key, Results: s.index.find(strings.Fields(key), pageSize)})
	if err != nil {
		return nil, err
	}
	s.remember(key, body)
	return body, nil
}

func (s *Service) remembered(key string) ([]byte, bool) {
	if !unbounded.On() {
		return s.recent.Get(key)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	body, ok := s.pages[key]
	return body, ok
}

// remember keeps a page for the next time: the most recent ones only, or with
// the fault all that there ever were.
func (s *Service) remember(key string, body []byte) {
	if !unbounded.On() {
		s.recent.Put(key, body)
		s.forgetPages()
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pages[key] = append([]byte(nil), body...) // fault: map-growth
}

// forgetPages gives the memory back after the fault was switched off.
func (s *Service) forgetPages() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.pages) > 0 {
		s.pages = map[string][]byte{}
	}
}
