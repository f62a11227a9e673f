// Package inventory knows how much of each product the shop can still promise.
package inventory

import (
	_ "embed"
	"errors"
	"sync"

	"whygo.dev/demo/internal/catalog"
	"whygo.dev/demo/internal/fault"
)

//go:embed inventory.go
var inventorySource string

var lockOverIO = fault.New("lock-over-io", "lock-contention",
	"the stock's lock is held during the round trip to the warehouse", inventorySource)

// ErrSoldOut means that less is left than was asked for.
var ErrSoldOut = errors.New("inventory: sold out")

// refill is how much of a product a delivery brings.
const refill = 10_000

// Warehouse puts goods aside; a call takes milliseconds.
type Warehouse interface {
	Reserve(sku string, quantity int) error
}

// Stock is safe for concurrent use.
type Stock struct {
	warehouse Warehouse

	mu   sync.Mutex
	left map[int]int // by product id
}

// NewStock has the same amount of every product.
func NewStock(products []*catalog.Product, warehouse Warehouse) *Stock {
	s := &Stock{warehouse: warehouse, left: make(map[int]int, len(products))}
	for _, p := range products {
		s.left[p.ID] = refill
	}
	return s
}

// Reserve promises goods to a customer: it counts them down here and has them
// put aside in the warehouse. What the warehouse refuses is counted up again.
func (s *Stock) Reserve(p *catalog.Product, quantity int) error {
	if lockOverIO.On() {
		return s.reserveLocked(p, quantity)
	}
	s.mu.Lock()
	err := s.take(p.ID, quantity)
	s.mu.Unlock()
	if err != nil {
		return err
	}
	if err := s.warehouse.Reserve(p.SKU, quantity); err != nil {
		s.mu.Lock()
		s.left[p.ID] += quantity
		s.mu.Unlock()
		return err
	}
	return nil
}

// reserveLocked does the same in one critical section, which saves the
// correction and makes every customer wait for the warehouse in turn.
func (s *Stock) reserveLocked(p *catalog.Product, quantity int) error {
	s.mu.Lock() // fault: lock-over-io, also
	err := s.take(p.ID, quantity)
	if err == nil {
		err = s.warehouse.Reserve(p.SKU, quantity) // fault: lock-over-io, also
	}
	if err != nil && !errors.Is(err, ErrSoldOut) {
		s.left[p.ID] += quantity
	}
	s.mu.Unlock() // fault: lock-over-io
	return err
}

// take counts down; s.mu is held.
func (s *Stock) take(id, quantity int) error {
	if s.left[id] < quantity {
		// The delivery arrives for the next customer.
		s.left[id] += refill
		return ErrSoldOut
	}
	s.left[id] -= quantity
	return nil
}
