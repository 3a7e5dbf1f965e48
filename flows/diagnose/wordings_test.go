package diagnose

import (
	"encoding/base64"
	"slices"
	"strings"
	"testing"
	"time"

	"oauthlens/flows"
)

// story is a recording that differs from the examples in provider, wording or evidence,
// or that combines faults. The error and warning findings must be exactly these, in this
// order.
type story struct {
	name, text string
	want       string
}

func TestStories(t *testing.T) {
	for _, s := range slices.Concat(configureStories(), authorizeStories(), exchangeStories(), combinedStories(), moreStories(), trustStories()) {
		t.Run(s.name, func(t *testing.T) {
			got := findingsOf(t, s.text)
			var hard []string
			for _, f := range got {
				if f.Severity != flows.SeverityInfo {
					hard = append(hard, f.Code)
				}
			}
			if strings.Join(hard, " ") != s.want {
				t.Errorf("want %s\n got %s", s.want, codes(got))
				for _, f := range got {
					t.Logf("%s %s: %s", f.Confidence, f.Code, evidence(f))
				}
			}
		})
	}
}

// cc is a client credentials request at a URL.
func cc(url, params, status, answer string) string {
	return "\n> POST " + url + "\nContent-Type: application/x-www-form-urlencoded\n| grant_type=client_credentials&" + params + "\n< " + status + "\nContent-Type: application/json\n| " + answer + "\n"
}

func configureStories() []story {
	ic := `{"error":"invalid_client"}`
	kc := "https://sso.green.test/realms/main/protocol/openid-connect/"
	return []story{
		{"a blank in front of the secret", cc("https://id.blue.test/token", "client_id=a1&client_secret=%20k2jd83jd8", "401", ic), "credential-whitespace"},
		{"a CR LF behind the id in Basic", "\n> POST https://id.blue.test/token\nAuthorization: Basic " + base64.StdEncoding.EncodeToString([]byte("a1:k2jd83jd8\r\n")) + "\nContent-Type: application/x-www-form-urlencoded\n| grant_type=client_credentials\n< 401\nWWW-Authenticate: Basic realm=x\n| " + ic + "\n", "credential-whitespace"},
		{"a tab in JSON", "\n> POST https://id.blue.test/token\nContent-Type: application/json\n| {\"grant_type\":\"client_credentials\",\"client_id\":\"a1\",\"client_secret\":\"k2jd83jd8\\u0009\"}\n< 401\n| " + ic + "\n", "credential-whitespace"},
		{"quotes around the secret", cc("https://id.blue.test/token", "client_id=a1&client_secret=%22k2jd83jd8%22", "401", ic), "credential-placeholder"},
		{"the word undefined as id", cc("https://id.blue.test/token", "client_id=undefined&client_secret=k2jd83jd8", "400", `{"error":"invalid_client","error_description":"Unknown client"}`), "credential-placeholder"},
		{"your-client-secret", cc("https://id.blue.test/token", "client_id=a1kd9&client_secret=your-client-secret", "401", ic), "credential-placeholder"},
		{"changeme", cc("https://id.blue.test/token", "client_id=a1kd9&client_secret=changeme", "401", ic), "credential-placeholder"},
		{"a Windows variable", cc("https://id.blue.test/token", "client_id=%25CLIENT_ID%25&client_secret=k2jd83jd8", "401", ic), "credential-placeholder"},
		{"an empty secret", cc("https://id.blue.test/token", "client_id=a1&client_secret=", "401", ic), "credential-placeholder"},
		{"an expired secret at Okta", cc("https://dev-1.okta.com/oauth2/default/v1/token", "client_id=0oa1&client_secret=k2jd83jd8", "401", `{"error":"invalid_client","error_description":"The client secret has expired."}`), "client-secret-expired"},
		{"Keycloak does not know the client", page(kc+"auth?response_type=code&client_id=web-7&redirect_uri=https%3A%2F%2Fapp.red.test%2Fcb&state=Zk3fQ1hT7vLw9sXr2mNp", "400", "We are sorry... Client not found."), "client-unknown"},
		{"Google deleted the client", page("https://accounts.google.com/o/oauth2/v2/auth?response_type=code&client_id=1.apps.googleusercontent.com&scope=openid&redirect_uri=https%3A%2F%2Fapp.red.test%2Fcb&state=Zk3fQ1hT7vLw9sXr2mNp", "401", "Error 401: deleted_client The OAuth client was deleted."), "client-unknown"},
		{"Keycloak public client with secret", cc(kc+"token", "client_id=web&client_secret=k2jd83jd8", "401", `{"error":"unauthorized_client","error_description":"Public client not allowed to retrieve service account"}`), "client-type-mismatch"},
		{"Google wants the secret", loginScene + refuse(edit(exchangeScene, "&client_secret=s3cr3t-Value-91kq", ""), `{"error":"invalid_request","error_description":"client_secret is missing."}`), "client-type-mismatch"},
		{"live id at the test project", cc("https://calm-sky-1.customers.stytch.dev/v1/oauth2/token", "client_id=connected-app-live-2f33065a&client_secret=k2jd83jd8", "401", `{"error":"invalid_client"}`), "environment-mixed"},
		{"sandbox token at the live API", strings.ReplaceAll(serviceScene, "https://id.blue.test/oauth2/token", "https://api-m.sandbox.paypal.com/v1/oauth2/token") + "> GET https://api-m.paypal.com/v2/checkout/orders/1\nAuthorization: Bearer at-9-U2VydmljZQ\n< 401\n| {\"error\":\"invalid_token\",\"error_description\":\"The token passed in was not found in the system\"}\n", "environment-mixed"},
		{"sandbox login, production exchange", strings.ReplaceAll(loginScene, "https://id.blue.test/oauth2/authorize", "https://auth.truelayer-sandbox.com/") + refuse(strings.ReplaceAll(exchangeScene, "https://id.blue.test/oauth2/token", "https://auth.truelayer.com/connect/token"), refusedGrant400), "environment-mixed"},
		{"example.com", cc("https://auth.example.com/token", "client_id=a1&client_secret=k2jd83jd8", "404", "{}"), "doc-sample-host"},
		{"Truss sample host", "\n> POST https://auth.foundation.dev.trusspayments.com/v1/oauth2/token\nContent-Type: application/x-www-form-urlencoded\n| grant_type=authorization_code&code=abcdef&client_id=x&client_secret=k2jd83jd8\n! dns not-found no such host\n", "doc-sample-host"},
		{"GET at the token endpoint", "\n> GET https://id.blue.test/oauth2/token?grant_type=client_credentials&client_id=a1&client_secret=k2jd83jd8\n< 405\nAllow: POST\n", "token-endpoint-wrong"},
		{"metadata names another token URL", metaScene + edit(serviceScene, "/oauth2/token", "/oauth2/v2/token", "< 200", "< 400", `{"access_token":"at-9-U2VydmljZQ","token_type":"Bearer","expires_in":3600,"scope":"read"}`, `{"error":"invalid_client"}`), "token-endpoint-wrong"},
		{"Okta org server instead of default", edit(loginScene, "https://id.blue.test/oauth2/authorize", "https://dev-1.okta.com/oauth2/default/v1/authorize") + refuse(edit(exchangeScene, "https://id.blue.test/oauth2/token", "https://dev-1.okta.com/oauth2/v1/token"), `{"error":"invalid_grant","error_description":"The authorization code is invalid or has expired."}`), "token-endpoint-wrong"},
		{"an API over http", loginScene + exchangeScene + edit(callScene, "https://api", "http://api"), "insecure-endpoint"},
		{"wildcard redirect URI", page(edit(authorizeURL, "app.red.test", "%2A.red.test"), "400", "Invalid redirect_uri"), "redirect-uri-unacceptable"},
		{"relative redirect URI", page(edit(authorizeURL, "https%3A%2F%2Fapp.red.test%2Fcb", "%2Fcb"), "400", "invalid_request: redirect_uri"), "redirect-uri-unacceptable"},
	}
}

func authorizeStories() []story {
	entra := "https://login.microsoftonline.com/8f2a3b10-6c1d-4c0e-9a51-0d2f6f3e7711/oauth2/v2.0/authorize?response_type=code&client_id=a9db98e2-3314-4fbc-a286-d066c66e5790&redirect_uri=https%3A%2F%2Fapp.red.test%2Fcb&scope=openid+User.Read&state=Zk3fQ1hT7vLw9sXr2mNp"
	return []story{
		{"Entra knows another reply URL", page(entra, "200", "AADSTS50011: The redirect URI 'https://app.red.test/cb' specified in the request does not match the redirect URIs configured for the application"), "redirect-uri-not-registered"},
		{"Keycloak: Invalid parameter", page(authorizeURL, "400", "We are sorry... Invalid parameter: redirect_uri"), "redirect-uri-not-registered"},
		{"a bare error page", page(authorizeURL, "400", "Bad Request"), "redirect-uri-not-registered"},
		{"semicolons between scopes", answeredWith2("error=invalid_scope", "scope=profile+offline_access", "scope=profile%3Boffline_access"), "scope-separator-wrong"},
		{"plus signs that were encoded", answeredWith2("error=invalid_scope&error_description=Invalid+scopes%3A+profile%2Boffline_access", "scope=profile+offline_access", "scope=profile%2Boffline_access"), "scope-separator-wrong"},
		{"a misspelt scope", answeredWith2("error=invalid_scope", "scope=profile+offline_access", "scope=profil+offline_access"), "scope-not-allowed"},
		{"a refresh that asks for more", loginScene + exchangeScene + "+50m\n" + refuse(edit(refreshScene, "&client_id", "&scope=profile+admin&client_id"), `{"error":"invalid_scope"}`), "scope-not-allowed"},
		{"unsupported response type", answeredWith("error=unsupported_response_type"), "grant-not-enabled"},
		{"user cancelled at LinkedIn", answeredWith("error=user_cancelled_login&error_description=The+user+cancelled+LinkedIn+login"), "user-denied"},
		{"Entra: the user declined", answeredWith("error=access_denied&error_subcode=cancel&error_description=AADSTS65004%3A+User+declined+to+consent+to+access+the+app."), "user-denied"},
		{"conditional access at the exchange", loginScene + refuse(exchangeScene, `{"error":"invalid_grant","error_description":"AADSTS53003: Access has been blocked by Conditional Access policies.","suberror":"message_only"}`), "access-denied-by-policy"},
		{"Google verification", page("https://accounts.google.com/o/oauth2/v2/auth?response_type=code&client_id=1.apps.googleusercontent.com&scope=openid&redirect_uri=https%3A%2F%2Fapp.red.test%2Fcb&state=Zk3fQ1hT7vLw9sXr2mNp", "403", "Error 403: access_denied App has not completed the Google verification process. The app is currently being tested, and can only be accessed by developer-approved testers."), "access-denied-by-policy"},
		{"interaction required", answeredWith2("error=interaction_required", "code_challenge_method=S256", "code_challenge_method=S256&prompt=none"), "prompt-none-failed"},
		{"PKCE wanted at the exchange", edit(loginScene, "&code_challenge=CHALLENGE&code_challenge_method=S256", "") + refuse(edit(exchangeScene, "&code_verifier=VERIFIER", ""), `{"error":"invalid_request","error_description":"PKCE code challenge is required"}`), "pkce-required"},
		{"hex challenge", edit(loginScene, "CHALLENGE", "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae") + refuse(exchangeScene, refusedGrant400), "pkce-challenge-invalid"},
		{"short verifier", edit(loginScene, "CHALLENGE", s256("short")) + refuse(edit(exchangeScene, "VERIFIER", "short"), `{"error":"invalid_request","error_description":"code_verifier is invalid"}`), "pkce-challenge-invalid"},
		{"no state", strings.ReplaceAll(loginScene, "&state=Zk3fQ1hT7vLw9sXr2mNp", "") + exchangeScene, "state-missing-or-weak"},
		{"the same state twice", loginScene + exchangeScene + "+60s\n" + strings.ReplaceAll(strings.ReplaceAll(loginScene, "CHALLENGE", s256(verifier+"x")), "c0de.Xy7-Wq3_Zt5", "c0de2.Ab") + edit(exchangeScene, "VERIFIER", verifier+"x", "c0de.Xy7-Wq3_Zt5", "c0de2.Ab", "at-1-", "at-5-", "rt-1-", "rt-5-"), "state-missing-or-weak"},
		{"Google without access_type", googled(loginScene + edit(exchangeScene, `"refresh_token":"rt-1-R2FyZGVu",`, "")), "no-refresh-token"},
		{"Salesforce without refresh_token scope", strings.NewReplacer("https://id.blue.test/oauth2/authorize", "https://login.salesforce.com/services/oauth2/authorize", "https://id.blue.test/oauth2/token", "https://login.salesforce.com/services/oauth2/token", "scope=profile+offline_access", "scope=api", "profile offline_access", "api", `"refresh_token":"rt-1-R2FyZGVu",`, "").Replace(loginScene + exchangeScene), "no-refresh-token"},
		{"temporarily unavailable", answeredWith("error=temporarily_unavailable"), "provider-error"},
		{"a 502 page at the authorize endpoint", page(authorizeURL, "502", "Bad Gateway"), "provider-error"},
		{"iframe refused by CSP", "\n> GET " + authorizeURL + "\nSec-Fetch-Dest: iframe\n< 200\nContent-Security-Policy: default-src 'self'; frame-ancestors https://id.blue.test\nContent-Type: text/html\n| <h1>Sign in</h1>\n", "authorize-in-iframe"},
		{"request_uri used twice", "> POST https://id.blue.test/oauth2/par\nContent-Type: application/x-www-form-urlencoded\n| response_type=code&client_id=web-7&redirect_uri=https%3A%2F%2Fapp.red.test%2Fcb&state=Zk3fQ1hT7vLw9sXr2mNp\n< 201\n| {\"request_uri\":\"urn:ietf:params:oauth:request_uri:1\",\"expires_in\":60}\n" + page("https://id.blue.test/oauth2/authorize?client_id=web-7&request_uri=urn%3Aietf%3Aparams%3Aoauth%3Arequest_uri%3A1", "200", "Sign in") + "+20s\n" + page("https://id.blue.test/oauth2/authorize?client_id=web-7&request_uri=urn%3Aietf%3Aparams%3Aoauth%3Arequest_uri%3A1", "400", "invalid_request_uri"), "authorize-link-reused"},
		{"only client_id arrived", page("https://id.blue.test/oauth2/authorize?client_id=web-7", "400", "invalid_request: response_type is missing"), "url-cut-by-shell"},
		{"the recording ends at consent", edit(loginScene, "< 302\nLocation: https://app.red.test/cb?code=c0de.Xy7-Wq3_Zt5&state=Zk3fQ1hT7vLw9sXr2mNp\n"+callbackLine, "< 200\nContent-Type: text/html\n| <h1>Allow access?</h1>\n"), "callback-never-came"},
	}
}

// answeredWith2 is answeredWith with an edit of the request.
func answeredWith2(params, old, now string) string { return edit(answeredWith(params), old, now) }

func exchangeStories() []story {
	ic := `{"error":"invalid_client"}`
	flow := loginScene + exchangeScene
	return []story{
		{"code after 90 s at Keycloak", strings.NewReplacer("https://id.blue.test/oauth2/authorize", "https://sso.green.test/realms/a/protocol/openid-connect/auth", "https://id.blue.test/oauth2/token", "https://sso.green.test/realms/a/protocol/openid-connect/token").Replace(loginScene + "+95s\n" + refuse(exchangeScene, `{"error":"invalid_grant","error_description":"Code not valid"}`)), "code-expired"},
		{"code said to be expired, callback not recorded", refuse(edit(exchangeScene, "&code_verifier=VERIFIER", ""), `{"error":"invalid_grant","error_description":"The provided authorization code has expired"}`), "code-expired"},
		{"code said to be used, nothing recorded", refuse(edit(exchangeScene, "&code_verifier=VERIFIER", ""), `{"error":"invalid_grant","error_description":"AADSTS54005: OAuth2 Authorization code was already redeemed"}`), "code-reused"},
		{"redirect URI absent in the exchange", loginScene + refuse(edit(exchangeScene, "&redirect_uri=https%3A%2F%2Fapp.red.test%2Fcb", ""), refusedGrant400), "redirect-uri-changed"},
		{"localhost and 127.0.0.1", strings.ReplaceAll(strings.ReplaceAll(loginScene, "https%3A%2F%2Fapp.red.test%2Fcb", "http%3A%2F%2Flocalhost%3A5000%2Fcb"), "https://app.red.test/cb", "http://localhost:5000/cb") + refuse(edit(exchangeScene, "https%3A%2F%2Fapp.red.test%2Fcb", "http%3A%2F%2F127.0.0.1%3A5000%2Fcb"), refusedGrant400), "redirect-uri-changed"},
		{"GitHub style mismatch with 200", loginScene + edit(refuse(edit(exchangeScene, "app.red.test%2Fcb", "app.red.test%2Fcc"), `{"error":"redirect_uri_mismatch","error_description":"The redirect_uri MUST match the registered callback URL for this application."}`), "< 400", "< 200"), "redirect-uri-changed"},
		{"code cut at a pipe", edit(loginScene, "c0de.Xy7-Wq3_Zt5", "abc.def-ghi%7Cjkl") + refuse(edit(exchangeScene, "c0de.Xy7-Wq3_Zt5", "abc.def-ghi"), refusedGrant400), "code-altered"},
		{"code with &state behind it", loginScene + refuse(edit(exchangeScene, "c0de.Xy7-Wq3_Zt5", "c0de.Xy7-Wq3_Zt5%26state%3DZk3"), refusedGrant400), "code-altered"},
		{"still encoded, callback not recorded", refuse(edit(exchangeScene, "c0de.Xy7-Wq3_Zt5", "4%252F0AdQt8qh", "&code_verifier=VERIFIER", ""), refusedGrant400), "code-altered"},
		{"blank in the code, callback not recorded", refuse(edit(exchangeScene, "c0de.Xy7-Wq3_Zt5", "4%2F0Ad%20Qt8qh", "&code_verifier=VERIFIER", ""), refusedGrant400), "code-plus-lost"},
		{"semicolon in the secret", refuseWith(edit(serviceScene, "s3cr3t-Value-91kq", "a7;k2jd83jd8"), 401, ic), "form-body-not-encoded"},
		{"percent in the secret", refuseWith(edit(serviceScene, "s3cr3t-Value-91kq", "a7%k2jd83jd8"), 401, ic), "form-body-not-encoded"},
		{"plus in the refresh token", loginScene + edit(exchangeScene, "rt-1-R2FyZGVu", "rt+1/R2FyZGVu") + "+50m\n" + refuse(edit(refreshScene, "rt-1-R2FyZGVu", "rt+1/R2FyZGVu"), refusedGrant400), "form-body-not-encoded"},
		{"basic in base64url without padding", "\n> POST https://id.blue.test/token\nAuthorization: Basic YTE6az9_fz8\nContent-Type: application/x-www-form-urlencoded\n| grant_type=client_credentials\n< 401\n| " + ic + "\n", "basic-header-wrong"},
		{"basic without colon", "\n> POST https://id.blue.test/token\nAuthorization: Basic " + base64.StdEncoding.EncodeToString([]byte("a1k2jd83jd8")) + "\nContent-Type: application/x-www-form-urlencoded\n| grant_type=client_credentials\n< 401\n| " + ic + "\n", "basic-header-wrong"},
		{"basic in clear", "\n> POST https://id.blue.test/token\nAuthorization: Basic a1:k2jd83jd8\nContent-Type: application/x-www-form-urlencoded\n| grant_type=client_credentials\n< 401\n| " + ic + "\n", "basic-header-wrong"},
		{"encoded twice in JSON", "\n> POST https://rapi.trustoo.io/api/v1/openapi/oauth/token\nContent-Type: application/json\n| {\"grant_type\":\"client_credentials\",\"client_id\":\"a1\",\"client_secret\":\"oauth%2Bk2jd83jd8%3D%3D\"}\n< 200\n| {\"code\":10010,\"message\":\"invalid client\",\"data\":null}\n", "secret-double-encoded"},
		{"JSON to a form endpoint", "\n> POST https://id.blue.test/connect/token\nContent-Type: application/json\n| {\"grant_type\":\"client_credentials\",\"client_id\":\"a1\",\"client_secret\":\"k2jd83jd8\"}\n< 400\n| {\"error\":\"invalid_request\",\"error_description\":\"grant_type is missing\"}\n", "token-body-format-wrong"},
		{"415", "\n> POST https://id.blue.test/connect/token\nContent-Type: application/json\n| {\"grant_type\":\"client_credentials\",\"client_id\":\"a1\",\"client_secret\":\"k2jd83jd8\"}\n< 415\n", "token-body-format-wrong"},
		{"form to Trustoo", "\n> POST https://rapi.trustoo.io/api/v1/openapi/oauth/token\nContent-Type: application/x-www-form-urlencoded\n| grant_type=client_credentials&client_id=a1&client_secret=k2jd83jd8\n< 200\n| {\"code\":10001,\"message\":\"invalid params\",\"data\":null}\n", "token-body-format-wrong"},
		{"refreshtoken", flow + "+50m\n" + refuse(edit(refreshScene, "grant_type=refresh_token", "grant_type=refreshtoken"), `{"error":"unsupported_grant_type"}`), "grant-type-invalid"},
		{"response_type misspelt", answeredWith2("error=unsupported_response_type", "response_type=code", "response_type=Code"), "grant-type-invalid"},
		{"assertion used twice", cc("https://id.blue.test/oauth2/token", "client_id=svc-3&"+assertionOf(nil), "200", `{"access_token":"at-9-U2VydmljZQ","token_type":"Bearer","expires_in":3600}`) + cc("https://id.blue.test/oauth2/token", "client_id=svc-3&"+assertionOf(nil), "401", ic), "client-assertion-invalid"},
		{"assertion by a clock that is slow", "~6m\n" + cc("https://id.blue.test/oauth2/token", "client_id=svc-3&"+assertionOf(nil), "401", ic), "clock-skew"},
		{"DPoP for GET sent with POST", withProof(refuse(serviceScene, `{"error":"invalid_dpop_proof","error_description":"htm"}`), proof(map[string]any{"htm": "GET"})), "dpop-proof-refused"},
		{"nonce never sent", withProof(refuse(serviceScene, `{"error":"use_dpop_nonce"}`), proof(nil)) + withProof(refuse(serviceScene, `{"error":"use_dpop_nonce"}`), proof(map[string]any{"jti": "p-2"})), "dpop-proof-refused"},
		{"slow_down again and again", refuse(deviceScene(), `{"error":"slow_down"}`) + "+5s\n" + refuse(devicePoll(), `{"error":"slow_down"}`) + "+5s\n" + refuse(devicePoll(), `{"error":"slow_down"}`), "rate-limited"},
		{"served from a cache", edit(serviceScene, "Content-Type: application/json", "Content-Type: application/json\nX-Cache: HIT from proxy.red.test"), "token-response-damaged"},
		{"a member twice", edit(serviceScene, `"scope":"read"`, `"scope":"read","access_token":"at-8-other"`), "token-response-damaged"},
		{"milliseconds without a JWT", edit(serviceScene, `"expires_in":3600`, `"expires_in":7200000`), "expiry-misleading"},
		{"AADSTS9002326", loginScene + refuse(exchangeScene, `{"error":"invalid_request","error_description":"AADSTS9002326: Cross-origin token redemption is permitted only for the 'Single-Page Application' client-type."}`), "cors-blocked"},
		{"stale token at Keycloak", flow + "+50m\n" + refuse(refreshScene, `{"error":"invalid_grant","error_description":"Stale token"}`), "refresh-token-reused"},
		{"Atlassian says unknown or invalid", flow + "+50m\n" + refuseWith(refreshScene, 403, `{"error":"invalid_grant","error_description":"Unknown or invalid refresh token."}`), "refresh-token-expired"},
		{"no refresh token at all", serviceScene + "+59m\n" + refuse(edit(refreshScene, "&refresh_token=rt-1-R2FyZGVu", "", "web-7", "svc-3"), `{"error":"invalid_request"}`), "refresh-token-empty"},
		{"ninety days, bare", strings.NewReplacer("https://id.blue.test/oauth2/authorize", "https://auth.truelayer.com/", "https://id.blue.test/oauth2/token", "https://auth.truelayer.com/connect/token").Replace(flow + "+2165h\n" + refuse(refreshScene, refusedGrant400)), "consent-expired"},
		{"expired by text only", "> GET https://api.blue.test/v1/me\nAuthorization: Bearer abcdefghijkl\n< 401\nWWW-Authenticate: Bearer error=\"invalid_token\", error_description=\"The access token expired\"\n", "access-token-expired"},
		{"Zoho with Bearer", flow + "> GET https://www.zohoapis.com/crm/v6/users\nAuthorization: Bearer at-1-Qm9hcmQtdG9rZW4\n< 401\n| {\"code\":\"INVALID_TOKEN\",\"message\":\"invalid oauth token\",\"status\":\"error\"}\n", "token-scheme-wrong"},
		{"idempotency key", flow + "> POST https://api.blue.test/v3/payments\nAuthorization: Bearer at-1-Qm9hcmQtdG9rZW4\nContent-Type: application/json\n| {\"amount\":1}\n< 400\n| {\"type\":\"invalid-request\",\"title\":\"Invalid Request\",\"detail\":\"The Idempotency-Key header is required\"}\n", "api-header-missing"},
		{"Bearer undefined", flow + edit(refuseWith(callScene, 401, `{"message":"Unauthorized"}`), "Bearer at-1-Qm9hcmQtdG9rZW4", "Bearer undefined"), "authorization-header-malformed"},
		{"no blank behind Bearer", flow + edit(refuseWith(callScene, 401, `{"message":"Unauthorized"}`), "Bearer at-1-Qm9hcmQtdG9rZW4", "Bearerat-1-Qm9hcmQtdG9rZW4"), "authorization-header-malformed"},
		{"header stripped on the way", flow + refuseWith(callScene, 401, `{"message":"No authorization token was found"}`), "authorization-header-dropped"},
		{"403 naming a permission", flow + refuseWith(callScene, 403, `{"message":"Missing permission: invoices.read is required"}`), "insufficient-scope"},
		{"invalid_target", loginScene + refuse(edit(exchangeScene, "&client_id", "&resource=https%3A%2F%2Fnope.test&client_id"), `{"error":"invalid_target"}`), "audience-wrong"},
	}
}

func combinedStories() []story {
	at := sceneStart.Unix()
	old := signed(nil, map[string]any{"iss": "https://id.blue.test", "aud": "api", "exp": at - 600, "iat": at - 4200})
	return []story{
		{"changed redirect URI and weak state", strings.ReplaceAll(loginScene, "Zk3fQ1hT7vLw9sXr2mNp", "abc") + refuse(edit(exchangeScene, "app.red.test%2Fcb", "app.red.test%2Fcb%2F"), refusedGrant400), "redirect-uri-changed state-missing-or-weak"},
		{"changed redirect URI and another verifier", loginScene + refuse(edit(exchangeScene, "app.red.test%2Fcb", "app.red.test%2Fcb%2F", "VERIFIER", "zz"+verifier[2:]), refusedGrant400), "redirect-uri-changed pkce-verifier-mismatch"},
		{"narrowed scope and a call that fails for it", loginScene + edit(exchangeScene, `"scope":"profile offline_access"`, `"scope":"offline_access"`) + refuseWith(callScene, 403, `{"error":"insufficient_scope"}`), "scope-narrowed"},
		{"token in the URL over http", loginScene + exchangeScene + "> GET http://api.blue.test/v1/me?access_token=at-1-Qm9hcmQtdG9rZW4\n< 200\n| {}\n", "insecure-endpoint token-in-url"},
		{"wrong nonce and no refresh token", edit(oidcScene(nil, map[string]any{"nonce": "another"}), "openid+profile+offline_access", "openid+profile", `"refresh_token":"rt-1-R2FyZGVu",`, "", "openid profile offline_access", "openid profile", `"userinfo_endpoint"`, `"scopes_supported":["openid","profile","offline_access"],"userinfo_endpoint"`), "nonce-mismatch no-refresh-token"},
		{"two calls with an expired token", "> GET https://api.blue.test/v1/a\nAuthorization: Bearer " + old + "\n< 401\n| {}\n> GET https://api.blue.test/v1/b\nAuthorization: Bearer " + old + "\n< 401\n| {}\n", "access-token-expired"},
		{"a refused refresh and the calls after it", loginScene + exchangeScene + "+70m\n" + refuse(edit(refreshScene, "refresh_token=rt-1-R2FyZGVu", "refresh_token="), `{"error":"invalid_request"}`) + refuseWith(callScene, 403, `{"error":"forbidden"}`), "refresh-token-empty"},
		{"two attempts that fail for different reasons", loginScene + refuse(edit(exchangeScene, "app.red.test%2Fcb", "app.red.test%2Fcb%2F"), refusedGrant400) + "+60s\n" + strings.ReplaceAll(answeredWith("error=access_denied"), "Zk3fQ1hT7vLw9sXr2mNp", "Qw3fQ1hT7vLw9sXr2mNp"), "redirect-uri-changed user-denied"},
		{"slow clock and an expired secret", "~4m\n" + metaScene + "> POST https://stats.gray.test/a\n| x\n< 200\n" + refuseWith(serviceScene, 401, `{"error":"invalid_client","error_description":"The client secret is expired"}`), "client-secret-expired clock-skew"},
		{"a page of the portal, then success", "> GET https://id.blue.test/.well-known/openid-configuration\n< 302\nLocation: http://portal.hotel.test/login?url=https%3A%2F%2Fid.blue.test\n+60s\n" + metaScene + loginScene + exchangeScene, ""},
		{"a healthy service over a year", serviceScene + "+" + (24 * time.Hour * 300).String() + "\n" + serviceScene, ""},
	}
}
