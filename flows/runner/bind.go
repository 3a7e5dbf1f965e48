package runner

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"syscall"

	"oauthlens/flows"
	"oauthlens/flows/visible"
)

// address is what a redirect URI asks to be bound.
type address struct {
	uri    *url.URL
	raw    string
	port   int  // 0: a free one
	v4     bool // bind host4
	v6     bool // bind ::1
	host4  string
	secure bool
}

// readRedirectURI reads what to bind: the literal loopback address that the URI names, or
// both families for localhost, since a browser may try either. Anything else is not this
// machine's to answer.
func readRedirectURI(raw string) (address, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		return address{}, errors.New("the redirect URI cannot be read: give an absolute one, such as http://127.0.0.1:53682/callback")
	}
	a := address{uri: u, raw: raw, secure: u.Scheme == "https"}
	if u.Scheme != "http" && u.Scheme != "https" {
		return address{}, fmt.Errorf("a redirect URI with the scheme %s cannot be received here: paste the callback", quoteScheme(u.Scheme))
	}
	host := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	ip, notIP := netip.ParseAddr(host)
	switch {
	case host == "localhost" || strings.HasSuffix(host, ".localhost"):
		a.v4, a.v6, a.host4 = true, true, "127.0.0.1"
	case notIP == nil && ip.Unmap().Is4() && ip.Unmap().IsLoopback():
		a.v4, a.host4 = true, ip.Unmap().String()
	case notIP == nil && ip == netip.IPv6Loopback():
		a.v6 = true
	default:
		return address{}, fmt.Errorf("%s is not this machine, so nothing listens for the callback: paste it", visible.Line(u.Host))
	}
	port := u.Port()
	if port == "" {
		port = map[bool]string{false: "80", true: "443"}[a.secure]
	}
	if a.port, err = strconv.Atoi(port); err != nil || a.port > 65535 {
		return address{}, errors.New("the port of the redirect URI is not between 0 and 65535")
	}
	return a, nil
}

// withPort is the URI with another port, otherwise byte for byte as it was.
func (a address) withPort(port int) string {
	start := strings.Index(a.raw, "://") + len("://")
	end := len(a.raw)
	if i := strings.IndexAny(a.raw[start:], "/?#"); i >= 0 {
		end = start + i
	}
	authority := a.raw[start:end]
	if i := strings.LastIndexByte(authority, ':'); i >= 0 && !strings.HasSuffix(authority, "]") {
		authority = authority[:i]
	}
	return a.raw[:start] + authority + ":" + strconv.Itoa(port) + a.raw[end:]
}

// bindError is a socket that could not be opened.
type bindError struct {
	where string
	err   error
}

func (e *bindError) Error() string { return e.where + ": " + e.err.Error() }
func (e *bindError) Unwrap() error { return e.err }

// freeTries is how often another port is drawn when the one that IPv4 gave is taken on IPv6.
const freeTries = 10

// bind opens the sockets: all that the address names on one port, or none. A machine
// without IPv6 is no reason to fail for localhost, and is noted.
func (a address) bind(ctx context.Context, port int) (sockets []net.Listener, note string, err error) {
	for range freeTries {
		sockets, note, err = a.bindOnce(ctx, port)
		if err == nil || port != 0 || !isInUse(err) {
			return sockets, note, err
		}
	}
	return sockets, note, err
}

func (a address) bindOnce(ctx context.Context, port int) (sockets []net.Listener, note string, err error) {
	var config net.ListenConfig
	if a.v4 {
		where := net.JoinHostPort(a.host4, strconv.Itoa(port))
		four, err := config.Listen(ctx, "tcp4", where)
		if err != nil {
			return nil, "", &bindError{where, err}
		}
		sockets = append(sockets, four)
		port = four.Addr().(*net.TCPAddr).Port
	}
	if !a.v6 {
		return sockets, "", nil
	}
	where := net.JoinHostPort("::1", strconv.Itoa(port))
	six, err := config.Listen(ctx, "tcp6", where)
	switch {
	case err == nil:
		return append(sockets, six), "", nil
	case a.v4 && isNoSuchFamily(err):
		return sockets, "IPv6 is off on this machine: only 127.0.0.1 is listened on", nil
	}
	for _, s := range sockets {
		_ = s.Close()
	}
	return nil, "", &bindError{where, err}
}

// explainBind words why nothing listens.
func explainBind(err error) flows.ListenerFailed {
	where := err.Error()
	var failed *bindError
	if errors.As(err, &failed) {
		where = failed.where
	}
	switch {
	case isInUse(err):
		return flows.ListenerFailed{InUse: true, Message: "another program already listens on " + where +
			": end it, or choose another registered redirect URI; the browser might hand the code to it"}
	case isErrno(err, syscall.EACCES, 10013):
		return flows.ListenerFailed{Message: "this machine does not allow listening on " + where +
			": ports below 1024 often need rights; choose a higher port"}
	}
	return flows.ListenerFailed{Message: "listening on " + where + " failed (" + systemText(err) + ")"}
}

func isInUse(err error) bool { return isErrno(err, syscall.EADDRINUSE, 10048) }

func isNoSuchFamily(err error) bool {
	return isErrno(err, syscall.EADDRNOTAVAIL, 10049) || isErrno(err, syscall.EAFNOSUPPORT, 10047)
}
