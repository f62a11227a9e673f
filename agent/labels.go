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
	router, _ := next.(interface {
		Handler(*http.Request) (http.Handler, string)
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		endpoint := requestPattern(r)
		if endpoint == "" && router != nil {
			_, endpoint = router.Handler(r)
			if endpoint == "" {
				// No route: the path is whatever a stranger sent.
				endpoint = "unmatched"
			}
		}
		if endpoint == "" {
			endpoint = r.URL.Path
		}
		pprof.Do(r.Context(), pprof.Labels("endpoint", endpoint), func(ctx context.Context) {
			next.ServeHTTP(w, r.WithContext(ctx))
		})
	})
}
