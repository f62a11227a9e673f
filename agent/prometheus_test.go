package agent

import (
	"math"
	"regexp"
	"runtime"
	"runtime/metrics"
	"strconv"
	"strings"
	"testing"
)

// exposition is what a Prometheus server makes of the text.
type exposition struct {
	types  map[string]string
	help   map[string]string
	series []series
}

type series struct {
	name   string
	labels map[string]string
	value  float64
}

var (
	seriesLine = regexp.MustCompile(`^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$`)
	labelPair  = regexp.MustCompile(`^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"(?:,|$)`)
)

// parseExposition reads the text format 0.0.4 strictly: every series belongs
// to the family announced last, and none comes twice.
func parseExposition(t *testing.T, text string) exposition {
	t.Helper()
	e := exposition{types: map[string]string{}, help: map[string]string{}}
	if !strings.HasSuffix(text, "\n") {
		t.Error("the last line has no end")
	}
	family := ""
	seen := map[string]bool{}
	for _, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		words := strings.SplitN(line, " ", 4)
		if words[0] == "#" && len(words) == 4 {
			switch words[1] {
			case "HELP":
				family = words[2]
				if _, twice := e.help[family]; twice {
					t.Errorf("family %s comes twice", family)
				}
				e.help[family] = words[3]
			case "TYPE":
				if words[2] != family {
					t.Errorf("TYPE %s follows HELP %s", words[2], family)
				}
				e.types[family] = words[3]
			}
			continue
		}
		m := seriesLine.FindStringSubmatch(line)
		if m == nil {
			t.Fatalf("this is no series: %q", line)
		}
		if seen[m[1]+"{"+m[2]+"}"] {
			t.Errorf("series %s{%s} comes twice", m[1], m[2])
		}
		seen[m[1]+"{"+m[2]+"}"] = true
		value, err := strconv.ParseFloat(m[3], 64)
		if err != nil {
			t.Errorf("%s: %v", m[1], err)
		}
		if m[1] != family && !(e.types[family] == "histogram" && strings.HasPrefix(m[1], family+"_")) {
			t.Errorf("series %s is in the family %s", m[1], family)
		}
		e.series = append(e.series, series{m[1], parseLabels(t, m[2]), value})
	}
	return e
}

func parseLabels(t *testing.T, text string) map[string]string {
	t.Helper()
	labels := map[string]string{}
	for text != "" {
		m := labelPair.FindStringSubmatch(text)
		if m == nil {
			t.Fatalf("these are no labels: %q", text)
		}
		labels[m[1]] = strings.NewReplacer(`\\`, `\`, `\"`, `"`, `\n`, "\n").Replace(m[2])
		text = text[len(m[0]):]
	}
	return labels
}

func (e exposition) find(name string) []series {
	var found []series
	for _, s := range e.series {
		if s.name == name {
			found = append(found, s)
		}
	}
	return found
}

func TestThePrometheusTextParsesBack(t *testing.T) {
	for _, url := range []string{"/", "/?buckets=all"} {
		e := parseExposition(t, body(t, get(t, url)))
		for _, d := range metrics.All() {
			name := prometheusName(d)
			if e.types[name] != prometheusType(d) {
				t.Errorf("%s: %s has the type %q, want %q", url, name, e.types[name], prometheusType(d))
			}
			if d.Kind == metrics.KindFloat64Histogram {
				checkPrometheusHistogram(t, e, name)
			} else if len(e.find(name)) != 1 {
				t.Errorf("%s: %s has %d series, want 1", url, name, len(e.find(name)))
			}
		}
		info := e.find("go_info")
		if len(info) != 1 || info[0].labels["version"] != runtime.Version() || info[0].value != 1 {
			t.Errorf("%s: go_info is %v", url, info)
		}
		for _, name := range []string{"go_build_info", "process_start_time_seconds", "go_sched_gomaxprocs_threads"} {
			if len(e.find(name)) != 1 {
				t.Errorf("%s: there is no %s", url, name)
			}
		}
	}
}

func checkPrometheusHistogram(t *testing.T, e exposition, name string) {
	t.Helper()
	lastBound, lastCount := math.Inf(-1), 0.0
	buckets := e.find(name + "_bucket")
	for _, b := range buckets {
		bound, err := strconv.ParseFloat(b.labels["le"], 64)
		if err != nil || bound <= lastBound || b.value < lastCount {
			t.Errorf("%s: bucket %v after le=%v, %v", name, b, lastBound, lastCount)
		}
		lastBound, lastCount = bound, b.value
	}
	if len(buckets) < 2 || !math.IsInf(lastBound, 1) {
		t.Errorf("%s has %d buckets, the last one up to %v", name, len(buckets), lastBound)
	}
	count, sum := e.find(name+"_count"), e.find(name+"_sum")
	if len(count) != 1 || count[0].value != lastCount {
		t.Errorf("%s: the count is %v, the +Inf bucket has %v", name, count, lastCount)
	}
	if len(sum) != 1 || math.IsNaN(sum[0].value) || math.IsInf(sum[0].value, 0) {
		t.Errorf("%s: the sum is %v", name, sum)
	}
}

// The names and bounds below are client_golang v1.25's, from its own /metrics
// page with collectors.MetricsAll under Go 1.26.
func TestNamesAreThoseOfClientGolang(t *testing.T) {
	names := map[string]string{
		"/gc/heap/allocs:bytes":                   "go_gc_heap_allocs_bytes_total",
		"/gc/gogc:percent":                        "go_gc_gogc_percent",
		"/cpu/classes/gc/mark/assist:cpu-seconds": "go_cpu_classes_gc_mark_assist_cpu_seconds_total",
		"/cgo/go-to-c-calls:calls":                "go_cgo_go_to_c_calls_calls_total",
		"/sched/latencies:seconds":                "go_sched_latencies_seconds",
		"/sched/goroutines:goroutines":            "go_sched_goroutines_goroutines",
	}
	found := 0
	for _, d := range metrics.All() {
		if want, ok := names[d.Name]; ok {
			found++
			if got := prometheusName(d); got != want {
				t.Errorf("%s is %s, want %s", d.Name, got, want)
			}
		}
	}
	if found == 0 {
		t.Error("none of the metrics exists in this runtime")
	}
}

func TestBucketsAreThoseOfClientGolang(t *testing.T) {
	latencies := []metrics.Sample{{Name: "/sched/latencies:seconds"}}
	metrics.Read(latencies)
	if bounds := latencies[0].Value.Float64Histogram().Buckets; bounds[2] != 6.4e-08 {
		t.Skipf("%s has other bounds than the recorded page, which is of Go 1.26", runtime.Version())
	}
	e := parseExposition(t, body(t, get(t, "/")))
	bounds := map[string][]string{
		"go_sched_latencies_seconds": {"6.399999999999999e-08", "6.399999999999999e-07", "7.167999999999999e-06",
			"8.191999999999999e-05", "0.0009175039999999999", "0.010485759999999998", "0.11744051199999998", "+Inf"},
		"go_gc_heap_allocs_by_size_bytes": {"8.999999999999998", "24.999999999999996", "64.99999999999999",
			"144.99999999999997", "320.99999999999994", "704.9999999999999", "1536.9999999999998",
			"3200.9999999999995", "6528.999999999999", "13568.999999999998", "27264.999999999996", "+Inf"},
	}
	for name, want := range bounds {
		var got []string
		for _, b := range e.find(name + "_bucket") {
			got = append(got, b.labels["le"])
		}
		if strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("%s has the bounds\n%v, want\n%v", name, got, want)
		}
	}
}

func TestTheSumOfAHistogramIsExactOrAnUnderestimate(t *testing.T) {
	e := parseExposition(t, body(t, get(t, "/")))
	allocs := e.find("go_gc_heap_allocs_bytes_total")
	sum := e.find("go_gc_heap_allocs_by_size_bytes_sum")
	if len(allocs) != 1 || len(sum) != 1 || allocs[0].value != sum[0].value {
		t.Errorf("%v bytes allocated, their distribution sums up to %v", allocs, sum)
	}
}
