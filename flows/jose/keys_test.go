package jose

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"maps"
	"sync"
	"testing"
	"time"

	gojose "github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"
)

// keyring are real private keys, made once for all tests of the package.
type keyring struct {
	rsa, otherRSA, weakRSA *rsa.PrivateKey
	p256, p384, p521       *ecdsa.PrivateKey
	ed                     ed25519.PrivateKey
}

var makeKeys = sync.OnceValue(func() keyring {
	must := func(err error) {
		if err != nil {
			panic(err)
		}
	}
	var k keyring
	var err error
	k.rsa, err = rsa.GenerateKey(rand.Reader, 2048)
	must(err)
	k.otherRSA, err = rsa.GenerateKey(rand.Reader, 2048)
	must(err)
	k.weakRSA, err = rsa.GenerateKey(rand.Reader, 1024)
	must(err)
	k.p256, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	k.p384, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	must(err)
	k.p521, err = ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	must(err)
	_, k.ed, err = ed25519.GenerateKey(rand.Reader)
	must(err)
	return k
})

// forAlg is the private key that signs with the algorithm.
func (k keyring) forAlg(alg string) crypto.Signer {
	switch alg {
	case "ES256":
		return k.p256
	case "ES384":
		return k.p384
	case "ES512":
		return k.p521
	case "EdDSA":
		return k.ed
	}
	return k.rsa
}

// publicSet is a key set with the kids "rsa", "p256", "p384", "p521", "ed".
func (k keyring) publicSet(t testing.TB) KeySet {
	t.Helper()
	return parseSet(t, jwksOf(t,
		gojose.JSONWebKey{Key: k.rsa.Public(), KeyID: "rsa", Use: "sig"},
		gojose.JSONWebKey{Key: k.p256.Public(), KeyID: "p256"},
		gojose.JSONWebKey{Key: k.p384.Public(), KeyID: "p384"},
		gojose.JSONWebKey{Key: k.p521.Public(), KeyID: "p521"},
		gojose.JSONWebKey{Key: k.ed.Public(), KeyID: "ed"},
	))
}

func jwksOf(t testing.TB, keys ...gojose.JSONWebKey) []byte {
	t.Helper()
	out, err := json.Marshal(gojose.JSONWebKeySet{Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func parseSet(t testing.TB, data []byte) KeySet {
	t.Helper()
	set, _ := ParseJWKS(data)
	if !set.Known {
		t.Fatalf("no key set in %d bytes", len(data))
	}
	return set
}

func kidOf(alg string) string {
	return map[string]string{"ES256": "p256", "ES384": "p384", "ES512": "p521", "EdDSA": "ed"}[alg]
}

// now is the time at which the tests take place.
var now = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

type object = map[string]any

// idClaims is a healthy ID token's payload with changes; a nil value removes a claim.
func idClaims(changes object) object {
	c := object{
		"iss": "https://issuer.test", "sub": "user-1", "aud": "client-1",
		"iat": now.Add(-time.Minute).Unix(), "exp": now.Add(time.Hour).Unix(),
	}
	maps.Copy(c, changes)
	maps.DeleteFunc(c, func(_ string, v any) bool { return v == nil })
	return c
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// sign makes a token by alg over exactly these header and claims.
func sign(t testing.TB, alg string, key any, header, claims any) string {
	t.Helper()
	h, err := json.Marshal(header)
	if err != nil {
		t.Fatal(err)
	}
	c, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	return signText(t, alg, key, b64(h)+"."+b64(c))
}

func signText(t testing.TB, alg string, key any, input string) string {
	t.Helper()
	sig, err := jwt.GetSigningMethod(alg).Sign(input, key)
	if err != nil {
		t.Fatal(err)
	}
	return input + "." + b64(sig)
}

// idToken is a healthy RS256 ID token with changed claims.
func idToken(t testing.TB, changes object) string {
	return sign(t, "RS256", makeKeys().rsa, object{"alg": "RS256", "kid": "rsa", "typ": "JWT"}, idClaims(changes))
}

func mustDecode(t testing.TB, token string) JWT {
	t.Helper()
	j, err := Decode(token)
	if err != nil {
		t.Fatalf("Decode: %v", err)
	}
	return j
}

func codes(problems []Problem) map[string]bool {
	out := map[string]bool{}
	for _, p := range problems {
		out[p.Code] = true
	}
	return out
}

// result returns the result of the first verdict of the check.
func result(verdicts []Verdict, check string) Result {
	for _, v := range verdicts {
		if v.Check == check {
			return v.Result
		}
	}
	return "absent"
}

// failedCodes are the finding codes of all failed verdicts.
func failedCodes(verdicts []Verdict) []string {
	var out []string
	for _, v := range failures(verdicts) {
		out = append(out, v.Check+":"+v.Code)
	}
	return out
}
