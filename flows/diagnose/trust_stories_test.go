package diagnose

import "strings"

// trustStories are about callbacks, metadata, keys and tokens.
func trustStories() []story {
	flow := loginScene + exchangeScene
	start := "> GET https://app.red.test/start\n< 302\nSet-Cookie: sess=a8f3; Path=/; Secure; SameSite=Strict\nLocation: https://id.blue.test/x\n"
	shop := "> GET https://demo.myshopify.com/admin/oauth/authorize?client_id=1bc013e1&scope=read_orders&redirect_uri=https%3A%2F%2Fapp.red.test%2Fcb&state=Zk3fQ1hT7vLw9sXr2mNp\n< 302\nLocation: https://app.red.test/cb?code=4a2a5c7b&state=Zk3fQ1hT7vLw9sXr2mNp\n> GET https://app.red.test/cb?code=4a2a5c7b&state=Zk3fQ1hT7vLw9sXr2mNp\n< 400\n| shop is missing\n"
	padded := func(text string) string { // '=' behind the payload of the ID token
		i := strings.Index(text, `"id_token":"`) + len(`"id_token":"`)
		j := i + strings.Index(text[i:], `"`)
		parts := strings.SplitN(text[i:j], ".", 3)
		return text[:i] + parts[0] + "." + parts[1] + "=." + parts[2] + text[j:]
	}
	return []story{
		{"a strict cookie", start + refusedCallback("403", "Invalid session"), "session-cookie-lost"},
		{"the application sends the user back to its login", start + edit(loginScene, "< 302\nLocation: /\n", "< 302\nLocation: /login?error=session_expired\n"), "session-cookie-lost"},
		{"another issuer's callback", metaScene + edit(loginScene, "Xy7-Wq3_Zt5&state=Zk3fQ1hT7vLw9sXr2mNp", "Xy7-Wq3_Zt5&state=Zk3fQ1hT7vLw9sXr2mNp&iss=https%3A%2F%2Fid.evil.test") + exchangeScene, "callback-iss-wrong"},
		{"a shop that does not say which", shop, "callback-incomplete"},
		{"metadata is a web page", "> GET https://id.blue.test/.well-known/openid-configuration\n< 200\nContent-Type: text/html\n| <h1>Welcome</h1>\n", "discovery-not-found"},
		{"metadata of another host", edit(metaScene, `"issuer":"https://id.blue.test"`, `"issuer":"https://login.green.test"`) + flow, "issuer-mismatch"},
		{"slash, and the client gave up", "> GET https://id.blue.test/t/one/.well-known/openid-configuration\n< 200\n| {\"issuer\":\"https://id.blue.test/t/one/\",\"authorization_endpoint\":\"https://id.blue.test/a\",\"token_endpoint\":\"https://id.blue.test/t\"}\n", "issuer-trailing-slash"},
		{"an internal name behind https", edit(metaScene, `"token_endpoint":"https://id.blue.test`, `"token_endpoint":"http://keycloak:8080`), "issuer-behind-proxy"},
		{"HS256 where keys are public", edit(oidcHMAC(), "client_secret=s3cr3t-Value-91kq", "client_secret=another-secret-5"), "jwt-header-unacceptable"},
		{"a key at a foreign URL", oidcScene(map[string]any{"jku": "https://keys.evil.test/jwks"}, nil) + jwksScene("k1", "sig"), "jwt-header-unacceptable"},
		{"padding in the token", padded(oidcScene(nil, nil)), "jwt-malformed"},
		{"exp as text", oidcScene(nil, map[string]any{"exp": "1794000000"}), "jwt-malformed"},
		{"c_hash of another code", oidcScene(nil, map[string]any{"c_hash": "AAAAAAAAAAAAAAAAAAAAAA"}), "token-hash-mismatch"},
		{"azp of another client", oidcScene(nil, map[string]any{"aud": []string{"web-7", "x"}, "azp": "mobile-2"}), "id-token-other-client"},
		{"an environment in the issuer of the token", edit(metaScene, "id.blue.test", "id.sandbox.blue.test") + edit(loginScene, "id.blue.test", "id.sandbox.blue.test") + edit(exchangeScene, "id.blue.test", "id.sandbox.blue.test") + refuseWith(callScene, 401, `{"error":"invalid_token"}`), "environment-mixed"},
		{"revocation without authentication", flow + "> POST https://id.blue.test/oauth2/revoke\nContent-Type: application/x-www-form-urlencoded\n| token=at-1-Qm9hcmQtdG9rZW4&token_type_hint=access_token\n< 400\n| {\"error\":\"unsupported_token_type\"}\n", "revoke-refused"},
		{"state pushed, not in the URL", "> POST https://id.blue.test/oauth2/par\nContent-Type: application/x-www-form-urlencoded\n| response_type=code&client_id=web-7&redirect_uri=https%3A%2F%2Fapp.red.test%2Fcb&scope=profile+offline_access&state=Zk3fQ1hT7vLw9sXr2mNp&code_challenge=CHALLENGE&code_challenge_method=S256\n< 201\n| {\"request_uri\":\"urn:ietf:params:oauth:request_uri:1\",\"expires_in\":60}\n" +
			edit(loginScene, "response_type=code&client_id=web-7&redirect_uri=https%3A%2F%2Fapp.red.test%2Fcb&scope=profile+offline_access&state=Zk3fQ1hT7vLw9sXr2mNp&code_challenge=CHALLENGE&code_challenge_method=S256", "client_id=web-7&request_uri=urn%3Aietf%3Aparams%3Aoauth%3Arequest_uri%3A1") + exchangeScene, ""},
		{"two hosts an hour off", "~1h\n" + metaScene + loginScene + exchangeScene + edit(callScene, "api.blue.test", "api.green.test"), "time-zone-wrong"},
		{"one host's clock is wrong", metaScene + loginScene + "~7m\n" + edit(exchangeScene, "id.blue.test", "tok.blue.test"), ""},
		{"the proxy took a loopback call", "\n> POST http://localhost:9000/token\nContent-Type: application/x-www-form-urlencoded\n| grant_type=client_credentials&client_id=a1&client_secret=k2jd83jd8\n< 407\nProxy-Authenticate: Negotiate\n| x\n", "proxy-auth-required"},
		{"a filter's page at the token endpoint", "\n> POST https://id.blue.test/token\nContent-Type: application/x-www-form-urlencoded\n| grant_type=client_credentials&client_id=a1&client_secret=k2jd83jd8\n< 403\nContent-Type: text/html\n| <title>Zscaler</title>Internet Security by Zscaler: website blocked\n", "captive-portal"},
		{"a support id", "\n> POST https://id.blue.test/token\nContent-Type: application/x-www-form-urlencoded\n| grant_type=client_credentials&client_id=a1&client_secret=k2jd83jd8\n< 200\nContent-Type: text/html\n| The requested URL was rejected. Please consult with your administrator. Your support ID is: 1234567890\n", "blocked-by-bot-protection"},
	}
}
