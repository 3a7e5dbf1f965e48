package jose

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"

	gojose "github.com/go-jose/go-jose/v4"

	"oauthlens/flows/rawjson"
)

// Bounds of an RSA key: RFC 7518 section 3.3 wants 2048 bits or more; the library that
// checks signatures takes exponents of 31 bits, and more bits than this only burn time.
const (
	weakRSA     = 2048
	largestRSA  = 8192
	exponentMax = 1<<31 - 1
)

// maxCertificate bounds a certificate, in characters of base64.
const maxCertificate = 16 << 10

// octets decodes a member that holds a number or a coordinate: base64url without padding
// (RFC 7518 section 2). The second result says what is wrong.
func octets(public map[string]string, name string) ([]byte, string) {
	text, ok := public[name]
	if !ok {
		return nil, fmt.Sprintf("it has no %q", name)
	}
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return nil, fmt.Sprintf("its %q is not base64url without padding", name)
	}
	return raw, ""
}

// parseEC reads a point (RFC 7518 section 6.2.1), and says why it is no key.
func (k *Key) parseEC(public map[string]string) string {
	var curve elliptic.Curve
	switch k.Curve {
	case "P-256":
		curve = elliptic.P256()
	case "P-384":
		curve = elliptic.P384()
	case "P-521":
		curve = elliptic.P521()
	default:
		return k.curveDefect()
	}
	bits := curve.Params().BitSize
	x, why := coordinate(public, "x", k.Curve, (bits+7)/8)
	if why != "" {
		return why
	}
	y, why := coordinate(public, "y", k.Curve, (bits+7)/8)
	if why != "" {
		return why
	}
	key, err := ecdsa.ParseUncompressedPublicKey(curve, slices.Concat([]byte{4}, x, y))
	if err != nil {
		return "its point is not on the curve " + k.Curve
	}
	k.Bits, k.Public = bits, key
	return ""
}

// parseOKP reads an Ed25519 key (RFC 8037 section 2), and says why it is none.
func (k *Key) parseOKP(public map[string]string) string {
	if k.Curve != "Ed25519" {
		return k.curveDefect()
	}
	if _, why := coordinate(public, "x", k.Curve, ed25519.PublicKeySize); why != "" {
		return why
	}
	text, err := json.Marshal(public)
	if err != nil {
		return "its members are not text"
	}
	var key gojose.JSONWebKey // it refuses points of small order, too
	if err := key.UnmarshalJSON(text); err != nil {
		return "its point is not one of an Ed25519 key"
	}
	p, ok := key.Key.(ed25519.PublicKey)
	if !ok {
		return "it is no public key for signatures"
	}
	k.Bits, k.Public = 256, p
	return ""
}

// parseRSA reads modulus and exponent (RFC 8017 section 3.1), and says why they are no key.
func (k *Key) parseRSA(public map[string]string) string {
	n, why := octets(public, "n")
	if why != "" {
		return why
	}
	e, why := octets(public, "e")
	if why != "" {
		return why
	}
	modulus, exponent := new(big.Int).SetBytes(n), new(big.Int).SetBytes(e)
	switch {
	case exponent.Cmp(big.NewInt(1)) <= 0:
		return "its exponent is " + exponent.String() + ", with which anybody can make a signature"
	case exponent.Bit(0) == 0:
		return "its exponent is even, which that of an RSA key never is"
	case exponent.Cmp(big.NewInt(exponentMax)) > 0:
		return fmt.Sprintf("its exponent has %d bits, more than the 31 that are accepted", exponent.BitLen())
	case modulus.BitLen() > largestRSA:
		return fmt.Sprintf("its modulus has %d bits, more than the %d that are accepted", modulus.BitLen(), largestRSA)
	case modulus.Bit(0) == 0:
		return "its modulus is even, which that of an RSA key never is"
	}
	k.Bits, k.Public = modulus.BitLen(), &rsa.PublicKey{N: modulus, E: int(exponent.Int64())}
	return ""
}

// coordinate decodes a coordinate of a point, which has the full size.
func coordinate(public map[string]string, name, curve string, size int) ([]byte, string) {
	raw, why := octets(public, name)
	if why == "" && len(raw) != size {
		why = fmt.Sprintf("its %q has %d bytes, where %s has %d", name, len(raw), curve, size)
	}
	return raw, why
}

// curveDefect says of a curve that cannot be used why not.
func (k *Key) curveDefect() string {
	switch k.Curve {
	case "":
		return `it has no "crv"`
	case "X25519", "X448":
		return "its curve " + k.Curve + " is for key agreement, not for signatures"
	case "Ed448", "secp256k1":
		return "its curve " + k.Curve + " is one that this program cannot verify with"
	}
	for _, known := range [...]string{"P-256", "P-384", "P-521", "Ed25519"} {
		if strings.EqualFold(k.Curve, known) {
			return "its curve is written " + shown(k.Curve) + "; the names are case-sensitive and this one is " + known
		}
	}
	return "its curve " + shown(k.Curve) + " is not one for signatures that this program knows"
}

// typeDefect says of a type that cannot be used why not.
func (k *Key) typeDefect() string {
	for _, known := range [...]string{"RSA", "EC", "OKP"} {
		if strings.EqualFold(k.Type, known) {
			return "its type is written " + shown(k.Type) + "; the names are case-sensitive and this one is " + known
		}
	}
	return "its type " + shown(k.Type) + " is not one that this program can verify with"
}

// readPurpose reads use, key_ops and alg, which say what the key is for (RFC 7517 sections
// 4.2 to 4.4). A key whose own words contradict each other is not verified with.
func (k *Key) readPurpose(n *rawjson.Node, add func(code, spec, text string)) {
	against := func(code, spec, why string) {
		if k.against == "" {
			k.against = why
		}
		add(code, spec, "The "+k.name()+" is not used: "+why+".")
	}
	for _, name := range [...]string{"use", "alg", "kid", "kty", "crv"} {
		if m := n.Member(name); m != nil && m.Kind != rawjson.String {
			against("key-member-form", "RFC 7517 section 4", fmt.Sprintf("its %q must be a string but is %s", name, kindName(m.Kind)))
		}
	}
	ops := n.Member("key_ops")
	if ops == nil {
		return
	}
	const spec = "RFC 7517 section 4.3"
	if ops.Kind != rawjson.Array {
		against("key-member-form", spec, `its "key_ops" must be a list but is `+kindName(ops.Kind))
		return
	}
	k.hasOps = true
	for _, c := range ops.Children {
		if slices.Contains(k.Ops, c.Text) {
			add("key-ops-duplicate", spec, "The "+k.name()+` lists an operation twice in its "key_ops".`)
		}
		k.Ops = append(k.Ops, c.Text)
	}
	signs := func(op string) bool { return op == "verify" || op == "sign" }
	if k.Use == "sig" && slices.ContainsFunc(k.Ops, func(op string) bool { return !signs(op) }) || k.Use == "enc" && slices.ContainsFunc(k.Ops, signs) {
		against("key-use-contradiction", spec, `its "use" and its "key_ops" contradict each other`)
	}
}

// readCertificate holds the first certificate of x5c against the key (RFC 7517 section
// 4.7). A certificate that cannot be read loses nothing: the key is in the other members.
func (k *Key) readCertificate(n *rawjson.Node, add func(code, spec, text string)) {
	const spec = "RFC 7517 section 4.7"
	chain := n.Member("x5c")
	if chain == nil || k.Public == nil {
		return
	}
	cert := firstCertificate(chain)
	if cert == nil {
		add("key-certificate-unreadable", spec, "The certificate (x5c) of the "+k.name()+" cannot be read.")
		return
	}
	k.Certified = cert.NotAfter.UTC()
	sum := sha256.Sum256(cert.Raw)
	print := textMember(n, "x5t#S256")
	switch {
	case !samePublic(Key{Public: cert.PublicKey}, *k):
		k.against = "its certificate (x5c) is for another key than its other members"
	case print != "" && print != base64.RawURLEncoding.EncodeToString(sum[:]):
		k.against = "its x5t#S256 is not the hash of its certificate (x5c)"
	default:
		return
	}
	add("key-certificate-contradiction", spec, "The "+k.name()+" is not used: "+k.against+".")
}

// firstCertificate reads the first element of x5c: DER in base64, not base64url. It gives
// nil for everything else.
func firstCertificate(chain *rawjson.Node) *x509.Certificate {
	if chain.Kind != rawjson.Array || len(chain.Children) == 0 || chain.Children[0].Kind != rawjson.String || len(chain.Children[0].Text) > maxCertificate {
		return nil
	}
	der, err := base64.StdEncoding.DecodeString(chain.Children[0].Text)
	if err != nil {
		return nil
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil
	}
	return cert
}
