package flows

import (
	"bytes"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Header is one header field as written: order, case and repeats are kept.
type Header struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Headers is a list of header fields in the order of the wire.
type Headers []Header

// Get returns the first value of the field, compared without case.
func (h Headers) Get(name string) string {
	for _, f := range h {
		if strings.EqualFold(f.Name, name) {
			return f.Value
		}
	}
	return ""
}

// Has tells whether the field is present, be it empty.
func (h Headers) Has(name string) bool {
	for _, f := range h {
		if strings.EqualFold(f.Name, name) {
			return true
		}
	}
	return false
}

// Values returns every value of the field in order.
func (h Headers) Values(name string) []string {
	var out []string
	for _, f := range h {
		if strings.EqualFold(f.Name, name) {
			out = append(out, f.Value)
		}
	}
	return out
}

// With returns a copy in which the field has exactly this value, at its old place or
// at the end.
func (h Headers) With(name, value string) Headers {
	out := make(Headers, 0, len(h)+1)
	done := false
	for _, f := range h {
		if strings.EqualFold(f.Name, name) {
			if done {
				continue
			}
			f.Value, done = value, true
		}
		out = append(out, f)
	}
	if !done {
		out = append(out, Header{Name: name, Value: value})
	}
	return out
}

// Without returns a copy that lacks the field.
func (h Headers) Without(name string) Headers {
	out := make(Headers, 0, len(h))
	for _, f := range h {
		if !strings.EqualFold(f.Name, name) {
			out = append(out, f)
		}
	}
	return out
}

// Request is an HTTP request as it is shown and as it is written: Bytes is the whole
// message. Host and Content-Length are ordinary members of Headers.
type Request struct {
	Method  string
	URL     string // absolute
	Headers Headers
	Body    []byte
	// Version is the protocol as recorded, such as "HTTP/2"; empty means HTTP/1.1,
	// which is what this program writes.
	Version string
}

// Target is the request-target in origin form (RFC 9112 section 3.2.1): the path and
// query of the URL, byte for byte.
func (r Request) Target() string {
	rest := r.URL
	if i := strings.Index(rest, "://"); i >= 0 {
		rest = rest[i+3:]
	}
	if i := strings.IndexByte(rest, '#'); i >= 0 {
		rest = rest[:i]
	}
	i := strings.IndexAny(rest, "/?")
	switch {
	case i < 0:
		return "/"
	case rest[i] == '?':
		return "/" + rest[i:]
	}
	return rest[i:]
}

// Host is the authority of the URL, lower case, with its port if one is written.
func (r Request) Host() string { return HostOf(r.URL) }

// FragmentAt is where the parameters in a fragment begin, in bytes: behind the route that
// programs in a browser keep there (#/callback?code=...), else at its beginning.
func FragmentAt(fragment string) int {
	if !strings.HasPrefix(fragment, "/") && !strings.HasPrefix(fragment, "!") {
		return 0
	}
	if i := strings.IndexByte(fragment, '?'); i >= 0 {
		return i + 1
	}
	return len(fragment) - len(strings.TrimLeft(fragment, "!/"))
}

// HostOf returns the authority of an absolute URL in lower case, without user
// information; empty if there is none.
func HostOf(rawURL string) string {
	u, err := url.Parse(rawURL)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Host)
}

// Bytes is the HTTP/1.1 message as written to the connection.
func (r Request) Bytes() []byte {
	var b bytes.Buffer
	b.WriteString(r.Method + " " + r.Target() + " HTTP/1.1\r\n")
	for _, f := range r.Headers {
		b.WriteString(f.Name + ": " + f.Value + "\r\n")
	}
	b.WriteString("\r\n")
	b.Write(r.Body)
	return b.Bytes()
}

// WithBody returns a copy with this body and a Content-Length to match.
func (r Request) WithBody(body []byte) Request {
	r.Body = body
	r.Headers = r.Headers.With("Content-Length", strconv.Itoa(len(body)))
	return r
}

// Query is the raw query of the URL, without '?', up to a fragment.
func (r Request) Query() string {
	t := r.Target()
	if i := strings.IndexByte(t, '?'); i >= 0 {
		return t[i+1:]
	}
	return ""
}

// Response is an HTTP answer as received.
type Response struct {
	Status     int
	StatusText string
	Version    string // "HTTP/1.1"
	Headers    Headers
	// Body is what was kept, with transfer and content codings removed, at most
	// MaxBody bytes.
	Body []byte
	// BodyBytes counts the body on the wire: after un-chunking, before decompressing.
	BodyBytes int64
	// BodyComplete: the message ended as its framing promised and all of it was kept.
	BodyComplete bool
	// Problem says in a sentence what is wrong with the body: cut short, over the
	// bound, a coding that could not be undone. Empty if nothing is.
	Problem string
}

// MaxBody is how much of a body is kept, in bytes.
const MaxBody = 1 << 20

// ErrorKind is the layer at which an exchange failed, as in the JSON document.
type ErrorKind string

// The kinds of transport failure.
const (
	ErrorDNS       ErrorKind = "dns"
	ErrorConnect   ErrorKind = "connect"
	ErrorTLS       ErrorKind = "tls"
	ErrorProxy     ErrorKind = "proxy"
	ErrorTimeout   ErrorKind = "timeout"
	ErrorReset     ErrorKind = "reset"
	ErrorProtocol  ErrorKind = "protocol"
	ErrorCancelled ErrorKind = "cancelled"
)

// TransportError says why there is no answer, or no complete one. As a value of the
// trace it holds texts, not error values.
type TransportError struct {
	Kind ErrorKind
	// Stage is where it happened: "dns", "connect", "proxy", "tls", "send", "wait",
	// "receive".
	Stage   string
	Message string // for a person, without secrets
	// Reason narrows Kind with a stable word; empty if nothing more is known. The words:
	//   dns: not-found, server-failure
	//   connect: refused, unreachable, forbidden
	//   tls: expired, not-yet-valid, wrong-name, self-signed, incomplete-chain,
	//     unknown-authority, certificate-required, handshake, plain-http (the server
	//     answers without TLS), tls-expected (http: was spoken to a TLS port)
	//   proxy: proxy-auth, proxy-refused, refused, not-found, unreachable, handshake,
	//     plain-http, proxy-scheme, proxy-config
	//   timeout: empty; Stage says all
	//   reset: reset, empty-answer (closed before a byte of an answer), truncated (closed
	//     in the middle)
	//   protocol: not-http, http2-only, header-too-large, malformed-header,
	//     malformed-body, scheme (not http or https), bad-url, bad-request (the request
	//     cannot be written as one HTTP message)
	// Recordings of browsers add:
	//   tls: revoked; reset: http2, network-changed; protocol: redirect-loop, bad-redirect
	//   cancelled: blocked-by-client (an extension), blocked-by-administrator, blocked-by-csp,
	//     blocked-by-response (not shown where it was asked for: frames), mixed-content,
	//     cors, blocked, failed (the browser does not say why), aborted (by page or user),
	//     recording-cut, unknown (no answer and no reason)
	Reason string
}

// Timings are the durations of the stages of one exchange; a negative value means that
// the stage did not take place.
type Timings struct {
	DNS, Connect, TLS, Wait, Receive time.Duration
}

// NoTimings has no stage.
var noTiming = time.Duration(-1)

// NoTimings returns timings in which no stage took place.
func NoTimings() Timings {
	return Timings{DNS: noTiming, Connect: noTiming, TLS: noTiming, Wait: noTiming, Receive: noTiming}
}

// TLSInfo is what the handshake agreed on, and the peer's leaf certificate.
type TLSInfo struct {
	Version  string // "TLS 1.3"
	Cipher   string
	ALPN     string
	Peer     string // subject of the leaf, or its first DNS name
	Issuer   string
	DNSNames []string
	NotAfter time.Time
}

// Exchange is one request and what came of it. Response is nil when nothing was
// received; Error is set when the exchange did not complete; both can be set. An answer
// that is no HTTP is kept as a Response with Status 0 and its bytes as the body; the
// refusal of a proxy is kept as Response beside an Error of kind proxy.
type Exchange struct {
	Step     StepKind
	Request  Request
	Response *Response
	Error    *TransportError
	Started  time.Time
	Ended    time.Time
	Timings  *Timings
	TLS      *TLSInfo
	// Remote is the address that was connected to.
	Remote string
	// Comment is a recorder's remark (HAR entry comment or _error).
	Comment string
	// Withheld is what is known of the secrets of a request and its answer, where the
	// run was stored without a key and masks stand for them; else nil.
	Withheld *Withheld
}

// Withheld is what of secrets is none itself and cannot be read off their masks.
type Withheld struct {
	Format    TokenFormat // of the access token; empty: there is none
	Exp       time.Time   // its own exp claim; zero: it has none
	Challenge string      // S256 of the code verifier (RFC 7636 section 4.2); empty: none was sent
	ClientID  string      // in the credentials of HTTP Basic, as encoded there; empty: none was sent so
}

// Duration is the time from start to end, never negative.
func (x Exchange) Duration() time.Duration { return max(0, x.Ended.Sub(x.Started)) }

// StepKind names what an exchange is for; the values are those of the JSON document.
type StepKind string

// The kinds of steps. StepOther is recorded traffic that is no part of a flow.
const (
	StepDiscovery    StepKind = "discovery"
	StepJWKS         StepKind = "jwks"
	StepAuthorizeURL StepKind = "authorize_url"
	StepPAR          StepKind = "par"
	StepAuthorize    StepKind = "authorize"
	StepCallback     StepKind = "callback"
	StepExchange     StepKind = "exchange"
	StepDevice       StepKind = "device"
	StepRefresh      StepKind = "refresh"
	StepRevoke       StepKind = "revoke"
	StepIntrospect   StepKind = "introspect"
	StepUserInfo     StepKind = "userinfo"
	StepCall         StepKind = "call"
	StepOther        StepKind = "other"
)
