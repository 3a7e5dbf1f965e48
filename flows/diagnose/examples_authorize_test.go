package diagnose

import "strings"

// answeredWith ends the login with an error at the callback.
func answeredWith(params string) string {
	q := params + "&state=Zk3fQ1hT7vLw9sXr2mNp"
	return edit(loginScene, "code=c0de.Xy7-Wq3_Zt5&state=Zk3fQ1hT7vLw9sXr2mNp", q, "< 302\nLocation: /\n", "< 400\nContent-Type: text/html\n| <h1>Sign-in failed</h1>\n")
}

// page replaces the login by one page of the provider.
func page(url string, status, text string) string {
	return "\n> GET " + url + "\nSec-Fetch-Dest: document\n< " + status + "\nContent-Type: text/html\n| <title>Error</title><h1>" + text + "</h1>\n"
}

const authorizeURL = "https://id.blue.test/oauth2/authorize?response_type=code&client_id=web-7&redirect_uri=https%3A%2F%2Fapp.red.test%2Fcb&scope=profile+offline_access&state=Zk3fQ1hT7vLw9sXr2mNp"

func authorizeExamples() map[string]example {
	noPKCE := edit(loginScene, "&code_challenge=CHALLENGE&code_challenge_method=S256", "")
	plainExchange := edit(exchangeScene, "&code_verifier=VERIFIER", "")
	return map[string]example{
		"redirect-uri-not-registered": {
			bad:  page(authorizeURL, "400", "The redirect URI in the request does not match the ones authorized for the client"),
			good: loginScene + refuse(edit(exchangeScene, "app.red.test%2Fcb", "app.red.test%2Fcb2"), `{"error":"redirect_uri_mismatch"}`),
		},
		"scope-separator-wrong": {
			bad:  page("https://slack.com/oauth/v2/authorize?client_id=163.58&scope=chat%3Awrite+channels%3Aread&state=Zk3fQ1hT7vLw9sXr2mNp&redirect_uri=https%3A%2F%2Fapp.red.test%2Fcb", "200", "Something went wrong: invalid_scope. Invalid permissions requested"),
			good: page("https://slack.com/oauth/v2/authorize?client_id=163.58&scope=chat%3Awrite,channels%3Areed&state=Zk3fQ1hT7vLw9sXr2mNp&redirect_uri=https%3A%2F%2Fapp.red.test%2Fcb", "200", "Something went wrong: invalid_scope. Invalid permissions requested"),
		},
		"authorize-double-encoded": {
			bad:  page(edit(authorizeURL, "scope=profile+offline_access", "scope=profile%2520offline_access"), "400", "invalid_scope: unknown scope"),
			good: edit(loginScene, "app.red.test%2Fcb&scope", "app.red.test%2Fcb%3Fnext%3D%252Fhome&scope", "https://app.red.test/cb?code", "https://app.red.test/cb?next=%2Fhome&code"),
		},
		"scope-not-allowed": {
			bad:  answeredWith("error=invalid_scope&error_description=Scope+offline_access+is+not+enabled+for+this+client"),
			good: loginScene + edit(exchangeScene, `"scope":"profile offline_access"`, `"scope":"offline_access"`),
		},
		"grant-not-enabled": {
			bad:  refuse(serviceScene, `{"error":"unauthorized_client","error_description":"Grant type 'client_credentials' not allowed for the client."}`),
			good: refuse(edit(serviceScene, "grant_type=client_credentials", "grant_type=client_credential_s"), `{"error":"unsupported_grant_type"}`),
		},
		"user-denied": {
			bad:  answeredWith("error=access_denied&error_description=The+user+denied+the+request"),
			good: answeredWith("error=access_denied&error_description=Your+administrator+has+not+approved+this+application"),
		},
		"access-denied-by-policy": {
			bad:  page("https://login.microsoftonline.com/organizations/oauth2/v2.0/authorize?response_type=code&client_id=a9db98e2-3314-4fbc-a286-d066c66e5790&redirect_uri=https%3A%2F%2Fapp.red.test%2Fcb&scope=openid&state=Zk3fQ1hT7vLw9sXr2mNp", "200", "Need admin approval. AADSTS90094: An administrator must consent"),
			good: answeredWith("error=access_denied&error_description=User+cancelled+the+login"),
		},
		"prompt-none-failed": {
			bad: edit(answeredWith("error=consent_required"), "code_challenge_method=S256", "code_challenge_method=S256&prompt=none"),
			good: edit(answeredWith("error=login_required"), "code_challenge_method=S256", "code_challenge_method=S256&prompt=none", "Zk3fQ1hT7vLw9sXr2mNp", "Aa3fQ1hT7vLw9sXr2mNp") +
				loginScene + exchangeScene,
		},
		"pkce-required": {
			bad:  edit(answeredWith("error=invalid_request&error_description=PKCE+is+required+for+public+clients"), "&code_challenge=CHALLENGE&code_challenge_method=S256", ""),
			good: answeredWith("error=invalid_request&error_description=code_challenge+is+not+supported"),
		},
		"pkce-rejected": {
			bad:  answeredWith("error=invalid_request&error_description=Unsupported+parameter+code_challenge_method"),
			good: edit(answeredWith("error=invalid_request&error_description=code_challenge_method+must+be+S256"), "code_challenge_method=S256", "code_challenge_method=plain"),
		},
		"pkce-challenge-invalid": {
			bad:  edit(loginScene, "&code_challenge_method=S256", "") + refuse(exchangeScene, refusedGrant400),
			good: loginScene + refuse(exchangeScene, refusedGrant400),
		},
		"state-missing-or-weak": {
			bad:  strings.ReplaceAll(loginScene, "Zk3fQ1hT7vLw9sXr2mNp", "12345678") + exchangeScene,
			good: loginScene + exchangeScene,
		},
		"par-required": {
			bad:  page(authorizeURL, "400", "invalid_request: this client must use PAR, request_uri is required"),
			good: page("https://id.blue.test/oauth2/authorize?client_id=web-7&request_uri=urn%3Aietf%3Aparams%3Aoauth%3Arequest_uri%3A6esc", "400", "invalid_request_uri: request_uri has expired"),
		},
		"authorize-link-reused": {
			bad: noPKCE + plainExchange + "+90s\n" + page(authorizeURL, "410", "This sign-in request was already completed"),
			good: page(authorizeURL, "200", "Sign in to continue") + "+5s\n" +
				edit(loginScene, "&code_challenge=CHALLENGE&code_challenge_method=S256", "") + plainExchange,
		},
		"authorize-in-iframe": {
			bad: "\n> GET " + authorizeURL + "\nSec-Fetch-Dest: iframe\n< 200\nX-Frame-Options: SAMEORIGIN\nContent-Type: text/html\n| <h1>Sign in</h1>\n",
			good: edit(loginScene, "> GET https://id.blue.test/oauth2/authorize", "> GET https://id.blue.test/oauth2/authorize", "code_challenge_method=S256", "code_challenge_method=S256&prompt=none",
				"Sec-Fetch-Dest: document\n< 302\nLocation: https://id.blue.test/login?s=1\n", "Sec-Fetch-Dest: iframe\n< 302\nX-Frame-Options: DENY\nLocation: https://app.red.test/cb?code=c0de.Xy7-Wq3_Zt5&state=Zk3fQ1hT7vLw9sXr2mNp\n"),
		},
		"no-refresh-token": {
			bad: edit(loginScene, "https://id.blue.test/oauth2/authorize", "https://www.dropbox.com/oauth2/authorize", "scope=profile+offline_access", "scope=profile") +
				edit(exchangeScene, "https://id.blue.test/oauth2/token", "https://api.dropboxapi.com/oauth2/token", `"refresh_token":"rt-1-R2FyZGVu",`, "", "profile offline_access", "profile"),
			good: edit(loginScene, "https://id.blue.test/oauth2/authorize", "https://github.com/login/oauth/authorize", "scope=profile+offline_access", "scope=profile") +
				edit(exchangeScene, "https://id.blue.test/oauth2/token", "https://github.com/login/oauth/access_token", `"refresh_token":"rt-1-R2FyZGVu",`, "", "profile offline_access", "profile"),
		},
		"provider-error": {
			bad: loginScene + edit(exchangeScene, "< 200", "< 503", "Content-Type: application/json", "Content-Type: text/html",
				`| {"access_token":"at-1-Qm9hcmQtdG9rZW4","token_type":"Bearer","expires_in":3600,"refresh_token":"rt-1-R2FyZGVu","scope":"profile offline_access"}`, "| <h1>Service Unavailable</h1>"),
			good: edit(loginScene, "< 302\nLocation: /\n", "< 500\nContent-Type: text/html\n| <h1>Oops</h1>\n"),
		},
		"callback-never-came": {
			bad:  page(authorizeURL, "200", "Sign in to continue"),
			good: page(edit(authorizeURL, "Zk3fQ1hT7vLw9sXr2mNp", "Bb3fQ1hT7vLw9sXr2mNp"), "200", "Sign in to continue") + loginScene + exchangeScene,
		},
	}
}
