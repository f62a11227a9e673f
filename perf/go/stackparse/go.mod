module whygo.dev/perf/stackparse

go 1.24

require github.com/DataDog/gostackparse v0.7.0
