package pricing

import (
	"testing"

	"whygo.dev/demo/internal/catalog"
)

func TestTheBestDiscountOfALineCounts(t *testing.T) {
	onSale := &catalog.Product{PriceCents: 1000, Category: "garden", Tags: []string{"sale"}}
	plain := &catalog.Product{PriceCents: 1000, Category: "office"}
	got := NewEngine().Quote([]Item{{onSale, 5}, {plain, 1}})
	want := Quote{SubtotalCents: 6000, DiscountCents: 750, ShippingCents: 0, TotalCents: 5250}
	if got != want {
		t.Errorf("quote is %+v, want %+v", got, want)
	}
	if q := NewEngine().Quote([]Item{{plain, 1}}); q.ShippingCents != 495 || q.TotalCents != 1495 {
		t.Errorf("a small order is %+v, want 4.95 of shipping", q)
	}
}
