package agent

import (
	"math"
	"runtime"
	"runtime/metrics"
	"strconv"
	"strings"
	"time"
)

// maxExact is 2^53: integers up to it survive a reader that has only float64.
const maxExact = 1 << 53

var (
	helpEscaper  = strings.NewReplacer(`\`, `\\`, "\n", `\n`)
	labelEscaper = strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)
)

// appendPrometheus writes the text format 0.0.4.
func (r *reader) appendPrometheus(b []byte, allBuckets bool) []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	metrics.Read(r.samples)
	b = r.appendProcess(b)
	for i := range r.samples {
		f, v := &r.families[i], r.samples[i].Value
		b = append(b, f.promHeader...)
		switch v.Kind() {
		case metrics.KindFloat64Histogram:
			b = r.appendHistogram(b, f, v.Float64Histogram(), allBuckets)
			continue
		case metrics.KindUint64:
			b = append(b, f.promName...)
			b = append(b, ' ')
			b = strconv.AppendUint(b, v.Uint64(), 10)
		case metrics.KindFloat64:
			b = append(b, f.promName...)
			b = append(b, ' ')
			b = strconv.AppendFloat(b, v.Float64(), 'g', -1, 64)
		}
		b = append(b, '\n')
	}
	return b
}

func (r *reader) appendProcess(b []byte) []byte {
	b = append(b, "# HELP go_info Information about the Go environment.\n# TYPE go_info gauge\ngo_info{version=\""...)
	b = append(b, labelEscaper.Replace(r.process.goVersion)...)
	b = append(b, "\"} 1\n# HELP go_build_info Build information about the main Go module.\n# TYPE go_build_info gauge\ngo_build_info{path=\""...)
	b = append(b, labelEscaper.Replace(r.process.main)...)
	b = append(b, `",version="`...)
	b = append(b, labelEscaper.Replace(r.process.version)...)
	b = append(b, "\"} 1\n# HELP process_start_time_seconds Start time of the process since unix epoch in seconds.\n# TYPE process_start_time_seconds gauge\nprocess_start_time_seconds "...)
	b = strconv.AppendFloat(b, float64(processStart.UnixNano())/1e9, 'f', 3, 64)
	b = append(b, '\n')
	if cpu, ok := processCPU(); ok {
		b = append(b, "# HELP process_cpu_seconds_total Total user and system CPU time spent in seconds.\n# TYPE process_cpu_seconds_total counter\nprocess_cpu_seconds_total "...)
		b = strconv.AppendFloat(b, cpu.user+cpu.system, 'g', -1, 64)
		b = append(b, '\n')
	}
	return b
}

func (r *reader) appendHistogram(b []byte, f *family, h *metrics.Float64Histogram, all bool) []byte {
	text := f.histogram
	lines := text.coarse
	if all {
		lines = text.full
	}
	var count uint64
	sum := 0.0
	next := 0
	for _, line := range lines {
		for ; next < line.end; next++ {
			count += h.Counts[next]
			// The lower bound underestimates, which beats inventing a midpoint.
			sum += text.lower[next] * float64(h.Counts[next])
		}
		b = append(b, line.line...)
		b = strconv.AppendUint(b, count, 10)
		b = append(b, '\n')
	}
	if text.exactSum >= 0 {
		sum = float64(r.samples[text.exactSum].Value.Uint64())
	}
	b = append(b, f.promName...)
	b = append(b, "_sum "...)
	b = strconv.AppendFloat(b, sum, 'g', -1, 64)
	b = append(b, '\n')
	b = append(b, f.promName...)
	b = append(b, "_count "...)
	b = strconv.AppendUint(b, count, 10)
	return append(b, '\n')
}

// appendJSON writes one object of the form named by [Schema].
func (r *reader) appendJSON(b []byte) []byte {
	b = append(b, `{"schema":"`+Schema+`","go":`...)
	b = appendJSONString(b, r.process.goVersion)
	b = append(b, `,"main":`...)
	b = appendJSONString(b, r.process.main)
	b = append(b, `,"version":`...)
	b = appendJSONString(b, r.process.version)
	b = append(b, `,"pid":`...)
	b = strconv.AppendInt(b, int64(r.process.pid), 10)
	b = append(b, `,"gomaxprocs":`...)
	b = strconv.AppendInt(b, int64(runtime.GOMAXPROCS(0)), 10)
	b = append(b, `,"numcpu":`...)
	b = strconv.AppendInt(b, int64(r.process.numCPU), 10)
	b = append(b, `,"startTimeUnixNano":"`...)
	b = strconv.AppendInt(b, processStart.UnixNano(), 10)

	r.mu.Lock()
	defer r.mu.Unlock()
	metrics.Read(r.samples)
	b = append(b, `","timeUnixNano":"`...)
	b = strconv.AppendInt(b, time.Now().UnixNano(), 10)
	b = append(b, `","settings":`...)
	b = appendSettings(b)
	if cpu, ok := processCPU(); ok {
		b = append(b, `,"process":{"cpuUserSeconds":`...)
		b = appendJSONFloat(b, cpu.user)
		b = append(b, `,"cpuSystemSeconds":`...)
		b = appendJSONFloat(b, cpu.system)
		b = append(b, '}')
	}
	b = append(b, `,"metrics":[`...)
	for i := range r.samples {
		if i > 0 {
			b = append(b, ',')
		}
		b = r.appendJSONSample(b, i)
	}
	return append(b, "]}\n"...)
}

func appendSettings(b []byte) []byte {
	s := currentSettings()
	b = append(b, '{')
	if s.blockProfileRate >= 0 {
		b = append(b, `"blockProfileRate":`...)
		b = strconv.AppendInt(b, int64(s.blockProfileRate), 10)
		b = append(b, ',')
	}
	b = append(b, `"mutexProfileFraction":`...)
	b = strconv.AppendInt(b, int64(s.mutexProfileFraction), 10)
	b = append(b, `,"memProfileRate":`...)
	b = strconv.AppendInt(b, int64(s.memProfileRate), 10)
	return append(b, '}')
}

func (r *reader) appendJSONSample(b []byte, i int) []byte {
	f, v := &r.families[i], r.samples[i].Value
	b = append(b, f.jsonHead...)
	switch v.Kind() {
	case metrics.KindUint64:
		b = appendJSONUint(b, v.Uint64())
	case metrics.KindFloat64:
		b = appendJSONFloat(b, v.Float64())
	case metrics.KindFloat64Histogram:
		b = append(b, `{"counts":[`...)
		for j, n := range v.Float64Histogram().Counts {
			if j > 0 {
				b = append(b, ',')
			}
			b = appendJSONUint(b, n)
		}
		b = append(b, f.histogram.json...)
	default:
		b = append(b, "null"...)
	}
	return append(b, '}')
}

// appendJSONUint quotes what a float64 cannot hold exactly.
func appendJSONUint(b []byte, v uint64) []byte {
	if v <= maxExact {
		return strconv.AppendUint(b, v, 10)
	}
	b = append(b, '"')
	b = strconv.AppendUint(b, v, 10)
	return append(b, '"')
}

// appendJSONFloat quotes what JSON has no number for: "NaN", "+Inf", "-Inf".
func appendJSONFloat(b []byte, v float64) []byte {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		b = append(b, '"')
		b = strconv.AppendFloat(b, v, 'g', -1, 64)
		return append(b, '"')
	}
	return strconv.AppendFloat(b, v, 'g', -1, 64)
}

// appendJSONString quotes s; an invalid UTF-8 byte becomes U+FFFD, as in
// encoding/json.
func appendJSONString(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	for _, c := range s {
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', byte(c))
		case c < 0x20:
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			b = append(b, string(c)...)
		}
	}
	return append(b, '"')
}
