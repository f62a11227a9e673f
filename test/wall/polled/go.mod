module example.org/polled

go 1.19
