package capture

import (
	"net/url"
	"slices"
	"strings"

	"oauthlens/flows"
)

// KindCode is an HTTP call in the source of a program: what browsers copy as fetch and as
// PowerShell, and what people write themselves.
const KindCode Kind = "code"

// codeCall is one call while it is being read.
type codeCall struct {
	request flows.Request
	body    bool
	losses  []string
}

const computedLoss = "a value that the program computes is not in the text, and was left out"

// readCode recognises fetch(...) and the PowerShell cmdlets Invoke-WebRequest and
// Invoke-RestMethod. Nothing is run: a variable stays unknown.
func readCode(p *paste) (Result, bool, error) {
	if len(p.text) > 4<<20 {
		return Result{}, false, nil
	}
	text, mended := straighten(p.text)
	calls, what, why := fetchCalls(text), "fetch call", "JavaScript that calls fetch with a URL"
	if len(calls) == 0 {
		calls, what, why = powershellCalls(text), "PowerShell command", "Invoke-WebRequest or Invoke-RestMethod with a URL"
	}
	if len(calls) == 0 {
		return Result{}, false, nil
	}
	r := p.result(KindCode, count(len(calls), what, what+"s"), why)
	r.Mended = append(r.Mended, mended...)
	var items []Item
	for _, c := range calls {
		items = append(items, Item{ID: len(items) + 1, Exchange: p.at(flows.Exchange{Request: c.finished()})})
		for _, loss := range c.losses {
			if !slices.Contains(r.Losses, loss) {
				r.Losses = append(r.Losses, loss)
			}
		}
	}
	r.finish(items, p.o)
	return r, true, nil
}

// finished fills in what the programs add themselves.
func (c *codeCall) finished() flows.Request {
	if c.request.Method == "" {
		c.request.Method = "GET"
	}
	c.request.Method = strings.ToUpper(c.request.Method)
	c.request.URL = clip(c.request.URL, maxURL)
	return c.request
}

func (c *codeCall) header(name, value string) {
	if name != "" && len(c.request.Headers) < maxHeaders && !c.request.Headers.Has(name) {
		c.request.Headers = append(c.request.Headers, flows.Header{Name: name, Value: value})
	}
}

func (c *codeCall) lose(unknown bool) {
	if unknown {
		c.losses = append(c.losses, computedLoss)
	}
}

const maxCalls = 200

// fetchCalls finds every fetch("URL", {...}) of a text.
func fetchCalls(text string) []*codeCall {
	var out []*codeCall
	for at := 0; len(out) < maxCalls; {
		i := strings.Index(text[at:], "fetch(")
		if i < 0 {
			return out
		}
		at += i + len("fetch(")
		if before := at - len("fetch(") - 1; before >= 0 && isNameByte(text[before]) {
			continue
		}
		r := literalReader{s: text, i: at}
		target := r.value()
		if target.kind != literalString || !strings.Contains(target.text, "://") {
			continue
		}
		c := &codeCall{request: flows.Request{URL: target.text, Headers: flows.Headers{}}}
		c.lose(target.computed)
		if r.take(',') {
			c.options(r.value())
		}
		out = append(out, c)
		at = max(at, min(r.i, len(text)))
	}
	return out
}

// options reads the second argument of fetch.
func (c *codeCall) options(o literal) {
	if m, ok := o.member("method"); ok {
		c.request.Method = m.text
	}
	if headers, ok := o.member("headers"); ok {
		for _, h := range headers.members {
			c.lose(h.value.computed)
			if !h.value.computed {
				c.header(h.name, h.value.text)
			}
		}
		c.lose(headers.computed)
	}
	if referrer, ok := o.member("referrer"); ok && referrer.text != "" {
		c.header("Referer", referrer.text)
	}
	body, ok := o.member("body")
	if !ok || body.kind == literalWord && body.text == "null" {
		return
	}
	c.lose(body.unknowns())
	if body.kind == literalString {
		c.request.Body = bound([]byte(body.text))
		if len(body.text) > 0 && strings.Contains(body.text, "=") && body.text[0] != '{' {
			c.header("Content-Type", "application/x-www-form-urlencoded") // what URLSearchParams is sent with
		}
	}
}

// powershellCalls finds the cmdlets of a text.
func powershellCalls(text string) []*codeCall {
	var out []*codeCall
	low := strings.Map(func(r rune) rune { // as long as the text, so that offsets agree
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
	if len(low) != len(text) {
		return nil
	}
	for at := 0; len(out) < maxCalls; {
		i := -1
		for _, name := range [...]string{"invoke-webrequest", "invoke-restmethod"} {
			if j := strings.Index(low[at:], name); j >= 0 && (i < 0 || j < i) {
				i = j
			}
		}
		if i < 0 {
			return out
		}
		at += i + len("invoke-webrequest")
		if c := powershellCall(text, &at); c != nil {
			out = append(out, c)
		}
	}
	return out
}

func powershellCall(text string, at *int) *codeCall {
	c := &codeCall{request: flows.Request{Headers: flows.Headers{}}}
	r := powershellReader{s: text, i: *at}
	for !r.ended() {
		name, isName := r.parameter()
		if !isName {
			if v := r.value(); c.request.URL == "" && v.kind == literalString && strings.Contains(v.text, "://") {
				c.request.URL = v.text // the URI is the first positional parameter
			}
			continue
		}
		switch name {
		case "uri":
			v := r.value()
			c.request.URL = v.text
			c.lose(v.computed)
		case "method":
			c.request.Method = r.value().text
		case "contenttype":
			c.header("Content-Type", r.value().text)
		case "useragent":
			c.header("User-Agent", r.value().text)
		case "headers":
			v := r.value()
			for _, h := range v.members {
				c.header(h.name, h.value.text)
			}
			c.lose(v.unknowns())
		case "body":
			c.powershellBody(r.value())
		case "usebasicparsing", "skipcertificatecheck", "skiphttperrorcheck", "usedefaultcredentials", "allowunencryptedauthentication":
		default:
			r.value()
		}
	}
	*at = min(r.i, len(text))
	if !strings.Contains(c.request.URL, "://") {
		return nil
	}
	if c.body {
		c.header("Content-Type", "application/x-www-form-urlencoded") // PowerShell's own
	}
	return c
}

// powershellBody: a string is sent as it is, a hash table as a form.
func (c *codeCall) powershellBody(v literal) {
	c.lose(v.unknowns())
	text := v.text
	if v.kind == literalObject {
		text = v.form()
	}
	if v.computed || text == "" {
		return
	}
	c.request.Body, c.body = bound([]byte(text)), true
}

func formEscape(s string) string { return url.QueryEscape(s) }
