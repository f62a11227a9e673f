module example.org/services

go 1.23
