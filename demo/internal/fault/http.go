package fault

import (
	"encoding/json"
	"log"
	"net/http"
	"strconv"
)

type state struct {
	Name    string `json:"name"`
	On      bool   `json:"on"`
	Finding string `json:"finding"`
	Summary string `json:"summary"`
	Where   Line   `json:"where"`
	Also    []Line `json:"also,omitempty"`
}

// Handler lists the faults on GET and switches one on POST:
// POST /fault?name=alloc-churn&on=1.
func Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.Method {
		case http.MethodGet:
		case http.MethodPost:
			// A page of another site has no business here.
			if site := r.Header.Get("Sec-Fetch-Site"); site == "cross-site" {
				http.Error(w, "not from another site", http.StatusForbidden)
				return
			}
			name := r.FormValue("name")
			on, err := strconv.ParseBool(r.FormValue("on"))
			if err != nil {
				http.Error(w, "on must be 1 or 0", http.StatusBadRequest)
				return
			}
			f, err := Lookup(name)
			if err != nil {
				http.Error(w, err.Error(), http.StatusNotFound)
				return
			}
			f.Switch(on)
			log.Printf("fault %s: on=%t", name, on)
		default:
			w.Header().Set("Allow", "GET, POST")
			http.Error(w, "use GET or POST", http.StatusMethodNotAllowed)
			return
		}
		states := []state{}
		for _, f := range All() {
			states = append(states, state{f.Name, f.On(), f.Finding, f.Summary, f.Where, f.Also})
		}
		w.Header().Set("Content-Type", "application/json")
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		if err := encoder.Encode(states); err != nil {
			log.Printf("fault: write the list: %v", err)
		}
	})
}
