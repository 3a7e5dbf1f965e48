package diagnose

import (
	"testing"

	"oauthlens/flows"
)

// TestNumberInATransportFailure: the sentence of a failure holds addresses and ports, which
// say nothing about a status.
func TestNumberInATransportFailure(t *testing.T) {
	for text, want := range map[string]string{
		"gave up after 1s while waiting for the first byte of the answer from 127.0.0.1:40723": "server-unreachable",
		"connect: connection refused 10.4.0.7:1407":                                            "server-unreachable",
		"proxy answered 407 Proxy Authentication Required":                                     "proxy-auth-required",
		"CONNECT tunnel failed, response 407":                                                  "proxy-auth-required",
		"(407)":                                                                                "proxy-auth-required",
	} {
		for _, kind := range []flows.ErrorKind{flows.ErrorConnect, flows.ErrorTimeout} {
			m := &message{x: &flows.Exchange{Error: &flows.TransportError{Kind: kind, Message: text}}}
			if got := transportCode(m); got != want {
				t.Errorf("%s %q: %s, want %s", kind, text, got, want)
			}
		}
	}
}
