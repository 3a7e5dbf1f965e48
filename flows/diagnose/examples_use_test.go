package diagnose

import (
	"strings"
	"time"
)

func useExamples() map[string]example {
	flow := loginScene + exchangeScene
	bearer := "Authorization: Bearer at-1-Qm9hcmQtdG9rZW4"
	refused := func(status int, body string) string { return refuseWith(callScene, status, body) }
	unauthorized := `{"error":"unauthorized"}`
	apiToken := signed(nil, map[string]any{"iss": "https://id.blue.test", "aud": []string{"https://files.blue.test"}, "sub": "u", "exp": sceneStart.Add(time.Hour).Unix(), "iat": sceneStart.Unix(), "scope": "profile"})
	idToken := signed(nil, idClaims(map[string]any{"at_hash": "x"}))
	revoke := "> POST https://id.blue.test/oauth2/revoke\nContent-Type: application/x-www-form-urlencoded\n| token=rt-1-R2FyZGVu&client_id=web-7&client_secret=s3cr3t-Value-91kq\n< 200\n"
	return map[string]example{
		"access-token-expired": {
			bad:  flow + "+61m\n" + refused(401, unauthorized),
			good: flow + "+61m\n" + refused(401, unauthorized) + refreshScene + edit(callScene, "at-1-Qm9hcmQtdG9rZW4", "at-2-TmV3ZXI"),
		},
		"access-token-superseded": {
			bad:  flow + "+9m\n" + refreshScene + edit(callScene, "at-1-Qm9hcmQtdG9rZW4", "at-2-TmV3ZXI") + "+5s\n" + refused(401, unauthorized),
			good: flow + "+9m\n" + refreshScene + edit(refused(401, unauthorized), "at-1-Qm9hcmQtdG9rZW4", "at-2-TmV3ZXI"),
		},
		"insufficient-scope": {
			bad:  flow + edit(refused(403, `{"message":"no"}`), "Content-Type: application/json\n| {\"message\"", "WWW-Authenticate: Bearer error=\"insufficient_scope\", scope=\"invoices.write\"\nContent-Type: application/json\n| {\"message\""),
			good: flow + refused(403, `{"message":"no"}`),
		},
		"api-header-missing": {
			bad:  edit(flow, "id.blue.test", "id.twitch.tv") + edit(refused(401, `{"error":"Unauthorized","status":401,"message":"OAuth token is missing"}`), "https://api.blue.test/v1/me", "https://api.twitch.tv/helix/users"),
			good: edit(flow, "id.blue.test", "id.twitch.tv") + edit(refused(403, `{"error":"Forbidden"}`), "https://api.blue.test/v1/me\n", "https://api.twitch.tv/helix/users\nClient-Id: web-7\n"),
		},
		"api-forbidden": {
			bad:  flow + refused(403, `{"code":"forbidden","message":"You are not a member of this workspace"}`),
			good: flow + refused(403, `{"code":"insufficient_scope"}`),
		},
		"authorization-header-malformed": {
			bad:  flow + edit(refused(401, unauthorized), bearer, `Authorization: Bearer "at-1-Qm9hcmQtdG9rZW4"`),
			good: flow + refused(401, unauthorized),
		},
		"authorization-header-dropped": {
			bad:  flow + edit(callScene, "< 200\nContent-Type: application/json\n| {\"id\":\"u1\"}", "< 301\nLocation: https://api2.blue.test/v1/me") + "> GET https://api2.blue.test/v1/me\n< 401\n| {\"error\":\"no credentials\"}\n",
			good: flow + edit(callScene, "< 200\nContent-Type: application/json\n| {\"id\":\"u1\"}", "< 301\nLocation: https://api2.blue.test/v1/me") + edit(refused(403, unauthorized), "api.blue.test", "api2.blue.test"),
		},
		"wrong-token-kind": {
			bad:  flow + "+50m\n" + refuse(edit(refreshScene, "refresh_token=rt-1-R2FyZGVu", "refresh_token=at-1-Qm9hcmQtdG9rZW4"), refusedGrant400),
			good: edit(flow, "at-1-Qm9hcmQtdG9rZW4", idToken) + edit(callScene, "at-1-Qm9hcmQtdG9rZW4", idToken),
		},
		"opaque-token-as-jwt": {
			bad:  flow + refused(401, `{"error":"invalid_token","error_description":"Invalid token: wrong number of segments"}`),
			good: edit(flow, "at-1-Qm9hcmQtdG9rZW4", apiToken) + edit(refused(401, `{"error":"invalid_token"}`), "at-1-Qm9hcmQtdG9rZW4", apiToken),
		},
		"header-too-large": {
			bad:  edit(flow, "at-1-Qm9hcmQtdG9rZW4", "at-1-"+strings.Repeat("x", 9000)) + edit(refused(431, `{}`), "at-1-Qm9hcmQtdG9rZW4", "at-1-"+strings.Repeat("x", 9000)),
			good: edit(flow, "at-1-Qm9hcmQtdG9rZW4", "at-1-"+strings.Repeat("x", 9000)) + edit(callScene, "at-1-Qm9hcmQtdG9rZW4", "at-1-"+strings.Repeat("x", 9000)),
		},
		"token-scheme-wrong": {
			bad:  edit(flow, `"token_type":"Bearer"`, `"token_type":"DPoP"`) + refused(401, unauthorized),
			good: flow + edit(refused(401, unauthorized), "Content-Type: application/json\n| {\"error\":\"unauthorized\"}", "WWW-Authenticate: Bearer realm=api\n| x"),
		},
		"token-in-url": {
			bad:  flow + edit(callScene, bearer+"\n", "", "/v1/me", "/v1/me?access_token=at-1-Qm9hcmQtdG9rZW4"),
			good: flow + callScene,
		},
		"audience-wrong": {
			bad:  edit(flow, "at-1-Qm9hcmQtdG9rZW4", apiToken) + edit(refused(403, `{"message":"IDX10214: Audience validation failed"}`), "at-1-Qm9hcmQtdG9rZW4", apiToken),
			good: edit(flow, "at-1-Qm9hcmQtdG9rZW4", apiToken) + edit(callScene, "at-1-Qm9hcmQtdG9rZW4", apiToken),
		},
		"revoked-token-accepted": {
			bad:  flow + revoke + "+2s\n" + callScene,
			good: flow + revoke + "+2s\n" + refused(401, unauthorized),
		},
		"revoke-refused": {
			bad:  flow + edit(revoke, "&client_id=web-7&client_secret=s3cr3t-Value-91kq", "", "< 200", "< 401\n| {\"error\":\"invalid_client\"}"),
			good: flow + revoke,
		},
		"introspection-inactive": {
			bad:  flow + "> POST https://id.blue.test/oauth2/introspect\nContent-Type: application/x-www-form-urlencoded\n| token=at-1-Qm9hcmQtdG9rZW4&client_id=api-5&client_secret=api-secret-81\n< 200\n| {\"active\":false}\n",
			good: flow + revoke + "> POST https://id.blue.test/oauth2/introspect\nContent-Type: application/x-www-form-urlencoded\n| token=rt-1-R2FyZGVu&client_id=web-7&client_secret=s3cr3t-Value-91kq\n< 200\n| {\"active\":false}\n",
		},
	}
}
