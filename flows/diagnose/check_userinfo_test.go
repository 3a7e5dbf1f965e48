package diagnose

import (
	"strings"
	"testing"

	"oauthlens/flows"
)

// userInfoScene is a login with OpenID Connect, and the answer of the UserInfo endpoint.
func userInfoScene(label, body string) string {
	return oidcScene(nil, nil) + jwksScene("k1", "sig") + "> GET https://id.blue.test/oauth2/userinfo\nAuthorization: Bearer at-1-Qm9hcmQtdG9rZW4\n< 200\nContent-Type: " + label + "\n| " + body + "\n"
}

// TestSignedUserInfo: a userinfo answer that is a JWT has to be signed by its issuer, for this
// client, and to say so. One by the client secret, or one that is encrypted, cannot be judged;
// one whose keys are not in the trace is not.
func TestSignedUserInfo(t *testing.T) {
	const jwt = "application/jwt"
	claims := func(more map[string]any) map[string]any {
		c := map[string]any{"iss": "https://id.blue.test", "sub": "u-17", "aud": "web-7", "name": "A"}
		for k, v := range more {
			if c[k] = v; v == nil {
				delete(c, k)
			}
		}
		return c
	}
	good := signed(nil, claims(nil))
	parts := strings.Split(good, ".")
	another := strings.Split(signed(nil, claims(map[string]any{"name": "B"})), ".")
	none := signed(map[string]any{"alg": "none"}, claims(nil))
	tests := []struct{ name, text, want string }{
		{"signed", userInfoScene(jwt, good), ""},
		{"for several clients", userInfoScene(jwt, signed(nil, claims(map[string]any{"aud": []string{"mobile-2", "web-7"}}))), ""},
		{"the keys are not known", edit(userInfoScene(jwt, good), jwksScene("k1", "sig"), ""), ""},
		{"by another key", userInfoScene(jwt, signed(map[string]any{"kid": "k9"}, claims(nil))), "error signing-key-unknown"},
		{"with the signature of another", userInfoScene(jwt, parts[0]+"."+parts[1]+"."+another[2]), "error signature-invalid"},
		{"without its signature", userInfoScene(jwt, parts[0]+"."+parts[1]+"."), "error signature-invalid"},
		{"by the client secret", userInfoScene(jwt, signed(map[string]any{"alg": "HS256"}, claims(nil))), ""},
		{"with an unknown critical header", userInfoScene(jwt, signed(map[string]any{"crit": []string{"x"}, "x": 1}, claims(nil))), "error jwt-header-unacceptable"},
		{"by nobody", userInfoScene(jwt, none), "warning jwt-header-unacceptable"},
		{"by nobody, and for nobody", userInfoScene(jwt, signed(map[string]any{"alg": "None"}, claims(map[string]any{"iss": nil, "aud": nil}))), "warning jwt-header-unacceptable"},
		{"by nobody, as agreed", edit(userInfoScene(jwt, none), `"userinfo_endpoint"`, `"userinfo_signing_alg_values_supported":["RS256","none"],"userinfo_endpoint"`), ""},
		{"by nobody, at a path that metadata does not name", edit(userInfoScene("text/plain", none), `"userinfo_endpoint"`, `"x"`), ""},
		{"by nobody, with that label", edit(userInfoScene(jwt, none), `"userinfo_endpoint"`, `"x"`), "warning jwt-header-unacceptable"},
		{"of another issuer", userInfoScene(jwt, signed(nil, claims(map[string]any{"iss": "https://id.green.test"}))), "error issuer-mismatch"},
		{"of an issuer with a slash", userInfoScene(jwt, signed(nil, claims(map[string]any{"iss": "https://id.blue.test/"}))), "error issuer-trailing-slash"},
		{"for another client", userInfoScene(jwt, signed(nil, claims(map[string]any{"aud": "mobile-2"}))), "error audience-wrong"},
		{"of nobody", userInfoScene(jwt, signed(nil, claims(map[string]any{"iss": nil}))), "warning issuer-mismatch"},
		{"for nobody", userInfoScene(jwt, signed(nil, claims(map[string]any{"aud": nil}))), "warning audience-wrong"},
		{"another user", userInfoScene(jwt, signed(nil, claims(map[string]any{"sub": "u-99"}))), "error userinfo-subject-mismatch"},
		{"encrypted", userInfoScene(jwt, b64([]byte(`{"alg":"RSA-OAEP","enc":"A128GCM"}`))+".a2V5.aXY.Y2lwaGVy.dGFn"), ""},
		{"JSON", userInfoScene("application/json", `{"sub":"u-17"}`), ""},
		{"JSON that says it is a JWT", userInfoScene("Application/JWT; charset=utf-8", `{"sub":"u-17"}`), "warning jwt-malformed"},
		{"padded", userInfoScene(jwt, parts[0]+"=."+parts[1]+"."+parts[2]), "error signature-invalid; error jwt-malformed"},
	}
	for _, tt := range tests {
		var got []string
		for _, f := range findingsOf(t, tt.text) {
			got = append(got, string(f.Severity)+" "+f.Code)
			if !strings.HasPrefix(f.Evidence[0].Text, "userinfo at ") && !strings.HasPrefix(f.Evidence[0].Text, "sub of userinfo") || !strings.Contains(strings.ToLower(f.Title.Text), "userinfo") || f.Fix.Text == "" {
				t.Errorf("%s: %q, %v", tt.name, f.Title.Text, f.Evidence)
			}
		}
		if strings.Join(got, "; ") != tt.want {
			t.Errorf("%s: %v, want %q", tt.name, got, tt.want)
		}
	}
}

// TestSignedUserInfoOfARun: a run knows its issuer and its client by itself.
func TestSignedUserInfoOfARun(t *testing.T) {
	for aud, want := range map[string]string{"svc-3": "", "svc-4": "audience-wrong"} {
		body := signed(nil, map[string]any{"iss": "https://id.blue.test", "sub": "u-17", "aud": aud})
		got := Run(liveRun(t, serviceScene+asked(askUser, "application/jwt", body)+jwksScene("k1", "sig"), flows.StepExchange, flows.StepUserInfo, flows.StepJWKS), Options{})
		if (len(got) > 0) != (want != "") || len(got) > 0 && (got[0].Code != want || got[0].Step != 1) {
			t.Errorf("%s: %+v", aud, got)
		}
	}
}
