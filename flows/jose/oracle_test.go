package jose

import (
	"context"
	"crypto"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
)

// go-oidc guards real applications. On this table of ID tokens it and Verify must come
// to the same answer: refuse, or accept. Where the two differ on purpose the case says
// why.
func TestAgreesWithGoOIDC(t *testing.T) {
	k := makeKeys()
	keys := k.publicSet(t)
	verifier := oidc.NewVerifier("https://issuer.test", &oidc.StaticKeySet{
		PublicKeys: []crypto.PublicKey{k.rsa.Public(), k.p256.Public(), k.p384.Public(), k.p521.Public(), k.ed.Public()},
	}, &oidc.Config{ClientID: "client-1", SupportedSigningAlgs: acceptedAlgs, Now: func() time.Time { return now }})
	healthy := idToken(t, nil)
	unix := func(d time.Duration) int64 { return now.Add(d).Unix() }
	tokens := map[string]string{
		"healthy":            healthy,
		"aud array":          idToken(t, object{"aud": []string{"x", "client-1"}}),
		"other issuer":       idToken(t, object{"iss": "https://evil.test"}),
		"issuer slash":       idToken(t, object{"iss": "https://issuer.test/"}),
		"no issuer":          idToken(t, object{"iss": nil}),
		"other audience":     idToken(t, object{"aud": "client-2"}),
		"no audience":        idToken(t, object{"aud": nil}),
		"expired":            idToken(t, object{"exp": unix(-time.Hour), "iat": unix(-2 * time.Hour)}),
		"no exp":             idToken(t, object{"exp": nil}),
		"nbf now":            idToken(t, object{"nbf": unix(0)}),
		"nbf in an hour":     idToken(t, object{"nbf": unix(time.Hour)}),
		"exp a float":        idToken(t, object{"exp": float64(unix(time.Hour)) + 0.5}),
		"exp a word":         idToken(t, object{"exp": "soon"}),
		"aud a number":       idToken(t, object{"aud": 5}),
		"foreign key":        sign(t, "RS256", k.otherRSA, object{"alg": "RS256", "kid": "rsa"}, idClaims(nil)),
		"foreign key no kid": sign(t, "RS256", k.otherRSA, object{"alg": "RS256"}, idClaims(nil)),
		"crit":               sign(t, "RS256", k.rsa, object{"alg": "RS256", "kid": "rsa", "crit": []string{"x"}, "x": 1}, idClaims(nil)),
		"HS256":              sign(t, "HS256", []byte("public"), object{"alg": "HS256", "kid": "rsa"}, idClaims(nil)),
		"none":               b64([]byte(`{"alg":"none"}`)) + "." + b64([]byte(`{"iss":"https://issuer.test","aud":"client-1"}`)) + ".",
		"cut":                healthy[:len(healthy)-5],
		"two parts":          healthy[:len(healthy)-343],
		"padded":             healthy + "==",
		"array claims":       signText(t, "RS256", k.rsa, b64([]byte(`{"alg":"RS256","kid":"rsa"}`))+"."+b64([]byte(`[]`))),
		"text claims":        signText(t, "RS256", k.rsa, b64([]byte(`{"alg":"RS256","kid":"rsa"}`))+"."+b64([]byte(`hello`))),
	}
	for _, alg := range acceptedAlgs {
		tokens["signed "+alg] = sign(t, alg, k.forAlg(alg), object{"alg": alg, "kid": kidFor(alg)}, idClaims(nil))
	}
	for name, token := range tokens {
		_, err := verifier.Verify(context.Background(), token)
		ours := accepted(token, keys)
		if ours != (err == nil) {
			t.Errorf("%s: accepted here %v, by go-oidc %v (%v)", name, ours, err == nil, err)
		}
	}
	stricter := map[string]string{
		"exp as text":         idToken(t, object{"exp": "1795266000"}),                                                       // RFC 7519 section 2: a number
		"exp in milliseconds": idToken(t, object{"exp": now.Add(time.Hour).UnixMilli()}),                                     // it would live for 54,000 years
		"issued in an hour":   idToken(t, object{"iat": unix(time.Hour), "exp": unix(2 * time.Hour)}),                        // go-oidc leaves iat to the application
		"azp of another":      idToken(t, object{"azp": "client-2"}),                                                         // and azp too
		"access token":        sign(t, "RS256", k.rsa, object{"alg": "RS256", "kid": "rsa", "typ": "at+jwt"}, idClaims(nil)), // typ is not looked at
		"kid unknown":         sign(t, "RS256", k.rsa, object{"alg": "RS256", "kid": "new"}, idClaims(nil)),                  // its static set has no kids
	}
	for name, token := range stricter {
		if _, err := verifier.Verify(context.Background(), token); err != nil || accepted(token, keys) {
			t.Errorf("%s: go-oidc says %v, accepted here %v", name, err, accepted(token, keys))
		}
	}
}

// accepted is what an application would make of the verdicts: nothing failed, and the
// signature is verified.
func accepted(token string, keys KeySet) bool {
	j, err := Decode(token)
	if err != nil {
		return false
	}
	v := Verify(j, keys, Expect{Of: OfIDToken, Issuer: "https://issuer.test", ClientID: "client-1", Now: now})
	return len(failures(v)) == 0 && SignatureStatus(v) == "verified"
}
