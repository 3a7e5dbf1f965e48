package diagnose

import (
	"strings"
	"testing"
	"time"
)

// useScene is a healthy login and a call that was refused in this way.
func useScene(status int, body string, pairs ...string) string {
	return loginScene + exchangeScene + edit(refuseWith(callScene, status, body), pairs...)
}

// after lets time pass before the call.
func after(d, text string) string {
	i := strings.LastIndex(text, "\n> GET https://api.blue.test")
	return text[:i] + "\n+" + d + text[i:]
}

func TestNearUse(t *testing.T) {
	const (
		no       = `{"message":"no"}`
		bearer   = "Authorization: Bearer at-1-Qm9hcmQtdG9rZW4"
		isJSON   = "Content-Type: application/json\n| {\"message\""
		twoGrant = "+20m\n"
	)
	jwt := func(exp time.Duration, more map[string]any) string {
		c := map[string]any{"iss": "https://id.blue.test", "aud": "api", "iat": sceneStart.Unix(), "exp": sceneStart.Add(exp).Unix()}
		for k, v := range more {
			c[k] = v
		}
		return signed(nil, c)
	}
	bare := func(token string, status int, body string) string {
		return edit(refuseWith(callScene, status, body), "at-1-Qm9hcmQtdG9rZW4", token)
	}
	challenged := func(challenge string) string {
		return useScene(403, no, isJSON, "WWW-Authenticate: "+challenge+"\n"+isJSON)
	}
	newer := edit(callScene, "at-1-Qm9hcmQtdG9rZW4", "at-2-TmV3ZXI")
	idToken := signed(nil, idClaims(map[string]any{"at_hash": "x"}))
	checkNear(t, []nearMiss{
		// expiry: the token of the exchange lives 3600 s from 10:00:09.7
		{"a second before its end", after("59m58s", useScene(401, no)), "api-forbidden possible 5"},
		{"a second after its end", after("60m1s", useScene(401, no)), "access-token-expired certain 5"},
		{"after its end, taken", loginScene + exchangeScene + "+61m\n" + callScene, ""},
		{"after its end, forbidden", after("61m", useScene(403, no)), "api-forbidden possible 5"},
		{"after its end, not found", after("61m", useScene(404, no)), ""},
		{"after its end, the server broke", after("61m", useScene(503, no)), "provider-error certain 5"},
		{"a JWT at its last second", "~0s\n" + bare(jwt(0, nil), 401, no), "access-token-expired certain 0"},
		{"a JWT one second before", bare(jwt(2*time.Second, nil), 401, no), "api-forbidden possible 0"},
		{"it says expired, and the time is not over", useScene(401, `{"message":"token expired"}`), "api-forbidden possible 5"},
		{"it says expired, 20 s before", after("59m41s", useScene(401, `{"message":"token expired"}`)), "access-token-expired likely 5"},
		{"it says expired, nothing is known", bare("unknown-token-1", 401, `{"message":"token expired"}`), "access-token-expired likely 0"},
		{"it says invalid or expired, nothing is known", bare("unknown-token-1", 401, `{"message":"token is invalid or expired"}`), "api-forbidden possible 0"},
		{"the consent expired", bare("unknown-token-1", 403, `{"message":"the consent has expired"}`), "consent-expired certain 0"},
		{"it says expired, and a clock is off", "~-10m\n" + useScene(401, `{"message":"token expired"}`), "api-forbidden possible 5; clock-skew certain 0"},

		// superseded
		{"the older token, the newer one untried", loginScene + exchangeScene + "+9m\n" + refreshScene + refuseWith(callScene, 401, no), "api-forbidden possible 6"},
		{"the older token, the newer one tried elsewhere", loginScene + exchangeScene + "+9m\n" + refreshScene + edit(newer, "api.blue.test", "files.blue.test") + refuseWith(callScene, 401, no), "api-forbidden possible 7"},
		{"the older token, not refused", loginScene + exchangeScene + "+9m\n" + refreshScene + newer + callScene, ""},
		{"the older token, forbidden for something else", loginScene + exchangeScene + "+9m\n" + refreshScene + newer + refuseWith(callScene, 403, no), "api-forbidden possible 7"},
		{"the older token after its own end", loginScene + exchangeScene + "+59m\n" + refreshScene + newer + "+2m\n" + refuseWith(callScene, 401, no), "access-token-expired certain 7"},
		{"the token of another login", loginScene + exchangeScene + twoGrant + strings.NewReplacer("Zk3fQ1hT7vLw9sXr2mNp", "Yy8fQ1hT7vLw9sXr2mNp", "c0de.Xy7-Wq3_Zt5", "c0de2.Ab12_Cd", "at-1-", "at-8-", "rt-1-", "rt-8-").Replace(loginScene+exchangeScene+callScene) + refuseWith(callScene, 401, no), "api-forbidden possible 11"},

		// scope
		{"the challenge names the scope", challenged(`Bearer error="insufficient_scope", scope="invoices.write"`), "insufficient-scope certain 5"},
		{"the challenge names another error", challenged(`Bearer error="invalid_token"`), "api-forbidden possible 5"},
		{"an accepted scope is granted", useScene(403, no, isJSON, "X-OAuth-Scopes: repo\nX-Accepted-OAuth-Scopes: repo, admin:org\n"+isJSON), "api-forbidden possible 5"},
		{"no accepted scope is granted", useScene(403, no, isJSON, "X-OAuth-Scopes: user\nX-Accepted-OAuth-Scopes: repo\n"+isJSON), "insufficient-scope certain 5"},
		{"no accepted scope is granted, and not found", useScene(404, no, isJSON, "X-OAuth-Scopes: user\nX-Accepted-OAuth-Scopes: repo\n"+isJSON), ""},
		{"a permission is missing", useScene(403, `{"message":"the permission files.read is required"}`), "insufficient-scope likely 5"},
		{"permission denied", useScene(403, `{"message":"permission denied"}`), "api-forbidden possible 5"},
		{"401 that misses a scope", useScene(401, `{"message":"required scope is missing"}`), "insufficient-scope likely 5"},
		{"422 that speaks of a scope", useScene(422, `{"message":"scope is required"}`), ""},

		// kind of token
		{"the ID token", edit(loginScene+exchangeScene, `"scope":"profile`, `"id_token":"`+idToken+`","scope":"openid profile`, "scope=profile", "scope=openid+profile") + bare(idToken, 401, no), "wrong-token-kind certain 5; token-hash-mismatch certain 4"},
		{"the refresh token", loginScene + exchangeScene + bare("rt-1-R2FyZGVu", 401, no), "wrong-token-kind certain 5"},
		{"the refresh token, and the request was bad", loginScene + exchangeScene + bare("rt-1-R2FyZGVu", 400, no), ""},
		{"a JWT with a nonce", bare(jwt(time.Hour, map[string]any{"nonce": "n1"}), 401, no), "wrong-token-kind likely 0"},
		{"a JWT with a nonce and a scope", bare(jwt(time.Hour, map[string]any{"nonce": "n1", "scope": "read"}), 401, no), "api-forbidden possible 0"},
		{"a JWT that calls itself an ID token", bare(jwt(time.Hour, map[string]any{"typ": "ID"}), 401, no), "wrong-token-kind likely 0"},
		{"a JWT that calls itself a refresh token", bare(jwt(time.Hour, map[string]any{"typ": "Refresh"}), 401, no), "wrong-token-kind certain 0"},
		{"it misses segments, and it is a JWT", bare(jwt(time.Hour, nil), 401, `{"message":"jwt malformed"}`), "api-forbidden possible 0"},
		{"it misses segments, and the header is malformed", useScene(401, `{"message":"jwt malformed"}`, bearer, "Authorization: Bearer Bearer at-1-Qm9hcmQtdG9rZW4"), "authorization-header-malformed certain 5"},

		// audience
		{"an opaque token and the audience", useScene(401, `{"message":"invalid audience"}`), "audience-wrong likely 5"},
		{"a JWT and the audience", bare(jwt(time.Hour, nil), 401, `{"message":"invalid audience"}`), "audience-wrong certain 0"},
		{"the audience of an advertisement", useScene(422, `{"message":"audience is too small"}`), ""},
		{"an unknown service at the authorization endpoint", page(authorizeURL+"&audience=x", "400", "Service not found: x"), "audience-wrong likely 0"},
	})
}

func TestNearHeaders(t *testing.T) {
	const (
		no     = `{"message":"no"}`
		bearer = "Authorization: Bearer at-1-Qm9hcmQtdG9rZW4"
	)
	sent := func(header string) string { return useScene(401, no, bearer, header) }
	moved := edit(callScene, "< 200\nContent-Type: application/json\n| {\"id\":\"u1\"}", "< 302\nLocation: https://api.blue.test/v2/me")
	to := func(status int, header, body string) string {
		return edit(refuseWith(callScene, status, body), "/v1/me", "/v2/me", bearer+"\n", header)
	}
	asks := func(challenge, header string) string {
		return useScene(401, no, bearer, header, "Content-Type: application/json\n| {\"message\"", "WWW-Authenticate: "+challenge+"\nContent-Type: application/json\n| {\"message\"")
	}
	dpop := edit(loginScene+exchangeScene, `"token_type":"Bearer"`, `"token_type":"DPoP"`)
	twitch := func(status int, body, header string) string {
		return edit(loginScene+exchangeScene, "id.blue.test", "id.twitch.tv") + edit(refuseWith(callScene, status, body), "https://api.blue.test/v1/me\n", "https://api.twitch.tv/helix/users\n"+header)
	}
	inURL := func(host, token string) string {
		return loginScene + exchangeScene + edit(callScene, bearer+"\n", "", "https://api.blue.test/v1/me", "https://"+host+"/v1/me?access_token="+token)
	}
	checkNear(t, []nearMiss{
		{"the word null", sent("Authorization: Bearer null"), "authorization-header-malformed certain 5"},
		{"a scheme without a token", sent("Authorization: Bearer"), "authorization-header-malformed certain 5"},
		{"no scheme", sent("Authorization: at-1-Qm9hcmQtdG9rZW4"), "authorization-header-malformed certain 5"},
		{"no scheme, and it is no token of this trace", sent("Authorization: another-Token-1"), "api-forbidden possible 5"},
		{"the scheme twice", sent("Authorization: Bearer Bearer at-1-Qm9hcmQtdG9rZW4"), "authorization-header-malformed certain 5"},
		{"a colon behind it", sent("Authorization: Bearer: at-1-Qm9hcmQtdG9rZW4"), "authorization-header-malformed certain 5"},
		{"the name again", sent("Authorization: Authorization: Bearer at-1-Qm9hcmQtdG9rZW4"), "authorization-header-malformed certain 5"},
		{"a JSON text", sent(`Authorization: Bearer {"a":1}`), "authorization-header-malformed certain 5"},
		{"a blank inside", sent("Authorization: Bearer at-1 Qm9hcmQtdG9rZW4"), "authorization-header-malformed certain 5"},
		{"a line break inside", sent(`Authorization: Bearer at-1-Qm9hcmQtdG9rZW4\nX: y`), "authorization-header-malformed certain 5"},
		{"the header twice", sent(bearer + "\n" + bearer), "authorization-header-malformed certain 5"},
		{"the header and the query, refused as two", useScene(400, `{"error":"invalid_request","error_description":"more than one method"}`, "/v1/me", "/v1/me?access_token=at-1-Qm9hcmQtdG9rZW4"), "authorization-header-malformed certain 5; token-in-url certain 5"},
		{"the header and the query, refused for something else", useScene(403, no, "/v1/me", "/v1/me?access_token=at-1-Qm9hcmQtdG9rZW4"), "api-forbidden possible 5; token-in-url certain 5"},
		{"small letters are fine", sent("authorization: bearer at-1-Qm9hcmQtdG9rZW4"), "api-forbidden possible 5"},
		{"two words of Basic are fine", sent("Authorization: Basic YTpi"), "api-forbidden possible 5"},
		{"malformed, and taken", loginScene + exchangeScene + edit(callScene, bearer, "Authorization: Bearer Bearer at-1-Qm9hcmQtdG9rZW4"), ""},

		{"lost behind a redirect", loginScene + exchangeScene + moved + to(401, "", no), "authorization-header-dropped certain 6"},
		{"lost behind a redirect, and not found", loginScene + exchangeScene + moved + to(404, "", no), ""},
		{"kept behind a redirect", loginScene + exchangeScene + moved + to(401, bearer+"\n", no), "api-forbidden possible 6"},
		{"never there", loginScene + exchangeScene + edit(moved, bearer+"\n", "") + to(401, "", no), ""},
		{"it misses the header that was sent", useScene(401, `{"message":"missing authorization header"}`), "authorization-header-dropped likely 5"},
		{"it misses the header, and DPoP", useScene(401, `{"message":"missing authorization: dpop proof required"}`), "api-forbidden possible 5"},
		{"it misses the header, which is malformed", useScene(401, `{"message":"missing authorization header"}`, bearer, "Authorization: Bearer undefined"), "authorization-header-malformed certain 5"},
		{"it misses the header, and sent Basic", useScene(401, `{"message":"missing authorization header"}`, bearer, "Authorization: Basic YTpi"), "api-forbidden possible 5"},

		{"431", useScene(431, no), "header-too-large certain 5"},
		{"400 for large headers", useScene(400, `{"message":"request header fields too large"}`), "header-too-large certain 5"},
		{"400 for a large body", useScene(400, `{"message":"request body too large"}`), ""},
		{"403 for large headers", useScene(403, `{"message":"request header too large"}`), "api-forbidden possible 5"},

		{"a DPoP token as DPoP", dpop + edit(refuseWith(callScene, 401, no), bearer, "Authorization: DPoP at-1-Qm9hcmQtdG9rZW4"), "api-forbidden possible 5"},
		{"a DPoP token as Bearer", dpop + refuseWith(callScene, 401, no), "token-scheme-wrong certain 5"},
		{"a DPoP token as Bearer, taken", dpop + callScene, ""},
		{"a bound JWT as Bearer", edit(refuseWith(callScene, 401, no), "at-1-Qm9hcmQtdG9rZW4", signed(nil, map[string]any{"exp": sceneStart.Unix() + 3600, "cnf": map[string]any{"jkt": "abc"}})), "token-scheme-wrong certain 0"},
		{"the API asks for DPoP", asks(`DPoP algs="ES256"`, bearer), "token-scheme-wrong likely 5"},
		{"the API asks for Bearer", asks(`Bearer realm="x"`, bearer), "api-forbidden possible 5"},
		{"the API asks for one of two", asks(`DPoP algs="ES256", Bearer`, bearer), "api-forbidden possible 5"},
		{"the API asks without a scheme", asks(`realm="x"`, bearer), "api-forbidden possible 5"},
		{"Zoho with its own scheme", loginScene + exchangeScene + "> GET https://www.zohoapis.com/crm/v6/users\nAuthorization: Zoho-oauthtoken at-1-Qm9hcmQtdG9rZW4\n< 401\n| {\"code\":\"INVALID_TOKEN\"}\n", "api-forbidden possible 5"},
		{"Shopify in the wrong header", loginScene + exchangeScene + "> GET https://demo.myshopify.com/admin/api/shop.json\n" + bearer + "\n< 401\n| {\"errors\":\"[API] Invalid API key or access token\"}\n", "token-scheme-wrong certain 5"},

		{"in the query of the API", inURL("api.blue.test", "at-1-Qm9hcmQtdG9rZW4"), "token-in-url certain 5"},
		{"an unknown token in the query of the API", inURL("api.blue.test", "pk.abcdefghijk"), "token-in-url certain 5"},
		{"an unknown token in the query of a stranger", inURL("maps.gray.example", "pk.abcdefghijk"), ""},
		{"this token in the query of a stranger", inURL("maps.gray.test", "at-1-Qm9hcmQtdG9rZW4"), "token-in-url certain 5"},
		{"empty in the query", inURL("api.blue.test", ""), ""},
		{"under another name", edit(inURL("api.blue.test", "at-1-Qm9hcmQtdG9rZW4"), "access_token=at-1", "key=at-1"), "token-in-url certain 5"},
		{"at Facebook, which wants it so", inURL("graph.facebook.com", "at-1-Qm9hcmQtdG9rZW4"), ""},

		{"Twitch without its header", twitch(401, no, ""), "api-header-missing certain 5"},
		{"Twitch with it", twitch(401, no, "Client-Id: web-7\n"), "api-forbidden possible 5"},
		{"Twitch without it, not found", twitch(404, no, ""), ""},
		{"Twitch without it, expired", twitch(401, `{"message":"token expired"}`, ""), "api-forbidden possible 5"},
		{"a tenant is missing", useScene(400, `{"message":"X-Tenant-Id header is required"}`), "api-header-missing certain 5"},
		{"an API key is missing", useScene(401, `{"message":"the api key is missing"}`), "api-header-missing certain 5"},
		{"a header is invalid, that of the token", useScene(401, `{"message":"invalid authorization header"}`), "api-forbidden possible 5"},
		{"a header is required, and the server broke", useScene(500, `{"message":"X-Tenant-Id header is required"}`), "provider-error certain 5"},
	})
}
