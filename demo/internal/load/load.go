// Package load is the shop's customers: they use it over real HTTP, at a
// steady rate, from a bounded number of connections.
package load

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"math/rand"
	"net/http"
	"net/url"
	"runtime/pprof"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"whygo.dev/demo/internal/catalog"
	"whygo.dev/demo/internal/shop"
)

// customers is how many different users there are.
const customers = 400

// Generator sends requests to a shop.
type Generator struct {
	base     string
	client   *http.Client
	products int

	sent   atomic.Int64
	failed atomic.Int64
}

// New makes customers for the shop at base ("http://127.0.0.1:6060") with
// that many products.
func New(base string, products int) *Generator {
	transport := &http.Transport{MaxIdleConnsPerHost: 64, IdleConnTimeout: time.Minute}
	return &Generator{
		base:     base,
		client:   &http.Client{Transport: transport, Timeout: 10 * time.Second},
		products: products,
	}
}

// scenario is one habit of the customers.
type scenario struct {
	name      string
	perSecond float64 // all customers together
	inFlight  int     // at most this many requests at a time
	request   func(g *Generator, rng *rand.Rand) (*http.Request, error)
}

var scenarios = []scenario{
	{"browse", 75, 6, browse},
	{"newest", 45, 4, newest},
	{"product", 40, 4, product},
	{"search", 60, 4, search},
	{"cart", 90, 12, addToCart},
	{"checkout", 20, 10, checkout},
	{"report", 1, 1, report},
}

// Run sends requests until ctx ends; rate scales all scenarios.
func (g *Generator) Run(ctx context.Context, rate float64) {
	var wg sync.WaitGroup
	for i, s := range scenarios {
		for n := range s.inFlight {
			wg.Add(1)
			rng := rand.New(rand.NewSource(int64(i*1000 + n)))
			interval := time.Duration(float64(time.Second) * float64(s.inFlight) / (s.perSecond * rate))
			go func() {
				defer wg.Done()
				pprof.Do(ctx, pprof.Labels("component", "load"), func(ctx context.Context) {
					g.customer(ctx, s, interval, rng)
				})
			}()
		}
	}
	wg.Wait()
	g.client.CloseIdleConnections()
}

// customer sends one request after the other, at random times that are
// interval apart on average. Time lost to a slow shop is not made up for.
func (g *Generator) customer(ctx context.Context, s scenario, interval time.Duration, rng *rand.Rand) {
	timer := time.NewTimer(time.Duration(rng.Float64() * float64(interval)))
	defer timer.Stop()
	for {
		due := time.Now()
		select {
		case <-ctx.Done():
			return
		case due = <-timer.C:
		}
		if err := g.do(ctx, s, rng); err != nil && ctx.Err() == nil {
			if g.failed.Add(1) == 1 {
				log.Printf("load: %s: %v", s.name, err)
			}
		}
		g.sent.Add(1)
		pause := time.Duration(rng.ExpFloat64() * float64(interval))
		timer.Reset(max(0, min(pause, 5*interval)-time.Since(due)))
	}
}

func (g *Generator) do(ctx context.Context, s scenario, rng *rand.Rand) error {
	request, err := s.request(g, rng)
	if err != nil {
		return err
	}
	request.Header.Set(shop.UserHeader, strconv.Itoa(1+rng.Intn(customers)))
	response, err := g.client.Do(request.WithContext(ctx))
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return err
	}
	// 409 is an empty cart or a sold-out product: daily business.
	if response.StatusCode >= 400 && response.StatusCode != http.StatusConflict {
		return fmt.Errorf("%s %s: %s", request.Method, request.URL.Path, response.Status)
	}
	return nil
}

// Counts returns how many requests were sent and how many of them failed.
func (g *Generator) Counts() (sent, failed int64) {
	return g.sent.Load(), g.failed.Load()
}

func (g *Generator) get(path string, query url.Values) (*http.Request, error) {
	return http.NewRequest(http.MethodGet, g.base+path+"?"+query.Encode(), nil)
}

func browse(g *Generator, rng *rand.Rand) (*http.Request, error) {
	query := url.Values{"facets": {"1"}, "page": {strconv.Itoa(rng.Intn(4))}}
	return g.get("/products", query)
}

func newest(g *Generator, rng *rand.Rand) (*http.Request, error) {
	query := url.Values{"sort": {"newest"}, "stars": {strconv.Itoa(2 + rng.Intn(2))}}
	return g.get("/products", query)
}

func product(g *Generator, rng *rand.Rand) (*http.Request, error) {
	return g.get("/product", url.Values{"id": {strconv.Itoa(1 + rng.Intn(g.products))}})
}

// search asks for two words. The first few words are popular, so that some
// queries come again.
func search(g *Generator, rng *rand.Rand) (*http.Request, error) {
	vocabulary := catalog.Words()
	words := []string{popular(rng, vocabulary), popular(rng, vocabulary), popular(rng, vocabulary)}
	return g.get("/search", url.Values{"q": {strings.Join(words, " ")}})
}

func popular(rng *rand.Rand, words []string) string {
	n := float64(len(words))
	return words[int(n*rng.Float64()*rng.Float64())]
}

func addToCart(g *Generator, rng *rand.Rand) (*http.Request, error) {
	body := fmt.Sprintf(`{"product":%d,"quantity":%d,"note":"please pack well"}`,
		1+rng.Intn(g.products), 1+rng.Intn(6))
	return http.NewRequest(http.MethodPost, g.base+"/cart/add", bytes.NewReader([]byte(body)))
}

func checkout(g *Generator, _ *rand.Rand) (*http.Request, error) {
	return http.NewRequest(http.MethodPost, g.base+"/checkout", http.NoBody)
}

func report(g *Generator, _ *rand.Rand) (*http.Request, error) {
	return g.get("/report", nil)
}
