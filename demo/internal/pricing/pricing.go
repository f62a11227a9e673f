// Package pricing turns what is in a cart into what it costs.
package pricing

import "whygo.dev/demo/internal/catalog"

// Item is a number of one product.
type Item struct {
	Product  *catalog.Product
	Quantity int
}

// Quote is the price of a cart, in cents.
type Quote struct {
	SubtotalCents int64 `json:"subtotal_cents"`
	DiscountCents int64 `json:"discount_cents"`
	ShippingCents int64 `json:"shipping_cents"`
	TotalCents    int64 `json:"total_cents"`
}

// rule gives the discount, in cents, for one line of a cart.
type rule func(Item) int64

// Engine applies the shop's rules; the best discount of each line counts.
type Engine struct {
	rules []rule
}

// NewEngine returns the shop's rules.
func NewEngine() *Engine {
	return &Engine{rules: []rule{
		func(i Item) int64 { // five or more of one product: 8 %
			if i.Quantity < 5 {
				return 0
			}
			return i.lineCents() * 8 / 100
		},
		func(i Item) int64 { // sale: 15 %
			for _, tag := range i.Product.Tags {
				if tag == "sale" {
					return i.lineCents() * 15 / 100
				}
			}
			return 0
		},
		func(i Item) int64 { // garden season: 5 %
			if i.Product.Category != "garden" {
				return 0
			}
			return i.lineCents() * 5 / 100
		},
	}}
}

func (i Item) lineCents() int64 { return i.Product.PriceCents * int64(i.Quantity) }

// Quote prices the items.
func (e *Engine) Quote(items []Item) Quote {
	var q Quote
	for _, item := range items {
		q.SubtotalCents += item.lineCents()
		q.DiscountCents += e.discount(item)
	}
	if net := q.SubtotalCents - q.DiscountCents; net > 0 && net < 50_00 {
		q.ShippingCents = 4_95
	}
	q.TotalCents = q.SubtotalCents - q.DiscountCents + q.ShippingCents
	return q
}

func (e *Engine) discount(item Item) int64 {
	var best int64
	for _, r := range e.rules {
		best = max(best, r(item))
	}
	return best
}
