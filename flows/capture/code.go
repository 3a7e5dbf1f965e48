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

func formEscape(s string) string { return url.QueryEscape(s) }
