package capture

import (
	"html"
	"net/url"
	"strings"

	"oauthlens/flows"
)

// errorWords are what a page says that is about OAuth gone wrong.
var errorWords = [...]string{"redirect_uri", "redirect uri", "redirect url", "invalid_request", "invalid_client", "invalid_scope", "invalid_grant",
	"unauthorized_client", "access_denied", "unsupported_response_type", "unsupported_grant_type", "server_error", "temporarily_unavailable", "aadsts",
	"error 400", "error 401", "error 403", "401 that", "oauth", "client_id", "authorization error", "authorisation error", "bad request", "forbidden",
	"unauthorized", "access blocked", "just a moment", "attention required", "bad gateway", "service unavailable", "gateway time", "not found",
	"too large", "internal server error", "plain http request", "captcha", "access denied", "something went wrong", "error"}

// readPage recognises an HTML page: one that posts an authorization response back
// (response_mode=form_post) is a callback, one that speaks of an error an error page.
func readPage(p *paste) (Result, bool, error) {
	low := strings.ToLower(p.text[:min(len(p.text), 1<<20)])
	if !strings.HasPrefix(low, "<!doctype html") && !strings.HasPrefix(low, "<html") && !strings.HasPrefix(low, "<head") && !strings.HasPrefix(low, "<body") &&
		!strings.HasPrefix(low, "<form") && !strings.HasPrefix(low, "<!--") && !strings.HasPrefix(low, "<title") && !strings.HasPrefix(low, "<h1") {
		return Result{}, false, nil
	}
	if action, fields, ok := formPost(p.text); ok && fields.has("code", "id_token", "error", "access_token", "response") {
		r := p.result(KindCallbackURL, "a page that posts the callback", "an HTML form with "+present(fields, "code", "id_token", "access_token", "error", "response", "state")+
			" as hidden fields (response_mode=form_post)")
		body := url.Values{}
		for _, f := range fields {
			body.Add(f.Name, f.Value)
		}
		return p.single(r, flows.StepCallback, flows.Exchange{Request: flows.Request{Method: "POST", URL: action, Body: []byte(body.Encode()),
			Headers: flows.Headers{{Name: "Content-Type", Value: "application/x-www-form-urlencoded"}}}}), true, nil
	}
	for _, w := range errorWords {
		if strings.Contains(low, w) {
			r := p.result(KindErrorPage, "an error page", "an HTML page that speaks of "+w)
			return p.single(r, flows.StepAuthorize, flows.Exchange{Response: pastedBody(p.text)}), true, nil
		}
	}
	p.looked = "an HTML page without an error in it"
	return Result{}, false, nil
}

// formPost reads the action and the hidden fields of the first form of a page.
func formPost(page string) (action string, fields params, ok bool) {
	form := tags(page, "form", 1)
	if len(form) == 0 || !strings.EqualFold(attribute(form[0], "method"), "post") {
		return "", nil, false
	}
	action = html.UnescapeString(attribute(form[0], "action"))
	for _, tag := range tags(page, "input", 200) {
		if name := attribute(tag, "name"); name != "" {
			fields = append(fields, flows.Param{Name: html.UnescapeString(name), Value: html.UnescapeString(attribute(tag, "value"))})
		}
	}
	return clip(action, maxURL), fields, action != ""
}

// tags returns the first tags of that name, without their angle brackets.
func tags(page, name string, limit int) []string {
	var out []string
	for i := 0; len(out) < limit; {
		j := strings.IndexByte(page[i:], '<')
		if j < 0 {
			return out
		}
		i += j + 1
		rest := page[i:]
		if len(rest) <= len(name) || !strings.EqualFold(rest[:len(name)], name) || strings.IndexByte(" \t\n/", rest[len(name)]) < 0 {
			continue
		}
		end := tagEnd(rest)
		out = append(out, rest[len(name):end])
		i += end
	}
	return out
}

// tagEnd is where the tag's '>' stands, outside of quotes.
func tagEnd(s string) int {
	var quote byte
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return i
		}
	}
	return len(s)
}

// attribute reads one attribute from the inside of a tag.
func attribute(tag, name string) string {
	for s := tag; s != ""; {
		s = strings.TrimLeft(s, " \t\n/")
		end := strings.IndexAny(s, "= \t\n")
		if end < 0 {
			return ""
		}
		key := s[:end]
		s = strings.TrimLeft(s[end:], " \t\n")
		if !strings.HasPrefix(s, "=") {
			continue
		}
		s = strings.TrimLeft(s[1:], " \t\n")
		var value string
		if s != "" && (s[0] == '"' || s[0] == '\'') {
			value, s, _ = strings.Cut(s[1:], s[:1])
		} else if i := strings.IndexAny(s, " \t\n"); i >= 0 {
			value, s = s[:i], s[i:]
		} else {
			value, s = s, ""
		}
		if strings.EqualFold(key, name) {
			return value
		}
	}
	return ""
}
