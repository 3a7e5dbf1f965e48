package jose

import (
	"fmt"
	"strings"

	"oauthlens/flows/rawjson"
)

// Claims are the registered claims of RFC 7519 section 4.1, OpenID Connect Core
// sections 2, 3.1.3.6 and 5.1 and RFC 9068 section 2.2, as far as a reader of tokens
// needs them typed. An absent claim is its zero value. They are unverified.
type Claims struct {
	Issuer, Subject string
	// HasIssuer tells an absent iss from an empty one.
	HasIssuer bool
	// Audience is aud, whether it was written as a string or as an array.
	Audience        []string
	AudienceIsArray bool
	ID              string // jti
	Expires         Time   // exp
	IssuedAt        Time   // iat
	NotBefore       Time   // nbf
	AuthTime        Time   // auth_time
	UpdatedAt       Time   // updated_at
	ClientID        string
	AuthorizedParty string // azp
	Nonce           string
	HasNonce        bool
	AccessTokenHash string // at_hash
	CodeHash        string // c_hash
	StateHash       string // s_hash
	SessionID       string // sid
	ContextClass    string // acr
	Methods         []string
	// Scope is scope or, where that is absent, scp; HasScope tells that there was one.
	Scope        []string
	HasScope     bool
	ScopeIsArray bool
	ScopeFrom    string // "scope" or "scp"
	Confirmation Confirmation
	// Problems are the deviations found while reading.
	Problems []Problem
}

// Confirmation is cnf: the key that the sender of the token must prove to have
// (RFC 7800 section 3.1, RFC 9449 section 6.1, RFC 8705 section 3.1).
type Confirmation struct {
	Present         bool
	JKT             string // thumbprint of the DPoP key
	CertificateHash string // x5t#S256: thumbprint of the TLS client certificate
	KeyID           string
	HasJWK          bool
}

// Times lists the time claims that are present, in a fixed order.
func (c Claims) Times() []Time {
	var out []Time
	for _, t := range []Time{c.IssuedAt, c.NotBefore, c.Expires, c.AuthTime, c.UpdatedAt} {
		if t.Present {
			out = append(out, t)
		}
	}
	return out
}

// Claims reads the registered claims.
func (j JWT) Claims() Claims {
	if j.ClaimsDoc == nil {
		return Claims{}
	}
	return ReadClaims(j.ClaimsDoc.Root)
}

// ReadClaims reads the registered claims of an object: the payload of a JWT, or an
// introspection or userinfo answer, which use the same names. A nil node gives no claims.
func ReadClaims(n *rawjson.Node) Claims {
	r := claimReader{object: n}
	c := Claims{
		Issuer: r.text("iss"), Subject: r.text("sub"), ID: r.text("jti"),
		HasIssuer: n.Member("iss") != nil,
		Expires:   r.time("exp"), IssuedAt: r.time("iat"), NotBefore: r.time("nbf"),
		AuthTime: r.time("auth_time"), UpdatedAt: r.time("updated_at"),
		ClientID: r.text("client_id"), AuthorizedParty: r.text("azp"),
		Nonce: r.text("nonce"), HasNonce: n.Member("nonce") != nil,
		AccessTokenHash: r.text("at_hash"), CodeHash: r.text("c_hash"), StateHash: r.text("s_hash"),
		SessionID: r.text("sid"), ContextClass: r.text("acr"),
	}
	c.Audience, c.AudienceIsArray = r.list("aud", false)
	c.Methods, _ = r.list("amr", false)
	c.readScope(&r)
	c.Confirmation = r.confirmation()
	c.Problems = r.problems
	return c
}

// readScope reads scope (RFC 8693 section 4.2: a string with blanks) or scp, which
// some authorization servers use instead.
func (c *Claims) readScope(r *claimReader) {
	for _, name := range []string{"scope", "scp"} {
		if r.object.Member(name) == nil {
			continue
		}
		c.Scope, c.ScopeIsArray = r.list(name, true)
		c.HasScope, c.ScopeFrom = true, name
		if name == "scp" {
			r.add("scope-as-scp", "claims $.scp", "RFC 9068 section 2.2.3", false, "The scopes stand in \"scp\" instead of \"scope\".")
		}
		if c.ScopeIsArray {
			r.add("scope-array", "claims $."+name, "RFC 8693 section 4.2", false,
				fmt.Sprintf("The claim %q is an array; the specification has one string with blanks between the scopes.", name))
		}
		return
	}
}

// claimReader reads members and collects what is odd about them.
type claimReader struct {
	object   *rawjson.Node
	problems []Problem
}

func (r *claimReader) add(code, where, spec string, malformed bool, text string) {
	r.problems = append(r.problems, Problem{Code: code, Where: where, Text: text, Spec: spec, Malformed: malformed})
}

func (r *claimReader) text(name string) string {
	n := r.object.Member(name)
	if n == nil {
		return ""
	}
	switch n.Kind {
	case rawjson.String:
		return n.Text
	case rawjson.Null:
		r.add(name+"-null", "claims "+n.Path(), "RFC 7519 section 4.1", false, fmt.Sprintf("The claim %q is null; it should be left out.", name))
		return ""
	}
	r.add(name+"-not-string", "claims "+n.Path(), "RFC 7519 section 4.1", true,
		fmt.Sprintf("The claim %q must be a string but is %s.", name, kindName(n.Kind)))
	return n.Text
}

func (r *claimReader) time(name string) Time {
	t, problems := readTime(r.object, name)
	r.problems = append(r.problems, problems...)
	return t
}

// list reads a string or an array of strings; split divides strings at blanks.
func (r *claimReader) list(name string, split bool) (values []string, isArray bool) {
	n := r.object.Member(name)
	if n == nil {
		return nil, false
	}
	take := func(s string) {
		if split {
			values = append(values, strings.Fields(s)...)
		} else {
			values = append(values, s)
		}
	}
	bad := false
	switch n.Kind {
	case rawjson.String:
		take(n.Text)
	case rawjson.Array:
		isArray = true
		for _, c := range n.Children {
			if c.Kind != rawjson.String {
				bad = true
				continue
			}
			take(c.Text)
		}
	default:
		bad = true
	}
	if bad {
		r.add(name+"-form", "claims "+n.Path(), "RFC 7519 section 4.1.3", true,
			fmt.Sprintf("The claim %q must be a string or an array of strings.", name))
	}
	return values, isArray
}

func (r *claimReader) confirmation() Confirmation {
	n := r.object.Member("cnf")
	if n == nil {
		return Confirmation{}
	}
	if n.Kind != rawjson.Object {
		r.add("cnf-not-object", "claims "+n.Path(), "RFC 7800 section 3.1", true,
			fmt.Sprintf("The claim \"cnf\" must be an object but is %s.", kindName(n.Kind)))
	}
	return Confirmation{
		Present: true, JKT: textMember(n, "jkt"), CertificateHash: textMember(n, "x5t#S256"),
		KeyID: textMember(n, "kid"), HasJWK: n.Member("jwk") != nil,
	}
}
