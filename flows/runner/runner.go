// Package runner is the only room that performs effects: one HTTP round trip, the
// loopback listener for the callback, opening a browser, drawing random values, and the
// small user agent that consents at the simulator. Every effect of package flows that
// needs the outside world goes in here and comes out as an event.
//
// The round trip is done by hand over a connection, because this program exists to show
// it. net/http's client sorts and adds headers, follows redirects (sending a client
// secret along on 307 and 308), retries, and hides the stages. Here a request is written
// exactly as [flows.Request.Bytes] gives it, once, to one server; the answer is recorded
// as it came, with the duration of each stage, and kept as far as it got when something
// breaks. A proxy is asked with CONNECT for http URLs too: in absolute form the request
// line would differ from the one that was shown.
//
// Whatever comes from the other side is hostile: every read is bounded in bytes and in
// time, and cancelling the context ends every wait at once. The room holds no protocol
// knowledge: it does not know what a token is, and the judgement of a callback belongs to
// package protocol. It keeps no state between calls and starts no goroutine that outlives
// the call, or the listener, that started it (but for one that waits for a browser launcher).
package runner

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"oauthlens/flows"
)

// Bounds of one exchange.
const (
	defaultTimeout  = 30 * time.Second
	defaultMaxCount = 64 << 20
	maxAnswerHead   = 256 << 10
)

// Resolver looks up host names; *net.Resolver is one.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// Dialer opens connections; *net.Dialer is one.
type Dialer interface {
	DialContext(ctx context.Context, network, address string) (net.Conn, error)
}

// Runner performs effects. The zero Runner is ready for use; a field that is not set has
// the default that its comment names. A Runner is not changed by its methods and may be
// used from several goroutines.
type Runner struct {
	// Now is the wall clock with its monotonic reading; time.Now.
	Now func() time.Time
	// Rand is the source of random values; crypto/rand.
	Rand     io.Reader
	Resolver Resolver // net.DefaultResolver
	Dialer   Dialer   // a net.Dialer without settings
	// RootCAs are the trusted authorities; the system's.
	RootCAs *x509.CertPool
	// Proxy gives the proxy for a URL, nil for none; the variables HTTP_PROXY,
	// HTTPS_PROXY and NO_PROXY, by the rules of net/http (loopback is never proxied), but
	// for a setting that cannot be read: nothing goes past a proxy for a typing error.
	Proxy func(*url.URL) (*url.URL, error)
	// OpenURL opens the user's browser; see [OpenInBrowser].
	OpenURL func(string) error
	// Fingerprints keys the masks of the secrets that are drawn here.
	Fingerprints flows.FingerprintKey
	// MaxCount is how far a body is counted beyond flows.MaxBody, in bytes; 64 MiB.
	MaxCount int64

	// acceptSelfSigned is set by the consent agent for our own listener only.
	acceptSelfSigned bool
}

// Do performs an effect that has one answer: Send gives ExchangeFinished, Draw gives
// Drawn, OpenBrowser gives BrowserOpened. Cancelling ctx ends it at once; the answer
// still comes and says so. For the other effects, which concern a listener or another
// effect in flight, it returns nil: see [Runner.Listen] and [Runner.Consent].
func (r *Runner) Do(ctx context.Context, effect flows.Effect) flows.Event {
	switch e := effect.(type) {
	case flows.Send:
		return flows.ExchangeFinished{ID: e.ID, Exchange: r.send(ctx, e.Step, e.Request, e.Timeout)}
	case flows.Draw:
		return r.draw()
	case flows.OpenBrowser:
		return r.openBrowser(ctx, e.URL)
	}
	return nil
}

// draw makes the random values of one authorization request: 128 bits for state and
// nonce (RFC 6749 section 10.10), 256 for the verifier (RFC 7636 section 4.1), all in
// base64url without padding.
func (r *Runner) draw() flows.Event {
	var raw [64]byte
	if _, err := io.ReadFull(r.random(), raw[:]); err != nil {
		return flows.RunEnded{
			Outcome: flows.Failed,
			Why:     fmt.Sprintf("no random values could be drawn for state and code verifier: %v", err),
		}
	}
	text := base64.RawURLEncoding.EncodeToString
	return flows.Drawn{
		State:    flows.NewSecret(r.Fingerprints, "state", text(raw[:16])),
		Verifier: flows.NewSecret(r.Fingerprints, "code_verifier", text(raw[16:48])),
		Nonce:    text(raw[48:]),
	}
}

func (r *Runner) now() time.Time {
	if r.Now != nil {
		return r.Now()
	}
	return time.Now()
}

func (r *Runner) random() io.Reader {
	if r.Rand != nil {
		return r.Rand
	}
	return rand.Reader
}

func (r *Runner) resolver() Resolver {
	if r.Resolver != nil {
		return r.Resolver
	}
	return net.DefaultResolver
}

func (r *Runner) dialer() Dialer {
	if r.Dialer != nil {
		return r.Dialer
	}
	return &net.Dialer{}
}

func (r *Runner) maxCount() int64 {
	if r.MaxCount > 0 {
		return r.MaxCount
	}
	return defaultMaxCount
}

func (r *Runner) proxyFor(u *url.URL) (*url.URL, error) {
	if r.Proxy != nil {
		return r.Proxy(u)
	}
	if flows.IsLoopbackHost(u.Hostname()) { // net/http does not know every name of it
		return nil, nil
	}
	if !readableProxy(u.Scheme) {
		return nil, errUnreadableProxy
	}
	return http.ProxyFromEnvironment(&http.Request{URL: u})
}

func bound(timeout time.Duration) time.Duration {
	if timeout > 0 {
		return timeout
	}
	return defaultTimeout
}
