module whygo.dev/conformance/demangle

go 1.25.0

require github.com/ianlancetaylor/demangle v0.0.0-20250417193237-f615e6bd150b
