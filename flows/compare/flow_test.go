package compare

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/protocol"
)

// object is a JSON object whose members can be changed by name; values are raw JSON.
type object []struct{ name, raw string }

func (o *object) set(name, raw string) {
	for i := range *o {
		if (*o)[i].name == name {
			(*o)[i].raw = raw
			return
		}
	}
	*o = append(*o, struct{ name, raw string }{name, raw})
}

func (o *object) drop(name string) {
	*o = slices.DeleteFunc(*o, func(m struct{ name, raw string }) bool { return m.name == name })
}

func (o object) String() string {
	var parts []string
	for _, m := range o {
		parts = append(parts, strconv.Quote(m.name)+":"+m.raw)
	}
	return "{" + strings.Join(parts, ",") + "}"
}

func q(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// flow is a whole run as a value that a test can change before it becomes a trace.
type flow struct {
	run           flows.RunID
	env           flows.Environment
	clientID      string
	redirect      string
	authorize     []flows.Param
	verifier      string // its challenge is in authorize
	callback      []flows.Param
	posted        bool // the callback is a form_post
	auth          flows.AuthMethod
	encoding      string // of the token request
	tokenURL      string // used in place of the environment's
	status        int
	headers       flows.Headers
	body          object
	jose          object
	claims        object
	metadata      object
	alg, kid      string
	moreKeys      []string // JSON Web Keys beside the one that signs
	call          object
	callStatus    int
	keysStatus    int
	refreshStatus int
	callTime      time.Duration
	refreshed     object
	tls           flows.TLSInfo
	simulated     bool
	at            time.Time
	failed        string // error code of the exchange; empty: it succeeds
	failedText    string
	failedMore    string // more members of the error answer
	failedBody    string // in place of the error answer
}

func endpoints(host string) flows.Endpoints {
	return flows.Endpoints{Issuer: "https://" + host, Authorization: "https://" + host + "/oauth/authorize", Token: "https://" + host + "/oauth/token",
		JWKS: "https://" + host + "/jwks", API: "https://api." + host, Discovery: "https://" + host + "/.well-known/openid-configuration"}
}

// signer holds the keys of a test: one of each kind.
type signer struct {
	rsa *rsa.PrivateKey
	ec  *ecdsa.PrivateKey
}

var signers = sync.OnceValue(func() signer {
	r, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	e, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return signer{r, e}
})

// jwk is the public key for an algorithm.
func (s signer) jwk(alg, kid string) string {
	if alg == "ES256" {
		raw, err := s.ec.PublicKey.Bytes()
		if err != nil {
			panic(err)
		}
		return fmt.Sprintf(`{"kty":"EC","crv":"P-256","use":"sig","kid":%q,"x":%q,"y":%q}`, kid, b64(raw[1:33]), b64(raw[33:]))
	}
	return fmt.Sprintf(`{"kty":"RSA","use":"sig","kid":%q,"n":%q,"e":"AQAB"}`, kid, b64(s.rsa.N.Bytes()))
}

// smallKey is an RSA key of 1024 bits that signs nothing.
func smallKey() string {
	n := new(big.Int).Lsh(big.NewInt(1), 1023)
	return fmt.Sprintf(`{"kty":"RSA","use":"sig","kid":"key-2","n":%q,"e":"AQAB"}`, b64(n.SetBit(n, 0, 1).Bytes()))
}

func (s signer) sign(alg, input string) []byte {
	sum := sha256.Sum256([]byte(input))
	if alg == "ES256" {
		r, v, err := ecdsa.Sign(rand.Reader, s.ec, sum[:])
		if err != nil {
			panic(err)
		}
		return append(r.FillBytes(make([]byte, 32)), v.FillBytes(make([]byte, 32))...)
	}
	out, err := rsa.SignPKCS1v15(rand.Reader, s.rsa, crypto.SHA256, sum[:])
	if err != nil {
		panic(err)
	}
	return out
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// newFlow is a run in the sandbox in which nothing is odd.
func newFlow() *flow {
	f := &flow{run: "0123456789abcdef", env: flows.Environment{Name: flows.EnvSandbox, Endpoints: endpoints("sandbox.example")}, clientID: "client-one", redirect: "https://app.example/callback",
		auth: flows.AuthPost, encoding: "form", status: 200, callStatus: 200, keysStatus: 200, refreshStatus: 200, callTime: 80 * time.Millisecond, at: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC), alg: "RS256", kid: "key-1", verifier: "verifier-one-" + strings.Repeat("1", 30)}
	f.authorize = []flows.Param{{Name: "response_type", Value: "code"}, {Name: "client_id", Value: f.clientID}, {Name: "redirect_uri", Value: f.redirect}, {Name: "scope", Value: "read write"},
		{Name: "state", Value: "state-one-1234567890"}, {Name: "code_challenge", Value: challengeOf(f.verifier, "S256")}, {Name: "code_challenge_method", Value: "S256"}, {Name: "prompt", Value: "consent"}}
	f.callback = []flows.Param{{Name: "code", Value: "code-one-123456"}, {Name: "state", Value: "state-one-1234567890"}, {Name: "iss", Value: f.env.Endpoints.Issuer}, {Name: "session_state", Value: "session-one"}}
	f.headers = flows.Headers{{Name: "Content-Type", Value: "application/json"}, {Name: "Cache-Control", Value: "no-store"}, {Name: "Pragma", Value: "no-cache"}, {Name: "Date", Value: "Sat, 21 Nov 2026 12:00:01 GMT"},
		{Name: "X-Content-Type-Options", Value: "nosniff"}, {Name: "Strict-Transport-Security", Value: "max-age=31536000"}, {Name: "X-Request-Id", Value: "aaaa-1111"}, {Name: "Set-Cookie", Value: "sid=aaaaaa; Secure; HttpOnly"}}
	for _, m := range []struct{ name, raw string }{{"token_type", `"Bearer"`}, {"expires_in", "3600"}, {"refresh_token", `"refresh-one-1234567890"`}, {"scope", `"read write"`}, {"tenant", `{"id":"t-1","name":"One"}`}, {"count", "3"}, {"request_id", `"req-one"`}} {
		f.body.set(m.name, m.raw)
	}
	for _, m := range []struct{ name, raw string }{{"typ", `"at+jwt"`}} {
		f.jose.set(m.name, m.raw)
	}
	for _, m := range []struct{ name, raw string }{{"iss", q(f.env.Endpoints.Issuer)}, {"sub", `"user-1"`}, {"aud", `"project-11111111"`}, {"iat", "1795262400"}, {"exp", "1795266000"}, {"jti", `"id-1"`}, {"client_id", q(f.clientID)}, {"role", `"admin"`}, {"groups", `["a","b"]`}} {
		f.claims.set(m.name, m.raw)
	}
	for _, m := range []struct{ name, raw string }{{"issuer", q(f.env.Endpoints.Issuer)}, {"token_endpoint", q(f.env.Endpoints.Token)}, {"revocation_endpoint", q(f.env.Endpoints.Issuer + "/revoke")}, {"code_challenge_methods_supported", `["S256"]`},
		{"scopes_supported", `["read","write"]`}, {"token_endpoint_auth_methods_supported", `["client_secret_post"]`}, {"id_token_signing_alg_values_supported", `["RS256"]`}, {"response_modes_supported", `["query"]`}, {"authorization_response_iss_parameter_supported", "true"}, {"service_documentation", `"https://docs.example/one"`}} {
		f.metadata.set(m.name, m.raw)
	}
	for _, m := range []struct{ name, raw string }{{"balance", "12.5"}, {"created_at", `"2026-01-01T00:00:00Z"`}, {"items", `[{"id":"1","ok":true},{"id":"2","ok":false}]`}, {"note", "null"}} {
		f.call.set(m.name, m.raw)
	}
	for _, m := range []struct{ name, raw string }{{"token_type", `"Bearer"`}, {"expires_in", "3600"}, {"refresh_token", `"refresh-two-1234567890"`}, {"scope", `"read write"`}} {
		f.refreshed.set(m.name, m.raw)
	}
	f.tls = flows.TLSInfo{Version: "TLS 1.3", Cipher: "TLS_AES_128_GCM_SHA256", Peer: "sandbox.example", Issuer: "CA One", NotAfter: f.at.AddDate(0, 3, 0)}
	return f
}

// jwt is a signed access token; salt makes each one different.
func (f *flow) jwt(salt string) string {
	header, claims := slices.Clone(f.jose), slices.Clone(f.claims)
	header.set("alg", q(f.alg))
	header.set("kid", q(f.kid))
	claims.set("salt_id", q(salt))
	input := b64([]byte(header.String())) + "." + b64([]byte(claims.String()))
	return input + "." + b64(signers().sign(f.alg, input))
}

func (f *flow) keys() string {
	return `{"keys":[` + strings.Join(append([]string{signers().jwk(f.alg, f.kid)}, f.moreKeys...), ",") + `]}`
}

func setParam(params []flows.Param, name, value string) []flows.Param {
	out := slices.Clone(params)
	for i := range out {
		if out[i].Name == name {
			out[i].Value = value
			return out
		}
	}
	return append(out, flows.Param{Name: name, Value: value})
}

func dropParam(params []flows.Param, name string) []flows.Param {
	return slices.DeleteFunc(slices.Clone(params), func(p flows.Param) bool { return p.Name == name })
}

// builder appends the exchanges of a flow to its trace.
type builder struct {
	trace flows.Trace
	flow  *flow
	now   time.Time
}

func (b *builder) send(step flows.StepKind, method, url, body string, status int, headers flows.Headers, answer string, took time.Duration) {
	request := flows.Request{Method: method, URL: url, Headers: flows.Headers{{Name: "Accept", Value: "application/json"}}}
	if body != "" {
		request.Body = []byte(body)
	}
	if strings.Contains(body, "grant_type") && b.flow.auth == flows.AuthBasic {
		request.Headers = request.Headers.With("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(b.flow.clientID+":secret-one-123456")))
	}
	info := b.flow.tls
	x := flows.Exchange{Step: step, Request: request, Started: b.now, Ended: b.now.Add(took), TLS: &info,
		Response: &flows.Response{Status: status, Version: "HTTP/1.1", Headers: headers, Body: []byte(answer), BodyBytes: int64(len(answer)), BodyComplete: true}}
	b.now = b.now.Add(took)
	b.trace = b.trace.Append(b.now, flows.ExchangeFinished{Exchange: x})
}

// tokenRequest is the body of a token request in the flow's encoding.
func (f *flow) tokenRequest(params ...flows.Param) string {
	if f.auth != flows.AuthBasic {
		params = append(params, flows.Param{Name: "client_id", Value: f.clientID}, flows.Param{Name: "client_secret", Value: "secret-one-123456"})
	}
	if f.encoding != "json" {
		return protocol.EncodeForm(params)
	}
	var o object
	for _, p := range params {
		o.set(p.Name, q(p.Value))
	}
	return o.String()
}

func (f *flow) trace() flows.Trace {
	b := &builder{flow: f, now: f.at, trace: flows.Trace{Run: f.run}}
	e := f.env.Endpoints
	b.trace = b.trace.Append(b.now, flows.RunStarted{Provider: flows.Provider{Name: "acme", Title: "Acme", Dialect: flows.Dialect{Fields: flows.FieldPaths{Scope: []string{"$.scope", "$.data.scope"}}}}, Environment: f.env, Simulated: f.simulated, Grant: flows.GrantAuthorizationCode,
		Settings: flows.Settings{ClientID: f.clientID, RedirectURI: f.redirect}})
	plain := flows.Headers{{Name: "Content-Type", Value: "application/json"}}
	b.send(flows.StepDiscovery, "GET", e.Discovery, "", 200, plain, f.metadata.String(), 20*time.Millisecond)
	built := e.Authorization + "?" + protocol.EncodeForm(f.authorize)
	b.trace = b.trace.Append(b.now, flows.AuthorizationBuilt{URL: built, Params: f.authorize})
	back := flows.Request{Method: "GET", URL: f.redirect + "?" + protocol.EncodeForm(f.callback)}
	if f.posted {
		back = flows.Request{Method: "POST", URL: f.redirect, Body: []byte(protocol.EncodeForm(f.callback))}
	}
	b.trace = b.trace.Append(b.now, flows.CallbackArrived{Via: flows.ViaListener, Request: back, Verdict: flows.CallbackAccepted})
	code, _ := protocol.Get(f.callback, "code")
	tokenURL := e.Token
	if f.tokenURL != "" {
		tokenURL = f.tokenURL
	}
	exchange := f.tokenRequest(flows.Param{Name: "grant_type", Value: "authorization_code"}, flows.Param{Name: "code", Value: code}, flows.Param{Name: "redirect_uri", Value: f.redirect}, flows.Param{Name: "code_verifier", Value: f.verifier})
	if f.failed != "" {
		answer := object{{"error", q(f.failed)}}
		if f.failedText != "" {
			answer.set("error_description", q(f.failedText))
		}
		text := strings.TrimSuffix(answer.String(), "}") + f.failedMore + "}"
		if f.failedBody != "" {
			text = f.failedBody
		}
		b.send(flows.StepExchange, "POST", tokenURL, exchange, f.status, f.headers, text, 30*time.Millisecond)
		b.trace = b.trace.Append(b.now, flows.RunEnded{Outcome: flows.Failed, Why: f.failed})
		return b.trace
	}
	answer := slices.Clone(f.body)
	answer.set("access_token", q(f.jwt(string(f.run))))
	b.send(flows.StepExchange, "POST", tokenURL, exchange, f.status, f.headers, answer.String(), 30*time.Millisecond)
	b.send(flows.StepJWKS, "GET", e.JWKS, "", f.keysStatus, plain, f.keys(), 20*time.Millisecond)
	b.send(flows.StepCall, "GET", e.API+"/v1/things", "", f.callStatus, plain, f.call.String(), f.callTime)
	again := slices.Clone(f.refreshed)
	again.set("access_token", q(f.jwt(string(f.run)+" again")))
	b.send(flows.StepRefresh, "POST", tokenURL, f.tokenRequest(flows.Param{Name: "grant_type", Value: "refresh_token"}, flows.Param{Name: "refresh_token", Value: "refresh-one-1234567890"}), f.refreshStatus, plain, again.String(), 30*time.Millisecond)
	b.trace = b.trace.Append(b.now, flows.RunEnded{Outcome: flows.Succeeded})
	return b.trace
}
