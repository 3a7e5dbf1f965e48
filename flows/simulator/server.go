package simulator

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"oauthlens/flows"
)

// DefaultAddr is where `oauthlens simulate` listens unless told otherwise.
const DefaultAddr = "127.0.0.1:8417"

// Server is a simulator that listens.
type Server struct {
	*Simulator
	listeners [2]net.Listener
	servers   [2]*http.Server
	running   sync.WaitGroup
	stop      context.CancelFunc
}

// Start listens on addr and on a second port, for the providers whose token endpoint
// is on another host than their authorization endpoint: the next port if addr names one
// and it is free, else any. Connections that come are served until Close, or until ctx
// ends. An error of the first listener wraps that of the system, so that a port that is
// taken can be told.
func Start(ctx context.Context, cfg Config, addr string) (*Server, error) {
	first, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("simulator: cannot listen on %s: %w", addr, err)
	}
	second, err := listenBeside(ctx, first.Addr(), addr)
	if err != nil {
		_ = first.Close()
		return nil, fmt.Errorf("simulator: no second port beside %s: %w", addr, err)
	}
	for i, l := range []net.Listener{first, second} {
		cfg.Origins[i] = "http://" + reachable(l.Addr())
	}
	sim, err := New(cfg)
	if err != nil {
		return nil, errors.Join(err, first.Close(), second.Close())
	}
	ctx, stop := context.WithCancel(ctx)
	s := &Server{Simulator: sim, listeners: [2]net.Listener{first, second}, stop: stop}
	for i := range s.listeners {
		s.servers[i] = newHTTPServer(ctx, sim, i, isLoopback(s.listeners[i].Addr()))
		s.running.Add(1)
		go func() {
			defer s.running.Done()
			// It ends with ErrServerClosed, or with the listener: either way there is
			// nobody left to serve.
			_ = s.servers[i].Serve(&limited{Listener: s.listeners[i], slots: make(chan struct{}, maxConnections)})
		}()
	}
	context.AfterFunc(ctx, s.shut)
	return s, nil
}

// listenBeside opens the second port.
func listenBeside(ctx context.Context, first net.Addr, addr string) (net.Listener, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	var lc net.ListenConfig
	if tcp, ok := first.(*net.TCPAddr); ok && port != "0" && port != "" && tcp.Port < 65535 {
		if l, err := lc.Listen(ctx, "tcp", net.JoinHostPort(host, strconv.Itoa(tcp.Port+1))); err == nil {
			return l, nil
		}
	}
	return lc.Listen(ctx, "tcp", net.JoinHostPort(host, "0"))
}

// reachable is the authority by which this machine reaches a listener: one that is bound
// to every address is named by the loopback address.
func reachable(a net.Addr) string {
	tcp, ok := a.(*net.TCPAddr)
	if !ok {
		return a.String()
	}
	host := tcp.IP.String()
	if tcp.IP.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, strconv.Itoa(tcp.Port))
}

// newHTTPServer bounds what a client can cost: the time for headers and body, the size
// of headers, idle connections. The time for the answer is bounded by the longest fault.
func newHTTPServer(ctx context.Context, sim *Simulator, origin int, local bool) *http.Server {
	return &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if local && !loopbackHost(hostname(r.Host)) {
				// A page of another site that had its name resolved to this machine.
				http.Error(w, "oauthlens simulator: the Host header names another machine", http.StatusMisdirectedRequest)
				return
			}
			sim.serve(origin, w, r)
		}),
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      15 * time.Minute,
		IdleTimeout:       30 * time.Second,
		MaxHeaderBytes:    32 << 10,
		// A client that talks nonsense is no news, and standard error may be a screen.
		ErrorLog: log.New(io.Discard, "", 0),
	}
}

func isLoopback(a net.Addr) bool {
	tcp, ok := a.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}

// hostname is the host of an authority, without port and brackets.
func hostname(authority string) string {
	if host, _, err := net.SplitHostPort(authority); err == nil {
		return host
	}
	return strings.Trim(authority, "[]")
}

// maxConnections bounds the open connections of one listener; more wait in the queue of
// the system.
const maxConnections = 256

// limited is a listener that accepts only so many connections at a time.
type limited struct {
	net.Listener
	slots chan struct{}
}

// Accept waits for a free slot. Close of the listener makes the inner Accept fail, and a
// closed server closes its connections, which frees the slots.
func (l *limited) Accept() (net.Conn, error) {
	l.slots <- struct{}{}
	conn, err := l.Listener.Accept()
	if err != nil {
		<-l.slots
		return nil, err
	}
	return &slotted{Conn: conn, free: sync.OnceFunc(func() { <-l.slots })}, nil
}

type slotted struct {
	net.Conn
	free func()
}

func (s *slotted) Close() error {
	err := s.Conn.Close()
	s.free()
	return err
}

// URL is the first origin, such as http://127.0.0.1:8417: its page lists what is served.
func (s *Server) URL() string { return s.cfg.Origins[0] }

// Addr is the address of the first listener.
func (s *Server) Addr() net.Addr { return s.listeners[0].Addr() }

// Close ends the listeners and every connection, answered or not, and waits until all
// is quiet.
func (s *Server) Close() error {
	s.stop()
	s.shut()
	s.running.Wait()
	return nil
}

func (s *Server) shut() {
	for _, srv := range s.servers {
		_ = srv.Close()
	}
}

// Environment is an environment of the provider as it is served here. The name is that
// of one of its environments, or simulator, which every provider has.
func (s *Simulator) Environment(p flows.Provider, name string) (flows.Environment, bool) {
	for _, t := range s.tenants {
		if t.provider.Name == p.Name && t.env.Name == name {
			return t.env, true
		}
	}
	return flows.Environment{}, false
}

// Client is the confidential demo client that is registered from the start.
func (s *Simulator) Client(p flows.Provider, env string) (id, secret string) {
	for _, t := range s.tenants {
		if t.provider.Name == p.Name && t.env.Name == env {
			c := t.demoClients()[0]
			return c.ID, c.Secret
		}
	}
	return "", ""
}

// Description says how to reach one environment of one provider.
type Description struct {
	Provider     string
	Title        string
	Environment  string
	Endpoints    flows.Endpoints
	ClientID     string
	ClientSecret string
	// PublicClientID is a client without secret, for PKCE; empty where nobody consents.
	PublicClientID string
	Note           string
}

// Line is an endpoint with its name.
type Line struct{ Name, Value string }

// Lines lists the endpoints that there are, in the order in which a flow meets them.
func (d Description) Lines() []Line {
	e := d.Endpoints
	var out []Line
	for _, l := range []Line{
		{"issuer", e.Issuer}, {"authorize_url", e.AuthorizeURL}, {"authorization", e.Authorization}, {"token", e.Token}, {"jwks", e.JWKS},
		{"userinfo", e.UserInfo}, {"introspection", e.Introspection}, {"revocation", e.Revocation}, {"api", e.API},
	} {
		if l.Value != "" {
			out = append(out, l)
		}
	}
	return out
}

// Describe lists every environment of every provider, in the order of the configuration.
// The environment named custom stands for servers elsewhere and is left out.
func (s *Simulator) Describe() []Description {
	var out []Description
	for _, t := range s.tenants {
		if t.env.Name == flows.EnvCustom {
			continue
		}
		demo := t.demoClients()
		d := Description{
			Provider: t.provider.Name, Title: t.provider.Title, Environment: t.env.Name, Endpoints: t.env.Endpoints,
			ClientID: demo[0].ID, ClientSecret: demo[0].Secret,
		}
		if len(demo) > 1 {
			d.PublicClientID = demo[1].ID
		}
		switch {
		case t.env.Endpoints.Token == "":
			d.Note = "no token: every API call carries HTTP Basic"
		case demo[0].ShopFree:
			d.Note = "client_credentials needs shop_id or myshopify_domain"
		}
		out = append(out, d)
	}
	return out
}
