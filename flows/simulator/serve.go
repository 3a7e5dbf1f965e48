package simulator

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"oauthlens/flows"
)

// maxRequestBody bounds what is read of a request's body, in bytes.
const maxRequestBody = 64 << 10

// call is one request at a tenant, with the scenario and the clock as they were when
// it came: a change in the middle of an answer changes the next one.
type call struct {
	t    *tenant
	sc   Scenario
	now  time.Time
	w    http.ResponseWriter
	r    *http.Request
	kind endpoint

	status int
	note   string
}

func (s *Simulator) serve(origin int, w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxRequestBody)
	sc := s.Scenario()
	c := &call{sc: sc, now: s.cfg.Now().Add(sc.clockOffset()), w: w, r: r}
	c.t, c.kind = s.find(origin, r.URL.Path)
	switch {
	case c.t == nil && r.URL.Path == "/":
		c.indexPage(s)
	case c.t == nil:
		c.write(http.StatusNotFound, "text/plain; charset=utf-8", []byte("oauthlens simulator: nothing is served at this path; / lists what is\n"))
	case c.kind == "":
		c.note = "no endpoint"
		c.write(http.StatusNotFound, "application/json", []byte(`{"error":"not_found","error_description":"no endpoint at this path of this host"}`))
	default:
		c.dispatch()
	}
	if s.cfg.Log == nil {
		return
	}
	e := Entry{At: c.now, Endpoint: string(c.kind), Method: r.Method, Path: r.URL.Path, Status: c.status, Note: c.note}
	if c.t != nil {
		e.Provider, e.Environment = c.t.provider.Name, c.t.env.Name
	}
	s.cfg.Log(e)
}

// find gives the tenant and the endpoint of a path. The longest prefix wins, so that
// /name/sandbox is the sandbox and not a call at the API of /name.
func (s *Simulator) find(origin int, path string) (*tenant, endpoint) {
	var best *tenant
	for _, t := range s.tenants {
		if strings.HasPrefix(path, "/.well-known/") {
			if kind, ok := t.routes[origin][path]; ok {
				return t, kind
			}
			continue
		}
		if t.owns(path) && (best == nil || len(t.prefix) > len(best.prefix)) {
			best = t
		}
	}
	if best == nil {
		return nil, ""
	}
	return best, best.endpointAt(origin, path)
}

// dispatch answers at an endpoint, after the methods that it takes and the scenario's
// interference.
func (c *call) dispatch() {
	handlers := map[endpoint]struct {
		methods string
		serve   func()
	}{
		endpointAuthorization: {"GET POST", c.authorize},
		endpointConsent:       {"POST", c.consent},
		endpointAuthorizeURL:  {"GET POST", c.authorizeURL},
		endpointToken:         {"POST", c.token},
		endpointRevocation:    {"POST", c.revoke},
		endpointIntrospection: {"POST", c.introspect},
		endpointUserInfo:      {"GET POST", c.userInfo},
		endpointJWKS:          {"GET", c.jwks},
		endpointDiscovery:     {"GET", c.metadata},
		endpointAPI:           {"", c.api},
	}
	h := handlers[c.kind]
	if c.crossOrigin() {
		return
	}
	if h.methods != "" && !strings.Contains(" "+h.methods+" ", " "+c.r.Method+" ") && (c.r.Method != "HEAD" || !strings.HasPrefix(h.methods, "GET")) {
		c.w.Header().Set("Allow", strings.ReplaceAll(h.methods, " ", ", "))
		c.fail(oauthError{code: "invalid_request", text: "this endpoint takes " + strings.ReplaceAll(h.methods, " ", " or ") + ", not " + method(c.r), status: http.StatusMethodNotAllowed})
		return
	}
	if c.kind == c.t.faulted() && c.interfere() {
		return
	}
	h.serve()
}

// method is the request's method if it is one that can be repeated in an answer.
func method(r *http.Request) string {
	if len(r.Method) <= 10 && strings.Trim(r.Method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == "" {
		return r.Method
	}
	return "an unknown method"
}

// crossOrigin lets applications that run in a browser read the endpoints that such
// applications call, and answers their preflight. It tells whether that was all.
func (c *call) crossOrigin() bool {
	switch c.kind {
	case endpointToken, endpointRevocation, endpointUserInfo, endpointJWKS, endpointDiscovery, endpointAPI:
	default:
		return false
	}
	if c.r.Header.Get("Origin") == "" {
		return false
	}
	h := c.w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	if c.r.Method != "OPTIONS" || c.r.Header.Get("Access-Control-Request-Method") == "" {
		return false
	}
	h.Set("Access-Control-Allow-Methods", "GET, POST")
	h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type")
	c.write(http.StatusNoContent, "", nil)
	return true
}

// write answers with the headers that every answer has. Date is the simulator's clock,
// so that a clock that is off shows where clients look for it.
func (c *call) write(status int, contentType string, body []byte) {
	h := c.w.Header()
	h.Set("Date", c.now.UTC().Format(http.TimeFormat))
	if contentType != "" {
		h.Set("Content-Type", contentType)
	}
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "no-store")
		h.Set("Pragma", "no-cache")
	}
	if !c.planted(plantSecurity) {
		h.Set("X-Content-Type-Options", "nosniff")
	}
	if status != http.StatusNoContent {
		h.Set("Content-Length", strconv.Itoa(len(body)))
	}
	c.status = status
	c.w.WriteHeader(status)
	if c.r.Method == "HEAD" {
		return
	}
	if c.sc.Fault == faultTruncated && c.t != nil && c.kind == c.t.faulted() {
		// Fewer bytes than announced: the server closes the connection.
		body = body[:len(body)/2]
	}
	// An error means that the client has gone: there is nobody to tell.
	_, _ = c.w.Write(body)
}

func (c *call) json(status int, o object) {
	body, err := plainJSON(o)
	if err != nil {
		c.broken(err)
		return
	}
	c.write(status, "application/json;charset=UTF-8", body)
}

// broken is the answer when the simulator itself fails: its random source or a key.
func (c *call) broken(err error) {
	c.note = "the simulator failed: " + err.Error()
	c.write(http.StatusInternalServerError, "application/json", []byte(`{"error":"server_error"}`))
}

func (c *call) planted(name string) bool {
	return c.t != nil && c.sc.plantedIn(c.t.env.Name, name)
}

// params are decoded parameters in order, with repeats.
type params []flows.Param

func (p params) get(name string) string {
	for _, f := range p {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}

// repeated returns a name that occurs twice (RFC 6749 sections 3.1 and 3.2 forbid it).
func (p params) repeated() string {
	seen := map[string]bool{}
	for _, f := range p {
		if seen[f.Name] {
			return f.Name
		}
		seen[f.Name] = true
	}
	return ""
}

// maxParams bounds the parameters of one message.
const maxParams = 200

// parseForm reads application/x-www-form-urlencoded text. Only '&' separates: a raw
// semicolon is part of its value, as in most servers, and an escape that cannot be
// undone is left as it stands.
func parseForm(text string) params {
	var out params
	for pair := range strings.SplitSeq(text, "&") {
		if pair == "" || len(out) == maxParams {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		out = append(out, flows.Param{Name: unescape(name), Value: unescape(value)})
	}
	return out
}

func unescape(s string) string {
	if u, err := url.QueryUnescape(s); err == nil {
		return u
	}
	return s
}

// body reads the parameters of a request's body and tells how it was encoded.
func (c *call) body() (params, flows.BodyEncoding, *oauthError) {
	data, err := io.ReadAll(c.r.Body)
	if err != nil {
		var tooLong *http.MaxBytesError
		if errors.As(err, &tooLong) {
			return nil, "", &oauthError{code: "invalid_request", text: "the body is longer than 64 KiB", status: http.StatusRequestEntityTooLarge}
		}
		return nil, "", &oauthError{code: "invalid_request", text: "the body could not be read to its end"}
	}
	kind, _, _ := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if kind == "application/json" || strings.HasSuffix(kind, "+json") {
		p, fault := parseJSONParams(data)
		return p, flows.BodyJSON, fault
	}
	if kind == "application/x-www-form-urlencoded" || len(data) == 0 {
		return parseForm(string(data)), flows.BodyForm, nil
	}
	return nil, "", &oauthError{code: "invalid_request", text: "the Content-Type is neither application/x-www-form-urlencoded nor application/json", status: http.StatusUnsupportedMediaType}
}
