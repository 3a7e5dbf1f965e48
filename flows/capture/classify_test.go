package capture

import (
	"strings"
	"testing"

	"oauthlens/flows"
)

// one builds an exchange from "METHOD url", request headers, body, status and answer.
func one(line, headers, body string, status int, answer string) flows.Exchange {
	method, url, _ := strings.Cut(line, " ")
	x := flows.Exchange{Request: flows.Request{Method: method, URL: url, Headers: fields(headers), Body: []byte(body)}}
	if status > 0 {
		head, text, ok := strings.Cut(answer, "\n\n")
		if !ok {
			head, text = "", answer
		}
		x.Response = &flows.Response{Status: status, Headers: fields(head), Body: []byte(text), BodyComplete: true}
	}
	return x
}

func fields(s string) flows.Headers {
	h := flows.Headers{}
	for line := range strings.Lines(s) {
		if name, value, ok := strings.Cut(strings.Trim(line, "\r\n"), ": "); ok {
			h = append(h, flows.Header{Name: name, Value: value})
		}
	}
	return h
}

func TestClassifyAlone(t *testing.T) {
	const form, json, bearer = "Content-Type: application/x-www-form-urlencoded", "Content-Type: application/json", "Authorization: Bearer abcdefghijklmnop"
	for _, c := range []struct {
		line, headers, body string
		status              int
		answer              string
		want                flows.StepKind
	}{
		{"GET https://id.test/authorize?response_type=code&client_id=a", "", "", 302, "", flows.StepAuthorize},
		{"GET https://www.facebook.test/v18.0/dialog/oauth?client_id=1&redirect_uri=https://a.test/cb", "", "", 200, "", flows.StepAuthorize},
		{"GET https://www.tiktok.test/v2/auth/authorize/?client_key=1&scope=user.info.basic&response_type=code&redirect_uri=x", "", "", 200, "", flows.StepAuthorize},
		{"GET https://open.weixin.test/connect/qrconnect?appid=wx1&redirect_uri=https%3A%2F%2Fa.test", "", "", 200, "", flows.StepAuthorize},
		{"GET https://id.test/oauth/authorize?client_id=a&request_uri=urn:1", "", "", 302, "", flows.StepAuthorize},
		{"GET https://id.test/connect/authorize?response_type=code", "", "", 400, "", flows.StepAuthorize},
		{"GET https://id.test/oauth2/authorize?client_id=a", "", "", 400, "", flows.StepAuthorize},
		{"POST https://id.test/authorize", form, "response_type=code&client_id=a&redirect_uri=b&state=c", 302, "", flows.StepAuthorize},
		{"GET https://auth.test/?response_type=code&client_id=a&redirect_uri=b", "", "", 302, "", flows.StepAuthorize},
		{"GET https://ads.test/pixel?client_id=a&redirect_uri=b", "Sec-Fetch-Dest: image", "", 200, "", flows.StepOther},
		{"GET https://id.test/logout?client_id=a&post_logout_redirect_uri=b&state=c", "", "", 302, "", flows.StepOther},
		{"GET https://id.test/protocol/openid-connect/logout?client_id=a&redirect_uri=b", "", "", 302, "", flows.StepOther},

		{"POST https://id.test/token", form, "grant_type=authorization_code&code=a", 200, "", flows.StepExchange},
		{"POST https://id.test/authorize", form, "grant_type=authorization_code&code=a", 200, "<html>", flows.StepExchange},
		{"POST https://id.test/anything", form, "grant_type=client-credentials", 400, "", flows.StepExchange},
		{"POST https://id.test/token", form, `{"grant_type":"client_credentials"}`, 400, "", flows.StepExchange},
		{"POST https://id.test/token", json, `grant_type=client_credentials`, 400, "", flows.StepExchange},
		{"POST https://id.test/token", json, `{'grant_type': 'client_credentials'}`, 400, "", flows.StepExchange},
		{"POST https://id.test/token", json, `"grant_type=client_credentials&scope=a"`, 400, "", flows.StepExchange},
		{"POST https://id.test/v1.0/oauth2/userAccessToken", json, `{"clientId":"a","clientSecret":"b","code":"c","grantType":"authorization_code"}`, 200, "", flows.StepExchange},
		{"POST https://shop.test/admin/oauth/access_token", json, `{"client_id":"a","client_secret":"b","code":"c"}`, 200, "", flows.StepExchange},
		{"POST https://slack.test/api/oauth.v2.access", form, "client_id=a&client_secret=b&code=c", 200, "", flows.StepExchange},
		{"GET https://graph.facebook.test/v18.0/oauth/access_token?client_id=a&redirect_uri=b&client_secret=c&code=d", "", "", 200, "", flows.StepExchange},
		{"GET https://api.weixin.test/sns/oauth2/access_token?appid=a&secret=b&code=c&grant_type=authorization_code", "", "", 200, "", flows.StepExchange},
		{"POST https://id.test/Token/ClientCredentials", "Authorization: Basic YTpi", "", 200, `{"Token":"abc"}`, flows.StepExchange},
		{"POST https://open.feishu.test/open-apis/auth/v3/app_access_token/internal", json, `{"app_id":"a","app_secret":"b"}`, 200, `{"app_access_token":"t"}`, flows.StepExchange},
		{"POST https://id.test/token", "Content-Type: multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"grant_type\"\r\n\r\npassword\r\n--x--\r\n", 200, "", flows.StepExchange},
		{"POST https://id.test/token", form, "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&device_code=a&client_id=b", 400, "", flows.StepExchange},
		{"POST https://id.test/token", form, "grant_type=refresh_token&refresh_token=a", 200, "", flows.StepRefresh},
		{"POST https://id.test/token", form, "grant_type=refresh_token&refresh_token=", 400, "", flows.StepRefresh},
		{"POST https://id.test/token", form, "grant_type=refreshtoken&refresh_token=x", 400, "", flows.StepRefresh},
		{"POST https://id.test/token", json, `{"grantType":"refresh_token","refreshToken":"a"}`, 200, "", flows.StepRefresh},
		{"GET https://api.weixin.test/sns/oauth2/refresh_token?appid=a&grant_type=refresh_token&refresh_token=b", "", "", 200, "", flows.StepRefresh},

		{"POST https://id.test/oauth2/device", form, "client_id=a&scope=b", 200, `{"device_code":"a","user_code":"b"}`, flows.StepDevice},
		{"POST https://github.test/login/device/code", form, "client_id=a", 200, "device_code=a&user_code=b&interval=5", flows.StepDevice},
		{"POST https://id.test/oauth2/device_authorization", form, "client_id=a", 400, `{"error":"invalid_client"}`, flows.StepDevice},
		{"POST https://id.test/oauth/par", form, "response_type=code&client_id=a&client_secret=b&redirect_uri=c", 201, `{"request_uri":"urn:1"}`, flows.StepPAR},
		{"POST https://id.test/as/par", form, "response_type=code&client_id=a", 401, `{"error":"invalid_client"}`, flows.StepPAR},
		{"POST https://id.test/revoke", form, "token=a&token_type_hint=refresh_token", 200, "", flows.StepRevoke},
		{"POST https://id.test/connect/revocation", form, "token=a", 400, "", flows.StepRevoke},
		{"POST https://oauth2.google.test/revoke?token=a", form, "", 200, "", flows.StepRevoke},
		{"GET https://slack.test/api/auth.revoke?token=a", "", "", 200, "", flows.StepRevoke},
		{"DELETE https://api.github.test/applications/a/token", "Authorization: Basic YTpi", `{"access_token":"x"}`, 204, "", flows.StepRevoke},
		{"POST https://api.test/oauth_revoke_token", json, `{"token":"a"}`, 200, "", flows.StepRevoke},
		{"POST https://id.test/oauth2/introspect", form, "token=a", 200, `{"active":false}`, flows.StepIntrospect},
		{"GET https://oauth2.google.test/tokeninfo?access_token=a", "", "", 200, `{"aud":"x"}`, flows.StepIntrospect},
		{"POST https://id.test/t", form, "token=a", 200, `{"active":true,"scope":"x"}`, flows.StepIntrospect},
		{"GET https://id.test/userinfo", bearer, "", 200, `{"sub":"1"}`, flows.StepUserInfo},
		{"GET https://slack.test/api/openid.connect.userInfo", bearer, "", 200, `{"sub":"1"}`, flows.StepUserInfo},
		{"GET https://api.weixin.test/sns/userinfo?access_token=a&openid=b", "", "", 200, `{}`, flows.StepUserInfo},
		{"GET https://id.test/jwks", "", "", 500, "", flows.StepJWKS},
		{"GET https://id.test/.well-known/jwks.json", "", "", 200, `{"keys":[]}`, flows.StepJWKS},
		{"GET https://id.test/discovery/v2.0/keys", "", "", 200, `{"keys":[{"kty":"RSA"}]}`, flows.StepJWKS},
		{"GET https://id.test/k", "", "", 200, `{"keys":[{"kty":"RSA"}]}`, flows.StepJWKS},
		{"GET https://id.test/t/.well-known/openid-configuration", "", "", 404, "<html>", flows.StepDiscovery},
		{"GET https://id.test/.well-known/oauth-authorization-server/t", "", "", 200, `{"issuer":"x"}`, flows.StepDiscovery},
		{"GET https://id.test/.well-known/openid-configuration/jwks", "", "", 200, `{"keys":[]}`, flows.StepJWKS},
		{"GET https://id.test/meta", "", "", 200, `{"issuer":"x","token_endpoint":"y"}`, flows.StepDiscovery},
		{"POST https://auth.test/v1/authuri", json, `{"client_id":"a","redirect_uri":"b","response_type":"code"}`, 200, `{"result":"https://auth.test/?response_type=code&client_id=a"}`, flows.StepAuthorizeURL},

		{"GET https://api.test/v1/me", bearer, "", 200, "{}", flows.StepCall},
		{"GET https://api.test/v1/me", "authorization: DPoP abc", "", 401, "{}", flows.StepCall},
		{"GET https://api.test/v1/me", "Authorization: ", "", 401, "{}", flows.StepCall},
		{"GET https://api.test/v1/me?access_token=abc", "", "", 200, "{}", flows.StepCall},
		{"GET https://shop.test/admin/shop.json", "X-Shopify-Access-Token: abc", "", 200, "{}", flows.StepCall},
		{"GET https://api.test/v1/me", "", "", 401, "WWW-Authenticate: Bearer realm=\"x\"\n\n{}", flows.StepCall},
		{"GET https://api.test/legacy", "Authorization: Basic YTpi", "", 200, "{}", flows.StepCall},
		{"GET https://api.atlassian.test/oauth/token/accessible-resources", bearer, "", 200, "[]", flows.StepCall},
		{"GET https://shop.test/", "", "", 200, "<html>", flows.StepOther},
		{"POST https://shop.test/login", form, "user=a&password=b", 302, "", flows.StepOther},
		{"POST https://www.analytics.test/collect?v=2&en=page_view&state=idle", "", "[]", 204, "", flows.StepOther},
		{"POST https://log.test/report?error=boom&state=idle", "Sec-Fetch-Dest: empty\nSec-Fetch-Mode: cors", "{}", 204, "", flows.StepOther},
		{"GET https://id.test/static/oauth.js", "", "", 200, "grant_type", flows.StepOther},
		{"CONNECT id.test:443", "", "", 407, "", flows.StepOther},

		{"GET https://app.test/callback?code=a&state=b", "", "", 200, "", flows.StepCallback},
		{"GET https://app.test/x?error=access_denied&state=b", "", "", 200, "", flows.StepCallback},
		{"GET https://app.test/signin-oidc?code=a", "", "", 200, "", flows.StepCallback},
		{"POST https://app.test/cb", form, "code=a&state=b&id_token=c", 200, "", flows.StepCallback},
		{"GET https://app.test/#access_token=a&token_type=bearer&state=b", "", "", 200, "", flows.StepCallback},
		{"GET https://shop.test/item#code=red", "", "", 200, "", flows.StepOther},
		{"GET https://shop.test/item?code=SUMMER", "", "", 200, "", flows.StepOther},
	} {
		items := []Item{{ID: 1, Exchange: one(c.line, c.headers, c.body, c.status, c.answer)}}
		Classify(items)
		if got := items[0].Exchange.Step; got != c.want {
			t.Errorf("%s [%s] %.40q -> %d: %s, want %s", c.line, c.headers, c.body, c.status, got, c.want)
		}
	}
}

func TestClassifyTogether(t *testing.T) {
	const authorize = "GET https://id.test/authorize?response_type=code&client_id=a&redirect_uri=https%3A%2F%2Fapp.test%2Fback&state=s-0123456789"
	const navigate = "Sec-Fetch-Dest: document"
	for _, c := range []struct {
		name string
		xs   []flows.Exchange
		want string
	}{
		{"the redirect URI decides, whatever its path", []flows.Exchange{
			one(authorize, "", "", 302, "Location: https://app.test/back?code=x\n\n"),
			one("GET https://app.test/back?code=x", "", "", 404, ""),
		}, "authorize callback"},
		{"a fragment is seen in the Location only", []flows.Exchange{
			one(authorize, "", "", 302, "Location: https://app.test/back#code=x&state=y\n\n"),
			one("GET https://app.test/back", navigate, "", 400, ""),
		}, "authorize callback"},
		{"nothing came with it", []flows.Exchange{
			one(authorize, "", "", 200, "<html>"),
			one("GET https://app.test/back", navigate, "", 400, ""),
			one("GET https://app.test/back", navigate, "", 400, ""),
		}, "authorize callback other"},
		{"nobody listens", []flows.Exchange{
			one(authorize, "", "", 302, "Location: https://app.test/back?code=x\n\n"),
			one("GET https://app.test/back?code=x", "", "", 0, ""),
		}, "authorize callback"},
		{"the provider's pages", []flows.Exchange{
			one(authorize, "", "", 302, "Location: https://id.test/login?client_id=a&redirect_uri=b&state=s-0123456789\n\n"),
			one("GET https://id.test/login?client_id=a&redirect_uri=b&state=s-0123456789", "", "", 200, "<html>"),
			one("POST https://id.test/login", "Content-Type: application/x-www-form-urlencoded", "u=a&p=b", 302, "Location: "+strings.TrimPrefix(authorize, "GET ")+"\n\n"),
			one(authorize, "", "", 302, "Location: https://app.test/back?code=x\n\n"),
			one("GET https://app.test/back?code=x", "", "", 302, "Location: /\n\n"),
		}, "authorize other other other callback"},
		{"the same link opened twice", []flows.Exchange{
			one(authorize, "", "", 200, "<html>"),
			one(authorize, "", "", 400, "<html>"),
		}, "authorize authorize"},
		{"a token request that is redirected", []flows.Exchange{
			one("POST https://id.test/token", "", "grant_type=client_credentials", 301, "Location: https://id.test/token/\n\n"),
			one("GET https://id.test/token/", "", "", 405, ""),
		}, "exchange exchange"},
		{"a token request that ends at a portal", []flows.Exchange{
			one("POST https://id.test/token", "", "grant_type=client_credentials", 302, "Location: http://portal.hotel.test/login\n\n"),
			one("GET http://portal.hotel.test/login", "", "", 200, "<html>"),
		}, "exchange other"},
		{"a call that loses its header in a redirect", []flows.Exchange{
			one("GET https://api.test/me", "Authorization: Bearer abcdefgh", "", 308, "Location: https://eu.api.test/me\n\n"),
			one("GET https://eu.api.test/me", "", "", 401, "{}"),
		}, "call call"},
		{"a preflight", []flows.Exchange{
			one("OPTIONS https://id.test/t", "Access-Control-Request-Method: POST\nOrigin: https://app.test", "", 204, ""),
			one("POST https://id.test/t", "", "grant_type=authorization_code&code=x", 0, ""),
			one("OPTIONS https://api.test/me", "Access-Control-Request-Method: GET\nAccess-Control-Request-Headers: authorization", "", 204, ""),
		}, "exchange exchange call"},
		{"endpoints that metadata names", []flows.Exchange{
			one("GET https://id.test/meta", "", "", 200, `{"issuer":"https://id.test","token_endpoint":"https://id.test/a","jwks_uri":"https://id.test/b","userinfo_endpoint":"https://id.test/c","revocation_endpoint":"https://id.test/d"}`),
			one("POST https://id.test/a", "", "", 415, ""),
			one("GET https://id.test/b", "", "", 503, "<html>"),
			one("GET https://id.test/c", "", "", 401, ""),
			one("POST https://id.test/d", "", "x=1", 401, ""),
		}, "discovery exchange jwks userinfo revoke"},
		{"an error page of the provider is no callback", []flows.Exchange{
			one(authorize, "", "", 302, "Location: https://id.test/error?error=invalid_scope&error_description=x&state=s-0123456789\n\n"),
			one("GET https://id.test/error?error=invalid_scope&error_description=x&state=s-0123456789", "", "", 400, "<html>"),
		}, "authorize other"},
	} {
		var items []Item
		for i, x := range c.xs {
			items = append(items, Item{ID: i + 1, Exchange: x})
		}
		Classify(items)
		var got []string
		for _, it := range items {
			got = append(got, string(it.Exchange.Step))
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s: %s, want %s", c.name, s, c.want)
		}
	}
}
