package main

import (
	"context"
	"log"
	"runtime/metrics"
	"time"

	"whygo.dev/demo/internal/fault"
)

// guardHeap switches all faults off when the heap outgrows limit, so that a
// demo left running does not eat the machine.
func guardHeap(ctx context.Context, limit int64) {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	ticker := time.NewTicker(5 * time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		metrics.Read(sample)
		if sample[0].Value.Uint64() <= uint64(limit) {
			continue
		}
		for _, f := range fault.All() {
			if f.On() {
				log.Printf("fault %s: off, because the heap passed %d MiB (-max-heap)", f.Name, limit>>20)
				f.Switch(false)
			}
		}
	}
}
