module whygo.dev/agent

go 1.19
