//go:build unix

package agent

import "syscall"

// processCPU asks the kernel. The runtime's own /cpu/classes/ metrics are only
// brought up to date when a garbage collection ends, so they can stand still
// for minutes in a busy process.
func processCPU() (cpuTime, bool) {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return cpuTime{}, false
	}
	return cpuTime{user: seconds(usage.Utime), system: seconds(usage.Stime)}, true
}

func seconds(t syscall.Timeval) float64 {
	return float64(t.Sec) + float64(t.Usec)/1e6
}
