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
			name := r.FormValue("name")
			on, err := strconv.ParseBool(r.FormValue("on"))
			if err != nil {
				http.Error(w, "on must be 1 or 0", http.StatusBadRequest)
				return
			}
			if err := Set(name, on); err != nil {
				http.Error(w, err.Error(), http.StatusNotFound)
				return
			}
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
