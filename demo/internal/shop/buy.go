package shop

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"runtime/trace"
	"time"

	"whygo.dev/demo/internal/inventory"
	"whygo.dev/demo/internal/orders"
	"whygo.dev/demo/internal/payment"
	"whygo.dev/demo/internal/pricing"
)

const maxBody = 64 << 10

type addRequest struct {
	Product  int    `json:"product"`
	Quantity int    `json:"quantity"`
	Note     string `json:"note,omitempty"`
}

type addResponse struct {
	Lines int           `json:"lines"`
	Quote pricing.Quote `json:"quote"`
}

// addToCart reserves a product and puts it into the customer's cart.
func (s *Shop) addToCart(w http.ResponseWriter, r *http.Request) {
	ctx, task := trace.NewTask(r.Context(), "add to cart")
	defer task.End()
	var request addRequest
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&request); err != nil {
		http.Error(w, "bad request: "+err.Error(), http.StatusBadRequest)
		return
	}
	p := s.Catalog.Get(request.Product)
	if p == nil || request.Quantity < 1 {
		http.Error(w, "no such product or quantity", http.StatusBadRequest)
		return
	}
	var err error
	trace.WithRegion(ctx, "reserve", func() {
		err = s.Stock.Reserve(p, request.Quantity)
	})
	switch {
	case errors.Is(err, inventory.ErrSoldOut):
		http.Error(w, "sold out", http.StatusConflict)
		return
	case err != nil:
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	item := pricing.Item{Product: p, Quantity: request.Quantity}
	writeJSON(w, addResponse{
		Lines: s.Carts.Add(userOf(ctx), p, request.Quantity),
		Quote: s.Pricing.Quote([]pricing.Item{item}),
	})
}

type checkoutResponse struct {
	Order  int           `json:"order"`
	Status string        `json:"status"`
	Quote  pricing.Quote `json:"quote"`
}

// checkout buys what is in the customer's cart. A payment that the card
// network does not confirm in time leaves the order pending.
func (s *Shop) checkout(w http.ResponseWriter, r *http.Request) {
	ctx, task := trace.NewTask(r.Context(), "checkout")
	defer task.End()
	items := s.Carts.Take(userOf(ctx))
	if len(items) == 0 {
		http.Error(w, "the cart is empty", http.StatusConflict)
		return
	}
	order := orders.Order{User: userOf(ctx), Time: time.Now(), Items: items, Status: "paid"}
	trace.WithRegion(ctx, "price", func() {
		order.Quote = s.Pricing.Quote(items)
	})
	err := s.pay(ctx, &order)
	if errors.Is(err, payment.ErrTimeout) {
		order.Status = "pending"
	} else if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	id := s.Book.Add(ctx, order)
	trace.Logf(ctx, "order", "%d %s", id, order.Status)
	writeJSON(w, checkoutResponse{Order: id, Status: order.Status, Quote: order.Quote})
}

func (s *Shop) pay(ctx context.Context, order *orders.Order) error {
	defer trace.StartRegion(ctx, "pay").End()
	authorization, err := s.Gateway.Authorize(ctx, order.Quote.TotalCents)
	order.Paid = authorization
	return err
}
