package faultserver

import (
	"crypto/x509"
	"io"
	"net"
	"strings"
	"time"
)

func proxyFaults() []Fault {
	faults := []Fault{
		{Name: "proxy-none", What: "a healthy proxy, which answers for every server", answer: tunnelWell},
		{Name: "proxy-tls", What: "a healthy proxy that is reached by TLS", scheme: "https", tls: withLeaf(nil), answer: tunnelWell},
		{Name: "proxy-tls-expired", What: "a proxy whose certificate expired", scheme: "https", answer: tunnelWell, tls: withLeaf(func(c *x509.Certificate) {
			c.NotBefore, c.NotAfter = time.Now().AddDate(0, -3, 0), time.Now().AddDate(0, 0, -1)
		})},
		{Name: "proxy-tunnels", What: "a healthy proxy that does connect to the server", answer: tunnelOn},
		{Name: "proxy-forbids", What: "the proxy refuses to connect", answer: says("HTTP/1.1 403 Forbidden\nContent-Type: text/html\nContent-Length: 18\n\n", "<h1>Forbidden</h1>")},
		{Name: "proxy-auth", What: "the proxy wants credentials", answer: says("HTTP/1.1 407 Proxy Authentication Required\nProxy-Authenticate: Basic realm=\"company\"\nContent-Length: 0\n\n", "")},
		{Name: "proxy-refused", What: "nothing listens at the proxy's port", answer: answerWell, address: func(s *Server) (url string, err error) {
			s.ProxyURL, err = closedPort(s)
			return s.URL, err
		}},
		{Name: "proxy-closes", What: "the proxy closes the connection", answer: says("", "")},
		{Name: "proxy-hang", What: "the proxy never answers", answer: func(s *Server, _ net.Conn, _ Received) { s.hang() }},
		{Name: "proxy-garbage", What: "the proxy is no proxy", accept: func(_ *Server, conn net.Conn) {
			_, _ = io.WriteString(conn, "220 mail.test ESMTP\r\n")
			linger(conn)
		}},
		{Name: "proxy-page", What: "the proxy answers with a page of its own and 200", answer: says("HTTP/1.1 200 OK\nContent-Type: text/html\nContent-Length: 41\n\n", "<html><body>Please sign in</body></html>\n")},
		{Name: "proxy-redirect", What: "the proxy redirects to a page to sign in at", other: true, answer: func(s *Server, conn net.Conn, _ Received) {
			redirect(conn, 302, s.Other.URL+"/login")
		}},
		{Name: "proxy-auth-hostile", What: "the proxy wants credentials, for a realm with escape sequences", answer: says("HTTP/1.1 407 \x1b]0;owned\x07\u202e\nProxy-Authenticate: Basic realm=\"\x1b[2J\u202e\nContent-Length: 13\n\n", "\x1b]52;c;b3du\x07\xff")},
		{Name: "proxy-header-2mb", What: "the proxy's header never ends", answer: func(_ *Server, conn net.Conn, _ Received) {
			write(conn, "HTTP/1.1 200 Connection established\n"+strings.Repeat("X-Proxy: and more\n", 120_000), "")
		}},
		{Name: "proxy-interim", What: "the proxy sends interim answers first", answer: func(s *Server, conn net.Conn, r Received) {
			write(conn, strings.Repeat("HTTP/1.1 100 Continue\n\n", 50), "")
			tunnelWell(s, conn, r)
		}},
		{Name: "proxy-length", What: "the proxy agrees to connect and names a length", answer: func(s *Server, conn net.Conn, _ Received) {
			write(conn, "HTTP/1.1 200 Connection established\nContent-Length: 0\nTransfer-Encoding: chunked\n\n", "")
			if inner, err := readRequest(conn); err == nil {
				s.record(inner)
				answerWell(s, conn, inner)
			}
		}},
		{Name: "proxy-closes-tunnel", What: "the proxy agrees to connect and closes", answer: says("HTTP/1.1 200 Connection established\n\n", "")},
		{Name: "proxy-hang-tunnel", What: "the proxy agrees to connect, and nothing comes through", answer: func(s *Server, conn net.Conn, _ Received) {
			write(conn, "HTTP/1.1 200 Connection established\n\n", "")
			s.hang()
		}},
		{Name: "proxy-502", What: "the proxy cannot reach the server", answer: says("HTTP/1.1 502 Bad Gateway\nContent-Length: 0\n\n", "")},
	}
	for i := range faults {
		faults[i].Kind = Proxy
	}
	return faults
}

// tunnelWell agrees to connect and answers itself.
func tunnelWell(s *Server, conn net.Conn, _ Received) {
	write(conn, "HTTP/1.1 200 Connection established\n\n", "")
	if inner, err := readRequest(conn); err == nil {
		s.record(inner)
		answerWell(s, conn, inner)
	}
}

// tunnelOn connects to servers on this machine, whatever their name, and passes bytes on.
func tunnelOn(s *Server, conn net.Conn, r Received) {
	_, port, _ := net.SplitHostPort(r.Target)
	on, err := new(net.Dialer).DialContext(s.ctx, "tcp", net.JoinHostPort("127.0.0.1", port))
	if err != nil {
		write(conn, "HTTP/1.1 502 Bad Gateway\nContent-Length: 0\n\n", "")
		return
	}
	defer func() { _ = on.Close() }()
	write(conn, "HTTP/1.1 200 Connection established\n\n", "")
	s.running.Go(func() {
		_, _ = io.Copy(on, conn)
		_ = on.Close()
	})
	_, _ = io.Copy(conn, on)
}
