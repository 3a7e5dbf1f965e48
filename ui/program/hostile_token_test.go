package program

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"oauthlens/flows/runner/faultserver"
)

// forgery is a row: an ID token, or a key set, that is not what it should be.
type forgery struct {
	name  string
	token func(f *forger) string // nil: a right one
	keys  func(f *forger) []byte // nil: the right ones
	// fails names the check that must fail; empty: the token is right all the same.
	fails string
	// code is a finding that must be there, and why a piece of what a failed check says; empty:
	// any.
	code, why string
}

// What can be wrong beside a check.
const (
	unread = "it is no token that could be checked"
	sealed = "nobody but its audience can open it"
	beyond = "the key is there, in a set larger than what is read"
	// undone: the issuer signs with an algorithm that this program does not know.
	undone  = "it cannot be verified here, which is said"
	keyless = "there is no key set"
)

// forger has what an attacker has: the public key, a key of his own and a server.
type forger struct {
	*party
	nonce string
	evil  string // URL of the attacker's server, which nobody may ask
	own   *ecdsa.PrivateKey
}

func (f *forger) with(change func(c jwt.MapClaims)) string {
	claims := f.claims(f.nonce)
	change(claims)
	return f.sign(nil, claims)
}

func (f *forger) header(h map[string]any) string { return f.sign(h, f.claims(f.nonce)) }

// raw joins a header and the right claims with a signature made by hand.
func (f *forger) raw(header map[string]any, signature string) string {
	encode := func(v any) string {
		data, _ := json.Marshal(v)
		return base64.RawURLEncoding.EncodeToString(data)
	}
	return encode(header) + "." + encode(f.claims(f.nonce)) + "." + signature
}

// ownSigned is signed with the attacker's key.
func (f *forger) ownSigned(header map[string]any) string {
	token := jwt.NewWithClaims(jwt.SigningMethodES256, f.claims(f.nonce))
	maps.Copy(token.Header, header)
	text, err := token.SignedString(f.own)
	if err != nil {
		panic(err)
	}
	return text
}

// symmetric signs by HMAC with the bytes of the public key (RFC 8725 section 2.1).
func (f *forger) symmetric(key []byte) string {
	token := jwt.NewWithClaims(jwt.SigningMethodHS256, f.claims(f.nonce))
	token.Header["kid"] = "one"
	text, err := token.SignedString(key)
	if err != nil {
		panic(err)
	}
	return text
}

func publicPEM() []byte {
	der, err := x509.MarshalPKIXPublicKey(&signer().PublicKey)
	if err != nil {
		panic(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

func claim(name string, value any) func(f *forger) string {
	return func(f *forger) string {
		return f.with(func(c jwt.MapClaims) {
			if c[name] = value; value == nil {
				delete(c, name)
			}
		})
	}
}

func forgeries() []forgery {
	soon := func(d time.Duration) int64 { return time.Now().Add(d).Unix() }
	return slices.Concat([]forgery{
		{name: "right"},
		{name: "alg none", fails: "algorithm", token: func(f *forger) string { return f.raw(map[string]any{"alg": "none", "typ": "JWT"}, "") }},
		{name: "alg NoNe", fails: "algorithm", token: func(f *forger) string { return f.raw(map[string]any{"alg": "NoNe", "kid": "one"}, "") }},
		{name: "alg none, with a signature", fails: "algorithm", token: func(f *forger) string { return f.raw(map[string]any{"alg": "none", "kid": "one"}, "AAAA") }},
		{name: "no alg", fails: unread, token: func(f *forger) string { return f.raw(map[string]any{"kid": "one"}, "AAAA") }},
		{name: "HMAC with the public key as PEM", fails: "algorithm", token: func(f *forger) string { return f.symmetric(publicPEM()) }},
		{name: "HMAC with the public key as JWK", fails: "algorithm", token: func(f *forger) string { b, _ := json.Marshal(publicKey("one")); return f.symmetric(b) }},
		{name: "HMAC with nothing", fails: "algorithm", token: func(f *forger) string { return f.symmetric([]byte{}) }},
		{name: "another key", fails: "signature", token: func(f *forger) string { return f.ownSigned(map[string]any{"kid": "one"}) }},
		{name: "unknown kid", fails: "key", token: func(f *forger) string { return f.header(map[string]any{"kid": "two"}) }},
		{name: "hostile kid", fails: "key", token: func(f *forger) string {
			return f.header(map[string]any{"kid": "../../../dev/null\x1b]0;x\x07\u202e' OR 1=1"})
		}},
		{name: "jku", fails: "header", token: func(f *forger) string { return f.ownSigned(map[string]any{"kid": "own", "jku": f.evil + "/jwks"}) }},
		{name: "x5u", fails: "header", token: func(f *forger) string { return f.ownSigned(map[string]any{"kid": "own", "x5u": f.evil + "/chain.pem"}) }},
		{name: "jwk", fails: "header", token: func(f *forger) string {
			return f.ownSigned(map[string]any{"kid": "own", "jwk": jwkOf(&f.own.PublicKey, "own")})
		}},
		{name: "x5c", fails: "key", token: func(f *forger) string { return f.ownSigned(map[string]any{"kid": "own", "x5c": []string{"AAAA"}}) }},
		{name: "crit", fails: "header", token: func(f *forger) string {
			return f.header(map[string]any{"crit": []string{"exp", "http://example.test/must"}, "http://example.test/must": true})
		}},
		{name: "b64 false", fails: "header", token: func(f *forger) string { return f.header(map[string]any{"crit": []string{"b64"}, "b64": false}) }},
		{name: "wrong nonce", fails: "nonce", token: claim("nonce", "another")},
		{name: "no nonce", fails: "nonce", token: claim("nonce", nil)},
		{name: "wrong audience", fails: "audience", token: claim("aud", "another-client")},
		{name: "no audience", fails: "audience", token: claim("aud", nil)},
		{name: "audience with something around", fails: "audience", token: claim("aud", clientID+"-2")},
		{name: "wrong issuer", fails: "issuer", token: claim("iss", "http://evil.test")},
		{name: "issuer with something behind", fails: "issuer", token: func(f *forger) string { return f.with(func(c jwt.MapClaims) { c["iss"] = f.URL + ".evil.test" }) }},
		{name: "wrong azp", fails: "azp", token: func(f *forger) string {
			return f.with(func(c jwt.MapClaims) { c["aud"], c["azp"] = []string{clientID, "other"}, "other" })
		}},
		{name: "wrong at_hash", fails: "at_hash", token: claim("at_hash", "AAAAAAAAAAAAAAAAAAAAAA")},
		{name: "right at_hash", token: func(f *forger) string {
			sum := sha256.Sum256([]byte(opaqueToken))
			return f.with(func(c jwt.MapClaims) { c["at_hash"] = base64.RawURLEncoding.EncodeToString(sum[:16]) })
		}},
		{name: "wrong c_hash", fails: "c_hash", token: claim("c_hash", "AAAAAAAAAAAAAAAAAAAAAA")},
		{name: "expired", fails: "time", token: claim("exp", soon(-time.Hour))},
		{name: "not yet", fails: "time", token: claim("nbf", soon(time.Hour))},
		{name: "issued tomorrow", fails: "time", token: claim("iat", soon(24*time.Hour))},
		{name: "times as floats", token: claim("exp", float64(soon(time.Hour))+0.5)},
		{name: "times as strings", fails: "form", token: claim("exp", fmt.Sprint(soon(time.Hour)))},
		{name: "times in milliseconds", fails: "form", token: claim("exp", soon(time.Hour)*1000)},
		{name: "a huge time", fails: "form", token: claim("exp", json.Number("1e400"))},
		{name: "a negative time", fails: "time", token: claim("exp", -1)},
		{name: "hostile claims", token: claim("name", "\x1b]0;owned\x07\x1b[2J\u202e\u200b\u009b2J")},
		{name: "claims of 700 KB", token: claim("padding", strings.Repeat("x", 500_000))},
	}, oddTokens(), damagedTokens(), keySets(), oddSignatures(), oddHeaders(), oddKeys(), oddTimes(), oddClaims(), oddForms())
}

// oddTokens are seldom seen: values of another kind, forms of other libraries, sizes.
func oddTokens() []forgery {
	signed := func(header string) func(f *forger) string {
		return func(f *forger) string {
			claims, _ := json.Marshal(f.claims(f.nonce))
			return f.signedAs(header, string(claims))
		}
	}
	return []forgery{
		{name: "alg is a number", fails: unread, token: signed(`{"alg":256,"kid":"one"}`)},
		{name: "alg is a list", fails: unread, token: signed(`{"alg":["ES256"],"kid":"one"}`)},
		{name: "alg twice", fails: "form", token: signed(`{"alg":"none","alg":"ES256","kid":"one"}`)},
		{name: "kid of 300 KB", fails: "key", token: func(f *forger) string { return f.header(map[string]any{"kid": strings.Repeat("k", 300<<10)}) }},
		{name: "kid is a number", fails: "key", token: func(f *forger) string { return f.header(map[string]any{"kid": 1}) }},
		{name: "kid is an object", fails: "key", token: func(f *forger) string { return f.header(map[string]any{"kid": map[string]any{"$ne": ""}}) }},
		{name: "exp of 1e18", fails: "form", token: claim("exp", json.Number("1000000000000000000"))},
		{name: "exp is a list", fails: "form", token: claim("exp", []int{1})},
		{name: "audience in lists of lists", fails: "audience", token: claim("aud", []any{[]any{clientID}})},
		{name: "audience is a number", fails: "audience", token: claim("aud", 7)},
		{name: "audience of 10,000 others", fails: "audience", token: claim("aud", strings.Split(strings.Repeat("other ", 10_000), " "))},
		{name: "issuer is a list", fails: "issuer", token: func(f *forger) string { return f.with(func(c jwt.MapClaims) { c["iss"] = []string{f.URL} }) }},
		{name: "40,000 claims", token: func(f *forger) string {
			return f.with(func(c jwt.MapClaims) {
				for i := range 40_000 {
					c[fmt.Sprint("c", i)] = i
				}
			})
		}},
		{name: "a token in a token", fails: "form", token: func(f *forger) string { return f.resigned(`"` + f.header(nil) + `"`) }},
	}
}

// signedAs signs with the right key under a header given letter by letter.
func (f *forger) signedAs(header, claims string) string {
	text := base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + base64.RawURLEncoding.EncodeToString([]byte(claims))
	signature, err := jwt.SigningMethodES256.Sign(text, signer())
	if err != nil {
		panic(err)
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// damagedTokens are no tokens any more.
func damagedTokens() []forgery {
	cut := func(change func(parts []string) []string) func(f *forger) string {
		return func(f *forger) string { return strings.Join(change(strings.Split(f.header(nil), ".")), ".") }
	}
	return []forgery{
		{name: "JWE", fails: sealed, token: func(*forger) string {
			text := base64.RawURLEncoding.EncodeToString
			return text([]byte(`{"alg":"RSA-OAEP","enc":"A256GCM"}`)) + "." + text(make([]byte, 256)) + "." + text(make([]byte, 12)) + "." + text(make([]byte, 99)) + "." + text(make([]byte, 16))
		}},
		{name: "broken base64 in the claims", fails: "form", token: cut(func(p []string) []string { return []string{p[0], p[1][:9] + "!*=" + p[1][9:], p[2]} })},
		{name: "broken base64 in the signature", fails: "signature", token: cut(func(p []string) []string { return []string{p[0], p[1], "!" + p[2]} })},
		{name: "base64 with padding", fails: "form", token: cut(func(p []string) []string { return []string{p[0], p[1], p[2] + "=="} })},
		{name: "no signature", fails: "signature", token: cut(func(p []string) []string { return []string{p[0], p[1], ""} })},
		{name: "half a signature", fails: "signature", token: cut(func(p []string) []string { return []string{p[0], p[1], p[2][:40]} })},
		{name: "a signature of zeros", fails: "signature", token: cut(func(p []string) []string {
			return []string{p[0], p[1], base64.RawURLEncoding.EncodeToString(make([]byte, 64))}
		})},
		{name: "other claims under the signature", fails: "signature", token: cut(func(p []string) []string {
			claims, _ := base64.RawURLEncoding.DecodeString(p[1])
			return []string{p[0], base64.RawURLEncoding.EncodeToString([]byte(strings.Replace(string(claims), `"person"`, `"admin"`, 1))), p[2]}
		})},
		{name: "claims twice", fails: "form", token: func(f *forger) string {
			text, _ := json.Marshal(f.claims(f.nonce))
			return f.resigned(strings.TrimSuffix(string(text), "}") + `,"sub":"admin"}`)
		}},
		{name: "claims that are a list", fails: "form", token: func(f *forger) string { return f.resigned(`["a"]`) }},
		{name: "claims nested 100,000 deep", fails: "form", token: func(f *forger) string {
			return f.resigned(`{"a":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + `}`)
		}},
	}
}

// resigned signs any text as claims, with the right key.
func (f *forger) resigned(claims string) string {
	signed := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"ES256","kid":"one"}`)) + "." + base64.RawURLEncoding.EncodeToString([]byte(claims))
	signature, err := jwt.SigningMethodES256.Sign(signed, signer())
	if err != nil {
		panic(err)
	}
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature)
}

func jwkOf(key *ecdsa.PublicKey, kid string) map[string]any {
	point, err := key.Bytes()
	if err != nil {
		panic(err)
	}
	text := base64.RawURLEncoding.EncodeToString
	return map[string]any{"kty": "EC", "crv": "P-256", "kid": kid, "alg": "ES256", "x": text(point[1:33]), "y": text(point[33:])}
}

func keySets() []forgery {
	set := func(change func(f *forger, right map[string]any) []map[string]any) func(f *forger) []byte {
		return func(f *forger) []byte { return keySetOf(change(f, publicKey("one"))...) }
	}
	only := func(name string, value any) func(f *forger) []byte {
		return set(func(_ *forger, right map[string]any) []map[string]any {
			right[name] = value
			return []map[string]any{right}
		})
	}
	many := func(n, at int) func(f *forger) []byte {
		return set(func(f *forger, right map[string]any) []map[string]any {
			keys := make([]map[string]any, n)
			for i := range keys {
				keys[i] = jwkOf(&f.own.PublicKey, fmt.Sprint("other-", i))
			}
			keys[at] = right
			return keys
		})
	}
	return []forgery{
		{name: "key set: 5,000 keys", keys: many(5_000, 4999)},
		{name: "key set: 10,000 keys", fails: beyond, keys: many(10_000, 3000)},
		{name: "key set: 10,000 keys, the right one last", fails: "key", keys: many(10_000, 9999)},
		{name: "key set: wrong use", fails: "key", keys: only("use", "enc")},
		{name: "key set: wrong algorithm", fails: "key", keys: only("alg", "ES384")},
		{name: "key set: wrong curve", fails: "key", keys: only("crv", "P-384")},
		{name: "key set: a point that is not on the curve", fails: "key", keys: only("x", base64.RawURLEncoding.EncodeToString(make([]byte, 32)))},
		{name: "key set: broken base64", fails: "key", keys: only("y", "!!!")},
		{name: "key set: hostile kid beside", keys: set(func(f *forger, right map[string]any) []map[string]any {
			return []map[string]any{jwkOf(&f.own.PublicKey, "\x1b]52;c;b3du\x07\u202e"), right}
		})},
		{name: "key set: duplicate kid", keys: set(func(f *forger, right map[string]any) []map[string]any {
			return []map[string]any{jwkOf(&f.own.PublicKey, "one"), right}
		})},
		{name: "key set: a private key", fails: "key", keys: set(func(*forger, map[string]any) []map[string]any {
			right := publicKey("one")
			d, err := signer().Bytes()
			if err != nil {
				panic(err)
			}
			right["d"] = base64.RawURLEncoding.EncodeToString(d)
			return []map[string]any{right}
		})},
		{name: "key set: a symmetric key", fails: "key", keys: func(*forger) []byte {
			return keySetOf(map[string]any{"kty": "oct", "kid": "one", "k": "AAAA"})
		}},
		{name: "key set: an RSA key of 512 bits", fails: "key", keys: func(*forger) []byte {
			text := base64.RawURLEncoding.EncodeToString
			weak := rsa.PublicKey{E: 65537}
			return keySetOf(map[string]any{"kty": "RSA", "kid": "one", "n": text(append([]byte{0xc1}, make([]byte, 63)...)), "e": text([]byte{1, 0, 1}), "size": weak.E})
		}},
		{name: "key set: an RSA key of 1,000,000 bits", fails: "key", keys: func(*forger) []byte {
			return keySetOf(map[string]any{"kty": "RSA", "kid": "one", "n": base64.RawURLEncoding.EncodeToString(append([]byte{0xc1}, make([]byte, 125_000)...)), "e": "AQAB"})
		}},
		{name: "key set: empty", fails: "key", keys: func(*forger) []byte { return keySetOf() }},
		{name: "key set: keys is null", fails: "key", keys: func(*forger) []byte { return []byte(`{"keys":null}`) }},
		{name: "key set: nested 100,000 deep", fails: "key", keys: func(*forger) []byte {
			return []byte(`{"keys":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + `}`)
		}},
	}
}

func tokenRows(t *testing.T, b *table, home string) {
	own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range forgeries() {
		kind := "tokens"
		if row.keys != nil {
			kind = "key sets"
		}
		b.row(t, kind, row.name, func(t *testing.T) { tryForgery(t, home, row, own) })
	}
}

func tryForgery(t *testing.T, home string, row forgery, own *ecdsa.PrivateKey) {
	healthy, _ := faultserver.ByName("none")
	attacker, err := faultserver.Start(t.Context(), healthy, faultserver.Options{Body: string(keySetOf(jwkOf(&own.PublicKey, "own")))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(attacker.Close)
	p := newParty(t)
	f := &forger{party: p, evil: attacker.URL, own: own}
	if row.token != nil {
		p.idToken = func(_ *party, nonce string) string {
			return row.token(&forger{party: p, nonce: nonce, evil: attacker.URL, own: own})
		}
	}
	if row.keys != nil {
		p.keys = row.keys(f)
	}
	bound := memory
	if row.keys != nil {
		bound = keysMemory
	}
	run := call(t, home, invocation{memory: bound, args: []string{"run", "custom", "--client-id", clientID, "--scope", "openid", "--redirect-uri", "http://127.0.0.1:0/callback", "--approve", "--json", "--issuer", p.URL}})
	d := run.document(t)
	p.check(t)
	if len(attacker.Log()) != 0 {
		t.Errorf("the attacker's server was asked: %q", attacker.Log()[0].Head)
	}
	row.judge(t, run, d)
	for name, key := range map[string]interface{ Bytes() ([]byte, error) }{"attacker": own, "issuer": signer()} {
		if private, err := key.Bytes(); err != nil || strings.Contains(run.stdout.String()+run.stderr.String(), b64url(private)) {
			t.Errorf("the private key of the %s is shown (%v)", name, err)
		}
	}
	if t.Failed() {
		for _, j := range d.JWTs {
			t.Log(j.Of, j.Signature, j.Verdicts)
		}
		t.Log(d.Findings)
	}
}

// judge holds the document against the row: a token that fails is not called good, and the
// right check says why.
func (row forgery) judge(t *testing.T, run *program, d document) {
	t.Helper()
	signature, why := "", ""
	for _, j := range d.JWTs {
		if j.Of == "id_token" {
			signature = j.Signature
			for _, v := range j.Verdicts {
				if v.Result == "failed" {
					why += v.Why + "\n"
				}
			}
		}
	}
	switch {
	case row.fails == "" && (signature != "verified" || run.code != 0):
		t.Errorf("signature %s, exit code %d", signature, run.code)
	case row.fails == sealed, row.fails == undone, row.fails == keyless:
		if signature != "unverified" || (run.code != 0) != (row.fails == keyless) {
			t.Errorf("signature %s of what cannot be checked, exit code %d", signature, run.code)
		}
	case row.fails == beyond:
		if signature != "verified" || run.code != 1 {
			t.Errorf("signature %s, exit code %d", signature, run.code)
		}
	case row.fails == unread && signature == "" && run.code == 1:
	case row.fails != "" && (run.code != 1 || !d.errors()):
		t.Errorf("exit code %d for a token that must not be trusted", run.code)
	case row.fails != "" && d.verdict("id_token", row.fails) != "failed":
		t.Errorf("the check %s is %q", row.fails, d.verdict("id_token", row.fails))
	case slices.Contains([]string{"signature", "algorithm", "key"}, row.fails) && signature == "verified":
		t.Error("the signature counts as verified")
	}
	if row.code != "" && !slices.ContainsFunc(d.Findings, func(f struct{ Code, Severity, Title string }) bool { return f.Code == row.code }) {
		t.Errorf("there is no finding %s", row.code)
	}
	if !strings.Contains(why, row.why) {
		t.Errorf("no failed check says %q", row.why)
	}
}
