package jose

import (
	"crypto/ecdh"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	gojose "github.com/go-jose/go-jose/v4"

	"oauthlens/flows/runner/faultserver"
)

// withMembers adds members to a public key's JSON.
func withMembers(t testing.TB, key gojose.JSONWebKey, more object) string {
	t.Helper()
	text, err := json.Marshal(key)
	if err != nil {
		t.Fatal(err)
	}
	var m object
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	for k, v := range more {
		m[k] = v
	}
	out, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func TestOneBadKeyDoesNotLoseTheOthers(t *testing.T) {
	k := makeKeys()
	pub := gojose.JSONWebKey{Key: k.rsa.Public(), KeyID: "good", Use: "sig", Algorithm: "RS256"}
	good := withMembers(t, pub, nil)
	x, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		key    string
		code   string
		usable bool
	}{
		"private RSA":        {withMembers(t, gojose.JSONWebKey{Key: k.otherRSA, KeyID: "a"}, nil), "key-private", true},
		"private EC":         {withMembers(t, gojose.JSONWebKey{Key: k.p256, KeyID: "a"}, nil), "key-private", true},
		"symmetric":          {`{"kty":"oct","k":"AAAA","kid":"a"}`, "key-private", false},
		"unknown kty":        {`{"kty":"AKP","alg":"ML-DSA-44","pub":"AA","kid":"a"}`, "key-type-unknown", false},
		"no kty":             {`{"kid":"a"}`, "key-type-unknown", false},
		"weak RSA":           {withMembers(t, gojose.JSONWebKey{Key: k.weakRSA.Public(), KeyID: "a"}, nil), "key-weak", true},
		"duplicate kid":      {withMembers(t, gojose.JSONWebKey{Key: k.otherRSA.Public(), KeyID: "good"}, nil), "kid-duplicate", true},
		"strange use":        {withMembers(t, gojose.JSONWebKey{Key: k.otherRSA.Public(), KeyID: "a", Use: "signing"}, nil), "key-use-unknown", true},
		"alg contradicts":    {withMembers(t, gojose.JSONWebKey{Key: k.p256.Public(), KeyID: "a", Algorithm: "RS256"}, nil), "key-alg-contradiction", true},
		"curve contradicts":  {withMembers(t, gojose.JSONWebKey{Key: k.p256.Public(), KeyID: "a", Algorithm: "ES512"}, nil), "key-alg-contradiction", true},
		"broken certificate": {withMembers(t, gojose.JSONWebKey{Key: k.otherRSA.Public(), KeyID: "a"}, object{"x5c": []string{"!!"}}), "key-certificate-unreadable", true},
		"X25519":             {`{"kty":"OKP","crv":"X25519","kid":"a","x":"` + b64(x.PublicKey().Bytes()) + `"}`, "key-unreadable", false},
		"secp256k1":          {`{"kty":"EC","crv":"secp256k1","kid":"a","x":"AAAA","y":"AAAA"}`, "key-unreadable", false},
		"off the curve":      {`{"kty":"EC","crv":"P-256","kid":"a","x":"` + strings.Repeat("A", 43) + `","y":"` + strings.Repeat("A", 43) + `"}`, "key-unreadable", false},
		"short Ed25519":      {`{"kty":"OKP","crv":"Ed25519","kid":"a","x":"AAAA"}`, "key-unreadable", false},
		"RSA without n":      {`{"kty":"RSA","e":"AQAB","kid":"a"}`, "key-unreadable", false},
		"monstrous RSA":      {`{"kty":"RSA","e":"AQAB","kid":"a","n":"` + strings.Repeat("_", 100_000) + `"}`, "key-too-large", false},
		"no object":          {`"key"`, "key-not-object", false},
		"null":               {`null`, "key-not-object", false},
		"kid a number":       {`{"kty":"RSA","kid":5}`, "key-unreadable", false},
	} {
		t.Run(name, func(t *testing.T) {
			set, problems := ParseJWKS([]byte(`{"keys":[` + tc.key + `,` + good + `]}`))
			if len(set.Keys) != 2 || !set.Known || set.Keys[1].Public == nil || set.Keys[1].Bits != 2048 {
				t.Fatalf("the good key is lost: %+v", set)
			}
			if got := codes(problems); tc.code != "" && !got[tc.code] || tc.code == "" && len(got) > 0 {
				t.Errorf("problems %v, want %q", got, tc.code)
			}
			if k := set.Keys[0]; (k.Public != nil) != tc.usable || k.Public == nil && k.Why == "" {
				t.Errorf("first key: public %v, why %q", k.Public != nil, k.Why)
			}
			for _, p := range problems {
				if p.Text == "" || !strings.HasPrefix(p.Where, "$.keys") || p.Spec == "" {
					t.Errorf("bad problem %+v", p)
				}
			}
		})
	}
}

func TestShapesOfAKeySet(t *testing.T) {
	key := withMembers(t, gojose.JSONWebKey{Key: makeKeys().p256.Public(), KeyID: "a"}, nil)
	for name, tc := range map[string]struct {
		in    string
		keys  int
		known bool
		code  string
	}{
		"set":          {`{"keys":[` + key + `]}`, 1, true, ""},
		"bare array":   {`[` + key + `]`, 1, true, "jwks-bare-array"},
		"single key":   {key, 1, true, "jwks-single-key"},
		"empty":        {`{"keys":[]}`, 0, true, "jwks-empty"},
		"null":         {`{"keys":null}`, 0, true, "jwks-empty"},
		"trailing":     {`{"keys":[` + key + `]} x`, 1, true, "trailing"},
		"byte-order":   {"\ufeff" + `{"keys":[` + key + `]}`, 1, true, "bom"},
		"cut short":    {`{"keys":[` + key + `,{"kty":"RSA","n":"AA`, 2, true, "syntax"},
		"no keys":      {`{"jwks":[]}`, 0, false, "jwks-no-keys"},
		"keys object":  {`{"keys":{}}`, 0, false, "jwks-keys-form"},
		"string":       {`"keys"`, 0, false, "jwks-not-object"},
		"HTML":         {`<!doctype html>`, 0, false, "jwks-not-json"},
		"nothing":      {``, 0, false, "jwks-not-json"},
		"far too much": {strings.Repeat(" ", MaxJWKS+1), 0, false, "jwks-too-large"},
	} {
		set, problems := ParseJWKS([]byte(tc.in))
		if len(set.Keys) != tc.keys || set.Known != tc.known {
			t.Errorf("%s: %d keys, known %v", name, len(set.Keys), set.Known)
		}
		if got := codes(problems); tc.code != "" && !got[tc.code] || tc.code == "" && len(got) > 0 {
			t.Errorf("%s: problems %v, want %q", name, got, tc.code)
		}
	}
}

// manyKeys is a set of n keys of which the last is that of the keyring.
func manyKeys(t testing.TB, n int) []byte {
	k := makeKeys()
	filler, err := json.Marshal(gojose.JSONWebKey{Key: k.otherRSA.Public(), Use: "sig"})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString(`{"keys":[`)
	for i := range n - 1 {
		fmt.Fprintf(&b, `{"kid":"k%d",%s,`, i, filler[1:])
	}
	last, err := json.Marshal(gojose.JSONWebKey{Key: k.rsa.Public(), KeyID: "rsa"})
	if err != nil {
		t.Fatal(err)
	}
	b.Write(last)
	b.WriteString("]}")
	return []byte(b.String())
}

func TestTenThousandKeys(t *testing.T) {
	set, problems := ParseJWKS(manyKeys(t, 10_000))
	if len(set.Keys) != 10_000 || len(problems) > 0 {
		t.Fatalf("%d keys, problems %v", len(set.Keys), codes(problems))
	}
	v := Verify(mustDecode(t, idToken(t, nil)), set, Expect{})
	if SignatureStatus(v) != "verified" {
		t.Errorf("verdicts %+v", failures(v))
	}
	set, problems = ParseJWKS([]byte(`{"keys":[` + strings.Repeat(`{},`, MaxKeys) + `{}]}`))
	if len(set.Keys) != MaxKeys || !codes(problems)["jwks-too-many-keys"] {
		t.Errorf("%d keys", len(set.Keys))
	}
}

// The example of RFC 7638 section 3.1.
func TestThumbprint(t *testing.T) {
	set, _ := ParseJWKS([]byte(`{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"}`))
	if got := set.Keys[0].Thumbprint(); got != "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs" {
		t.Errorf("thumbprint %q", got)
	}
	if got := (Key{}).Thumbprint(); got != "" {
		t.Errorf("thumbprint of nothing: %q", got)
	}
}

func BenchmarkParseTenThousandKeys(b *testing.B) {
	data := manyKeys(b, 10_000)
	for b.Loop() {
		ParseJWKS(data)
	}
}

func BenchmarkDecodeAndVerify(b *testing.B) {
	token, keys := idToken(b, nil), makeKeys().publicSet(b)
	for b.Loop() {
		Verify(mustDecode(b, token), keys, Expect{Issuer: "https://issuer.test", Now: now})
	}
}

func FuzzParseJWKS(f *testing.F) {
	k := makeKeys()
	f.Add(jwksOf(f, gojose.JSONWebKey{Key: k.rsa.Public(), KeyID: "a"}, gojose.JSONWebKey{Key: k.p256, KeyID: "a"}, gojose.JSONWebKey{Key: k.ed.Public()}))
	for _, s := range []string{
		``, `{}`, `{"keys":[]}`, `{"keys":[null,1,{"kty":"oct","k":"AA"}]}`, `[{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}]`,
		`{"keys":[{"kty":"RSA","n":"AQ","e":"AQAB","kid":"\u001b[2J","use":"\u202e"}]}`, `{"kty":"OKP","crv":"Ed25519","x":"` + b64(make([]byte, 32)) + `"}`,
		`{"keys":[{"kty":"RSA","n":"AQAB","e":"____________"}]}`, `{"keys":[{"kty":"RSA","n":"AQAB","e":"AQ","use":[],"alg":7,"key_ops":"verify"},{"kty":"ec","crv":"p-256","key_ops":["verify","verify"]}]}`,
		withMembers(f, gojose.JSONWebKey{Key: k.p256.Public(), KeyID: "a", Use: "sig"}, object{"x5c": []string{"MIIB"}, "x5t#S256": "AA", "key_ops": []string{"verify", "encrypt"}}),
	} {
		f.Add([]byte(s))
	}
	token := sign(f, "ES256", k.p256, object{"alg": "ES256"}, object{})
	for _, a := range faultserver.Answers(f.Context(), `{"keys":[{"kty":"EC","crv":"P-256","kid":"one","x":"AAAA","y":"AAAA"}]}`, 4<<10) {
		f.Add(a.Body())
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		set, problems := ParseJWKS(data)
		for _, p := range problems {
			if p.Code == "" || p.Text == "" || strings.ContainsAny(p.Text+p.Where, "\x00\x07\x1b\n\u202e") {
				t.Fatalf("bad problem %+v", p)
			}
		}
		for _, k := range set.Keys {
			if k.Public == nil && k.Why == "" {
				t.Fatalf("key %d is unusable without a reason", k.Index)
			}
		}
		Verify(mustDecode(t, token), set, Expect{})
	})
}
