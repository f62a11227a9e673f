package agent

import (
	"net/http"
	"runtime/pprof"
)

func endpointLabel(r *http.Request) string {
	value, _ := pprof.Label(r.Context(), "endpoint")
	return value
}
