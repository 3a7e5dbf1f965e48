package runner

import (
	"context"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"oauthlens/flows"
)

// maxHops bounds the pages and redirects of one consent.
const maxHops = 12

// Consent acts as the person's browser at the simulator: it opens the authorization URL,
// presses the button of the form marked data-oauthlens="consent", and follows to the
// redirect URI, where the listener waits. Every exchange with the authorization server is
// emitted with StepAuthorize and the ID of the effect: as ExchangeStarted before it is sent,
// but for the first, which whoever asked for the effect knows, and as ExchangeFinished. The last
// step, the GET or POST of the redirect URI, is emitted only if nobody answers there, since
// otherwise the listener reports it. A 200 answer without a form ends it: what it holds is for the
// session to read.
//
// It talks to this machine only: nothing here may ever press a button at a real provider.
// When the redirect URI is elsewhere it is not opened, and pasted is the URL that the
// browser would have gone to, to be treated like a paste.
func (r *Runner) Consent(ctx context.Context, c flows.Consent, emit func(flows.Event)) (pasted string) {
	ctx, cancel := context.WithTimeout(ctx, bound(c.Timeout))
	defer cancel()
	a := &agent{runner: r, ctx: ctx, consent: c, emit: emit, cookies: map[string]map[string]string{}}
	a.deadline, _ = ctx.Deadline()
	if u, err := url.Parse(c.URL); err == nil {
		a.redirectURI = u.Query().Get("redirect_uri")
	}
	if !onThisMachine(c.URL) {
		a.report(flows.Exchange{
			Step: flows.StepAuthorize, Request: flows.Request{Method: "GET", URL: c.URL, Headers: flows.Headers{}},
			Started: r.now().Round(0), Ended: r.now().Round(0),
			Error: &flows.TransportError{Kind: flows.ErrorProtocol, Stage: stageConnect, Reason: "scheme",
				Message: "consent without a browser is for the simulator on this machine only: open the URL in a browser"},
		})
		return ""
	}
	return a.browse(c.URL)
}

// agent is the small user agent.
type agent struct {
	runner      *Runner
	ctx         context.Context
	consent     flows.Consent
	emit        func(flows.Event)
	deadline    time.Time
	redirectURI string // of the authorization request, if it says so
	cookies     map[string]map[string]string
}

// browse goes from page to page until there is nothing left to follow.
func (a *agent) browse(start string) (pasted string) {
	next, body := start, (*form)(nil)
	for hop := range maxHops {
		last := a.isRedirectURI(next)
		if !onThisMachine(next) {
			return next
		}
		request := a.request(next, body)
		started := flows.ExchangeStarted{ID: a.consent.ID, Step: flows.StepAuthorize, Request: request}
		if hop > 0 && !last {
			a.emit(started)
		}
		x := a.open(next, request)
		if last && x.Error != nil {
			a.emit(started)
		}
		if !last || x.Error != nil {
			a.report(x)
		}
		if last {
			a.reportFragment(next, x)
		}
		if x.Error != nil || x.Response == nil || last {
			return ""
		}
		if next, body = a.follow(x); next == "" {
			return ""
		}
	}
	return ""
}

func (a *agent) report(x flows.Exchange) {
	a.emit(flows.ExchangeFinished{ID: a.consent.ID, Exchange: x})
}

// follow finds where a page leads: its redirect, or the form that is to be sent.
func (a *agent) follow(x flows.Exchange) (next string, body *form) {
	base, err := url.Parse(x.Request.URL)
	if err != nil {
		return "", nil
	}
	target := ""
	if status := x.Response.Status; status/100 == 3 {
		target = x.Response.Headers.Get("Location")
	} else if f, ok := findForm(string(x.Response.Body), "consent", "form-post"); ok {
		if f.mark == "consent" {
			f.fields.Set("decision", map[bool]string{false: "allow", true: "deny"}[a.consent.Deny])
		}
		target, body = f.action, &f
		if target == "" {
			target = x.Request.URL
		}
	}
	if target == "" {
		return "", nil
	}
	to, err := base.Parse(target)
	if err != nil || (to.Scheme != "http" && to.Scheme != "https") {
		return "", nil
	}
	// An absolute target is kept as it was written: the callback's query must not be
	// normalised on its way.
	if strings.HasPrefix(target, to.Scheme+"://") {
		return target, body
	}
	return to.String(), body
}

// request is what a browser would send for a page or a form.
func (a *agent) request(rawURL string, body *form) flows.Request {
	request := flows.Request{Method: "GET", URL: rawURL, Headers: flows.Headers{
		{Name: "Host", Value: flows.HostOf(rawURL)},
		{Name: "User-Agent", Value: "oauthlens (consent without a browser)"},
		{Name: "Accept", Value: "text/html, application/json;q=0.9"},
	}}
	if cookies := a.cookiesFor(rawURL); cookies != "" {
		request.Headers = append(request.Headers, flows.Header{Name: "Cookie", Value: cookies})
	}
	if body != nil && body.method == "post" {
		request.Method = "POST"
		request.Headers = append(request.Headers, flows.Header{Name: "Content-Type", Value: "application/x-www-form-urlencoded"})
		request = request.WithBody([]byte(body.fields.Encode()))
	}
	return request
}

// open does one request, recorded like any other.
func (a *agent) open(rawURL string, request flows.Request) flows.Exchange {
	x := a.sender(rawURL).send(a.ctx, flows.StepAuthorize, request, max(time.Millisecond, time.Until(a.deadline)))
	a.keepCookies(rawURL, x.Response)
	return x
}

// sender is the runner without a proxy, which has no business on this machine. At an
// https redirect URI it accepts the listener's self-signed certificate, as the person in
// front of a browser would: onThisMachine has been asked before.
func (a *agent) sender(rawURL string) *Runner {
	r := *a.runner
	r.Proxy = func(*url.URL) (*url.URL, error) { return nil, nil }
	r.acceptSelfSigned = a.isRedirectURI(rawURL) && onThisMachine(rawURL)
	return &r
}

// isRedirectURI tells whether the URL is the redirect URI of the request, with an answer.
func (a *agent) isRedirectURI(rawURL string) bool {
	if a.redirectURI == "" {
		return false
	}
	rest, ok := strings.CutPrefix(rawURL, a.redirectURI)
	return ok && (rest == "" || strings.ContainsAny(rest[:1], "?&#"))
}

// reportFragment does what the script of the listener's page does in a browser.
func (a *agent) reportFragment(rawURL string, x flows.Exchange) {
	before, fragment, ok := strings.Cut(rawURL, "#")
	if !ok || !strings.Contains(fragment, "=") || x.Response == nil {
		return
	}
	var names []string
	for pair := range strings.SplitSeq(fragment, "&") {
		name, _, _ := strings.Cut(pair, "=")
		names = append(names, url.QueryEscape(name))
	}
	path, _, _ := strings.Cut(before, "?")
	page := path + "?" + fragmentParameter + "=" + strings.Join(names, ",")
	_ = a.open(page, a.request(page, nil))
}

// onThisMachine tells whether the URL is http or https at a loopback address.
func onThisMachine(rawURL string) bool {
	u, err := url.Parse(rawURL)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") {
		return false
	}
	host := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || (err == nil && ip.IsLoopback())
}

// keepCookies remembers names and values by host, all that the simulator needs.
func (a *agent) keepCookies(rawURL string, response *flows.Response) {
	if response == nil {
		return
	}
	host := flows.HostOf(rawURL)
	for _, line := range response.Headers.Values("Set-Cookie") {
		pair, _, _ := strings.Cut(line, ";")
		name, value, ok := strings.Cut(trimBlank(pair), "=")
		if !ok || !isToken(name) || len(a.cookies[host]) >= 50 {
			continue
		}
		if a.cookies[host] == nil {
			a.cookies[host] = map[string]string{}
		}
		a.cookies[host][name] = value
	}
}

func (a *agent) cookiesFor(rawURL string) string {
	cookies := a.cookies[flows.HostOf(rawURL)]
	var pairs []string
	for name, value := range cookies {
		pairs = append(pairs, name+"="+value)
	}
	slices.Sort(pairs)
	return strings.Join(pairs, "; ")
}
