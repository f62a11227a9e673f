package agent

import (
	"runtime"
	"sync/atomic"
)

// knownBlockRate is the last rate given to SetRates, plus one; 0 means that
// this package does not know it: the runtime has no getter for it.
var knownBlockRate int64

// SetRates switches on the block and mutex profiles, which are off in a new
// process: it calls runtime.SetBlockProfileRate (one sample per block
// nanoseconds blocked) and runtime.SetMutexProfileFraction (one of mutex
// contention events). 10000 and 10 cost well under 1 % in most services. A
// negative value leaves that profile as it is.
func SetRates(block, mutex int) {
	if block >= 0 {
		runtime.SetBlockProfileRate(block)
		atomic.StoreInt64(&knownBlockRate, int64(block)+1)
	}
	if mutex >= 0 {
		runtime.SetMutexProfileFraction(mutex)
	}
}

type settings struct {
	blockProfileRate     int // -1 when unknown
	mutexProfileFraction int
	memProfileRate       int
}

func currentSettings() settings {
	return settings{
		blockProfileRate:     int(atomic.LoadInt64(&knownBlockRate)) - 1,
		mutexProfileFraction: runtime.SetMutexProfileFraction(-1),
		memProfileRate:       runtime.MemProfileRate,
	}
}
