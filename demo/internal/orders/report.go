package orders

import "sort"

// Report sums up the orders in the book.
type Report struct {
	Orders     int              `json:"orders"`
	Pending    int              `json:"pending"`
	TotalCents int64            `json:"total_cents"`
	Products   []ProductSales   `json:"products"`
	Categories map[string]int64 `json:"categories"`
	Invoices   map[int]string   `json:"invoices"`
}

// ProductSales is what one product brought in.
type ProductSales struct {
	SKU      string `json:"sku"`
	Name     string `json:"name"`
	Quantity int    `json:"quantity"`
	Cents    int64  `json:"cents"`
}

// Report reads the book; the best-selling products come first.
func (b *Book) Report(limit int) Report {
	r := Report{Categories: map[string]int64{}, Invoices: map[int]string{}}
	sales := map[string]*ProductSales{}

	b.mu.Lock()
	for i := range b.orders {
		o := &b.orders[i]
		r.Orders++
		if o.Status == "pending" {
			r.Pending++
		}
		r.TotalCents += o.Quote.TotalCents
		for _, item := range o.Items {
			p := item.Product
			s := sales[p.SKU]
			if s == nil {
				s = &ProductSales{SKU: p.SKU, Name: p.Name}
				sales[p.SKU] = s
			}
			cents := p.PriceCents * int64(item.Quantity)
			s.Quantity += item.Quantity
			s.Cents += cents
			r.Categories[p.Category] += cents
		}
		if len(r.Invoices) < limit {
			r.Invoices[o.ID] = b.invoices[o.ID]
		}
	}
	b.mu.Unlock()

	for _, s := range sales {
		r.Products = append(r.Products, *s)
	}
	sort.Slice(r.Products, func(i, j int) bool {
		if r.Products[i].Cents != r.Products[j].Cents {
			return r.Products[i].Cents > r.Products[j].Cents
		}
		return r.Products[i].SKU < r.Products[j].SKU
	})
	if len(r.Products) > limit {
		r.Products = r.Products[:limit]
	}
	return r
}
