package capture

import (
	"html"
	"slices"
	"strings"

	"oauthlens/flows"
)

// readURL recognises an authorization URL and a callback URL, whole or as the part that
// people copy (from the path, the question mark or the number sign on).
func readURL(p *paste) (Result, bool, error) {
	if len(p.text) > maxURL {
		return Result{}, false, nil
	}
	if f := strings.Fields(p.text); len(f) > 1 && schemeOf(f[0]) && slices.ContainsFunc(f[1:], schemeOf) {
		return Result{}, false, nil // several
	}
	s, mended := mendURL(p.text)
	scheme := isScheme(s, "://")
	custom := !scheme && isScheme(s, ":") && strings.ContainsAny(s, "?#")
	relative := strings.HasPrefix(s, "/") && strings.Contains(s, "?") || strings.HasPrefix(s, "?") || strings.HasPrefix(s, "#")
	if !scheme && !custom && !relative || strings.ContainsAny(s, "\"{}<>") && !scheme {
		return Result{}, false, nil
	}
	_, _, path, query, fragment := splitURL(s)
	q, frag := pairs(query), pairs(fragment[flows.FragmentAt(fragment):])
	x := flows.Exchange{Request: flows.Request{Method: "GET", URL: s}}
	f := factsOf(&x)
	p.looked = "a URL without parameters of OAuth"
	r := Result{}
	switch {
	case q.has("grant_type") || q.has("client_secret"):
		r = p.result(KindDocSample, "a token request in a URL", "a URL with grant_type or client_secret in its query")
		r.finish([]Item{{ID: 1, Exchange: p.at(x)}}, p.o)
	case q.has("code_challenge") || q.has("response_type") || f.isAuthorize() && !q.has("code", "error"):
		r = p.result(KindAuthorizationURL, "an authorization URL", "a URL with "+present(q, "response_type", "client_id", "appid", "redirect_uri", "request_uri", "scope"))
		r.Mended = append(r.Mended, mended...)
		return p.single(r, flows.StepAuthorize, x), true, nil
	case showsTokens(f.host) && strings.Contains(s, "=ey"):
		inner := *p
		_, inner.text, _ = strings.Cut(s, "=ey")
		inner.text = "ey" + inner.text
		inner.mended = append(inner.mended, "it was taken out of the URL of a page that shows tokens")
		return readJWT(&inner)
	case frag.has("access_token", "id_token", "code", "error"):
		r = p.result(KindCallbackURL, "a callback URL", "a URL with "+present(frag, "access_token", "id_token", "code", "error", "state")+" in its fragment")
	case q.has("code", "error", "authCode", "auth_code", "id_token", "response"), q.has("state") && strings.Contains(strings.ToLower(path), "callback"):
		r = p.result(KindCallbackURL, "a callback URL", "a URL with "+present(q, "code", "authCode", "auth_code", "error", "id_token", "response", "state", "iss")+" in its query")
	case q.has("access_token"):
		r = p.result(KindDocSample, "an API call with its token in the URL", "a URL with access_token in its query")
		r.finish([]Item{{ID: 1, Exchange: p.at(x)}}, p.o)
	default:
		if inner := innerURL(q); inner != "" {
			return p.within(inner)
		}
		if f.isDiscovery() {
			p.looked = "the address of a discovery document; paste the document itself"
		}
		return Result{}, false, nil
	}
	r.Mended = append(r.Mended, mended...)
	if r.Kind == KindCallbackURL {
		if relative {
			r.Losses = append(r.Losses, "the scheme and host of the redirect URI are not there")
		}
		r = p.single(r, flows.StepCallback, x)
	}
	return r, true, nil
}

// isScheme tells that a text begins with the scheme of a URL (RFC 3986 section 3.1) and the
// sign. A host with its port is none.
func isScheme(s, sign string) bool {
	i := strings.Index(s, sign)
	if i < 1 || i > 40 || strings.Trim(strings.ToLower(s[:i]), "abcdefghijklmnopqrstuvwxyz0123456789+-.") != "" || s[0] >= '0' && s[0] <= '9' {
		return false
	}
	rest := s[i+len(sign):]
	port := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
	return sign != ":" || port == 0
}

// showsTokens tells the pages that people open with a token in the URL.
func showsTokens(host string) bool {
	return host == "jwt.io" || host == "www.jwt.io" || host == "jwt.ms" || host == "token.dev"
}

// innerURL is the URL of OAuth that another one carries as a parameter, as mail programs
// and login pages write it.
func innerURL(q params) string {
	for _, f := range q {
		if !isScheme(f.Value, "://") {
			continue
		}
		_, _, _, query, fragment := splitURL(f.Value)
		if p := append(pairs(query), pairs(fragment)...); p.has("code", "error", "response_type", "access_token", "id_token") {
			return f.Value
		}
	}
	return ""
}

// within reads the URL that was found in another one.
func (p *paste) within(inner string) (Result, bool, error) {
	q := *p
	q.text = inner
	q.mended = append(q.mended, "it was taken out of a parameter of another URL")
	return readURL(&q)
}

// mendURL joins a URL that was broken over lines and undoes what copying does to it.
func mendURL(s string) (string, []string) {
	var mended []string
	s = strings.TrimSpace(s)
	for _, lead := range [...]string{"GET ", "POST ", "Location: ", "location: ", "open: ", "URL: ", "url: "} {
		if rest, ok := strings.CutPrefix(s, lead); ok {
			s = strings.TrimSpace(rest)
		}
	}
	s = strings.TrimPrefix(unquote(s), "view-source:")
	if plain := strings.NewReplacer(`\u0026`, "&", `\/`, "/", `\?`, "?", `\&`, "&", `\=`, "=").Replace(s); plain != s {
		s = plain
		mended = append(mended, "the escapes of a string or a shell were taken out")
	}
	if before := withoutWords(s); before != s {
		s = before
		mended = append(mended, "the words behind the URL were left out")
	}
	if first, rest, ok := strings.Cut(s, " "); ok && strings.HasPrefix(rest, "HTTP/") {
		s = first
	}
	if w := oneWord(s); w != s && strings.Contains(s, "\n") {
		s = w
		mended = append(mended, "line breaks within the URL were taken out")
	} else if w != s && strings.Count(s, " ") <= 2 && !strings.Contains(s[:max(0, strings.Index(s, "://"))], " ") && !strings.Contains(s, "%20") && !strings.Contains(s, "scope=") {
		s = w
		mended = append(mended, "blanks within the URL were taken out")
	}
	if strings.Contains(s, "&amp;") {
		s = html.UnescapeString(s)
		mended = append(mended, "&amp; was read as &")
	}
	if h := addScheme(s); h != s {
		s = h
		mended = append(mended, "the URL has no scheme; one was put in front")
	}
	if t := strings.TrimRight(s, ".,;\"'>)"); t != s && strings.Contains(t, "?") {
		s = t
		mended = append(mended, "punctuation behind the URL was taken off")
	}
	return s, mended
}

// withoutWords cuts off what somebody wrote behind a URL. Behind a value that may hold
// blanks, such as a scope, and where signs of a URL follow, nothing is cut.
func withoutWords(s string) string {
	before, words, ok := strings.Cut(s, " ")
	if !ok || strings.ContainsAny(words, "&=%/?#:0123456789") || !strings.ContainsAny(before, "?#") {
		return s
	}
	last := before[strings.LastIndexAny(before, "?&#")+1:]
	switch name, value, _ := strings.Cut(last, "="); letters(name) {
	case "code", "state", "iss", "sessionstate", "nonce", "clientid", "responsetype", "codechallenge", "codechallengemethod":
		if value != "" {
			return before
		}
	}
	return s
}

// addScheme puts a scheme in front of a host: http for this machine, https for others.
func addScheme(s string) string {
	authority, rest, ok := strings.Cut(s, "/")
	if !ok {
		authority, rest, ok = strings.Cut(s, "?")
	}
	host := hostname(authority)
	local := flows.IsLoopbackHost(host)
	if !ok || authority == "" || !strings.ContainsAny(rest, "=") || strings.Trim(strings.ToLower(authority), "abcdefghijklmnopqrstuvwxyz0123456789.-:[]") != "" ||
		!local && (!strings.Contains(host, ".") || strings.Count(authority, ":") > 1 || strings.HasSuffix(authority, ":")) || !strings.ContainsAny(s, "?#") {
		return s
	}
	if local {
		return "http://" + s
	}
	return "https://" + s
}

// present lists which of the names occur.
func present(q params, names ...string) string {
	var out []string
	for _, n := range names {
		if q.has(n) {
			out = append(out, n)
		}
	}
	if len(out) == 0 {
		return "the path of an authorization endpoint"
	}
	if len(out) == 1 {
		return out[0]
	}
	return strings.Join(out[:len(out)-1], ", ") + " and " + out[len(out)-1]
}

// readForm recognises name=value&name=value: a form-encoded token answer, the body of a
// callback by form post, or the body of a token request.
func readForm(p *paste) (Result, bool, error) {
	s := unquote(p.text)
	if len(s) > maxURL || !strings.Contains(s, "=") {
		return Result{}, false, nil
	}
	if strings.Contains(s, "&amp;") {
		s, p.mended = html.UnescapeString(s), append(p.mended, "&amp; was read as &")
	}
	broken := strings.Contains(s, "\n")
	if broken {
		if !strings.Contains(s, "&") {
			return Result{}, false, nil // key=value lines: a sample
		}
		s = oneWord(s)
	}
	q := pairs(s)
	if strings.ContainsAny(s, " \"{}<>()") || len(q) == 0 || strings.Contains(q[0].Name, ":") {
		return Result{}, false, nil
	}
	if broken {
		p.mended = append(p.mended, "line breaks within the form were taken out")
	}
	switch {
	case q.has("grant_type") || q.has("client_secret") || q.has("code_verifier"):
		return p.form(s, "a token request's body", "a form with "+present(q, "grant_type", "client_secret", "code_verifier")), true, nil
	case q.has("access_token") && !q.has("state"):
		r := p.result(KindTokenResponse, "a token response as a form", "a form with "+present(q, "access_token", "token_type", "expires_in"))
		return p.single(r, flows.StepExchange, flows.Exchange{Response: pastedBody(s)}), true, nil
	case q.has("code", "state", "id_token", "access_token"):
		r := p.result(KindCallbackURL, "the body of a callback", "a form with "+present(q, "code", "id_token", "access_token", "error", "state"))
		r.Losses = append(r.Losses, "the redirect URI that it was sent to is not there")
		return p.single(r, flows.StepCallback, flows.Exchange{Request: flows.Request{Method: "POST", Body: []byte(s),
			Headers: flows.Headers{{Name: "Content-Type", Value: "application/x-www-form-urlencoded"}}}}), true, nil
	case q.has("response_type") || q.has("redirect_uri") && q.has("client_id"):
		r := p.result(KindAuthorizationURL, "the query of an authorization URL", "a form with "+present(q, "response_type", "client_id", "redirect_uri"))
		r.Losses = append(r.Losses, "the authorization endpoint itself is not there")
		return p.single(r, flows.StepAuthorize, flows.Exchange{Request: flows.Request{Method: "GET", URL: "?" + s}}), true, nil
	case q.has("error"):
		r := p.result(KindTokenResponse, "an error response as a form", "a form with "+present(q, "error", "error_description", "error_uri"))
		return p.single(r, flows.StepExchange, flows.Exchange{Response: pastedBody(s)}), true, nil
	}
	p.looked = "a form without parameters of OAuth"
	return Result{}, false, nil
}

// form is a request of which only the form body is known.
func (p *paste) form(body, what, why string) Result {
	r := p.result(KindDocSample, what, why)
	r.Losses = append(r.Losses, "the URL that it was sent to is not there")
	x := p.at(flows.Exchange{Request: flows.Request{Method: "POST", Body: []byte(body),
		Headers: flows.Headers{{Name: "Content-Type", Value: "application/x-www-form-urlencoded"}}}})
	r.finish([]Item{{ID: 1, Exchange: x}}, p.o)
	return r
}
