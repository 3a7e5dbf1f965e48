package program

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"fmt"
	"math/big"
	"strings"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// smallRSA is a key that no library makes any more: so few bits, or such an exponent.
type smallRSA struct{ n, e, d *big.Int }

func newSmallRSA(bits int, e int64) smallRSA {
	for {
		p, errP := rand.Prime(rand.Reader, bits/2)
		q, errQ := rand.Prime(rand.Reader, bits/2)
		if errP != nil || errQ != nil {
			panic("no primes")
		}
		one := big.NewInt(1)
		phi := new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one))
		k := smallRSA{n: new(big.Int).Mul(p, q), e: big.NewInt(e)}
		if k.d = new(big.Int).ModInverse(k.e, phi); k.d != nil || e%2 == 0 {
			return k
		}
	}
}

// sign is RSASSA-PKCS1-v1_5 with SHA-256 by hand (RFC 8017 section 8.2.1).
func (k smallRSA) sign(input []byte) []byte {
	sum := sha256.Sum256(input)
	info := append([]byte{0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20}, sum[:]...)
	size := (k.n.BitLen() + 7) / 8
	m := make([]byte, size)
	m[1] = 1
	for i := 2; i < size-len(info)-1; i++ {
		m[i] = 0xff
	}
	copy(m[size-len(info):], info)
	d := k.d
	if d == nil {
		d = big.NewInt(1)
	}
	return new(big.Int).Exp(new(big.Int).SetBytes(m), d, k.n).FillBytes(make([]byte, size))
}

var certificate = sync.OnceValue(func() [3]string { // of another key, expired, right
	make := func(public any, until time.Time) string {
		t := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "issuer"}, NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: until}
		der, err := x509.CreateCertificate(rand.Reader, t, t, public, rsaSigner())
		if err != nil {
			panic(err)
		}
		return base64.StdEncoding.EncodeToString(der)
	}
	other, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	return [3]string{make(&other.PublicKey, time.Now().Add(time.Hour)), make(&signer().PublicKey, time.Now().Add(-time.Hour)), make(&signer().PublicKey, time.Now().Add(time.Hour))}
})

func rs256(key *rsa.PrivateKey) func(f *forger) string {
	return func(f *forger) string {
		return signedWith(jwt.SigningMethodRS256, key, `{"alg":"RS256","kid":"one"}`)(f)
	}
}

// oddKeys are keys that must not be used, or must be in spite of what stands around them.
func oddKeys() []forgery {
	es := func(more map[string]any) func(*forger) []byte {
		return func(*forger) []byte {
			k := publicKey("one")
			for name, v := range more {
				if k[name] = v; v == nil {
					delete(k, name)
				}
			}
			return keySetOf(k)
		}
	}
	small := func(bits int, e int64) (func(f *forger) string, func(*forger) []byte) {
		k := sync.OnceValue(func() smallRSA { return newSmallRSA(bits, e) })
		return func(f *forger) string { return made(`{"alg":"RS256","kid":"one"}`, f.text(""), k().sign) },
			func(*forger) []byte { return keySetOf(rsaJWK(k().n, k().e, nil)) }
	}
	weak := func(name string, bits int, e int64, why string) forgery {
		token, keys := small(bits, e)
		return forgery{name: name, fails: "key", code: "signing-key-unknown", why: why, token: token, keys: keys}
	}
	okp := func(curve string, size int) func(*forger) []byte {
		return func(*forger) []byte {
			return keySetOf(map[string]any{"kty": "OKP", "crv": curve, "kid": "one", "x": b64url(make([]byte, size))})
		}
	}
	return []forgery{
		weak("key set: RSA 512", 512, 65537, "RFC 7518 section 3.3"), weak("key set: RSA 1024", 1024, 65537, "only 1024 bits"), weak("key set: RSA 2040", 2040, 65537, "only 2040 bits"),
		weak("key set: RSA exponent 1", 2048, 1, "anybody"), weak("key set: RSA exponent even", 2048, 65536, "even"),
		{name: "key set: RSA exponent huge", fails: "key", why: `2001 bits`, token: rs256(rsaSigner()), keys: func(*forger) []byte {
			return keySetOf(rsaJWK(rsaSigner().N, new(big.Int).Add(new(big.Int).Lsh(big.NewInt(1), 2000), big.NewInt(1)), nil))
		}},
		{name: "key set: RSA exponent 0", fails: "key", token: rs256(rsaSigner()), keys: func(*forger) []byte {
			return keySetOf(map[string]any{"kty": "RSA", "kid": "one", "n": b64url(rsaSigner().N.Bytes()), "e": "AA"})
		}},
		{name: "key set: RSA exponent 2^32+1", fails: "key", token: rs256(rsaSigner()), keys: func(*forger) []byte { return keySetOf(rsaJWK(rsaSigner().N, new(big.Int).SetUint64(1<<32+1), nil)) }},
		{name: "key set: RSA exponent missing", fails: "key", token: rs256(rsaSigner()), keys: goodRSA(map[string]any{"e": 65537})},
		{name: "key set: RSA even modulus", fails: "key", token: rs256(rsaSigner()), keys: func(*forger) []byte {
			return keySetOf(rsaJWK(new(big.Int).Lsh(rsaSigner().N, 1), big.NewInt(65537), nil))
		}},
		{name: "key set: RSA modulus with leading zero", token: rs256(rsaSigner()), keys: func(*forger) []byte {
			return keySetOf(map[string]any{"kty": "RSA", "kid": "one", "n": b64url(append([]byte{0}, rsaSigner().N.Bytes()...)), "e": "AQAB"})
		}},
		{name: "key set: RSA modulus in standard base64 with padding", fails: "key", why: `base64url without padding`, token: rs256(rsaSigner()), keys: func(*forger) []byte {
			return keySetOf(map[string]any{"kty": "RSA", "kid": "one", "n": base64.StdEncoding.EncodeToString(rsaSigner().N.Bytes()), "e": "AQAB"})
		}},
		{name: "key set: OKP X25519", fails: "key", why: `key agreement`, keys: okp("X25519", 32), token: func(f *forger) string {
			return signedWith(jwt.SigningMethodEdDSA, edSigner(), `{"alg":"EdDSA","kid":"one"}`)(f)
		}},
		{name: "key set: OKP Ed448", fails: undone, keys: okp("Ed448", 57), token: func(f *forger) string {
			return made(`{"alg":"Ed448","kid":"one"}`, f.text(""), func([]byte) []byte { return make([]byte, 114) })
		}},
		{name: "key set: OKP Ed448 with EdDSA", fails: "key", why: `cannot verify with`, keys: okp("Ed448", 57), token: func(f *forger) string {
			return made(`{"alg":"EdDSA","kid":"one"}`, f.text(""), func([]byte) []byte { return make([]byte, 114) })
		}},
		{name: "key set: OKP Ed25519 of 31 bytes", fails: "key", keys: okp("Ed25519", 31), token: func(f *forger) string {
			return signedWith(jwt.SigningMethodEdDSA, edSigner(), `{"alg":"EdDSA","kid":"one"}`)(f)
		}},
		{name: "key set: OKP all zero key", fails: "key", keys: okp("Ed25519", 32), token: func(f *forger) string {
			return made(`{"alg":"EdDSA","kid":"one"}`, f.text(""), func([]byte) []byte { return make([]byte, 64) })
		}},
		{name: "key set: OKP identity key", fails: "key", keys: func(*forger) []byte {
			return keySetOf(map[string]any{"kty": "OKP", "crv": "Ed25519", "kid": "one", "x": b64url(append([]byte{1}, make([]byte, 31)...))})
		}, token: func(f *forger) string {
			return made(`{"alg":"EdDSA","kid":"one"}`, f.text(""), func([]byte) []byte { return append(append([]byte{1}, make([]byte, 31)...), make([]byte, 32)...) })
		}},
		{name: "key set: secp256k1", fails: "key", keys: es(map[string]any{"crv": "secp256k1", "alg": "ES256K"})},
		{name: "key set: use ENC", fails: "key", why: `"use" is`, keys: es(map[string]any{"use": "ENC"})},
		{name: "key set: use number", fails: "key", why: `must be a string`, keys: es(map[string]any{"use": 7})},
		{name: "key set: use unknown", fails: "key", keys: es(map[string]any{"use": "tls"})},
		{name: "key set: use array", fails: "key", keys: es(map[string]any{"use": []string{"sig"}})},
		{name: "key set: key_ops encrypt", fails: "key", keys: es(map[string]any{"use": nil, "key_ops": []string{"encrypt"}})},
		{name: "key set: key_ops contradict use", fails: "key", why: `contradict`, keys: es(map[string]any{"key_ops": []string{"verify", "encrypt"}})},
		{name: "key set: key_ops twice", keys: es(map[string]any{"key_ops": []string{"verify", "verify"}})},
		{name: "key set: key_ops string", fails: "key", why: `must be a list`, keys: es(map[string]any{"key_ops": "verify"})},
		{name: "key set: key_ops empty", fails: "key", why: `do not list`, keys: es(map[string]any{"key_ops": []string{}})},
		{name: "key set: key_ops sign", fails: "key", keys: es(map[string]any{"key_ops": []string{"sign"}})},
		{name: "key set: alg es256", fails: "key", keys: es(map[string]any{"alg": "es256"})},
		{name: "key set: alg number", fails: "key", why: `must be a string`, keys: es(map[string]any{"alg": 256})},
		{name: "key set: alg none in key", fails: "key", keys: es(map[string]any{"alg": "none"})},
		{name: "key set: alg RSA-OAEP in key", fails: "key", keys: es(map[string]any{"alg": "ECDH-ES"})},
		{name: "key set: kty lower", fails: "key", why: `case-sensitive`, keys: es(map[string]any{"kty": "ec"})},
		{name: "key set: kty RSA with EC members", fails: "key", keys: es(map[string]any{"kty": "RSA"})},
		{name: "key set: kty missing", fails: "key", keys: es(map[string]any{"kty": nil})},
		{name: "key set: crv p-256", fails: "key", why: `case-sensitive`, keys: es(map[string]any{"crv": "p-256"})},
		{name: "key set: x short", fails: "key", why: `has 3 bytes`, keys: es(map[string]any{"x": "AAAA"})},
		{name: "key set: point infinity", fails: "key", why: `not on the curve`, keys: es(map[string]any{"x": b64url(make([]byte, 32)), "y": b64url(make([]byte, 32))})},
		{name: "key set: x5c other", fails: "key", why: `for another key`, keys: func(f *forger) []byte { return es(map[string]any{"x5c": []string{certificate()[0]}})(f) }},
		{name: "key set: x5c expired", fails: "", keys: func(f *forger) []byte { return es(map[string]any{"x5c": []string{certificate()[1]}})(f) }},
		{name: "key set: x5c right", fails: "", keys: func(f *forger) []byte { return es(map[string]any{"x5c": []string{certificate()[2]}})(f) }},
		{name: "key set: x5c garbage", keys: es(map[string]any{"x5c": []string{"AAAA"}})},
		{name: "key set: x5c string", keys: es(map[string]any{"x5c": "AAAA"})},
		{name: "key set: x5c of 10,000", keys: es(map[string]any{"x5c": strings.Split(strings.Repeat("AAAA ", 10000), " ")})},
		{name: "key set: x5c alone", fails: "key", keys: func(f *forger) []byte {
			return es(map[string]any{"x5c": []string{certificate()[2]}, "x": nil, "y": nil})(f)
		}},
		{name: "key set: x5t wrong", fails: "key", why: `x5t#S256`, keys: func(f *forger) []byte {
			return es(map[string]any{"x5c": []string{certificate()[2]}, "x5t#S256": "AAAA"})(f)
		}},
		{name: "key set: x5u in key", fails: "", keys: func(f *forger) []byte { return es(map[string]any{"x5u": f.evil + "/x"})(f) }},
		{name: "key set: n twice", fails: "key", token: rs256(rsaSigner()), keys: func(f *forger) []byte {
			return []byte(strings.Replace(string(goodRSA(nil)(f)), `"n":`, `"n":"AQAB","n":`, 1))
		}},
		{name: "key set: keys twice", fails: "signature", keys: func(f *forger) []byte {
			own := string(keySetOf(jwkOf(&f.own.PublicKey, "one")))
			return []byte(strings.TrimSuffix(own, "}") + "," + string(keySetOf(publicKey("one")))[1:])
		}},
		{name: "key set: two keys one kid, other first", keys: func(f *forger) []byte { return keySetOf(jwkOf(&f.own.PublicKey, "one"), publicKey("one")) }},
		{name: "key set: keys without kid", fails: "key", keys: func(f *forger) []byte {
			a, b := publicKey("one"), jwkOf(&f.own.PublicKey, "x")
			delete(a, "kid")
			delete(b, "kid")
			return keySetOf(b, a)
		}},
		{name: "key set: keys without kid, token without", token: func(f *forger) string { return f.header(map[string]any{"kid": nil}) }, keys: func(f *forger) []byte {
			a, b := publicKey("one"), jwkOf(&f.own.PublicKey, "x")
			delete(a, "kid")
			delete(b, "kid")
			return keySetOf(b, a)
		}},
		{name: "key set: 1,000 keys with one kid", fails: "signature", why: `the first 100`, keys: func(f *forger) []byte {
			var out []map[string]any
			for range 1000 {
				out = append(out, jwkOf(&f.own.PublicKey, "one"))
			}
			return keySetOf(out...)
		}},
		{name: "key set: 1,000 EC keys none with kid, forged", fails: "key", code: "signing-key-unknown", why: `the first 100`, token: func(f *forger) string {
			return f.ownSigned(map[string]any{})
		}, keys: func(f *forger) []byte {
			var out []map[string]any
			for range 1000 {
				k := publicKey("")
				delete(k, "kid")
				delete(k, "use")
				delete(k, "alg")
				out = append(out, k)
			}
			return keySetOf(out...)
		}},
		{name: "key set: 300 RSA keys of 16,384 bits", fails: "key", token: func(f *forger) string {
			return made(`{"alg":"RS256"}`, f.text(""), func([]byte) []byte { return append([]byte{0}, make([]byte, 2047)...) })
		}, keys: func(f *forger) []byte {
			n := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 16384), big.NewInt(159))
			var out []map[string]any
			for range 300 {
				k := rsaJWK(n, big.NewInt(65537), nil)
				delete(k, "kid")
				out = append(out, k)
			}
			return keySetOf(out...)
		}},
		{name: "key set: private beside", keys: func(f *forger) []byte {
			k := jwkOf(&f.own.PublicKey, "other")
			d, _ := f.own.Bytes()
			k["d"] = b64url(d)
			return keySetOf(publicKey("one"), k)
		}},
		{name: "key set: RSA private with CRT", fails: "key", token: rs256(rsaSigner()), keys: func(f *forger) []byte {
			k := rsaSigner()
			return goodRSA(map[string]any{"d": b64url(k.D.Bytes()), "p": b64url(k.Primes[0].Bytes()), "q": b64url(k.Primes[1].Bytes()), "dp": b64url(k.Precomputed.Dp.Bytes()), "dq": b64url(k.Precomputed.Dq.Bytes()), "qi": b64url(k.Precomputed.Qinv.Bytes())})(f)
		}},
		{name: "key set: oct with HS256 beside", fails: "", keys: func(f *forger) []byte {
			return keySetOf(publicKey("one"), map[string]any{"kty": "oct", "kid": "mac", "k": b64url([]byte(strings.Repeat("symmetric-secret", 3))), "alg": "HS256"})
		}},
		{name: "key set: HS256 with the published oct", fails: "algorithm", token: func(f *forger) string {
			return signedWith(jwt.SigningMethodHS256, []byte(strings.Repeat("symmetric-secret", 3)), `{"alg":"HS256","kid":"mac"}`)(f)
		}, keys: func(f *forger) []byte {
			return keySetOf(map[string]any{"kty": "oct", "kid": "mac", "k": b64url([]byte(strings.Repeat("symmetric-secret", 3))), "alg": "HS256"})
		}},
		{name: "key set: keys by their kid", fails: keyless, code: "signing-key-unknown", keys: func(*forger) []byte {
			return []byte(strings.NewReplacer("[", `{"one":`, "]", "}").Replace(string(keySetOf(publicKey("one")))))
		}},
		{name: "key set: set is a JWT", fails: keyless, code: "signing-key-unknown", keys: func(f *forger) []byte { return []byte(f.sign(nil, jwt.MapClaims{"keys": []any{publicKey("one")}})) }},
		{name: "key set: set is PEM", fails: keyless, code: "signing-key-unknown", keys: func(f *forger) []byte { return publicPEM() }},
		{name: "key set: set is firebase map", fails: keyless, code: "signing-key-unknown", keys: func(f *forger) []byte { return []byte(fmt.Sprintf(`{"one":%q}`, publicPEM())) }},
	}
}
