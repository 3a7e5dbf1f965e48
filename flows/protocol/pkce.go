package protocol

import (
	"crypto/sha256"
	"encoding/base64"

	"oauthlens/flows"
)

// Challenge is the code_challenge of a verifier (RFC 7636 section 4.2); empty with PKCE off.
func Challenge(method flows.PKCEMethod, verifier string) string {
	switch method {
	case flows.PKCES256:
		sum := sha256.Sum256([]byte(verifier))
		return base64.RawURLEncoding.EncodeToString(sum[:])
	case flows.PKCEPlain:
		return verifier
	}
	return ""
}
