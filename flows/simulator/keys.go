package simulator

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	_ "crypto/sha256" // registers the hash functions that the JWS algorithms name
	_ "crypto/sha512"
	"crypto/x509"
	"embed"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"strings"
	"sync"
)

// The keys in testkeys are test keys of the simulator and of nothing else. They are
// published with the program, so that it starts at once and its pictures are stable;
// nobody may trust what they sign. Config.FreshKeys does without them.
//
//go:embed testkeys/*.pem
var testKeyFiles embed.FS

// keyring holds the signing keys, each parsed or made at its first use.
type keyring struct {
	fresh bool
	mu    sync.Mutex
	held  map[string]crypto.Signer
}

// keyKind names the kind of key that a JWS algorithm (RFC 7518 section 3.1) signs with;
// empty if the algorithm is not one of ours.
func keyKind(alg string) string {
	switch alg {
	case "RS256", "RS384", "RS512", "PS256", "PS384", "PS512":
		return "rsa"
	case "ES256":
		return "p256"
	case "ES384":
		return "p384"
	case "ES512":
		return "p521"
	case "EdDSA":
		return "ed25519"
	}
	return ""
}

func (k *keyring) key(kind string) (crypto.Signer, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if s, ok := k.held[kind]; ok {
		return s, nil
	}
	read := embeddedKey
	if k.fresh {
		read = freshKey
	}
	s, err := read(kind)
	if err != nil {
		return nil, err
	}
	if k.held == nil {
		k.held = map[string]crypto.Signer{}
	}
	k.held[kind] = s
	return s, nil
}

func embeddedKey(kind string) (crypto.Signer, error) {
	data, err := testKeyFiles.ReadFile("testkeys/simulator-test-key-" + kind + ".pem")
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, fmt.Errorf("test key %s: no PEM block", kind)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	s, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("test key %s: %T cannot sign", kind, key)
	}
	return s, nil
}

func freshKey(kind string) (crypto.Signer, error) {
	switch kind {
	case "rsa":
		return rsa.GenerateKey(rand.Reader, 2048)
	case "p256":
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "p384":
		return ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case "p521":
		return ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	case "ed25519":
		_, s, err := ed25519.GenerateKey(rand.Reader)
		return s, err
	}
	return nil, fmt.Errorf("no key of kind %q", kind)
}

// kid is stable, so that pictures are.
func (k *keyring) kid(kind string) string {
	if k.fresh {
		return "simulator-fresh-" + kind
	}
	return "simulator-test-" + kind
}

// jwk is the public half as a JSON Web Key (RFC 7517), for the algorithm.
func (k *keyring) jwk(alg string) (object, error) {
	kind := keyKind(alg)
	signer, err := k.key(kind)
	if err != nil {
		return nil, err
	}
	o := object{}
	switch pub := signer.Public().(type) {
	case *rsa.PublicKey:
		o = append(o, member{"kty", "RSA"}, member{"n", b64(pub.N.Bytes())}, member{"e", b64(big.NewInt(int64(pub.E)).Bytes())})
	case *ecdsa.PublicKey:
		raw, err := pub.Bytes()
		if err != nil {
			return nil, err
		}
		half := (len(raw) - 1) / 2
		o = append(o, member{"kty", "EC"}, member{"crv", pub.Curve.Params().Name}, member{"x", b64(raw[1 : 1+half])}, member{"y", b64(raw[1+half:])})
	case ed25519.PublicKey:
		o = append(o, member{"kty", "OKP"}, member{"crv", "Ed25519"}, member{"x", b64(pub)})
	default:
		return nil, fmt.Errorf("no JWK for %T", pub)
	}
	return append(o, member{"use", "sig"}, member{"alg", alg}, member{"kid", k.kid(kind)}), nil
}

// sign makes a JWS in compact form (RFC 7515 section 7.1).
func (k *keyring) sign(alg, typ string, claims object) (string, error) {
	signer, err := k.key(keyKind(alg))
	if err != nil {
		return "", err
	}
	header, err := json.Marshal(object{{"alg", alg}, {"kid", k.kid(keyKind(alg))}, {"typ", typ}})
	if err != nil {
		return "", err
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	input := b64(header) + "." + b64(payload)
	sig, err := signature(signer, alg, []byte(input))
	if err != nil {
		return "", err
	}
	return input + "." + b64(sig), nil
}

func signature(signer crypto.Signer, alg string, input []byte) ([]byte, error) {
	hash := map[string]crypto.Hash{"256": crypto.SHA256, "384": crypto.SHA384, "512": crypto.SHA512}[strings.TrimLeft(alg, "RSPE")]
	switch key := signer.(type) {
	case ed25519.PrivateKey:
		return ed25519.Sign(key, input), nil
	case *ecdsa.PrivateKey:
		r, s, err := ecdsa.Sign(rand.Reader, key, digest(hash, input))
		if err != nil {
			return nil, err
		}
		// RFC 7518 section 3.4: both numbers at full width, one after the other.
		size := (key.Curve.Params().BitSize + 7) / 8
		out := make([]byte, 2*size)
		r.FillBytes(out[:size])
		s.FillBytes(out[size:])
		return out, nil
	case *rsa.PrivateKey:
		if strings.HasPrefix(alg, "PS") {
			return rsa.SignPSS(rand.Reader, key, hash, digest(hash, input), &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
		}
		return rsa.SignPKCS1v15(nil, key, hash, digest(hash, input))
	}
	return nil, fmt.Errorf("cannot sign %s with %T", alg, signer)
}

func digest(h crypto.Hash, data []byte) []byte {
	d := h.New()
	d.Write(data)
	return d.Sum(nil)
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
