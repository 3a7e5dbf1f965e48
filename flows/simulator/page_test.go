package simulator

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"oauthlens/flows"
)

func TestConsentPage(t *testing.T) {
	s := start(t, Config{}).at(split(), flows.EnvSandbox)
	page := s.open(s.authorizeParams())
	if page.StatusCode != 200 || page.Header.Get("Cache-Control") != "no-store" || page.Header.Get("X-Frame-Options") != "DENY" {
		t.Fatalf("%d %v", page.StatusCode, page.Header)
	}
	csp := page.Header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "style-src 'sha256-", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self' http: https:"} {
		if !strings.Contains(csp, want) {
			t.Errorf("policy %q lacks %q", csp, want)
		}
	}
	for _, want := range []string{`lang="en"`, "read payments", "make payments", s.id, callback, "sandbox", `name="decision" value="allow"`, `name="decision" value="deny"`, `<label for="user">`, "width=device-width"} {
		if !strings.Contains(page.text, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(page.text, "<script") || regexp.MustCompile(`\son[a-z]+=`).MatchString(page.text) {
		t.Error("the page has script")
	}
}

func TestPagesEscape(t *testing.T) {
	const evil = `"><img src=x onerror=alert(1)>'`
	s := start(t, Config{Clients: []Client{{ID: evil, Secret: "x", AnyLoopback: true}}}).at(standard(), flows.EnvSimulator)
	v := s.authorizeParams()
	v.Set("client_id", evil)
	v.Set("redirect_uri", callback+"?x="+evil)
	v.Set("scope", evil)
	v.Set("state", evil)
	for _, mode := range []string{"query", "form_post"} {
		v.Set("response_mode", mode)
		page := s.open(v)
		if !strings.Contains(page.text, "asks for access") || strings.Contains(page.text, "<img") {
			t.Fatalf("consent page: %s", page.text)
		}
		r := s.press(page, "decision", "allow")
		if strings.Contains(r.text, "<img") || mode == "query" && s.location(r).Get("state") != evil {
			t.Errorf("%s: %s %s", mode, r.Header.Get("Location"), r.text)
		}
	}
	v.Set("redirect_uri", evil)
	if page := s.open(v); page.StatusCode != 400 || strings.Contains(page.text, "<img") || strings.Contains(page.Header.Get("Location"), "img") {
		t.Errorf("error page: %d %s", page.StatusCode, page.text)
	}
}

func TestConsentWorksOnce(t *testing.T) {
	r := start(t, Config{})
	s := r.at(split(), flows.EnvSimulator)
	page := s.open(s.authorizeParams())
	if back := s.location(s.press(page, "decision", "deny")); back.Get("error") != "access_denied" {
		t.Fatalf("%v", back)
	}
	refused := func(name string, got reply) {
		t.Helper()
		if got.StatusCode != 400 || got.Header.Get("Location") != "" {
			t.Errorf("%s: %d %s", name, got.StatusCode, got.Header.Get("Location"))
		}
	}
	refused("a second decision", s.press(page, "decision", "allow"))
	refused("no decision", s.press(s.open(s.authorizeParams())))
	refused("a guessed request", s.form(r.URL()+"/split/simulator/consent", "request", "abc", "decision", "allow"))
	old := s.open(s.authorizeParams())
	s.AdvanceClock(31 * time.Minute)
	refused("an old request", s.press(old, "decision", "allow"))
	other := s.open(s.authorizeParams())
	id := hiddenField.FindStringSubmatch(other.text)[2]
	refused("another site's page", s.do(request(t, "POST", r.URL()+"/split/simulator/consent", "decision=allow&request="+id,
		"Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "cross-site")))
}

func TestResponseModes(t *testing.T) {
	s := start(t, Config{}).at(split(), flows.EnvSimulator)
	v := s.authorizeParams()
	v.Set("response_mode", "fragment")
	r := s.press(s.open(v), "decision", "allow")
	if to := r.Header.Get("Location"); !strings.HasPrefix(to, callback+"#code=") {
		t.Errorf("fragment: %s", to)
	}
	v.Set("response_mode", "form_post")
	r = s.press(s.open(v), "decision", "allow")
	fields := map[string]string{}
	for _, f := range hiddenField.FindAllStringSubmatch(r.text, -1) {
		fields[f[1]] = f[2]
	}
	if r.StatusCode != 200 || !strings.Contains(r.text, `action="`+callback+`"`) || fields["code"] == "" || fields["state"] != "st&amp;te/1=" || fields["iss"] != s.e.Issuer {
		t.Errorf("form_post: %d %v", r.StatusCode, fields)
	}
	v.Del("response_mode")
	v.Set("redirect_uri", callback+"?a=b")
	r = s.press(s.open(v), "decision", "allow")
	if to := r.Header.Get("Location"); !strings.HasPrefix(to, callback+"?a=b&code=") {
		t.Errorf("a query in the redirect URI: %s", to)
	}
}

func TestUserFromThePage(t *testing.T) {
	s := start(t, Config{}).at(split(), flows.EnvSimulator)
	code := s.location(s.press(s.open(s.authorizeParams()), "decision", "allow", "user", "ada")).Get("code")
	if got := s.exchange(code); claims(t, s.access(got))["sub"] != "ada" {
		t.Errorf("%s", got.text)
	}
}
