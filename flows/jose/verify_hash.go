package jose

import (
	"crypto"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"

	"oauthlens/flows/rawjson"
)

// hash checks at_hash, c_hash and s_hash: the left half of the hash of the ASCII value, by
// the hash of the ID token's own algorithm (OpenID Connect Core sections 3.1.3.6 and
// 3.3.2.11, Financial-grade API 1.0 Part 2 section 5.1).
func (v *verifier) hash(check, got, value, what string) {
	if v.expect.Of == OfAccessToken {
		return
	}
	spec := "OpenID Connect Core 1.0 section 3.1.3.6"
	switch check {
	case CheckCodeHash:
		spec = "OpenID Connect Core 1.0 section 3.3.2.11"
	case CheckStateHash:
		spec = "Financial-grade API 1.0 Part 2 section 5.1"
	}
	add := func(r Result, why string) { v.add(r, check, check, CodeHash, spec, why) }
	a, ok := algorithms(v.jwt.Alg)
	there := v.claimed(check)
	switch {
	case there != nil && v.expect.Of == OfIDToken && (there.Kind != rawjson.String || got == ""):
		said := "empty"
		if there.Kind != rawjson.String {
			said = kindName(there.Kind)
		}
		add(Failed, fmt.Sprintf("The %s is %s, so it ties no %s to the token.", check, said, what))
		return
	case got == "" && (value == "" || check == CheckStateHash):
		if v.expect.Of == OfIDToken && check != CheckStateHash {
			add(Skipped, fmt.Sprintf("The token has no %s, and there is no %s beside it.", check, what))
		}
		return
	case got == "":
		add(Skipped, fmt.Sprintf("The token has no %s, so nothing ties the %s to it; that is allowed here.", check, what))
		return
	case value == "":
		add(Skipped, fmt.Sprintf("The token has %s, but the %s that it belongs to is not known.", check, what))
		return
	case !ok:
		add(Skipped, fmt.Sprintf("Not computed: the algorithm %s says no hash.", shown(v.jwt.Alg)))
		return
	}
	sum := digest(a.hash, value)
	want := base64.RawURLEncoding.EncodeToString(sum[:len(sum)/2])
	if subtle.ConstantTimeCompare([]byte(want), []byte(strings.TrimRight(got, "="))) == 1 {
		add(Passed, fmt.Sprintf("The %s belongs to the %s that came beside the token.", check, what))
		return
	}
	if form := hashForm(got, value, v.jwt.Alg, sum); form != "" {
		add(Failed, fmt.Sprintf("The %s is %s; a strict reader refuses the token.", check, form))
		return
	}
	add(Failed, fmt.Sprintf("The %s does not belong to the %s that came beside the token: one of them was exchanged.", check, what))
}

func digest(hash crypto.Hash, value string) []byte {
	h := hash.New()
	h.Write([]byte(value))
	return h.Sum(nil)
}

// hashForm recognises a hash of the right value that is made or written in another way;
// right is the whole hash as it should have been made.
func hashForm(got, value, alg string, right []byte) string {
	spelled := func(sum []byte) bool {
		return strings.TrimRight(got, "=") == base64.RawURLEncoding.EncodeToString(sum) || strings.TrimRight(got, "=") == base64.RawStdEncoding.EncodeToString(sum) || strings.EqualFold(got, hex.EncodeToString(sum))
	}
	switch {
	case spelled(right[:len(right)/2]):
		return "of the right value, but in another encoding than base64url"
	case spelled(right):
		return "the whole hash of the right value, where the left half of it belongs"
	case spelled(right[len(right)/2:]):
		return "the right half of the hash, where the left half belongs"
	case got == value:
		return "the value itself, which it must only be the hash of"
	}
	for _, h := range [...]crypto.Hash{crypto.SHA256, crypto.SHA384, crypto.SHA512} {
		if sum := digest(h, value); spelled(sum[:len(sum)/2]) || spelled(sum) {
			return "of the right value, but made with " + h.String() + ", which is not the hash of " + alg
		}
	}
	return ""
}
