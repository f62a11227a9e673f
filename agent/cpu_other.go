//go:build !unix

package agent

func processCPU() (cpuTime, bool) { return cpuTime{}, false }
