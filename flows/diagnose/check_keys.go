package diagnose

import (
	"crypto"
	"crypto/hmac"
	_ "crypto/sha256" // HS256
	_ "crypto/sha512" // HS384, HS512
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"oauthlens/flows"
	"oauthlens/flows/jose"
	"oauthlens/flows/rawjson"
)

func countDigits(s string) string {
	whole, _, _ := strings.Cut(s, ".")
	return strconv.Itoa(len(strings.TrimLeft(whole, "-")))
}

// hmacVerifies recomputes a shared-secret signature (RFC 7518 section 3.2).
func hmacVerifies(j *jwt, secret string) bool {
	hash, ok := map[string]crypto.Hash{"HS256": crypto.SHA256, "HS384": crypto.SHA384, "HS512": crypto.SHA512}[j.head("alg")]
	if !ok || len(j.parts) != 3 {
		return false
	}
	mac := hmac.New(hash.New, []byte(secret))
	mac.Write([]byte(j.parts[0] + "." + j.parts[1]))
	sig, err := base64.RawURLEncoding.DecodeString(j.parts[2])
	return err == nil && hmac.Equal(sig, mac.Sum(nil))
}

// hasKid tells whether a key set has the key.
func (k *keySet) hasKid(kid string) bool {
	for _, n := range k.keys {
		if m := n.Member("kid"); m != nil && m.Text == kid {
			return true
		}
	}
	return false
}

func checkKeyRotated(c *Case) []Hit {
	var out []Hit
	for _, g := range c.judgements() {
		kid := g.j.head("kid")
		if kid == "" || len(g.keys) < 2 || g.which == "access" && g.set.id != "" {
			continue
		}
		first := g.keys[0]
		var later *keySet
		for _, k := range g.keys[1:] {
			if k.hasKid(kid) && later == nil {
				later = k
			}
		}
		if first.hasKid(kid) || later == nil {
			continue
		}
		h := hit(g.set.from, flows.Certain, "the kid of "+g.name()+" is not in the key set of "+step(first.from), "it is in the one of "+step(later.from)).standing()
		out = append(out, h.explaining(c.appRefusals(g.set.from)...))
	}
	return out
}

func checkKeyUnknown(c *Case) []Hit {
	return append(append(append(c.missingKeySets(), c.unusableKeySets()...), c.unknownKeys()...), c.userInfoHits(jose.CodeKeyUnknown)...)
}

// withoutKeySet says that no key was found wanting: there was none to try.
func (h Hit) withoutKeySet(cause string) Hit {
	return h.named("There is no key set, so no signature was checked").because(cause).
		fixedBy("Give the URL of the key set by hand (--jwks-url), or correct the metadata; until then trust no token of it.")
}

// unusableKeySets: an ID token came, and the metadata names its keys at what is no URL.
// Keys that would be asked for in clear are insecure-endpoint.
func (c *Case) unusableKeySets() []Hit {
	unchecked := slices.ContainsFunc(c.judgements(), func(g jwtJudgement) bool { return g.which == "id" && len(g.keys) == 0 })
	if !c.isLive() || !unchecked || slices.ContainsFunc(c.msgs, func(m *message) bool { return m.role == roleJWKS }) {
		return nil
	}
	var out []Hit
	for _, d := range c.metas {
		if uri := d.text("jwks_uri"); uri != "" && flows.EndpointProblem(uri) != "" {
			out = append(out, hit(d.from, flows.Certain, "jwks_uri of the metadata "+flows.EndpointProblem(uri)+", so it is not used and no signature was checked").standing().withoutKeySet("The server is misconfigured.").marking(markNode(d.from, d.root.Member("jwks_uri"), "no key set")))
		}
	}
	return out
}

// missingKeySets: the key set could not be fetched at all.
func (c *Case) missingKeySets() []Hit {
	var out []Hit
	for _, m := range c.msgs {
		if m.role == roleJWKS && m.failed != nil && m.failed.layer == layerStatus && m.status() < 500 && m.status() != 407 && m.status() != 429 && !foreignPage(m) {
			out = append(out, hit(m, flows.Likely, fmt.Sprintf("the key set at %s was answered with %d and is no key set", c.request(m), m.status())))
		}
		if a := m.answer(); c.isLive() && m.x.Step == flows.StepJWKS && m.ok() && a.doc != nil && a.doc.Root != nil && a.doc.Root.Kind == rawjson.Object && !holdsKeys(a.doc.Root.Member("keys")) {
			out = append(out, hit(m, flows.Likely, "the key set at "+c.request(m)+" is JSON without an array of keys as the member keys, so no signature was checked").standing().withoutKeySet("The answer is no key set."))
		}
	}
	return out
}

// holdsKeys: null is read as a set without a key.
func holdsKeys(keys *rawjson.Node) bool {
	return keys != nil && (keys.Kind == rawjson.Array || keys.Kind == rawjson.Null)
}

func (c *Case) unknownKeys() []Hit {
	return c.judgedHits(jose.CodeKeyUnknown, "no key for it", func(g jwtJudgement) bool {
		if len(g.keys) == 0 || foreignAccess(g) || c.hmacBySecret(g) || strings.EqualFold(g.j.head("alg"), "none") || strings.HasPrefix(g.j.head("alg"), "HS") {
			return true
		}
		// an access token is for its API, and may be signed with keys that are not ours to see
		return g.which == "access" && (g.set.id != "" && g.set.token("id") != nil && g.set.token("id").head("kid") != g.j.head("kid") || readTarget(g.j.claim("iss")).host != g.keys[0].from.url.host && c.fact(g.keys[0].from.url.host) != nil)
	})
}
