package jose

import (
	"crypto/rsa"
	"encoding/asn1"
	"fmt"
	"math/big"
	"strings"
)

// formHint tells what is the matter with a signature that does not verify, where its form
// says so; keys are those that fit.
func (v *verifier) formHint(keys []Key) string {
	a, _ := algorithms(v.jwt.Alg)
	signature := v.jwt.Signature
	if raw, ok := fromDER(signature, a.size/2); a.kty == "EC" && ok {
		form := " It is in DER (ASN.1), where JWS has r and s side by side (RFC 7518 section 3.4)"
		if k, ok := v.tryAs(v.jwt.Alg, raw, keys); ok {
			return form + "; converted, it would verify with " + k.name() + "."
		}
		return form + "."
	}
	if a.size != 0 && a.size != len(signature) {
		return fmt.Sprintf(" It has %d bytes, but %s makes %d: it may be cut short or in another encoding.", len(signature), v.jwt.Alg, a.size)
	}
	if a.kty == "EC" && (allZero(signature[:a.size/2]) || allZero(signature[a.size/2:])) {
		return " Its r or its s is zero, which no signature has; a reader that forgets to check that takes it for any token (CVE-2022-21449)."
	}
	if p, ok := firstRSA(keys); ok && p.Size() != len(signature) {
		return fmt.Sprintf(" It has %d bytes, but a key of %d bits makes %d.", len(signature), p.N.BitLen(), p.Size())
	}
	for _, alg := range [...]string{"RS256", "PS256", "RS384", "PS384", "RS512", "PS512"} {
		if k, ok := v.tryAs(alg, signature, keys); ok && a.kty == "RSA" {
			return " It would verify with " + k.name() + " as " + alg + ": the header names another algorithm than the one that made it."
		}
	}
	return ""
}

func allZero(b []byte) bool { return strings.Trim(string(b), "\x00") == "" }

func firstRSA(keys []Key) (*rsa.PublicKey, bool) {
	if len(keys) == 0 {
		return nil, false
	}
	p, ok := keys[0].Public.(*rsa.PublicKey)
	return p, ok
}

// fromDER turns an ECDSA signature in DER into r and s of size bytes each.
func fromDER(signature []byte, size int) ([]byte, bool) {
	var parts struct{ R, S *big.Int }
	rest, err := asn1.Unmarshal(signature, &parts)
	if err != nil || len(rest) != 0 || parts.R.Sign() < 0 || parts.S.Sign() < 0 || parts.R.BitLen() > 8*size || parts.S.BitLen() > 8*size {
		return nil, false
	}
	return append(parts.R.FillBytes(make([]byte, size)), parts.S.FillBytes(make([]byte, size))...), true
}
