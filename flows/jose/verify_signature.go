package jose

import (
	"crypto"
	"fmt"
	"strings"

	"oauthlens/flows/rawjson"
)

// maxTried bounds how many keys a signature is tried with: a set that repeats one kid, or
// has none, a thousand times is no reason to compute for seconds.
const maxTried = 100

// keyAndSignature chooses the key (RFC 7515 section 6, RFC 7517 section 4) and checks
// the signature with it (RFC 7515 section 5.2). usable says that alg is accepted.
func (v *verifier) keyAndSignature(usable bool) {
	switch {
	case !usable:
		v.addKey(Skipped, "No key is chosen, since the algorithm cannot be used.")
		v.addSignature(Skipped, "", "Not checked, since the algorithm cannot be used.")
	case len(v.jwt.Parts) < 3 || v.jwt.Parts[2] == "":
		v.addKey(Skipped, "No key is chosen, since there is no signature.")
		v.addSignature(Failed, CodeSignature, fmt.Sprintf("The header promises a signature by %s, but there is none.", v.jwt.Alg))
	case !v.keys.Known:
		v.addKey(Skipped, "The issuer's key set (JWKS) is "+v.keysMissing()+".")
		v.addSignature(Skipped, "", "Not checked, since the issuer's key set (JWKS) is "+v.keysMissing()+".")
	case v.jwt.HeaderDoc.Root.Member("kid") != nil:
		v.named()
	default:
		v.unnamed()
	}
}

// keysMissing is what a key set is that is not there.
func (v *verifier) keysMissing() string {
	if v.expect.KeysLater {
		return "not fetched yet"
	}
	return "not known"
}

func (v *verifier) addKey(r Result, why string) {
	v.add(r, CheckKey, "kid", CodeKeyUnknown, "RFC 7515 section 4.1.4", why)
}

// found reports the key that is chosen, and when its certificate is over: a key set has no
// need of one, but whoever checks it refuses the key.
func (v *verifier) found(why string, k Key) {
	if now := v.expect.Now; !k.Certified.IsZero() && !now.IsZero() && now.After(k.Certified) {
		why += " Its certificate (x5c) ended at " + stamp(k.Certified) + "."
	}
	v.addKey(Passed, why+v.published())
}

// published tells of private halves elsewhere in the set.
func (v *verifier) published() string {
	for _, k := range v.keys.Keys {
		if k.Private {
			return " Beside it the set publishes the private half of " + k.name() + ": whoever reads the set can sign with that one."
		}
	}
	return ""
}

// good reports a signature that fits. If the token is not in the form that was to be
// signed, it is refused all the same: the steps of RFC 7515 section 5.2 that decode the
// header come first.
func (v *verifier) good(k Key) {
	if why := v.unsound(); why != "" {
		v.addSignature(Failed, CodeMalformed, "The signature would fit, made with "+describe(k)+", but "+why+": a strict reader refuses the token.")
		return
	}
	v.addSignature(Passed, "", "The signature is good, made with "+describe(k)+".")
}

// unsound says why a signature that fits is not to be accepted.
func (v *verifier) unsound() string {
	for _, p := range v.jwt.Problems {
		switch {
		case p.Malformed && strings.HasPrefix(p.Where, "header"):
			return "the header is malformed"
		case v.received() && (p.Where == "token" || p.Malformed && strings.HasPrefix(p.Code, "base64-")):
			return "the token did not come in the form of three parts in base64url"
		}
	}
	return ""
}

func (v *verifier) addSignature(r Result, code, why string) {
	v.add(r, CheckSignature, "", code, "RFC 7515 section 5.2", why)
}

// named: the header has a kid.
func (v *verifier) named() {
	if n := v.jwt.HeaderDoc.Root.Member("kid"); n.Kind != rawjson.String {
		v.addKey(Failed, "The header's kid is "+kindName(n.Kind)+", which names no key."+v.hint())
		v.addSignature(Skipped, "", "Not checked: the kid of the token names no key.")
		return
	}
	found := v.keys.ByID(v.jwt.Kid)
	if len(found) == 0 {
		v.addKey(Failed, fmt.Sprintf("The token is signed with the key %s, but the key set has %s.%s",
			shown(v.jwt.Kid), v.listKids(), v.hint()))
		v.addSignature(Skipped, "", "Not checked: no key has the kid of the token.")
		return
	}
	var fit []Key
	var why []string
	for _, k := range found {
		if reason := k.unfit(v.jwt.Alg); reason != "" {
			why = append(why, reason)
			continue
		}
		fit = append(fit, k)
	}
	if len(fit) == 0 {
		v.addKey(Failed, fmt.Sprintf("The key %s cannot verify a token signed with %s: %s.", shown(v.jwt.Kid), v.jwt.Alg, strings.Join(why[:min(3, len(why))], "; ")))
		v.addSignature(Skipped, "", "Not checked: the key of this kid is not for this signature.")
		return
	}
	note := ""
	if len(found) > 1 {
		note = fmt.Sprintf(" (%d keys share this kid; %d can be meant)", len(found), len(fit))
	}
	k, ok := v.try(fit)
	if !ok {
		k = fit[0]
	}
	v.found(fmt.Sprintf("The key set has the key %s, %s%s.", shown(v.jwt.Kid), describe(k), note), k)
	if ok {
		v.good(k)
		return
	}
	v.addSignature(Failed, CodeSignature, fmt.Sprintf("The signature does not verify with the key %s: header, claims or signature were changed, or another key made it.%s%s", shown(v.jwt.Kid), v.formHint(fit), onlySome(fit)))
}

// unnamed: the header has no kid, so every key that fits may be the one.
func (v *verifier) unnamed() {
	var fit []Key
	for _, k := range v.keys.Keys {
		if k.unfit(v.jwt.Alg) == "" {
			fit = append(fit, k)
		}
	}
	if len(fit) == 0 {
		v.addKey(Failed, fmt.Sprintf("The header has no kid, and none of the key set's %d keys can verify %s.", len(v.keys.Keys), v.jwt.Alg))
		v.addSignature(Skipped, "", "Not checked: no key of the set is for this signature.")
		return
	}
	k, ok := v.try(fit)
	switch {
	case ok && len(fit) == 1:
		v.found("The header has no kid; the key set has one key that fits, "+describe(k)+".", k)
	case ok:
		v.found(fmt.Sprintf("The header has no kid; of the %d keys that fit, %s is the one.", len(fit), k.name()), k)
	case len(fit) == 1:
		v.found("The header has no kid; the key set has one key that fits, "+describe(fit[0])+".", fit[0])
		v.addSignature(Failed, CodeSignature, "The signature does not verify with the only key that fits."+v.formHint(fit))
		return
	default:
		v.addKey(Failed, fmt.Sprintf("The header has no kid, and none of the %d keys that fit made the signature.%s", min(len(fit), maxTried), onlySome(fit)))
		v.addSignature(Failed, CodeKeyUnknown, fmt.Sprintf("The signature verifies with none of the %d keys that fit.%s", min(len(fit), maxTried), v.formHint(fit)))
		return
	}
	v.good(k)
}

// onlySome says that not every key was tried.
func onlySome(fit []Key) string {
	if len(fit) <= maxTried {
		return ""
	}
	return fmt.Sprintf(" (Of %d keys that can be meant, the first %d were tried.)", len(fit), maxTried)
}

// try returns the first key that verifies the signature.
func (v *verifier) try(keys []Key) (Key, bool) { return v.tryAs(v.jwt.Alg, v.jwt.Signature, keys) }

// tryAs does the same with another algorithm or form of the signature.
func (v *verifier) tryAs(alg string, signature []byte, keys []Key) (Key, bool) {
	a, ok := algorithms(alg)
	if !ok {
		return Key{}, false
	}
	input := v.jwt.signingInput()
	for _, k := range keys[:min(len(keys), maxTried)] {
		if a.verify(input, signature, k.Public) == nil {
			return k, true
		}
	}
	return Key{}, false
}

// hint tells when a key of another name made the signature after all: then only the
// kid is wrong.
func (v *verifier) hint() string {
	var fit []Key
	for _, k := range v.keys.Keys {
		if len(fit) < maxTried && k.unfit(v.jwt.Alg) == "" {
			fit = append(fit, k)
		}
	}
	if k, ok := v.try(fit); ok {
		return " The signature would verify with " + k.name() + "."
	}
	return ""
}

// listKids names the keys of the set, a few of them.
func (v *verifier) listKids() string {
	if len(v.keys.Keys) == 0 {
		return "no key at all"
	}
	var ids []string
	for _, k := range v.keys.Keys {
		if k.HasID {
			ids = append(ids, shown(k.ID))
		}
	}
	switch {
	case len(ids) == 0:
		return fmt.Sprintf("%d without any kid", len(v.keys.Keys))
	case len(ids) > 4:
		return fmt.Sprintf("%d others: %s and more", len(v.keys.Keys), strings.Join(ids[:4], ", "))
	}
	return "only " + strings.Join(ids, ", ")
}

// describe names a key by what it is: "an RSA key of 2048 bits".
func describe(k Key) string {
	switch k.Type {
	case "RSA":
		return fmt.Sprintf("an RSA key of %d bits", k.Bits)
	case "EC":
		return "an EC key on " + k.Curve
	case "OKP":
		return "an Ed25519 key"
	}
	return "a key"
}

// samePublic compares two public keys.
func samePublic(a, b Key) bool {
	p, ok := a.Public.(interface{ Equal(crypto.PublicKey) bool })
	return ok && b.Public != nil && p.Equal(b.Public)
}
