package compare

import (
	"strings"
	"testing"

	"oauthlens/flows"
)

// TestVerifier: a wrong code verifier that one side takes and the other refuses is PKCE
// that is not enforced; whatever else differs between two runs is no evidence of it.
func TestVerifier(t *testing.T) {
	right := func() *flow { return newFlow() }
	wrong := func(f *flow) *flow { // of the right form, but of another flow
		f.verifier = "verifier-two-" + strings.Repeat("2", 30)
		return f
	}
	missing := func(f *flow) *flow {
		f.verifier = ""
		return f
	}
	plain := func(f *flow) *flow {
		f.authorize = setParam(setParam(f.authorize, "code_challenge_method", "plain"), "code_challenge", newFlow().verifier)
		return f
	}
	masked := func(f *flow) *flow { // as in a run whose secrets are not kept
		f.verifier = flows.FingerprintKey{}.Mask("code_verifier", f.verifier)
		return f
	}
	none := func(f *flow) *flow {
		f.authorize = dropParam(dropParam(f.authorize, "code_challenge"), "code_challenge_method")
		return missing(f)
	}
	refused := func(f *flow) *flow {
		f.status, f.failed = 400, "invalid_grant"
		return f
	}
	damaged := func(f *flow) *flow {
		f.failed, f.failedBody = "damaged", `{"access_token":"at-9-broken-off","token_ty`
		return f
	}
	for _, test := range []struct {
		name string
		a, b *flow
		why  string // of the finding; empty: there is none
	}{
		{"taken in B", refused(wrong(right())), wrong(right()), "B issued tokens although the code verifier was wrong or missing, A did not: B does not enforce PKCE."},
		{"taken in A", wrong(right()), refused(wrong(right())), "A issued tokens although the code verifier was wrong or missing, B did not: A does not enforce PKCE."},
		{"missing, and taken in B", refused(missing(right())), missing(right()), "B issued tokens although the code verifier was wrong or missing, A did not: B does not enforce PKCE."},
		{"another in plain, and taken in B", refused(wrong(plain(right()))), wrong(plain(right())), "B issued tokens although the code verifier was wrong or missing, A did not: B does not enforce PKCE."},
		{"taken by both", wrong(right()), wrong(right()), ""},
		{"taken in B, whose answer is not whole", refused(wrong(right())), damaged(wrong(right())), "B issued tokens although the code verifier was wrong or missing, A did not: B does not enforce PKCE."},
		{"refused by both", refused(wrong(right())), refused(wrong(right())), ""},
		{"right, and B fails for another reason", right(), refused(right()), ""},
		{"right in plain", plain(right()), refused(plain(right())), ""},
		{"wrong on one side only", right(), refused(wrong(right())), ""},
		{"a mask proves nothing", refused(masked(right())), masked(right()), ""},
		{"no challenge at all", none(right()), refused(none(right())), ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			found := ""
			for _, d := range compareFlows(t, test.a, test.b).Suspicious() {
				if d.Rule == "pkce-not-enforced" {
					found += d.Why
				} else if test.why != "" && strings.HasSuffix(d.Path, ".outcome") && d.Step != StepRun {
					t.Errorf("said twice: %s", d.Why)
				}
			}
			if found != test.why {
				t.Errorf("found %q, want %q", found, test.why)
			}
		})
	}
}

// TestClientAuthenticationOfRedactedRuns: the mask of credentials is no broken base64.
func TestClientAuthenticationOfRedactedRuns(t *testing.T) {
	for header, want := range map[string]string{
		"Basic YTpi": "HTTP Basic",
		"Basic " + flows.FingerprintKey{}.Mask("credentials", "a:b"): "HTTP Basic",
		"Basic #":    "HTTP Basic, not valid base64",
		"Bearer abc": "Authorization: Bearer",
	} {
		if got := clientAuth(flows.Request{Headers: flows.Headers{{Name: "Authorization", Value: header}}}, nil); got != want {
			t.Errorf("%q: %s", header, got)
		}
	}
}

// TestDamagedTokenAnswer: a token that can be read of an answer that is not whole is no
// success, and the difference says what is wrong with the answer.
func TestDamagedTokenAnswer(t *testing.T) {
	b := newFlow()
	b.failed, b.failedBody = "damaged", `{"access_token":"at-9-broken-off","token_ty`
	for _, d := range compareFlows(t, newFlow(), b).Suspicious() {
		if d.Step == "exchange" && strings.HasSuffix(d.Path, ".outcome") {
			if !strings.Contains(d.Why, "the JSON of the answer breaks off before its end") || strings.Contains(d.Why, "at-9") {
				t.Errorf("%q", d.Why)
			}
			return
		}
	}
	t.Error("the exchange has the same outcome on both sides")
}
