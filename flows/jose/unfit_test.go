package jose

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	gojose "github.com/go-jose/go-jose/v4"
)

// certificateOf is a certificate in base64 for a key, signed by another.
func certificateOf(t *testing.T, public any, until time.Time) string {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "issuer"}, NotBefore: until.Add(-time.Hour), NotAfter: until}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, makeKeys().rsa)
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(der)
}

// A key that must not be used is refused with the reason, whatever the signature is worth.
func TestUnfitKeys(t *testing.T) {
	k := makeKeys()
	rsaToken := sign(t, "RS256", k.rsa, object{"alg": "RS256", "kid": "a"}, object{})
	ecToken := sign(t, "ES256", k.p256, object{"alg": "ES256", "kid": "a"}, object{})
	edToken := sign(t, "EdDSA", k.ed, object{"alg": "EdDSA", "kid": "a"}, object{})
	rsaKey := func(more object) string {
		return withMembers(t, gojose.JSONWebKey{Key: k.rsa.Public(), KeyID: "a"}, more)
	}
	ecKey := func(more object) string {
		return withMembers(t, gojose.JSONWebKey{Key: k.p256.Public(), KeyID: "a"}, more)
	}
	number := func(n *big.Int) string { return b64(n.Bytes()) }
	for name, tc := range map[string]struct{ token, key, why string }{
		"1024 bits":          {sign(t, "RS256", k.weakRSA, object{"alg": "RS256", "kid": "a"}, object{}), withMembers(t, gojose.JSONWebKey{Key: k.weakRSA.Public(), KeyID: "a"}, nil), "RFC 7518 section 3.3"},
		"exponent 0":         {rsaToken, rsaKey(object{"e": "AA"}), "exponent is 0"},
		"exponent 1":         {rsaToken, rsaKey(object{"e": "AQ"}), "anybody"},
		"even exponent":      {rsaToken, rsaKey(object{"e": number(big.NewInt(65536))}), "even"},
		"exponent of 2^40+1": {rsaToken, rsaKey(object{"e": number(big.NewInt(1<<40 + 1))}), "41 bits"},
		"even modulus":       {rsaToken, rsaKey(object{"n": number(new(big.Int).Lsh(k.rsa.N, 1))}), "modulus is even"},
		"modulus too large":  {rsaToken, rsaKey(object{"n": number(new(big.Int).Lsh(k.rsa.N, 8000))}), "more than the 8192"},
		"padded modulus":     {rsaToken, rsaKey(object{"n": base64.StdEncoding.EncodeToString(k.rsa.N.Bytes())}), "base64url without padding"},
		"short x":            {ecToken, ecKey(object{"x": "AAAA"}), "has 3 bytes"},
		"off the curve":      {ecToken, ecKey(object{"x": b64(make([]byte, 32))}), "not on the curve"},
		"curve in capitals":  {ecToken, ecKey(object{"crv": "p-256"}), "case-sensitive"},
		"type in small":      {ecToken, ecKey(object{"kty": "ec"}), "case-sensitive"},
		"Ed448":              {edToken, `{"kty":"OKP","crv":"Ed448","kid":"a","x":"` + b64(make([]byte, 57)) + `"}`, "cannot verify with"},
		"X25519":             {edToken, `{"kty":"OKP","crv":"X25519","kid":"a","x":"` + b64(make([]byte, 32)) + `"}`, "key agreement"},
		"the neutral point":  {edToken, `{"kty":"OKP","crv":"Ed25519","kid":"a","x":"` + b64(append([]byte{1}, make([]byte, 31)...)) + `"}`, "not one of an Ed25519 key"},
		"use in capitals":    {ecToken, ecKey(object{"use": "SIG"}), `not "sig"`},
		"use a number":       {ecToken, ecKey(object{"use": 1}), "must be a string"},
		"alg a list":         {ecToken, ecKey(object{"alg": []string{"ES256"}}), "must be a string"},
		"alg of another":     {rsaToken, rsaKey(object{"alg": "PS256"}), `for the algorithm "PS256"`},
		"no operations":      {ecToken, ecKey(object{"key_ops": []string{}}), "do not list"},
		"operations a text":  {ecToken, ecKey(object{"key_ops": "verify"}), "must be a list"},
		"use against ops":    {ecToken, ecKey(object{"use": "sig", "key_ops": []string{"verify", "wrapKey"}}), "contradict"},
		"another's x5c":      {ecToken, ecKey(object{"x5c": []string{certificateOf(t, k.otherRSA.Public(), now.Add(time.Hour))}}), "for another key"},
		"another's x5t":      {ecToken, ecKey(object{"x5c": []string{certificateOf(t, k.p256.Public(), now.Add(time.Hour))}, "x5t#S256": "AAAA"}), "x5t#S256"},
	} {
		v := Verify(mustDecode(t, tc.token), parseSet(t, []byte(`{"keys":[`+tc.key+`]}`)), Expect{})
		i := slices.IndexFunc(v, func(v Verdict) bool { return v.Check == CheckKey })
		if v[i].Result != Failed || v[i].Code != CodeKeyUnknown || !strings.Contains(v[i].Why, tc.why) || SignatureStatus(v) != "unverified" {
			t.Errorf("%s: status %s: %+v", name, SignatureStatus(v), v[i])
		}
	}
}

// What is odd about a key and no reason to refuse it is said.
func TestKeysWithRemarks(t *testing.T) {
	k := makeKeys()
	token := sign(t, "ES256", k.p256, object{"alg": "ES256", "kid": "a"}, object{})
	private, err := json.Marshal(gojose.JSONWebKey{Key: k.otherRSA, KeyID: "other"})
	if err != nil {
		t.Fatal(err)
	}
	key := func(more object) string {
		return withMembers(t, gojose.JSONWebKey{Key: k.p256.Public(), KeyID: "a"}, more)
	}
	for name, tc := range map[string]struct{ keys, says string }{
		"its certificate":       {key(object{"x5c": []string{certificateOf(t, k.p256.Public(), now.Add(time.Hour))}}), "an EC key on P-256."},
		"an ended certificate":  {key(object{"x5c": []string{certificateOf(t, k.p256.Public(), now.Add(-time.Hour))}}), "ended at"},
		"a certificate of junk": {key(object{"x5c": []string{"MIIB"}}), "an EC key on P-256."},
		"an operation twice":    {key(object{"key_ops": []string{"verify", "verify"}}), "an EC key on P-256."},
		"a private key beside":  {key(nil) + "," + string(private), `publishes the private half of key "other"`},
	} {
		v := Verify(mustDecode(t, token), parseSet(t, []byte(`{"keys":[`+tc.keys+`]}`)), Expect{Now: now})
		i := slices.IndexFunc(v, func(v Verdict) bool { return v.Check == CheckKey })
		if v[i].Result != Passed || !strings.Contains(v[i].Why, tc.says) || SignatureStatus(v) != "verified" {
			t.Errorf("%s: status %s: %+v", name, SignatureStatus(v), v[i])
		}
	}
}

// However many keys there are, a signature is tried with a few; the right one is found where
// the token names it.
func TestFewKeysAreTried(t *testing.T) {
	k := makeKeys()
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	same := parseSet(t, jwksOf(t, gojose.JSONWebKey{Key: other.Public(), KeyID: "a"})).Keys[0]
	right := parseSet(t, jwksOf(t, gojose.JSONWebKey{Key: k.p256.Public(), KeyID: "a"})).Keys[0]
	for n, want := range map[int]string{maxTried - 1: "verified", maxTried: "failed"} {
		set := KeySet{Known: true, Keys: append(slices.Repeat([]Key{same}, n), right)}
		v := Verify(mustDecode(t, sign(t, "ES256", k.p256, object{"alg": "ES256", "kid": "a"}, object{})), set, Expect{})
		if SignatureStatus(v) != want {
			t.Errorf("%d others before it: %s", n, SignatureStatus(v))
		}
		if text := v[len(v)-1].Why; want == "failed" && !slices.ContainsFunc(v, func(v Verdict) bool { return strings.Contains(v.Why, "the first 100 were tried") }) {
			t.Errorf("nothing says that not all were tried: %s", text)
		}
	}
}
