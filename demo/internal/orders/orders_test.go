package orders

import (
	"context"
	"testing"

	"whygo.dev/demo/internal/catalog"
	"whygo.dev/demo/internal/pricing"
)

func TestTheBookIsBoundedAndEveryOrderHasItsInvoice(t *testing.T) {
	p := catalog.New(1, 1).Get(1)
	items := []pricing.Item{{Product: p, Quantity: 2}}
	b := NewBook(2)
	for i := range keep + 300 {
		id := b.Add(context.Background(), Order{Items: items, Quote: pricing.Quote{TotalCents: 10}})
		if id != i+1 {
			t.Fatalf("order %d has number %d", i+1, id)
		}
	}
	b.Close()
	r := b.Report(10)
	if r.Orders != keep || r.TotalCents != 10*keep {
		t.Errorf("the report has %d orders of %d cents, want %d of %d", r.Orders, r.TotalCents, keep, 10*keep)
	}
	if len(b.invoices) != keep {
		t.Errorf("%d invoices for %d orders", len(b.invoices), keep)
	}
	for _, o := range b.orders {
		if b.invoices[o.ID] == "" {
			t.Fatalf("order %d has no invoice", o.ID)
		}
	}
	if r.Products[0].Quantity != 2*keep || r.Products[0].Cents != 2*keep*p.PriceCents {
		t.Errorf("sales are %+v", r.Products[0])
	}
}
