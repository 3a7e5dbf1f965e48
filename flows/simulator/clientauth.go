package simulator

import (
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"oauthlens/flows"
)

// presented is how a client said who it is.
type presented struct {
	method flows.AuthMethod
	id     string
	secret string
}

// authenticate reads and checks the client authentication of a request (RFC 6749
// section 2.3) against the methods that are accepted.
func (c *call) authenticate(p params, body flows.BodyEncoding, accepted []flows.AuthMethod) (Client, *oauthError) {
	who, fault := c.present(p, body)
	if fault != nil {
		return Client{}, fault
	}
	refuse := func(text string) (Client, *oauthError) {
		return Client{}, &oauthError{code: "invalid_client", text: text, basic: who.method == flows.AuthBasic || slices.Contains(accepted, flows.AuthBasic) && !slices.Contains(accepted, who.method)}
	}
	if who.id == "" {
		return refuse("client_id is missing")
	}
	client, known := c.t.sim.client(c.t, who.id)
	switch {
	case !known:
		return refuse("client not found")
	case client.Public() && who.method == flows.AuthNone:
		return client, nil
	case client.Public():
		return refuse("this is a public client: it must not authenticate with a secret")
	case who.method == flows.AuthNone:
		return refuse("client_secret is missing")
	case !slices.Contains(accepted, who.method):
		return refuse("client authentication method " + string(who.method) + " is not accepted, use " + joinMethods(accepted))
	case subtle.ConstantTimeCompare([]byte(who.secret), []byte(client.Secret)) != 1:
		return refuse("client authentication failed")
	}
	return client, nil
}

func joinMethods(m []flows.AuthMethod) string {
	var names []string
	for _, v := range m {
		names = append(names, string(v))
	}
	return strings.Join(names, " or ")
}

// present finds the credentials in the Authorization header or in the body. Both at
// once are refused (RFC 6749 section 2.3).
func (c *call) present(p params, body flows.BodyEncoding) (presented, *oauthError) {
	secret, inBody := p.get("client_secret"), slices.ContainsFunc(p, func(f flows.Param) bool { return f.Name == "client_secret" })
	header := c.r.Header.Get("Authorization")
	if scheme, rest, _ := strings.Cut(header, " "); strings.EqualFold(scheme, "Basic") {
		if inBody {
			return presented{}, &oauthError{code: "invalid_request", text: "the client authenticates by two methods at once: HTTP Basic and the body"}
		}
		id, secret, ok := basicCredentials(rest, c.t.provider.Dialect.BasicEncoding)
		if !ok {
			return presented{}, &oauthError{code: "invalid_client", text: "the Basic credentials cannot be decoded", basic: true}
		}
		if other := p.get("client_id"); other != "" && other != id {
			return presented{}, &oauthError{code: "invalid_request", text: "client_id in the body differs from that of HTTP Basic"}
		}
		return presented{flows.AuthBasic, id, secret}, nil
	}
	method := flows.AuthNone
	if inBody {
		method = flows.AuthPost
		if body == flows.BodyJSON {
			method = flows.AuthJSON
		}
	}
	return presented{method, p.get("client_id"), secret}, nil
}

// basicCredentials decodes HTTP Basic (RFC 7617 section 2), and undoes the form-encoding
// of RFC 6749 section 2.3.1 unless the provider takes the two halves raw.
func basicCredentials(encoded string, enc flows.BasicEncoding) (id, secret string, ok bool) {
	data, err := base64.StdEncoding.DecodeString(strings.TrimSpace(encoded))
	if err != nil {
		return "", "", false
	}
	id, secret, ok = strings.Cut(string(data), ":")
	if !ok || enc == flows.BasicRaw {
		return id, secret, ok
	}
	id, err = url.QueryUnescape(id)
	if err != nil {
		return "", "", false
	}
	secret, err = url.QueryUnescape(secret)
	return id, secret, err == nil
}

// basicClient checks HTTP Basic at the API of a provider that has no tokens.
func (c *call) basicClient() (Client, bool) {
	scheme, rest, _ := strings.Cut(c.r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Basic") {
		return Client{}, false
	}
	id, secret, ok := basicCredentials(rest, c.t.provider.Dialect.BasicEncoding)
	client, known := c.t.sim.client(c.t, id)
	if !ok || !known || client.Public() || subtle.ConstantTimeCompare([]byte(secret), []byte(client.Secret)) != 1 {
		return Client{}, false
	}
	return client, true
}

// unauthorized refuses an API call (RFC 6750 section 3, RFC 7617 section 2).
func (c *call) unauthorized(challenge string, e oauthError) {
	c.w.Header().Set("WWW-Authenticate", challenge)
	c.note = e.code + ": " + e.text
	status := e.status
	if status == 0 {
		status = http.StatusUnauthorized
	}
	c.json(status, object{{"error", e.code}, {"error_description", e.text}})
}
