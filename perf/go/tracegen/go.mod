module whygo.dev/perf/tracegen

go 1.25
