package fault

import (
	"reflect"
	"testing"
)

func TestMarkersNameTheLineAndItsFunction(t *testing.T) {
	source := `package p

func plain() {
	work() // fault: a
}

func (s *Stock) pointer() {
	func() {
		work() // fault: b, also
	}()
	// A comment about // fault: c that does not end the line.
}

func (v Value) value() { work() } // fault: d

func generic[T any](v T) {
	work() // fault: e
}
`
	want := []marker{
		{"a", false, "plain", 4},
		{"b", true, "(*Stock).pointer", 9},
		{"d", false, "Value.value", 14},
		{"e", false, "generic", 17},
	}
	if got := markers(source); !reflect.DeepEqual(got, want) {
		t.Errorf("markers are\n%v, want\n%v", got, want)
	}
}

func TestParseListRefusesUnknownNames(t *testing.T) {
	if _, err := ParseList("no-such-fault"); err == nil {
		t.Error("an unknown name was accepted")
	}
	if faults, err := ParseList(" , "); err != nil || len(faults) != 0 {
		t.Errorf("an empty list gives %v, %v", faults, err)
	}
}
