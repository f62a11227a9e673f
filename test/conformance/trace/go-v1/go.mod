module whygo.dev/conformance/tracev1

go 1.21
