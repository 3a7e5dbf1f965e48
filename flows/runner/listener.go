package runner

import (
	"context"
	"crypto/tls"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/protocol"
)

// Bounds of the listener.
const (
	maxRequestHead = 64 << 10
	maxFormBody    = 1 << 20
	maxVisits      = 64
	visitPatience  = 10 * time.Second // for handshake and head, and again for the body
	answerPatience = 5 * time.Second
	// maxReports is how many hits that are no genuine answer are reported; a page that
	// keeps calling must not fill the trace. maxReported bounds the body of each.
	maxReports  = 200
	maxReported = 64 << 10
)

// Listener waits for the browser at the redirect URI. It answers every hit with a small
// page and reports each: the genuine answer of this flow once, and whatever else comes by
// for what it is. It goes on until it is closed, also after the genuine answer, so that a
// reloaded page is not met by an error of the browser.
type Listener struct {
	expect  flows.CallbackExpectation
	address address
	port    int
	config  *tls.Config // nil for http
	emit    func(flows.Event)
	ended   func() // releases what watches the context and the clock

	// turn serialises judging, answering and reporting: of two genuine answers at once
	// one is the first, and the reports have the order of the judgements.
	turn    sync.Mutex
	settled bool            // a genuine answer has come; under turn
	reports int             // hits that were no genuine answer; under turn
	noted   map[string]bool // remarks that were made; under turn

	mu      sync.Mutex
	closed  bool
	sockets []net.Listener
	visits  []*visit // the oldest first
}

// Listen binds what the redirect URI names and answers ListenerOpened, with the listener,
// or ListenerFailed, with nil. emit is called for every hit with CallbackArrived, for
// remarks with Noted, and with CallbackTimedOut if no genuine answer came within
// l.Timeout (zero: no bound); listening goes on after that. The calls come one after the
// other, from other goroutines; emit must not wait for the caller of Close. The page in
// the browser is written before the hit is reported, so that a program which ends at once
// has still answered. The listener ends with ctx, or with Close.
func (r *Runner) Listen(ctx context.Context, l flows.Listen, emit func(flows.Event)) (*Listener, flows.Event) {
	a, err := readRedirectURI(l.RedirectURI)
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return nil, flows.ListenerFailed{Message: err.Error()}
	}
	sockets, note, err := a.bind(ctx, a.port)
	if err != nil && isInUse(err) && l.AnyPort {
		sockets, note, err = a.bind(ctx, 0)
		note = strings.TrimSuffix("port "+strconv.Itoa(a.port)+" is taken by another program: a free one is used, which the simulator takes too; "+note, "; ")
	}
	if err != nil {
		return nil, explainBind(err)
	}
	listener := &Listener{
		expect: l.Expect, address: a, emit: emit, sockets: sockets, noted: map[string]bool{},
		port: sockets[0].Addr().(*net.TCPAddr).Port,
	}
	if a.secure {
		if listener.config, err = selfSigned(a.uri.Hostname(), r.now()); err != nil {
			listener.Close()
			return nil, flows.ListenerFailed{Message: "no certificate for the https redirect URI could be made: use http, which RFC 8252 allows for loopback"}
		}
		note = strings.TrimPrefix(note+"; the certificate is self-signed: the browser asks before it goes on", "; ")
	}
	listener.watch(ctx, l.Timeout)
	for _, s := range sockets {
		go listener.accept(s)
	}
	return listener, listener.opened(note)
}

func (l *Listener) opened(note string) flows.ListenerOpened {
	e := flows.ListenerOpened{RedirectURI: l.address.raw, Note: note}
	if l.port != l.address.port {
		e.RedirectURI = l.address.withPort(l.port)
	}
	for _, s := range l.sockets {
		e.Addresses = append(e.Addresses, s.Addr().String())
	}
	return e
}

// watch ends the listener with the context, and reports when nobody came in time.
func (l *Listener) watch(ctx context.Context, timeout time.Duration) {
	release := context.AfterFunc(ctx, l.Close)
	var timer *time.Timer
	if timeout > 0 {
		timer = time.AfterFunc(timeout, func() {
			l.turn.Lock()
			defer l.turn.Unlock()
			if !l.settled && !l.isClosed() {
				l.emit(flows.CallbackTimedOut{After: timeout})
			}
		})
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = func() {
		release()
		if timer != nil {
			timer.Stop()
		}
	}
}

// Close frees the port and drops the connections that have not been answered. It may be
// called more than once, and from emit.
func (l *Listener) Close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return
	}
	l.closed = true
	if l.ended != nil {
		l.ended()
	}
	for _, s := range l.sockets {
		_ = s.Close()
	}
	for _, v := range l.visits {
		if !v.answering {
			_ = v.conn.Close()
		}
	}
}

func (l *Listener) isClosed() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.closed
}

// accept takes connections until the socket is closed. A passing failure, such as too many
// open files, is waited out.
func (l *Listener) accept(s net.Listener) {
	for {
		conn, err := s.Accept()
		switch {
		case err == nil:
			if v := l.admit(conn); v != nil {
				go v.serve()
			}
		case l.isClosed():
			return
		default:
			time.Sleep(50 * time.Millisecond)
		}
	}
}

// admit registers a connection. When too many are open the oldest that has not been
// answered has to go: clients that connect and say nothing must not keep the browser out.
func (l *Listener) admit(conn net.Conn) *visit {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		_ = conn.Close()
		return nil
	}
	if len(l.visits) >= maxVisits {
		for _, v := range l.visits {
			if !v.answering && !v.dropped {
				v.dropped = true
				_ = v.conn.Close()
				break
			}
		}
	}
	v := &visit{listener: l, conn: conn}
	l.visits = append(l.visits, v)
	return v
}

func (l *Listener) dismiss(v *visit) {
	_ = v.conn.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, other := range l.visits {
		if other == v {
			l.visits = append(l.visits[:i:i], l.visits[i+1:]...)
			return
		}
	}
}

// begin marks that the visit is being answered, unless the listener has been closed.
func (l *Listener) begin(v *visit) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	v.answering = !l.closed
	return v.answering
}

// note reports a remark once.
func (l *Listener) note(text string) {
	l.turn.Lock()
	defer l.turn.Unlock()
	if !l.noted[text] {
		l.noted[text] = true
		l.emit(flows.Noted{Text: text})
	}
}

// judge decides about a hit at the redirect URI itself. It is called with turn held.
func (l *Listener) judge(request flows.Request) (flows.CallbackVerdict, string) {
	verdict, why := protocol.JudgeCallback(l.expect, request)
	if verdict != flows.CallbackAccepted && verdict != flows.CallbackError {
		return verdict, why
	}
	if l.settled {
		return flows.CallbackDuplicate, "the answer to this flow has already been received"
	}
	l.settled = true
	return verdict, why
}

// report tells of a hit. It is called with turn held.
func (l *Listener) report(hit flows.CallbackArrived) {
	if hit.Verdict != flows.CallbackAccepted && hit.Verdict != flows.CallbackError {
		l.reports++
		hit.Request.Body = hit.Request.Body[:min(len(hit.Request.Body), maxReported)]
	}
	switch {
	case l.reports <= maxReports:
		l.emit(hit)
	case hit.Verdict == flows.CallbackAccepted || hit.Verdict == flows.CallbackError:
		l.emit(hit)
	case l.reports == maxReports+1:
		l.emit(flows.Noted{Text: "the redirect URI keeps being called by something else: further hits are answered and no longer recorded"})
	}
}

// origin is the scheme, host and port under which the listener is reached.
func (l *Listener) origin() string {
	scheme := "http"
	if l.config != nil {
		scheme = "https"
	}
	return scheme + "://" + net.JoinHostPort(l.address.uri.Hostname(), strconv.Itoa(l.port))
}
