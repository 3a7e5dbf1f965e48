package protocol

import (
	"crypto/subtle"
	"net/url"
	"strings"

	"oauthlens/flows"
)

// Callback is an authorization response as decoded (RFC 6749 section 4.1.2, RFC 9207).
type Callback struct {
	Params   []flows.Param
	Code     string
	State    string
	HasState bool
	Issuer   string
	HasIss   bool
	Error    *Failure
	Problems []string
	// Fragment: the parameters stood behind '#'.
	Fragment bool
	// Repeated names occur more than once, which RFC 6749 section 3.1 forbids.
	Repeated []string
}

// ReadCallback reads the parameters of the browser's request: from the query, the form
// body of a POST (form_post), or a fragment in a pasted URL. codeNames are the parameter
// names under which the provider sends the code; nil means "code".
func ReadCallback(req flows.Request, codeNames []string) Callback {
	raw, fragment := req.Query(), false
	if _, behind, ok := strings.Cut(req.URL, "#"); ok && !looksLikeParams(raw) {
		if behind = behind[flows.FragmentAt(behind):]; looksLikeParams(behind) {
			raw, fragment = behind, true
		}
	}
	if req.Method == "POST" && len(req.Body) > 0 {
		raw = string(req.Body)
	}
	cb := Callback{Fragment: fragment}
	cb.Params, cb.Problems = DecodeForm(raw)
	if len(codeNames) == 0 {
		codeNames = []string{"code"}
	}
	counts := map[string]int{}
	for _, p := range cb.Params {
		counts[p.Name]++
		if counts[p.Name] == 2 {
			cb.Repeated = append(cb.Repeated, p.Name)
		}
	}
	for _, name := range codeNames {
		if v, n := Get(cb.Params, name); n > 0 {
			cb.Code = v
			break
		}
	}
	cb.State, cb.HasState = value(cb.Params, "state")
	cb.Issuer, cb.HasIss = value(cb.Params, "iss")
	if code, ok := value(cb.Params, "error"); ok {
		desc, _ := value(cb.Params, "error_description")
		uri, _ := value(cb.Params, "error_uri")
		cb.Error = &Failure{Code: code, Description: desc, URI: uri}
	}
	return cb
}

func value(params []flows.Param, name string) (string, bool) {
	v, n := Get(params, name)
	return v, n > 0
}

func looksLikeParams(s string) bool {
	for _, name := range []string{"code=", "state=", "error=", "access_token=", "id_token="} {
		if strings.HasPrefix(s, name) || strings.Contains(s, "&"+name) {
			return true
		}
	}
	return false
}

// JudgeCallback tells what a hit on the redirect URI is: only an answer that carries the
// state of this flow can be accepted or end it (RFC 6749 section 10.12), and an iss that
// names another server is refused (RFC 9207 section 2.4).
func JudgeCallback(expect flows.CallbackExpectation, req flows.Request) (flows.CallbackVerdict, string) {
	cb := ReadCallback(req, expect.CodeNames)
	want := expect.State.RevealSecret()
	switch {
	case cb.Code == "" && cb.Error == nil:
		if cb.Fragment {
			return flows.CallbackFragment, "the answer stands behind '#', where a server never sees it"
		}
		return flows.CallbackEmpty, emptyWhy(cb.Params)
	case len(cb.Repeated) > 0 && repeatsCore(cb.Repeated):
		return flows.CallbackRefused, "the parameter " + strings.Join(cb.Repeated, ", ") + " occurs more than once"
	case want != "" && !cb.HasState:
		return flows.CallbackRefused, "the callback carries no state, although one was sent"
	case want != "" && subtle.ConstantTimeCompare([]byte(cb.State), []byte(want)) != 1:
		return flows.CallbackRefused, stateWhy(cb.State, want)
	case cb.HasIss && expect.Issuer != "" && cb.Issuer != expect.Issuer:
		return flows.CallbackRefused, "iss names another authorization server than the one that was asked"
	case !cb.HasIss && expect.IssRequired:
		return flows.CallbackRefused, "the server's metadata promises iss in the callback, but it is absent"
	case cb.Error != nil:
		return flows.CallbackError, "the provider answered with an error"
	case cb.Fragment:
		return flows.CallbackFragment, "the answer stands behind '#', where a server never sees it"
	}
	return flows.CallbackAccepted, "code received, state as sent"
}

// emptyWhy names what came in place of a code, where a response type or mode was at work
// that is not read here.
func emptyWhy(params []flows.Param) string {
	for _, p := range params {
		switch p.Name {
		case "response":
			return "the callback carries neither code nor error but a JWT (response_mode=jwt), which is not read here: ask for response_mode=query"
		case "access_token", "id_token":
			return "the callback carries neither code nor error but a token: ask for response_type=code"
		}
	}
	return "the callback carries neither code nor error"
}

func repeatsCore(names []string) bool {
	for _, n := range names {
		switch n {
		case "code", "state", "error", "iss":
			return true
		}
	}
	return false
}

func stateWhy(got, want string) string {
	if once, err := url.QueryUnescape(got); err == nil && once == want {
		return "the state is the one sent, percent-encoded once too often"
	}
	if once, err := url.QueryUnescape(want); err == nil && once == got {
		return "the state is the one sent, percent-decoded once too often"
	}
	if got != "" && strings.HasPrefix(want, got) {
		return "the state is the one sent, cut off"
	}
	return "the state is not the one that was sent: it belongs to another flow, or the callback is forged"
}
