package command_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/diagnose"
	"oauthlens/flows/launch"
	"oauthlens/flows/provider"
	"oauthlens/flows/report"
	"oauthlens/ui/headless"
)

// TestEveryWordOfTheDialect: for each word that a profile can say, a flow against the
// simulator that speaks the same profile: login, two refreshes, a call, revocation. What
// protocol builds the simulator must take, what the simulator answers protocol must read,
// and nothing may be found wrong with it. The two share no code, so that agreement is a
// finding; what stands on the wire is looked at too, since both could forget a word.
func TestEveryWordOfTheDialect(t *testing.T) {
	embedded := provider.Embedded()
	base := embedded[0]
	secret, paths := []flows.AuthMethod{flows.AuthBasic}, ownNames
	tests := []struct {
		name   string
		change func(*flows.Provider)
		wire   string // stands in the document; several are separated by blanks
		gone   string // does not
	}{
		{"as it is", func(*flows.Provider) {}, "client_secret=", ""},
		{"client_auth basic", func(p *flows.Provider) { p.Dialect.ClientAuth, p.Simulator.AuthMethods = flows.AuthBasic, secret }, `"Authorization"`, "client_secret="},
		{"basic_encoding raw", func(p *flows.Provider) {
			p.Dialect.ClientAuth, p.Dialect.BasicEncoding, p.Simulator.AuthMethods = flows.AuthBasic, flows.BasicRaw, secret
		}, `"Authorization"`, "client_secret="},
		{"token_body json", func(p *flows.Provider) {
			p.Dialect.ClientAuth, p.Dialect.TokenBody, p.Simulator.AuthMethods = flows.AuthJSON, flows.BodyJSON, []flows.AuthMethod{flows.AuthJSON}
		}, `\"grant_type\":\"refresh_token\" application/json`, "grant_type=refresh"},
		{"scope_separator", func(p *flows.Provider) { p.Dialect.ScopeSeparator = "," }, "write%2Coffline_access", "write+offline_access"},
		{"pkce required", func(p *flows.Provider) { p.Dialect.PKCE = flows.SupportRequired }, "code_challenge_method=S256 code_verifier=", ""},
		{"pkce plain", func(p *flows.Provider) { p.Dialect.PKCEMethod = flows.PKCEPlain }, "code_challenge_method=plain", "method=S256"},
		{"pkce refused", func(p *flows.Provider) { p.Dialect.PKCE, p.Dialect.PKCEMethod = flows.SupportRefused, flows.PKCEOff }, "", "code_verifier="},
		{"omit_response_type", func(p *flows.Provider) { p.Dialect.OmitResponseType = true }, "", "response_type"},
		{"constants", func(p *flows.Provider) {
			p.Dialect.AuthorizeParams = []flows.Param{{Name: "audience", Value: "a b&c"}}
			p.Dialect.TokenParams = []flows.Param{{Name: "resource", Value: "x=y"}}
			p.Dialect.TokenHeaders = flows.Headers{{Name: "X-Version", Value: "2026-11"}}
		}, "audience=a+b%26c resource=x%3Dy X-Version", ""},
		{"fields", paths, `\"data\": \"tok\" \"again\"`, `\"access_token\"`},
		{"success", func(p *flows.Provider) {
			paths(p)
			p.Dialect.Success = &flows.Predicate{Path: "$.code", Equals: "0"}
		}, `\"code\":0`, ""},
		{"failure", func(p *flows.Provider) {
			p.Dialect.Failure = &flows.Predicate{Path: "$.ok", Equals: "false"}
		}, `\"ok\":true`, ""},
		{"rotation always", func(p *flows.Provider) { p.Dialect.Rotation = flows.RotationAlways }, "", ""},
		{"rotation never", func(p *flows.Provider) { p.Dialect.Rotation = flows.RotationNever }, "", ""},
		{"no offline_scope", func(p *flows.Provider) { p.Dialect.OfflineScope = "" }, "", ""},
		{"newest_token_only", func(p *flows.Provider) { p.Dialect.NewestTokenOnly = true }, "", ""},
		{"auth_scheme", func(p *flows.Provider) { p.Dialect.AuthScheme = "Blue-token" }, "Blue-token", "Bearer access"},
		{"revoke_auth", func(p *flows.Provider) {
			p.Dialect.RevokeAuth = flows.AuthBasic
			p.Simulator.AuthMethods = []flows.AuthMethod{flows.AuthPost, flows.AuthBasic}
		}, `"Authorization"`, ""},
		{"expiry_from_token", func(p *flows.Provider) {
			p.Dialect.ExpiryFromToken, p.Simulator.AccessTokenFormat = true, "jwt"
		}, "", ""},
		{"server_time", func(p *flows.Provider) { p.Dialect.ServerTime = "$.time" }, `\"time\":`, ""},
		{"access tokens at+jwt", func(p *flows.Provider) {
			p.Simulator.AccessTokenFormat, p.Simulator.ScopeClaimArray = "at+jwt", true
		}, `"format": "jwt"`, ""},
		{"access tokens opaque", func(p *flows.Provider) { p.Simulator.AccessTokenFormat = "opaque" }, `"format": "opaque"`, ""},
		{"access tokens in base64", func(p *flows.Provider) { p.Simulator.AccessTokenFormat = "base64" }, `"format": "opaque"`, ""},
	}
	for _, x := range tests {
		t.Run(x.name, func(t *testing.T) {
			p := base
			x.change(&p)
			doc, text := walkDialect(t, p)
			var hard []string
			for _, f := range doc.Findings {
				if f.Severity != flows.SeverityInfo {
					hard = append(hard, f.Code)
				}
			}
			if doc.Outcome != flows.Succeeded || len(hard) > 0 || doc.Token == nil || doc.Token.RefreshToken == nil {
				t.Fatalf("%s with %v\n%.3000s", doc.Outcome, hard, text)
			}
			var steps []string
			for _, s := range doc.Steps {
				steps = append(steps, string(s.Step)+":"+string(s.Outcome))
			}
			if got := strings.Join(steps, " "); !strings.HasSuffix(got, "refresh:succeeded refresh:succeeded call:succeeded revoke:succeeded") {
				t.Errorf("steps %s", got)
			}
			for _, want := range strings.Fields(x.wire) {
				if !strings.Contains(text, want) {
					t.Errorf("%s is not in the document", want)
				}
			}
			if x.gone != "" && strings.Contains(text, x.gone) {
				t.Errorf("%s is in the document", x.gone)
			}
		})
	}
}

// ownNames gives every member of an answer a name that nobody else has.
func ownNames(p *flows.Provider) {
	p.Dialect.Fields = flows.FieldPaths{AccessToken: []string{"$.data.tok"}, TokenType: []string{"$.data.kind"}, ExpiresIn: []string{"$.data.life"}, RefreshToken: []string{"$.data.again"},
		Scope: []string{"$.data.may"}, Error: []string{"$.fault.code"}, ErrorDescription: []string{"$.fault.text"}}
}

// TestFaultsInEveryDialect: what goes wrong has its name whatever the answers look like.
func TestFaultsInEveryDialect(t *testing.T) {
	embedded := provider.Embedded()
	dialects := map[string]func(*flows.Provider){
		"own names": ownNames,
		"own names and a success code": func(p *flows.Provider) {
			ownNames(p)
			p.Dialect.Success = &flows.Predicate{Path: "$.code", Equals: "0"}
		},
		"a failure flag": func(p *flows.Provider) { p.Dialect.Failure = &flows.Predicate{Path: "$.ok", Equals: "false"} },
		"JSON": func(p *flows.Provider) {
			p.Dialect.ClientAuth, p.Dialect.TokenBody, p.Simulator.AuthMethods = flows.AuthJSON, flows.BodyJSON, []flows.AuthMethod{flows.AuthJSON}
		},
	}
	for name, change := range dialects {
		for fault, want := range map[string]string{"invalid-client": "client-credentials-rejected", "reused-code": "code-reused", "redirect-mismatch": "redirect-uri-changed", "expired-code": "code-expired",
			"rotated-refresh-reused": "refresh-token-reused", "wrong-state": "state-mismatch", "missing-refresh-token": "no-refresh-token", "narrowed-scope": "scope-narrowed", "truncated": "token-response-damaged"} {
			t.Run(name+", "+fault, func(t *testing.T) {
				p := embedded[0]
				change(&p)
				doc, text := walk(t, p, fault)
				if len(doc.Findings) == 0 || doc.Findings[0].Code != want {
					t.Errorf("found %v, want %s\n%.2500s", doc.Findings, want, text)
				}
			})
		}
	}
}

// walkDialect runs the whole flow of a profile against the simulator.
func walkDialect(t *testing.T, p flows.Provider) (report.Document, string) {
	t.Helper()
	return walk(t, p, "")
}

// walk runs a flow, with a fault if one is named.
func walk(t *testing.T, p flows.Provider, fault string) (report.Document, string) {
	t.Helper()
	l := &launch.Launcher{Providers: []flows.Provider{p}, Now: time.Now}
	defer l.Close()
	r := launch.Request{Provider: p, Settings: flows.Settings{RequestTimeout: 5 * time.Second, CallbackTimeout: 5 * time.Second, RedirectURI: "http://127.0.0.1:0/callback", Fault: fault}}
	run, err := l.Open(t.Context(), &r)
	if err != nil {
		t.Fatal(err)
	}
	defer run.Close()
	if len(p.Calls) > 0 {
		run.Start.Settings.CallURL = run.Start.Environment.Endpoints.API + "/v1/anything"
	}
	var out, errs bytes.Buffer
	code := headless.Run(t.Context(), run.ID, &run.Start, headless.Options{JSON: true, ShowSecrets: true, Approve: true, NoBrowser: true, Refreshes: 2, Revoke: fault == "", Call: fault == "", IfPossible: fault != ""}, headless.Deps{
		Performer: run, Now: l.Clock, Stdout: &out, Stderr: &errs,
		Diagnose: func(tr flows.Trace) []flows.Finding {
			return diagnose.Run(tr, diagnose.Options{Providers: []flows.Provider{p}})
		},
	})
	var doc report.Document
	if err := json.Unmarshal(out.Bytes(), &doc); err != nil {
		t.Fatalf("exit code %d, %v: %s", code, err, errs.String())
	}
	if code != headless.ExitOK && fault == "" {
		t.Errorf("exit code %d: %s", code, errs.String())
	}
	return doc, out.String()
}
