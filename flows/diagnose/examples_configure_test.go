package diagnose

func configureExamples() map[string]example {
	bad := `{"error":"invalid_client"}`
	return map[string]example{
		"credential-whitespace": {
			bad:  refuseWith(edit(serviceScene, "client_secret=s3cr3t-Value-91kq", "client_secret=s3cr3t-Value-91kq%E2%80%8B"), 401, bad),
			good: edit(serviceScene, "client_secret=s3cr3t-Value-91kq", "client_secret=s3cr3t-Value-91kq%0A"),
		},
		"credential-placeholder": {
			bad:  refuseWith(edit(serviceScene, "client_secret=s3cr3t-Value-91kq", "client_secret=%7B%7Bvault.secret%7D%7D"), 401, bad),
			good: refuseWith(edit(serviceScene, "client_secret=s3cr3t-Value-91kq", "client_secret=q%24%7Bx9%7DLs81"), 401, bad),
		},
		"secret-id-not-value": {
			bad: `
> POST https://login.microsoftonline.com/8f2a3b10-6c1d-4c0e-9a51-0d2f6f3e7711/oauth2/v2.0/token
Content-Type: application/x-www-form-urlencoded
Authorization: Basic MTFjZjU0NGMtMWQyYi00OGZiLWE0ZmMtMzg3NmJjN2I4OGIwOmM5MjkwYTJmLTAzNjktNDJhMS05NmYxLTUxZTFmYjIyYzU1NQ==
| grant_type=client_credentials&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default
< 401
| {"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided."}
`,
			good: refuseWith(edit(serviceScene, "s3cr3t-Value-91kq", "c9290a2f-0369-42a1-96f1-51e1fb22c555"), 401, bad),
		},
		"client-secret-expired": {
			bad:  refuseWith(serviceScene, 401, `{"error":"invalid_client","error_description":"The client secret of this application has expired on 2026-10-31"}`),
			good: refuseWith(serviceScene, 401, bad),
		},
		"client-unknown": {
			bad:  refuseWith(serviceScene, 401, `{"error":"invalid_client","error_description":"The OAuth client was not found."}`),
			good: refuseWith(serviceScene, 401, bad),
		},
		"client-type-mismatch": {
			bad: metaScene + refuseWith(edit(serviceScene, "&client_secret=s3cr3t-Value-91kq", ""), 401, bad),
			good: edit(metaScene, `"client_secret_post"]`, `"client_secret_post","none"]`) +
				refuseWith(edit(serviceScene, "&client_secret=s3cr3t-Value-91kq", ""), 401, bad),
		},
		"environment-mixed": {
			bad: `
> POST https://connect.squareup.com/oauth2/token
Content-Type: application/json
| {"grant_type":"authorization_code","code":"sq0cgb-aBcDeFgH123","client_id":"sandbox-sq0idb-4xK9mPq2","client_secret":"sandbox-sq0csb-9fjs83kfoe"}
< 401
| {"message":"Not Authorized","type":"service.not_authorized"}
`,
			good: `
> POST https://connect.squareupsandbox.com/oauth2/token
Content-Type: application/json
| {"grant_type":"authorization_code","code":"sq0cgb-aBcDeFgH123","client_id":"sandbox-sq0idb-4xK9mPq2","client_secret":"sandbox-sq0csb-9fjs83kfoe"}
< 401
| {"message":"Not Authorized","type":"service.not_authorized"}
`,
		},
		"doc-sample-host": {
			bad: `
> POST https://your-domain.auth0.com/oauth/token
Content-Type: application/x-www-form-urlencoded
| grant_type=client_credentials&client_id=a8Kx2&client_secret=s3cr3t-Value-91kq
< 404
| Not found.
`,
			good: edit(loginScene, "app.red.test", "example.com") + edit(exchangeScene, "app.red.test", "example.com"),
		},
		"token-endpoint-wrong": {
			bad: loginScene + edit(exchangeScene, "https://id.blue.test/oauth2/token", "https://id.blue.test/oauth/tokens", "< 200", "< 404",
				`| {"access_token":"at-1-Qm9hcmQtdG9rZW4","token_type":"Bearer","expires_in":3600,"refresh_token":"rt-1-R2FyZGVu","scope":"profile offline_access"}`, "| <h1>Not Found</h1>"),
			good: edit(loginScene, "https://id.blue.test/oauth2/authorize", "https://login.blue.test/oauth2/authorize") + refuse(exchangeScene, refusedGrant400),
		},
		"insecure-endpoint": {
			bad:  edit(serviceScene, "https://id.blue.test", "http://id.blue.test"),
			good: edit(serviceScene, "https://id.blue.test", "http://127.0.0.1:9000"),
		},
		"redirect-uri-unacceptable": {
			bad: `
> GET https://id.blue.test/oauth2/authorize?response_type=code&client_id=web-7&redirect_uri=https%3A%2F%2Fapp.red.test%2Fcb%23done&state=Zk3fQ1hT7vLw9sXr2mNp
< 400
Content-Type: text/html
| <h1>Error</h1>The request is invalid.
`,
			good: `
> GET https://id.blue.test/oauth2/authorize?response_type=code&client_id=web-7&redirect_uri=http%3A%2F%2Flocalhost%3A5000%2Fcb&state=Zk3fQ1hT7vLw9sXr2mNp
< 400
Content-Type: text/html
| <h1>Error</h1>The request is invalid.
`,
		},
	}
}
