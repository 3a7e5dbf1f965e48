package runner

import (
	"net"
	"net/url"
	"strconv"
	"strings"

	"oauthlens/flows"
	"oauthlens/flows/visible"
)

// target is where a request goes.
type target struct {
	url    *url.URL
	host   string // without brackets, lower case
	port   string
	secure bool
}

// address is the form that dialers and CONNECT take.
func (t target) address() string { return net.JoinHostPort(t.host, t.port) }

// name is the address as it may be printed.
func (t target) name() string { return visible.Line(t.address()) }

// readTarget checks that the request can be written as one HTTP message to one server.
// A request that smuggles a second one in a line break is refused, not repaired: what is
// sent is what was shown.
func readTarget(request flows.Request) (target, *fault) {
	t, f := parseTarget(request.URL)
	if f != nil {
		return target{}, f
	}
	if t.url.User != nil {
		return target{}, badRequest("the URL holds a user or a password before the host, which no request carries (RFC 9110 section 4.2.4)")
	}
	if !isToken(request.Method) {
		return target{}, badRequest("the method is no HTTP token")
	}
	if strings.ContainsFunc(request.Target(), isBlankOrControl) {
		return target{}, badRequest("the URL contains a blank or a control character: percent-encode it")
	}
	for _, h := range request.Headers {
		if !isToken(h.Name) {
			return target{}, badRequest("the header name %q is no HTTP token", visible.Line(h.Name))
		}
		if strings.ContainsAny(h.Value, "\r\n\x00") {
			return target{}, badRequest("the value of the header %s contains a line break or NUL", h.Name)
		}
	}
	return t, nil
}

func parseTarget(rawURL string) (target, *fault) {
	u, err := url.Parse(rawURL)
	if err != nil {
		return target{}, &fault{kind: flows.ErrorProtocol, reason: "bad-url", text: "the URL cannot be read: check its host, port and percent-encoding"}
	}
	if u.Scheme != "http" && u.Scheme != "https" {
		return target{}, &fault{kind: flows.ErrorProtocol, reason: "scheme",
			text: "only http and https URLs are requested, and this one begins with " + quoteScheme(u.Scheme)}
	}
	t := target{url: u, host: strings.ToLower(u.Hostname()), port: u.Port(), secure: u.Scheme == "https"}
	if t.host == "" {
		return target{}, &fault{kind: flows.ErrorProtocol, reason: "bad-url", text: "the URL names no host"}
	}
	if why := flows.HostProblem(t.host); why != "" {
		return target{}, &fault{kind: flows.ErrorProtocol, reason: "bad-url", text: "the URL names a host that " + why}
	}
	if t.port == "" {
		t.port = map[bool]string{false: "80", true: "443"}[t.secure]
	}
	if n, err := strconv.Atoi(t.port); err != nil || n < 1 || n > 65535 {
		return target{}, &fault{kind: flows.ErrorProtocol, reason: "bad-url", text: "the port of the URL is not between 1 and 65535"}
	}
	return t, nil
}

func quoteScheme(scheme string) string {
	if scheme == "" {
		return "no scheme"
	}
	return strconv.Quote(visible.Line(scheme) + ":")
}

func badRequest(format string, args ...any) *fault {
	return newFault(flows.ErrorProtocol, "bad-request", "the request was not sent: "+format, args...)
}

// isToken tells whether s is a token of RFC 9110 section 5.6.2.
func isToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
	})
}

func isBlankOrControl(r rune) bool { return r <= ' ' || r == 0x7f }
