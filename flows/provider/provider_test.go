package provider

import (
	"path"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"oauthlens/flows"
)

// profileFiles returns every embedded profile by file name. Tests go over all of them;
// none is named.
func profileFiles(t testing.TB) map[string][]byte {
	t.Helper()
	entries, err := embedded.ReadDir("profiles")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]byte{}
	for _, e := range entries {
		data, err := embedded.ReadFile(path.Join("profiles", e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		out[e.Name()] = data
	}
	if len(out) == 0 {
		t.Fatal("no profile is embedded")
	}
	return out
}

// eachProfile runs a test for every embedded profile.
func eachProfile(t *testing.T, f func(*testing.T, flows.Provider, profile, []byte)) {
	for name, data := range profileFiles(t) {
		t.Run(name, func(t *testing.T) {
			raw, problems := load(name, data)
			for _, p := range problems {
				t.Error(p)
			}
			if len(problems) > 0 {
				t.FailNow()
			}
			f(t, *raw.convert(), raw, data)
		})
	}
}

func TestEveryProfileIsComplete(t *testing.T) {
	eachProfile(t, func(t *testing.T, p flows.Provider, raw profile, _ []byte) {
		if raw.Order == 0 {
			t.Error("no order: the catalogue of the program is sorted by hand")
		}
		if len(p.Notes) == 0 {
			t.Error("no notes: nothing is peculiar about it?")
		}
		if len(p.Summary) > 160 {
			t.Errorf("summary has %d bytes, more than two lines of a screen", len(p.Summary))
		}
		if strings.HasPrefix(p.Name, "custom") != (len(p.Environments) == 1 && p.Environments[0].Name == flows.EnvCustom) {
			t.Error("the environment named custom is for the profile without endpoints")
		}
		tokens := p.Grants[0] != flows.GrantBasic
		if tokens && p.Environments[0].Endpoints != (flows.Endpoints{}) && p.Lifetimes.AccessToken == 0 {
			t.Error("issues tokens, but does not say for how long")
		}
		if !tokens && len(p.Calls) == 0 {
			t.Error("has neither tokens nor a call to make")
		}
		if p.HasGrant(flows.GrantAuthorizationCode) && p.Defaults.RedirectURI == "" {
			t.Error("no redirect URI to begin with")
		}
	})
}

func TestEveryDialectIsFilledIn(t *testing.T) {
	eachProfile(t, func(t *testing.T, p flows.Provider, _ profile, _ []byte) {
		d := p.Dialect
		for what, value := range map[string]string{
			"client_auth": string(d.ClientAuth), "basic_encoding": string(d.BasicEncoding), "token_body": string(d.TokenBody),
			"scope_separator": d.ScopeSeparator, "pkce_method": string(d.PKCEMethod), "authorize_delivery": string(d.AuthorizeDelivery),
			"rotation": string(d.Rotation), "auth_scheme": d.AuthScheme,
		} {
			if value == "" {
				t.Errorf("%s is empty after loading", what)
			}
		}
		if len(d.Fields.AccessToken) == 0 || len(d.Fields.Error) == 0 || len(d.Fields.Code) == 0 {
			t.Error("field paths have no default")
		}
		if p.Simulator.ExpiresIn <= 0 || p.Simulator.InvalidClient == 0 || p.Simulator.AccessTokenFormat == "" {
			t.Errorf("simulator defaults are not filled in: %+v", p.Simulator)
		}
	})
}

func TestSampleHostsAreNotEndpoints(t *testing.T) {
	eachProfile(t, func(t *testing.T, p flows.Provider, _ profile, _ []byte) {
		for _, e := range p.Environments {
			v := reflect.ValueOf(e.Endpoints)
			for i := range v.NumField() {
				u := v.Field(i).String()
				if slices.Contains(p.SampleHosts, flows.HostOf(u)) {
					t.Errorf("%s of %s is on a host that serves nobody: %s", v.Type().Field(i).Name, e.Name, u)
				}
				if strings.HasPrefix(u, "http://") {
					t.Errorf("%s of %s is not https", v.Type().Field(i).Name, e.Name)
				}
			}
		}
	})
}

// TestScopesAreReachable: what a new run asks for must get it something.
func TestDefaultScopes(t *testing.T) {
	eachProfile(t, func(t *testing.T, p flows.Provider, _ profile, _ []byte) {
		byDefault := 0
		for _, s := range p.Scopes {
			if s.Default {
				byDefault++
			}
			if s.Required && !s.Default {
				t.Errorf("scope %s is required but not asked for by default", s.Name)
			}
			if s.Legacy && s.Default {
				t.Errorf("scope %s is legacy but asked for by default", s.Name)
			}
			if s.Name == p.Dialect.OfflineScope && !s.Default {
				t.Errorf("scope %s is needed for a refresh token but not asked for by default", s.Name)
			}
		}
		if len(p.Scopes) > 0 && byDefault == 0 {
			t.Error("no scope is asked for by default")
		}
	})
}

// TestEveryClaimHasASource walks the keys of each file: every one that states a fact
// about the provider is named by a source, or stands below one that is.
func TestEveryClaimHasASource(t *testing.T) {
	ours := []string{"name", "title", "order", "summary", "defaults", "sources"} // no claims about the provider
	eachProfile(t, func(t *testing.T, p flows.Provider, raw profile, data []byte) {
		var covered []string
		for _, s := range p.Sources {
			if s.Fields == nil {
				if p.Environments[0].Endpoints != (flows.Endpoints{}) {
					t.Errorf("source %q does not say which fields it supports", s.Claim)
				}
				return
			}
			covered = append(covered, s.Fields...)
			if date, err := time.Parse(time.DateOnly, s.Checked); err != nil || date.Year() < 2026 {
				t.Errorf("source %q was checked on %q", s.Claim, s.Checked)
			}
		}
		for _, leaf := range leaves(treeOf(data), "") {
			name, _, _ := strings.Cut(leaf, ".")
			if slices.Contains(ours, name) {
				continue
			}
			ok := slices.ContainsFunc(covered, func(c string) bool { return leaf == c || strings.HasPrefix(leaf, c+".") })
			if !ok {
				t.Errorf("no source supports %s", leaf)
			}
		}
	})
}

// leaves lists the keys of a document; elements of lists of tables go by their name, or
// are one leaf when they have none.
func leaves(n *node, at string) []string {
	var out []string
	for _, name := range n.names {
		child, key := n.table[name], join(at, name)
		switch {
		case child.kind == "table":
			out = append(out, leaves(child, key)...)
		case child.kind == "list" && len(child.items) > 0 && child.items[0].kind == "table" && child.items[0].table["name"] != nil && child.items[0].names != nil && at == "":
			for _, item := range child.items {
				out = append(out, leaves(item, join(key, item.table["name"].text))...)
			}
		default:
			out = append(out, key)
		}
	}
	// The name of a listed table is its identity, not a claim.
	return slices.DeleteFunc(out, func(k string) bool { return strings.HasPrefix(k, "environments.") && strings.HasSuffix(k, ".name") })
}

func TestCatalogueOrder(t *testing.T) {
	all := Embedded()
	var titles []string
	for _, p := range all {
		titles = append(titles, p.Title)
	}
	want := []string{"Truss", "TrustWILL", "TrueLayer", "TrueLayer Data", "Trulioo Platform", "Trulioo NAPI", "Trulioo Legacy", "Custom"}
	if !slices.Equal(titles, want) {
		t.Errorf("catalogue is %q, want %q", titles, want)
	}
}

func BenchmarkLoadChecked(b *testing.B) {
	files := profileFiles(b)
	b.ReportAllocs()
	for b.Loop() {
		for name, data := range files {
			if _, problems := Load(name, data); len(problems) > 0 {
				b.Fatal(problems)
			}
		}
	}
}
