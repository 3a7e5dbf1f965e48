package protocol

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"oauthlens/flows"
	"oauthlens/flows/rawjson"
)

// AuthorizeInput is what an authorization request is made of.
type AuthorizeInput struct {
	Provider    flows.Provider
	Environment flows.Environment
	Settings    flows.Settings
	Drawn       flows.Drawn
}

// AuthorizeParams lists the parameters of the authorization request in order
// (RFC 6749 section 4.1.1, RFC 7636 section 4.3), the profile's constants and the
// user's edits included. profile is what the profile alone would have built.
func AuthorizeParams(in AuthorizeInput) (params, profile []flows.Param) {
	d := in.Provider.Dialect
	profile = append(profile, flows.Param{Name: "client_id", Value: in.Settings.ClientID},
		flows.Param{Name: "redirect_uri", Value: in.Settings.RedirectURI})
	if !d.OmitResponseType {
		profile = append(profile, flows.Param{Name: "response_type", Value: "code"})
	}
	if len(in.Settings.Scopes) > 0 {
		profile = append(profile, flows.Param{Name: "scope", Value: JoinScopes(d, in.Settings.Scopes)})
	}
	profile = append(profile, flows.Param{Name: "state", Value: in.Drawn.State.RevealSecret()})
	if method := in.Settings.PKCE; method == flows.PKCES256 || method == flows.PKCEPlain {
		profile = append(profile,
			flows.Param{Name: "code_challenge", Value: Challenge(method, in.Drawn.Verifier.RevealSecret())},
			flows.Param{Name: "code_challenge_method", Value: string(method)})
	}
	if slices.Contains(in.Settings.Scopes, "openid") {
		profile = append(profile, flows.Param{Name: "nonce", Value: in.Drawn.Nonce})
	}
	profile = append(profile, d.AuthorizeParams...)
	return ApplyEdits(profile, in.Settings.AuthorizeEdits), profile
}

// AuthorizeURL builds the authorization request as a URL.
func AuthorizeURL(in AuthorizeInput) flows.AuthorizationBuilt {
	params, _ := AuthorizeParams(in)
	return flows.AuthorizationBuilt{
		URL:        addQuery(in.Environment.Endpoints.Authorization, params),
		Params:     params,
		Deviations: editDeviations(in.Settings.AuthorizeEdits),
	}
}

// AuthorizeURLCall builds the request to a provider that hands out its authorization URL
// by a call. response_type and PKCE do not belong to this call.
func AuthorizeURLCall(in AuthorizeInput) flows.Request {
	params, _ := AuthorizeParams(in)
	kept := slices.DeleteFunc(params, func(p flows.Param) bool { return p.Name == "response_type" })
	return newRequest("GET", addQuery(in.Environment.Endpoints.AuthorizeURL, kept), "application/json")
}

// ReadAuthorizeURLCall reads the URL out of the answer.
func ReadAuthorizeURLCall(d flows.Dialect, r *flows.Response) (string, *Failure) {
	a := ReadAnswer(r)
	if f := a.Failure(d); f != nil {
		return "", f
	}
	n := a.First(append(slices.Clone(d.Fields.AuthorizeURL), "$.authorize_url", "$.authorization_url", "$.url"))
	switch {
	case n == nil || n.Kind != rawjson.String || n.Text == "":
	case flows.URLProblem(n.Text) != "" || strings.ContainsFunc(n.Text, unicode.IsControl):
		return "", &Failure{Code: "unusable_authorize_url", Description: "the authorization URL in the answer is not opened: it " + cmp.Or(flows.URLProblem(n.Text), "holds a control character")}
	default:
		return n.Text, nil
	}
	return "", &Failure{Code: "unexpected_answer", Description: "the answer has no authorization URL"}
}
