package diagnose

import "strings"

func discoveryExamples() map[string]example {
	flow := loginScene + exchangeScene
	meta404 := "> GET https://id.blue.test/t/one/.well-known/openid-configuration\n< 404\n| not here\n"
	return map[string]example{
		"issuer-trailing-slash": {bad: oidcScene(nil, map[string]any{"iss": "https://id.blue.test/"}), good: oidcScene(nil, nil)},
		"issuer-mismatch":       {bad: edit(metaScene, `"issuer":"https://id.blue.test"`, `"issuer":"https://id.blue.test/tenants/b"`), good: metaScene + flow},
		"issuer-behind-proxy": {
			bad:  edit(metaScene, `"issuer":"https://id.blue.test"`, `"issuer":"https://keycloak.auth.svc.cluster.local/"`),
			good: strings.ReplaceAll(metaScene, "https://id.blue.test", "http://localhost:8080"),
		},
		"issuer-tenant-template": {
			bad:  edit(metaScene, `"issuer":"https://id.blue.test"`, `"issuer":"https://id.blue.test/{tenantid}/v2.0"`),
			good: metaScene,
		},
		"discovery-not-found":    {bad: meta404, good: meta404 + edit(metaScene, "> GET https://id.blue.test/.well-known/openid-configuration", "> GET https://id.blue.test/.well-known/oauth-authorization-server") + flow},
		"signing-key-rotated":    {bad: jwksScene("old", "sig") + oidcScene(nil, nil) + jwksScene("k1", "sig"), good: oidcScene(nil, nil) + jwksScene("k1", "sig")},
		"signing-key-unknown":    {bad: oidcScene(nil, nil) + jwksScene("k1", "enc"), good: oidcScene(nil, nil) + jwksScene("k1", "sig")},
		"authorize-host-differs": {bad: edit(metaScene, `"authorization_endpoint":"https://id.blue.test`, `"authorization_endpoint":"https://login.blue.test`), good: metaScene},
		"discovery-incomplete":   {bad: edit(metaScene, `"authorization_code","refresh_token",`, "") + flow, good: metaScene + flow},
	}
}

func tokenExamples() map[string]example {
	damaged := func(text string) string { // another user's claims under the same signature
		i := strings.Index(text, `"id_token":"`) + len(`"id_token":"`)
		parts := strings.SplitN(text[i:i+strings.Index(text[i:], `"`)], ".", 3)
		other := strings.Split(signed(nil, idClaims(map[string]any{"sub": "u-18"})), ".")
		return text[:i] + parts[0] + "." + other[1] + "." + parts[2] + text[i+len(strings.Join(parts, ".")):]
	}
	userinfo := "> GET https://id.blue.test/oauth2/userinfo\nAuthorization: Bearer at-1-Qm9hcmQtdG9rZW4\n< 200\n| {\"sub\":\"SUB\"}\n"
	return map[string]example{
		"signature-invalid":         {bad: damaged(oidcScene(nil, nil)) + jwksScene("k1", "sig"), good: oidcScene(nil, nil) + jwksScene("k1", "sig")},
		"jwt-header-unacceptable":   {bad: oidcScene(map[string]any{"crit": []string{"http://blue.test/x"}}, nil) + jwksScene("k1", "sig"), good: oidcScene(nil, nil) + jwksScene("k1", "sig")},
		"id-token-other-client":     {bad: oidcScene(nil, map[string]any{"aud": []string{"mobile-2", "api"}}), good: oidcScene(nil, map[string]any{"aud": []string{"mobile-2", "web-7"}, "azp": "web-7"})},
		"nonce-mismatch":            {bad: oidcScene(nil, map[string]any{"nonce": nil}), good: oidcScene(nil, nil)},
		"token-hash-mismatch":       {bad: oidcScene(nil, map[string]any{"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}), good: oidcScene(nil, nil)},
		"jwt-malformed":             {bad: oidcScene(nil, map[string]any{"exp": "tomorrow"}), good: oidcScene(nil, map[string]any{"exp": float64(sceneStart.Unix()) + 3600.5})},
		"userinfo-subject-mismatch": {bad: oidcScene(nil, nil) + edit(userinfo, "SUB", "u-99"), good: oidcScene(nil, nil) + edit(userinfo, "SUB", "u-17")},
	}
}

func transportExamples() map[string]example {
	answer := "< 200\nContent-Type: application/json\n" + `| {"access_token":"at-9-U2VydmljZQ","token_type":"Bearer","expires_in":3600,"scope":"read"}`
	broken := func(e string) string { return edit(serviceScene, answer, "! "+e) }
	replied := func(r string) string { return edit(serviceScene, answer, r) }
	early := refusedCallback("500", "Token used too early, check the clock")
	return map[string]example{
		"dns-failure":          {bad: broken("dns not-found no such host"), good: loginScene + exchangeScene + "> GET https://ads.gray.test/x.js\n! dns not-found no such host\n"},
		"server-unreachable":   {bad: broken("timeout - i/o timeout"), good: broken("reset reset connection reset by peer")},
		"connection-reset":     {bad: broken("reset http2 stream error: INTERNAL_ERROR"), good: broken("connect refused connection refused")},
		"tls-untrusted":        {bad: broken("tls self-signed x509: certificate signed by unknown authority"), good: broken("tls expired x509: certificate has expired")},
		"tls-expired":          {bad: broken("tls not-yet-valid x509: certificate is not yet valid"), good: broken("tls wrong-name x509: certificate is valid for other.test")},
		"tls-name-mismatch":    {bad: broken("tls wrong-name x509: certificate is valid for other.test"), good: broken("tls unknown-authority x509: unknown authority")},
		"tls-handshake-failed": {bad: broken("tls plain-http server gave HTTP response to HTTPS client"), good: broken("tls unknown-authority x509: unknown authority")},
		"proxy-auth-required":  {bad: broken("proxy proxy-auth Proxy Authentication Required"), good: replied("< 401\n| {\"error\":\"invalid_client\"}")},
		"blocked-by-bot-protection": {
			bad:  replied("< 403\nContent-Type: text/html\n| <title>Access Denied</title>You don't have permission. Reference #18.2f3a1702.1731 https://errors.edgesuite.net/18.2f"),
			good: replied("< 403\nServer: cloudflare\nCF-Ray: 8a1-LHR\nContent-Type: application/json\n| {\"error\":\"unauthorized_client\"}"),
		},
		"captive-portal": {
			bad:  replied("< 200\nContent-Type: text/html\n| <title>Web Page Blocked</title>Access to this site is blocked by your organisation. URL category: finance"),
			good: replied("< 308\nLocation: https://login.blue.test/oauth2/token"),
		},
		"expected-retry": {
			bad:  refuse(deviceScene(), `{"error":"authorization_pending"}`) + "+5s\n" + devicePoll(),
			good: refuse(deviceScene(), `{"error":"authorization_pending"}`),
		},
		"clock-skew":      {bad: "~-3m20s\n" + early + exchangeScene + callScene, good: "~2s\n" + early + exchangeScene + callScene},
		"time-zone-wrong": {bad: "~5h30m\n" + early + exchangeScene + callScene, good: "~4m\n" + early + exchangeScene + callScene},
		"url-cut-by-shell": {
			bad:  page("https://id.blue.test/oauth2/authorize?client_id=web-7", "400", "Missing required parameter: response_type"),
			good: page(strings.Replace(authorizeURL, "response_type=code&", "", 1), "400", "Missing required parameter: response_type"),
		},
		"wrong-user-session": {
			bad:  edit(oidcScene(nil, map[string]any{"preferred_username": "kim@red.test"}), "&nonce=", "&login_hint=Robin%40red.test&nonce="),
			good: edit(oidcScene(nil, map[string]any{"preferred_username": "robin@red.test"}), "&nonce=", "&login_hint=Robin%40red.test&nonce="),
		},
		"blocked-by-extension": {bad: broken("cancelled blocked-by-client ERR_BLOCKED_BY_CLIENT"), good: loginScene + exchangeScene + "> GET https://stats.gray.test/p.js\n! cancelled blocked-by-client ERR_BLOCKED_BY_CLIENT\n"},
	}
}
