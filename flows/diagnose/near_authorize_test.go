package diagnose

import (
	"strings"
	"testing"
)

func TestNearAuthorize(t *testing.T) {
	said := func(code, text string) string {
		return answeredWith("error=" + code + "&error_description=" + strings.ReplaceAll(text, " ", "+"))
	}
	scoped := func(scope, code, text string) string {
		return edit(said(code, text), "scope=profile+offline_access", "scope="+scope)
	}
	silent := func(code string) string {
		return edit(answeredWith("error="+code), "code_challenge_method=S256", "code_challenge_method=S256&prompt=none")
	}
	asked := func(url, status, text string) string { return page(url, status, text) }
	with := func(old, now string) string { return strings.Replace(authorizeURL, old, now, 1) }
	refused := func(code, text string) string {
		return refuse(serviceScene, `{"error":"`+code+`","error_description":"`+text+`"}`)
	}
	flow := loginScene + exchangeScene
	checkNear(t, []nearMiss{
		{"commas, and the scope is bad", scoped("profile%2Coffline_access", "invalid_scope", "no"), "scope-separator-wrong certain 3"},
		{"commas and blanks", scoped("profile%2C+offline_access", "invalid_scope", "no"), "scope-separator-wrong certain 3"},
		{"a comma in one of two names", scoped("a%2Cb+profile", "invalid_scope", "no"), "scope-not-allowed likely 3"},
		{"one name", scoped("profile", "invalid_scope", "no"), "scope-not-allowed likely 3"},
		{"commas, and the user said no", scoped("profile%2Coffline_access", "access_denied", "no"), "user-denied likely 3"},
		{"commas, taken", edit(loginScene, "scope=profile+offline_access", "scope=profile%2Coffline_access") + exchangeScene, ""},
		{"it names the scope", said("invalid_scope", "offline_access is not enabled"), "scope-not-allowed certain 3"},
		{"it says that a scope is unknown", said("invalid_request", "unknown scope"), "scope-not-allowed likely 3"},
		{"it says that a call needs a scope", flow + refuseWith(callScene, 403, `{"error":"insufficient_scope","error_description":"unknown scope"}`), "insufficient-scope certain 5"},

		{"encoded twice, and taken", edit(loginScene, "scope=profile+offline_access", "scope=profile%2520offline_access") + exchangeScene, "scope-narrowed certain 4"},
		{"encoded twice, and a login page", asked(with("scope=profile+offline_access", "scope=profile%2520offline_access"), "200", "Sign in"), "callback-never-came possible 0"},
		{"an address encoded twice", asked(authorizeURL+"&login_hint=robin%2540red.test", "400", "Bad request"), "authorize-double-encoded certain 0"},
		{"claims encoded twice", asked(authorizeURL+"&claims=%257B%2522a%2522%253A1%257D", "400", "Bad request"), "authorize-double-encoded certain 0"},
		{"a URL inside the redirect URI", asked(with("app.red.test%2Fcb", "app.red.test%2Fcb%3Fnext%3Dhttps%253A%252F%252Fa.test"), "400", "Bad request"), "redirect-uri-not-registered possible 0"},
		{"a per cent sign in the client id", asked(with("web-7", "web%2541"), "400", "Bad request"), "authorize-double-encoded certain 0"},

		{"unauthorized_client", refused("unauthorized_client", ""), "grant-not-enabled likely 0"},
		{"unauthorized_client, in words", refused("unauthorized_client", "this grant type is not enabled"), "grant-not-enabled certain 0"},
		{"a grant that is not allowed, by words alone", refused("invalid_request", "grant type is not allowed for this client"), "grant-not-enabled certain 0"},
		{"a scope that is not allowed in this grant", refused("invalid_request", "scope is not allowed for this grant type"), "scope-not-allowed likely 0"},
		{"an unsupported grant, spelt right", refused("unsupported_grant_type", ""), "grant-not-enabled likely 0"},
		{"an API that forbids the flow", flow + refuseWith(callScene, 403, `{"error":"unauthorized_client"}`), "api-forbidden possible 5"},
		{"a response type that is not enabled", said("unsupported_response_type", ""), "grant-not-enabled likely 3"},

		{"denied without a word", answeredWith("error=access_denied"), "user-denied likely 3"},
		{"denied by the user", said("access_denied", "The user denied the request"), "user-denied likely 3"},
		{"denied by an administrator", said("access_denied", "Your administrator has to approve this"), "access-denied-by-policy certain 3"},
		{"denied by the user, who is an administrator", said("access_denied", "the user cancelled the administrator consent"), "user-denied likely 3"},
		{"denied by a number", said("access_denied", "AADSTS50105 the user cancelled"), "access-denied-by-policy certain 3"},
		{"denied in the device flow", refuse(deviceScene(), `{"error":"access_denied"}`), "user-denied likely 1"},
		{"denied at the token endpoint", refused("access_denied", "not a member of the organisation"), "access-denied-by-policy certain 0"},

		{"silent, and a login is needed", silent("login_required"), "prompt-none-failed certain 3"},
		{"silent, and an account", silent("account_selection_required"), "prompt-none-failed certain 3"},
		{"silent, and denied", silent("access_denied"), "user-denied likely 3"},
		{"not silent, and a login is needed", answeredWith("error=login_required"), "prompt-none-failed likely 3"},
		{"prompt=login, and a login is needed", edit(answeredWith("error=login_required"), "code_challenge_method=S256", "code_challenge_method=S256&prompt=login"), "provider-error possible 3"},

		{"a bare 400", asked(authorizeURL, "400", "Bad request"), "redirect-uri-not-registered possible 0"},
		{"a bare 403", asked(authorizeURL, "403", "Forbidden"), "redirect-uri-not-registered possible 0"},
		{"a bare 404", asked(authorizeURL, "404", "Not found"), "provider-error possible 0"},
		{"a bare 405", asked(authorizeURL, "405", "Not allowed"), "provider-error possible 0"},
		{"a bare 429", asked(authorizeURL, "429", "Slow down"), "rate-limited certain 0"},
		{"a bare 500", asked(authorizeURL, "500", "Oops"), "provider-error certain 0"},
		{"server_error", answeredWith("error=server_error"), "provider-error certain 3"},
		{"temporarily_unavailable at the token endpoint", refused("temporarily_unavailable", ""), "provider-error certain 0"},
		{"408", refuseWith(serviceScene, 408, "{}"), "provider-error likely 0"},
		{"503, then a token", refuseWith(serviceScene, 503, "{}") + "+5s\n" + serviceScene, "(expected-retry)"},
		{"503 of a page that nobody asked for", flow + "> GET https://cdn.gray.test/a.js\n< 503\n| no\n", ""},

		{"a login page that the user left", asked(authorizeURL, "200", "Sign in"), "callback-never-came possible 0"},
		{"a login page, and the code was exchanged", asked(authorizeURL, "200", "Sign in") + edit(exchangeScene, "&code_verifier=VERIFIER", ""), ""},
		{"a silent login that led nowhere", asked(authorizeURL+"&prompt=none", "200", "Sign in"), ""},
		{"a login page, and another client's login", asked(with("web-7", "web-8"), "200", "Sign in") + edit(flow, "Zk3fQ1hT7vLw9sXr2mNp", "Aa3fQ1hT7vLw9sXr2mNp"), "callback-never-came possible 0"},
	})
}

func TestNearJourney(t *testing.T) {
	framed := func(headers string) string {
		return "\n> GET " + authorizeURL + "\nSec-Fetch-Dest: iframe\n< 200\n" + headers + "Content-Type: text/html\n| <h1>Sign in</h1>\n"
	}
	only := func(text string) string { return strings.Replace(text, "Sec-Fetch-Dest: iframe\n", "", 1) }
	lasting := func(host, more string) string { // a login that gave no refresh token
		return edit(loginScene, "https://id.blue.test/oauth2/authorize?", "https://"+host+"/authorize?"+more, "scope=profile+offline_access", "scope=profile") +
			edit(exchangeScene, "https://id.blue.test/oauth2/token", "https://"+host+"/token", `"refresh_token":"rt-1-R2FyZGVu",`, "", "profile offline_access", "profile")
	}
	supported := edit(metaScene, `"jwks_uri"`, `"scopes_supported":["profile","offline_access"],"jwks_uri"`)
	blue := lasting("id.blue.test/oauth2", "")
	checkNear(t, []nearMiss{
		{"in a frame that nobody forbids", framed(""), "callback-never-came possible 0"},
		{"in a frame that the page forbids", framed("X-Frame-Options: DENY\n"), "authorize-in-iframe certain 0"},
		{"a page that forbids frames, opened alone", only(framed("X-Frame-Options: DENY\n")), "callback-never-came possible 0"},
		{"in a frame of the application that the page names", framed("Content-Security-Policy: frame-ancestors 'self' https://app.red.test\n"), "callback-never-came possible 0"},
		{"in a frame of a host that the page names with a star", framed("Content-Security-Policy: frame-ancestors *.red.test\n"), "callback-never-came possible 0"},
		{"in a frame while the page names others with a star", framed("Content-Security-Policy: frame-ancestors https://*.green.test\n"), "authorize-in-iframe certain 0"},
		{"in a frame that everybody may make", framed("Content-Security-Policy: frame-ancestors *\n"), "callback-never-came possible 0"},
		{"in a frame of nobody", framed("Content-Security-Policy: default-src 'self'; frame-ancestors 'none'\n"), "authorize-in-iframe certain 0"},

		{"no refresh token, and nothing says how", blue, ""},
		{"no refresh token, and the metadata says how", supported + blue, "no-refresh-token likely 5"},
		{"no refresh token, asked for as the metadata says", supported + loginScene + edit(exchangeScene, `"refresh_token":"rt-1-R2FyZGVu",`, ""), ""},
		{"no refresh token at Salesforce", lasting("login.salesforce.com", ""), "no-refresh-token likely 4"},
		{"no refresh token at Xero", lasting("login.xero.com", ""), "no-refresh-token certain 4"},
		{"no refresh token at Google", lasting("accounts.google.com", ""), "no-refresh-token certain 4"},
		{"no refresh token at Google, asked for", lasting("accounts.google.com", "access_type=offline&"), "no-refresh-token likely 4"},
		{"no refresh token at Google, asked for with consent", lasting("accounts.google.com", "access_type=offline&prompt=consent&"), ""},
		{"no refresh token at GitHub", lasting("github.com", ""), ""},
		{"no refresh token for the client itself", supported + serviceScene, ""},
		{"an IdentityServer", strings.ReplaceAll(blue, "id.blue.test/oauth2/token", "id.blue.test/connect/token"), "no-refresh-token likely 4"},

		{"a single parameter", page("https://id.blue.test/oauth2/authorize?client_id=web-7", "400", "response_type is missing"), "url-cut-by-shell certain 0"},
		{"two parameters", page("https://id.blue.test/oauth2/authorize?client_id=web-7&response_type=code", "400", "redirect_uri is missing"), "redirect-uri-not-registered possible 0; state-missing-or-weak certain 0"},
		{"the link again, refused", page(authorizeURL, "200", "Sign in") + "+60s\n" + page(authorizeURL, "410", "This link was already used"), "authorize-link-reused certain 1"},
		{"the link again, shown", page(authorizeURL, "200", "Sign in") + "+60s\n" + page(authorizeURL, "200", "Sign in"), "callback-never-came possible 0"},
		{"the link again, and the server broke", page(authorizeURL, "200", "Sign in") + "+60s\n" + page(authorizeURL, "500", "Oops"), "provider-error certain 1"},
	})
}
