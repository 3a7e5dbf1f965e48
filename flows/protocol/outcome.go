package protocol

import (
	"bytes"
	"slices"

	"oauthlens/flows"
	"oauthlens/flows/rawjson"
)

// SucceededBy is Succeeded with a dialect at hand.
func SucceededBy(d flows.Dialect) func(flows.Step) bool {
	return func(step flows.Step) bool { return Succeeded(d, step) }
}

// Succeeded tells whether a step did what it is for, by the dialect's own tests. A token
// request did not if its answer is damaged, whatever can be read of it (see TokenReading).
func Succeeded(d flows.Dialect, step flows.Step) bool {
	x := step.Exchange
	if step.Callback != nil {
		return step.Callback.Verdict == flows.CallbackAccepted
	}
	if x.Error != nil {
		return false
	}
	switch step.Kind {
	case flows.StepAuthorizeURL:
		if x.Response == nil {
			return true // built here, nothing was sent
		}
		_, failure := ReadAuthorizeURLCall(d, x.Response)
		return failure == nil
	case flows.StepCallback:
		cb := ReadCallback(x.Request, nil)
		return cb.Error == nil && cb.Code != ""
	case flows.StepExchange, flows.StepRefresh:
		return ReadToken(TokenContext{Dialect: d, ReceivedAt: x.Ended}, x.Response).Failure == nil
	case flows.StepDiscovery:
		m, failure := ReadMetadata("", x.Response)
		if failure == nil && !slices.Contains(DiscoveryURLs(m.Issuer), x.Request.URL) {
			_, failure = ReadMetadata(issuerAsked(x.Request.URL), x.Response)
		}
		return failure == nil
	case flows.StepJWKS:
		return IsKeySet(x.Response)
	case flows.StepCall: // a redirect is not followed, so nothing was delivered
		return x.Response != nil && x.Response.Status/100 == 2
	case flows.StepAuthorize, flows.StepOther:
		return x.Response != nil && x.Response.Status > 0 && x.Response.Status < 400
	}
	return x.Response != nil && AnswerFailure(d, step.Kind, x.Response) == nil
}

// AnswerFailure judges an answer of the endpoints that issue no token and are nobody's API:
// the revocation endpoint may say anything but an error (RFC 7009 section 2.2), the others
// have to say what they are for.
func AnswerFailure(d flows.Dialect, kind flows.StepKind, r *flows.Response) *Failure {
	var f *Failure
	switch kind {
	case flows.StepUserInfo:
		_, f = ReadUserInfo(d, r)
	case flows.StepIntrospect:
		_, f = ReadIntrospection(d, r)
	default:
		f = ReadAnswer(r).Failure(d)
	}
	return f
}

// Recorded is Succeeded for traffic whose provider is not known. An endpoint that is called
// userinfo or tokeninfo need not be the one of a specification there, and any answer that is
// no refusal will do. Who cleans a recording shortens its bodies, so that a token answer which
// is whole JSON counts as whole, whatever its recorded length is.
func Recorded(step flows.Step) bool {
	x := step.Exchange
	switch step.Kind {
	case flows.StepExchange, flows.StepRefresh:
		if r := x.Response; r != nil && r.Problem != "" {
			whole := *r
			whole.Problem = ""
			step.Exchange.Response = &whole
		}
	case flows.StepUserInfo, flows.StepIntrospect:
		return x.Error == nil && x.Response != nil && ReadAnswer(x.Response).Failure(Tolerant()) == nil
	}
	return Succeeded(Tolerant(), step)
}

// IsKeySet tells whether an answer can be a key set: JSON with keys in it, or what begins like
// that and breaks off. What it holds is for package jose.
func IsKeySet(r *flows.Response) bool {
	if r == nil || r.Status != 200 {
		return false
	}
	body := bytes.TrimSpace(bytes.TrimPrefix(r.Body, []byte("\xef\xbb\xbf")))
	if len(body) == 0 || body[0] != '{' {
		return len(body) > 0 && body[0] == '['
	}
	if bytes.Contains(body, []byte(`"keys"`)) || bytes.Contains(body, []byte(`"kty"`)) {
		return true // not read twice, since it may be large
	}
	doc, err := rawjson.Parse(body)
	if err != nil {
		return true
	}
	return unread(doc) != "" || doc.Root.Member("keys") != nil || doc.Root.Member("kty") != nil
}
