package diagnose

const callbackLine = "> GET https://app.red.test/cb?code=c0de.Xy7-Wq3_Zt5&state=Zk3fQ1hT7vLw9sXr2mNp\nSec-Fetch-Dest: document\n< 302\nLocation: /\n"

// refusedCallback makes the application refuse the callback.
func refusedCallback(status, text string) string {
	return edit(loginScene, "< 302\nLocation: /\n", "< "+status+"\nContent-Type: text/html\n| <h1>"+text+"</h1>\n")
}

func callbackExamples() map[string]example {
	return map[string]example{
		"state-altered": {
			bad:  edit(refusedCallback("401", "invalid state"), "Xy7-Wq3_Zt5&state=Zk3fQ1hT7vLw9sXr2mNp", "Xy7-Wq3_Zt5&state=Zk3fQ1hT7vLw9"),
			good: edit(loginScene, "state=Zk3fQ1hT7vLw9sXr2mNp", "state=Zk3f%2BQ1hT%2F7vLw9sXr2m%3D") + exchangeScene,
		},
		"state-absent": {
			bad:  edit(loginScene, "Xy7-Wq3_Zt5&state=Zk3fQ1hT7vLw9sXr2mNp", "Xy7-Wq3_Zt5"),
			good: edit(loginScene, "&state=Zk3fQ1hT7vLw9sXr2mNp", "") + exchangeScene,
		},
		"state-mismatch": {
			bad:  edit(loginScene, "Xy7-Wq3_Zt5&state=Zk3fQ1hT7vLw9sXr2mNp", "Xy7-Wq3_Zt5&state=vv81LqPsWc02TzYiGhKe"),
			good: loginScene + exchangeScene,
		},
		"session-cookie-lost": {
			bad: "> GET http://localhost:5000/start\n< 302\nSet-Cookie: sess=a8f3; Path=/; HttpOnly; SameSite=Lax\nLocation: https://id.blue.test/oauth2/authorize?x=1\n" +
				edit(refusedCallback("403", "Your session was not found, please start the login again"), "https%3A%2F%2Fapp.red.test%2Fcb", "http%3A%2F%2F127.0.0.1%3A5000%2Fcb", "https://app.red.test/cb", "http://127.0.0.1:5000/cb"),
			good: "> GET https://app.red.test/start\n< 302\nSet-Cookie: sess=a8f3; Path=/; HttpOnly; SameSite=Lax\nLocation: https://id.blue.test/oauth2/authorize?x=1\n" +
				edit(loginScene, "> GET https://app.red.test/cb?code=c0de.Xy7-Wq3_Zt5&state=Zk3fQ1hT7vLw9sXr2mNp\n", "> GET https://app.red.test/cb?code=c0de.Xy7-Wq3_Zt5&state=Zk3fQ1hT7vLw9sXr2mNp\nCookie: theme=dark; sess=a8f3\n", "< 302\nLocation: /\n", "< 403\n| no session\n"),
		},
		"callback-in-fragment": {
			bad: edit(loginScene, "response_type=code", "response_type=code+id_token", "Location: https://app.red.test/cb?code", "Location: https://app.red.test/cb#id_token=aa.bb.cc&code",
				"> GET https://app.red.test/cb?code=c0de.Xy7-Wq3_Zt5&state=Zk3fQ1hT7vLw9sXr2mNp\n", "> GET https://app.red.test/cb\n", "< 302\nLocation: /\n", "< 400\n| no code\n"),
			good: edit(loginScene, "Location: https://app.red.test/cb?code", "Location: https://app.red.test/cb#code",
				"> GET https://app.red.test/cb?code=c0de.Xy7-Wq3_Zt5&state=Zk3fQ1hT7vLw9sXr2mNp\n", "> GET https://app.red.test/cb\n", "< 302\nLocation: /\n", "< 200\n| <script></script>\n") + exchangeScene,
		},
		"callback-not-handled": {
			bad: edit(loginScene, "< 302\nLocation: https://app.red.test/cb?code=c0de.Xy7-Wq3_Zt5&state=Zk3fQ1hT7vLw9sXr2mNp\n", "< 200\nContent-Type: text/html\n| <form method=post action=x></form>\n",
				callbackLine, "> POST https://app.red.test/cb\nContent-Type: application/x-www-form-urlencoded\nCookie: a=b\n| code=c0de.Xy7-Wq3_Zt5&state=Zk3fQ1hT7vLw9sXr2mNp\n< 405\nAllow: GET\n"),
			good: loginScene + exchangeScene,
		},
		"callback-not-reached": {
			bad: edit(loginScene, "https%3A%2F%2Fapp.red.test%2Fcb", "http%3A%2F%2F127.0.0.1%3A8085%2Fcb", "https://app.red.test/cb", "http://127.0.0.1:8085/cb", "< 302\nLocation: /\n",
				"< 504\nVia: 1.1 squid\n| Gateway Timeout\n"),
			good: loginScene + edit(exchangeScene, "< 200\nContent-Type: application/json\n"+
				`| {"access_token":"at-1-Qm9hcmQtdG9rZW4","token_type":"Bearer","expires_in":3600,"refresh_token":"rt-1-R2FyZGVu","scope":"profile offline_access"}`, "! connect refused connection refused"),
		},
		"callback-incomplete": {
			bad:  edit(loginScene, "cb?code=c0de.Xy7-Wq3_Zt5&state", "cb?state", "< 302\nLocation: /\n", "< 400\n| nothing to do\n"),
			good: edit(loginScene, "cb?code=c0de.Xy7-Wq3_Zt5&state", "cb?code=c0de.Xy7-Wq3_Zt5&session_state=81&extra=1&state") + exchangeScene,
		},
		"callback-iss-wrong": {
			bad:  edit(metaScene, `"issuer":"https://id.blue.test"`, `"issuer":"https://id.blue.test","authorization_response_iss_parameter_supported":true`) + loginScene,
			good: metaScene + edit(loginScene, "sXr2mNp\n", "sXr2mNp&iss=https%3A%2F%2Fid.blue.test\n") + exchangeScene,
		},
		"parameter-repeated": {
			bad:  loginScene + refuse(edit(exchangeScene, "&client_id=web-7", "&client_id=web-7&redirect_uri=https%3A%2F%2Fapp.red.test%2Fcb"), `{"error":"invalid_request","error_description":"duplicate parameter"}`),
			good: loginScene + refuse(edit(exchangeScene, "&client_id=web-7", "&client_id=web-7&resource=https%3A%2F%2Fa.test&resource=https%3A%2F%2Fb.test"), `{"error":"invalid_target"}`),
		},
		"callback-hmac-invalid": {
			bad:  hmacScene("", shopQuery, "0f0e0d0c"),
			good: hmacScene("shpss_abc", shopQuery, ""),
		},
		"code-plus-lost": {
			bad:  edit(loginScene, "c0de.Xy7-Wq3_Zt5", "ab+cd/ef==") + refuse(edit(exchangeScene, "c0de.Xy7-Wq3_Zt5", "ab+cd%2Fef%3D%3D"), refusedGrant400),
			good: edit(loginScene, "c0de.Xy7-Wq3_Zt5", "ab%2Bcd%2Fef%3D%3D") + refuse(edit(exchangeScene, "c0de.Xy7-Wq3_Zt5", "ab+cd%2Fef%3D%3D"), refusedGrant400),
		},
		"code-altered": {
			bad:  edit(loginScene, "c0de.Xy7-Wq3_Zt5", "4%2F0Adeu5BWsx91kqTz") + refuse(edit(exchangeScene, "c0de.Xy7-Wq3_Zt5", "4%2F0Adeu5BWsx91kqTz%23_%3D_"), refusedGrant400),
			good: edit(loginScene, "c0de.Xy7-Wq3_Zt5", "4%2F0Adeu5BWsx91kqTz") + refuse(edit(exchangeScene, "c0de.Xy7-Wq3_Zt5", "4/0Adeu5BWsx91kqTz"), refusedGrant400),
		},
	}
}
