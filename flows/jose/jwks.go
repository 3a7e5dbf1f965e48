package jose

import (
	"crypto"
	"encoding/base64"
	"fmt"
	"time"

	gojose "github.com/go-jose/go-jose/v4"

	"oauthlens/flows/rawjson"
)

// Bounds of a key set.
const (
	// MaxJWKS is the longest key set that is read, in bytes.
	MaxJWKS = 32 << 20
	// MaxKeys is how many keys of a set are read.
	MaxKeys = 20000
	// maxKeyMember bounds one member of a key, in characters: an RSA modulus of 16,384
	// bits has 2,731. Bigger ones only burn time.
	maxKeyMember = 2800
)

// KeySet is a JWK Set (RFC 7517 section 5) as far as it could be read. The zero KeySet
// means that no key set is known, which is not the same as one without keys.
type KeySet struct {
	Keys  []Key
	Known bool
}

// Key is one key of a set.
type Key struct {
	Index int // in the set, from 0
	ID    string
	HasID bool
	Type  string // kty: "RSA", "EC", "OKP", "oct"
	Use   string
	Alg   string
	Curve string
	Ops   []string
	Bits  int // size of an RSA modulus or of a curve
	// Certified is when the certificate of x5c ends; zero if there is none that can be read.
	Certified time.Time
	// Public is the verification key: *rsa.PublicKey, *ecdsa.PublicKey or
	// ed25519.PublicKey; nil if it cannot verify a signature here.
	Public crypto.PublicKey
	// Private: the set contains the private half (or a symmetric key). It is not kept, and
	// a key that everybody can sign with verifies nothing.
	Private bool
	// Why says why Public is nil.
	Why string
	// against says why the key must not be used although it could be: its members
	// contradict each other.
	against string
	hasOps  bool
}

// name is how a sentence refers to the key.
func (k Key) name() string {
	if k.HasID {
		return "key " + shown(k.ID)
	}
	return fmt.Sprintf("key number %d (no kid)", k.Index+1)
}

// Thumbprint is the JWK thumbprint (RFC 7638) by SHA-256 in base64url, as in cnf.jkt and
// dpop_jkt; empty if the key is unusable.
func (k Key) Thumbprint() string {
	if k.Public == nil {
		return ""
	}
	sum, err := (&gojose.JSONWebKey{Key: k.Public}).Thumbprint(crypto.SHA256)
	if err != nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(sum)
}

// ByID returns the keys with this kid, in order.
func (s KeySet) ByID(kid string) []Key {
	var out []Key
	for _, k := range s.Keys {
		if k.HasID && k.ID == kid {
			out = append(out, k)
		}
	}
	return out
}

// ParseJWKS reads a key set: an object with "keys", a bare array of keys, or a single
// key. A key that cannot be used stays in the set with the reason; the others are not
// lost. The set is Known if there was anything that looks like a key set.
func ParseJWKS(data []byte) (KeySet, []Problem) {
	if len(data) > MaxJWKS {
		return KeySet{}, []Problem{{Code: "jwks-too-large", Where: "$", Malformed: true, Spec: "RFC 7517 section 5",
			Text: fmt.Sprintf("The key set has %d bytes, more than the %d that are read.", len(data), MaxJWKS)}}
	}
	doc, err := rawjson.Parse(data)
	if err != nil || doc.Root == nil {
		return KeySet{}, []Problem{{Code: "jwks-not-json", Where: "$", Malformed: true, Spec: "RFC 7517 section 5",
			Text: "The key set is not JSON."}}
	}
	problems := fromJSON("jwks", doc)
	nodes, found := keyNodes(doc.Root, &problems)
	if !found {
		return KeySet{}, problems
	}
	set := KeySet{Known: true}
	if len(nodes) > MaxKeys {
		problems = append(problems, Problem{Code: "jwks-too-many-keys", Where: "$.keys", Malformed: true, Spec: "RFC 7517 section 5",
			Text: fmt.Sprintf("The set has %d keys; the first %d are read.", len(nodes), MaxKeys)})
		nodes = nodes[:MaxKeys]
	}
	for i, n := range nodes {
		key, odd := readKey(i, n)
		set.Keys = append(set.Keys, key)
		problems = append(problems, odd...)
	}
	return set, append(problems, duplicateKids(set)...)
}

// keyNodes finds the list of keys.
func keyNodes(root *rawjson.Node, problems *[]Problem) ([]*rawjson.Node, bool) {
	add := func(code, text string) {
		*problems = append(*problems, Problem{Code: code, Where: "$", Text: text, Malformed: true, Spec: "RFC 7517 section 5"})
	}
	switch {
	case root.Kind == rawjson.Array:
		add("jwks-bare-array", "The keys stand in a bare array; a key set is an object with the member \"keys\".")
		return root.Children, true
	case root.Kind != rawjson.Object:
		add("jwks-not-object", "A key set is an object with the member \"keys\", but this is "+kindName(root.Kind)+".")
		return nil, false
	}
	list := root.Member("keys")
	switch {
	case list == nil && root.Member("kty") != nil:
		add("jwks-single-key", "This is a single key, not a key set.")
		return []*rawjson.Node{root}, true
	case list == nil:
		add("jwks-no-keys", "The object has no member \"keys\", so it is no key set.")
		return nil, false
	case list.Kind == rawjson.Null:
		add("jwks-empty", "The member \"keys\" is null: the key set contains no key.")
		return nil, true
	case list.Kind != rawjson.Array:
		add("jwks-keys-form", "The member \"keys\" must be an array but is "+kindName(list.Kind)+".")
		return nil, false
	case len(list.Children) == 0:
		add("jwks-empty", "The key set contains no key.")
	}
	return list.Children, true
}

// readKey reads one key and says what is wrong with it.
func readKey(i int, n *rawjson.Node) (Key, []Problem) {
	k := Key{Index: i}
	var problems []Problem
	add := func(code, spec, text string) {
		problems = append(problems, Problem{Code: code, Where: n.Path(), Text: text, Spec: spec, Malformed: true})
	}
	if n.Kind != rawjson.Object {
		k.Why = "it is " + kindName(n.Kind) + " instead of an object"
		add("key-not-object", "RFC 7517 section 4", "A key must be an object but this is "+kindName(n.Kind)+".")
		return k, problems
	}
	k.ID, k.Type, k.Use = textMember(n, "kid"), textMember(n, "kty"), textMember(n, "use")
	k.Alg, k.Curve = textMember(n, "alg"), textMember(n, "crv")
	if m := n.Member("kid"); m != nil && m.Kind == rawjson.String {
		k.HasID = true
	}
	for _, secret := range []string{"d", "p", "q", "dp", "dq", "qi", "k", "priv", "oth"} {
		k.Private = k.Private || n.Member(secret) != nil
	}
	if k.Private {
		add("key-private", "RFC 7517 section 9.2", "The "+k.name()+" is published with its private half: whoever reads the set can sign tokens. It must be replaced at once.")
	}
	k.readPublic(n, add)
	if k.Public != nil {
		k.readPurpose(n, add)
		k.readCertificate(n, add)
		k.checkUse(add)
	}
	return k, problems
}

// readPublic makes the verification key out of the public members alone, so that a
// broken certificate or a private half does not lose it.
func (k *Key) readPublic(n *rawjson.Node, add func(code, spec, text string)) {
	public := map[string]string{"kty": k.Type}
	for _, name := range []string{"crv", "n", "e", "x", "y"} {
		v := textMember(n, name)
		if len(v) > maxKeyMember {
			k.Why = fmt.Sprintf("its member %q has %d characters, far more than any key in use", name, len(v))
			add("key-too-large", "RFC 7518 section 6", "The "+k.name()+" is not read: "+k.Why+".")
			return
		}
		if v != "" {
			public[name] = v
		}
	}
	switch k.Type {
	case "":
		k.Why = "it has no \"kty\""
	case "oct":
		k.Why = "it is a symmetric key, which must never be published"
	case "RSA":
		k.Why = k.parseRSA(public)
	case "EC":
		k.Why = k.parseEC(public)
	case "OKP":
		k.Why = k.parseOKP(public)
	default:
		k.Why = k.typeDefect()
	}
	if k.Why == "" {
		if k.Type == "RSA" && k.Bits < weakRSA {
			add("key-weak", "RFC 7518 section 3.3", fmt.Sprintf("The %s is not used: it has only %d bits, and RSA keys need at least %d.", k.name(), k.Bits, weakRSA))
		}
		return
	}
	code := "key-unreadable"
	if k.Type == "" || k.Type != "RSA" && k.Type != "EC" && k.Type != "OKP" && k.Type != "oct" {
		code = "key-type-unknown"
	}
	add(code, "RFC 7517 section 5", "The "+k.name()+" cannot be used: "+k.Why+".")
}

// checkUse reports keys that are there for something other than signatures, or whose
// members contradict each other.
func (k *Key) checkUse(add func(code, spec, text string)) {
	switch k.Use {
	case "", "sig", "enc":
	default:
		add("key-use-unknown", "RFC 7517 section 4.2", "The "+k.name()+" is not used: it has the unknown use "+shown(k.Use)+".")
	}
	if why := k.unfit(k.Alg); k.Alg != "" && k.Use != "enc" && !k.Private && why != "" {
		if _, known := algorithms(k.Alg); known {
			add("key-alg-contradiction", "RFC 7517 section 4.4", "The "+k.name()+" contradicts itself: "+why+".")
		}
	}
}

// duplicateKids reports every kid that more than one key has.
func duplicateKids(set KeySet) []Problem {
	count := make(map[string]int, len(set.Keys))
	for _, k := range set.Keys {
		if k.HasID {
			count[k.ID]++
		}
	}
	var out []Problem
	for _, k := range set.Keys {
		if n := count[k.ID]; k.HasID && n > 1 {
			count[k.ID] = 0
			out = append(out, Problem{
				Code: "kid-duplicate", Where: "$.keys", Malformed: true, Spec: "RFC 7517 section 4.5",
				Text: fmt.Sprintf("%d keys share the kid %s, so a token cannot say which one it means.", n, shown(k.ID)),
			})
		}
	}
	return out
}
