package runner

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"strings"
	"syscall"

	"oauthlens/flows"
	"oauthlens/flows/visible"
)

// fault is a failure that this package finds itself, as opposed to an error of the
// network. Its text is a whole sentence for a person.
type fault struct {
	kind   flows.ErrorKind
	reason string
	text   string
}

func (f *fault) Error() string { return f.text }

func newFault(kind flows.ErrorKind, reason, format string, args ...any) *fault {
	return &fault{kind: kind, reason: reason, text: fmt.Sprintf(format, args...)}
}

// explain turns whatever stopped the call into the value that the trace keeps: what
// happened, where, and what to try. It quotes nothing that came from the other side but
// host names and certificate subjects, made visible, and nothing of the request but its
// host and port.
func (c *call) explain(err error) *flows.TransportError {
	var f *fault
	ended := c.ctx.Err()
	switch {
	case errors.Is(ended, context.Canceled):
		f = newFault(flows.ErrorCancelled, "", "cancelled while %s", c.doing())
	case ended != nil || (isTimeout(err) && !errors.As(err, &f)):
		f = c.timedOut()
	case errors.As(err, &f):
	case c.stage == stageProxy:
		f = c.explainProxy(err)
	default:
		f = c.explainDirect(err)
	}
	return &flows.TransportError{Kind: f.kind, Stage: c.stage, Reason: f.reason, Message: f.text}
}

// doing says what the call was about at its stage.
func (c *call) doing() string {
	host := c.target.name()
	switch c.stage {
	case stageDNS:
		return "looking up the name " + visible.Line(c.target.host)
	case stageProxy:
		return "asking the proxy to connect to " + host
	case stageTLS:
		return "doing the TLS handshake with " + host
	case stageSend:
		return "sending the request to " + host
	case stageWait:
		return "waiting for the first byte of the answer from " + host
	case stageReceive:
		return "reading the answer of " + host
	}
	return "connecting to " + host
}

func (c *call) timedOut() *fault {
	hint := "the server is slow or stuck; raise the timeout, or try again"
	switch c.stage {
	case stageDNS:
		hint = "the name server does not answer; check the network and the VPN"
	case stageConnect:
		hint = "a firewall may be dropping the packets, or host or port may be wrong"
	case stageProxy:
		hint = "the proxy does not answer; check the proxy setting"
	case stageTLS:
		hint = "something accepts connections there but speaks no TLS; check the port"
	}
	return newFault(flows.ErrorTimeout, "", "gave up after %s while %s: %s", c.timeout, c.doing(), hint)
}

func (c *call) explainDirect(err error) *fault {
	if f := explainTLS(err, c.target, c.asked); f != nil {
		// A server may refuse the absence of a certificate only after the handshake.
		c.stage = stageTLS
		return f
	}
	host := c.target.name()
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns):
		return explainDNS(dns, c.target.host)
	case isRefused(err):
		return newFault(flows.ErrorConnect, "refused",
			"%s refused the connection: nothing listens there; check host and port, and that the server runs", host)
	case c.stage == stageConnect && isReset(err):
		return newFault(flows.ErrorReset, "reset", "%s reset the connection as soon as it was made: check the port, or a firewall in between", host)
	case c.stage == stageConnect && errors.Is(err, os.ErrPermission):
		return newFault(flows.ErrorConnect, "forbidden",
			"this machine does not allow a connection to %s: check the local firewall or sandbox", host)
	case c.stage == stageConnect:
		return newFault(flows.ErrorConnect, "unreachable",
			"%s cannot be reached from here (%s): check the network, the VPN and the address", host, systemText(err))
	case c.stage == stageTLS:
		return newFault(flows.ErrorTLS, "handshake", "%s closed the connection during the TLS handshake: "+
			"check the port, and that the server offers TLS 1.2 or later", host)
	case isReset(err):
		return newFault(flows.ErrorReset, "reset", "the connection was reset while %s: "+
			"look into the server's log before a code is sent again, it may have been used", c.doing())
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return c.explainEnd(host)
	}
	return newFault(flows.ErrorProtocol, "", "the connection broke while %s (%s): try again", c.doing(), systemText(err))
}

// explainEnd words a connection that was closed too early.
func (c *call) explainEnd(host string) *fault {
	if c.x.Response == nil && c.stage != stageReceive {
		return newFault(flows.ErrorReset, "empty-answer",
			"%s closed the connection without an answer: check scheme and port, or the server crashed on the request", host)
	}
	return newFault(flows.ErrorReset, "truncated",
		"%s closed the connection in the middle of its answer: the server or a proxy in between cuts answers off; what came until then is kept", host)
}

func explainDNS(err *net.DNSError, host string) *fault {
	name := visible.Line(host)
	if !err.IsNotFound {
		return newFault(flows.ErrorDNS, "server-failure",
			"the name %s could not be looked up: the name server failed; check the network and the VPN", name)
	}
	return newFault(flows.ErrorDNS, "not-found", "the host name %s does not exist: check its spelling, or whether a VPN is needed to see it", name)
}

// explainProxy words what went wrong on the way to the proxy or in its answer.
func (c *call) explainProxy(err error) *fault {
	var dns *net.DNSError
	switch {
	case explainTLS(err, target{}, false) != nil:
		inner := explainTLS(err, target{}, false)
		return newFault(flows.ErrorProxy, inner.reason, "no TLS with the proxy could be set up (%s): check the scheme of the proxy's URL and its certificate", inner.reason)
	case errors.As(err, &dns):
		return newFault(flows.ErrorProxy, "not-found", "the proxy's host name could not be looked up: check HTTP_PROXY and HTTPS_PROXY")
	case isRefused(err):
		return newFault(flows.ErrorProxy, "refused", "the proxy refused the connection: check its port in HTTP_PROXY or HTTPS_PROXY, and that it runs")
	case isReset(err), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return newFault(flows.ErrorProxy, "proxy-refused", "the proxy closed the connection instead of connecting to %s: check that it is an HTTP proxy", c.target.name())
	}
	return newFault(flows.ErrorProxy, "unreachable", "the proxy cannot be reached (%s): check HTTP_PROXY and HTTPS_PROXY", systemText(err))
}

// explainTLS recognises failures of the handshake; nil if err is none.
func explainTLS(err error, t target, asked bool) *fault {
	host := t.name()
	var record tls.RecordHeaderError
	var refused *tls.CertificateVerificationError
	var remote *net.OpError
	switch {
	case errors.As(err, &record):
		if strings.HasPrefix(string(record.RecordHeader[:]), "HTTP/") {
			return newFault(flows.ErrorTLS, "plain-http", "%s answers in plain HTTP where TLS was expected: use http:// or the right port", host)
		}
		return newFault(flows.ErrorTLS, "handshake", "%s does not speak TLS: check the port", host)
	case errors.As(err, &refused):
		return explainCertificate(refused, t)
	case errors.As(err, &remote) && remote.Op == "remote error":
		return explainAlert(remote.Err.Error(), host, asked)
	}
	text := err.Error()
	if strings.HasPrefix(text, "tls: ") {
		return newFault(flows.ErrorTLS, "handshake", "no TLS connection with %s could be agreed on (%s): the server must offer TLS 1.2 or later", host, visible.Line(text[5:]))
	}
	return nil
}

// explainAlert words a TLS alert of the server. crypto/tls keeps the alert's type to
// itself, so its text is what there is to go by.
func explainAlert(alert, host string, asked bool) *fault {
	alert = visible.Line(strings.TrimPrefix(alert, "tls: "))
	certificate := strings.Contains(alert, "certificate required")
	refusal := strings.Contains(alert, "certificate") || strings.Contains(alert, "handshake failure") || strings.Contains(alert, "access denied")
	switch {
	case certificate, asked && refusal:
		return newFault(flows.ErrorTLS, "certificate-required",
			"%s demands a client certificate (%s), which this program does not send: ask for an endpoint without mutual TLS", host, alert)
	case strings.Contains(alert, "no application protocol"):
		return newFault(flows.ErrorProtocol, "http2-only",
			"%s insists on another protocol than HTTP/1.1 (%s), most likely HTTP/2, which this program does not speak", host, alert)
	}
	return newFault(flows.ErrorTLS, "handshake", "%s ended the TLS handshake (%s): check host name and port, and that it offers TLS 1.2 or later", host, alert)
}

func explainCertificate(refused *tls.CertificateVerificationError, t target) *fault {
	host := t.name()
	var invalid x509.CertificateInvalidError
	var name x509.HostnameError
	var unknown x509.UnknownAuthorityError
	switch {
	case errors.As(refused.Err, &invalid) && invalid.Reason == x509.Expired:
		return explainValidity(invalid, host)
	case errors.As(refused.Err, &name):
		return newFault(flows.ErrorTLS, "wrong-name", "the certificate of %s is for other names (%s): check the host in the URL",
			host, visible.Line(shorten(strings.Join(certificateNames(name.Certificate), ", "), 120)))
	case errors.As(refused.Err, &unknown):
		return explainAuthority(refused.UnverifiedCertificates, host)
	}
	return newFault(flows.ErrorTLS, "unknown-authority", "the certificate of %s is not acceptable (%s)", host, visible.Line(shorten(refused.Err.Error(), 160)))
}

func explainValidity(invalid x509.CertificateInvalidError, host string) *fault {
	// The certificate at fault may be an intermediate one, hence "a certificate".
	if strings.Contains(invalid.Detail, "is before") {
		return newFault(flows.ErrorTLS, "not-yet-valid", "a certificate of %s is valid only from %s: compare the clock of this machine",
			host, invalid.Cert.NotBefore.UTC().Format("2006-01-02 15:04 MST"))
	}
	return newFault(flows.ErrorTLS, "expired", "a certificate of %s expired on %s: it must be renewed (or the clock of this machine is wrong)",
		host, invalid.Cert.NotAfter.UTC().Format("2006-01-02 15:04 MST"))
}

// explainAuthority tells the three cases of an unknown issuer apart as far as the chain
// proves them. A lone certificate that says where its issuer's certificate can be fetched
// comes from an authority with intermediates, and the server forgot to send them.
func explainAuthority(chain []*x509.Certificate, host string) *fault {
	leaf, top := chain[0], chain[len(chain)-1]
	issuer := visible.Line(shorten(top.Issuer.String(), 120))
	switch {
	case len(chain) == 1 && isSelfSigned(leaf):
		return newFault(flows.ErrorTLS, "self-signed",
			"%s shows a self-signed certificate: add it to the trust store if it is yours, and never switch checking off", host)
	case !isSelfSigned(top) && len(top.IssuingCertificateURL) > 0:
		return newFault(flows.ErrorTLS, "incomplete-chain",
			"%s does not send the certificate of its issuer (%s): the server must be configured with the whole chain", host, issuer)
	}
	return newFault(flows.ErrorTLS, "unknown-authority",
		"the certificate of %s was issued by %s, which this machine does not trust: a private authority, or a company proxy that opens TLS; add it to the trust store", host, issuer)
}

func isSelfSigned(c *x509.Certificate) bool {
	return string(c.RawIssuer) == string(c.RawSubject)
}

func certificateNames(c *x509.Certificate) []string {
	names := append([]string(nil), c.DNSNames...)
	for _, ip := range c.IPAddresses {
		names = append(names, ip.String())
	}
	if len(names) == 0 {
		names = append(names, c.Subject.String())
	}
	return names
}

func isTimeout(err error) bool {
	var n net.Error
	return errors.As(err, &n) && n.Timeout()
}

func isRefused(err error) bool { return isErrno(err, syscall.ECONNREFUSED, 10061) }

func isReset(err error) bool {
	return isErrno(err, syscall.ECONNRESET, 10054) || isErrno(err, syscall.ECONNABORTED, 10053) ||
		errors.Is(err, syscall.EPIPE) || errors.Is(err, net.ErrClosed)
}

// isErrno compares with the system's error number: on Windows sockets have numbers of
// their own, which package syscall does not name.
func isErrno(err error, number, windows syscall.Errno) bool {
	return errors.Is(err, number) || (runtime.GOOS == "windows" && errors.Is(err, windows))
}

// systemText is the operating system's word for the failure, without addresses.
func systemText(err error) string {
	var number syscall.Errno
	if errors.As(err, &number) {
		return visible.Line(number.Error())
	}
	for inner := err; inner != nil; inner = errors.Unwrap(inner) {
		err = inner
	}
	return visible.Line(shorten(err.Error(), 120))
}
