package program

import (
	"crypto"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"strings"
	"sync"

	"github.com/golang-jwt/jwt/v5"
)

func b64url(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// text is the claims as JSON.
func (f *forger) text(more string) string {
	claims, _ := json.Marshal(f.claims(f.nonce))
	if more == "" {
		return string(claims)
	}
	return strings.TrimSuffix(string(claims), "}") + "," + more + "}"
}

// made joins header and claims with what sign makes of them.
func made(header, claims string, sign func(input []byte) []byte) string {
	input := b64url([]byte(header)) + "." + b64url([]byte(claims))
	return input + "." + b64url(sign([]byte(input)))
}

// ecdsaParts are r and s of a right signature.
func ecdsaParts(input []byte) (r, s *big.Int) {
	sum := sha256.Sum256(input)
	der, err := signer().Sign(rand.Reader, sum[:], crypto.SHA256)
	if err != nil {
		panic(err)
	}
	var parts struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(der, &parts); err != nil {
		panic(err)
	}
	return parts.R, parts.S
}

// rsaSigner is a key as it should be; edSigner as well.
var (
	rsaSigner = sync.OnceValue(func() *rsa.PrivateKey {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		return key
	})
	edSigner = sync.OnceValue(func() ed25519.PrivateKey {
		_, key, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			panic(err)
		}
		return key
	})
)

func rsaJWK(n, e *big.Int, more map[string]any) map[string]any {
	out := map[string]any{"kty": "RSA", "kid": "one", "n": b64url(n.Bytes()), "e": b64url(e.Bytes())}
	for name, v := range more {
		out[name] = v
	}
	return out
}

func goodRSA(more map[string]any) func(*forger) []byte {
	return func(*forger) []byte {
		return keySetOf(rsaJWK(rsaSigner().N, big.NewInt(int64(rsaSigner().E)), more))
	}
}

func goodEd(more map[string]any) func(*forger) []byte {
	return func(*forger) []byte {
		out := map[string]any{"kty": "OKP", "crv": "Ed25519", "kid": "one", "x": b64url(edSigner().Public().(ed25519.PublicKey))}
		for name, v := range more {
			out[name] = v
		}
		return keySetOf(out)
	}
}

func signedWith(method jwt.SigningMethod, key any, header string) func(f *forger) string {
	return func(f *forger) string {
		return made(header, f.text(""), func(input []byte) []byte {
			out, err := method.Sign(string(input), key)
			if err != nil {
				panic(err)
			}
			return out
		})
	}
}

// oddSignatures are those of other forms, lengths and algorithms.
func oddSignatures() []forgery {
	es := `{"alg":"ES256","kid":"one"}`
	with := func(header string, sign func(input []byte) []byte) func(f *forger) string {
		return func(f *forger) string { return made(header, f.text(""), sign) }
	}
	pair := func(change func(r, s []byte) []byte) func(f *forger) string {
		return with(es, func(input []byte) []byte {
			r, s := ecdsaParts(input)
			return change(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32)))
		})
	}
	order := signer().Curve.Params().N
	mac := func(header string, key func() []byte) func(f *forger) string {
		return with(header, func(input []byte) []byte {
			h := hmac.New(sha256.New, key())
			h.Write(input)
			return h.Sum(nil)
		})
	}
	der := func() []byte { out, _ := x509.MarshalPKIXPublicKey(&signer().PublicKey); return out }
	return []forgery{
		{name: "ES256 in DER", fails: "signature", code: "signature-invalid", why: `section 3.4`, token: with(es, func(input []byte) []byte {
			sum := sha256.Sum256(input)
			out, _ := signer().Sign(rand.Reader, sum[:], crypto.SHA256)
			return out
		})},
		{name: "r of zero", fails: "signature", why: `is zero`, token: pair(func(_, s []byte) []byte { return append(make([]byte, 32), s...) })},
		{name: "s of zero", fails: "signature", token: pair(func(r, _ []byte) []byte { return append(r, make([]byte, 32)...) })},
		{name: "r and s are the order", fails: "signature", token: pair(func(_, _ []byte) []byte { return append(order.Bytes(), order.Bytes()...) })},
		{name: "s and r", fails: "signature", token: pair(func(r, s []byte) []byte { return append(s, r...) })},
		{name: "r and s of 33 bytes", fails: "signature", token: pair(func(r, s []byte) []byte { return append(append([]byte{0}, r...), append([]byte{0}, s...)...) })},
		{name: "a byte behind", fails: "signature", why: `It has 65 bytes`, token: pair(func(r, s []byte) []byte { return append(append(r, s...), 0) })},
		{name: "a signature of 200 KB", fails: "signature", token: pair(func(r, s []byte) []byte { return append(append(r, s...), make([]byte, 200<<10)...) })},
		{name: "a signature of one byte", fails: "signature", token: pair(func(_, _ []byte) []byte { return []byte{1} })},
		{name: "the other s", token: with(es, func(input []byte) []byte {
			r, s := ecdsaParts(input)
			return append(r.FillBytes(make([]byte, 32)), new(big.Int).Sub(order, s).FillBytes(make([]byte, 32))...)
		})},
		{name: "alg es256", fails: "algorithm", code: "jwt-header-unacceptable", why: `case-sensitive`, token: with(`{"alg":"es256","kid":"one"}`, func(in []byte) []byte { r, s := ecdsaParts(in); return append(r.Bytes(), s.Bytes()...) })},
		{name: "alg hs256", fails: "algorithm", code: "jwt-header-unacceptable", why: `case-sensitive`, token: mac(`{"alg":"hs256","kid":"one"}`, publicPEM)},
		{name: "alg with a blank", fails: "algorithm", token: with(`{"alg":" ES256","kid":"one"}`, func(in []byte) []byte { r, s := ecdsaParts(in); return append(r.Bytes(), s.Bytes()...) })},
		{name: "alg empty", fails: unread, token: with(`{"alg":"","kid":"one"}`, func([]byte) []byte { return nil })},
		{name: "alg null", fails: "algorithm", code: "jwt-malformed", token: with(`{"alg":null,"typ":"JWT","kid":"one"}`, func([]byte) []byte { return []byte("x") })},
		{name: "alg none with zero width", fails: "algorithm", token: with(`{"alg":"none\u200b","kid":"one"}`, func([]byte) []byte { return nil })},
		{name: "alg with sequences", fails: "algorithm", token: with(`{"alg":"\u001b]0;x\u0007ES256","kid":"one"}`, func([]byte) []byte { return []byte("x") })},
		{name: "alg ES256K", fails: "algorithm", code: "jwt-header-unacceptable", why: `no such key`, token: with(`{"alg":"ES256K","kid":"one"}`, func(in []byte) []byte { r, s := ecdsaParts(in); return append(r.Bytes(), s.Bytes()...) })},
		{name: "alg Ed448", fails: "algorithm", code: "jwt-header-unacceptable", why: `no such key`, token: with(`{"alg":"Ed448","kid":"one"}`, func([]byte) []byte { return make([]byte, 114) })},
		{name: "HMAC with the public key as DER", fails: "algorithm", token: mac(`{"alg":"HS256","kid":"one"}`, der)},
		{name: "HMAC with the key set", fails: "algorithm", token: mac(`{"alg":"HS256","kid":"one"}`, func() []byte { return keySetOf(publicKey("one")) })},
		{name: "HMAC with PEM less its last line break", fails: "algorithm", token: mac(`{"alg":"HS256","kid":"one"}`, func() []byte { return []byte(strings.TrimSpace(string(publicPEM()))) })},
		{name: "HMAC with the client secret", fails: "algorithm", token: mac(`{"alg":"HS256","kid":"one"}`, func() []byte { return []byte(clientSecret) })},
		{name: "RS256 right", keys: goodRSA(nil), token: func(f *forger) string {
			return signedWith(jwt.SigningMethodRS256, rsaSigner(), `{"alg":"RS256","kid":"one"}`)(f)
		}},
		{name: "RS256 where the key is for PS256", fails: "key", code: "signing-key-unknown", why: `for the algorithm "PS256"`, keys: goodRSA(map[string]any{"alg": "PS256"}), token: func(f *forger) string {
			return signedWith(jwt.SigningMethodRS256, rsaSigner(), `{"alg":"RS256","kid":"one"}`)(f)
		}},
		{name: "RS256 called PS256", fails: "signature", code: "signature-invalid", why: `as RS256`, keys: goodRSA(nil), token: func(f *forger) string {
			return signedWith(jwt.SigningMethodRS256, rsaSigner(), `{"alg":"PS256","kid":"one"}`)(f)
		}},
		{name: "RS256 called RS512", fails: "signature", keys: goodRSA(nil), token: func(f *forger) string {
			return signedWith(jwt.SigningMethodRS256, rsaSigner(), `{"alg":"RS512","kid":"one"}`)(f)
		}},
		{name: "RS256 under an EC key", fails: "key", token: func(f *forger) string {
			return signedWith(jwt.SigningMethodRS256, rsaSigner(), `{"alg":"RS256","kid":"one"}`)(f)
		}},
		{name: "EdDSA right", keys: goodEd(nil), token: func(f *forger) string {
			return signedWith(jwt.SigningMethodEdDSA, edSigner(), `{"alg":"EdDSA","kid":"one"}`)(f)
		}},
		{name: "Ed25519 right", keys: goodEd(map[string]any{"alg": "EdDSA"}), token: func(f *forger) string {
			return signedWith(jwt.SigningMethodEdDSA, edSigner(), `{"alg":"Ed25519","kid":"one"}`)(f)
		}},
		{name: "JWS as JSON", fails: unread, code: "jwt-malformed", token: func(f *forger) string {
			p := strings.Split(f.header(nil), ".")
			out, _ := json.Marshal(map[string]any{"protected": p[0], "payload": p[1], "signature": p[2]})
			return string(out)
		}},
		{name: "JWS as JSON, general", fails: unread, token: func(f *forger) string {
			p := strings.Split(f.header(nil), ".")
			out, _ := json.Marshal(map[string]any{"payload": p[1], "signatures": []any{map[string]any{"protected": p[0], "signature": p[2]}}})
			return string(out)
		}},
		{name: "detached payload", fails: "form", code: "jwt-malformed", why: `detached`, token: func(f *forger) string {
			p := strings.Split(f.header(nil), ".")
			return p[0] + ".." + p[2]
		}},
	}
}
