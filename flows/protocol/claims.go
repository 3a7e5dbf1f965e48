package protocol

import (
	"bytes"

	"oauthlens/flows"
	"oauthlens/flows/jose"
	"oauthlens/flows/rawjson"
)

// The Codes of the Failure of an answer that reports no error and is of no use all the same.
const (
	// NoClaims: the answer is neither a JSON object nor a JWT that holds one.
	NoClaims = "no_claims"
	// NoSubject: a UserInfo response without the text sub.
	NoSubject = "no_sub"
	// NoActive: an introspection response without the boolean active.
	NoActive = "no_active"
)

// Claims are what an endpoint says of a user or a token: the members of a JSON object, or
// those of the JWT that the whole answer is.
type Claims struct {
	// Object holds the members; nil where there are none to be read.
	Object *rawjson.Node
	// Format is "jwt" or "jwe" where the answer is one, and empty where it is JSON. The
	// claims of a JWE are for the holder of its key. No signature was checked.
	Format flows.TokenFormat
}

// ReadUserInfo reads the answer of the UserInfo endpoint (OpenID Connect Core 1.0 section
// 5.3.2): a JSON object, or a JWT if the client is registered for it, that names the user
// by the text sub. Anything else is a Failure, since its claims belong to nobody.
func ReadUserInfo(d flows.Dialect, r *flows.Response) (Claims, *Failure) {
	c, failure := readClaims(d, r)
	if failure != nil || c.Object == nil {
		return c, failure
	}
	sub := c.Object.Member("sub")
	switch {
	case sub == nil || sub.Kind == rawjson.Null:
		return c, &Failure{Code: NoSubject, Status: r.Status, Description: "the answer has no sub, which says whose claims these are"}
	case sub.Kind != rawjson.String:
		return c, &Failure{Code: NoSubject, Status: r.Status, Description: "sub is a JSON " + sub.Kind.String() + ", not a string"}
	case sub.Text == "":
		return c, &Failure{Code: NoSubject, Status: r.Status, Description: "sub is empty"}
	}
	return c, nil
}

// ReadIntrospection reads the answer of the introspection endpoint (RFC 7662 section 2.2): a
// JSON object, or a JWT with one in token_introspection (RFC 9701 section 5), that says by
// the boolean active whether the token is. The Claims are those of the token.
func ReadIntrospection(d flows.Dialect, r *flows.Response) (Claims, *Failure) {
	c, failure := readClaims(d, r)
	if failure != nil || c.Object == nil {
		return c, failure
	}
	if inner := c.Object.Member("token_introspection"); inner != nil && c.Format != "" {
		c.Object = inner
	}
	active := c.Object.Member("active")
	switch {
	case active == nil || active.Kind == rawjson.Null:
		return c, &Failure{Code: NoActive, Status: r.Status, Description: "the answer has no active, which says whether the token is"}
	case active.Kind != rawjson.Bool:
		return c, &Failure{Code: NoActive, Status: r.Status, Description: "active is a JSON " + active.Kind.String() + ", neither true nor false"}
	}
	return c, nil
}

// longestMask is more than a mask takes, in bytes: no answer of a megabyte is one.
const longestMask = 256

func readClaims(d flows.Dialect, r *flows.Response) (c Claims, f *Failure) {
	a := ReadAnswer(r)
	if f = a.Failure(d); f != nil || r == nil {
		return c, f
	}
	doc := a.Doc
	if text := bytes.TrimSpace(r.Body); doc == nil && len(text) > 0 && text[0] != '"' {
		if j, err := jose.Decode(string(text)); err == nil {
			doc, c.Format = j.ClaimsDoc, j.Format
		}
	}
	if c.Format == flows.FormatJWE || len(r.Body) < longestMask && flows.IsMask(string(r.Body)) { // a JWT that was kept masked
		return c, nil
	}
	none := func(why string) (Claims, *Failure) {
		return c, &Failure{Code: NoClaims, Status: r.Status, Description: why}
	}
	switch {
	case a.Form == FormEmpty:
		return none("the answer is empty")
	case a.Form == FormHTML:
		return none("a web page came instead of a JSON object")
	case doc == nil || doc.Root == nil || a.Form != FormJSON && c.Format == "":
		return none("the answer is neither a JSON object nor a JWT")
	case doc.Root.Kind != rawjson.Object:
		return none("the answer is a JSON " + doc.Root.Kind.String() + ", not an object")
	case unread(doc) != "":
		return none(unread(doc))
	}
	c.Object = doc.Root
	return c, nil
}
