// Package shop is the HTTP face of the shop.
package shop

import (
	"context"
	"net/http"
	"runtime/pprof"
	"strconv"

	"whygo.dev/demo/internal/cart"
	"whygo.dev/demo/internal/catalog"
	"whygo.dev/demo/internal/inventory"
	"whygo.dev/demo/internal/orders"
	"whygo.dev/demo/internal/payment"
	"whygo.dev/demo/internal/pricing"
	"whygo.dev/demo/internal/search"
)

// Shop answers the requests of customers. Its parts are all safe for
// concurrent use.
type Shop struct {
	Catalog *catalog.Catalog
	Search  *search.Service
	Carts   *cart.Store
	Pricing *pricing.Engine
	Stock   *inventory.Stock
	Gateway *payment.Gateway
	Book    *orders.Book
}

// Register adds the shop's routes to mux.
func (s *Shop) Register(mux *http.ServeMux) {
	mux.HandleFunc("GET /products", s.listProducts)
	mux.HandleFunc("GET /product", s.showProduct)
	mux.HandleFunc("GET /search", s.search)
	mux.HandleFunc("POST /cart/add", s.addToCart)
	mux.HandleFunc("POST /checkout", s.checkout)
	mux.HandleFunc("GET /report", s.report)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNoContent)
	})
}

// UserHeader carries the number of the customer, which the gateway in front
// of a real shop would take from the session.
const UserHeader = "X-User"

type userKey struct{}

// WithUser puts the customer into the request's context and into the pprof
// label user_id.
func WithUser(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := r.Header.Get(UserHeader)
		if header == "" {
			next.ServeHTTP(w, r)
			return
		}
		user, err := strconv.Atoi(header)
		if err != nil {
			http.Error(w, UserHeader+" must be a number", http.StatusBadRequest)
			return
		}
		ctx := context.WithValue(r.Context(), userKey{}, user)
		pprof.Do(ctx, pprof.Labels("user_id", header), func(ctx context.Context) {
			next.ServeHTTP(w, r.WithContext(ctx))
		})
	})
}

// userOf returns the customer, 0 for a visitor.
func userOf(ctx context.Context) int {
	user, _ := ctx.Value(userKey{}).(int)
	return user
}
