package diagnose

func answerExamples() map[string]example {
	oidcLogin := edit(loginScene, "scope=profile+offline_access", "scope=openid+profile+offline_access")
	noIDToken := edit(exchangeScene, `"scope":"profile offline_access"`, `"scope":"openid profile offline_access"`)
	body := `| {"access_token":"at-9-U2VydmljZQ","token_type":"Bearer","expires_in":3600,"scope":"read"}`
	return map[string]example{
		"token-redirected": {
			bad: edit(serviceScene, "< 200\nContent-Type: application/json\n"+body, "< 307\nLocation: https://login.blue.test/oauth2/token") +
				edit(serviceScene, "https://id.blue.test", "https://login.blue.test"),
			good: loginScene + exchangeScene,
		},
		"token-response-damaged": {
			bad:  edit(serviceScene, body, `| {"access_token":"at-9-U2VydmljZQ","token_type":"Bea`),
			good: edit(serviceScene, "Content-Type: application/json\n"+body, "Content-Type: text/plain\n| access_token=at-9-U2VydmljZQ&token_type=bearer&expires_in=3600&scope=read"),
		},
		"scope-narrowed": {
			bad:  edit(serviceScene, "scope=read&", "scope=read+write&"),
			good: edit(serviceScene, "scope=read&", "scope=write+read&", `"scope":"read"`, `"scope":"read write admin"`),
		},
		"expiry-misleading": {
			bad:  edit(serviceScene, `"expires_in":3600`, `"expires_in":-1`),
			good: edit(serviceScene, `"expires_in":3600`, `"expires_in":"3600"`),
		},
		"cors-blocked": {
			bad: loginScene + edit(exchangeScene, "Content-Type: application/x-www-form-urlencoded\n", "Content-Type: application/x-www-form-urlencoded\nOrigin: https://app.red.test\n",
				"< 200\nContent-Type: application/json\n"+`| {"access_token":"at-1-Qm9hcmQtdG9rZW4","token_type":"Bearer","expires_in":3600,"refresh_token":"rt-1-R2FyZGVu","scope":"profile offline_access"}`, "! cancelled cors CORS request did not succeed"),
			good: loginScene + "> OPTIONS https://id.blue.test/oauth2/token\nOrigin: https://app.red.test\n< 204\nAccess-Control-Allow-Origin: https://app.red.test\n" + exchangeScene,
		},
		"id-token-missing": {bad: oidcLogin + noIDToken, good: loginScene + exchangeScene},
		"dialect-error-in-200": {
			bad:  loginScene + edit(refuse(exchangeScene, `{"error":"bad_verification_code","error_description":"The code passed is incorrect or expired."}`), "< 400", "< 200"),
			good: loginScene + refuse(exchangeScene, refusedGrant400),
		},
		"dialect-envelope": {
			bad:  edit(serviceScene, body, `| {"status":0,"body":{"access_token":"at-9-U2VydmljZQ","token_type":"Bearer","expires_in":3600,"scope":"read"}}`),
			good: serviceScene,
		},
		"dialect-member-names": {
			bad:  edit(serviceScene, body, `| {"accessToken":"at-9-U2VydmljZQ","expireIn":7200}`),
			good: serviceScene,
		},
		"dialect-expiry-form": {
			bad:  edit(serviceScene, `"expires_in":3600`, `"expires_at":"2026-11-09T11:00:00Z"`),
			good: serviceScene,
		},
		"dialect-body-format": {
			bad: edit(serviceScene, "Content-Type: application/x-www-form-urlencoded", "Content-Type: application/json", "| grant_type=client_credentials&scope=read&client_id=svc-3&client_secret=s3cr3t-Value-91kq",
				`| {"grant_type":"client_credentials","client_id":"svc-3","client_secret":"s3cr3t-Value-91kq"}`),
			good: serviceScene,
		},
	}
}

func refreshExamples() map[string]example {
	day := "+26h\n"
	flow := loginScene + exchangeScene
	return map[string]example{
		"refresh-token-reused": {
			bad:  flow + day + refreshScene + day + refuse(refreshScene, refusedGrant400),
			good: flow + day + refreshScene + day + refuse(edit(refreshScene, "refresh_token=rt-1-R2FyZGVu", "refresh_token=rt-2-TmV4dA"), refusedGrant400),
		},
		"refresh-race": {
			bad:  flow + day + "@3s\n" + refreshScene + "+1s\n" + refuse(refreshScene, refusedGrant400),
			good: flow + day + refreshScene + refuse(edit(refreshScene, "rt-1-R2FyZGVu", "rt-other-9981"), refusedGrant400),
		},
		"refresh-answer-lost": {
			bad:  flow + day + refuseWith(refreshScene, 504, "gateway timeout") + "+40s\n" + refuse(refreshScene, `{"error":"invalid_grant","error_description":"token was already used"}`),
			good: flow + day + refuseWith(refreshScene, 504, "gateway timeout") + "+40s\n" + refreshScene,
		},
		"refresh-token-empty": {
			bad:  flow + day + refuse(edit(refreshScene, "refresh_token=rt-1-R2FyZGVu", "refresh_token=undefined"), refusedGrant400),
			good: flow + day + refuse(refreshScene, refusedGrant400),
		},
		"refresh-token-expired": {
			bad:  loginScene + edit(exchangeScene, `"expires_in":3600`, `"expires_in":3600,"refresh_token_expires_in":86400`) + day + refuse(refreshScene, refusedGrant400),
			good: flow + day + refuse(refreshScene, refusedGrant400),
		},
		"refresh-testing-mode": {
			bad:  googled(flow + "+169h\n" + refuse(refreshScene, `{"error":"invalid_grant","error_description":"Token has been expired or revoked."}`)),
			good: googled(flow + day + refuse(refreshScene, `{"error":"invalid_grant","error_description":"Token has been expired or revoked."}`)),
		},
		"consent-expired": {
			bad:  flow + day + refuseWith(callScene, 403, `{"error":"access_denied","error_description":"The consent given by the user has expired and must be renewed"}`),
			good: flow + day + refuseWith(callScene, 403, `{"error":"access_denied"}`),
		},
		"refresh-token-not-rotated": {
			bad:  flow + day + edit(refreshScene, `"refresh_token":"rt-2-TmV4dA",`, ""),
			good: flow + day + refreshScene,
		},
	}
}

func googled(text string) string {
	return edit(text, "https://id.blue.test/oauth2/authorize", "https://accounts.google.com/o/oauth2/v2/auth", "https://id.blue.test/oauth2/token", "https://oauth2.googleapis.com/token")
}
