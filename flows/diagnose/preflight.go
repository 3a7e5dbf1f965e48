package diagnose

import (
	"cmp"
	"strings"
	"time"

	"oauthlens/flows"
)

// Draft is a run before anything is sent: what the preflight looks at.
type Draft struct {
	Provider    flows.Provider
	Environment flows.Environment
	Grant       flows.Grant
	// Simulated: the endpoints are those of the embedded simulator, whatever the
	// environment says; what only a real provider minds is left out.
	Simulated   bool
	Settings    flows.Settings
	Credentials flows.Credentials
	// Drawn are the random values of the authorization request, if they exist already.
	Drawn *flows.Drawn
	// Providers are all profiles, for the prefixes and hosts of other environments.
	Providers []flows.Provider
}

// Preflight names what would go wrong, before the browser opens: the form of the redirect
// URI, scopes, offline access, state and PKCE, sample hosts, credentials that are none, and
// an environment that does not fit the client id. It uses the same tests as the rules and
// answers with findings of their codes; Step is -1. Severity error means that the run
// cannot work.
func Preflight(d Draft) []flows.Finding {
	p := &preflight{Draft: d, c: &Case{settings: d.Settings, live: &flows.RunStarted{Provider: d.Provider, Environment: d.Environment, Grant: d.Grant, Simulated: d.Simulated}, opts: Options{Providers: d.Providers}}}
	p.credentials()
	p.endpoints()
	if d.Grant == flows.GrantAuthorizationCode {
		p.redirect()
		p.pkce()
		p.state()
	}
	p.scopes()
	return p.found
}

// foreseen are the findings of the preflight for a live run from which nothing came back
// yet. Once a token came, what was feared did not happen; once something failed, the
// rules speak of what did.
func (c *Case) foreseen(hits []*Hit) []flows.Finding {
	if c.live == nil || len(c.tokens) > 0 || len(c.attempts) == 0 && c.live.Grant == flows.GrantAuthorizationCode {
		return nil
	}
	for _, m := range c.msgs {
		if m.failed != nil || m.role == roleToken || m.role == roleCallback || m.role == roleCall {
			return nil
		}
	}
	d := Draft{Provider: c.live.Provider, Environment: c.live.Environment, Grant: c.live.Grant, Simulated: c.live.Simulated, Settings: c.settings,
		Credentials: c.live.Credentials, Drawn: c.drawn, Providers: c.opts.Providers}
	var out []flows.Finding
	for _, f := range Preflight(d) {
		known := false
		for _, h := range hits {
			known = known || h.rule.Code == f.Code && h.stands
		}
		if known {
			continue
		}
		if len(c.attempts) > 0 {
			f.Step = c.attempts[len(c.attempts)-1].request.index
		}
		out = append(out, f)
	}
	return out
}

type preflight struct {
	Draft
	c     *Case
	found []flows.Finding
}

// add makes a finding of a rule's texts.
func (p *preflight) add(code string, severity flows.Severity, conf flows.Confidence, title string, remedy *flows.Remedy, evidence ...string) {
	r, ok := RuleByCode(code)
	if !ok {
		return
	}
	f := flows.Finding{Code: code, Severity: r.Severity, Stage: string(r.Stage), Step: -1, Confidence: conf, Evidence: sayings(evidence), Cause: flows.Say(r.Cause), Fix: flows.Say(r.Fix), Spec: r.Spec, Remedy: remedy, Own: true}
	if severity != "" {
		f.Severity = severity
	}
	f.Title = flows.Say(cmp.Or(title, ahead(code), r.Title))
	p.found = append(p.found, f)
}

// ahead is a rule's title as it stands before anything was sent: what a rule says of a
// request that went out, the preflight says of one that has not. Empty: the title fits both.
func ahead(code string) string {
	switch code {
	case "credential-whitespace":
		return "A client credential has white space at its edge"
	case "secret-id-not-value":
		return "The client secret has the form of a secret's identifier"
	case "insecure-endpoint":
		return "An endpoint is plain http"
	case "environment-mixed":
		return "The client id belongs to another environment"
	case "state-missing-or-weak":
		return "The state is missing or can be guessed"
	case "scope-separator-wrong":
		return "Two scopes are joined into one"
	}
	return ""
}

func (p *preflight) credentials() {
	for _, x := range [...]struct{ name, value string }{{"client_id", p.Settings.ClientID}, {"client_secret", p.Credentials.ClientSecret.RevealSecret()}} {
		if x.value == "" {
			if x.name == "client_id" && p.Grant != flows.GrantBasic && !p.Simulated {
				p.add("credential-placeholder", "", flows.Certain, "There is no client id", nil, "client_id is empty")
			}
			continue
		}
		if where, what := edgeSpace(x.value); where != "" {
			p.add("credential-whitespace", "", flows.Certain, "", p.trimmed(x.name, x.value), x.name+" has "+what+" at its "+where+" ("+kinds(x.value)+")")
		}
		if why, sure := placeholder(x.value); why != "" && strings.TrimSpace(x.value) != "" {
			conf := flows.Certain
			if !sure {
				conf = flows.Likely
			}
			p.add("credential-placeholder", "", conf, "", nil, x.name+" "+why)
		} else if x.name == "client_secret" && hasEscape(x.value) {
			p.add("secret-double-encoded", flows.SeverityWarning, flows.Likely, "The client secret looks as if it were stored percent-encoded", nil, "client_secret contains a %XX ("+kinds(x.value)+")")
		}
	}
	secret := p.Credentials.ClientSecret.RevealSecret()
	if f := p.c.fact(readTarget(p.Environment.Endpoints.Token).host); f != nil && f.guidIsID && isGUID(secret) && !p.Simulated {
		p.add("secret-id-not-value", "", flows.Likely, "", nil, "client_secret has the form of a GUID; secrets of this provider never have")
	}
	if secret == "" && !p.Simulated && (p.Settings.AuthMethod == flows.AuthBasic || p.Settings.AuthMethod == flows.AuthPost || p.Settings.AuthMethod == flows.AuthJSON) {
		p.add("credential-placeholder", "", flows.Certain, "There is no client secret", nil, "the method "+string(p.Settings.AuthMethod)+" needs one")
	}
}

// trimmed is the remedy for white space around the client id; a secret is not put into a
// remedy, which is shown.
func (p *preflight) trimmed(name, value string) *flows.Remedy {
	if name != "client_id" {
		return nil
	}
	clean := strings.TrimFunc(value, func(r rune) bool { return spaceName(r) != "" })
	return &flows.Remedy{Text: "use the client id without the white space", Change: flows.SettingsChange{ClientID: &clean}, Redo: flows.ActRestart}
}

func (p *preflight) endpoints() {
	if p.Simulated || p.Environment.Name == flows.EnvSimulator {
		return
	}
	more := append([]string{}, p.Provider.SampleHosts...)
	for _, x := range p.Providers {
		more = append(more, x.SampleHosts...)
	}
	seen := map[string]bool{}
	for _, u := range [...]string{p.Environment.Endpoints.Authorization, p.Environment.Endpoints.Token, p.Environment.Endpoints.Discovery, p.Environment.Endpoints.Issuer, p.Environment.Endpoints.API, p.Settings.CallURL} {
		t := readTarget(u)
		if t.host == "" || seen[t.scheme+t.host] {
			continue
		}
		seen[t.scheme+t.host] = true
		if isSampleHost(t.host, more) {
			p.add("doc-sample-host", "", flows.Certain, "", nil, t.host+" is printed in documentation")
		}
		if t.scheme == "http" && !t.loopback() {
			p.add("insecure-endpoint", "", flows.Certain, "", nil, p.c.plainURL(t)+" is not encrypted")
		}
	}
	host := readTarget(p.Environment.Endpoints.Token).host
	id, here := p.c.idWorld(p.Settings.ClientID, host), p.c.worldOf(host)
	switch {
	case p.Settings.ClientID == "", hasAnyPrefix(p.Settings.ClientID, p.Environment.ClientIDPrefixes):
	case id != nil && here != nil && id.family == here.family && id.env != here.env:
		p.add("environment-mixed", "", worldConfidence(id, here), "", nil, "the client id begins as those of "+id.env+" do", "the environment is "+p.Environment.Name+" ("+host+")")
	case len(p.Environment.ClientIDPrefixes) > 0 && !readTarget(p.Environment.Endpoints.Token).loopback(): // a server on this machine has ids of its own
		p.add("environment-mixed", flows.SeverityWarning, flows.Possible, "The client id does not begin as those of this environment do", nil, "client ids of "+p.Environment.Name+" begin with "+strings.Join(p.Environment.ClientIDPrefixes, " or "))
	}
}

func hasAnyPrefix(s string, prefixes []string) bool {
	for _, x := range prefixes {
		if strings.HasPrefix(s, x) {
			return true
		}
	}
	return false
}

func (p *preflight) redirect() {
	uri := p.Settings.RedirectURI
	if defect := redirectDefect(uri); defect != "" {
		p.add("redirect-uri-unacceptable", "", flows.Certain, "", nil, "redirect_uri "+show(uri)+" "+defect)
		return
	}
	if p.Simulated || p.Environment.Name == flows.EnvSimulator {
		return
	}
	evidence := []string{"register exactly this string: " + show(uri)}
	switch t := readTarget(uri); {
	case t.host == "localhost":
		evidence = append(evidence, "localhost and 127.0.0.1 are different strings, and localhost may mean ::1")
	case t.loopback():
		evidence = append(evidence, "127.0.0.1 and localhost are different strings")
	}
	if t := readTarget(uri); t.loopback() && (t.port == "0" || t.port == "") {
		evidence = append(evidence, "the port changes with every run; not every provider leaves it out when comparing")
	}
	p.add("redirect-uri-not-registered", flows.SeverityInfo, flows.Possible, "The redirect URI must be registered with the provider as it is", nil, evidence...)
}

func (p *preflight) pkce() {
	method := p.Settings.PKCE
	switch {
	case method == flows.PKCEOff && p.Provider.Dialect.PKCE == flows.SupportRequired:
		p.add("pkce-required", "", flows.Certain, "", p.c.pkceRemedy(flows.PKCES256, "send a PKCE challenge with method S256"), "the profile says that PKCE is required, and it is off")
	case method == flows.PKCEOff && p.Settings.AuthMethod == flows.AuthNone:
		p.add("pkce-required", flows.SeverityWarning, flows.Likely, "A public client without PKCE", p.c.pkceRemedy(flows.PKCES256, "send a PKCE challenge with method S256"), "the client has no secret, and nothing else ties the code to it")
	case method != flows.PKCEOff && method != "" && p.Provider.Dialect.PKCE == flows.SupportRefused:
		p.add("pkce-rejected", "", flows.Certain, "The provider refuses PKCE", p.c.pkceRemedy(flows.PKCEOff, "send no PKCE parameters"), "the profile says that PKCE is refused, and it is on")
	case method == flows.PKCEPlain:
		p.add("pkce-challenge-invalid", flows.SeverityWarning, flows.Certain, "The PKCE method plain hides nothing", p.c.pkceRemedy(flows.PKCES256, "use the method S256"), "with plain the challenge is the verifier itself")
	}
	if d := p.Drawn; d != nil && method != flows.PKCEOff {
		if defect := verifierDefect(d.Verifier.RevealSecret()); defect != "" {
			p.add("pkce-challenge-invalid", "", flows.Certain, "", nil, defect)
		}
	}
}

// state looks at the one that was drawn, and at what the user put in its place.
func (p *preflight) state() {
	state, have := "", false
	if p.Drawn != nil {
		state, have = p.Drawn.State.RevealSecret(), true
	}
	for _, e := range p.Settings.AuthorizeEdits {
		if e.Name != "state" {
			continue
		}
		have = true
		if e.Op == flows.EditRemove {
			state = ""
		} else {
			state = e.Value
		}
	}
	if !have {
		return
	}
	if state == "" {
		p.add("state-missing-or-weak", "", flows.Certain, "", nil, "the authorization request will carry no state")
	} else if why := weakState(state, time.Time{}); why != "" {
		p.add("state-missing-or-weak", "", flows.Certain, "", nil, "the state "+why)
	}
}

func (p *preflight) scopes() {
	known := map[string]bool{}
	for _, s := range p.Provider.Scopes {
		known[s.Name] = true
	}
	sep := p.Provider.Dialect.ScopeSeparator
	if sep == "" {
		sep = " "
	}
	for _, s := range p.Settings.Scopes {
		switch {
		case known[s]:
		case strings.ContainsAny(s, ",;|") && !strings.Contains(sep, ",") || strings.ContainsAny(s, " ;|"):
			p.add("scope-separator-wrong", flows.SeverityWarning, flows.Likely, "", nil, "the scope "+show(s)+" is sent as one name; this provider separates scopes with "+separatorName(sep))
		case len(known) > 0:
			p.add("scope-not-allowed", flows.SeverityWarning, flows.Possible, "A scope is not among those that the profile knows", nil, "scope "+show(s)+" is not in the profile")
		}
	}
	offline := p.Provider.Dialect.OfflineScope
	if p.Grant != flows.GrantAuthorizationCode || offline == "" || contains(p.Settings.Scopes, offline) {
		return
	}
	scopes := append(append([]string{}, p.Settings.Scopes...), offline)
	p.add("no-refresh-token", "", flows.Likely, "No refresh token will come, since none is asked for", &flows.Remedy{Text: "ask for " + offline, Change: flows.SettingsChange{Scopes: &scopes}, Redo: flows.ActRestart},
		"the scopes do not contain "+offline)
}

func separatorName(sep string) string {
	switch sep {
	case " ":
		return "one blank"
	case ",":
		return "a comma"
	}
	return show(sep)
}
