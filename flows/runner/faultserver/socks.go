package faultserver

import (
	"fmt"
	"io"
	"net"
)

// socksFaults are SOCKS5 proxies (RFC 1928).
func socksFaults() []Fault {
	faults := []Fault{
		{Name: "socks-none", What: "a healthy SOCKS proxy, which answers for every server", accept: func(s *Server, conn net.Conn) {
			if s.socks(conn, 0, 0) {
				s.answerInside(conn)
			}
		}},
		{Name: "socks-login", What: "a healthy SOCKS proxy that takes any user and password", accept: func(s *Server, conn net.Conn) {
			if s.socks(conn, 2, 0) {
				s.answerInside(conn)
			}
		}},
		{Name: "socks-wants-login", What: "the SOCKS proxy accepts none of the methods", accept: func(s *Server, conn net.Conn) { s.socks(conn, 0xff, 0) }},
		{Name: "socks-forbids", What: "the SOCKS proxy refuses to connect", accept: func(s *Server, conn net.Conn) { s.socks(conn, 0, 2) }},
		{Name: "socks-closes", What: "the SOCKS proxy closes the connection", accept: func(_ *Server, conn net.Conn) { _, _ = conn.Read(make([]byte, 3)) }},
		{Name: "socks-hang", What: "the SOCKS proxy never answers", accept: func(s *Server, _ net.Conn) { s.hang() }},
		{Name: "socks-garbage", What: "the proxy is no SOCKS proxy", accept: func(_ *Server, conn net.Conn) {
			write(conn, "HTTP/1.1 400 Bad Request\n\n", "")
			linger(conn)
		}},
	}
	for i := range faults {
		faults[i].Kind, faults[i].scheme = Proxy, "socks5"
	}
	return faults
}

// socks does the server's side with this method and this reply; it tells whether the
// tunnel stands. What was asked is logged as a CONNECT.
func (s *Server) socks(conn net.Conn, method, reply byte) bool {
	defer func() {
		if method == 0xff || reply != 0 {
			linger(conn)
		}
	}()
	greeting := make([]byte, 2)
	if _, err := io.ReadFull(conn, greeting); err != nil {
		return false
	}
	if _, err := io.ReadFull(conn, make([]byte, greeting[1])); err != nil {
		return false
	}
	_, _ = conn.Write([]byte{5, method})
	if method == 0xff || (method == 2 && !s.socksLogin(conn)) {
		return false
	}
	head := make([]byte, 5) // version, command, reserved, kind of address, its first byte
	if _, err := io.ReadFull(conn, head); err != nil {
		return false
	}
	rest := map[byte]int{1: 3 + 2, 3: int(head[4]) + 2, 4: 15 + 2}[head[3]]
	address := make([]byte, rest)
	if _, err := io.ReadFull(conn, address); err != nil {
		return false
	}
	s.record(Received{Method: "CONNECT", Target: fmt.Sprintf("%d %q", head[3], address), Address: conn.RemoteAddr().String()})
	_, _ = conn.Write([]byte{5, reply, 0, 3, 4, 'h', 'e', 'r', 'e', 0, 80})
	return reply == 0
}

func (s *Server) socksLogin(conn net.Conn) bool {
	var received []byte
	head := make([]byte, 2)
	if _, err := io.ReadFull(conn, head); err != nil {
		return false
	}
	name := make([]byte, int(head[1])+1)
	if _, err := io.ReadFull(conn, name); err != nil {
		return false
	}
	password := make([]byte, name[len(name)-1])
	if _, err := io.ReadFull(conn, password); err != nil {
		return false
	}
	received = append(append(received, name[:len(name)-1]...), ':')
	s.record(Received{Method: "LOGIN", Body: append(received, password...), Address: conn.RemoteAddr().String()})
	_, _ = conn.Write([]byte{1, 0})
	return true
}

func (s *Server) answerInside(conn net.Conn) {
	if inner, err := readRequest(conn); err == nil {
		s.record(inner)
		answerWell(s, conn, inner)
		linger(conn)
	}
}
