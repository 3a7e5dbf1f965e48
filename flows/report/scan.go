package report

import (
	"fmt"
	"regexp"
	"sync"
)

// tokenShapes are texts that look like a secret although nobody knows them as one: they
// stand where only a secret stands, or begin as tokens of a well-known issuer do. A
// mask is no such text: its name is followed by a blank, and shorter than twenty.
var tokenShapes = sync.OnceValue(func() []shape {
	return []shape{
		{"a value beside the name of a secret", regexp.MustCompile(`(?i)(?:access_?token|refresh_?token|id_?token|client_?secret|code_?verifier|client_?assertion|device_?code|password)["']?\s{0,4}[=:]\s{0,4}["']?[A-Za-z0-9._~+/=-]{20,}`)},
		{"a bearer token", regexp.MustCompile(`(?i)\bbearer\s{1,4}[A-Za-z0-9._~+/=-]{20,}`)},
		{"basic credentials", regexp.MustCompile(`(?i)authorization["']?\s{0,4}:\s{0,4}["']?basic\s{1,4}[A-Za-z0-9+/=_-]{8,}(?:[^A-Za-z0-9+/=_ -]|$)`)},
		{"a private key", regexp.MustCompile(`-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----`)},
		{"a token of a known issuer", regexp.MustCompile(`\b(?:gh[oprsu]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{30,}|xox[abprs]-[A-Za-z0-9-]{20,}|ya29\.[A-Za-z0-9_-]{20,}|sk_(?:live|test)_[A-Za-z0-9]{16,}|AKIA[A-Z0-9]{16})`)},
	}
})

type shape struct {
	name string
	form *regexp.Regexp
}

// shapes describes what in data looks like a secret, without showing it.
func shapes(data []byte) []string {
	var out []string
	for _, sh := range tokenShapes() {
		if at := sh.form.FindIndex(data); at != nil {
			out = append(out, fmt.Sprintf("%s at byte %d", sh.name, at[0]))
		}
	}
	return out
}
