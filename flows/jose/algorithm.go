package jose

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	_ "crypto/sha256" // the hashes that the table names
	_ "crypto/sha512"
	"fmt"
	"slices"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

// algorithm is one signature algorithm that may verify a token.
type algorithm struct {
	method jwt.SigningMethod
	kty    string
	curve  string // P-256, ...; empty for RSA
	hash   crypto.Hash
	// size of a signature in bytes; 0 for RSA, where the key decides
	size int
}

// algorithms is the closed table of what is accepted (RFC 7518 section 3.1, RFC 8037
// section 3.1, RFC 9864 section 2.2): signatures by private keys only. A method is
// taken from here and never from the library's registry by the token's word.
func algorithms(alg string) (algorithm, bool) {
	switch alg {
	case "RS256":
		return algorithm{method: jwt.SigningMethodRS256, kty: "RSA", hash: crypto.SHA256}, true
	case "RS384":
		return algorithm{method: jwt.SigningMethodRS384, kty: "RSA", hash: crypto.SHA384}, true
	case "RS512":
		return algorithm{method: jwt.SigningMethodRS512, kty: "RSA", hash: crypto.SHA512}, true
	case "PS256":
		return algorithm{method: jwt.SigningMethodPS256, kty: "RSA", hash: crypto.SHA256}, true
	case "PS384":
		return algorithm{method: jwt.SigningMethodPS384, kty: "RSA", hash: crypto.SHA384}, true
	case "PS512":
		return algorithm{method: jwt.SigningMethodPS512, kty: "RSA", hash: crypto.SHA512}, true
	case "ES256":
		return algorithm{method: jwt.SigningMethodES256, kty: "EC", curve: "P-256", hash: crypto.SHA256, size: 64}, true
	case "ES384":
		return algorithm{method: jwt.SigningMethodES384, kty: "EC", curve: "P-384", hash: crypto.SHA384, size: 96}, true
	case "ES512":
		return algorithm{method: jwt.SigningMethodES512, kty: "EC", curve: "P-521", hash: crypto.SHA512, size: 132}, true
	case "EdDSA", "Ed25519":
		return algorithm{method: jwt.SigningMethodEdDSA, kty: "OKP", curve: "Ed25519", hash: crypto.SHA512, size: 64}, true
	}
	return algorithm{}, false
}

// acceptedNames is for sentences.
const acceptedNames = "RS256/384/512, PS256/384/512, ES256/384/512, EdDSA (Ed25519)"

// registeredElsewhere are signature algorithms of the IANA registry that this program
// does not implement: a token with one of them is not wrong, only unverified. The result is
// the type and the curve of their keys.
func registeredElsewhere(alg string) (kty, curve string, ok bool) {
	switch alg {
	case "ES256K":
		return "EC", "secp256k1", true
	case "Ed448":
		return "OKP", "Ed448", true
	case "ESP256":
		return "EC", "P-256", true
	case "ESP384":
		return "EC", "P-384", true
	case "ESP512":
		return "EC", "P-521", true
	case "ML-DSA-44", "ML-DSA-65", "ML-DSA-87":
		return "AKP", "", true
	}
	return "", "", false
}

// names tells whether the set has a key of this type and curve, under the kid if there is
// one, that says nothing against the algorithm.
func (s KeySet) names(kid string, hasKid bool, kty, curve, alg string) bool {
	return slices.ContainsFunc(s.Keys, func(k Key) bool {
		return (!hasKid || k.HasID && k.ID == kid) && k.Type == kty && k.Curve == curve && (k.Alg == "" || k.Alg == alg)
	})
}

// unfit says why the key cannot verify signatures of this algorithm; empty if it can.
func (k Key) unfit(alg string) string {
	a, ok := algorithms(alg)
	switch {
	case k.Public == nil:
		return k.Why
	case k.Private:
		return "its private half is published in the key set, so anybody could have made the signature"
	case !ok:
		return "the algorithm " + shown(alg) + " is not accepted"
	case k.Bits < weakRSA && k.Type == "RSA":
		return fmt.Sprintf("it is an RSA key of only %d bits, and RFC 7518 section 3.3 wants %d at least", k.Bits, weakRSA)
	case k.against != "":
		return k.against
	case k.Use == "enc":
		return "it is for encryption (\"use\": \"enc\")"
	case k.Use != "" && k.Use != "sig":
		return "its \"use\" is " + shown(k.Use) + ", not \"sig\""
	case k.hasOps && !slices.Contains(k.Ops, "verify"):
		return "its \"key_ops\" do not list \"verify\""
	case k.Alg != "" && !sameAlg(k.Alg, alg):
		return "it is for the algorithm " + shown(k.Alg)
	}
	switch p := k.Public.(type) {
	case *rsa.PublicKey:
		if a.kty == "RSA" {
			return ""
		}
	case *ecdsa.PublicKey:
		if a.kty == "EC" && p.Curve.Params().Name == a.curve {
			return ""
		}
		if a.kty == "EC" {
			return fmt.Sprintf("it is on the curve %s, but %s needs %s", p.Curve.Params().Name, alg, a.curve)
		}
	case ed25519.PublicKey:
		if a.kty == "OKP" {
			return ""
		}
	}
	return fmt.Sprintf("it is of type %s, but %s needs %s", k.Type, alg, a.kty)
}

// sameAlg: EdDSA with an Ed25519 key and Ed25519 are the same (RFC 9864 section 2.2).
func sameAlg(a, b string) bool {
	return a == b || strings.HasPrefix(a, "Ed") && strings.HasPrefix(b, "Ed") && a != "Ed448" && b != "Ed448"
}

// verify checks the signature with one key; nil means that it is good.
func (a algorithm) verify(input string, signature []byte, key crypto.PublicKey) error {
	return a.method.Verify(input, signature, key)
}
