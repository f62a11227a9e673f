// Package ratelimit counts the calls of each client in a window of time.
package ratelimit

import (
	"sync"
	"time"
)

// Limiter is safe for concurrent use.
type Limiter struct {
	limit  int
	window time.Duration

	mu     sync.Mutex
	counts map[string]int
	since  time.Time
}

// New allows limit calls in each window.
func New(limit int, window time.Duration) *Limiter {
	return &Limiter{limit: limit, window: window, counts: map[string]int{}}
}

// Allow counts a call.
func (l *Limiter) Allow(client string) bool {
	now := time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Sub(l.since) > l.window {
		clear(l.counts)
		l.since = now
	}
	l.counts[client]++
	return l.counts[client] <= l.limit
}
