package redact

import (
	"encoding/base64"
	"strings"
)

// insideTokens are pieces of the names under which a token's header or claims can hold a
// secret: a private key in "jwk", the access token of a distributed claim.
var insideTokens = [...]string{`"kty"`, `"crv"`, "oken", "ecret", "ssertion", "assword", "rivate", `"code`}

// learnToken learns what a signed token holds besides being a secret itself: it is shown
// decoded, too. Most hold nothing, and are not read as JSON for it.
func (m *Masker) learnToken(raw string) {
	if !strings.HasPrefix(raw, "ey") || strings.Count(raw, ".") < 2 {
		return
	}
	header, rest, _ := strings.Cut(raw, ".")
	claims, _, _ := strings.Cut(rest, ".")
	for _, part := range [...]string{header, claims} {
		data, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(part, "="))
		if err != nil {
			continue
		}
		text := string(data)
		for _, piece := range insideTokens {
			if strings.Contains(text, piece) {
				m.learnText(text, false, maxWrapped)
				break
			}
		}
	}
}
