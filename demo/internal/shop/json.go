package shop

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"sync"
)

var bodyBuffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// writeJSON encodes into recycled memory first, so that an error can still
// become a status.
func writeJSON(w http.ResponseWriter, v any) {
	buffer := bodyBuffers.Get().(*bytes.Buffer)
	defer bodyBuffers.Put(buffer)
	buffer.Reset()
	if err := json.NewEncoder(buffer).Encode(v); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	writeBody(w, buffer.Bytes())
}

func writeBody(w http.ResponseWriter, body []byte) {
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Content-Length", strconv.Itoa(len(body)))
	// An error here means that the customer went away.
	_, _ = w.Write(body)
}
