package provider

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestForms(t *testing.T) {
	tests := map[string]struct{ right, wrong []string }{
		"name":         {[]string{"truss", "trulioo-napi", "a", "a1", strings.Repeat("a", 32)}, []string{"", "Truss", "1a", "-a", "a-", "a--b", "a_b", "a.b", "a b", "é", strings.Repeat("a", 33), "run", "help", "compare"}},
		"environment":  {[]string{"sandbox", "production", "eu-1", "custom"}, []string{"", "simulator", "Sandbox"}},
		"url":          {[]string{"https://a.example.test", "https://a.test/p?q=1", "https://a.test:8443/", "http://127.0.0.1:8080/x", "http://localhost/x", "http://[::1]:1/"}, []string{"", "a.test", "/token", "http://a.test/", "ftp://a.test", "https://", "https:///x", "https://u:p@a.test/", "https://a.test/#f", "https://a.test#", "https://a test/", "javascript:alert(1)", "http://127.0.0.1.evil.test/", "https://a.test:/", "//a.test/", "https://\u0430pple.test/", "https://0177.0.0.1/", "https://a.test:0/", `https://a.test\x`}},
		"redirect_uri": {[]string{"http://127.0.0.1:53682/callback", "https://a.test/cb?x=1", "com.example:/cb", "http://localhost:3000/oauth/callback"}, []string{"", "/cb", "https://a.test/cb#x", "https://a.test/a b"}},
		"host":         {[]string{"a.test", "localhost:8080", "127.0.0.1", "[::1]:80"}, []string{"", "https://a.test", "A.test", "a.test/", "a test", "a.test?x", "u@a.test"}},
		"path":         {[]string{"$.a", "$.data.access_token", "$['a b']", "$[0]", "$.a[12].b['c.d'][0]", "$.not-before-policy", "$['a']['b']"}, []string{"", "$", "a", "$a", "$.", "$..a", "$.a.", "$[", "$[]", "$[x]", "$[-1]", "$['a'", "$.a b", "$.a'", "$.a]", "$.*a]b"}},
		"duration":     {[]string{"45s", "60m", "24h", "90d", "6mo", "1y", "3600s"}, []string{"", "60", "m", "0s", "1.5h", "-1h", "1h30m", "60 m", "60M", "1w", "9999999s", "200y", "60min"}},
		"date":         {[]string{"2026-11-21", "2024-02-29"}, []string{"", "2026-11", "2026-13-01", "2025-02-29", "21.11.2026", "2026-11-21T00:00:00Z"}},
		"scope":        {[]string{"payments", "payment_intent.inbound:read", "https://a.test/x", "a!b"}, []string{"", "a b", `a"b`, `a\b`, "é", "a\tb"}},
		"separator":    {[]string{" ", ",", ";", "+", "|"}, []string{"", "  ", "a", ", "}},
		"token":        {[]string{"Bearer", "at.jwt", "invalid_authorization_code", "Zoho-oauthtoken"}, []string{"", "a b", "a/b"}},
		"text":         {[]string{"x", "a b"}, []string{"", "  "}},
		"call_path":    {[]string{"/v1/x", "https://a.test/x", "/"}, []string{"", "v1/x", "http://a.test/x", "/a b", "/a#b"}},
		"grant":        {[]string{"authorization_code", "client_credentials", "refresh_token", "basic"}, []string{"", "password", "implicit", "Basic"}},
		"source_status": {[]string{"documented", "restated", "inferred", "unverified"},
			[]string{"", "guess"}},
	}
	all := forms()
	for name, test := range tests {
		f, ok := all[name]
		if !ok {
			t.Errorf("there is no form %s", name)
			continue
		}
		for _, s := range test.right {
			if !f.accepts(s) {
				t.Errorf("%s refuses %q", name, s)
			}
		}
		for _, s := range test.wrong {
			if f.accepts(s) {
				t.Errorf("%s accepts %q", name, s)
			}
		}
	}
	for name, f := range all {
		if f.expect == "" || (f.words == nil) == (f.ok == nil) {
			t.Errorf("form %s is not usable: %+v", name, f)
		}
	}
}

func TestParseDuration(t *testing.T) {
	for text, want := range map[string]time.Duration{"45s": 45 * time.Second, "60m": time.Hour, "24h": 24 * time.Hour, "90d": 90 * 24 * time.Hour, "6mo": 180 * 24 * time.Hour, "1y": 365 * 24 * time.Hour} {
		if got, ok := parseDuration(text); !ok || got != want {
			t.Errorf("%s is %v, %v; want %v", text, got, ok, want)
		}
	}
}

// TestVocabularyIsComplete reads the constants of package flows: a word that is added
// there and forgotten here cannot be used in a profile.
func TestVocabularyIsComplete(t *testing.T) {
	formOf := map[string]string{
		"Grant": "grant", "AuthMethod": "client_auth", "BasicEncoding": "basic_encoding", "BodyEncoding": "body",
		"PKCEMethod": "pkce_method", "Support": "support", "Rotation": "rotation", "Delivery": "delivery", "StepKind": "step",
	}
	notSteps := []string{"other"} // traffic that is no part of a flow has no note
	seen := map[string]int{}
	for _, file := range []string{"../provider.go", "../exchange.go"} {
		for typ, words := range constants(t, file) {
			name, ok := formOf[typ]
			if !ok {
				continue
			}
			for _, w := range words {
				seen[name]++
				if !forms()[name].accepts(w) && !slices.Contains(notSteps, w) {
					t.Errorf("%s: form %s does not know %q", file, name, w)
				}
			}
		}
	}
	for typ, name := range formOf {
		if want := len(forms()[name].words); seen[name] < want {
			t.Errorf("form %s has %d words, package flows %d of type %s", name, want, seen[name], typ)
		}
	}
}

// constants lists the typed string constants of a Go file by type.
func constants(t *testing.T, file string) map[string][]string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]string{}
	for _, decl := range parsed.Decls {
		g, ok := decl.(*ast.GenDecl)
		if !ok || g.Tok != token.CONST {
			continue
		}
		for _, spec := range g.Specs {
			v := spec.(*ast.ValueSpec)
			typ, ok := v.Type.(*ast.Ident)
			if !ok || len(v.Values) != 1 {
				continue
			}
			if lit, ok := v.Values[0].(*ast.BasicLit); ok {
				word, err := strconv.Unquote(lit.Value)
				if err != nil {
					t.Fatal(err)
				}
				out[typ.Name] = append(out[typ.Name], word)
			}
		}
	}
	return out
}

func TestNearest(t *testing.T) {
	providers := []string{"truss", "trustwill", "truelayer", "truelayer-data", "trulioo", "trulioo-napi", "trulioo-legacy", "custom"}
	tests := []struct {
		name string
		want string
	}{
		{"trus", "truss"},
		{"Truss", "truss"},
		{"turss", "truss"},
		{"trustwil", "trustwill"},
		{"truelayr", "truelayer"},
		{"truelayer-dta", "truelayer-data"},
		{"trullio", "trulioo"},
		{"napi", "trulioo-napi"},
		{"legacy", "trulioo-legacy"},
		{"costum", "custom"},
		{"true", "truelayer"},
	}
	for _, test := range tests {
		got := Nearest(test.name, providers)
		if len(got) == 0 || got[0] != test.want {
			t.Errorf("Nearest(%q) = %q, want %q first", test.name, got, test.want)
		}
		if len(got) > 3 {
			t.Errorf("Nearest(%q) gives %d names", test.name, len(got))
		}
	}
	for _, name := range []string{"", "x", "github", "zzzzzz", strings.Repeat("truss", 100)} {
		if got := Nearest(name, providers); len(got) != 0 {
			t.Errorf("Nearest(%q) = %q", name, got)
		}
	}
	if got := Nearest("simulat", []string{"run", "simulate"}); len(got) != 1 || got[0] != "simulate" {
		t.Errorf("commands: %q", got)
	}
	for name, others := range map[string][]string{"go": {"no", "do", "g"}, "xyz": {"xy", "ayz", "run"}, "run": {"fun", "sun"}} {
		if got := Nearest(name, others); len(got) != 0 && got[0] != "xy" {
			t.Errorf("Nearest(%q, %q) = %q", name, others, got)
		}
	}
	if got := Nearest("ruN", []string{"run"}); len(got) != 1 {
		t.Errorf("case: %q", got)
	}
}

func TestDistance(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"abc", "abc", 0}, {"abc", "acb", 1}, {"abc", "abd", 1}, {"kitten", "sitting", 3}, {"ab", "ba", 1}} {
		if got := distance(test.a, test.b); got != test.want {
			t.Errorf("distance(%q, %q) = %d, want %d", test.a, test.b, got, test.want)
		}
		if got := distance(test.b, test.a); got != test.want {
			t.Errorf("distance(%q, %q) = %d, want %d", test.b, test.a, got, test.want)
		}
	}
}
