package simulator

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"oauthlens/flows"
)

// pages parses the templates at the first page that is shown: a run that needs none
// does not pay for them.
var pages = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("").Parse(pageText))
})

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

const pageText = `
{{define "head"}}<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>{{.Title}}</title>
<link rel="icon" href="data:,">
<style>` + pageStyle + `</style>
</head>
<body>
<main>
{{end}}
{{define "tail"}}</main>
</body>
</html>
{{end}}
{{define "consent"}}{{template "head" .}}
<p class="where">Simulated {{.Provider}}, environment {{.Environment}}. No real account is behind this page.</p>
<h1><bdi>{{.Client}}</bdi> asks for access to your {{.Provider}} account</h1>
<form method="post" action="{{.Action}}" data-oauthlens="consent">
<input type="hidden" name="request" value="{{.Request}}">
<h2>It wants to</h2>
{{if .Scopes}}<dl>
{{range .Scopes}}<dt><code>{{.Name}}</code></dt><dd>{{if .Meaning}}{{.Meaning}}{{else}}the profile does not say what this allows{{end}}</dd>
{{end}}</dl>{{else}}<p>know who you are. It asked for no scope.</p>{{end}}
<h2>You will be sent back to</h2>
<p class="uri">{{.RedirectURI}}</p>
<label for="user">Sign in as</label>
<input type="text" id="user" name="user" value="demo-user" maxlength="64" autocomplete="off" spellcheck="false">
<div class="buttons">
<button class="main" type="submit" name="decision" value="allow">Allow</button>
<button type="submit" name="decision" value="deny">Cancel</button>
</div>
</form>
{{template "tail" .}}{{end}}
{{define "error"}}{{template "head" .}}
<p class="where">Simulated {{.Provider}}, environment {{.Environment}}.</p>
<h1>This authorization request cannot go on</h1>
<p><code>{{.Code}}</code>: {{.Text}}.</p>
<p>The error is shown here and not sent to the application: an authorization server redirects only to a redirect URI that it trusts (RFC 6749 section 4.1.2.1).</p>
{{template "tail" .}}{{end}}
{{define "form-post"}}{{template "head" .}}
<h1>Back to the application</h1>
<form method="post" action="{{.Action}}" data-oauthlens="form-post">
{{range .Params}}<input type="hidden" name="{{.Name}}" value="{{.Value}}">
{{end}}<p>The answer goes to <span class="uri">{{.RedirectURI}}</span>.</p>
<div class="buttons"><button class="main" type="submit">Continue</button></div>
</form>
{{template "tail" .}}{{end}}
{{define "index"}}{{template "head" .}}
<p class="where">Everything here is simulated, and every key and secret is public.</p>
<h1>oauthlens simulator</h1>
{{range .Descriptions}}<h2>{{.Title}} · {{.Environment}}</h2>
<dl>
<dt>client_id</dt><dd><code>{{.ClientID}}</code></dd>
<dt>client_secret</dt><dd><code>{{.ClientSecret}}</code></dd>
{{range .Lines}}<dt>{{.Name}}</dt><dd><code>{{.Value}}</code></dd>
{{end}}</dl>
{{if .Note}}<p>{{.Note}}</p>{{end}}
{{end}}{{template "tail" .}}{{end}}
`

// styleHash is the source expression of the style (CSP Level 3 section 2.3.1).
func styleHash() string {
	sum := sha256.Sum256([]byte(pageStyle))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// htmlPage renders a page under a content security policy that allows its own style and
// the given form targets, nothing else.
//
// Chromium applies form-action to every redirect that follows a form submission too: to
// the redirect URI, and to wherever the application goes from there in the same
// navigation. A policy that names the redirect URI's origin alone strands the person
// when the application redirects on to another host, and a bracketed IPv6 address cannot
// be named at all. So web targets are allowed by scheme.
func (c *call) htmlPage(status int, name, formAction string, data any) {
	var b bytes.Buffer
	if err := pages().ExecuteTemplate(&b, name, data); err != nil {
		c.broken(err)
		return
	}
	h := c.w.Header()
	if !c.planted(plantSecurity) {
		h.Set("Content-Security-Policy", "default-src 'none'; style-src '"+styleHash()+"'; img-src data:; base-uri 'none'; frame-ancestors 'none'; form-action "+formAction)
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
	}
	c.write(status, "text/html; charset=utf-8", b.Bytes())
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
	c.htmlPage(http.StatusOK, "consent", formTargets(req.redirectURI), map[string]any{
		"Title": "Allow access? " + c.t.provider.Title + " (simulated)", "Provider": c.t.provider.Title, "Environment": c.t.env.Name,
		"Client": req.client.ID, "Action": c.t.prefix + "/simulator/consent", "Request": id, "Scopes": scopes, "RedirectURI": req.redirectURI,
	})
}

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
	c.htmlPage(status, "error", "'none'", map[string]any{
		"Title": "Authorization error: " + e.code, "Provider": c.t.provider.Title, "Environment": c.t.env.Name, "Code": e.code, "Text": e.text,
	})
}

// formPostPage delivers the answer by a form (OAuth 2.0 Form Post Response Mode). The
// specification submits it by script; this page has none, so the person presses a button.
func (c *call) formPostPage(redirectURI string, p params) {
	c.htmlPage(http.StatusOK, "form-post", formTargets(redirectURI), map[string]any{
		"Title": "Back to the application", "Action": template.URL(redirectURI), "RedirectURI": redirectURI, "Params": []flows.Param(p),
	})
}

func (c *call) indexPage(s *Simulator) {
	c.htmlPage(http.StatusOK, "index", "'none'", map[string]any{"Title": "oauthlens simulator", "Descriptions": s.Describe()})
}
