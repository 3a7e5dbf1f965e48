package protocol

import (
	"strings"

	"oauthlens/flows"
)

// CallInput is what an API request with the token is made of.
type CallInput struct {
	TokenInput
	Call        flows.APICall
	AccessToken string
	TokenType   string
}

// APIRequest builds the request of the Call step: the token in the Authorization header
// (RFC 6750 section 2.1), or the credentials where the provider's call wants them.
func APIRequest(in CallInput) flows.Request {
	target := in.Call.Path
	if !strings.Contains(target, "://") {
		target = strings.TrimSuffix(in.Environment.Endpoints.API, "/") + "/" + strings.TrimPrefix(target, "/")
	}
	credentials := []flows.Param{{Name: "client_id", Value: in.Settings.ClientID}, {Name: "client_secret", Value: in.Secret.RevealSecret()}}
	query := in.Call.Query
	if in.Call.Auth == "client_query" {
		query = append(credentials, query...)
	}
	method := in.Call.Method
	if method == "" {
		method = "GET"
	}
	r := newRequest(method, addQuery(target, query), "application/json")
	switch in.Call.Auth {
	case "client_query", "client_json", "none":
	case "basic":
		r.Headers = append(r.Headers, flows.Header{Name: "Authorization", Value: BasicHeader(in.Provider.Dialect.BasicEncoding, in.Settings.ClientID, in.Secret.RevealSecret())})
	default:
		scheme := in.Provider.Dialect.AuthScheme
		if scheme == "" {
			scheme = "Bearer"
		}
		r.Headers = append(r.Headers, flows.Header{Name: "Authorization", Value: scheme + " " + in.AccessToken})
	}
	for _, h := range in.Call.Headers {
		r.Headers = r.Headers.With(h.Name, h.Value)
	}
	switch {
	case in.Call.Auth == "client_json":
		r = withJSON(r, credentials)
	case in.Call.Body != "":
		if !r.Headers.Has("Content-Type") {
			r.Headers = r.Headers.With("Content-Type", "application/json")
		}
		r = r.WithBody([]byte(in.Call.Body))
	case method != "GET" && method != "HEAD":
		r = r.WithBody(nil)
	}
	return r
}
