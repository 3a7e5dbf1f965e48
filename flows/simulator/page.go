package simulator

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"html"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"oauthlens/flows"
)

// markup is a piece of a page as it is written here.
type markup string

// page is a page under way. It holds elements and attributes in double quotes, no script and
// no style of its own, so one way of escaping is right everywhere in it.
type page struct{ text strings.Builder }

// add appends markup as it stands, and strings escaped.
func (p *page) add(parts ...any) {
	for _, part := range parts {
		switch part := part.(type) {
		case markup:
			p.text.WriteString(string(part))
		case string:
			p.text.WriteString(html.EscapeString(part))
		}
	}
}

// pageStyle is the only style of a page; the policy allows it by its hash.
const pageStyle = `
:root { color-scheme: light dark; --line: #8a8f98; --soft: #5a606b; --accent: #1d4ed8; --on: #fff; --back: #fff; --text: #16181d; }
@media (prefers-color-scheme: dark) { :root { --line: #737a86; --soft: #aeb5c0; --accent: #9db8ff; --on: #10131a; --back: #14161b; --text: #eceef2; } }
* { box-sizing: border-box; }
body { margin: 0; padding: 1.5rem; font: 1rem/1.5 system-ui, sans-serif; background: var(--back); color: var(--text); }
main { max-width: 38rem; margin: 0 auto; }
h1 { font-size: 1.4rem; line-height: 1.25; margin: 0 0 1rem; }
h2 { font-size: 1rem; margin: 1.5rem 0 .25rem; }
p.where { color: var(--soft); margin: 0 0 1.5rem; border-bottom: 1px solid var(--line); padding-bottom: .75rem; }
code, .uri { font-family: ui-monospace, monospace; font-size: .95em; overflow-wrap: anywhere; unicode-bidi: isolate; }
dl { margin: 0; } dt { font-weight: 600; margin-top: .5rem; } dd { margin: 0; color: var(--soft); }
label { display: block; margin-top: 1.5rem; font-weight: 600; }
input[type=text] { font: inherit; width: 100%; padding: .5rem; margin-top: .25rem; border: 1px solid var(--line); border-radius: .4rem; background: transparent; color: inherit; }
.buttons { display: flex; flex-wrap: wrap; gap: .75rem; margin-top: 1.5rem; }
button { font: inherit; min-height: 2.75rem; padding: .5rem 1.5rem; border-radius: .4rem; border: 1px solid var(--accent); cursor: pointer; background: transparent; color: var(--accent); }
button.main { background: var(--accent); color: var(--on); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
`

const pageHead markup = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<link rel="icon" href="data:,">
<style>` + pageStyle + `</style>
<title>`

// newPage begins a page.
func newPage(title string) *page {
	p := &page{}
	p.add(pageHead, title, markup("</title>\n</head>\n<body>\n<main>\n"))
	return p
}

// styleHash is the source expression of the style (CSP Level 3 section 2.3.1).
func styleHash() string {
	sum := sha256.Sum256([]byte(pageStyle))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// htmlPage ends and sends a page under a content security policy that allows its own style and
// the given form targets, nothing else.
//
// Chromium applies form-action to every redirect that follows a form submission too: to
// the redirect URI, and to wherever the application goes from there in the same
// navigation. A policy that names the redirect URI's origin alone strands the person
// when the application redirects on to another host, and a bracketed IPv6 address cannot
// be named at all. So web targets are allowed by scheme.
func (c *call) htmlPage(status int, formAction string, p *page) {
	p.add(markup("</main>\n</body>\n</html>\n"))
	h := c.w.Header()
	if !c.planted(plantSecurity) {
		h.Set("Content-Security-Policy", "default-src 'none'; style-src '"+styleHash()+"'; img-src data:; base-uri 'none'; frame-ancestors 'none'; form-action "+formAction)
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
	}
	c.write(status, "text/html; charset=utf-8", []byte(p.text.String()))
}

// formTargets are the sources for form-action that let the browser reach a redirect URI.
func formTargets(redirectURI string) string {
	targets := "'self' http: https:"
	if u, err := url.Parse(redirectURI); err == nil && u.Scheme != "http" && u.Scheme != "https" && schemeSafe(u.Scheme) {
		targets += " " + u.Scheme + ":"
	}
	return targets
}

func schemeSafe(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789+-.") == ""
}

func (c *call) consentPage(id string, req *authorizationRequest) {
	scopes := make([]flows.Scope, 0, len(req.scope))
	for _, name := range req.scope {
		s := flows.Scope{Name: name, Meaning: standardMeaning(name)}
		if i := slices.IndexFunc(c.t.provider.Scopes, func(k flows.Scope) bool { return k.Name == name }); i >= 0 && c.t.provider.Scopes[i].Meaning != "" {
			s = c.t.provider.Scopes[i]
		}
		scopes = append(scopes, s)
	}
	title := c.t.provider.Title
	p := newPage("Allow access? " + title + " (simulated)")
	p.add(markup(`<p class="where">Simulated `), title, ", environment ", c.t.env.Name, markup(". No real account is behind this page.</p>\n<h1><bdi>"), req.client.ID,
		markup("</bdi> asks for access to your "), title, markup(" account</h1>\n"+`<form method="post" action="`), c.t.prefix+"/simulator/consent",
		markup(`" data-oauthlens="consent">`+"\n"+`<input type="hidden" name="request" value="`), id, markup("\">\n<h2>It wants to</h2>\n"))
	if len(scopes) == 0 {
		p.add(markup("<p>know who you are. It asked for no scope.</p>\n"))
	} else {
		p.add(markup("<dl>\n"))
		for _, s := range scopes {
			p.add(markup("<dt><code>"), s.Name, markup("</code></dt><dd>"), cmp.Or(s.Meaning, "the profile does not say what this allows"), markup("</dd>\n"))
		}
		p.add(markup("</dl>\n"))
	}
	p.add(markup("<h2>You will be sent back to</h2>\n"+`<p class="uri">`), req.redirectURI, consentForm)
	c.htmlPage(http.StatusOK, formTargets(req.redirectURI), p)
}

const consentForm markup = `</p>
<label for="user">Sign in as</label>
<input type="text" id="user" name="user" value="demo-user" maxlength="64" autocomplete="off" spellcheck="false">
<div class="buttons">
<button class="main" type="submit" name="decision" value="allow">Allow</button>
<button type="submit" name="decision" value="deny">Cancel</button>
</div>
</form>
`

// standardMeaning explains the scopes of OpenID Connect Core sections 5.4 and 11.
func standardMeaning(scope string) string {
	switch scope {
	case "openid":
		return "know who you are"
	case "profile":
		return "see your name"
	case "email":
		return "see your email address"
	case "offline_access":
		return "keep access while you are away (a refresh token)"
	}
	return ""
}

func (c *call) errorPage(e oauthError) {
	c.note = e.code + ": " + e.text
	status := e.status
	if status == 0 {
		status = http.StatusBadRequest
	}
	p := newPage("Authorization error: " + e.code)
	p.add(markup(`<p class="where">Simulated `), c.t.provider.Title, ", environment ", c.t.env.Name, markup(".</p>\n<h1>This authorization request cannot go on</h1>\n<p><code>"), e.code,
		markup("</code>: "), e.text, markup(".</p>\n<p>The error is shown here and not sent to the application: an authorization server redirects only to a redirect URI that it trusts (RFC 6749 section 4.1.2.1).</p>\n"))
	c.htmlPage(status, "'none'", p)
}

// formPostPage delivers the answer by a form (OAuth 2.0 Form Post Response Mode). The
// specification submits it by script; this page has none, so the person presses a button.
func (c *call) formPostPage(redirectURI string, answer params) {
	p := newPage("Back to the application")
	p.add(markup("<h1>Back to the application</h1>\n"+`<form method="post" action="`), redirectURI, markup(`" data-oauthlens="form-post">`+"\n"))
	for _, a := range answer {
		p.add(markup(`<input type="hidden" name="`), a.Name, markup(`" value="`), a.Value, markup("\">\n"))
	}
	p.add(markup(`<p>The answer goes to <span class="uri">`), redirectURI, markup("</span>.</p>\n"+`<div class="buttons"><button class="main" type="submit">Continue</button></div>`+"\n</form>\n"))
	c.htmlPage(http.StatusOK, formTargets(redirectURI), p)
}

func (c *call) indexPage(s *Simulator) {
	p := newPage("oauthlens simulator")
	p.add(markup(`<p class="where">Everything here is simulated, and every key and secret is public.</p>` + "\n<h1>oauthlens simulator</h1>\n"))
	for _, d := range s.Describe() {
		p.add(markup("<h2>"), d.Title, " · ", d.Environment, markup("</h2>\n<dl>\n"))
		for _, l := range append([]Line{{"client_id", d.ClientID}, {"client_secret", d.ClientSecret}}, d.Lines()...) {
			p.add(markup("<dt>"), l.Name, markup("</dt><dd><code>"), l.Value, markup("</code></dd>\n"))
		}
		p.add(markup("</dl>\n"))
		if d.Note != "" {
			p.add(markup("<p>"), d.Note, markup("</p>\n"))
		}
	}
	c.htmlPage(http.StatusOK, "'none'", p)
}
