package agent

import (
	"math"
	"path"
	"runtime/metrics"
	"strconv"
	"strings"
	"sync"
)

// reader owns one slice of samples, which runtime/metrics fills again and
// again without allocating. All text that cannot change between two reads
// (names, help, bucket bounds: the runtime guarantees that bounds stay until
// the process ends) is rendered once, so a scrape only formats numbers.
type reader struct {
	process process

	mu       sync.Mutex // guards samples
	samples  []metrics.Sample
	families []family // families[i] describes samples[i]
}

// family is the constant text around one sample.
type family struct {
	promName   string // "" when the name has no valid Prometheus form
	promHeader []byte // the HELP and TYPE lines
	jsonHead   []byte // `{"name":…,"value":`, up to the value
	histogram  *histogramText
}

// histogramText is the constant text of a histogram with bounds b[0..n]:
// bucket i counts values in [b[i], b[i+1]).
type histogramText struct {
	full     []bucketText // one per bucket
	coarse   []bucketText // client_golang's choice of bounds
	lower    []float64    // finite lower bound of each bucket, for the estimated sum
	exactSum int          // index of the sample that has the exact sum, or -1
	json     []byte       // `],"buckets":[…]}`
}

// bucketText is a line `name_bucket{le="…"} `; its value is the number of
// observations in all buckets before end.
type bucketText struct {
	line []byte
	end  int
}

// exactSums names the metric that holds the sum of a histogram, which the
// histogram itself does not have.
var exactSums = map[string]string{
	"/gc/heap/allocs-by-size:bytes": "/gc/heap/allocs:bytes",
	"/gc/heap/frees-by-size:bytes":  "/gc/heap/frees:bytes",
}

func newReader() *reader {
	descriptions := metrics.All()
	r := &reader{process: currentProcess()}
	index := make(map[string]int, len(descriptions))
	for _, d := range descriptions {
		if d.Kind == metrics.KindBad {
			continue
		}
		index[d.Name] = len(r.samples)
		r.samples = append(r.samples, metrics.Sample{Name: d.Name})
		r.families = append(r.families, describe(d))
	}
	// Bounds are only known from a value.
	metrics.Read(r.samples)
	for i := range r.samples {
		if r.samples[i].Value.Kind() != metrics.KindFloat64Histogram {
			continue
		}
		name := r.samples[i].Name
		sum := -1
		if j, ok := index[exactSums[name]]; ok {
			sum = j
		}
		bounds := r.samples[i].Value.Float64Histogram().Buckets
		r.families[i].histogram = describeHistogram(r.families[i].promName, unitOf(name), bounds, sum)
	}
	return r
}

func describe(d metrics.Description) family {
	name := prometheusName(d)
	kind := kindName(d.Kind)
	f := family{promName: name}
	f.promHeader = append(f.promHeader, "# HELP "+name+" "...)
	f.promHeader = append(f.promHeader, helpEscaper.Replace(d.Description)...)
	f.promHeader = append(f.promHeader, " Sourced from "+d.Name+".\n# TYPE "+name+" "+prometheusType(d)+"\n"...)

	f.jsonHead = append(f.jsonHead, `{"name":`...)
	f.jsonHead = appendJSONString(f.jsonHead, d.Name)
	f.jsonHead = append(f.jsonHead, `,"kind":"`+kind+`","cumulative":`...)
	f.jsonHead = strconv.AppendBool(f.jsonHead, d.Cumulative)
	f.jsonHead = append(f.jsonHead, `,"unit":`...)
	f.jsonHead = appendJSONString(f.jsonHead, unitOf(d.Name))
	f.jsonHead = append(f.jsonHead, `,"value":`...)
	return f
}

func kindName(k metrics.ValueKind) string {
	switch k {
	case metrics.KindUint64:
		return "uint64"
	case metrics.KindFloat64:
		return "float64"
	case metrics.KindFloat64Histogram:
		return "histogram"
	}
	return "unknown"
}

// unitOf returns what follows the colon of a runtime/metrics name.
func unitOf(name string) string {
	if i := strings.IndexByte(name, ':'); i >= 0 {
		return name[i+1:]
	}
	return ""
}

// prometheusName follows client_golang v1.25 (RuntimeMetricsToProm), so that
// dashboards made for it find the same series:
// "/gc/heap/allocs:bytes" is go_gc_heap_allocs_bytes_total.
func prometheusName(d metrics.Description) string {
	key := strings.TrimPrefix(d.Name, "/")
	unit := ""
	if i := strings.IndexByte(key, ':'); i >= 0 {
		key, unit = key[:i], key[i+1:]
	}
	unit = strings.NewReplacer("-", "_", "*", "_", "/", "_per_").Replace(unit)
	subsystem := strings.NewReplacer("/", "_", "-", "_").Replace(path.Dir(key))
	base := strings.ReplaceAll(path.Base(key), "-", "_")
	name := "go_" + subsystem + "_" + base + "_" + unit
	if d.Cumulative && d.Kind != metrics.KindFloat64Histogram {
		name += "_total"
	}
	return name
}

func prometheusType(d metrics.Description) string {
	switch {
	case d.Kind == metrics.KindFloat64Histogram:
		return "histogram"
	case d.Cumulative:
		return "counter"
	}
	return "gauge"
}

func describeHistogram(name, unit string, bounds []float64, exactSum int) *histogramText {
	h := &histogramText{exactSum: exactSum}
	all := make([]int, len(bounds))
	for i := range all {
		all[i] = i
	}
	h.full = bucketLines(name, bounds, all)
	h.coarse = bucketLines(name, bounds, coarseBounds(bounds, unit))
	h.json = append(h.json, `],"buckets":[`...)
	for i, b := range bounds {
		if i > 0 {
			h.json = append(h.json, ',')
		}
		h.json = appendJSONFloat(h.json, b)
	}
	h.json = append(h.json, `]}`...)
	for _, b := range bounds[:len(bounds)-1] {
		if math.IsInf(b, -1) {
			b = 0
		}
		h.lower = append(h.lower, b)
	}
	return h
}

// bucketLines renders the upper bounds of the buckets between the kept bounds.
// The runtime's buckets exclude their upper bound and Prometheus's include it,
// hence the next smaller number. An infinite end is the +Inf line of its own,
// which every histogram ends with.
func bucketLines(name string, bounds []float64, kept []int) []bucketText {
	var lines []bucketText
	for _, i := range kept[1:] {
		if math.IsInf(bounds[i-1], -1) {
			// Nothing real lies below the first finite bound: durations and
			// sizes are not negative. What does counts into the next bucket.
			continue
		}
		if math.IsInf(bounds[i], 1) {
			break
		}
		le := strconv.FormatFloat(math.Nextafter(bounds[i], math.Inf(-1)), 'g', -1, 64)
		lines = append(lines, bucketText{line: []byte(name + `_bucket{le="` + le + `"} `), end: i})
	}
	inf := bucketText{line: []byte(name + `_bucket{le="+Inf"} `), end: len(bounds) - 1}
	return append(lines, inf)
}

// coarseBounds keeps bounds that are at least a factor apart, as client_golang
// does: 2 for bytes; 10 for seconds, and none above one second; other units
// keep all.
func coarseBounds(bounds []float64, unit string) []int {
	factor := 1.0
	switch unit {
	case "bytes":
		factor = 2
	case "seconds":
		factor = 10
	}
	kept := []int{0}
	last := bounds[0]
	for i := 1; i < len(bounds); i++ {
		b := bounds[i]
		near := !math.IsInf(last, -1) && (last >= 0 && b < last*factor || last < 0 && b < last/factor)
		tooLong := unit == "seconds" && b > 1
		if (near || tooLong) && !math.IsInf(b, 1) {
			continue
		}
		kept = append(kept, i)
		last = b
	}
	return kept
}
