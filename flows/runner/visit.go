package runner

import (
	"bufio"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/crash"
)

// visit is one connection to the listener. It carries one request.
type visit struct {
	listener *Listener
	conn     net.Conn // the TCP connection
	// answering and dropped are under the listener's mu.
	answering bool
	dropped   bool
}

// fragmentParameter carries the names of what stands behind '#' in the browser.
const fragmentParameter = "oauthlens_fragment"

func (v *visit) serve() {
	l := v.listener
	defer l.dismiss(v)
	defer func() {
		if r := crash.Of(recover()); r != nil { // anybody may connect; nobody is to end the run by it
			l.note("a hit at the redirect URI could not be read: " + r.Error())
		}
	}()
	_ = v.conn.SetDeadline(time.Now().Add(visitPatience))
	use := v.conn
	if l.config != nil {
		secure := tls.Server(v.conn, l.config)
		if err := secure.Handshake(); err != nil {
			v.refuseHandshake(err)
			return
		}
		use = secure
	}
	in := bufio.NewReader(use)
	first, err := in.Peek(1)
	if err != nil {
		return // a connection that was made in advance, or a slow one
	}
	if first[0] == 0x16 && l.config == nil {
		l.note("something spoke TLS to the http redirect URI: the browser may be in https-only mode, allow http for this address")
		return
	}
	request, problem, err := v.read(in, use)
	if err != nil || !l.begin(v) {
		return
	}
	_ = v.conn.SetDeadline(time.Now().Add(answerPatience))
	l.answer(v, use, request, problem)
	if secure, ok := use.(*tls.Conn); ok {
		_ = secure.CloseWrite()
	}
	linger(v.conn)
}

// refuseHandshake tells a browser that distrusts the certificate from one that was sent
// to http.
func (v *visit) refuseHandshake(err error) {
	var record tls.RecordHeaderError
	var remote *net.OpError
	switch {
	case errors.As(err, &record) && record.Conn != nil:
		_, _ = io.WriteString(record.Conn, "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\nThis redirect URI is https, and the request came in http.\n")
		v.listener.note("something spoke plain http to the https redirect URI: register and send the same scheme")
		linger(v.conn)
	case errors.As(err, &remote) && remote.Op == "remote error":
		v.listener.note("the browser does not accept the listener's self-signed certificate: confirm it in the browser, or use an http redirect URI")
	}
}

// read reads the request. A problem is a request that can be answered but not judged; its
// status and sentence say why. An error means that nobody is there to answer.
func (v *visit) read(in *bufio.Reader, out io.Writer) (flows.Request, *badVisit, error) {
	raw, err := readHead(in, maxRequestHead)
	method, target, fields := parseRequestHead(raw)
	request := flows.Request{Method: method, URL: v.listener.recordedURL(fields.Get("Host"), target), Headers: fields}
	if errors.Is(err, errHeadTooLarge) {
		return request, &badVisit{431, "the request is larger than 64 KiB, which no answer of a provider is"}, nil
	}
	if err != nil {
		return request, nil, err
	}
	parsed, err := http.ReadRequest(bufio.NewReader(io.MultiReader(strings.NewReader(string(raw)), in)))
	if err != nil || !strings.HasPrefix(target, "/") {
		return request, &badVisit{400, "what came is no HTTP request for this server"}, nil
	}
	if method != "POST" {
		return request, nil, nil
	}
	if strings.EqualFold(fields.Get("Expect"), "100-continue") {
		_, _ = io.WriteString(out, "HTTP/1.1 100 Continue\r\n\r\n")
	}
	_ = v.conn.SetDeadline(time.Now().Add(visitPatience))
	request.Body, err = io.ReadAll(io.LimitReader(parsed.Body, maxFormBody+1))
	if len(request.Body) > maxFormBody {
		request.Body = request.Body[:maxFormBody]
		return request, &badVisit{413, "the form is larger than 1 MiB, which no answer of a provider is"}, nil
	}
	return request, nil, err
}

// badVisit is a request that is answered with an error.
type badVisit struct {
	status int
	why    string
}

// parseRequestHead reads leniently, for the record; what is judged was read strictly too.
func parseRequestHead(raw []byte) (method, target string, fields flows.Headers) {
	first, rest, _ := strings.Cut(string(raw), "\n")
	fields, _ = parseFields(rest)
	method, line, _ := strings.Cut(strings.TrimRight(first, "\r"), " ")
	target, _, _ = strings.Cut(line, " ")
	return method, target, fields
}

// recordedURL is the URL that the browser asked for, as far as its request says so.
func (l *Listener) recordedURL(host, target string) string {
	origin := l.origin()
	if isAuthority(host) {
		scheme, _, _ := strings.Cut(origin, "://")
		origin = scheme + "://" + host
	}
	switch {
	case strings.Contains(target, "://") && !strings.HasPrefix(target, "/"):
		return target
	case !strings.HasPrefix(target, "/"):
		return origin + "/" + target
	}
	return origin + target
}

// isAuthority tells whether a Host header can stand in a URL.
func isAuthority(host string) bool {
	u, err := url.Parse("http://" + host + "/")
	return err == nil && host != "" && u.Host == host
}

// answer judges, answers and reports one request.
func (l *Listener) answer(v *visit, out io.Writer, request flows.Request, problem *badVisit) {
	l.turn.Lock()
	defer l.turn.Unlock()
	reply := l.consider(request, problem)
	_, _ = out.Write(reply.bytes(request.Method))
	l.report(flows.CallbackArrived{
		Via: flows.ViaListener, Request: request, Remote: v.conn.RemoteAddr().String(),
		Verdict: reply.verdict, Why: reply.why,
	})
}

// consider decides what a request is and what the browser is shown. What is no hit at
// the redirect URI comes first; the state is looked at last, by package protocol.
func (l *Listener) consider(request flows.Request, problem *badVisit) reply {
	stray := func(status int, why string) reply {
		return reply{verdict: flows.CallbackStray, status: status, why: why}
	}
	path, query := request.Target(), ""
	if i := strings.IndexByte(path, '?'); i >= 0 {
		path, query = path[:i], path[i+1:]
	}
	switch {
	case problem != nil:
		return stray(problem.status, problem.why)
	case !l.isOwnHost(request.Headers.Get("Host")):
		return reply{verdict: flows.CallbackBadHost, status: 421,
			why: "the Host header names another host: a page may be trying to reach this listener under its own name (DNS rebinding)"}
	case path == "/favicon.ico":
		return stray(404, "the browser asked for an icon")
	case !samePath(path, l.address.uri):
		return stray(404, "the path is not that of the redirect URI")
	case isPrefetch(request.Headers):
		return stray(503, "the browser only looked ahead; the answer is read when it is really opened")
	case request.Method == "HEAD":
		return stray(200, "HEAD asks for no answer")
	case request.Method == "OPTIONS":
		return stray(204, "a preflight request of a script; pages of other sites may not read from here")
	case request.Method != "GET" && request.Method != "POST":
		return stray(405, "an authorization response comes by GET or POST")
	}
	if names, ok := strings.CutPrefix(query, fragmentParameter+"="); ok {
		return reply{verdict: flows.CallbackFragment, status: 204, why: fragmentWhy(names)}
	}
	verdict, why := l.judge(request)
	return pageFor(verdict, why, request, l.expect.CodeNames)
}

// isOwnHost tells whether the Host header names this machine. The port is not compared:
// it protects nothing, and a forwarded port differs.
func (l *Listener) isOwnHost(header string) bool {
	if !isAuthority(header) {
		return false
	}
	u, err := url.Parse("http://" + header)
	if err != nil {
		return false
	}
	host := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || (err == nil && ip.IsLoopback()) || host == strings.ToLower(l.address.uri.Hostname())
}

// samePath compares decoded, as the browser may have normalised the escapes.
func samePath(path string, uri *url.URL) bool {
	got, err := url.PathUnescape(path)
	want := uri.Path
	if want == "" {
		want = "/"
	}
	return err == nil && got == want
}

// isPrefetch recognises requests that a browser makes before the person does.
func isPrefetch(h flows.Headers) bool {
	for _, name := range []string{"Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"} {
		value := strings.ToLower(h.Get(name))
		if strings.Contains(value, "prefetch") || strings.Contains(value, "prerender") || strings.Contains(value, "preview") {
			return true
		}
	}
	return false
}

// fragmentWhy names the parameters behind '#', as far as they look like names.
func fragmentWhy(report string) string {
	var names []string
	for name := range strings.SplitSeq(report, ",") {
		if isToken(name) && len(name) <= 40 && len(names) < 12 {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return "the answer stands behind '#', where a server never sees it"
	}
	return "the answer stands behind '#', where a server never sees it; the browser tells the names " + strings.Join(names, ", ")
}

// linger reads what still comes before the connection is closed, so that the system does
// not turn unread bytes into a reset that destroys the page.
func linger(conn net.Conn) {
	tcp, ok := conn.(*net.TCPConn)
	if !ok || tcp.CloseWrite() != nil {
		return
	}
	_ = tcp.SetReadDeadline(time.Now().Add(time.Second))
	_, _ = io.Copy(io.Discard, io.LimitReader(tcp, 4<<20))
}
