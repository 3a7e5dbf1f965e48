package present

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"oauthlens/flows"
)

// GrantTitle is a grant in words.
func GrantTitle(g flows.Grant) string {
	switch g {
	case flows.GrantAuthorizationCode:
		return "authorization code"
	case flows.GrantClientCredentials:
		return "client credentials"
	case flows.GrantRefreshToken:
		return "refresh"
	case flows.GrantBasic:
		return "HTTP Basic"
	}
	return strings.ReplaceAll(string(g), "_", " ")
}

// GrantWord is a grant in one short word, for lists.
func GrantWord(g flows.Grant) string {
	switch g {
	case flows.GrantAuthorizationCode:
		return "code"
	case flows.GrantClientCredentials:
		return "cc"
	case flows.GrantRefreshToken:
		return ""
	}
	return string(g)
}

// GrantWords are the short words of a provider's grants.
func GrantWords(p flows.Provider) string {
	var out []string
	for _, g := range p.Grants {
		if w := GrantWord(g); w != "" {
			out = append(out, w)
		}
	}
	return strings.Join(out, "  ")
}

// EnvironmentNames are the environments that a provider can be walked in: the simulator
// first, then those of its profile. A provider of the single environment "custom" has no
// other.
func EnvironmentNames(p flows.Provider) []string {
	var out []string
	if _, custom := p.Environment(flows.EnvCustom); !custom {
		out = append(out, flows.EnvSimulator)
	}
	for _, want := range []string{flows.EnvSandbox, flows.EnvProduction} {
		if _, ok := p.Environment(want); ok {
			out = append(out, want)
		}
	}
	for _, e := range p.Environments {
		if !slices.Contains(out, e.Name) {
			out = append(out, e.Name)
		}
	}
	return out
}

// ProviderFacts is what the catalogue knows beside the profile.
type ProviderFacts struct {
	Environment string
	Grant       flows.Grant
	// Client says for each environment whether a client is known: "ready", "not set".
	Client func(environment string) string
	// LastRun is a sentence; empty: there is none.
	LastRun string
	// From is the file of the user's own profile; empty: built in.
	From string
}

// ProviderLines are the details of a provider in the catalogue.
func ProviderLines(p flows.Provider, facts ProviderFacts) List {
	out := List{
		{Kind: Text, Spans: []Span{T(p.Summary, Plain)}},
		{Kind: Gap},
		choiceRow("environments", EnvironmentNames(p), facts.Environment, EnvironmentTone, nil),
	}
	if facts.Environment == flows.EnvSimulator {
		out = append(out, Line{Kind: Row, Spans: []Span{T("played on this machine: no account is needed", Muted)}})
	}
	grants := make([]string, len(p.Grants))
	for i, g := range p.Grants {
		grants[i] = string(g)
	}
	grantRow := choiceRow("grants", grants, string(facts.Grant), func(string) Tone { return Strong },
		func(g string) string { return GrantTitle(flows.Grant(g)) })
	grantRow.Explain = ExplainRef{Kind: "grant", Name: string(facts.Grant)}
	out = append(out, grantRow)
	if facts.Client != nil {
		out = append(out, clientRow(p, facts))
	}
	out = append(out, lifeRows(p)...)
	out = append(out, endpointRows(p, facts.Environment)...)
	out = append(out, scopeRows(p, facts.Grant)...)
	out = append(out, noteRows(p)...)
	if facts.LastRun != "" {
		out = append(out, Line{Kind: Gap}, Line{Kind: Row, Label: "last run", Spans: []Span{T(facts.LastRun, Plain)}})
	}
	return append(out, sourceRows(p, facts)...)
}

func choiceRow(label string, names []string, chosen string, tone func(string) Tone, title func(string) string) Line {
	line := Line{Kind: Row, Label: label}
	for i, name := range names {
		shown := name
		if title != nil {
			shown = title(name)
		}
		if i > 0 {
			line.Spans = append(line.Spans, T("   ", Plain))
		}
		if name == chosen {
			line.Spans = append(line.Spans, T("● ", Accent), T(shown, tone(name)))
			continue
		}
		line.Spans = append(line.Spans, T("○ "+shown, Muted))
	}
	return line
}

func clientRow(p flows.Provider, facts ProviderFacts) Line {
	line := Line{Kind: Row, Label: "client"}
	for i, env := range EnvironmentNames(p) {
		if i > 0 {
			line.Spans = append(line.Spans, T("   ", Plain))
		}
		state, tone := facts.Client(env), Muted
		if state == "ready" {
			tone = OK
		}
		line.Spans = append(line.Spans, T(env+" ", Plain), T(state, tone))
	}
	return line
}

func lifeRows(p flows.Provider) List {
	var out List
	add := func(label, text string, ref ExplainRef) {
		if text != "" {
			out = append(out, Line{Kind: Row, Label: label, Spans: []Span{T(text, Plain)}, Explain: ref})
		}
	}
	add("access token", Life(p.Lifetimes.AccessToken), ExplainRef{Kind: "field", Name: "access_token"})
	refresh := p.Lifetimes.RefreshText
	if refresh == "" {
		refresh = Life(p.Lifetimes.RefreshToken)
	}
	add("refresh token", refresh, ExplainRef{Kind: "field", Name: "refresh_token"})
	add("code", Life(p.Lifetimes.Code), ExplainRef{Kind: "parameter callback", Name: "code"})
	add("consent", Life(p.Lifetimes.Consent), ExplainRef{})
	return out
}

func endpointRows(p flows.Provider, environment string) List {
	e, ok := p.Environment(environment)
	if !ok {
		return nil
	}
	out := List{{Kind: Gap}, {Kind: Heading, Spans: []Span{T("Endpoints, "+environment, Plain)}}}
	for _, x := range []struct{ label, url, metadata string }{
		{"issuer", e.Endpoints.Issuer, "issuer"}, {"authorization", e.Endpoints.Authorization, "authorization_endpoint"},
		{"authorize URL call", e.Endpoints.AuthorizeURL, ""}, {"token", e.Endpoints.Token, "token_endpoint"},
		{"revocation", e.Endpoints.Revocation, "revocation_endpoint"}, {"introspection", e.Endpoints.Introspection, "introspection_endpoint"},
		{"user info", e.Endpoints.UserInfo, "userinfo_endpoint"}, {"JWKS", e.Endpoints.JWKS, "jwks_uri"}, {"API", e.Endpoints.API, ""},
	} {
		if x.url != "" {
			out = append(out, Line{Kind: Row, Label: x.label, Spans: []Span{{Text: x.url, Tone: Link, Link: x.url}}, Copy: Copy{What: x.label, Text: x.url},
				Explain: ExplainRef{Kind: "metadata", Name: x.metadata}})
		}
	}
	if len(out) == 2 {
		return nil
	}
	return out
}

func scopeRows(p flows.Provider, grant flows.Grant) List {
	var out List
	for _, s := range p.Scopes {
		if len(s.Grants) > 0 && grant != "" && !slices.Contains(s.Grants, grant) {
			continue
		}
		tone := Muted
		special := notSent(p, grant)
		if s.Default || s.Required {
			tone, special = Plain, cmp.Or(special, "asked for") // without colours the tone is not seen
		}
		out = append(out, Line{Kind: Row, Label: "", Spans: []Span{T(s.Name, tone)}, Note: scopeMeaning(s, special), Copy: Copy{What: "the scope", Text: s.Name},
			Explain: ExplainRef{Kind: "scope", Name: s.Name}})
	}
	if len(out) == 0 {
		return nil
	}
	out[0].Label = "scopes"
	return append(List{{Kind: Gap}}, out...)
}

func noteRows(p flows.Provider) List {
	var out List
	for _, n := range p.Notes {
		if n.Step == "" {
			out = append(out, Line{Kind: Row, Spans: []Span{T(n.Text, Plain)}})
		}
	}
	if len(out) == 0 {
		return nil
	}
	out[0].Label = "good to know"
	return append(List{{Kind: Gap}}, out...)
}

func sourceRows(p flows.Provider, facts ProviderFacts) List {
	var out List
	if facts.From != "" {
		out = append(out, Line{Kind: Row, Label: "profile", Spans: []Span{T(facts.From, Plain)}})
	}
	for _, s := range p.Sources {
		sp := T(s.Where, Muted)
		if strings.HasPrefix(s.Where, "https://") && !strings.ContainsAny(s.Where, " ;,") {
			sp.Link = s.Where
		}
		out = append(out, Line{Kind: Row, Spans: []Span{T(strings.TrimSpace(s.Status+" "+s.Checked)+": ", Muted), sp}})
	}
	if len(out) == 0 {
		return nil
	}
	if out[0].Label == "" {
		out[0].Label = "sources"
	}
	return append(List{{Kind: Gap}}, out...)
}

// Life is a documented lifetime in words: "60 min", "6 months"; empty for zero.
func Life(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d <= 0:
		return ""
	case d%(365*day) == 0:
		return plural(int(d/(365*day)), "year")
	case d%(30*day) == 0 && d >= 120*day: // a consent of 90 days is counted in days
		return plural(int(d/(30*day)), "month")
	case d%day == 0:
		return plural(int(d/day), "day")
	case d%time.Hour == 0 && d > 2*time.Hour:
		return plural(int(d/time.Hour), "hour")
	case d%time.Minute == 0:
		return strconv.Itoa(int(d/time.Minute)) + " min"
	}
	return strconv.Itoa(int(d/time.Second)) + " s"
}

func plural(n int, unit string) string {
	if n == 1 {
		return "1 " + unit
	}
	return strconv.Itoa(n) + " " + unit + "s"
}
