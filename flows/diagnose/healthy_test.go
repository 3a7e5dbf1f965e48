package diagnose

import (
	"strings"
	"testing"
	"time"

	"oauthlens/flows"
)

// TestHealthyFlows: what happens in good flows and looks like a fault. Only the named
// info findings may be there.
func TestHealthyFlows(t *testing.T) {
	flow := loginScene + exchangeScene + callScene
	resumed := edit(loginScene, "Location: https://id.blue.test/login?s=1", "Location: https://id.blue.test/Account/Login?ReturnUrl=x",
		"Location: https://app.red.test/cb?code=c0de.Xy7-Wq3_Zt5&state=Zk3fQ1hT7vLw9sXr2mNp\n"+callbackLine,
		"Location: https://id.blue.test/oauth2/authorize/callback?response_type=code&client_id=web-7&redirect_uri=https%3A%2F%2Fapp.red.test%2Fcb&scope=profile+offline_access&state=Zk3fQ1hT7vLw9sXr2mNp&code_challenge=CHALLENGE&code_challenge_method=S256\n"+
			"> GET https://id.blue.test/oauth2/authorize/callback?response_type=code&client_id=web-7&redirect_uri=https%3A%2F%2Fapp.red.test%2Fcb&scope=profile+offline_access&state=Zk3fQ1hT7vLw9sXr2mNp&code_challenge=CHALLENGE&code_challenge_method=S256\nSec-Fetch-Dest: document\n< 302\nLocation: https://app.red.test/cb?code=c0de.Xy7-Wq3_Zt5&state=Zk3fQ1hT7vLw9sXr2mNp\n"+callbackLine)
	federated := edit(loginScene, "Location: https://id.blue.test/login?s=1\n> GET https://id.blue.test/login?s=1\n",
		"Location: https://accounts.google.com/o/oauth2/v2/auth?response_type=code&client_id=1.apps.googleusercontent.com&redirect_uri=https%3A%2F%2Fid.blue.test%2Flogin%2Fcallback&scope=openid+email&state=Inner1hT7vLw9sXr2mNpQ\n"+
			"> GET https://accounts.google.com/o/oauth2/v2/auth?response_type=code&client_id=1.apps.googleusercontent.com&redirect_uri=https%3A%2F%2Fid.blue.test%2Flogin%2Fcallback&scope=openid+email&state=Inner1hT7vLw9sXr2mNpQ\n",
		"> POST https://id.blue.test/login\n| username=robin&password=secret\n< 302\n",
		"> POST https://accounts.google.com/v3/signin\n| x=1\n< 302\nLocation: https://id.blue.test/login/callback?code=4%2F0Ad8kq&state=Inner1hT7vLw9sXr2mNpQ\n"+
			"> GET https://id.blue.test/login/callback?code=4%2F0Ad8kq&state=Inner1hT7vLw9sXr2mNpQ\nSec-Fetch-Dest: document\n< 302\n")
	tests := []struct{ name, text, infos string }{
		{"the provider resumes under another path", resumed + exchangeScene, ""},
		{"login at Google behind the provider", federated + exchangeScene + callScene, ""},
		{"maps and feature flags of others", flow + "> GET https://maps.gray.test/v1/style?access_token=pk.abcdefghijk\n< 200\n> GET https://flags.gray.test/sdk\nAuthorization: sdk-7788-abcdef\n< 401\n| {\"message\":\"no\"}\n", ""},
		{"response_type means something else", flow + "> GET https://search.gray.test/q?response_type=json&q=x\n< 404\n| {}\n> POST https://stats.gray.test/v1/devices?client_id=77\n| {}\n< 403\n| {\"error\":\"forbidden\"}\n", ""},
		{"the API was asked before the login", "> GET https://api.blue.test/v1/me\nAccept: application/json\n< 401\nWWW-Authenticate: Bearer\n| {\"error\":\"unauthorized\"}\n" + flow, ""},
		{"a business error of the API", flow + "> POST https://api.blue.test/v1/payments\nAuthorization: Bearer at-1-Qm9hcmQtdG9rZW4\n| {}\n< 422\n| {\"code\":\"card_declined\",\"message\":\"The card was declined\"}\n> GET https://api.blue.test/v1/none\nAuthorization: Bearer at-1-Qm9hcmQtdG9rZW4\n< 404\n| {\"message\":\"not found\"}\n", ""},
		{"a business error inside 200", flow + "> POST https://api.blue.test/graphql\nAuthorization: Bearer at-1-Qm9hcmQtdG9rZW4\n| {}\n< 200\n| {\"errors\":[{\"message\":\"payment authorization failed\"}],\"data\":null}\n", ""},
		{"a page that the user left", edit(loginScene, "> POST https://id.blue.test/login\n", "> GET https://id.blue.test/help\nSec-Fetch-Dest: document\n! cancelled aborted net::ERR_ABORTED\n> POST https://id.blue.test/login\n") + exchangeScene, ""},
		{"old furniture from the browser's cache", "> GET https://cdn.gray.test/a.js\n< 200\nDate: Sun, 08 Nov 2026 10:00:00 GMT\n> GET https://fonts.gray.test/b\n< 200\nDate: Sun, 08 Nov 2026 10:00:01 GMT\n" + flow, ""},
		{"a deploy in the middle", flow + refuseWith(callScene, 503, "busy") + callScene, "expected-retry"},
		{"a token that was refreshed before its end", flow + "+50m\n" + refreshScene + edit(callScene, "at-1-Qm9hcmQtdG9rZW4", "at-2-TmV3ZXI"), ""},
		{"a silent login before the visible one", edit(answeredWith("error=login_required"), "code_challenge_method=S256", "code_challenge_method=S256&prompt=none", "Zk3fQ1hT7vLw9sXr2mNp", "Aa3fQ1hT7vLw9sXr2mNp") + flow, "expected-retry"},
		{"form_post with its cookie", "> GET https://app.red.test/start\n< 302\nSet-Cookie: sess=a8f3; Secure; SameSite=None\nLocation: https://id.blue.test/\n" +
			edit(loginScene, "< 302\nLocation: https://app.red.test/cb?code=c0de.Xy7-Wq3_Zt5&state=Zk3fQ1hT7vLw9sXr2mNp\n"+callbackLine,
				"< 200\nContent-Type: text/html\n| <form method=post></form>\n> POST https://app.red.test/cb\nCookie: sess=a8f3\nContent-Type: application/x-www-form-urlencoded\n| code=c0de.Xy7-Wq3_Zt5&state=Zk3fQ1hT7vLw9sXr2mNp\n< 303\nLocation: /\n") + exchangeScene, ""},
		{"a wrong password first", edit(loginScene, "> POST https://id.blue.test/login\n", "> POST https://id.blue.test/login\n| username=robin&password=wrong\n< 401\nContent-Type: text/html\n| <h1>Wrong password</h1>\n> POST https://id.blue.test/login\n") + exchangeScene, ""},
		{"an ID token signed with the client secret", oidcHMAC(), ""},
		{"revocation that holds", flow + "> POST https://id.blue.test/oauth2/revoke\nContent-Type: application/x-www-form-urlencoded\n| token=rt-1-R2FyZGVu&client_id=web-7&client_secret=s3cr3t-Value-91kq\n< 200\n", ""},
		{"a second login after a logout", flow + "+20m\n" + strings.NewReplacer("Zk3fQ1hT7vLw9sXr2mNp", "Yy8fQ1hT7vLw9sXr2mNp", "c0de.Xy7-Wq3_Zt5", "c0de2.Ab12_Cd", "at-1-", "at-8-", "rt-1-", "rt-8-").Replace(flow), ""},
		{"the user reloads the login page", page(authorizeURL, "200", "Sign in") + "+3s\n" + page(authorizeURL, "200", "Sign in") + "+4s\n" + edit(loginScene, "&code_challenge=CHALLENGE&code_challenge_method=S256", "") + edit(exchangeScene, "&code_verifier=VERIFIER", ""), ""},
	}
	for _, x := range tests {
		t.Run(x.name, func(t *testing.T) {
			var infos []string
			for _, f := range findingsOf(t, x.text) {
				if f.Severity == flows.SeverityInfo {
					infos = append(infos, f.Code)
					continue
				}
				t.Errorf("%s %s: %s", f.Severity, f.Code, evidence(f))
			}
			if strings.Join(infos, " ") != x.infos {
				t.Errorf("infos %v, want %s", infos, x.infos)
			}
		})
	}
}

// oidcHMAC is a login whose ID token is signed with HS256 and the client secret.
func oidcHMAC() string {
	at := sceneStart.Add(9 * time.Second)
	text := oidcScene(nil, nil)
	i := strings.Index(text, `"id_token":"`) + len(`"id_token":"`)
	j := i + strings.Index(text[i:], `"`)
	return text[:i] + hs256("s3cr3t-Value-91kq", idClaims(map[string]any{"iat": at.Unix(), "exp": at.Add(time.Hour).Unix()})) + text[j:] + jwksScene("k1", "sig")
}

func moreStories() []story {
	inFragment := edit(loginScene, "Location: https://app.red.test/cb?code=c0de.Xy7-Wq3_Zt5&state", "Location: https://app.red.test/cb#error=access_denied&error_description=user+cancelled&state",
		"> GET https://app.red.test/cb?code=c0de.Xy7-Wq3_Zt5&state=Zk3fQ1hT7vLw9sXr2mNp\n", "> GET https://app.red.test/cb\n", "< 302\nLocation: /\n", "< 200\n| x\n")
	cutOff := edit(loginScene, callbackLine, "", "code=c0de.Xy7-Wq3_Zt5&state", "error=server_error&state")
	noPKCE := edit(loginScene, "&code_challenge=CHALLENGE&code_challenge_method=S256", "") + edit(exchangeScene, "&code_verifier=VERIFIER", "")
	return []story{
		{"an error behind #", inFragment, "user-denied"},
		{"an error whose callback is not recorded", cutOff, "provider-error"},
		{"a fixed state for two logins", noPKCE + "+60s\n" + strings.NewReplacer("c0de.Xy7-Wq3_Zt5", "c0de2.Ab12_Cd", "at-1-", "at-8-", "rt-1-", "rt-8-").Replace(noPKCE), "state-missing-or-weak"},
		{"a path as state", strings.ReplaceAll(loginScene, "state=Zk3fQ1hT7vLw9sXr2mNp", "state=%2Fdashboard%2Fsettings") + exchangeScene, "state-missing-or-weak"},
		{"the login began over http", "> GET http://id.blue.test/oauth2/authorize?response_type=code&client_id=web-7&redirect_uri=https%3A%2F%2Fapp.red.test%2Fcb&scope=profile+offline_access&state=Zk3fQ1hT7vLw9sXr2mNp&code_challenge=CHALLENGE&code_challenge_method=S256\n< 301\nLocation: https://id.blue.test/oauth2/authorize?response_type=code&client_id=web-7&redirect_uri=https%3A%2F%2Fapp.red.test%2Fcb&scope=profile+offline_access&state=Zk3fQ1hT7vLw9sXr2mNp&code_challenge=CHALLENGE&code_challenge_method=S256\n" + loginScene + exchangeScene, "insecure-endpoint"},
		{"the key set is gone", oidcScene(nil, nil) + "> GET https://id.blue.test/keys/jwks\n< 404\n| no\n", "signing-key-unknown"},
		{"Strava's errors", loginScene + refuse(exchangeScene, `{"message":"Bad Request","errors":[{"resource":"AuthorizationCode","field":"code","code":"invalid"}]}`), "invalid-grant-unexplained"},
		{"Facebook's errors", loginScene + refuse(exchangeScene, `{"error":{"message":"This authorization code has been used.","type":"OAuthException","code":100,"fbtrace_id":"A"}}`), "code-reused"},
		{"Slack's errors", edit(refuse(loginScene+exchangeScene, `{"ok":false,"error":"code_already_used"}`), "< 400", "< 200"), "code-reused"},
		{"WeChat's errors", edit(refuse(loginScene+exchangeScene, `{"errcode":40163,"errmsg":"code been used, rid: 61a"}`), "< 400", "< 200"), "code-reused"},
		{"HubSpot's errors", refuse(edit(exchangeScene, "&code_verifier=VERIFIER", ""), `{"status":"MISMATCH_REDIRECT_URI_AUTH_CODE","message":"Redirect URI does not match initial auth code URI","correlationId":"7"}`), "redirect-uri-changed"},
		{"GitHub says which scopes it wants", loginScene + exchangeScene + edit(refuseWith(callScene, 403, `{"message":"Must have admin rights"}`), "Content-Type: application/json\n| {\"message\"", "X-OAuth-Scopes: user\nX-Accepted-OAuth-Scopes: repo, admin:org\n| {\"message\""), "insufficient-scope"},
	}
}
