// Package faultserver is a server for tests that misbehaves in one named way. An OAuth
// inspector meets broken servers by profession; this package is the collection of them,
// each a value of [All], so that a table test can hold the program against every one and
// none is skipped. What the server received is kept, to show what was never sent to it.
//
// It listens on loopback only and uses nothing but the standard library. Most faults
// are written straight to the connection, because net/http's server refuses to be that
// broken. Nothing but tests may import it.
package faultserver

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Kinds of faults.
const (
	Transport = "transport"
	Framing   = "framing"
	TLS       = "tls"
	Proxy     = "proxy"
	Redirect  = "redirect"
	Content   = "content"
	Values    = "values"
)

// Fault is one way to misbehave.
type Fault struct {
	Name string
	Kind string
	What string // one sentence

	// accept handles a connection before anything was read from it; nil: the request is
	// read first.
	accept func(s *Server, conn net.Conn)
	// answer handles a request that was read.
	answer func(s *Server, conn net.Conn, request Received)
	// tls makes the server's TLS configuration; nil: plain HTTP.
	tls func(s *Server) (*tls.Config, error)
	// address stands in for the server's own URL.
	address func(s *Server) (string, error)
	// scheme of the proxy's URL; http by default.
	scheme string
	// other: a second server stands by, to which nothing must be sent.
	other bool
}

// Received is a request as it came.
type Received struct {
	At      time.Time
	Method  string
	Target  string
	Head    string // request line and header, byte for byte
	Body    []byte
	Address string // of the client
}

// ServerURL stands for the URL of the server in the body of its options: metadata names the
// server that serves it, whose port nobody knows before it runs.
const ServerURL = "http://url-of-this-server.test"

// Options of a server.
type Options struct {
	// Body is the right answer that content faults spoil; a token response by default.
	Body string
	// Healthy are paths that are answered well, with the JSON body that stands here, so
	// that one endpoint can be at fault beside others that work. It has no effect where
	// the fault comes before the request: refused connections, TLS, and the like.
	Healthy map[string]string
}

// Server is a running fault.
type Server struct {
	Fault Fault
	// URL is the base of every endpoint, without a final slash: any path misbehaves.
	URL string
	// ProxyURL is set for faults of a proxy: what HTTP_PROXY must say.
	ProxyURL string
	// Roots is what the client must trust so that this fault is the only one;
	// RootPEM the same as a file.
	Roots   *x509.CertPool
	RootPEM []byte
	// Other is the server that nothing must be sent to; nil unless the fault needs one.
	Other *Server

	options  Options
	listener net.Listener
	config   *tls.Config
	done     context.CancelFunc
	ctx      context.Context
	running  sync.WaitGroup
	release  []func()

	mu    sync.Mutex
	log   []Received
	conns map[net.Conn]bool
}

// ByName finds a fault of All.
func ByName(name string) (Fault, bool) {
	all := All()
	i := slices.IndexFunc(all, func(f Fault) bool { return f.Name == name })
	if i < 0 {
		return Fault{}, false
	}
	return all[i], true
}

// All returns every fault.
func All() []Fault {
	return slices.Concat(transportFaults(), framingFaults(), tlsFaults(), chainFaults(), alertFaults(), proxyFaults(), socksFaults(), redirectFaults(), contentFaults(), valueFaults())
}

// Start starts a server that has this fault, on a free port of 127.0.0.1.
func Start(ctx context.Context, fault Fault, options Options) (*Server, error) {
	if options.Body == "" {
		options.Body = tokenResponse
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &Server{Fault: fault, options: options, listener: listener, conns: map[net.Conn]bool{}}
	s.ctx, s.done = context.WithCancel(ctx)
	if err := s.prepare(ctx); err != nil {
		s.Close()
		return nil, err
	}
	s.options.Body = strings.ReplaceAll(s.options.Body, ServerURL, s.URL)
	s.running.Go(s.accept)
	return s, nil
}

func (s *Server) prepare(ctx context.Context) (err error) {
	s.URL = "http://" + s.listener.Addr().String()
	if s.Fault.Kind == Proxy {
		s.ProxyURL, s.URL = s.URL, "http://server.test"
		if s.Fault.scheme != "" {
			s.ProxyURL = s.Fault.scheme + strings.TrimPrefix(s.ProxyURL, "http")
		}
	}
	if s.Fault.other {
		if s.Other, err = Start(ctx, Fault{Name: "other", answer: answerWell}, s.options); err != nil {
			return err
		}
	}
	if s.Fault.tls != nil {
		if s.Fault.Kind != Proxy {
			s.URL = "https" + strings.TrimPrefix(s.URL, "http")
		}
		if s.config, err = s.Fault.tls(s); err != nil {
			return err
		}
	}
	if s.Fault.address != nil {
		s.URL, err = s.Fault.address(s)
	}
	return err
}

// Close stops the server, its connections and its goroutines.
func (s *Server) Close() {
	s.done()
	_ = s.listener.Close()
	s.mu.Lock()
	for conn := range s.conns {
		_ = conn.Close()
	}
	s.mu.Unlock()
	s.running.Wait()
	for _, f := range s.release {
		f()
	}
	if s.Other != nil {
		s.Other.Close()
	}
}

// Log returns the requests that came so far.
func (s *Server) Log() []Received {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.log)
}

// Await waits until so many requests have come, at most half a minute, and tells whether
// they have.
func (s *Server) Await(ctx context.Context, n int) bool {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for len(s.Log()) < n && ctx.Err() == nil && s.sleep(5*time.Millisecond) {
	}
	return len(s.Log()) >= n
}

func (s *Server) accept() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.conns[conn] = true
		if s.ctx.Err() != nil { // Close has been through the connections already
			_ = conn.Close()
		}
		s.mu.Unlock()
		s.running.Go(func() { s.serve(conn) })
	}
}

func (s *Server) serve(conn net.Conn) {
	defer func() {
		_ = conn.Close()
		s.mu.Lock()
		delete(s.conns, conn)
		s.mu.Unlock()
	}()
	if s.Fault.accept != nil {
		s.Fault.accept(s, conn)
		return
	}
	use := conn
	if s.config != nil {
		secure := tls.Server(conn, s.config)
		if err := secure.HandshakeContext(s.ctx); err != nil {
			// A plain request to a TLS port is answered as real servers do.
			var record tls.RecordHeaderError
			if errors.As(err, &record) && record.Conn != nil {
				_, _ = io.WriteString(record.Conn, "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n")
			}
			return
		}
		use = secure
	}
	request, err := readRequest(use)
	if err != nil {
		return
	}
	s.record(request)
	path, _, _ := strings.Cut(request.Target, "?")
	if body, ok := s.options.Healthy[path]; ok {
		write(use, fmt.Sprintf(ok200+"Content-Length: %d\n\n", len(body)), body)
	} else {
		s.Fault.answer(s, use, request)
	}
	if secure, ok := use.(*tls.Conn); ok {
		_ = secure.CloseWrite()
	}
	linger(conn)
}

func (s *Server) record(r Received) {
	s.mu.Lock()
	s.log = append(s.log, r)
	s.mu.Unlock()
}

// sleep waits, or until the server is closed; it tells whether to go on.
func (s *Server) sleep(d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-s.ctx.Done():
		return false
	}
}

// hang waits until the server is closed.
func (s *Server) hang() { <-s.ctx.Done() }

// linger closes the sending half and reads what still comes, so that the system does not
// turn unread bytes into a reset that destroys the answer.
func linger(conn net.Conn) {
	tcp, ok := conn.(*net.TCPConn)
	if !ok || tcp.CloseWrite() != nil {
		return
	}
	_ = tcp.SetReadDeadline(time.Now().Add(time.Second))
	_, _ = io.Copy(io.Discard, tcp)
}

// readRequest reads one request with a Content-Length, as this program sends them.
func readRequest(conn net.Conn) (Received, error) {
	r, in, err := readRequestHead(conn)
	if err != nil {
		return r, err
	}
	n := 0
	for line := range strings.SplitSeq(r.Head, "\r\n") {
		name, value, _ := strings.Cut(line, ":")
		if strings.EqualFold(name, "Content-Length") {
			n, _ = strconv.Atoi(strings.TrimSpace(value))
		}
	}
	if n > 16<<20 {
		return r, fmt.Errorf("body of %d bytes", n)
	}
	r.Body = make([]byte, n)
	_, err = io.ReadFull(in, r.Body)
	return r, err
}

func readRequestHead(conn net.Conn) (Received, *bufio.Reader, error) {
	in := bufio.NewReader(conn)
	var head strings.Builder
	for head.Len() < 1<<20 {
		line, err := in.ReadString('\n')
		if err != nil {
			return Received{}, nil, err
		}
		head.WriteString(line)
		if strings.TrimRight(line, "\r\n") == "" {
			break
		}
	}
	r := Received{At: time.Now(), Head: head.String(), Address: conn.RemoteAddr().String()}
	if words := strings.Fields(r.Head); len(words) > 1 {
		r.Method, r.Target = words[0], words[1]
	}
	return r, in, nil
}

// reset closes the connection so that the other side gets a TCP reset.
func reset(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}
