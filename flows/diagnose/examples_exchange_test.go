package diagnose

import (
	"encoding/base64"
	"strings"
	"time"
)

// basic puts the client's credentials of an exchange into a Basic header.
func basic(text, idColonSecret string) string {
	return edit(text, "Content-Type: application/x-www-form-urlencoded\n", "Content-Type: application/x-www-form-urlencoded\nAuthorization: Basic "+base64.StdEncoding.EncodeToString([]byte(idColonSecret))+"\n",
		"&client_id=web-7&client_secret=s3cr3t-Value-91kq", "")
}

// assertionOf is a client assertion with these claims.
func assertionOf(claims map[string]any) string {
	c := map[string]any{"iss": "svc-3", "sub": "svc-3", "aud": "https://id.blue.test/oauth2/token", "jti": "j-1", "exp": sceneStart.Add(time.Minute).Unix(), "iat": sceneStart.Unix()}
	for k, v := range claims {
		c[k] = v
	}
	return "client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion=" + signed(nil, c)
}

// proof is a DPoP proof for the token endpoint.
func proof(claims map[string]any) string {
	c := map[string]any{"htm": "POST", "htu": "https://id.blue.test/oauth2/token", "jti": "p-1", "iat": sceneStart.Unix()}
	for k, v := range claims {
		c[k] = v
	}
	return "DPoP: " + signed(map[string]any{"typ": "dpop+jwt", "jwk": map[string]any{"kty": "EC", "crv": "P-256", "x": "a", "y": "b"}}, c) + "\n"
}

func withProof(text, header string) string {
	return edit(text, "Content-Type: application/x-www-form-urlencoded\n", "Content-Type: application/x-www-form-urlencoded\n"+header)
}

func exchangeExamples() map[string]example {
	client := `{"error":"invalid_client"}`
	refused := loginScene + refuse(exchangeScene, refusedGrant400)
	return map[string]example{
		"client-credentials-rejected": {
			bad:  refuse(edit(serviceScene, "client_id=svc-3&client_secret", "appid=wx81&secret"), `{"errcode":40125,"errmsg":"invalid appsecret"}`),
			good: refuseWith(serviceScene, 401, `{"error":"invalid_client","error_description":"No client with requested id"}`),
		},
		"client-auth-method-wrong": {
			bad:  loginScene + refuseWith(edit(basic(exchangeScene, "web-7:s3cr3t-Value-91kq"), "&code_verifier", "&client_id=web-7&client_secret=s3cr3t-Value-91kq&code_verifier"), 400, `{"error":"invalid_request","error_description":"multiple client authentication"}`),
			good: metaScene + refuseWith(serviceScene, 401, client),
		},
		"basic-header-wrong": {
			bad:  loginScene + refuseWith(edit(basic(exchangeScene, "web-7:s3cr3t-Value-91kq"), base64.StdEncoding.EncodeToString([]byte("web-7:s3cr3t-Value-91kq")), strings.TrimRight(base64.StdEncoding.EncodeToString([]byte("web-7:s3cr3t-Value-91k")), "=")+""), 401, client),
			good: loginScene + refuseWith(basic(exchangeScene, "web-7:s3cr3t-Value-91kq"), 401, client),
		},
		"secret-double-encoded": {
			bad:  refuseWith(edit(serviceScene, "s3cr3t-Value-91kq", "aK9%252Fq7%253D"), 401, client),
			good: refuseWith(edit(serviceScene, "s3cr3t-Value-91kq", "aK9%2Fq7%3D"), 401, client),
		},
		"form-body-not-encoded": {
			bad:  edit(loginScene, "c0de.Xy7-Wq3_Zt5", "4%2F0AX4%2BfWh8k") + refuse(edit(exchangeScene, "c0de.Xy7-Wq3_Zt5", "4/0AX4+fWh8k"), refusedGrant400),
			good: edit(loginScene, "c0de.Xy7-Wq3_Zt5", "4%2F0AX4fWh8k") + refuse(edit(exchangeScene, "c0de.Xy7-Wq3_Zt5", "4/0AX4fWh8k"), refusedGrant400),
		},
		"token-body-format-wrong": {
			bad:  refuse(edit(serviceScene, "Content-Type: application/x-www-form-urlencoded", "Content-Type: application/json"), `{"error":"invalid_request","message":"Unexpected token g in JSON"}`),
			good: edit(serviceScene, "Content-Type: application/x-www-form-urlencoded", "Content-Type: application/json", "| grant_type=client_credentials&scope=read&client_id=svc-3&client_secret=s3cr3t-Value-91kq", `| {"grant_type":"client_credentials","client_id":"svc-3","client_secret":"s3cr3t-Value-91kq"}`),
		},
		"grant-type-invalid": {
			bad:  loginScene + refuse(edit(exchangeScene, "grant_type=authorization_code&", ""), `{"error":"invalid_request","error_description":"Missing parameter: grant_type"}`),
			good: refuse(edit(serviceScene, "grant_type=client_credentials", "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange"), `{"error":"unsupported_grant_type"}`),
		},
		"code-expired": {
			bad:  edit(loginScene, "id.blue.test", "dev-1.okta.com") + "+6m\n" + refuse(edit(exchangeScene, "id.blue.test", "dev-1.okta.com"), `{"error":"invalid_grant","error_description":"The authorization code is invalid or has expired."}`),
			good: refused,
		},
		"code-reused": {
			bad:  loginScene + exchangeScene + refuse(exchangeScene, refusedGrant400),
			good: refused,
		},
		"auth-autodetect-burned-code": {
			bad:  loginScene + refuseWith(exchangeScene, 401, client) + refuse(basic(exchangeScene, "web-7:s3cr3t-Value-91kq"), `{"error":"invalid_grant","error_description":"code is no longer valid"}`),
			good: loginScene + refuseWith(exchangeScene, 401, client),
		},
		"redirect-uri-changed": {
			bad:  loginScene + refuse(edit(exchangeScene, "redirect_uri=https%3A%2F%2Fapp.red.test%2Fcb", "redirect_uri=https%3A%2F%2Fwww.app.red.test%2Fcb"), `{"error":"invalid_grant","error_description":"Bad Request"}`),
			good: loginScene + refuse(edit(exchangeScene, "redirect_uri=https%3A%2F%2Fapp.red.test%2Fcb", "redirect_uri=https://app.red.test/cb"), refusedGrant400),
		},
		"client-id-changed": {
			bad:  loginScene + exchangeScene + "+50m\n" + refuse(edit(refreshScene, "client_id=web-7", "client_id=mobile-2"), refusedGrant400),
			good: refused,
		},
		"pkce-verifier-mismatch": {
			bad:  loginScene + refuse(edit(exchangeScene, "VERIFIER", "zz"+verifier[2:]), refusedGrant400),
			good: refused,
		},
		"pkce-half-sent": {
			bad:  edit(loginScene, "&code_challenge=CHALLENGE&code_challenge_method=S256", "") + refuse(exchangeScene, refusedGrant400),
			good: refused,
		},
		"client-assertion-invalid": {
			bad:  refuseWith(edit(serviceScene, "client_secret=s3cr3t-Value-91kq", assertionOf(map[string]any{"aud": "https://other.green.test/"})), 401, client),
			good: refuseWith(edit(serviceScene, "client_secret=s3cr3t-Value-91kq", assertionOf(nil)), 401, client),
		},
		"dpop-proof-refused": {
			bad:  withProof(serviceScene, proof(nil)) + withProof(refuse(serviceScene, `{"error":"invalid_dpop_proof"}`), proof(nil)),
			good: withProof(refuse(serviceScene, `{"error":"use_dpop_nonce"}`), proof(nil)) + withProof(serviceScene, proof(map[string]any{"jti": "p-2", "nonce": "n"})),
		},
		"client-certificate-required": {
			bad:  edit(serviceScene, "< 200\nContent-Type: application/json\n"+`| {"access_token":"at-9-U2VydmljZQ","token_type":"Bearer","expires_in":3600,"scope":"read"}`, "< 400\nContent-Type: text/html\n| <center><h1>400 Bad Request</h1></center><center>No required SSL certificate was sent</center>"),
			good: edit(metaScene, `"client_secret_post"]`, `"client_secret_post","tls_client_auth"]`) + refuseWith(serviceScene, 401, client),
		},
		"rate-limited": {
			bad:  refuseWith(serviceScene, 429, `{"error":"slow down please"}`),
			good: refuseWith(deviceScene(), 400, `{"error":"slow_down"}`) + "+10s\n" + devicePoll(),
		},
		"device-code-expired": {
			bad:  refuse(deviceScene(), `{"error":"authorization_pending"}`) + "+61s\n" + refuse(devicePoll(), `{"error":"expired_token"}`),
			good: refuse(deviceScene(), `{"error":"authorization_pending"}`) + "+5s\n" + devicePoll(),
		},
		"invalid-grant-unexplained": {
			bad:  refused,
			good: loginScene + refuse(edit(exchangeScene, "app.red.test%2Fcb", "app.red.test%2Fcb%2F"), refusedGrant400),
		},
	}
}

func deviceScene() string {
	return `
> POST https://id.blue.test/oauth2/device
Content-Type: application/x-www-form-urlencoded
| client_id=tv-1&scope=profile
< 200
| {"device_code":"dc-91827364","user_code":"AB-CD","verification_uri":"https://id.blue.test/d","expires_in":60}
` + devicePoll()
}

func devicePoll() string {
	return `
> POST https://id.blue.test/oauth2/token
Content-Type: application/x-www-form-urlencoded
| grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&device_code=dc-91827364&client_id=tv-1
< 200
| {"access_token":"at-7-RGV2aWNl","token_type":"Bearer","expires_in":3600,"scope":"profile"}
`
}
