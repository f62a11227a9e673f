package agent

import (
	"context"
	"net/http"
	"runtime/pprof"
)

// Labels runs next with the pprof label endpoint set, so that CPU and
// goroutine profiles can be read per endpoint. The value is the pattern of
// the route ("GET /items/{id}") when next is an *http.ServeMux or another
// router with its Handler method, or when Labels is wrapped around a handler
// inside a ServeMux of Go 1.23 or newer. Otherwise it is the path of the URL:
// do not use it that way when paths carry ids.
func Labels(next http.Handler) http.Handler {
	inner, _ := next.(router)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		endpoint := endpointOf(r, inner)
		pprof.Do(r.Context(), pprof.Labels("endpoint", endpoint), func(ctx context.Context) {
			next.ServeHTTP(w, r.WithContext(ctx))
		})
	})
}

type router interface {
	Handler(*http.Request) (http.Handler, string)
}

// endpointOf asks the wrapped router first: the request's own pattern is that
// of the mux around it, which may be no more than "/".
func endpointOf(r *http.Request, inner router) string {
	if inner != nil {
		if _, pattern := inner.Handler(r); pattern != "" {
			return pattern
		}
		// No route: the path is whatever a stranger sent.
		return "unmatched"
	}
	if pattern := requestPattern(r); pattern != "" {
		return pattern
	}
	return r.URL.Path
}
