//go:build go1.23

package agent

import "net/http"

func requestPattern(r *http.Request) string { return r.Pattern }
