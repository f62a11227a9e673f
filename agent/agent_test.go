package agent

import (
	"encoding/json"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"runtime"
	"runtime/metrics"
	"strconv"
	"strings"
	"testing"
)

func get(t *testing.T, url string, header ...string) *http.Response {
	t.Helper()
	request := httptest.NewRequest(http.MethodGet, url, nil)
	for i := 0; i+1 < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	recorder := httptest.NewRecorder()
	Handler().ServeHTTP(recorder, request)
	response := recorder.Result()
	if response.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: %s", url, response.Status)
	}
	return response
}

func body(t *testing.T, response *http.Response) string {
	t.Helper()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestImportRegistersOnTheDefaultMux(t *testing.T) {
	request := httptest.NewRequest(http.MethodGet, "/debug/metrics", nil)
	if _, pattern := http.DefaultServeMux.Handler(request); pattern != "/debug/metrics" {
		t.Errorf("/debug/metrics is served by %q", pattern)
	}
}

func TestTheFormatIsNegotiated(t *testing.T) {
	cases := []struct{ url, accept, contentType string }{
		{"/", "", "text/plain; version=0.0.4; charset=utf-8"},
		{"/", "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", "text/plain; version=0.0.4; charset=utf-8"},
		{"/", "application/json", "application/json"},
		{"/?format=json", "", "application/json"},
		{"/?format=prometheus", "application/json", "text/plain; version=0.0.4; charset=utf-8"},
	}
	for _, c := range cases {
		got := get(t, c.url, "Accept", c.accept).Header.Get("Content-Type")
		if got != c.contentType {
			t.Errorf("%s with Accept %q is %q, want %q", c.url, c.accept, got, c.contentType)
		}
	}
}

func TestOnlyReadingIsAllowed(t *testing.T) {
	recorder := httptest.NewRecorder()
	Handler().ServeHTTP(recorder, httptest.NewRequest(http.MethodPost, "/debug/metrics", nil))
	if recorder.Code != http.StatusMethodNotAllowed || recorder.Header().Get("Allow") != "GET, HEAD" {
		t.Errorf("POST gives %d, Allow %q", recorder.Code, recorder.Header().Get("Allow"))
	}
}

// document is the JSON form, as a client would declare it.
type document struct {
	Schema            string         `json:"schema"`
	Go                string         `json:"go"`
	Main              string         `json:"main"`
	PID               int            `json:"pid"`
	GOMAXPROCS        int            `json:"gomaxprocs"`
	NumCPU            int            `json:"numcpu"`
	StartTimeUnixNano string         `json:"startTimeUnixNano"`
	TimeUnixNano      string         `json:"timeUnixNano"`
	Settings          map[string]int `json:"settings"`
	Metrics           []jsonMetric   `json:"metrics"`
}

type jsonMetric struct {
	Name       string          `json:"name"`
	Kind       string          `json:"kind"`
	Cumulative bool            `json:"cumulative"`
	Unit       string          `json:"unit"`
	Value      json.RawMessage `json:"value"`
}

func readJSON(t *testing.T) document {
	t.Helper()
	var d document
	if err := json.Unmarshal([]byte(body(t, get(t, "/?format=json"))), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestJSONHasEveryMetricOfThisRuntime(t *testing.T) {
	d := readJSON(t)
	if d.Schema != "whygo.agent/1" || d.Go != runtime.Version() || d.PID == 0 ||
		d.GOMAXPROCS != runtime.GOMAXPROCS(0) || d.NumCPU != runtime.NumCPU() {
		t.Errorf("the head is %+v", d)
	}
	start, err1 := strconv.ParseInt(d.StartTimeUnixNano, 10, 64)
	now, err2 := strconv.ParseInt(d.TimeUnixNano, 10, 64)
	if err1 != nil || err2 != nil || start >= now {
		t.Errorf("started at %s, read at %s", d.StartTimeUnixNano, d.TimeUnixNano)
	}
	all := metrics.All()
	if len(d.Metrics) != len(all) {
		t.Fatalf("%d metrics, the runtime has %d", len(d.Metrics), len(all))
	}
	for i, m := range d.Metrics {
		if m.Name != all[i].Name || m.Cumulative != all[i].Cumulative || m.Kind != kindName(all[i].Kind) {
			t.Errorf("metric %d is %+v, want %s", i, m, all[i].Name)
		}
		if !strings.HasSuffix(m.Name, ":"+m.Unit) || m.Unit == "" {
			t.Errorf("%s has the unit %q", m.Name, m.Unit)
		}
		if m.Kind == "histogram" {
			checkHistogram(t, m)
		}
	}
}

func checkHistogram(t *testing.T, m jsonMetric) {
	t.Helper()
	var h struct {
		Counts  []uint64
		Buckets []interface{}
	}
	if err := json.Unmarshal(m.Value, &h); err != nil {
		t.Fatalf("%s: %v", m.Name, err)
	}
	if len(h.Counts) == 0 || len(h.Buckets) != len(h.Counts)+1 {
		t.Errorf("%s has %d counts and %d bounds", m.Name, len(h.Counts), len(h.Buckets))
	}
	last := math.Inf(-1)
	for i, b := range h.Buckets {
		bound, ok := b.(float64)
		if text, isText := b.(string); isText {
			var err error
			bound, err = strconv.ParseFloat(text, 64)
			ok = err == nil && math.IsInf(bound, 0)
		}
		if !ok || i > 0 && bound <= last {
			t.Errorf("%s: bound %d is %v after %v", m.Name, i, b, last)
		}
		last = bound
	}
}

func TestNumbersThatJSONCannotHoldAreStrings(t *testing.T) {
	cases := map[string]string{
		string(appendJSONUint(nil, 1<<53)):            `9007199254740992`,
		string(appendJSONUint(nil, 1<<53+1)):          `"9007199254740993"`,
		string(appendJSONUint(nil, math.MaxUint64)):   `"18446744073709551615"`,
		string(appendJSONFloat(nil, math.Inf(1))):     `"+Inf"`,
		string(appendJSONFloat(nil, math.Inf(-1))):    `"-Inf"`,
		string(appendJSONFloat(nil, math.NaN())):      `"NaN"`,
		string(appendJSONFloat(nil, 1.5e-9)):          `1.5e-09`,
		string(appendJSONString(nil, "a\"\\\n\x01é")): `"a\"\\\u000a\u0001é"`,
	}
	for got, want := range cases {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if !json.Valid([]byte(got)) {
			t.Errorf("%s is not JSON", got)
		}
	}
}

func TestSettingsShowTheRates(t *testing.T) {
	before := readJSON(t).Settings
	if _, known := before["blockProfileRate"]; known {
		t.Error("blockProfileRate is claimed before anyone has set it here")
	}
	defer SetRates(0, 0)
	SetRates(10_000, 7)
	SetRates(-1, -1)
	after := readJSON(t).Settings
	if after["blockProfileRate"] != 10_000 || after["mutexProfileFraction"] != 7 || after["memProfileRate"] != runtime.MemProfileRate {
		t.Errorf("settings are %v", after)
	}
}

func TestLabelsNameTheRoute(t *testing.T) {
	var seen string
	handler := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		seen = endpointLabel(r)
	})
	mux := http.NewServeMux()
	mux.Handle("/items/", handler)
	outer := http.NewServeMux()
	outer.Handle("/", Labels(mux))
	cases := []struct {
		name, path, want string
		handler          http.Handler
	}{
		{"around a mux inside a mux: the inner pattern", "/items/42", "/items/", outer},
		{"around a mux: the pattern", "/items/42", "/items/", Labels(mux)},
		{"around a plain handler: the path", "/other", "/other", Labels(handler)},
	}
	for _, c := range cases {
		seen = ""
		c.handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, c.path, nil))
		if seen != c.want {
			t.Errorf("%s: endpoint is %q, want %q", c.name, seen, c.want)
		}
	}
}

func TestAScrapeAllocatesNothing(t *testing.T) {
	r := newReader()
	buffer := make([]byte, 0, 1<<20)
	if n := testing.AllocsPerRun(50, func() { buffer = r.appendPrometheus(buffer[:0], true) }); n > 0 {
		t.Errorf("the Prometheus text takes %v allocations", n)
	}
	if n := testing.AllocsPerRun(50, func() { buffer = r.appendJSON(buffer[:0]) }); n > 0 {
		t.Errorf("the JSON form takes %v allocations", n)
	}
}

func BenchmarkPrometheus(b *testing.B) {
	benchmarkAppend(b, func(r *reader, buffer []byte) []byte { return r.appendPrometheus(buffer, false) })
}

func BenchmarkPrometheusAllBuckets(b *testing.B) {
	benchmarkAppend(b, func(r *reader, buffer []byte) []byte { return r.appendPrometheus(buffer, true) })
}

func BenchmarkJSON(b *testing.B) {
	benchmarkAppend(b, func(r *reader, buffer []byte) []byte { return r.appendJSON(buffer) })
}

func benchmarkAppend(b *testing.B, scrape func(*reader, []byte) []byte) {
	r := newReader()
	buffer := scrape(r, nil)
	b.SetBytes(int64(len(buffer)))
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		buffer = scrape(r, buffer[:0])
	}
}
