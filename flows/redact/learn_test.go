package redact

import (
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"oauthlens/flows"
	"oauthlens/flows/runner/faultserver"
)

// FuzzLearn: whatever surrounds a token that stands in quotes beside its name, it is masked.
func FuzzLearn(f *testing.F) {
	for _, a := range faultserver.Answers(f.Context(), "", 4<<10) {
		f.Add(string(a.Body()), "")
	}
	f.Add(")]}'\n", "")
	f.Add("<p>", "</p>")
	f.Fuzz(func(t *testing.T, before, after string) {
		if len(before)+len(after) > 64<<10 || strings.Contains(before+after, " chars, #") || strings.Contains(before+after, "Zq7-token") {
			return
		}
		body := []byte(before + "\n{\"access_token\":\"Zq7-token-of-this-test\"}\n" + after)
		if _, ok := readWide(body); ok {
			return // another encoding, in which these are other characters
		}
		x := flows.Exchange{Response: &flows.Response{Body: body, StatusText: before, Headers: flows.Headers{{Name: "X", Value: after}}}}
		m := ForTrace(traceWith(x))
		if got := m.Exchange(x); strings.Contains(string(got.Response.Body), "Zq7-token-of-this-test") {
			t.Errorf("%q", got.Response.Body)
		}
	})
}

// TestLooseFindsWhatAPatternFinds holds the search around colons against the pattern that
// says what is looked for.
func TestLooseFindsWhatAPatternFinds(t *testing.T) {
	pattern := regexp.MustCompile(`\b([A-Za-z][\w.-]{2,40})\\*['"]?\s*:\s*\\*['"]((?:[^"'\\\s]|\\/){6,})`)
	rapid.Check(t, func(t *rapid.T) {
		pieces := rapid.SliceOfN(rapid.SampledFrom([]string{"access_token", "a", "-", ".", "9", "_", `\`, `'`, `"`, " ", "\n", ":", ":", "secret", `\/`, "é", strings.Repeat("x", 39), `:'secret'`}), 0, 30).Draw(t, "pieces")
		text := strings.Join(pieces, "")
		got := map[[2]string]bool{}
		for name, value := range loose(text) {
			got[[2]string{name, value}] = true
		}
		for _, found := range pattern.FindAllStringSubmatch(text, -1) {
			if !got[[2]string{found[1], found[2]}] {
				t.Fatalf("%q holds %q, found were %v", text, found, got)
			}
		}
	})
}

// TestCrowdOfSecrets: tens of thousands of values that are named like secrets, many of which
// begin alike or with one another, are masked, each by the longest that stands there.
func TestCrowdOfSecrets(t *testing.T) {
	var body strings.Builder
	for i := range 30_000 {
		fmt.Fprintf(&body, "access_token=secret%d&", i)
	}
	x := flows.Exchange{Response: &flows.Response{Body: []byte(body.String())}}
	m := ForTrace(traceWith(x))
	masked := string(m.Exchange(x).Response.Body)
	if strings.Contains(masked, "secret") {
		t.Errorf("unmasked: %.200q", masked[strings.Index(masked, "secret"):])
	}
	for _, value := range []string{"secret1", "secret12", "secret123", "secret29999"} {
		if p := m.Split("<" + value + ">"); len(p) != 3 || p[1].Secret.RevealSecret() != value {
			t.Errorf("%s is split into %d parts", value, len(p))
		}
	}
}

// TestShapesBehindShapes: what gives itself away is found behind other such texts, and behind
// what only begins like it.
func TestShapesBehindShapes(t *testing.T) {
	m := New(flows.FingerprintKey{}, nil)
	text := "Basic auth, eyJ, Basic dXNlcjpwYXNz eyJhbGciOiJ.eyJzdWIi.c2ln Basic eA== Basic dXNlcjpwYXNz eyJhbGciOiJ.eyJzdWIi.c2ln"
	got := m.String(text)
	if strings.Contains(got, "dXNlcjpwYXNz") || strings.Contains(got, "eyJz") || !strings.HasPrefix(got, "Basic auth, eyJ, Basic ") || !strings.Contains(got, "Basic eA==") {
		t.Error(got)
	}
}

// TestPrivateKeysAreMasked: a key set that publishes private halves, and a token whose header
// or claims hold a secret, are shown without them; the public members stay.
func TestPrivateKeysAreMasked(t *testing.T) {
	members := map[string]string{}
	for _, name := range strings.Fields("d p q dp dq qi k priv") {
		members[name] = strings.Repeat("Zq7-"+name+"_", 6)
	}
	var jwk strings.Builder
	jwk.WriteString(`{"kty":"RSA","kid":"one","n":"public-modulus-0123456789","e":"AQAB","oth":[{"r":"Zq7-prime-of-another","d":"Zq7-exponent-of-it","t":"Zq7-factor-of-that"}]`)
	for name, value := range members {
		fmt.Fprintf(&jwk, `,"%s":"%s"`, name, value)
	}
	jwk.WriteString("}")
	encode := base64.RawURLEncoding.EncodeToString
	token := encode([]byte(`{"alg":"ES256","jwk":{"kty":"EC","crv":"P-256","x":"public-x-0123456789","d":"Zq7-within-a-header"}}`)) + "." +
		encode([]byte(`{"sub":"a","_claim_sources":{"s":{"access_token":"Zq7-within-claims"}}}`)) + ".c2ln"
	x := flows.Exchange{Response: &flows.Response{Body: []byte(`{"keys":[` + jwk.String() + `],"id_token":"` + token + `"}`)}}
	m := ForTrace(traceWith(x))
	body := string(m.Exchange(x).Response.Body)
	if strings.Contains(body, "Zq7-") || !strings.Contains(body, "public-modulus-0123456789") || !strings.Contains(body, "private_key (") {
		t.Error(body)
	}
	inside := m.String(`{"d":"Zq7-within-a-header","x":"public-x-0123456789","access_token":"Zq7-within-claims"}`)
	if strings.Contains(inside, "Zq7-") || !strings.Contains(inside, "public-x-0123456789") {
		t.Error(inside)
	}
}
