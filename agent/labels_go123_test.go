//go:build go1.23

// The module says go 1.19, whose ServeMux knows no patterns; the services
// that wrap Labels this way say 1.23 or newer.
//go:debug httpmuxgo121=0

package agent

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestLabelsInsideAMuxNameThePattern(t *testing.T) {
	var seen string
	mux := http.NewServeMux()
	mux.Handle("/items/", Labels(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		seen = endpointLabel(r)
	})))
	outer := http.NewServeMux()
	outer.Handle("/", mux)
	outer.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/items/42", nil))
	if seen != "/items/" {
		t.Errorf("endpoint is %q, want /items/", seen)
	}
}
