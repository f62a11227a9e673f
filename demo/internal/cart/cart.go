// Package cart keeps what each customer has put aside.
package cart

import (
	"sync"

	"whygo.dev/demo/internal/catalog"
	"whygo.dev/demo/internal/pricing"
)

// maxLines bounds a cart, and with it the memory of a customer.
const maxLines = 20

const shards = 16

// Store is safe for concurrent use; customers are spread over shards, so that
// they do not wait for each other.
type Store struct {
	shards [shards]shard
}

type shard struct {
	mu    sync.Mutex
	carts map[int][]pricing.Item
}

// NewStore returns a store of empty carts.
func NewStore() *Store {
	s := &Store{}
	for i := range s.shards {
		s.shards[i].carts = map[int][]pricing.Item{}
	}
	return s
}

func (s *Store) shard(user int) *shard { return &s.shards[uint(user)%shards] }

// Add puts a product into the user's cart and returns the number of lines in
// it. A full cart loses its oldest line.
func (s *Store) Add(user int, product *catalog.Product, quantity int) int {
	sh := s.shard(user)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	items := sh.carts[user]
	for i := range items {
		if items[i].Product == product {
			items[i].Quantity += quantity
			return len(items)
		}
	}
	if len(items) == maxLines {
		items = append(items[:0], items[1:]...)
	}
	sh.carts[user] = append(items, pricing.Item{Product: product, Quantity: quantity})
	return len(sh.carts[user])
}

// Take empties the user's cart and returns what was in it.
func (s *Store) Take(user int) []pricing.Item {
	sh := s.shard(user)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	items := sh.carts[user]
	delete(sh.carts, user)
	return items
}
