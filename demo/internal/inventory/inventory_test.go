package inventory

import (
	"errors"
	"testing"

	"whygo.dev/demo/internal/catalog"
)

type refusing struct{ err error }

func (w refusing) Reserve(string, int) error { return w.err }

func TestReserveCountsTheSameWithTheFault(t *testing.T) {
	broken := errors.New("broken")
	for _, faulty := range []bool{false, true} {
		lockOverIO.Switch(faulty)
		products := catalog.New(1, 1).All()
		s := NewStock(products, refusing{nil})
		if err := s.Reserve(products[0], 3); err != nil {
			t.Fatal(err)
		}
		if got := s.left[1]; got != refill-3 {
			t.Errorf("fault %t: %d left, want %d", faulty, got, refill-3)
		}
		if err := s.Reserve(products[0], refill); !errors.Is(err, ErrSoldOut) {
			t.Errorf("fault %t: reserving more than is left gives %v", faulty, err)
		}
		s = NewStock(products, refusing{broken})
		if err := s.Reserve(products[0], 3); !errors.Is(err, broken) {
			t.Errorf("fault %t: the warehouse's error becomes %v", faulty, err)
		}
		if got := s.left[1]; got != refill {
			t.Errorf("fault %t: %d left after a refusal, want %d", faulty, got, refill)
		}
	}
	lockOverIO.Switch(false)
}
