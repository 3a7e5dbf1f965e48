package diagnose

import (
	"strings"
	"testing"
	"time"
)

// exchanged is a login whose code came and was posted as these raw texts, and refused.
func exchanged(got, sent string) string {
	return edit(loginScene, "c0de.Xy7-Wq3_Zt5", got) + refuse(edit(exchangeScene, "c0de.Xy7-Wq3_Zt5", sent), refusedGrant400)
}

func keycloak(text string) string {
	return strings.NewReplacer("https://id.blue.test/oauth2/authorize", "https://sso.green.test/realms/a/protocol/openid-connect/auth", "https://id.blue.test/oauth2/token", "https://sso.green.test/realms/a/protocol/openid-connect/token").Replace(text)
}

func okta(text string) string { return edit(text, "id.blue.test", "dev-1.okta.com") }

func TestNearCode(t *testing.T) {
	bad := func(text string) string { return `{"error":"invalid_grant","error_description":"` + text + `"}` }
	late := func(d, text string) string { return loginScene + "+" + d + "\n" + refuse(exchangeScene, bad(text)) }
	retry := func(status int, body string) string { return refuseWith(exchangeScene, status, body) }
	basicRetry := refuse(basic(exchangeScene, "web-7:s3cr3t-Value-91kq"), refusedGrant400)
	lost := edit(exchangeScene, "< 200\nContent-Type: application/json\n| {\"access_token\":\"at-1-Qm9hcmQtdG9rZW4\",\"token_type\":\"Bearer\",\"expires_in\":3600,\"refresh_token\":\"rt-1-R2FyZGVu\",\"scope\":\"profile offline_access\"}", "! timeout - i/o timeout")
	checkNear(t, []nearMiss{
		{"59 s at Keycloak", keycloak(late("59s", "Code not valid")), "invalid-grant-unexplained possible 4"},
		{"61 s at Keycloak", keycloak(late("61s", "Code not valid")), "code-expired likely 4"},
		{"61 s at Keycloak, expired in clear words", keycloak(late("61s", "Code is expired")), "code-expired certain 4"},
		{"61 s at Keycloak, taken", keycloak(loginScene + "+61s\n" + exchangeScene), ""},
		{"5 min at Okta, in words that leave it open", okta(late("5m", "The authorization code is invalid or has expired.")), "code-expired likely 4"},
		{"5 min at Okta, in clear words", okta(late("5m", "The authorization code has expired.")), "code-expired certain 4"},
		{"4 min at Okta, in words that leave it open", okta(late("4m50s", "The authorization code is invalid or has expired.")), "invalid-grant-unexplained possible 4"},
		{"9 min 59 s elsewhere", late("9m59s", "no"), "invalid-grant-unexplained possible 4"},
		{"10 min elsewhere", late("10m", "no"), "code-expired possible 4"},
		{"10 min elsewhere, in words that leave it open", late("10m", "invalid or expired code"), "code-expired likely 4"},
		{"29 s, in clear words", late("29s", "the code has expired"), "invalid-grant-unexplained possible 4"},
		{"31 s, in clear words", late("31s", "the code has expired"), "code-expired likely 4"},
		{"a client that expired", loginScene + "+61s\n" + refuseWith(exchangeScene, 401, `{"error":"invalid_client","error_description":"client secret expired"}`), "client-secret-expired certain 4"},

		{"sent twice, the first taken", loginScene + exchangeScene + retry(400, refusedGrant400), "code-reused certain 5"},
		{"sent twice, the first without an answer", loginScene + lost + retry(400, refusedGrant400), "server-unreachable certain 4; code-reused certain 5"},
		{"sent twice, the first refused alike", loginScene + retry(400, refusedGrant400) + retry(400, refusedGrant400), "invalid-grant-unexplained possible 4"},
		{"sent twice, the first refused for the scope", loginScene + retry(400, `{"error":"invalid_scope"}`) + retry(400, refusedGrant400), "scope-not-allowed likely 4; code-reused likely 5"},
		{"sent twice, both without an answer", loginScene + lost + lost, "server-unreachable certain 4"},
		{"sent twice, both taken", loginScene + exchangeScene + exchangeScene, ""},
		{"it says already used, or expired", loginScene + retry(400, bad("code was already used or expired")), "invalid-grant-unexplained possible 4"},
		{"it says used before", loginScene + retry(400, bad("The code was previously used")), "code-reused likely 4"},
		{"it says that a refresh token was used", loginScene + retry(400, bad("refresh token was already used")), "invalid-grant-unexplained possible 4"},

		{"another method within two minutes", loginScene + retry(401, invalidClient) + "+119s\n" + basicRetry, "auth-autodetect-burned-code certain 5"},
		{"another method after two minutes", loginScene + retry(401, invalidClient) + "+121s\n" + basicRetry, "client-credentials-rejected likely 4"},
		{"the same method again", loginScene + retry(401, invalidClient) + retry(400, refusedGrant400), "code-reused likely 5; client-credentials-rejected likely 4"},
		{"another method, which worked", loginScene + retry(401, invalidClient) + basic(exchangeScene, "web-7:s3cr3t-Value-91kq"), "client-auth-method-wrong certain 4"},
		{"another method after success", loginScene + exchangeScene + basicRetry, "code-reused certain 5"},

		{"the code as it came", exchanged("4%2F0AX4fWh8k", "4%2F0AX4fWh8k"), "invalid-grant-unexplained possible 4"},
		{"five of its characters", exchanged("abcdefghij", "abcde"), "code-altered likely 4"},
		{"six of its characters", exchanged("abcdefghij", "abcdef"), "code-altered certain 4"},
		{"its end", exchanged("abcdefghij", "defghij"), "code-altered certain 4"},
		{"other letters", exchanged("abcdefghij", "ABCDEFGHIJ"), "code-altered certain 4"},
		{"quotes around it", exchanged("abcdefghij", "%22abcdefghij%22"), "code-altered certain 4"},
		{"still encoded", exchanged("4%2F0AX4fWh8k", "4%252F0AX4fWh8k"), "code-altered certain 4"},
		{"still encoded, with a suffix", exchanged("4%2F0AX4fWh8k", "4%252F0AX4fWh8k%26x"), "code-altered certain 4"},
		{"a slash behind it", exchanged("abcdefghij", "abcdefghij%2F"), "code-altered certain 4"},
		{"another code", exchanged("abcdefghij", "zzzzzzzzzz"), "code-altered likely 4"},
		{"cut at a raw &", exchanged("abcdef%26ghi", "abcdef"), "form-body-not-encoded certain 4"},
		{"a raw plus sign, posted raw", exchanged("ab+cdefgh", "ab+cdefgh"), "code-plus-lost certain 4"},
		{"a raw plus sign, posted encoded", exchanged("ab+cdefgh", "ab%2Bcdefgh"), "invalid-grant-unexplained possible 4"},
		{"an encoded plus sign, posted raw", exchanged("ab%2Bcdefgh", "ab+cdefgh"), "form-body-not-encoded certain 4"},
		{"a code of another login", loginScene + "+20s\n" + edit(loginScene, "Zk3fQ1hT7vLw9sXr2mNp", "Aa3fQ1hT7vLw9sXr2mNp", "c0de.Xy7-Wq3_Zt5", "c0de2.Ab12_Cd") + refuse(exchangeScene, refusedGrant400), "invalid-grant-unexplained possible 8"},

		{"another client", loginScene + refuse(edit(exchangeScene, "client_id=web-7", "client_id=web-8"), refusedGrant400), "client-id-changed certain 4"},
		{"another client, taken", loginScene + edit(exchangeScene, "client_id=web-7", "client_id=web-8"), ""},
		{"another client, and the scope is bad", loginScene + refuse(edit(exchangeScene, "client_id=web-7", "client_id=web-8"), `{"error":"invalid_scope"}`), "scope-not-allowed likely 4"},
		{"another client in the device flow", deviceScene()[:strings.Index(deviceScene(), "\n> POST https://id.blue.test/oauth2/token")] + refuse(edit(devicePoll(), "tv-1", "tv-2"), refusedGrant400), "client-id-changed certain 1"},

		{"another path", loginScene + refuse(edit(exchangeScene, "app.red.test%2Fcb", "app.red.test%2Fcc"), refusedGrant400), "redirect-uri-changed certain 4"},
		{"another path, taken", loginScene + edit(exchangeScene, "app.red.test%2Fcb", "app.red.test%2Fcc"), ""},
		{"another path, and the client is bad", loginScene + refuseWith(edit(exchangeScene, "app.red.test%2Fcb", "app.red.test%2Fcc"), 401, invalidClient), "client-credentials-rejected likely 4"},
		{"absent, and the request is bad", loginScene + refuse(edit(exchangeScene, "&redirect_uri=https%3A%2F%2Fapp.red.test%2Fcb", ""), `{"error":"invalid_request"}`), "redirect-uri-changed certain 4"},
		{"absent, and the scope is bad", loginScene + refuse(edit(exchangeScene, "&redirect_uri=https%3A%2F%2Fapp.red.test%2Fcb", ""), `{"error":"invalid_scope"}`), "scope-not-allowed likely 4"},
		{"equal, but it says otherwise", loginScene + retry(400, bad("redirect_uri does not match")), "redirect-uri-changed possible 4"},
		{"equal, written otherwise", loginScene + refuse(edit(exchangeScene, "https%3A%2F%2Fapp.red.test%2Fcb", "https://app.red.test/cb"), refusedGrant400), "invalid-grant-unexplained possible 4"},
	})
}

func TestNearPKCE(t *testing.T) {
	login := func(challenge, method string) string {
		return edit(loginScene, "code_challenge=CHALLENGE&code_challenge_method=S256", "code_challenge="+challenge+method)
	}
	refused := refuse(exchangeScene, refusedGrant400)
	with := func(v string) string { return refuse(edit(exchangeScene, "VERIFIER", v), refusedGrant400) }
	said := func(text string) string { return answeredWith("error=invalid_request&error_description=" + text) }
	other := edit(loginScene, "Zk3fQ1hT7vLw9sXr2mNp", "Aa3fQ1hT7vLw9sXr2mNp", "CHALLENGE", s256("zz"+verifier[2:]), "c0de.Xy7-Wq3_Zt5", "c0de2.Ab12_Cd")
	noPKCE := edit(loginScene, "&code_challenge=CHALLENGE&code_challenge_method=S256", "")
	without := page(authorizeURL, "200", "Sign in")
	challenged := authorizeURL + "&code_challenge=" + s256(verifier) + "&code_challenge_method=S256"
	checkNear(t, []nearMiss{
		{"plain as plain", login("VERIFIER", "&code_challenge_method=plain") + refused, "invalid-grant-unexplained possible 4"},
		{"plain without a method", login("VERIFIER", "") + refused, "invalid-grant-unexplained possible 4"},
		{"plain as S256", login("VERIFIER", "&code_challenge_method=S256") + refused, "pkce-challenge-invalid certain 0"},
		{"a hash as plain", login("CHALLENGE", "&code_challenge_method=plain") + refused, "pkce-challenge-invalid certain 0"},
		{"a hash without a method, taken", login("CHALLENGE", "") + exchangeScene, ""},
		{"s256 in small letters", login("CHALLENGE", "&code_challenge_method=s256") + refused, "pkce-challenge-invalid certain 0"},
		{"an unknown method", login("CHALLENGE", "&code_challenge_method=S512") + refused, "pkce-challenge-invalid certain 0"},
		{"padded", login("CHALLENGE%3D", "&code_challenge_method=S256") + refused, "pkce-challenge-invalid certain 0"},
		{"padded, taken", login("CHALLENGE%3D", "&code_challenge_method=S256") + exchangeScene, ""},
		{"42 characters of a challenge", login(s256(verifier)[:42], "&code_challenge_method=S256") + refused, "pkce-challenge-invalid certain 0"},
		{"a verifier of 42 characters", login(s256(verifier[:42]), "&code_challenge_method=S256") + with(verifier[:42]), "pkce-challenge-invalid certain 0"},
		{"a verifier of 43 characters", login(s256(verifier[:43]), "&code_challenge_method=S256") + with(verifier[:43]), "invalid-grant-unexplained possible 4"},
		{"a verifier of 129 characters", login(s256(strings.Repeat("a", 129)), "&code_challenge_method=S256") + with(strings.Repeat("a", 129)), "pkce-challenge-invalid certain 0"},
		{"a verifier with a slash", login(s256(verifier+"/"), "&code_challenge_method=S256") + with(verifier+"%2F"), "pkce-challenge-invalid certain 0"},
		{"another verifier", loginScene + with("zz"+verifier[2:]), "pkce-verifier-mismatch certain 4"},
		{"another verifier, taken", loginScene + edit(exchangeScene, "VERIFIER", "zz"+verifier[2:]), ""},
		{"the verifier of another login", other + "+20s\n" + loginScene + with("zz"+verifier[2:]), "pkce-verifier-mismatch certain 8"},
		{"no verifier", loginScene + refuse(edit(exchangeScene, "&code_verifier=VERIFIER", ""), refusedGrant400), "pkce-half-sent certain 4"},
		{"an empty verifier", loginScene + with(""), "pkce-half-sent certain 4"},
		{"no verifier, and the client is bad", loginScene + refuseWith(edit(exchangeScene, "&code_verifier=VERIFIER", ""), 401, invalidClient), "client-credentials-rejected likely 4; pkce-half-sent certain 4"},
		{"no verifier, taken", loginScene + edit(exchangeScene, "&code_verifier=VERIFIER", ""), ""},
		{"no challenge", noPKCE + refused, "pkce-half-sent certain 4"},
		{"no challenge, taken", noPKCE + exchangeScene, ""},
		{"neither", noPKCE + refuse(edit(exchangeScene, "&code_verifier=VERIFIER", ""), refusedGrant400), "invalid-grant-unexplained possible 4"},
		{"no verifier, and it says so, login not recorded", refuse(edit(exchangeScene, "&code_verifier=VERIFIER", ""), `{"error":"invalid_grant","error_description":"code_verifier is required"}`), "pkce-half-sent likely 0"},
		{"it says required, and there is one", said("PKCE+is+required"), "provider-error possible 3"},
		{"it says required, and there is none", edit(said("PKCE+is+required"), "&code_challenge=CHALLENGE&code_challenge_method=S256", ""), "pkce-required certain 3"},
		{"it says unsupported, and there is none", edit(said("code_challenge+is+unsupported"), "&code_challenge=CHALLENGE&code_challenge_method=S256", ""), "provider-error possible 3"},
		{"it says unsupported", said("code_challenge+is+unsupported"), "pkce-rejected certain 3"},
		{"it says that the method is unsupported", edit(said("code_challenge_method+plain+is+not+supported"), "code_challenge_method=S256", "code_challenge_method=plain"), "pkce-challenge-invalid certain 0"},
		{"refused with it, taken without it", page(challenged, "400", "Bad request") + without, "pkce-rejected likely 0; state-missing-or-weak certain 1; callback-never-came possible 1"},
		{"refused with it, refused without it", page(challenged, "400", "Bad request") + page(authorizeURL, "400", "Bad request"), "redirect-uri-not-registered possible 0; redirect-uri-not-registered possible 1; state-missing-or-weak certain 1"},
		{"refused with it, taken without it for another scope", page(challenged, "400", "Bad request") + strings.Replace(without, "scope=profile", "scope=email", 1), "redirect-uri-not-registered possible 0; state-missing-or-weak certain 1; callback-never-came possible 1"},
		{"the server broke with it, taken without it", page(challenged, "500", "Oops") + without, "provider-error certain 0; state-missing-or-weak certain 1; callback-never-came possible 1"},
	})
}

func TestNearRefresh(t *testing.T) {
	flow := loginScene + exchangeScene
	bad := func(text string) string { return `{"error":"invalid_grant","error_description":"` + text + `"}` }
	again := refuse(refreshScene, refusedGrant400)
	with := func(v string) string { return refuse(edit(refreshScene, "rt-1-R2FyZGVu", v), refusedGrant400) }
	unrotated := edit(refreshScene, `"refresh_token":"rt-2-TmV4dA",`, "")
	same := edit(refreshScene, "rt-2-TmV4dA", "rt-1-R2FyZGVu")
	answered := "< 200\nContent-Type: application/json\n| {\"access_token\":\"at-2-TmV3ZXI\",\"token_type\":\"Bearer\",\"expires_in\":3600,\"refresh_token\":\"rt-2-TmV4dA\",\"scope\":\"profile offline_access\"}"
	lost := func(how string) string { return edit(refreshScene, answered, how) }
	google := func(d string) string {
		return googled(flow + "+" + d + "\n" + refuse(refreshScene, bad("Token has been expired or revoked.")))
	}
	trueLayer := func(d, answer string) string {
		return strings.NewReplacer("https://id.blue.test/oauth2/authorize", "https://auth.truelayer.com/", "https://id.blue.test/oauth2/token", "https://auth.truelayer.com/connect/token").Replace(flow + "+" + d + "\n" + refuse(refreshScene, answer))
	}
	life := func(n, d string) string {
		return loginScene + edit(exchangeScene, `"expires_in":3600`, `"expires_in":3600,"refresh_token_expires_in":`+n) + "+" + d + "\n" + again
	}
	jwt := func(exp time.Duration) string {
		return signed(nil, map[string]any{"exp": sceneStart.Add(exp).Unix(), "typ": "Refresh"})
	}
	checkNear(t, []nearMiss{
		{"used again after a rotation", flow + "+1h\n" + refreshScene + "+1h\n" + again, "refresh-token-reused certain 6"},
		{"used again where it is not rotated", flow + "+1h\n" + unrotated + "+1h\n" + again, "invalid-grant-unexplained possible 6; (refresh-token-not-rotated)"},
		{"used again where the answer repeats it", flow + "+1h\n" + same + "+1h\n" + again, "invalid-grant-unexplained possible 6"},
		{"used again after a failure", flow + "+1h\n" + refuse(refreshScene, `{"error":"invalid_scope"}`) + "+1h\n" + again, "scope-not-allowed likely 5"},
		{"used again, taken", flow + "+1h\n" + refreshScene + "+1h\n" + refreshScene, ""},
		{"it says reused", flow + "+1h\n" + refuse(refreshScene, bad("the refresh token was already used")), "refresh-token-reused likely 5"},
		{"it says reused or expired", flow + "+1h\n" + refuse(refreshScene, bad("the refresh token is expired or already used")), "refresh-token-expired likely 5"},

		{"at the same time", flow + "+1h\n" + refreshScene + again, "refresh-race certain 6"},
		{"4 s apart", flow + "+1h\n" + refreshScene + "+4s\n" + again, "refresh-race certain 6"},
		{"6 s apart", flow + "+1h\n" + refreshScene + "+6s\n" + again, "refresh-token-reused certain 6"},
		{"6 s apart, while the first was waiting", flow + "+1h\n" + refreshScene + "@8s\n" + "+-2s\n" + again, "refresh-race certain 6"},
		{"at the same time, another host", flow + "+1h\n" + refreshScene + strings.ReplaceAll(again, "id.blue.test", "id2.blue.test"), "invalid-grant-unexplained possible 6"},
		{"at the same time, both taken", flow + "+1h\n" + refreshScene + refreshScene, ""},
		{"at the same time, both refused", flow + "+1h\n" + again + again, "invalid-grant-unexplained possible 5"},

		{"lost in a timeout", flow + "+1h\n" + lost("! timeout - i/o timeout") + "+40s\n" + again, "refresh-answer-lost certain 5"},
		{"lost in a reset", flow + "+1h\n" + lost("! reset reset connection reset by peer") + "+40s\n" + again, "refresh-answer-lost certain 5"},
		{"never sent", flow + "+1h\n" + lost("! connect refused connection refused") + "+40s\n" + again, "server-unreachable certain 5"},
		{"lost behind a 502", flow + "+1h\n" + lost("< 502\n| Bad Gateway") + "+40s\n" + again, "refresh-answer-lost certain 5"},
		{"lost behind a 503", flow + "+1h\n" + lost("< 503\n| Unavailable") + "+40s\n" + again, "provider-error certain 5"},
		{"lost as an empty answer", flow + "+1h\n" + lost("< 200") + "+40s\n" + again, "refresh-answer-lost certain 5"},
		{"lost, and the repeat worked", flow + "+1h\n" + lost("! timeout - i/o timeout") + "+40s\n" + refreshScene, "(expected-retry)"},
		{"lost, and the repeat was another token", flow + "+1h\n" + lost("! timeout - i/o timeout") + "+40s\n" + with("rt-8-other"), "server-unreachable certain 5"},

		{"empty", flow + "+1h\n" + with(""), "refresh-token-empty certain 5"},
		{"blank", flow + "+1h\n" + with("%20"), "refresh-token-empty certain 5"},
		{"the word null", flow + "+1h\n" + with("null"), "refresh-token-empty certain 5"},
		{"a token that begins with null", flow + "+1h\n" + with("null-7781"), "invalid-grant-unexplained possible 5"},
		{"empty after an answer without one", flow + "+1h\n" + unrotated + "+1h\n" + with(""), "refresh-token-empty certain 6; (refresh-token-not-rotated)"},

		{"a stated life that is over", life("3600", "61m"), "refresh-token-expired certain 5"},
		{"a stated life that is not over", life("3600", "59m"), "invalid-grant-unexplained possible 5"},
		{"a stated life of none", life("0", "61m"), "invalid-grant-unexplained possible 5"},
		{"a JWT whose time is over", flow + "+1h\n" + with(jwt(30*time.Minute)), "refresh-token-expired certain 5"},
		{"a JWT whose time is not over", flow + "+1h\n" + with(jwt(2*time.Hour)), "invalid-grant-unexplained possible 5"},
		{"it says revoked", flow + "+1h\n" + refuse(refreshScene, bad("token was revoked")), "refresh-token-expired likely 5"},
		{"the client is bad", flow + "+1h\n" + refuseWith(refreshScene, 401, `{"error":"invalid_client","error_description":"expired"}`), "client-credentials-rejected likely 5"},

		{"6.4 days at Google", google("155h59m"), "refresh-token-expired likely 5"},
		{"6.5 days at Google", google("156h"), "refresh-testing-mode certain 5"},
		{"7.5 days at Google", google("179h59m"), "refresh-testing-mode certain 5"},
		{"7.6 days at Google", google("181h"), "refresh-testing-mode likely 5"},
		{"11 days at Google", google("263h59m"), "refresh-testing-mode likely 5"},
		{"11.1 days at Google", google("265h"), "refresh-token-expired likely 5"},
		{"7 days at Google, the client is bad", googled(flow + "+169h\n" + refuseWith(refreshScene, 401, `{"error":"invalid_client"}`)), "client-credentials-rejected likely 5"},
		{"89 days at TrueLayer", trueLayer("2136h", refusedGrant400), "invalid-grant-unexplained possible 5"},
		{"90 days at TrueLayer", trueLayer("2160h", refusedGrant400), "consent-expired certain 5"},
		{"90 days at TrueLayer, the scope is bad", trueLayer("2160h", `{"error":"invalid_scope"}`), "scope-not-allowed likely 5"},
		{"90 days elsewhere", flow + "+2160h\n" + again, "invalid-grant-unexplained possible 5"},
		{"it says that the consent was withdrawn by reconnecting", flow + "+1h\n" + refuse(refreshScene, bad("please reconnect the user")), "consent-expired certain 5"},
	})
}
