package diagnose

import (
	"encoding/base64"
	"strings"
	"testing"
)

const (
	tokenURL      = "https://id.blue.test/oauth2/token"
	invalidClient = `{"error":"invalid_client"}`
)

// refusedCC is a refused request for a token of the client itself.
func refusedCC(params, answer string) string { return cc(tokenURL, params, "401", answer) }

// basicCC is the same with this text in its Basic header.
func basicCC(idColonSecret, status, answer string) string {
	return edit(cc(tokenURL, "scope=read", status, answer), "Content-Type: application/x-www-form-urlencoded\n",
		"Content-Type: application/x-www-form-urlencoded\nAuthorization: Basic "+base64.StdEncoding.EncodeToString([]byte(idColonSecret))+"\n")
}

func TestNearCredentials(t *testing.T) {
	described := func(code, text string) string { return `{"error":"` + code + `","error_description":"` + text + `"}` }
	const id = "client_id=svc-3"
	checkNear(t, []nearMiss{
		{"a blank inside the secret", refusedCC(id+"&client_secret=s3cr3t%20Value", invalidClient), "client-credentials-rejected likely 0"},
		{"a blank behind it, and it was taken", cc(tokenURL, id+"&client_secret=s3cr3t%20", "200", `{"access_token":"at-9-U2VydmljZQ","token_type":"Bearer","expires_in":3600,"scope":"read"}`), ""},
		{"a blank behind the id", refusedCC("client_id=svc-3%20&client_secret=s3cr3t-Value", invalidClient), "credential-whitespace certain 0"},
		{"nothing but blanks", refusedCC(id+"&client_secret=%20%20", invalidClient), "credential-placeholder certain 0"},
		{"a soft hyphen is none", refusedCC(id+"&client_secret=s3cr3t%C2%AD", invalidClient), "client-credentials-rejected likely 0"},
		{"a plus sign at the end of Basic is no blank", basicCC("svc-3:s3cr3t+", "401", invalidClient), "basic-header-wrong likely 0"},
		{"a blank in the id of an authorization request", page(strings.Replace(authorizeURL, "client_id=web-7", "client_id=web-7%20", 1), "400", "invalid_client"), "credential-whitespace certain 0"},
		{"an empty secret beside another complaint", refusedCC(id+"&client_secret=", described("invalid_scope", "unknown scope")), "scope-not-allowed likely 0"},
		{"a dollar sign and digits", refusedCC(id+"&client_secret=%24ecretVal9", invalidClient), "credential-placeholder likely 0"},
		{"a dollar sign and a name", refusedCC(id+"&client_secret=%24CLIENT_SECRET", invalidClient), "credential-placeholder certain 0"},
		{"a dollar sign and a brace", refusedCC(id+"&client_secret=%24%7BSECRET_2%7D", invalidClient), "credential-placeholder certain 0"},
		{"a real secret with a dollar sign inside", refusedCC(id+"&client_secret=a%24SECRETb", invalidClient), "client-credentials-rejected likely 0"},
		{"a secret called secret", refusedCC(id+"&client_secret=secret", invalidClient), "credential-placeholder likely 0"},
		{"quotes around it in Basic", basicCC(`svc-3:"s3cr3t-Value"`, "401", invalidClient), "credential-placeholder certain 0"},
		{"a quote at one end", refusedCC(id+"&client_secret=%22s3cr3t-Value", invalidClient), "client-credentials-rejected likely 0"},
		{"a sample text", refusedCC(id+"&client_secret=replace_with_yours", invalidClient), "credential-placeholder likely 0"},
		{"no client at all", page(strings.Replace(authorizeURL, "client_id=web-7&", "", 1), "400", "invalid_request: client_id is missing"), "credential-placeholder certain 0"},
		{"no client, and the server broke", page(strings.Replace(authorizeURL, "client_id=web-7&", "", 1), "500", "Oops"), "provider-error certain 0"},
		{"no client, in a reference", page("https://id.blue.test/oauth2/authorize?response_type=code&state=Zk3fQ1hT7vLw9sXr2mNp&request_uri=urn%3Aexample%3A1", "400", "invalid_request_uri"), "redirect-uri-not-registered possible 0"},

		{"a GUID at another provider", refusedCC(id+"&client_secret=c9290a2f-0369-42a1-96f1-51e1fb22c555", described("invalid_client", "bad client")), "client-credentials-rejected likely 0"},
		{"a GUID at Entra", cc("https://login.microsoftonline.com/organizations/oauth2/v2.0/token", id+"&client_secret=c9290a2f-0369-42a1-96f1-51e1fb22c555", "401", described("invalid_client", "no")), "secret-id-not-value likely 0"},
		{"almost a GUID at Entra", cc("https://login.microsoftonline.com/organizations/oauth2/v2.0/token", id+"&client_secret=c9290a2f-0369-42a1-96f1x51e1fb22c555", "401", invalidClient), "client-credentials-rejected likely 0"},
		{"the text without a GUID", refusedCC(id+"&client_secret=s3cr3t-Value", described("invalid_client", "AADSTS7000215: Invalid client secret provided.")), "secret-id-not-value likely 0"},
		{"expired, or something else", refusedCC(id+"&client_secret=s3cr3t-Value", described("invalid_client", "client secret is invalid or expired")), "client-credentials-rejected likely 0"},
		{"the session expired", refusedCC(id+"&client_secret=s3cr3t-Value", described("invalid_client", "the session has expired")), "client-credentials-rejected likely 0"},
		{"an assertion expired", refusedCC(assertionOf(nil), described("invalid_client", "the client credential has expired")), "client-credentials-rejected likely 0"},
		{"the user was not found", refusedCC(id+"&client_secret=s3cr3t-Value", described("invalid_client", "client: user not found")), "client-credentials-rejected likely 0"},
		{"the client was not found", refusedCC(id+"&client_secret=s3cr3t-Value", described("unauthorized_client", "AADSTS700016: Application was not found in the directory")), "client-unknown certain 0"},
		{"an API does not know the app", loginScene + exchangeScene + refuseWith(callScene, 404, `{"error":"app not found"}`), ""},

		{"a public client with a secret", refusedCC(id+"&client_secret=s3cr3t-Value", described("invalid_client", "public client must not authenticate")), "client-type-mismatch certain 0"},
		{"a public client with none", refusedCC(id, described("unauthorized_client", "public client not allowed to use service accounts")), "grant-not-enabled certain 0"},
		{"only none is listed", edit(metaScene, `["client_secret_basic","client_secret_post"]`, `["none"]`) + refusedCC(id+"&client_secret=s3cr3t-Value", invalidClient), "client-type-mismatch certain 1"},
		{"none is listed too", edit(metaScene, `["client_secret_basic","client_secret_post"]`, `["none","client_secret_post"]`) + refusedCC(id+"&client_secret=s3cr3t-Value", invalidClient), "client-credentials-rejected likely 1"},
		{"no secret, nothing listed", refusedCC(id, invalidClient), "client-type-mismatch likely 0"},
		{"no secret, and it asks for a certificate", refusedCC(id, described("invalid_client", "no client certificate was presented")), "client-certificate-required certain 0"},
		{"no secret, and certificates are listed", edit(metaScene, `["client_secret_basic","client_secret_post"]`, `["tls_client_auth"]`) + refusedCC(id, invalidClient), "client-certificate-required certain 1"},
		{"no secret, no id", refusedCC("scope=read", invalidClient), "client-credentials-rejected likely 0"},
		{"the secret is missing, it says", cc(tokenURL, id, "400", described("invalid_request", "client_secret is missing")), "client-type-mismatch certain 0"},
		{"it says so though there is one", cc(tokenURL, id+"&client_secret=s3cr3t-Value", "400", described("invalid_request", "client_secret is missing")), "token-body-format-wrong likely 0"},
	})
}

func TestNearClientAuthentication(t *testing.T) {
	both := edit(basicCC("svc-3:s3cr3t-Value-91kq", "401", invalidClient), "scope=read", "client_id=svc-3&client_secret=s3cr3t-Value-91kq")
	post := "client_id=svc-3&client_secret=s3cr3t-Value-91kq"
	good := `{"access_token":"at-9-U2VydmljZQ","token_type":"Bearer","expires_in":3600,"scope":"read"}`
	wanted := func(text, header string) string {
		return edit(text, "< 401\n", "< 401\nWWW-Authenticate: "+header+"\n")
	}
	described := func(text string) string { return `{"error":"invalid_client","error_description":"` + text + `"}` }
	listed := func(methods string) string {
		return edit(metaScene, `["client_secret_basic","client_secret_post"]`, methods)
	}
	checkNear(t, []nearMiss{
		{"both, refused", both, "client-auth-method-wrong certain 0"},
		{"both, taken", edit(both, "< 401", "< 200", invalidClient, good), ""},
		{"both, and the code is bad", edit(both, invalidClient, refusedGrant400), "invalid-grant-unexplained possible 0"},
		{"the id twice, the secret once", edit(basicCC("svc-3:s3cr3t-Value-91kq", "401", invalidClient), "scope=read", "client_id=svc-3"), "client-credentials-rejected likely 0"},
		{"only Basic is listed", listed(`["client_secret_basic"]`) + refusedCC(post, invalidClient), "client-auth-method-wrong certain 1"},
		{"only Basic is listed, and it was another error", listed(`["client_secret_basic"]`) + refusedCC(post, `{"error":"invalid_scope"}`), "scope-not-allowed likely 1"},
		{"the list is empty", listed(`[]`) + refusedCC(post, invalidClient), "client-credentials-rejected likely 1"},
		{"only certificates are listed", listed(`["tls_client_auth"]`) + refusedCC(post, invalidClient), "client-certificate-required certain 1"},
		{"only a signed assertion is listed", listed(`["private_key_jwt"]`) + refusedCC(post, invalidClient), "client-auth-method-wrong certain 1"},
		{"the other method works", refusedCC(post, invalidClient) + basicCC("svc-3:s3cr3t-Value-91kq", "200", good), "client-auth-method-wrong certain 0"},
		{"the other method works, with another secret", refusedCC(post, invalidClient) + basicCC("svc-3:another-Value-81", "200", good), "client-credentials-rejected likely 0"},
		{"the other method works, for another client", refusedCC(post, invalidClient) + basicCC("svc-4:s3cr3t-Value-91kq", "200", good), "client-credentials-rejected likely 0"},
		{"the same method works", refusedCC(post, invalidClient) + cc(tokenURL, post, "200", good), ""},
		{"the other method fails, too", refusedCC(post, invalidClient) + basicCC("svc-3:s3cr3t-Value-91kq", "401", invalidClient), "client-credentials-rejected likely 0; client-credentials-rejected likely 1"},
		{"the other method works elsewhere", refusedCC(post, invalidClient) + edit(basicCC("svc-3:s3cr3t-Value-91kq", "200", good), "oauth2/token", "oauth3/token"), "client-credentials-rejected likely 0"},
		{"it asks for Basic", wanted(refusedCC(post, invalidClient), `Basic realm="x"`), "client-auth-method-wrong likely 0"},
		{"it asks for Bearer", wanted(refusedCC(post, invalidClient), `Bearer realm="x"`), "client-credentials-rejected likely 0"},
		{"it asks for Basic, and got it", wanted(basicCC("svc-3:s3cr3t-Value-91kq", "401", invalidClient), `Basic realm="x"`), "client-credentials-rejected likely 0"},
		{"it asks for Basic, and minds the scope", wanted(refusedCC(post, `{"error":"invalid_scope"}`), `Basic realm="x"`), "scope-not-allowed likely 0"},
		{"it says which", refusedCC(post, described("client_secret_basic is required for this client")), "client-auth-method-wrong certain 0"},
		{"PayPal wants Basic", cc("https://api-m.paypal.com/v1/oauth2/token", post, "401", invalidClient), "client-auth-method-wrong likely 0"},
		{"PayPal has Basic", edit(basicCC("svc-3:s3cr3t-Value-91kq", "401", invalidClient), tokenURL, "https://api-m.paypal.com/v1/oauth2/token"), "client-credentials-rejected likely 0"},

		{"a colon in the secret of Basic", basicCC("svc-3:s3cr3t:Value", "401", invalidClient), "basic-header-wrong likely 0"},
		{"a slash in the secret of Basic", basicCC("svc-3:s3cr3t/Value", "401", invalidClient), "basic-header-wrong likely 0"},
		{"a slash in it, and 403", basicCC("svc-3:s3cr3t/Value", "403", `{"error":"forbidden"}`), "provider-error possible 0"},
		{"a slash in it, and the code is bad", basicCC("svc-3:s3cr3t/Value", "400", refusedGrant400), "invalid-grant-unexplained possible 0"},
		{"a slash in it, encoded", basicCC("svc-3:s3cr3t%2FValue", "401", invalidClient), "client-credentials-rejected likely 0"},
		{"a % that begins no escape", basicCC("svc-3:s3cr3t%2", "401", invalidClient), "basic-header-wrong likely 0"},
		{"a % behind which no digit stands", basicCC("svc-3:s3%zzcr3t", "401", invalidClient), "basic-header-wrong likely 0"},
		{"an exclamation mark needs none", basicCC("svc-3:s3cr3t!Value", "401", invalidClient), "client-credentials-rejected likely 0"},
		{"a letter outside ASCII", basicCC("svc-3:s3cr3tä", "401", invalidClient), "basic-header-wrong likely 0"},
		{"the colon alone", basicCC(":", "401", invalidClient), "credential-placeholder certain 0"},
		{"no colon, not refused", edit(basicCC("svc-3", "200", good), "scope=read", "scope=read&client_id=svc-3"), ""},
		{"encoded twice in Basic", basicCC("svc-3:aK9%252Fq7%253D", "401", invalidClient), "secret-double-encoded likely 0"},
		{"encoded twice, and the code is bad", cc(tokenURL, "client_id=svc-3&client_secret=aK9%252Fq7", "400", refusedGrant400), "invalid-grant-unexplained possible 0"},
		{"encoded twice, and 401 without a reason", cc(tokenURL, "client_id=svc-3&client_secret=aK9%252Fq7", "401", `{}`), "secret-double-encoded certain 0"},
		{"a % and a letter", refusedCC("client_id=svc-3&client_secret=100%25zz", invalidClient), "client-credentials-rejected likely 0"},
	})
}

func TestNearRawForm(t *testing.T) {
	const id = "client_id=svc-3"
	checkNear(t, []nearMiss{
		{"a raw & behind the secret", refusedCC(id+"&client_secret=s3cr3t&Value", invalidClient), "form-body-not-encoded certain 0"},
		{"a raw & behind the secret, before =", refusedCC(id+"&client_secret=s3cr3t&Value9x==", invalidClient), "form-body-not-encoded likely 0"},
		{"a raw & behind the secret, and it was taken", cc(tokenURL, id+"&client_secret=s3cr3t&Value", "200", `{"access_token":"at-9-U2VydmljZQ","token_type":"Bearer","expires_in":3600,"scope":"read"}`), ""},
		{"a parameter of the provider's own", refusedCC(id+"&client_secret=s3cr3t&acme_region=eu", invalidClient), "client-credentials-rejected likely 0"},
		{"one in small letters", refusedCC(id+"&client_secret=s3cr3t&region=eu", invalidClient), "client-credentials-rejected likely 0"},
		{"one in camel case", refusedCC(id+"&client_secret=s3cr3t&appRegion=eu", invalidClient), "client-credentials-rejected likely 0"},
		{"one with a digit", refusedCC(id+"&client_secret=s3cr3t&region2=eu", invalidClient), "form-body-not-encoded likely 0"},
		{"one with a digit, and the scope is bad", refusedCC(id+"&client_secret=s3cr3t&region2=eu", `{"error":"invalid_scope"}`), "scope-not-allowed likely 0"},
		{"a piece without a name behind the scope", refusedCC(id+"&client_secret=s3cr3t&scope=a&b", invalidClient), "client-credentials-rejected likely 0"},
		{"a raw plus sign in the secret", refusedCC(id+"&client_secret=s3cr3t+Value", invalidClient), "form-body-not-encoded likely 0"},
		{"a raw plus sign in the secret, and the code is bad", cc(tokenURL, id+"&client_secret=s3cr3t+Value", "400", refusedGrant400), "invalid-grant-unexplained possible 0"},
		{"a raw plus sign in the scope", refusedCC(id+"&client_secret=s3cr3t&scope=a+b", invalidClient), "client-credentials-rejected likely 0"},
		{"a raw plus sign in the password, and the grant is bad", edit(cc(tokenURL, id+"&username=robin&password=a+b", "400", refusedGrant400), "client_credentials", "password"), "form-body-not-encoded likely 0"},
		{"a raw semicolon in the scope", refusedCC(id+"&client_secret=s3cr3t&scope=a;b", invalidClient), "client-credentials-rejected likely 0"},
		{"a % at the end", refusedCC(id+"&client_secret=s3cr3t%", invalidClient), "form-body-not-encoded certain 0"},
		{"a % and one digit at the end", refusedCC(id+"&client_secret=s3cr3t%2", invalidClient), "form-body-not-encoded certain 0"},
		{"a %2F at the end", refusedCC(id+"&client_secret=s3cr3t%2F", invalidClient), "client-credentials-rejected likely 0"},
		{"a % in JSON", edit(refusedCC("x", invalidClient), "Content-Type: application/x-www-form-urlencoded", "Content-Type: application/json", "| grant_type=client_credentials&x", `| {"grant_type":"client_credentials","client_id":"svc-3","client_secret":"100%"}`), "client-credentials-rejected likely 0"},
	})
}

func TestNearEnvironments(t *testing.T) {
	flow := func(auth, token string) string {
		return edit(loginScene, "https://id.blue.test/oauth2/authorize", "https://"+auth+"/oauth2/authorize") +
			refuse(edit(exchangeScene, "https://id.blue.test", "https://"+token), refusedGrant400)
	}
	call := func(host, iss string) string {
		token := signed(nil, map[string]any{"iss": iss, "aud": "api", "exp": sceneStart.Unix() + 3600, "iat": sceneStart.Unix()})
		return edit(refuseWith(callScene, 401, `{"error":"invalid_token"}`), "api.blue.test", host, "at-1-Qm9hcmQtdG9rZW4", token)
	}
	at := func(host, id string) string {
		return edit(refusedCC("client_id="+id+"&client_secret=s3cr3t-Value-91kq", invalidClient), "id.blue.test", host)
	}
	checkNear(t, []nearMiss{
		{"a sandbox login, a production exchange", flow("id.sandbox.blue.test", "id.blue.test"), "environment-mixed likely 4"},
		{"a staging login by its suffix", flow("id-staging.blue.test", "id.blue.test"), "environment-mixed likely 4"},
		{"a test login by its prefix", flow("test-id.blue.test", "id.blue.test"), "environment-mixed likely 4"},
		{"two test hosts", flow("test.blue.test", "id.test.blue.test"), "invalid-grant-unexplained possible 4"},
		{"sandbox and test are two", flow("sandbox.blue.test", "test.blue.test"), "environment-mixed likely 4"},
		{"another owner below co.uk", flow("test.green.co.uk", "id.blue.co.uk"), "invalid-grant-unexplained possible 4"},
		{"the same owner below co.uk", flow("test.blue.co.uk", "id.blue.co.uk"), "environment-mixed likely 4"},
		{"a token of the sandbox", call("api.blue.test", "https://id.sandbox.blue.test"), "environment-mixed likely 0"},
		{"a token of the sandbox, at the sandbox", call("api.sandbox.blue.test", "https://id.sandbox.blue.test"), "api-forbidden possible 0"},
		{"a token of a known sandbox", call("api.truelayer.com", "https://auth.truelayer-sandbox.com"), "environment-mixed certain 0"},
		{"a token of a stranger's test host", call("api.blue.test", "https://test.green.test"), "api-forbidden possible 0"},
		{"a token of the sandbox, and the request was bad", edit(call("api.blue.test", "https://id.sandbox.blue.test"), "< 401", "< 422", `{"error":"invalid_token"}`, `{"message":"amount is missing"}`), ""},
		{"an id of the sandbox", at("id.blue.test", "sandbox-web-7"), "environment-mixed likely 0"},
		{"an id of the sandbox, at the sandbox", at("id.sandbox.blue.test", "sandbox-web-7"), "client-credentials-rejected likely 0"},
		{"an id that begins with test", at("id.blue.test", "test-web-7"), "client-credentials-rejected likely 0"},
		{"a live id at the sandbox", at("id.sandbox.blue.test", "live-web-7"), "environment-mixed likely 0"},
		{"a test id at the sandbox", at("id.sandbox.blue.test", "test-web-7"), "client-credentials-rejected likely 0"},
		{"an id that only contains the word", at("id.blue.test", "my-sandbox-7"), "client-credentials-rejected likely 0"},
		{"an id of the sandbox, and it was taken", edit(serviceScene, "client_id=svc-3", "client_id=sandbox-web-7"), ""},
		{"a sandbox id on this machine", at("localhost", "sandbox-web-7"), "client-credentials-rejected likely 0"},
	})
}
