module example.org/services

go 1.23

require whygo.dev/agent v0.0.0

replace whygo.dev/agent => ../../../agent
