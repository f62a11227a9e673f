package agent

// cpuTime is the CPU time of the whole process, in seconds.
type cpuTime struct{ user, system float64 }
