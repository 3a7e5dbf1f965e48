package runner

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"

	"oauthlens/flows"
)

// FetchTrust reads the system's certificate authorities beside whatever else is done. That
// takes some ten milliseconds where they are files, once per process, and the first
// handshake would have to wait for it.
func FetchTrust() {
	go func() { _, _ = x509.SystemCertPool() }() // what is wrong with them is said by the handshake
}

func (r *Runner) tlsConfig(serverName string) *tls.Config {
	return &tls.Config{
		ServerName: serverName,
		RootCAs:    r.RootCAs,
		NextProtos: []string{"http/1.1"},
		MinVersion: tls.VersionTLS12,
		Time:       r.now,

		InsecureSkipVerify: r.acceptSelfSigned,
	}
}

// handshake puts TLS on the connection. The server's certificate is always verified; one
// that is refused is still described, since that is what the person needs to see.
func (c *call) handshake() error {
	c.enter(stageTLS)
	config := c.runner.tlsConfig(c.target.host)
	config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		c.asked = true
		return &tls.Certificate{}, nil
	}
	secure := tls.Client(endWatch{c.conn, &c.cut}, config)
	err := secure.HandshakeContext(c.ctx)
	state := secure.ConnectionState()
	if err != nil {
		var refused *tls.CertificateVerificationError
		if errors.As(err, &refused) {
			c.x.TLS = describe(state, refused.UnverifiedCertificates)
		}
		return err
	}
	c.x.TLS = describe(state, state.PeerCertificates)
	c.conn, c.secure = secure, secure
	return nil
}

// endWatch notes the end of the bytes below TLS, which crypto/tls does not tell from an end
// that the other side announced.
type endWatch struct {
	net.Conn
	ended *bool
}

func (w endWatch) Read(p []byte) (int, error) {
	n, err := w.Conn.Read(p)
	*w.ended = *w.ended || err == io.EOF
	return n, err
}

// describe records the handshake and the leaf certificate.
func describe(state tls.ConnectionState, chain []*x509.Certificate) *flows.TLSInfo {
	info := &flows.TLSInfo{ALPN: state.NegotiatedProtocol}
	if state.Version != 0 {
		info.Version = tls.VersionName(state.Version)
		info.Cipher = tls.CipherSuiteName(state.CipherSuite)
	}
	if len(chain) == 0 {
		return info
	}
	leaf := chain[0]
	info.Peer = leaf.Subject.String()
	if info.Peer == "" && len(leaf.DNSNames) > 0 {
		info.Peer = leaf.DNSNames[0]
	}
	info.Issuer = leaf.Issuer.String()
	info.DNSNames = append([]string(nil), leaf.DNSNames...)
	for _, ip := range leaf.IPAddresses {
		info.DNSNames = append(info.DNSNames, ip.String())
	}
	info.NotAfter = leaf.NotAfter
	return info
}
