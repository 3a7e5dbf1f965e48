package diagnose

import (
	"strings"
	"testing"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/capture"
)

// TestPasted: single things, as people paste them. The error and warning findings must be
// exactly these.
func TestPasted(t *testing.T) {
	now := sceneStart
	exp := func(d time.Duration) map[string]any {
		return map[string]any{"iss": "https://id.blue.test", "aud": "api", "iat": now.Add(-time.Hour).Unix(), "exp": now.Add(d).Unix()}
	}
	tests := []struct{ name, text, want string }{
		{"a token answer", `{"access_token":"abc","token_type":"bearer","expires_in":"3600"}`, ""},
		{"a token answer cut short", `{"access_token":"abcdefgh","token_type":"bea`, "token-response-damaged"},
		{"an error answer", `{"error":"invalid_grant","error_description":"Token has been expired or revoked."}`, "*"},
		{"a good token", signed(nil, exp(time.Hour)), ""},
		{"an expired token", signed(nil, exp(-time.Minute)), "access-token-expired"},
		{"alg none", signed(map[string]any{"alg": "none"}, exp(time.Hour)), "jwt-header-unacceptable"},
		{"exp in milliseconds", signed(nil, map[string]any{"exp": now.Add(time.Hour).UnixMilli()}), "jwt-malformed"},
		{"curl with a variable", `curl -X POST https://id.blue.test/oauth2/token -d 'grant_type=client_credentials&client_id=a1&client_secret=${client_secret}'`, "credential-placeholder"},
		{"curl over http", `curl -X POST http://id.blue.test/oauth2/token -d 'grant_type=client_credentials&client_id=a1&client_secret=k2jd83jd8'`, "insecure-endpoint"},
		{"curl with a misspelt grant", `curl -X POST https://id.blue.test/oauth2/token -d 'grant_type=client-credentials&client_id=a1&client_secret=k2jd83jd8'`, "grant-type-invalid"},
		{"curl with JSON as form", `curl -X POST https://id.blue.test/oauth2/token -d '{"grant_type":"client_credentials","client_id":"a1","client_secret":"k2jd83jd8"}'`, "token-body-format-wrong"},
		{"curl at a sample host", `curl -X POST https://auth-api-primary.dev.trulioo.com/connect/token -d 'grant_type=client_credentials&client_id=a1&client_secret=k2jd83jd8'`, "doc-sample-host"},
		{"curl with a secret encoded twice", `curl -X POST https://id.blue.test/oauth2/token -d 'grant_type=client_credentials&client_id=a1&client_secret=k2%253Bjd83jd8'`, "secret-double-encoded"},
		{"a good curl", `curl -X POST https://id.blue.test/oauth2/token -d 'grant_type=client_credentials&client_id=a1&client_secret=k2jd83jd8'`, ""},
		{"an authorization URL", authorizeURL, ""},
		{"an authorization URL without state", strings.Replace(authorizeURL, "&state=Zk3fQ1hT7vLw9sXr2mNp", "", 1), "state-missing-or-weak"},
		{"an authorization URL with http", strings.Replace(authorizeURL, "https%3A%2F%2Fapp", "http%3A%2F%2Fapp", 1), "redirect-uri-unacceptable"},
		{"commas at Google", "https://accounts.google.com/o/oauth2/v2/auth?response_type=code&client_id=1.apps.googleusercontent.com&redirect_uri=https%3A%2F%2Fapp.red.test%2Fcb&scope=openid%2Cemail&state=Zk3fQ1hT7vLw9sXr2mNp", "scope-separator-wrong"},
		{"a callback with an error", "https://app.red.test/cb?error=access_denied&state=Zk3fQ1hT7vLw9sXr2mNp", "user-denied"},
		{"a good callback", "https://app.red.test/cb?code=abcdefgh123&state=Zk3fQ1hT7vLw9sXr2mNp", ""},
		{"an error page", "<html><head><title>Error 400: redirect_uri_mismatch</title></head><body>You can't sign in to this app</body></html>", "redirect-uri-not-registered"},
		{"metadata", `{"issuer":"https://id.blue.test","authorization_endpoint":"https://id.blue.test/a","token_endpoint":"https://id.blue.test/t","jwks_uri":"https://id.blue.test/k","response_types_supported":["code"]}`, ""},
	}
	for _, x := range tests {
		t.Run(x.name, func(t *testing.T) {
			r, err := capture.Read([]byte(x.text), capture.Options{Now: now})
			if err != nil {
				t.Fatal(err)
			}
			var hard []string
			for _, f := range Run(r.Trace, Options{Providers: profiles()}) {
				if f.Severity != flows.SeverityInfo {
					hard = append(hard, f.Code)
				}
				if text := evidence(f); strings.Contains(text, "k2jd83jd8") || strings.Contains(text, "abcdefgh") {
					t.Errorf("%s shows a secret: %s", f.Code, text)
				}
			}
			got := strings.Join(hard, " ")
			if got != x.want && !(x.want == "*" && got != "") {
				t.Errorf("taken for %s: got %q, want %q", r.What, got, x.want)
			}
		})
	}
}
