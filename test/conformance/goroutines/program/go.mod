module whygo.dev/conformance/deadlocked

go 1.24
