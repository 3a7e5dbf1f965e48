package diagnose

import (
	"strings"
	"testing"

	"oauthlens/flows"
)

// blue is a profile for the hosts of the scenes.
func blue(change func(*flows.Provider)) []flows.Provider {
	p := flows.Provider{Name: "blue", Title: "Blue", Grants: []flows.Grant{flows.GrantAuthorizationCode, flows.GrantClientCredentials, flows.GrantRefreshToken},
		SampleHosts: []string{"auth.sample.blue.invalid"},
		Environments: []flows.Environment{
			{Name: flows.EnvProduction, Endpoints: flows.Endpoints{Token: "https://id.blue.test/oauth2/token"}},
			{Name: flows.EnvSandbox, ClientIDPrefixes: []string{"sandbox-"}, Endpoints: flows.Endpoints{Token: "https://id.sandbox-blue.test/oauth2/token"}},
		},
		Dialect: flows.Dialect{ClientAuth: flows.AuthPost, OfflineScope: "offline_access"},
		Scopes:  []flows.Scope{{Name: "read"}, {Name: "write"}, {Name: "profile", Grants: []flows.Grant{flows.GrantAuthorizationCode}}},
	}
	if change != nil {
		change(&p)
	}
	return []flows.Provider{p}
}

// numbered is a scene whose messages are steps of a flow, as capture finds them.
func numbered(t *testing.T, text string) flows.Trace {
	t.Helper()
	tr := parseScene(t, text)
	for i, r := range tr.Records {
		e, ok := r.Event.(flows.ExchangeFinished)
		if !ok {
			continue
		}
		e.Exchange.Step = flows.StepAuthorize
		if e.Exchange.Request.Method == "POST" && strings.Contains(string(e.Exchange.Request.Body), "client_") {
			e.Exchange.Step = flows.StepExchange
		}
		tr.Records[i].Event = e
	}
	return tr
}

// TestFixesAreExact: what to do names the parameter, the value and the step. The near
// miss of each row is the same fault where the trace does not know the value: there the
// rule's own words stand.
func TestFixesAreExact(t *testing.T) {
	login := strings.ReplaceAll(loginScene, "CHALLENGE", s256(verifier))
	exchange := strings.ReplaceAll(exchangeScene, "VERIFIER", verifier)
	asJSON := edit(serviceScene, "Content-Type: application/x-www-form-urlencoded", "Content-Type: application/json", "| grant_type=client_credentials&scope=read&client_id=svc-3&client_secret=s3cr3t-Value-91kq",
		`| {"grant_type":"client_credentials","client_id":"svc-3","client_secret":"s3cr3t-Value-91kq"}`)
	badScope := func(sent, desc string) string {
		return refuse(edit(serviceScene, "scope=read", "scope="+sent), `{"error":"invalid_scope","error_description":"`+desc+`"}`)
	}
	tests := []struct {
		name, text string
		providers  []flows.Provider
		code, want string // want empty: the rule's own words
	}{
		{"redirect with a slash", login + refuse(edit(exchange, "app.red.test%2Fcb", "app.red.test%2Fcb%2F"), refusedGrant400), nil,
			"redirect-uri-changed", "In the token request send redirect_uri=“https://app.red.test/cb”, byte for byte as in step 1: use one variable for both."},
		{"redirect left out of the login", edit(login, "&redirect_uri=https%3A%2F%2Fapp.red.test%2Fcb", "") + refuse(exchange, `{"error":"invalid_grant","error_description":"redirect_uri mismatch"}`), nil,
			"redirect-uri-changed", "Leave redirect_uri out of the token request, as step 1 did, or send the same one in both."},
		{"redirect, and no login recorded", refuse(exchange, `{"error":"invalid_grant","error_description":"redirect_uri mismatch"}`), nil, "redirect-uri-changed", ""},
		{"commas", badScope("read%2Cwrite", "unknown scope read,write"), blue(nil),
			"scope-separator-wrong", "In step 1 send scope=“read write”, one blank between the names, written + or %20 in the request."},
		{"blanks where commas belong", "> GET https://slack.com/oauth/v2/authorize?response_type=code&client_id=1.2&redirect_uri=https%3A%2F%2Fapp.red.test%2Fcb&scope=chat%3Awrite+users%3Aread&state=Zk3fQ1hT7vLw9sXr2mNp\n< 400\nContent-Type: text/html\n| invalid_scope: chat:write users:read\n", nil,
			"scope-separator-wrong", "In step 1 send scope=“chat:write,users:read”, with “,” between the names."},
		{"a scope with a slip", badScope("reed", "unknown scope"), blue(nil), "scope-not-allowed", "In scope of step 1 write “read” instead of “reed”; Blue documents “read write”."},
		{"a scope of another grant", badScope("profile", "unknown scope"), blue(nil), "scope-not-allowed", "Leave “profile” out of scope in step 1; Blue documents “read write”."},
		{"a documented scope", badScope("read", "unknown scope"), blue(nil), "scope-not-allowed", "Have the scope enabled for this client by Blue, or leave it out of scope in step 1."},
		{"a scope, no profile", badScope("reed", "unknown scope"), nil, "scope-not-allowed", ""},
		{"a refresh that wants more", login + exchange + refuse(edit(refreshScene, "&client_id", "&scope=profile+admin&client_id"), `{"error":"invalid_scope"}`), nil,
			"scope-not-allowed", "Leave scope out of the refresh, or ask for no more than was granted: without “admin”."},
		{"offline scope", edit(login, "scope=profile+offline_access", "scope=profile") + edit(exchange, `"refresh_token":"rt-1-R2FyZGVu",`, "", `profile offline_access`, "profile"), blue(nil),
			"no-refresh-token", "In the authorization request (step 1) send scope=“profile offline_access”, and let the user consent again."},
		{"JSON where a form belongs", refuseWith(asJSON, 415, `{"error":"invalid_request"}`), blue(nil),
			"token-body-format-wrong", "Send the parameters of step 1 as a form (name=value&name=value, each value percent-encoded), with Content-Type: application/x-www-form-urlencoded."},
		{"a form where JSON belongs", refuseWith(serviceScene, 400, `{"code":40001,"message":"invalid_request: parameter error"}`), blue(func(p *flows.Provider) { p.Dialect.TokenBody = flows.BodyJSON }),
			"token-body-format-wrong", "Send the parameters of step 1 as one JSON object, with Content-Type: application/json."},
		{"Basic where the body belongs", refuseWith(edit(serviceScene, "| grant", "Authorization: Basic c3ZjLTM6czNjcjN0LVZhbHVlLTkxa3E=\n| grant", "&client_id=svc-3&client_secret=s3cr3t-Value-91kq", ""), 401, `{"error":"invalid_client","error_description":"basic auth is not supported, use the request body"}`), blue(nil),
			"client-auth-method-wrong", "In step 1 send client_id and client_secret as parameters of the body, and no Authorization header (client_secret_post)."},
		{"no secret at all", refuseWith(edit(serviceScene, "&client_secret=s3cr3t-Value-91kq", ""), 401, `{"error":"invalid_client","error_description":"client_secret is missing"}`), blue(nil),
			"client-type-mismatch", "In step 1 send client_id and client_secret as parameters of the body, and no Authorization header (client_secret_post)."},
		{"a refused service", refuseWith(serviceScene, 401, `{"error":"invalid_client"}`), nil,
			"client-credentials-rejected", "Copy client_id and client_secret again, as a pair, for id.blue.test. They were sent by client_secret_post in step 1; if they are right, ask the provider whether the client is enabled there."},
		{"a refused login", login + refuseWith(exchange, 401, `{"error":"invalid_client"}`), nil, "client-credentials-rejected", ""},
		{"grant_type with a hyphen", refuse(edit(serviceScene, "client_credentials", "client-credentials"), `{"error":"unsupported_grant_type"}`), nil,
			"grant-type-invalid", "Send grant_type=client_credentials in step 1, spelt just so."},
		{"grant_type missing beside a code", login + refuse(edit(exchange, "grant_type=authorization_code&", ""), `{"error":"invalid_request","error_description":"Missing parameter: grant_type"}`), nil,
			"grant-type-invalid", "Send grant_type=authorization_code in step 5, spelt just so."},
		{"grant_type of something else", refuse(edit(serviceScene, "client_credentials", "nonsense"), `{"error":"unsupported_grant_type"}`), nil, "grant-type-invalid", ""},
		{"a grant that the provider lacks", refuse(edit(serviceScene, "grant_type=client_credentials", "grant_type=password"), `{"error":"unsupported_grant_type"}`), blue(nil),
			"grant-not-enabled", "Blue documents authorization_code, client_credentials, refresh_token: send one of these as grant_type in step 1, instead of “password”."},
		{"the implicit flow", "> GET https://id.blue.test/oauth2/authorize?response_type=token&client_id=web-7&redirect_uri=https%3A%2F%2Fapp.red.test%2Fcb&state=Zk3fQ1hT7vLw9sXr2mNp\n< 302\nLocation: https://app.red.test/cb?error=unsupported_response_type&state=Zk3fQ1hT7vLw9sXr2mNp\n", nil,
			"grant-not-enabled", "Send response_type=code in step 1: “token” is another flow, which must be enabled for the client."},
		{"challenge without verifier", login + refuse(edit(exchange, "&code_verifier="+verifier, ""), refusedGrant400), nil,
			"pkce-half-sent", "Send code_verifier in the token request: the value whose hash is the code_challenge of step 1. Keep it with the state until then."},
		{"verifier without challenge", edit(login, "&code_challenge="+s256(verifier)+"&code_challenge_method=S256", "") + refuse(exchange, refusedGrant400), nil,
			"pkce-half-sent", "Send code_challenge and code_challenge_method=S256 in the authorization request (step 1), or leave code_verifier out of step 5."},
		{"an old code", login + "+6m\n" + refuse(exchange, `{"error":"invalid_grant","error_description":"code expired"}`), blue(func(p *flows.Provider) { p.Lifetimes.Code = 5 * minute }),
			"code-expired", "Exchange the code within 5 min of the callback (Blue); 6 min passed. Do it at once, without breakpoints or copying by hand."},
		{"a sample host", edit(serviceScene, "id.blue.test", "auth.sample.blue.invalid"), blue(nil),
			"doc-sample-host", "Use the token endpoint of your environment: https://id.blue.test/oauth2/token (production), https://id.sandbox-blue.test/oauth2/token (sandbox)."},
		{"a sandbox id in production", refuseWith(edit(serviceScene, "svc-3", "sandbox-svc-3"), 400, `{"error":"invalid_client"}`), blue(nil),
			"environment-mixed", "Send the client_id that was issued for production, or use the hosts of sandbox, such as id.sandbox-blue.test; id, secret and hosts belong together."},
		{"no client id", "> GET https://id.blue.test/oauth2/authorize?response_type=code&redirect_uri=https%3A%2F%2Fapp.red.test%2Fcb&state=Zk3fQ1hT7vLw9sXr2mNp\n< 400\nContent-Type: text/html\n| <p>invalid_request. A redirect URI that is not registered is never used.</p>\n", nil,
			"credential-placeholder", "Send client_id in step 1: the id that the provider gave for this application."},
		{"a wrong path", refuseWith(edit(serviceScene, "oauth2/token", "oauth2/tokens"), 404, "no such page"), blue(nil),
			"token-endpoint-wrong", "Send the token request by POST to the token endpoint of Blue: https://id.blue.test/oauth2/token (production), https://id.sandbox-blue.test/oauth2/token (sandbox)."},
		{"a wrong path beside metadata", metaScene + refuseWith(edit(serviceScene, "oauth2/token", "oauth2/tokens"), 404, "no such page"), nil,
			"token-endpoint-wrong", "Send the token request by POST to https://id.blue.test/oauth2/token, which the metadata of step 1 names."},
		{"a wrong path, nothing known", refuseWith(edit(serviceScene, "oauth2/token", "oauth2/tokens"), 404, "no such page"), nil, "token-endpoint-wrong", ""},
		{"no redirect URI", "> GET https://id.blue.test/oauth2/authorize?response_type=code&client_id=web-7&state=Zk3fQ1hT7vLw9sXr2mNp\n< 400\nContent-Type: text/html\n| <p>invalid redirect_uri</p>\n", nil,
			"redirect-uri-not-registered", "Send redirect_uri in step 1: a URI that is registered for the client, as one absolute string."},
		{"an unknown redirect URI", "> GET https://id.blue.test/oauth2/authorize?response_type=code&client_id=web-7&redirect_uri=https%3A%2F%2Fapp.red.test%2Fcb&state=Zk3fQ1hT7vLw9sXr2mNp\n< 400\nContent-Type: text/html\n| <p>redirect_uri_mismatch</p>\n", nil,
			"redirect-uri-not-registered", "Register exactly “https://app.red.test/cb” with the provider, or send the registered string in redirect_uri of step 1."},
	}
	for _, x := range tests {
		t.Run(x.name, func(t *testing.T) {
			got := Run(numbered(t, x.text), Options{Providers: x.providers})
			f, at := find(got, x.code)
			if at != 0 {
				t.Fatalf("%s is not first: %s", x.code, codes(got))
			}
			rule, _ := RuleByCode(x.code)
			if x.want == "" {
				x.want = rule.Fix
			}
			if f.Fix.Text != x.want {
				t.Errorf("fix\n%s\nwant\n%s", f.Fix, x.want)
			}
		})
	}
}

// TestImitatedEnvironment: where the simulator stands in for a real environment, an id of
// another one works, and is said to: the real provider would refuse it.
func TestImitatedEnvironment(t *testing.T) {
	run := func(env, id string) []flows.Finding {
		tr := liveRun(t, edit(serviceScene+edit(callScene, "at-1-Qm9hcmQtdG9rZW4", "at-9-U2VydmljZQ"), "https://id.blue.test", "http://127.0.0.1:9", "svc-3", id), flows.StepExchange, flows.StepCall)
		start := tr.Records[0].Event.(flows.RunStarted)
		start.Provider, start.Simulated = blue(nil)[0], true
		start.Environment.Name = env
		start.Environment.Endpoints = flows.Endpoints{Token: "http://127.0.0.1:9/oauth2/token"}
		tr.Records[0].Event = start
		return Run(tr, Options{})
	}
	tests := []struct{ env, id, want string }{
		{flows.EnvProduction, "sandbox-7", "warning:environment-mixed "}, {flows.EnvSandbox, "sandbox-7", ""}, {flows.EnvSimulator, "sandbox-7", ""},
		{flows.EnvProduction, "svc-3", ""}, {flows.EnvProduction, "my-sandbox-7", ""},
	}
	for _, x := range tests {
		if got := codes(run(x.env, x.id)); got != x.want {
			t.Errorf("%s in %s: %q, want %q", x.id, x.env, got, x.want)
		}
	}
}

// TestEveryWellKnownForm: a run has tried what the rule advises.
func TestEveryWellKnownForm(t *testing.T) {
	missing := "> GET https://id.blue.test/nope/.well-known/openid-configuration\n< 404\n| no\n> GET https://id.blue.test/.well-known/oauth-authorization-server/nope\n< 404\n| no\n"
	rule, _ := RuleByCode("discovery-not-found")
	for kind, tr := range map[string]flows.Trace{"All 2 well-known forms were tried: correct the issuer, or give authorization and token endpoint by hand.": liveRun(t, missing, flows.StepDiscovery, flows.StepDiscovery), rule.Fix: parseScene(t, missing)} {
		if f, at := find(Run(tr, Options{}), "discovery-not-found"); at != 0 || f.Fix.Text != kind {
			t.Errorf("got %q, want %q", f.Fix, kind)
		}
	}
}

func TestEditDistance(t *testing.T) {
	for _, x := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"payment", "payments", 1}, {"reed", "read", 1}, {"abc", "cba", 2}, {"kitten", "sitting", 3}} {
		if got := editDistance(x.a, x.b); got != x.want || editDistance(x.b, x.a) != got {
			t.Errorf("%s, %s: %d", x.a, x.b, got)
		}
	}
}

// TestDifferenceNamesEveryPart: two URIs may differ in more than one place.
func TestDifferenceNamesEveryPart(t *testing.T) {
	for _, x := range []struct{ a, b, want string }{
		{"https://a.test/cb", "https://a.test/cb/", "by the slash at the end"}, {"https://a.test/cb", "https://a.test/CB", "by the case of letters"},
		{"http://a.test:1/cb", "https://a.test:2/x", "in the scheme, the port and the path"}, {"https://a.test/cb?x=1", "https://b.test/cb", "in the host and the query"},
		{"https://a.test/cb", "https%3A%2F%2Fa.test%2Fcb", "by one percent-encoding"}, {"https://a.test/cb", "https://a.test/cc", "in the path"},
	} {
		if got := difference(x.a, x.b); got != x.want {
			t.Errorf("%s, %s: %q, want %q", x.a, x.b, got, x.want)
		}
	}
}
