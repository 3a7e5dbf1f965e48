package protocol

import (
	"encoding/base64"
	"net/url"
	"strings"

	"oauthlens/flows"
)

// tokenMessage is a token request before its body is encoded.
type tokenMessage struct {
	params  []flows.Param
	headers flows.Headers
}

// ClientAuth adds the client's authentication to a token request (RFC 6749 section 2.3).
// It is a value: the profile or the user chooses one, and no other is ever tried.
type ClientAuth func(*tokenMessage)

// AuthWith returns the function for a method.
func AuthWith(method flows.AuthMethod, basic flows.BasicEncoding, clientID, secret string) ClientAuth {
	switch method {
	case flows.AuthBasic:
		return func(m *tokenMessage) {
			m.headers = append(m.headers, flows.Header{Name: "Authorization", Value: BasicHeader(basic, clientID, secret)})
		}
	case flows.AuthNone:
		return func(m *tokenMessage) {
			m.params = append(m.params, flows.Param{Name: "client_id", Value: clientID})
		}
	default: // client_secret_post and client_secret_json differ by the body's encoding
		return func(m *tokenMessage) {
			m.params = append(m.params, flows.Param{Name: "client_id", Value: clientID}, flows.Param{Name: "client_secret", Value: secret})
		}
	}
}

// BasicHeader is the value of the Authorization header. RFC 6749 section 2.3.1
// form-encodes both halves before they are joined; BasicRaw does not (RFC 7617 alone).
func BasicHeader(encoding flows.BasicEncoding, clientID, secret string) string {
	if encoding != flows.BasicRaw {
		clientID, secret = url.QueryEscape(clientID), url.QueryEscape(secret)
	}
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(clientID+":"+secret))
}

// BasicID is the client id in the credentials of HTTP Basic of a request, as it stands in
// them, form-encoded or not; empty if there are none that can be read.
func BasicID(r flows.Request) string {
	scheme, rest, _ := strings.Cut(strings.TrimSpace(r.Headers.Get("Authorization")), " ")
	if !strings.EqualFold(scheme, "Basic") {
		return ""
	}
	decoded, err := base64.StdEncoding.DecodeString(strings.TrimSpace(rest))
	id, _, colon := strings.Cut(string(decoded), ":")
	if err != nil || !colon {
		return ""
	}
	return id
}
