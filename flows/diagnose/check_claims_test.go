package diagnose

import (
	"strings"
	"testing"

	"oauthlens/flows"
)

const (
	askUser  = "> GET https://id.blue.test/oauth2/userinfo\nAuthorization: Bearer at-9-U2VydmljZQ\n< 200\nContent-Type: LABEL\n| BODY\n"
	askToken = "> POST https://id.blue.test/oauth2/who\nAuthorization: Basic c3ZjLTM6czNjcjN0LVZhbHVlLTkxa3E=\nContent-Type: application/x-www-form-urlencoded\n| token=at-9-U2VydmljZQ\n< 200\nContent-Type: LABEL\n| BODY\n"
)

func asked(text, label, body string) string {
	text = strings.Replace(text, "LABEL", label, 1)
	if body == "" {
		return strings.Replace(text, "| BODY\n", "", 1)
	}
	return strings.Replace(text, "BODY", body, 1)
}

// TestClaimsThatNobodyCanUse: what is called as the UserInfo or introspection endpoint has to
// answer as the specifications say. The same answers at a path of that name, in a recording
// that does not say which endpoint it is, may be those of another API.
func TestClaimsThatNobodyCanUse(t *testing.T) {
	const html, js = "text/html", "application/json"
	for _, c := range []struct {
		name, text, label, body string
		code, title             string // empty: nothing is found
	}{
		{"claims", askUser, js, `{"sub":"u-17","name":"A"}`, "", ""},
		{"signed claims", askUser, "application/jwt", signed(nil, map[string]any{"iss": "https://id.blue.test", "sub": "u-17", "aud": "svc-3"}), "", ""},
		{"a page", askUser, html, "<html><title>Sign in</title></html>", "token-response-damaged", "The userinfo answer cannot be read"},
		{"nothing", askUser, js, "", "token-response-damaged", "The userinfo answer cannot be read"},
		{"an array", askUser, js, `[{"sub":"u-17"}]`, "token-response-damaged", "The userinfo answer cannot be read"},
		{"cut off", askUser, js, `{"sub":"u-17","na`, "token-response-damaged", "The userinfo answer cannot be read"},
		{"a member twice", askUser, js, `{"sub":"u-17","sub":"u-18"}`, "token-response-damaged", "The userinfo answer cannot be read"},
		{"no sub", askUser, js, `{"id":"u-17"}`, "userinfo-subject-mismatch", "Userinfo does not say whose claims it holds"},
		{"sub is a number", askUser, js, `{"sub":17}`, "userinfo-subject-mismatch", "Userinfo does not say whose claims it holds"},
		{"signed without sub", askUser, "application/jwt", signed(nil, map[string]any{"name": "A"}), "userinfo-subject-mismatch", "Userinfo does not say whose claims it holds"},
		{"active", askToken, js, `{"active":true}`, "", ""},
		{"signed and active", askToken, "application/token-introspection+jwt", signed(nil, map[string]any{"token_introspection": map[string]any{"active": true}}), "", ""},
		{"not active", askToken, js, `{"active":false}`, "introspection-inactive", "Introspection calls a token inactive that should be good"},
		{"not said", askToken, js, `{"sub":"u-17"}`, "introspection-inactive", "Introspection does not say whether the token is active"},
		{"said in a text", askToken, js, `{"active":"true"}`, "introspection-inactive", "Introspection does not say whether the token is active"},
		{"said no in a text", askToken, js, `{"active":"false"}`, "introspection-inactive", "Introspection does not say whether the token is active"},
		{"a page instead", askToken, html, "<html><title>Sign in</title></html>", "token-response-damaged", "The introspection answer cannot be read"},
		{"nothing instead", askToken, js, "", "token-response-damaged", "The introspection answer cannot be read"},
	} {
		kind := flows.StepUserInfo
		if c.text == askToken {
			kind = flows.StepIntrospect
		}
		text := serviceScene + asked(c.text, c.label, c.body)
		got := Run(liveRun(t, text, flows.StepExchange, kind), Options{})
		switch {
		case c.code == "" && len(got) > 0:
			t.Errorf("%s: %s %v", c.name, codes(got), got[0].Evidence)
		case c.code != "" && (len(got) != 1 || got[0].Code != c.code || got[0].Title.Text != c.title || got[0].Step != 1):
			t.Errorf("%s: %+v", c.name, got)
		case c.title != "" && c.name != "not active" && (got[0].Severity != flows.SeverityError || got[0].Cause.Text == "" || got[0].Fix.Text == "" || got[0].Spec == ""):
			t.Errorf("%s: %+v", c.name, got[0])
		}
		// in a recording the path alone says nothing, and damage is damage
		for _, f := range findingsOf(t, text) {
			if f.Code == c.code && c.name != "cut off" && c.name != "a member twice" && c.name != "not active" {
				t.Errorf("%s, recorded: %s %v", c.name, f.Code, f.Evidence)
			}
		}
		// metadata says which endpoint it is
		if c.text == askUser && c.code != "" && c.body != "" {
			if _, at := find(findingsOf(t, metaScene+text), c.code); at < 0 {
				t.Errorf("%s, recorded with metadata: nothing was found", c.name)
			}
		}
	}
}

// TestSubjectOfASignedAnswer: the user of a userinfo answer in a JWT is compared as one in JSON.
func TestSubjectOfASignedAnswer(t *testing.T) {
	for sub, want := range map[string]bool{"u-17": false, "u-99": true} {
		answer := "> GET https://id.blue.test/oauth2/userinfo\nAuthorization: Bearer at-1-Qm9hcmQtdG9rZW4\n< 200\nContent-Type: application/jwt\n| " + signed(nil, map[string]any{"iss": "https://id.blue.test", "sub": sub, "aud": "web-7"}) + "\n"
		got := findingsOf(t, oidcScene(nil, nil)+answer)
		if _, at := find(got, "userinfo-subject-mismatch"); (at >= 0) != want || !want && len(got) > 0 {
			t.Errorf("%s: %s", sub, codes(got))
		}
	}
}
