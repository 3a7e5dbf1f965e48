package diagnose

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"oauthlens/flows"
)

// TestFactsNameTheirSources: a source supports fields that are there, and names a page or
// a program. What is left is general knowledge, and there is a list of it: who adds a fact
// without looking it up has to add it here, too.
func TestFactsNameTheirSources(t *testing.T) {
	general := map[string]bool{}
	for _, f := range facts {
		have := f.fields()
		for _, s := range f.sources {
			if !strings.Contains(s.where, "/") || strings.ContainsAny(s.where, "\n") {
				t.Errorf("%s: %q is no page and no program", f.name, s.where)
			}
			for _, field := range strings.Split(s.fields, ", ") {
				if !slices.Contains(have, field) {
					t.Errorf("%s: a source for %q, which the fact does not have; it has %q", f.name, field, have)
				}
			}
		}
		for _, field := range have {
			if !slices.ContainsFunc(factFields, func(p [2]string) bool { return p[0] == field }) {
				t.Errorf("%q has no name in factFields", field)
			}
			if !f.sourced(field) {
				general[f.name+": "+field] = true
			}
		}
	}
	for _, known := range []string{
		"Apple: code", "Atlassian: offline", "Auth0: code", "Auth0: offline", "DingTalk: token header", "Discord: code", "Entra: code", "Entra: issuers", "Entra: offline", "Entra: secret id",
		"Facebook: query token", "Facebook: separator", "Fitbit: code", "GitHub: code", "GitLab: code", "Google: code", "Google: issuers", "Instagram: get", "Instagram: no refresh",
		"Instagram: query token", "Intuit: code", "LinkedIn: code", "Monday: no refresh", "Okta: code", "Okta: offline", "QQ: query token", "QQ: separator", "Salesforce: code", "Salesforce: offline",
		"Shopify: json", "Slack: code", "Spotify: code", "Square: code", "Stytch: code", "Twitter: code", "Twitter: offline", "WeChat: code", "WeChat: query token", "Weibo: get", "Weibo: query token",
		"Withings: code", "Withings: separator", "Xero: code", "Zoho: separator", "Zoom: code",
	} {
		if !general[known] {
			t.Errorf("%s is in the list of what nobody has checked, and has a source or is gone", known)
		}
		delete(general, known)
	}
	for g := range general {
		t.Errorf("%s has no source", g)
	}
}

// TestUncheckedKnowledgeIsSaid: a finding that rests on what nobody has looked up says so,
// and is not certain for that alone. With a source, or with the profile, it is plain.
func TestUncheckedKnowledgeIsSaid(t *testing.T) {
	const note = "not checked"
	old := func(host, life string) string {
		r := strings.NewReplacer("id.blue.test", host, "CHALLENGE", s256(verifier), "VERIFIER", verifier)
		return r.Replace(loginScene + "+" + life + "\n" + refuse(exchangeScene, `{"error":"invalid_grant","error_description":"The code has expired."}`))
	}
	header := func(host, path string) string {
		return serviceScene + "> GET https://" + host + path + "\nAuthorization: Bearer at-9-U2VydmljZQ\n< 403\n| {\"error\":\"nope\"}\n"
	}
	dingtalk := serviceScene + "> GET https://api.dingtalk.com/v1.0/contact\nAuthorization: Bearer at-9-U2VydmljZQ\n< 401\n| {\"message\":\"no token\"}\n"
	tests := []struct {
		name, text, code string
		note             bool
		conf             flows.Confidence
	}{
		{"a lifetime that nobody looked up", old("dev-1.okta.com", "6m"), "code-expired", true, flows.Certain}, // the server says so, too
		{"a lifetime from a page", old("open.feishu.cn", "6m"), "code-expired", false, flows.Certain},
		{"a lifetime from a profile", old("auth.truelayer.com", "6m"), "code-expired", false, flows.Certain},
		{"a header from a page", header("api.xero.com", "/api.xro/2.0/Invoices"), "api-header-missing", false, flows.Certain},
		{"a header from a program", header("api.notion.com", "/v1/users"), "api-header-missing", false, flows.Certain},
		{"a token header that nobody looked up", dingtalk, "token-scheme-wrong", true, flows.Likely},
	}
	for _, x := range tests {
		t.Run(x.name, func(t *testing.T) {
			got := Run(parseScene(t, x.text), Options{Providers: profiles()})
			f, at := find(got, x.code)
			if at < 0 {
				t.Fatalf("not found: %s", codes(got))
			}
			if said := strings.Contains(evidence(f)+f.Fix.Text, note); said != x.note || f.Confidence != x.conf {
				t.Errorf("%s, %q", f.Confidence, f.Evidence)
			}
		})
	}
}

// TestFactsOfProfiles: what is known of the first providers stands in their profiles, and
// several profiles of one provider are one fact.
func TestFactsOfProfiles(t *testing.T) {
	c := &Case{opts: Options{Providers: profiles()}}
	tests := []struct {
		host, name string
		fields     []string
	}{
		{"auth.truelayer.com", "TrueLayer", []string{"code", "consent", "json", "newest only", "offline"}},
		{"auth.truelayer-sandbox.com", "TrueLayer", []string{"code", "consent", "json", "newest only", "offline"}},
		{"pay-api.truelayer.com", "TrueLayer", []string{"code", "consent", "json", "newest only", "offline"}},
		{"auth-api.trulioo.com", "Trulioo", []string{"no refresh"}},
		{"rapi.trustoo.io", "TrustWILL", []string{"json"}},
		{"app.trusspayments.com", "Truss", []string{"offline"}},
		{"bold-jester-7561.customers.stytch.com", "Truss", []string{"offline"}},
		{"calm-1.customers.stytch.com", "Stytch", []string{"code", "json", "offline"}},
		{"accounts.google.com", "Google", nil},
	}
	for _, x := range tests {
		f := c.fact(x.host)
		if f == nil || f.name != x.name {
			t.Errorf("%s: %+v", x.host, f)
			continue
		}
		if got := f.fields(); x.fields != nil && !reflect.DeepEqual(got, x.fields) {
			t.Errorf("%s: %q, want %q", x.host, got, x.fields)
		}
	}
	live := liveRun(t, serviceScene, flows.StepExchange)
	start := live.Records[0].Event.(flows.RunStarted)
	start.Provider = blue(func(p *flows.Provider) { p.Lifetimes.Code = minute })[0]
	live.Records[0].Event = start
	if f := newCase(live, Options{}, nil).fact("id.blue.test"); f == nil || f.codeLife != minute {
		t.Errorf("a run's own profile is not known: %+v", f)
	}
	for _, host := range []string{"", "truelayer.com.evil.test", "nottrulioo.com", "id.blue.test"} {
		if f := c.fact(host); f != nil {
			t.Errorf("%s is taken for %s", host, f.name)
		}
	}
}

func TestProfileSourced(t *testing.T) {
	p := flows.Provider{Sources: []flows.Source{
		{Fields: []string{"dialect.offline_scope"}, Status: "documented"}, {Fields: []string{"dialect"}, Status: "inferred"}, {Fields: []string{"lifetimes.code"}, Status: "unverified"},
	}}
	for key, want := range map[string]bool{"dialect.offline_scope": true, "dialect.token_body": false, "lifetimes.code": false, "lifetimes.consent": true, "dialects": true} {
		if got := profileSourced(&p, key); got != want {
			t.Errorf("%s: %v", key, got)
		}
	}
}
