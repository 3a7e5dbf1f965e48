package diagnose

import (
	"strings"
	"testing"

	"oauthlens/flows"
)

func TestNearMetadata(t *testing.T) {
	flow := loginScene + exchangeScene
	names := func(name, url string) string {
		i := strings.Index(metaScene, `"`+name+`":"`) + len(name) + 4
		j := i + strings.Index(metaScene[i:], `"`)
		return metaScene[:i] + url + metaScene[j:]
	}
	tenant := func(issuer string) string {
		return "> GET https://id.blue.test/t/one/.well-known/openid-configuration\n< 200\n| " + edit(`{"issuer":"ISS","authorization_endpoint":"https://id.blue.test/t/one/a","token_endpoint":"https://id.blue.test/t/one/token","jwks_uri":"https://id.blue.test/k"}`, "ISS", issuer) + "\n"
	}
	signedBy := func(iss string) string { return oidcScene(nil, map[string]any{"iss": iss}) }
	realm := func(iss string) string {
		return keycloak(strings.TrimPrefix(signedBy(iss), metaScene))
	}
	missing := func(status string) string {
		return "> GET https://id.blue.test/.well-known/openid-configuration\n< " + status + "\n| no\n"
	}
	checkNear(t, []nearMiss{
		{"the issuer has a private address", names("issuer", "https://172.20.1.5"), "issuer-behind-proxy certain 0; (authorize-host-differs)"},
		{"the issuer has a public address", names("issuer", "https://172.120.1.5"), "issuer-mismatch certain 0; (authorize-host-differs)"},
		{"the token endpoint has a private address", names("token_endpoint", "https://10.0.0.5/token"), "issuer-behind-proxy certain 0"},
		{"a host whose name begins with 10", names("token_endpoint", "https://10.blue.test/token"), ""},
		{"the key set is on http", names("jwks_uri", "http://id.blue.test/keys/jwks"), "issuer-behind-proxy certain 0"},
		{"the key set is on this machine", names("jwks_uri", "http://localhost/keys/jwks"), "issuer-behind-proxy certain 0"},
		{"all of it is on http", strings.ReplaceAll(metaScene, "https://", "http://"), ""},
		{"a name without a dot", names("token_endpoint", "https://keycloak/token"), "issuer-behind-proxy certain 0"},
		{"a public IPv6 address", names("token_endpoint", "https://[2001:db8::5]/token"), ""},

		{"a slash more, and the client went on", tenant("https://id.blue.test/t/one/") + flow, ""},
		{"a slash more, and it gave up", tenant("https://id.blue.test/t/one/"), "issuer-trailing-slash certain 0"},
		{"a slash more behind a bare host, and it gave up", names("issuer", "https://id.blue.test/"), ""},
		{"another tenant, and the client went on", tenant("https://id.blue.test/t/two") + flow, "issuer-mismatch certain 0"},
		{"a token of the issuer", signedBy("https://id.blue.test"), ""},
		{"a token of another issuer", signedBy("https://id.green.test"), "issuer-mismatch certain 5"},
		{"a token of another issuer, with a slash", signedBy("https://id.blue.test//"), "issuer-mismatch certain 5"},
		{"a token of the realm", realm("https://sso.green.test/realms/a"), ""},
		{"a token of another realm", realm("https://sso.green.test/realms/b"), "issuer-mismatch likely 4"},
		{"a token of another realm at another host", realm("https://login.green.test/realms/b"), ""},

		{"not there, and nothing follows", missing("404"), "discovery-not-found certain 0"},
		{"not there, and the flow goes on", missing("404") + flow, ""},
		{"not there, and somebody else's flow goes on", missing("404") + strings.ReplaceAll(flow, "id.blue.test", "id.green.test"), "discovery-not-found certain 0"},
		{"there under another name", missing("404") + edit(metaScene, "openid-configuration", "oauth-authorization-server"), ""},
		{"the server broke", missing("500"), "provider-error certain 0"},
		{"too many requests", missing("429"), "rate-limited certain 0"},
		{"moved, and followed", edit(missing("301"), "| no", "Location: https://id.blue.test/v2/.well-known/openid-configuration") + edit(metaScene, "id.blue.test/.well", "id.blue.test/v2/.well"), ""},
		{"a page", edit(missing("200"), "| no", "Content-Type: text/html\n| <h1>Welcome</h1>"), "discovery-not-found likely 0"},

		{"the grant is listed", metaScene + flow, ""},
		{"no grants are listed", edit(metaScene, `"grant_types_supported":["authorization_code","refresh_token","client_credentials"],`, "") + flow, ""},
		{"the method is not listed, and it worked", edit(metaScene, `"client_secret_basic","client_secret_post"`, `"client_secret_basic"`) + flow, "(discovery-incomplete)"},
	})
}

func TestNearAudiences(t *testing.T) {
	issued := func(claims map[string]any) string { return oidcScene(nil, claims) }
	several := map[string]any{"aud": []string{"web-7", "mobile-2"}}
	refusing := strings.Replace(issued(several), "< 302\nLocation: /\n", "< 500\nContent-Type: text/html\n| <h1>Sign-in failed</h1>\n", 1)
	checkNear(t, []nearMiss{
		{"one audience", issued(nil), ""},
		{"one audience in a list", issued(map[string]any{"aud": []string{"web-7"}}), ""},
		{"several", issued(several), "id-token-other-client certain 5"},
		{"several, and the client refuses", refusing, "id-token-other-client likely 5"},
		{"several, with azp", issued(map[string]any{"aud": []string{"web-7", "mobile-2"}, "azp": "web-7"}), ""},
		{"several, with client_id", issued(map[string]any{"aud": []string{"web-7", "mobile-2"}, "client_id": "web-7"}), ""},
		{"several, none of them this client", issued(map[string]any{"aud": []string{"mobile-1", "mobile-2"}}), "id-token-other-client certain 5"},
	})
	for name, severity := range map[string]flows.Severity{issued(several): flows.SeverityWarning, refusing: flows.SeverityError} {
		if f := findingsOf(t, name)[0]; f.Severity != severity {
			t.Errorf("%s: %s", f.Severity, f.Title)
		}
	}
}

func TestNearEndpoints(t *testing.T) {
	exchange := func(url string, status int, body string) string {
		return loginScene + refuseWith(edit(exchangeScene, "https://id.blue.test/oauth2/token", url), status, body)
	}
	okta := func(auth, token string) string {
		return strings.NewReplacer("https://id.blue.test/oauth2/authorize", "https://dev-1.okta.com/oauth2/"+auth+"v1/authorize", "https://id.blue.test/oauth2/token", "https://dev-1.okta.com/oauth2/"+token+"v1/token").Replace(loginScene + refuse(exchangeScene, refusedGrant400))
	}
	html := func(status string) string {
		return edit(serviceScene, "< 200\nContent-Type: application/json\n| "+serviceBody, "< "+status+"\nContent-Type: text/html\n| <h1>Hello</h1>")
	}
	asked := func(uri string) string {
		return page(strings.Replace(authorizeURL, "https%3A%2F%2Fapp.red.test%2Fcb", uri, 1), "400", "Bad request")
	}
	checkNear(t, []nearMiss{
		{"where the metadata says", metaScene + exchange("https://id.blue.test/oauth2/token", 400, refusedGrant400), "invalid-grant-unexplained possible 5"},
		{"where the metadata says, with a slash", metaScene + exchange("https://id.blue.test/oauth2/token/", 400, refusedGrant400), "invalid-grant-unexplained possible 5"},
		{"elsewhere, and the metadata is known", metaScene + exchange("https://id.blue.test/oauth/token", 400, refusedGrant400), "token-endpoint-wrong certain 5"},
		{"at the authorization endpoint", exchange("https://id.blue.test/oauth2/authorize", 405, `{"error":"no"}`), "token-endpoint-wrong certain 4"},
		{"404 with a code of OAuth", exchange("https://id.blue.test/oauth2/token", 404, `{"error":"invalid_client"}`), "client-credentials-rejected likely 4"},
		{"404 with another code", exchange("https://id.blue.test/oauth2/token", 404, `{"error":"not_here"}`), "token-endpoint-wrong likely 4"},
		{"405", exchange("https://id.blue.test/oauth2/token", 405, `{"error":"no"}`), "token-endpoint-wrong likely 4"},
		{"200 and a page", html("200"), "token-endpoint-wrong likely 0"},
		{"400 and a page", html("400"), "provider-error possible 0"},
		{"the same server at Okta", okta("default/", "default/"), "invalid-grant-unexplained possible 4"},
		{"another server at Okta", okta("default/", "other/"), "token-endpoint-wrong likely 4"},
		{"the organisation's server at Okta", okta("", ""), "invalid-grant-unexplained possible 4"},
		{"one tenant and common at Entra", strings.NewReplacer("https://id.blue.test/oauth2/authorize", "https://login.microsoftonline.com/common/oauth2/v2.0/authorize", "https://id.blue.test/oauth2/token", "https://login.microsoftonline.com/8f2a3b10-6c1d-4c0e-9a51-0d2f6f3e7711/oauth2/v2.0/token").Replace(loginScene + refuse(exchangeScene, refusedGrant400)), "invalid-grant-unexplained possible 4"},
		{"one realm and another", strings.NewReplacer("https://id.blue.test/oauth2/authorize", "https://sso.green.test/realms/a/auth", "https://id.blue.test/oauth2/token", "https://sso.green.test/realms/b/token").Replace(loginScene + refuse(exchangeScene, refusedGrant400)), "token-endpoint-wrong likely 4"},

		{"a call without a token on http", loginScene + exchangeScene + "> GET http://api.blue.test/v1/health\n< 200\n| {}\n", ""},
		{"a call with a token on http", loginScene + exchangeScene + edit(callScene, "https://api", "http://api"), "insecure-endpoint certain 5"},
		{"a call with a token on this machine", loginScene + exchangeScene + edit(callScene, "https://api.blue.test", "http://[::1]:9"), ""},
		{"a request that never left", edit(serviceScene, "https://id", "http://id", "< 200\nContent-Type: application/json\n| "+serviceBody, "! dns not-found no such host"), "dns-failure certain 0; insecure-endpoint certain 0"},

		{"a fragment", asked("https%3A%2F%2Fapp.red.test%2Fcb%23"), "redirect-uri-unacceptable certain 0"},
		{"a wildcard in the path", asked("https%3A%2F%2Fapp.red.test%2F%2A"), "redirect-uri-unacceptable certain 0"},
		{"http", asked("http%3A%2F%2Fapp.red.test%2Fcb"), "redirect-uri-unacceptable certain 0"},
		{"http on this machine", asked("http%3A%2F%2F127.0.0.1%3A9%2Fcb"), "redirect-uri-not-registered possible 0"},
		{"a scheme of one's own", asked("test.red.app%3A%2Fcb"), "redirect-uri-not-registered possible 0"},
		{"https without a host", asked("https%3A%2F%2F%2Fcb"), "redirect-uri-unacceptable certain 0"},
		{"encoded twice", asked("http%253A%252F%252Fapp.red.test%252Fcb"), "authorize-double-encoded certain 0"},
		{"http, and the provider took it", strings.ReplaceAll(edit(loginScene, "https%3A%2F%2Fapp.red.test", "http%3A%2F%2Fapp.red.test"), "https://app.red.test", "http://app.red.test") + edit(exchangeScene, "https%3A%2F%2Fapp", "http%3A%2F%2Fapp"), ""},
	})
}

func TestNearTransport(t *testing.T) {
	answer := "< 200\nContent-Type: application/json\n| " + serviceBody
	replied := func(r string) string { return edit(serviceScene, answer, r) }
	html := func(status, headers, text string) string {
		return replied("< " + status + "\n" + headers + "Content-Type: text/html\n| " + text)
	}
	origin := func(reply string) string {
		return edit(serviceScene, "Content-Type: application/x-www-form-urlencoded\n", "Content-Type: application/x-www-form-urlencoded\nOrigin: https://app.red.test\n", answer, reply)
	}
	preflight := func(allow string) string {
		return "> OPTIONS https://id.blue.test/oauth2/token\nOrigin: https://app.red.test\n< 204\n" + allow
	}
	started := func(cookie string) string {
		return "> GET https://app.red.test/start\n< 302\nSet-Cookie: " + cookie + "\nLocation: https://id.blue.test/x\n"
	}
	carrying := func(cookie string) string {
		return edit(refusedCallback("403", "Invalid session"), "> GET https://app.red.test/cb?code=c0de.Xy7-Wq3_Zt5&state=Zk3fQ1hT7vLw9sXr2mNp\n", "> GET https://app.red.test/cb?code=c0de.Xy7-Wq3_Zt5&state=Zk3fQ1hT7vLw9sXr2mNp\nCookie: "+cookie+"\n")
	}
	checkNear(t, []nearMiss{
		{"a firewall in front of the token endpoint", html("403", "cf-mitigated: challenge\n", "<title>Just a moment...</title>"), "blocked-by-bot-protection certain 0"},
		{"a page of Cloudflare's that is no check", html("403", "Server: cloudflare\n", "<h1>Forbidden</h1>"), "provider-error possible 0"},
		{"a captcha", html("403", "", "<h1>Please verify you are human</h1>"), "blocked-by-bot-protection certain 0"},
		{"a captcha, in a page that says not found", html("404", "", "<h1>captcha</h1>"), "token-endpoint-wrong likely 0"},
		{"a refusal in JSON that says captcha", replied("< 403\nContent-Type: application/json\n| {\"error\":\"captcha_required\"}"), "provider-error possible 0"},
		{"511", replied("< 511\n| log in"), "captive-portal certain 0"},
		{"a hotspot", html("200", "", "<h1>Hotspot login</h1>"), "captive-portal certain 0"},
		{"a developer portal", html("404", "", "<h1>Developer portal</h1>"), "token-endpoint-wrong likely 0"},
		{"sent to a hotspot", replied("< 302\nLocation: http://wifi.hotel.test/login"), "captive-portal certain 0"},
		{"sent to a sibling", replied("< 302\nLocation: https://portal.blue.test/login"), "token-redirected certain 0"},
		{"407", replied("< 407\nProxy-Authenticate: Basic\n| no"), "proxy-auth-required certain 0"},
		{"a proxy that refuses", replied("! proxy proxy-refused ERR_TUNNEL_CONNECTION_FAILED"), "proxy-auth-required certain 0"},
		{"a proxy that is not there", replied("! proxy connect proxy refused the connection"), "server-unreachable certain 0"},
		{"http at the port of https", replied("< 400\nContent-Type: text/html\n| The plain HTTP request was sent to HTTPS port"), "tls-handshake-failed certain 0"},
		{"an answer of another protocol", replied("! protocol not-http malformed HTTP response"), "tls-handshake-failed certain 0"},
		{"a revoked certificate", replied("! tls revoked certificate revoked"), "tls-untrusted certain 0"},

		{"no preflight, and a failed call", origin("! cancelled failed net::ERR_FAILED"), "cors-blocked likely 0"},
		{"no origin, and a failed call", replied("! cancelled failed net::ERR_FAILED"), "server-unreachable possible 0"},
		{"stopped by a policy of the page", replied("! cancelled blocked-by-csp the page forbade the call"), "blocked-by-extension certain 0"},
		{"a failed call to one's own host", edit(origin("! cancelled failed net::ERR_FAILED"), "https://app.red.test", "https://id.blue.test"), "server-unreachable possible 0"},
		{"a preflight that allows nobody", preflight("X: y\n") + origin("! cancelled failed net::ERR_FAILED"), "cors-blocked certain 1"},
		{"a preflight that allows another", preflight("Access-Control-Allow-Origin: https://www.red.test\n") + origin("! cancelled failed net::ERR_FAILED"), "cors-blocked certain 1"},
		{"a preflight that allows everybody", preflight("Access-Control-Allow-Origin: *\n") + origin("! connect refused connection refused"), "server-unreachable certain 1"},
		{"a preflight that allows nobody, and no call", loginScene + preflight("X: y\n"), "cors-blocked certain 4"},
		{"a preflight that allows nobody, and a call that worked", preflight("X: y\n") + serviceScene, ""},
		{"a preflight elsewhere that allows nobody", loginScene + exchangeScene + "> OPTIONS https://stats.gray.test/x\nOrigin: https://app.red.test\n< 204\n", ""},

		{"a cookie that came back", started("sess=a8f3; SameSite=Lax") + carrying("sess=a8f3"), "callback-not-handled possible 4"},
		{"a cookie that did not", started("sess=a8f3; SameSite=Lax") + carrying("theme=dark"), "session-cookie-lost certain 4"},
		{"a cookie that was deleted", started("flash=deleted; Expires=Thu, 01 Jan 1970 00:00:00 GMT") + carrying("theme=dark"), "callback-not-handled possible 4"},
		{"a cookie that ended at once", started("flash=x; Max-Age=0") + carrying("theme=dark"), "callback-not-handled possible 4"},
		{"a cookie that did not, and nobody minds", started("sess=a8f3; SameSite=Lax") + loginScene + exchangeScene, ""},
		{"a cookie that did not, and there is no route", started("sess=a8f3; SameSite=Lax") + refusedCallback("404", "Not Found"), "callback-not-handled certain 4"},
		{"a cookie that did not, and the state is wrong", started("sess=a8f3; SameSite=Lax") + edit(refusedCallback("403", "Invalid session"), "Xy7-Wq3_Zt5&state=Zk3fQ1hT7vLw9sXr2mNp", "Xy7-Wq3_Zt5&state=vv81LqPsWc02TzYiGhKe"), "state-mismatch certain 4"},
		{"a cookie of a stranger", strings.Replace(started("sess=a8f3"), "app.red.test", "cdn.gray.test", 1) + carrying("theme=dark"), "callback-not-handled possible 4"},
	})
}
