// Package agent serves what net/http/pprof lacks: every runtime/metrics
// sample of the process, with its histograms, as Prometheus text and as JSON.
//
// Importing it registers /debug/metrics on http.DefaultServeMux, as
// net/http/pprof does for /debug/pprof:
//
//	import (
//		_ "net/http/pprof"
//
//		_ "whygo.dev/agent"
//	)
//
// A service with its own mux mounts [Handler] instead:
//
//	mux.Handle("/debug/metrics", agent.Handler())
//
// The package never imports net/http/pprof, starts no goroutine, and reads
// nothing until it is asked. Whoever can reach /debug/metrics learns about as
// much as from /debug/pprof, so keep both on the same, private listener.
package agent

import (
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"time"
)

// Schema names the JSON form that this version of the package writes.
const Schema = "whygo.agent/1"

// processStart is read while packages initialise, within milliseconds of the
// real start. It only has to be constant for the process: a changed value
// tells a collector that counters began again.
var processStart = time.Now()

func init() {
	http.Handle("/debug/metrics", Handler())
}

// Handler answers GET with the runtime's metrics: Prometheus text 0.0.4, or
// JSON when the query says format=json or the Accept header asks for
// application/json. buckets=all keeps the runtime's full histogram resolution
// in the Prometheus text, which otherwise has the coarser buckets of
// client_golang; JSON always has all of them.
func Handler() http.Handler {
	return http.HandlerFunc(serveMetrics)
}

var (
	sharedReader     *reader
	sharedReaderOnce sync.Once
	bufferPool       = sync.Pool{New: func() any { return new([]byte) }}
)

func serveMetrics(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "use GET", http.StatusMethodNotAllowed)
		return
	}
	sharedReaderOnce.Do(func() { sharedReader = newReader() })
	buffer := bufferPool.Get().(*[]byte)
	defer bufferPool.Put(buffer)

	header := w.Header()
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", "no-store")
	if wantsJSON(r) {
		header.Set("Content-Type", "application/json")
		*buffer = sharedReader.appendJSON((*buffer)[:0])
	} else {
		header.Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		all := r.URL.Query().Get("buckets") == "all"
		*buffer = sharedReader.appendPrometheus((*buffer)[:0], all)
	}
	// An error here means that the client went away; there is nobody to tell.
	_, _ = w.Write(*buffer)
}

func wantsJSON(r *http.Request) bool {
	switch r.URL.Query().Get("format") {
	case "json":
		return true
	case "prometheus", "text":
		return false
	}
	return strings.Contains(r.Header.Get("Accept"), "application/json")
}

// process is what does not change while the process lives.
type process struct {
	goVersion string
	main      string // path of the main module
	version   string // VCS revision ("-dirty" if modified), else the module's version
	pid       int
	numCPU    int
}

func currentProcess() process {
	p := process{goVersion: runtime.Version(), pid: os.Getpid(), numCPU: runtime.NumCPU()}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return p
	}
	p.main = info.Main.Path
	p.version = info.Main.Version
	dirty := false
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			p.version = s.Value
		case "vcs.modified":
			dirty = s.Value == "true"
		}
	}
	if dirty {
		p.version += "-dirty"
	}
	return p
}
