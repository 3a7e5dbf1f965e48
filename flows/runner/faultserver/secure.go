package faultserver

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"time"
)

func tlsFaults() []Fault {
	faults := []Fault{
		{Name: "tls-none", What: "a healthy TLS server, to compare with", tls: withLeaf(nil), answer: answerWell},
		{Name: "tls-expired", What: "the certificate expired yesterday", answer: answerWell, tls: withLeaf(func(c *x509.Certificate) {
			c.NotBefore, c.NotAfter = time.Now().AddDate(0, -3, 0), time.Now().AddDate(0, 0, -1)
		})},
		{Name: "tls-not-yet-valid", What: "the certificate is valid from tomorrow", answer: answerWell, tls: withLeaf(func(c *x509.Certificate) {
			c.NotBefore = time.Now().AddDate(0, 0, 1)
		})},
		{Name: "tls-wrong-name", What: "the certificate is for another name", answer: answerWell, tls: withLeaf(func(c *x509.Certificate) {
			c.DNSNames, c.IPAddresses = []string{"other.test"}, nil
		})},
		{Name: "tls-self-signed", What: "the certificate is signed by itself", answer: answerWell, tls: selfSigned},
		{Name: "tls-unknown-authority", What: "the authority is not trusted", answer: answerWell, tls: untrusted},
		{Name: "tls-incomplete", What: "the intermediate certificate is not sent", answer: answerWell, tls: incomplete},
		{Name: "tls-client-certificate", What: "a client certificate is demanded (TLS 1.3)", answer: answerWell, tls: demanding(tls.VersionTLS13)},
		{Name: "tls-client-certificate-12", What: "a client certificate is demanded (TLS 1.2)", answer: answerWell, tls: demanding(tls.VersionTLS12)},
		{Name: "tls-old", What: "nothing newer than TLS 1.1 is offered", answer: answerWell, tls: func(s *Server) (*tls.Config, error) {
			config, err := withLeaf(nil)(s)
			if err == nil {
				config.MinVersion, config.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
			}
			return config, err
		}},
		{Name: "tls-http2-only", What: "the server insists on HTTP/2", answer: answerWell, tls: func(s *Server) (*tls.Config, error) {
			config, err := withLeaf(nil)(s)
			if err == nil {
				// crypto/tls lets HTTP/1.1 clients pass where only "h2" is offered.
				config.NextProtos = []string{"h2-16"}
			}
			return config, err
		}},
		{Name: "tls-http2-frames", What: "the server speaks HTTP/2 whatever was agreed on", answer: says("", settingsFrame), tls: withLeaf(nil)},
		{Name: "tls-plain-http", What: "plain HTTP is spoken at the port of an https URL", address: secureURL, accept: func(_ *Server, conn net.Conn) {
			_, _ = io.WriteString(conn, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
			linger(conn)
		}},
		{Name: "tls-garbage", What: "neither TLS nor HTTP is spoken at the port of an https URL", address: secureURL, accept: func(_ *Server, conn net.Conn) {
			_, _ = io.WriteString(conn, "220 mail.test ESMTP\r\n")
			linger(conn)
		}},
		{Name: "tls-closed", What: "the connection is closed during the handshake", address: secureURL, accept: func(_ *Server, conn net.Conn) {
			_, _ = conn.Read(make([]byte, 4096))
		}},
		{Name: "tls-hang", What: "the handshake never ends", address: secureURL, accept: func(s *Server, _ net.Conn) { s.hang() }},
		{Name: "tls-on-plain", What: "TLS is spoken at the port of an http URL, with a page that says so", answer: answerWell, tls: withLeaf(nil), address: plainURL},
		{Name: "tls-alert-on-plain", What: "TLS is spoken at the port of an http URL, with an alert", accept: func(_ *Server, conn net.Conn) {
			_, _ = conn.Read(make([]byte, 4096))
			_, _ = io.WriteString(conn, "\x15\x03\x01\x00\x02\x02\x46")
			linger(conn)
		}},
		{Name: "tls-truncated", What: "the body is cut short without an end of TLS", tls: withLeaf(nil), answer: says(ok200+"Content-Length: 500\n\n", `{"access_token":"at-12345`)},
	}
	for i := range faults {
		faults[i].Kind = TLS
	}
	return faults
}

func secureURL(s *Server) (string, error) { return "https://" + s.listener.Addr().String(), nil }
func plainURL(s *Server) (string, error)  { return "http://" + s.listener.Addr().String(), nil }

// issued is a certificate with its key.
type issued struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// issue makes a certificate; a nil issuer means that it signs itself.
func issue(template *x509.Certificate, by *issued) (*issued, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template.SerialNumber = big.NewInt(time.Now().UnixNano())
	parent, signer := template, key
	if by != nil {
		parent, signer = by.certificate, by.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		return nil, err
	}
	certificate, err := x509.ParseCertificate(der)
	return &issued{certificate, key}, err
}

func authority(name string) *x509.Certificate {
	return &x509.Certificate{
		Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().AddDate(-1, 0, 0), NotAfter: time.Now().AddDate(1, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
}

func leaf() *x509.Certificate {
	return &x509.Certificate{
		Subject: pkix.Name{CommonName: "fault server"}, NotBefore: time.Now().AddDate(0, 0, -1), NotAfter: time.Now().AddDate(0, 1, 0),
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
}

func (s *Server) trust(c *x509.Certificate) {
	s.Roots = x509.NewCertPool()
	s.Roots.AddCert(c)
	s.RootPEM = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
}

func serving(i *issued, chain ...*x509.Certificate) *tls.Config {
	c := tls.Certificate{Certificate: [][]byte{i.certificate.Raw}, PrivateKey: i.key}
	for _, more := range chain {
		c.Certificate = append(c.Certificate, more.Raw)
	}
	return &tls.Config{Certificates: []tls.Certificate{c}, MinVersion: tls.VersionTLS12}
}

// withLeaf serves a leaf of a trusted authority, changed by spoil.
func withLeaf(spoil func(*x509.Certificate)) func(*Server) (*tls.Config, error) {
	return func(s *Server) (*tls.Config, error) {
		root, err := issue(authority("fault root"), nil)
		if err != nil {
			return nil, err
		}
		s.trust(root.certificate)
		template := leaf()
		if spoil != nil {
			spoil(template)
		}
		server, err := issue(template, root)
		if err != nil {
			return nil, err
		}
		return serving(server), nil
	}
}

func selfSigned(s *Server) (*tls.Config, error) {
	server, err := issue(leaf(), nil)
	if err != nil {
		return nil, err
	}
	s.Roots = x509.NewCertPool()
	return serving(server), nil
}

func untrusted(s *Server) (*tls.Config, error) {
	root, err := issue(authority("company proxy"), nil)
	if err != nil {
		return nil, err
	}
	s.Roots = x509.NewCertPool()
	server, err := issue(leaf(), root)
	if err != nil {
		return nil, err
	}
	return serving(server, root.certificate), nil
}

func incomplete(s *Server) (*tls.Config, error) {
	root, err := issue(authority("fault root"), nil)
	if err != nil {
		return nil, err
	}
	s.trust(root.certificate)
	middle, err := issue(authority("fault intermediate"), root)
	if err != nil {
		return nil, err
	}
	template := leaf()
	template.IssuingCertificateURL = []string{"http://authority.test/intermediate.cer"}
	server, err := issue(template, middle)
	if err != nil {
		return nil, err
	}
	return serving(server), nil
}

func demanding(version uint16) func(*Server) (*tls.Config, error) {
	return func(s *Server) (*tls.Config, error) {
		config, err := withLeaf(nil)(s)
		if err == nil {
			config.ClientAuth = tls.RequireAndVerifyClientCert
			config.ClientCAs = x509.NewCertPool()
			config.MinVersion, config.MaxVersion = version, version
		}
		return config, err
	}
}
