package faultserver

import (
	"io"
	"net"
)

func proxyFaults() []Fault {
	faults := []Fault{
		{Name: "proxy-none", What: "a healthy proxy, which answers for every server", answer: func(s *Server, conn net.Conn, _ Received) {
			write(conn, "HTTP/1.1 200 Connection established\n\n", "")
			if inner, err := readRequest(conn); err == nil {
				s.record(inner)
				answerWell(s, conn, inner)
			}
		}},
		{Name: "proxy-forbids", What: "the proxy refuses to connect", answer: says("HTTP/1.1 403 Forbidden\nContent-Type: text/html\nContent-Length: 18\n\n", "<h1>Forbidden</h1>")},
		{Name: "proxy-auth", What: "the proxy wants credentials", answer: says("HTTP/1.1 407 Proxy Authentication Required\nProxy-Authenticate: Basic realm=\"company\"\nContent-Length: 0\n\n", "")},
		{Name: "proxy-refused", What: "nothing listens at the proxy's port", answer: answerWell, address: func(s *Server) (string, error) {
			return s.URL, s.listener.Close()
		}},
		{Name: "proxy-closes", What: "the proxy closes the connection", answer: says("", "")},
		{Name: "proxy-hang", What: "the proxy never answers", answer: func(s *Server, _ net.Conn, _ Received) { s.hang() }},
		{Name: "proxy-garbage", What: "the proxy is no proxy", accept: func(_ *Server, conn net.Conn) {
			_, _ = io.WriteString(conn, "220 mail.test ESMTP\r\n")
			linger(conn)
		}},
	}
	for i := range faults {
		faults[i].Kind = Proxy
	}
	return faults
}
