// Package orders remembers sales, and writes the invoices in the background.
package orders

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log"
	"runtime/pprof"
	"runtime/trace"
	"sync"
	"time"

	"whygo.dev/demo/internal/payment"
	"whygo.dev/demo/internal/pricing"
)

// keep is how many orders and invoices the book remembers.
const keep = 500

// Order is a completed or pending sale.
type Order struct {
	ID     int
	User   int
	Time   time.Time
	Items  []pricing.Item
	Quote  pricing.Quote
	Paid   payment.Authorization
	Status string // "paid" or "pending"
}

// Book holds the most recent orders. It is safe for concurrent use.
type Book struct {
	jobs chan job
	wg   sync.WaitGroup

	mu       sync.Mutex
	next     int
	orders   []Order // ring of keep
	invoices map[int]string
}

type job struct {
	ctx   context.Context
	order Order
}

// NewBook starts the workers that write invoices.
func NewBook(workers int) *Book {
	b := &Book{
		jobs:     make(chan job, 64),
		orders:   make([]Order, 0, keep),
		invoices: make(map[int]string, keep),
	}
	b.wg.Add(workers)
	for range workers {
		go b.writeInvoices()
	}
	return b
}

// Close waits until the accepted invoices are written.
func (b *Book) Close() {
	close(b.jobs)
	b.wg.Wait()
}

// Add enters an order into the book and returns its number. Its invoice is
// written later; Add waits only when the workers are far behind.
func (b *Book) Add(ctx context.Context, o Order) int {
	b.mu.Lock()
	b.next++
	o.ID = b.next
	if len(b.orders) < keep {
		b.orders = append(b.orders, o)
	} else {
		slot := b.slot(o.ID)
		delete(b.invoices, slot.ID)
		*slot = o
	}
	b.mu.Unlock()
	b.jobs <- job{context.WithoutCancel(ctx), o}
	return o.ID
}

func (b *Book) writeInvoices() {
	defer b.wg.Done()
	for j := range b.jobs {
		pprof.Do(j.ctx, pprof.Labels("worker", "invoice"), func(ctx context.Context) {
			defer trace.StartRegion(ctx, "invoice").End()
			sum, err := invoice(j.order)
			if err != nil {
				log.Printf("orders: invoice of order %d: %v", j.order.ID, err)
				return
			}
			b.file(j.order.ID, sum)
		})
	}
}

// file enters an invoice, unless its order has left the book meanwhile.
func (b *Book) file(id int, sum string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.slot(id).ID == id {
		b.invoices[id] = sum
	}
}

// slot returns the place of an order in the ring; b.mu is held.
func (b *Book) slot(id int) *Order { return &b.orders[(id-1)%keep] }

type invoiceLine struct {
	SKU      string `json:"sku"`
	Name     string `json:"name"`
	Quantity int    `json:"quantity"`
	Cents    int64  `json:"cents"`
}

// invoice renders the document and returns its checksum.
func invoice(o Order) (string, error) {
	lines := make([]invoiceLine, 0, len(o.Items))
	for _, item := range o.Items {
		lines = append(lines, invoiceLine{
			SKU: item.Product.SKU, Name: item.Product.Name,
			Quantity: item.Quantity, Cents: item.Product.PriceCents,
		})
	}
	document, err := json.Marshal(map[string]any{
		"number": fmt.Sprintf("INV-%08d", o.ID),
		"user":   o.User,
		"date":   o.Time.Format(time.DateOnly),
		"lines":  lines,
		"quote":  o.Quote,
		"status": o.Status,
	})
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(document)
	return hex.EncodeToString(sum[:]), nil
}
