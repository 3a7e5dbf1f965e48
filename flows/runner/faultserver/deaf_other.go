//go:build !linux

package faultserver

// deafAddress gives an address that nobody has (RFC 5737), which most networks drop.
func deafAddress(*Server) (string, error) { return "http://192.0.2.1:9", nil }
