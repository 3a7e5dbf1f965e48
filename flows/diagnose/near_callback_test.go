package diagnose

import (
	"strings"
	"testing"
)

// stateScene is a login whose state goes and comes as these raw texts.
func stateScene(sent, got string) string {
	return edit(loginScene, "state=Zk3fQ1hT7vLw9sXr2mNp&code_challenge", "state="+sent+"&code_challenge", "&state=Zk3fQ1hT7vLw9sXr2mNp\n", "&state="+got+"\n")
}

func TestNearState(t *testing.T) {
	const other = "Aa3fQ1hT7vLw9sXr2mNp"
	alone := func(status, query, text string) string { // the authorization request is not recorded
		return "> GET https://app.red.test/cb?" + query + "\nSec-Fetch-Dest: document\n< " + status + "\nContent-Type: text/html\n| <h1>" + text + "</h1>\n"
	}
	second := edit(page(authorizeURL, "200", "Sign in"), "Zk3fQ1hT7vLw9sXr2mNp", other) // a newer login in another tab
	older := func(status, text string) string {
		login := refusedCallback(status, text)
		i := strings.Index(login, "+9s\n")
		return login[:i] + second + login[i:]
	}
	finished := func(status, text string) string { // the newer login was over before the older came back
		login := refusedCallback(status, text)
		i := strings.Index(login, "+9s\n")
		return login[:i] + edit(loginScene, "Zk3fQ1hT7vLw9sXr2mNp", other, "c0de.Xy7-Wq3_Zt5", "c0de2.Ab12_Cd") + login[i:]
	}
	checkNear(t, []nearMiss{
		{"the same state, written otherwise", stateScene("Zk3fQ1hT7vLw9sXr2%7ENp", "Zk3fQ1hT7vLw9sXr2~Np") + exchangeScene, ""},
		{"a blank, once as + and once as %20", stateScene("Zk3fQ1hT7+Lw9sXr2mNp", "Zk3fQ1hT7%20Lw9sXr2mNp") + exchangeScene, ""},
		{"a plus sign that became a blank", stateScene("Zk3fQ1hT7%2BLw9sXr2mNp", "Zk3fQ1hT7+Lw9sXr2mNp"), "state-altered certain 3"},
		{"a blank that became a plus sign", stateScene("Zk3fQ1hT7%20Lw9sXr2mNp", "Zk3fQ1hT7%2BLw9sXr2mNp"), "state-altered certain 3"},
		{"encoded once more", stateScene("Zk3fQ1hT7%2FLw9sXr2mNp", "Zk3fQ1hT7%252FLw9sXr2mNp"), "state-altered certain 3"},
		{"decoded once more", stateScene("Zk3fQ1hT7%252FLw9sXr2mNp", "Zk3fQ1hT7%2FLw9sXr2mNp"), "state-altered certain 3"},
		{"escaped for HTML", stateScene("Zk3fQ1hT7%26Lw9sXr2mNp", "Zk3fQ1hT7%26amp%3BLw9sXr2mNp"), "state-altered certain 3"},
		{"other letters", stateScene("Zk3fQ1hT7vLw9sXr2mNp", "zk3fq1ht7vlw9sxr2mnp"), "state-altered certain 3"},
		{"its beginning is missing", stateScene("Zk3fQ1hT7vLw9sXr2mNp", "T7vLw9sXr2mNp"), "state-altered certain 3"},
		{"seven of its characters are no end of it", stateScene("Zk3fQ1hT7vLw9sXr2mNp", "Xr2mNp"), "state-mismatch certain 3"},
		{"another alphabet", stateScene("Zk3fQ1hT7-Lw9s_Xr2mNp", "Zk3fQ1hT7%2BLw9s%2FXr2mNp"), "state-altered certain 3"},
		{"state= without a value", stateScene("Zk3fQ1hT7vLw9sXr2mNp", ""), "state-absent certain 3"},
		{"sent empty, came back empty", stateScene("", "") + exchangeScene, "state-missing-or-weak certain 0"},
		{"an error with another state", edit(answeredWith("error=access_denied"), "access_denied&state=Zk3fQ1hT7vLw9sXr2mNp", "access_denied&state="+other), "state-mismatch certain 3"},
		{"an error without a state", edit(answeredWith("error=access_denied"), "access_denied&state=Zk3fQ1hT7vLw9sXr2mNp", "access_denied"), "state-absent certain 3"},
		{"what is in a reference is not known", edit(loginScene, "response_type=code&client_id=web-7&redirect_uri=https%3A%2F%2Fapp.red.test%2Fcb&scope=profile+offline_access&state=Zk3fQ1hT7vLw9sXr2mNp&code_challenge=CHALLENGE&code_challenge_method=S256",
			"client_id=web-7&request_uri=urn%3Aexample%3A1&redirect_uri=https%3A%2F%2Fapp.red.test%2Fcb&state=old"), ""},
		{"an older tab, refused", older("403", "Forbidden"), "state-mismatch certain 4; callback-never-came possible 2"},
		{"an older tab, refused with 400", older("400", "Bad request"), "state-mismatch certain 4; callback-never-came possible 2"},
		{"an older tab, refused by name", older("401", "CSRF check failed"), "state-mismatch certain 4; callback-never-came possible 2"},
		{"an older tab, taken", second + loginScene + exchangeScene, ""},
		{"an older tab, and the application broke", older("500", "Oops"), "callback-not-handled possible 4; callback-never-came possible 2"},
		{"an older tab after the newer one", finished("403", "Forbidden"), "callback-not-handled possible 7"},
		{"the newer login is of another client", edit(older("403", "Forbidden"), "&state="+other, "&state="+other+"&x=1", "client_id=web-7&redirect_uri=https%3A%2F%2Fapp.red.test%2Fcb&scope=profile+offline_access&state="+other, "client_id=web-8&redirect_uri=https%3A%2F%2Fapp.red.test%2Fcb&scope=profile+offline_access&state="+other), "callback-not-handled possible 4; callback-never-came possible 2"},
		{"the state of another login", edit(page(authorizeURL, "200", "Sign in"), "Zk3fQ1hT7vLw9sXr2mNp", other) + edit(loginScene, "Xy7-Wq3_Zt5&state=Zk3fQ1hT7vLw9sXr2mNp", "Xy7-Wq3_Zt5&state="+other), "callback-never-came possible 1"},
		{"only the callback: the state does not match", alone("400", "code=c0de.Xy7&state=x81", "state mismatch"), "state-mismatch likely 0"},
		{"only the callback: no state", alone("400", "code=c0de.Xy7", "Missing state"), ""},
		{"only the callback: it says session", alone("400", "code=c0de.Xy7&state=x81", "session or state expired"), "session-cookie-lost likely 0"},
		{"only the callback: it says nothing", alone("400", "code=c0de.Xy7&state=x81", "Bad request"), "callback-not-handled possible 0"},
		{"only the callback, and it is content", alone("200", "code=c0de.Xy7&state=x81", "The state of your order"), ""},
	})
}

func TestNearCallback(t *testing.T) {
	fragment := func(query, answer string, more ...string) string { // the answer behind #
		return edit(edit(loginScene, "response_type=code", "response_type=code"+query, "Location: https://app.red.test/cb?code=c0de.Xy7-Wq3_Zt5&state", "Location: https://app.red.test/cb#"+answer+"&state",
			"> GET https://app.red.test/cb?code=c0de.Xy7-Wq3_Zt5&state=Zk3fQ1hT7vLw9sXr2mNp\n", "> GET https://app.red.test/cb\n"), more...)
	}
	token := "access_token=at-5-SW1wbGljaXQ&token_type=Bearer"
	call := edit(callScene, "at-1-Qm9hcmQtdG9rZW4", "at-5-SW1wbGljaXQ")
	empty := edit(loginScene, "Location: https://app.red.test/cb?code=c0de.Xy7-Wq3_Zt5&state=Zk3fQ1hT7vLw9sXr2mNp\n", "Location: https://app.red.test/cb\n",
		"> GET https://app.red.test/cb?code=c0de.Xy7-Wq3_Zt5&state=Zk3fQ1hT7vLw9sXr2mNp\n", "> GET https://app.red.test/cb\n", "< 302\nLocation: /\n", "< 400\n| no code\n")
	posted := func(status, text string) string {
		return edit(loginScene, "< 302\nLocation: https://app.red.test/cb?code=c0de.Xy7-Wq3_Zt5&state=Zk3fQ1hT7vLw9sXr2mNp\n", "< 200\nContent-Type: text/html\n| <form method=post action=x></form>\n",
			callbackLine, "> POST https://app.red.test/cb\nContent-Type: application/x-www-form-urlencoded\nCookie: a=b\n| code=c0de.Xy7-Wq3_Zt5&state=Zk3fQ1hT7vLw9sXr2mNp\n< "+status+"\nContent-Type: text/html\n| <h1>"+text+"</h1>\n")
	}
	loopback := func(text string) string {
		return edit(text, "https%3A%2F%2Fapp.red.test%2Fcb", "http%3A%2F%2F127.0.0.1%3A8085%2Fcb", "https://app.red.test/cb", "http://127.0.0.1:8085/cb")
	}
	broken := func(e string) string { return loopback(edit(loginScene, "< 302\nLocation: /\n", "! "+e+"\n")) }
	checkNear(t, []nearMiss{
		{"a token behind # that nobody used", fragment("+token", token, "< 302\nLocation: /\n", "< 200\n| <script></script>\n"), "callback-in-fragment certain 3"},
		{"a token behind # that a script used", fragment("+token", token, "< 302\nLocation: /\n", "< 200\n| <script></script>\n") + call, ""},
		{"a token behind #, and a call with another one", fragment("+token", token, "< 302\nLocation: /\n", "< 200\n| <script></script>\n") + callScene, "callback-in-fragment certain 3"},
		{"a code behind #, and an exchange of another one", fragment("", "code=c0de.Xy7-Wq3_Zt5", "< 302\nLocation: /\n", "< 200\n| <script></script>\n") + edit(exchangeScene, "c0de.Xy7-Wq3_Zt5", "zzzzz.Qq1"), "callback-in-fragment certain 3"},
		{"a code behind # that was exchanged, though refused first", fragment("", "code=c0de.Xy7-Wq3_Zt5", "< 302\nLocation: /\n", "< 400\n| no code\n") + exchangeScene, "callback-not-handled possible 3"},
		{"asked for in the fragment, nothing came", edit(empty, "response_type=code", "response_type=code&response_mode=fragment"), "callback-in-fragment likely 3"},
		{"a token asked for, nothing came", edit(empty, "response_type=code", "response_type=token"), "callback-in-fragment likely 3"},
		{"a token asked for in the query, nothing came", edit(empty, "response_type=code", "response_type=token&response_mode=query"), "callback-incomplete certain 3"},
		{"nothing asked for in the fragment, nothing came", empty, "callback-incomplete certain 3"},
		{"nothing came, and nobody minded", edit(empty, "< 400\n| no code\n", "< 200\n| Welcome\n"), ""},
		{"404", refusedCallback("404", "Not Found"), "callback-not-handled certain 3"},
		{"405", refusedCallback("405", "Method Not Allowed"), "callback-not-handled certain 3"},
		{"501", refusedCallback("501", "Not Implemented"), "callback-not-handled certain 3"},
		{"500", refusedCallback("500", "Internal error"), "callback-not-handled possible 3"},
		{"502 of a host that is not this machine", refusedCallback("502", "Bad Gateway"), "callback-not-handled possible 3"},
		{"503", refusedCallback("503", "Service Unavailable"), "callback-not-handled possible 3"},
		{"403 for a POST", posted("403", "Forbidden"), "callback-not-handled likely 3"},
		{"403 for a POST without its session", posted("403", "Invalid session"), "callback-not-handled possible 3"},
		{"403 for a GET", refusedCallback("403", "Forbidden"), "callback-not-handled possible 3"},
		{"200 for a POST", posted("200", "Welcome") + exchangeScene, ""},
		{"404 after the code was exchanged", refusedCallback("404", "Not Found") + exchangeScene + callScene, ""},
		{"502 on this machine", loopback(refusedCallback("502", "Bad Gateway")), "callback-not-reached certain 3"},
		{"503 on this machine", loopback(refusedCallback("503", "Service Unavailable")), "callback-not-reached certain 3"},
		{"500 on this machine", loopback(refusedCallback("500", "Internal error")), "callback-not-handled possible 3"},
		{"502 on this machine, and the code was exchanged", loopback(refusedCallback("502", "Bad Gateway")) + edit(exchangeScene, "https%3A%2F%2Fapp.red.test%2Fcb", "http%3A%2F%2F127.0.0.1%3A8085%2Fcb"), "callback-not-handled possible 3"},
		{"refused", broken("connect refused connection refused"), "callback-not-reached certain 3"},
		{"timed out", broken("timeout - i/o timeout"), "callback-not-reached certain 3"},
		{"left by the user", broken("cancelled aborted net::ERR_ABORTED"), ""},
		{"blocked by an extension", broken("cancelled blocked-by-client ERR_BLOCKED_BY_CLIENT"), "blocked-by-extension certain 3"},
		{"no such host", edit(loginScene, "< 302\nLocation: /\n", "! dns not-found no such host\n"), "dns-failure certain 3"},
		{"an untrusted certificate", edit(loginScene, "< 302\nLocation: /\n", "! tls self-signed x509: certificate signed by unknown authority\n"), "tls-untrusted certain 3"},
		{"an ID token instead of a code", edit(loginScene, "cb?code=c0de.Xy7-Wq3_Zt5&state", "cb?id_token=aa.bb.cc&state"), ""},
		{"neither code nor error, then the code", edit(loginScene, "> GET https://app.red.test/cb?code=c0de", "> GET https://app.red.test/cb?state=Zk3fQ1hT7vLw9sXr2mNp\n< 400\n| no\n> GET https://app.red.test/cb?code=c0de") + exchangeScene, "callback-not-handled possible 3"},
		{"a page of the application at that place", "> GET https://app.red.test/cb?state=open\n< 200\n| <h1>Orders</h1>\n" + loginScene + exchangeScene, ""},
	})
}

func TestNearIssuerOfTheCallback(t *testing.T) {
	promised := edit(metaScene, `"issuer":"https://id.blue.test"`, `"issuer":"https://id.blue.test","authorization_response_iss_parameter_supported":true`)
	with := func(text, iss string) string {
		return edit(text, "&state=Zk3fQ1hT7vLw9sXr2mNp\n", "&state=Zk3fQ1hT7vLw9sXr2mNp&iss="+iss+"\n")
	}
	google := func(iss string) string {
		return edit(with(loginScene, iss), "https://id.blue.test/oauth2/authorize", "https://accounts.google.com/o/oauth2/v2/auth")
	}
	googleMeta := strings.ReplaceAll(metaScene, "https://id.blue.test", "https://accounts.google.com")
	checkNear(t, []nearMiss{
		{"promised, and right", promised + with(loginScene, "https%3A%2F%2Fid.blue.test") + exchangeScene, ""},
		{"promised, and absent beside an error", promised + answeredWith("error=access_denied"), "callback-iss-wrong certain 4"},
		{"promised as false, and absent", edit(promised, "parameter_supported\":true", "parameter_supported\":false") + loginScene + exchangeScene, ""},
		{"a slash more", metaScene + with(loginScene, "https%3A%2F%2Fid.blue.test%2F") + exchangeScene, "callback-iss-wrong certain 4"},
		{"wrong beside an error", metaScene + with(answeredWith("error=access_denied"), "https%3A%2F%2Fid.evil.test"), "callback-iss-wrong certain 4"},
		{"the metadata has a place holder", edit(metaScene, `"issuer":"https://id.blue.test"`, `"issuer":"https://id.blue.test/{tenantid}"`) + with(loginScene, "https%3A%2F%2Fid.blue.test%2Fa"), "issuer-tenant-template certain 0"},
		{"no metadata, another host, taken", with(loginScene, "https%3A%2F%2Fid.evil.test") + exchangeScene, ""},
		{"no metadata, another host, refused", with(refusedCallback("400", "no"), "https%3A%2F%2Fid.evil.test"), "callback-iss-wrong likely 3"},
		{"no metadata, another host of the site, refused", with(refusedCallback("400", "no"), "https%3A%2F%2Flogin.blue.test"), "callback-not-handled possible 3"},
		{"no metadata, no host, refused", with(refusedCallback("400", "no"), "blue"), "callback-not-handled possible 3"},
		{"the ID token of the exchange names another one", with(edit(loginScene, "scope=profile", "scope=openid+profile"), "https%3A%2F%2Fid.evil.test") + edit(exchangeScene, `"scope":"profile`, `"id_token":"`+signed(nil, idClaims(map[string]any{"nonce": nil}))+`","scope":"openid profile`), "callback-iss-wrong certain 3"},
		{"the ID token of the exchange names it", with(edit(loginScene, "scope=profile", "scope=openid+profile"), "https%3A%2F%2Fid.blue.test") + edit(exchangeScene, `"scope":"profile`, `"id_token":"`+signed(nil, idClaims(map[string]any{"nonce": nil}))+`","scope":"openid profile`), ""},
		{"Google's other name", googleMeta + google("accounts.google.com"), ""},
		{"not a name of Google", googleMeta + google("https%3A%2F%2Fid.evil.test"), "callback-iss-wrong certain 4"},
	})
}

func TestNearHMAC(t *testing.T) {
	const query = shopQuery
	good := hmacScene("shpss_abc", query, "")
	upper := hmacScene("shpss_abc", "timestamp=1793616466&code=4a2a5c7b&shop=demo.myshopify.com&state=Zk3fQ1hT7vLw9sXr2mNp&signature=old", "")
	checkNear(t, []nearMiss{
		{"signed with the secret of the exchange", good, "(dialect-expiry-form); (dialect-body-format)"},
		{"in another order, beside an old signature", upper, "(dialect-expiry-form); (dialect-body-format)"},
		{"signed with another secret", hmacScene("shpss_other", query, ""), "callback-hmac-invalid certain 1; (dialect-expiry-form); (dialect-body-format)"},
		{"a parameter was added", hmacScene("shpss_abc", query+"&host=x", ""), "callback-hmac-invalid certain 1; (dialect-expiry-form); (dialect-body-format)"},
		{"no shop", hmacScene("shpss_abc", strings.Replace(query, "&shop=demo.myshopify.com", "", 1), "00"), "callback-incomplete certain 1; callback-hmac-invalid certain 1; (dialect-expiry-form); (dialect-body-format)"},
		{"no secret is known, and the application minds", edit(good, `"client_secret":"shpss_abc",`, "", "< 302\nLocation: /\n", "< 401\n| HMAC validation failed\n"), "callback-hmac-invalid likely 1; (dialect-expiry-form); (dialect-body-format)"},
		{"no secret is known, and the application minds something else", edit(good, `"client_secret":"shpss_abc",`, "", "< 302\nLocation: /\n", "< 401\n| try again\n"), "callback-not-handled possible 1; (dialect-expiry-form); (dialect-body-format)"},
		{"no secret is known, and nobody minds", edit(good, `"client_secret":"shpss_abc",`, ""), "(dialect-expiry-form); (dialect-body-format)"},
	})
}

func TestNearRepeated(t *testing.T) {
	twice := func(name, value string) string {
		return edit(exchangeScene, "&client_id=web-7", "&client_id=web-7&"+name+"="+value)
	}
	refused := `{"error":"invalid_request"}`
	checkNear(t, []nearMiss{
		{"twice at the exchange, and it worked", loginScene + twice("client_id", "web-7"), ""},
		{"twice at the exchange, refused", loginScene + refuse(twice("client_id", "web-7"), refused), "parameter-repeated certain 4"},
		{"twice with different values, refused", loginScene + refuse(twice("grant_type", "refresh_token"), refused), "parameter-repeated certain 4"},
		{"an array, refused", loginScene + refuse(twice("x[]", "1&x[]=2"), refused), "provider-error possible 4"},
		{"audience twice, refused", loginScene + refuse(twice("audience", "a&audience=b"), refused), "provider-error possible 4"},
		{"twice at the exchange, no answer", loginScene + edit(twice("client_id", "web-7"), "< 200\nContent-Type: application/json\n| {\"access_token\":\"at-1-Qm9hcmQtdG9rZW4\",\"token_type\":\"Bearer\",\"expires_in\":3600,\"refresh_token\":\"rt-1-R2FyZGVu\",\"scope\":\"profile offline_access\"}", "! timeout - i/o timeout"), "server-unreachable certain 4"},
		{"twice in the authorization request, refused", page(authorizeURL+"&client_id=web-7", "400", "invalid_request"), "parameter-repeated certain 0"},
		{"twice in the authorization request, taken", edit(loginScene, "code_challenge_method=S256", "code_challenge_method=S256&client_id=web-7") + exchangeScene, ""},
		{"the code twice in the callback, refused", edit(refusedCallback("400", "duplicate"), "cb?code=c0de.Xy7-Wq3_Zt5&state=Zk3fQ1hT7vLw9sXr2mNp\n", "cb?code=c0de.Xy7-Wq3_Zt5&code=zz&state=Zk3fQ1hT7vLw9sXr2mNp\n"), "parameter-repeated certain 3"},
		{"the state twice in the callback, exchange refused", edit(loginScene, "cb?code=c0de.Xy7-Wq3_Zt5&state=Zk3fQ1hT7vLw9sXr2mNp\n", "cb?code=c0de.Xy7-Wq3_Zt5&state=Zk3fQ1hT7vLw9sXr2mNp&x=1&x=2\n") + refuse(exchangeScene, refusedGrant400), "parameter-repeated certain 3"},
		{"twice in the callback, and nothing failed", edit(loginScene, "cb?code=c0de.Xy7-Wq3_Zt5&state=Zk3fQ1hT7vLw9sXr2mNp\n", "cb?code=c0de.Xy7-Wq3_Zt5&state=Zk3fQ1hT7vLw9sXr2mNp&x=1&x=2\n") + exchangeScene, ""},
	})
}
