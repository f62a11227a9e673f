//go:build !go1.23

package agent

import "net/http"

func requestPattern(*http.Request) string { return "" }
