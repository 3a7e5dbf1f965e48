package faultserver

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"time"
)

// alerts are the TLS alerts that servers send (RFC 8446 section 6), by their numbers.
func alerts() []struct {
	number byte
	name   string
} {
	return []struct {
		number byte
		name   string
	}{{0, "close"}, {10, "unexpected"}, {40, "handshake"}, {48, "unknown-authority"}, {49, "denied"}, {50, "decode"}, {70, "version"},
		{80, "internal"}, {86, "fallback"}, {90, "cancelled"}, {112, "unrecognised-name"}, {116, "certificate"}, {120, "no-protocol"}, {255, "unknown"}}
}

func alertFaults() []Fault {
	var faults []Fault
	for _, a := range alerts() {
		faults = append(faults, Fault{Name: "tls-alert-" + a.name, Kind: TLS, What: fmt.Sprintf("the handshake is refused with alert %d", a.number), address: secureURL,
			accept: func(_ *Server, conn net.Conn) {
				_, _ = conn.Read(make([]byte, 16<<10))
				_, _ = conn.Write([]byte{0x15, 3, 3, 0, 2, 2, a.number})
				linger(conn)
			}})
	}
	return faults
}

// chainFaults are certificates that look right at first sight.
func chainFaults() []Fault {
	faults := []Fault{
		{Name: "tls-expired-intermediate", What: "the intermediate certificate expired", tls: chain(func(c *x509.Certificate) {
			c.NotBefore, c.NotAfter = time.Now().AddDate(0, -3, 0), time.Now().AddDate(0, 0, -1)
		})},
		{Name: "tls-intermediate-no-authority", What: "the intermediate certificate is none of an authority", tls: chain(func(c *x509.Certificate) { c.IsCA = false })},
		{Name: "tls-name-constraint", What: "the authority may not speak for this name", tls: chain(func(c *x509.Certificate) {
			c.PermittedDNSDomainsCritical, c.PermittedIPRanges = true, []*net.IPNet{{IP: net.IPv4(10, 0, 0, 0).To4(), Mask: net.CIDRMask(8, 32)}}
		})},
		{Name: "tls-no-names", What: "the name stands in the subject only", tls: withLeaf(func(c *x509.Certificate) {
			c.Subject.CommonName, c.DNSNames, c.IPAddresses = "127.0.0.1", nil, nil
		})},
		{Name: "tls-client-usage", What: "the certificate is for clients", tls: withLeaf(func(c *x509.Certificate) {
			c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
		})},
		{Name: "tls-hostile-names", What: "subject and names of the certificate hold escape sequences", tls: withLeaf(func(c *x509.Certificate) {
			c.Subject.CommonName, c.IPAddresses = "\x1b]0;owned\x07\u202e", nil
			c.DNSNames = []string{"other.test", "\x1b[2Jx.test", "\x1b]52;c;b3du\x07y.test"}
		})},
		{Name: "tls-many-names", What: "the certificate has 3,000 other names", tls: withLeaf(func(c *x509.Certificate) {
			c.DNSNames, c.IPAddresses = nil, nil
			for i := range 3000 {
				c.DNSNames = append(c.DNSNames, fmt.Sprintf("host-%d.other.test", i))
			}
		})},
		{Name: "tls-long-chain", What: "600 certificates are sent", tls: func(s *Server) (*tls.Config, error) {
			config, err := withLeaf(nil)(s)
			if err == nil {
				for range 600 {
					config.Certificates[0].Certificate = append(config.Certificates[0].Certificate, config.Certificates[0].Certificate[0])
				}
			}
			return config, err
		}},
	}
	for i := range faults {
		faults[i].answer = answerWell
	}
	faults = append(faults,
		Fault{Name: "tls-no-close", What: "the connection is closed without an end of TLS, after a whole answer", tls: withLeaf(nil), answer: func(s *Server, conn net.Conn, r Received) {
			answerWell(s, conn, r)
			abandon(conn)
		}},
		Fault{Name: "tls-no-close-no-length", What: "the connection is closed without an end of TLS, and nothing else tells the end of the body", tls: withLeaf(nil), answer: func(s *Server, conn net.Conn, _ Received) {
			write(conn, ok200+"\n", s.options.Body)
			abandon(conn)
		}},
		Fault{Name: "tls-bad-record", What: "garbage comes within TLS", tls: withLeaf(nil), answer: func(s *Server, conn net.Conn, _ Received) {
			write(conn, ok200+"Content-Length: 500\n\n", `{"access_token":"at-12345`)
			if secure, ok := conn.(*tls.Conn); ok {
				_, _ = io.WriteString(secure.NetConn(), "\x17\x03\x03\x00\x20garbage, garbage, garbage, garba")
				abandon(conn)
			}
		}},
		Fault{Name: "tls-wrong-record", What: "the handshake is answered with a record of 60 KB", address: secureURL, accept: func(_ *Server, conn net.Conn) {
			_, _ = conn.Read(make([]byte, 16<<10))
			_, _ = conn.Write(append([]byte{0x16, 3, 3, 0xf0, 0}, make([]byte, 0xf000)...))
			linger(conn)
		}},
	)
	for i := range faults {
		faults[i].Kind = TLS
	}
	return faults
}

// abandon closes the connection below TLS.
func abandon(conn net.Conn) {
	if secure, ok := conn.(*tls.Conn); ok {
		linger(secure.NetConn())
		_ = secure.NetConn().Close()
	}
}

// chain serves a leaf by an intermediate authority, which is sent, changed by spoil.
func chain(spoil func(*x509.Certificate)) func(*Server) (*tls.Config, error) {
	return func(s *Server) (*tls.Config, error) {
		root, err := issue(authority("fault root"), nil)
		if err != nil {
			return nil, err
		}
		s.trust(root.certificate)
		template := authority("fault intermediate")
		spoil(template)
		middle, err := issue(template, root)
		if err != nil {
			return nil, err
		}
		server, err := issue(leaf(), middle)
		if err != nil {
			return nil, err
		}
		return serving(server, middle.certificate), nil
	}
}
