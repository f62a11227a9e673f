module whygo.dev/perf/dump

go 1.24
