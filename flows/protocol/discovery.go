package protocol

import (
	"net/url"
	"strings"

	"oauthlens/flows"
	"oauthlens/flows/rawjson"
)

// DiscoveryURLs lists where the metadata of an issuer may stand, in the order in which
// they are tried: OpenID Connect Discovery 1.0 section 4.1 appends to the issuer, RFC 8414
// section 3.1 inserts before its path; for an issuer with a path both exist. There is none
// for what is no issuer (flows.IssuerProblem).
func DiscoveryURLs(issuer string) []string {
	u, err := url.Parse(issuer)
	if err != nil || flows.IssuerProblem(issuer) != "" {
		return nil
	}
	base := u.Scheme + "://" + u.Host
	path := strings.TrimSuffix(u.EscapedPath(), "/")
	if path == "" {
		return []string{base + "/.well-known/openid-configuration", base + "/.well-known/oauth-authorization-server"}
	}
	return []string{
		base + path + "/.well-known/openid-configuration",
		base + "/.well-known/oauth-authorization-server" + path,
		base + "/.well-known/openid-configuration" + path,
	}
}

// DiscoveryRequest builds the GET of a metadata document.
func DiscoveryRequest(rawURL string) flows.Request {
	return newRequest("GET", rawURL, "application/json")
}

// JWKSRequest builds the GET of a key set (RFC 7517 section 5).
func JWKSRequest(rawURL string) flows.Request { return newRequest("GET", rawURL, "application/json") }

// Metadata is what a metadata document says (RFC 8414 section 2).
type Metadata struct {
	Issuer      string
	Endpoints   flows.Endpoints
	Grants      []string
	AuthMethods []string
	PKCEMethods []string
	Scopes      []string
	IssInReply  bool // authorization_response_iss_parameter_supported, RFC 9207
	RequirePAR  bool
	Problems    []flows.Deviation
}

// AnotherIssuer is the Code of the Failure of metadata that names another issuer than the
// one that was asked for.
const AnotherIssuer = "issuer_mismatch"

// EndpointUnusable is the Code of the problem that an endpoint of the metadata is left out;
// its Field is the member.
const EndpointUnusable = "endpoint-unusable"

// ReadMetadata reads a metadata document; asked is the issuer that was asked for, empty if
// nobody knows. A document of another issuer must not be used (RFC 8414 section 3.3, OpenID
// Connect Discovery 1.0 section 4.3), whatever it says: that is a Failure. One that differs
// by the final slash alone cannot be somebody else's; it is used, and the difference is
// among the Problems, like the endpoints that are left out: those that are no endpoint
// (flows.EndpointProblem), that stand there twice, or that would be asked in clear.
func ReadMetadata(asked string, r *flows.Response) (Metadata, *Failure) {
	a := ReadAnswer(r)
	if r == nil || r.Status != 200 || !describesServer(a) {
		f := &Failure{Code: "no_metadata", Description: "the answer is not a metadata document"}
		if r != nil {
			f.Status = r.Status
		}
		return Metadata{}, f
	}
	m := Metadata{Problems: a.Deviations}
	text := func(name string) string {
		if n := a.First([]string{"$." + name}); n != nil {
			return n.Text
		}
		return ""
	}
	m.Issuer = text("issuer")
	m.Endpoints.Issuer = m.Issuer
	for _, e := range []struct {
		name   string
		target *string
	}{
		{"authorization_endpoint", &m.Endpoints.Authorization}, {"token_endpoint", &m.Endpoints.Token},
		{"revocation_endpoint", &m.Endpoints.Revocation}, {"introspection_endpoint", &m.Endpoints.Introspection},
		{"userinfo_endpoint", &m.Endpoints.UserInfo}, {"jwks_uri", &m.Endpoints.JWKS},
		{"pushed_authorization_request_endpoint", &m.Endpoints.PAR}, {"device_authorization_endpoint", &m.Endpoints.Device},
	} {
		v := text(e.name)
		if v == "" {
			continue
		}
		if why := publishedProblem(asked, v, a.ambiguous(e.name)); why != "" {
			m.Problems = append(m.Problems, flows.Deviation{Code: EndpointUnusable, Field: e.name, Text: e.name + " " + why + "; it is not used", Spec: "RFC 8414 section 2"})
			continue
		}
		*e.target = v
	}
	list := func(name string) []string {
		var out []string
		if n := a.First([]string{"$." + name}); n != nil {
			for _, c := range n.Children {
				out = append(out, c.Text)
			}
		}
		return out
	}
	m.Grants, m.AuthMethods = list("grant_types_supported"), list("token_endpoint_auth_methods_supported")
	m.PKCEMethods, m.Scopes = list("code_challenge_methods_supported"), list("scopes_supported")
	m.IssInReply = text("authorization_response_iss_parameter_supported") == "true"
	m.RequirePAR = text("require_pushed_authorization_requests") == "true"
	if a.ambiguous("issuer") {
		return m, &Failure{Code: AnotherIssuer, Status: r.Status, Description: "the metadata names more than one issuer, so its endpoints are not used: give the endpoints by hand"}
	}
	if asked == "" || m.Issuer == asked {
		return m, nil
	}
	problem := issuerProblem(asked, m.Issuer)
	m.Problems = append(m.Problems, problem)
	if problem.Code != "issuer-mismatch" {
		return m, nil
	}
	way := ", or ask for that issuer with --issuer"
	if !isHTTP(m.Issuer) {
		way = ""
	}
	return m, &Failure{Code: AnotherIssuer, Status: r.Status, Description: "the metadata of " + asked + " names " + orNone(m.Issuer) +
		" as its issuer, so its endpoints are not used (" + problem.Spec + "): give the endpoints by hand" + way}
}

func orNone(issuer string) string {
	if issuer == "" {
		return "nobody"
	}
	return issuer
}

// issuerAsked is the issuer whose metadata stands at a well-known URL (the inverse of
// DiscoveryURLs); empty if the URL is none.
func issuerAsked(rawURL string) string {
	u, err := url.Parse(rawURL)
	if err != nil || u.Host == "" {
		return ""
	}
	path := u.EscapedPath()
	for _, known := range []string{"/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"} {
		if before, after, found := strings.Cut(path, known); found && (before == "" || after == "") {
			return u.Scheme + "://" + u.Host + before + after
		}
	}
	return ""
}

// describesServer tells whether an answer says anything that metadata is for.
func describesServer(a Answer) bool {
	for _, name := range []string{"issuer", "token_endpoint", "authorization_endpoint"} {
		if n := a.First([]string{"$." + name}); n != nil && n.Kind == rawjson.String && n.Text != "" {
			return true
		}
	}
	return false
}

func issuerProblem(asked, got string) flows.Deviation {
	d := flows.Deviation{Code: "issuer-mismatch", Field: "issuer", Spec: "RFC 8414 section 3.3",
		Text: "the document names the issuer " + orNone(got) + ", but " + asked + " was asked for"}
	if strings.TrimSuffix(asked, "/") == strings.TrimSuffix(got, "/") {
		d.Code = "issuer-trailing-slash"
		d.Text = "the document's issuer differs from the one asked for only by the final slash"
	}
	return d
}

// publishedProblem tells why an endpoint of a document is not used. One at which everybody
// on the way can read along is none, unless the issuer was asked for in the same way: a
// document is no reason to send a secret in clear.
func publishedProblem(asked, endpoint string, ambiguous bool) string {
	why := flows.EndpointProblem(endpoint)
	switch {
	case ambiguous:
		return "stands there more than once, with different values"
	case why == "" && inClear(endpoint) && !inClear(asked):
		return "is plain http at another machine"
	}
	return why
}

// inClear tells that a request to the URL leaves this machine unencrypted.
func inClear(rawURL string) bool {
	u, err := url.Parse(rawURL)
	return err == nil && u.Scheme == "http" && !flows.IsLoopbackHost(u.Hostname())
}

// ambiguous tells that a member occurs more than once and says different things: readers
// of JSON do not agree on which of them counts (RFC 8259 section 4).
func (a Answer) ambiguous(name string) bool {
	if a.Doc == nil || a.Doc.Root == nil {
		return false
	}
	said := map[string]bool{}
	for _, n := range a.Doc.Root.Children {
		if n.Name == name {
			said[n.Text] = true
		}
	}
	return len(said) > 1
}

func isHTTP(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https")
}
