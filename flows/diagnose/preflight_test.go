package diagnose

import (
	"strings"
	"testing"

	"oauthlens/flows"
)

func draft() Draft {
	key := flows.FingerprintKey{}
	return Draft{
		Provider: flows.Provider{Name: "blue", Title: "Blue", Scopes: []flows.Scope{{Name: "read"}, {Name: "offline_access"}}, SampleHosts: []string{"auth.sample.blue.invalid"},
			Dialect: flows.Dialect{OfflineScope: "offline_access", PKCE: flows.SupportOptional}},
		Environment: flows.Environment{Name: flows.EnvSandbox, ClientIDPrefixes: []string{"sandbox-"}, Endpoints: flows.Endpoints{Authorization: "https://sandbox.blue.test/authorize", Token: "https://sandbox.blue.test/token"}},
		Grant:       flows.GrantAuthorizationCode,
		Settings:    flows.Settings{ClientID: "sandbox-7k2", AuthMethod: flows.AuthPost, PKCE: flows.PKCES256, RedirectURI: "http://127.0.0.1:53682/callback", Scopes: []string{"read", "offline_access"}},
		Credentials: flows.Credentials{ClientSecret: flows.NewSecret(key, "client_secret", "s3cr3t-Value-91kq")},
		Drawn:       &flows.Drawn{State: flows.NewSecret(key, "state", "Zk3fQ1hT7vLw9sXr2mNp"), Verifier: flows.NewSecret(key, "code_verifier", verifier)},
	}
}

func secret(v string) flows.Secret {
	return flows.NewSecret(flows.FingerprintKey{}, "client_secret", v)
}

func TestPreflight(t *testing.T) {
	tests := []struct {
		name   string
		change func(*Draft)
		want   string // code:severity ...
	}{
		{"nothing wrong", func(*Draft) {}, ""},
		{"fragment", func(d *Draft) { d.Settings.RedirectURI = "https://app.red.test/cb#x" }, "redirect-uri-unacceptable:error"},
		{"http on a foreign host", func(d *Draft) { d.Settings.RedirectURI = "http://app.red.test/cb" }, "redirect-uri-unacceptable:error"},
		{"wildcard", func(d *Draft) { d.Settings.RedirectURI = "https://*.red.test/cb" }, "redirect-uri-unacceptable:error"},
		{"relative", func(d *Draft) { d.Settings.RedirectURI = "/cb" }, "redirect-uri-unacceptable:error"},
		{"custom scheme", func(d *Draft) { d.Settings.RedirectURI = "test.red.app:/cb" }, ""},
		{"comma in the scopes", func(d *Draft) { d.Settings.Scopes = []string{"read,offline_access", "offline_access"} }, "scope-separator-wrong:warning"},
		{"unknown scope", func(d *Draft) { d.Settings.Scopes = append(d.Settings.Scopes, "reed") }, "scope-not-allowed:warning"},
		{"no offline access", func(d *Draft) { d.Settings.Scopes = []string{"read"} }, "no-refresh-token:warning"},
		{"PKCE off where required", func(d *Draft) { d.Provider.Dialect.PKCE, d.Settings.PKCE = flows.SupportRequired, flows.PKCEOff }, "pkce-required:error"},
		{"PKCE on where refused", func(d *Draft) { d.Provider.Dialect.PKCE = flows.SupportRefused }, "pkce-rejected:error"},
		{"plain", func(d *Draft) { d.Settings.PKCE = flows.PKCEPlain }, "pkce-challenge-invalid:warning"},
		{"public client without PKCE", func(d *Draft) { d.Settings.PKCE, d.Settings.AuthMethod = flows.PKCEOff, flows.AuthNone }, "pkce-required:warning"},
		{"short verifier", func(d *Draft) { d.Drawn.Verifier = flows.NewSecret(flows.FingerprintKey{}, "code_verifier", "abc") }, "pkce-challenge-invalid:error"},
		{"weak state", func(d *Draft) {
			d.Settings.AuthorizeEdits = []flows.ParamEdit{{Op: flows.EditSet, Name: "state", Value: "abc"}}
		}, "state-missing-or-weak:warning"},
		{"no state", func(d *Draft) {
			d.Settings.AuthorizeEdits = []flows.ParamEdit{{Op: flows.EditRemove, Name: "state"}}
		}, "state-missing-or-weak:warning"},
		{"sample host of the profile", func(d *Draft) { d.Environment.Endpoints.Token = "https://auth.sample.blue.invalid/token" }, "doc-sample-host:error"},
		{"plain http", func(d *Draft) { d.Environment.Endpoints.Token = "http://sandbox.blue.test/token" }, "insecure-endpoint:error"},
		{"placeholder", func(d *Draft) { d.Credentials.ClientSecret = secret("${BLUE_SECRET}") }, "credential-placeholder:error"},
		{"quoted", func(d *Draft) { d.Credentials.ClientSecret = secret(`"s3cr3t"`) }, "credential-placeholder:error"},
		{"padded", func(d *Draft) { d.Credentials.ClientSecret = secret("s3cr3t-Value-91kq\n") }, "credential-whitespace:error"},
		{"stored encoded", func(d *Draft) { d.Credentials.ClientSecret = secret("s3cr3t%3BValue") }, "secret-double-encoded:warning"},
		{"no secret", func(d *Draft) { d.Credentials.ClientSecret = flows.Secret{} }, "credential-placeholder:error"},
		{"no client id", func(d *Draft) { d.Settings.ClientID = "" }, "credential-placeholder:error"},
		{"live id in the sandbox", func(d *Draft) {
			d.Environment.Endpoints = flows.Endpoints{Token: "https://calm-1.customers.stytch.dev/token"}
			d.Environment.ClientIDPrefixes, d.Settings.ClientID = nil, "connected-app-live-1"
		}, "environment-mixed:error"},
		{"an id of no known prefix", func(d *Draft) { d.Settings.ClientID = "7k2" }, "environment-mixed:warning"},
		{"client credentials", func(d *Draft) {
			d.Grant, d.Settings.Scopes, d.Settings.RedirectURI = flows.GrantClientCredentials, []string{"read"}, "http://foreign.red.test"
		}, ""},
		{"simulated", func(d *Draft) {
			d.Simulated, d.Settings.ClientID, d.Credentials = true, "demo-client", flows.Credentials{}
			d.Environment.Endpoints.Token, d.Environment.ClientIDPrefixes = "http://127.0.0.1:1/token", nil
		}, ""},
	}
	for _, x := range tests {
		t.Run(x.name, func(t *testing.T) {
			d := draft()
			x.change(&d)
			var got []string
			for _, f := range Preflight(d) {
				if f.Step != -1 || len(f.Evidence) == 0 || f.Title.Text == "" || f.Fix.Text == "" {
					t.Errorf("incomplete: %+v", f)
				}
				if text := evidence(f); strings.Contains(text, "s3cr3t") {
					t.Errorf("%s shows the secret: %s", f.Code, text)
				}
				if f.Severity != flows.SeverityInfo {
					got = append(got, f.Code+":"+string(f.Severity))
				}
			}
			if strings.Join(got, " ") != x.want {
				t.Errorf("got %v, want %s", got, x.want)
			}
		})
	}
}

// TestPreflightNamesTheString: what to register is said, byte for byte, and that
// localhost is not 127.0.0.1.
func TestPreflightNamesTheString(t *testing.T) {
	d := draft()
	d.Settings.RedirectURI = "http://localhost:3000/cb"
	f, at := find(Preflight(d), "redirect-uri-not-registered")
	if at < 0 || f.Severity != flows.SeverityInfo || !strings.Contains(f.Evidence[0].Text, "“http://localhost:3000/cb”") || !strings.Contains(f.Evidence[1].Text, "127.0.0.1") {
		t.Errorf("got %+v", f)
	}
}

// TestPreflightRemedies: a remedy changes what the finding is about.
func TestPreflightRemedies(t *testing.T) {
	d := draft()
	d.Settings.Scopes, d.Settings.PKCE = []string{"read"}, flows.PKCEPlain
	got := Preflight(d)
	if f, at := find(got, "no-refresh-token"); at < 0 || f.Remedy == nil || strings.Join(*f.Remedy.Change.Scopes, " ") != "read offline_access" {
		t.Errorf("no-refresh-token: %+v", f.Remedy)
	}
	if f, at := find(got, "pkce-challenge-invalid"); at < 0 || f.Remedy == nil || *f.Remedy.Change.PKCE != flows.PKCES256 {
		t.Errorf("pkce-challenge-invalid: %+v", f.Remedy)
	}
}
