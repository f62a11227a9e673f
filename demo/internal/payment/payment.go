// Package payment asks a card network for money.
package payment

import (
	"context"
	_ "embed"
	"errors"
	"math/rand"
	"time"

	"whygo.dev/demo/internal/fault"
)

//go:embed payment.go
var paymentSource string

var abandonedSend = fault.New("abandoned-send", "goroutine-leak",
	"an authorization that comes after the timeout has nobody to receive it, and its channel no buffer", paymentSource)

// ErrTimeout means that the network did not answer in time. The charge may
// still have happened: the order waits for the daily reconciliation.
var ErrTimeout = errors.New("payment: no answer from the card network in time")

// Authorization is the network's promise to pay.
type Authorization struct {
	ID    uint64 `json:"id"`
	Cents int64  `json:"cents"`
}

// Gateway is safe for concurrent use.
type Gateway struct {
	timeout time.Duration
}

// NewGateway gives the network up to timeout for each answer.
func NewGateway(timeout time.Duration) *Gateway {
	return &Gateway{timeout: timeout}
}

// Authorize returns the network's answer, or ErrTimeout. The network cannot be
// told to stop, so a late answer still arrives: the buffer of the channel takes
// it, and the goroutine ends. Without the buffer it waits forever.
func (g *Gateway) Authorize(ctx context.Context, cents int64) (Authorization, error) {
	buffer := 1
	if abandonedSend.On() {
		buffer = 0
	}
	answer := make(chan Authorization, buffer) // fault: abandoned-send, also
	go g.charge(cents, answer)                 // fault: abandoned-send, also

	timer := time.NewTimer(g.timeout)
	defer timer.Stop()
	select {
	case a := <-answer:
		return a, nil
	case <-timer.C:
		return Authorization{}, ErrTimeout
	case <-ctx.Done():
		return Authorization{}, ctx.Err()
	}
}

func (g *Gateway) charge(cents int64, answer chan<- Authorization) {
	time.Sleep(g.networkLatency())
	answer <- Authorization{ID: rand.Uint64(), Cents: cents} // fault: abandoned-send
}

// networkLatency is a few milliseconds, and every fifth time more than the
// timeout.
func (g *Gateway) networkLatency() time.Duration {
	if rand.Intn(5) == 0 {
		return g.timeout + time.Duration(rand.Int63n(int64(g.timeout)))
	}
	return 2*time.Millisecond + time.Duration(rand.Int63n(int64(8*time.Millisecond)))
}
