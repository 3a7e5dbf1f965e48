package diagnose

import (
	"bufio"
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/provider"
)

// A scene is a recording written as text:
//
//	> METHOD URL        begins an exchange; header lines and "| body" lines follow
//	< STATUS            its answer; header lines and "| body" lines follow
//	! KIND REASON TEXT  instead of (or behind) an answer: a transport error
//	+DURATION           time passes before the next exchange
//	~DURATION           from here on the servers' Date differs by so much
//	@DURATION           the exchange takes so long (default 100 ms)
//	-date               this answer has no Date
//
// In bodies, \n is a line feed.
type scene struct {
	steps   []flows.Exchange
	now     time.Time
	skew    time.Duration
	took    time.Duration
	inReply bool
}

var sceneStart = time.Date(2026, 11, 9, 10, 0, 0, 0, time.UTC)

func parseScene(t testing.TB, text string) flows.Trace {
	t.Helper()
	s := &scene{now: sceneStart, took: 100 * time.Millisecond}
	in := bufio.NewScanner(strings.NewReader(text))
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		if line := strings.TrimSpace(in.Text()); line != "" {
			s.line(t, line)
		}
	}
	s.close()
	tr := flows.Trace{Run: "0123456789abcdef"}
	tr = tr.Append(sceneStart, flows.Imported{What: "scene"})
	for i, x := range s.steps {
		tr = tr.Append(x.Ended, flows.ExchangeFinished{ID: i + 1, Exchange: x})
	}
	return tr
}

func (s *scene) last() *flows.Exchange {
	if len(s.steps) == 0 {
		return nil
	}
	return &s.steps[len(s.steps)-1]
}

// close ends the exchange that is open.
func (s *scene) close() {
	x := s.last()
	if x == nil || !x.Ended.IsZero() {
		return
	}
	x.Ended = x.Started.Add(s.took)
	if r := x.Response; r != nil {
		if !r.Headers.Has("Date") && !r.Headers.Has("X-No-Date") {
			r.Headers = append(r.Headers, flows.Header{Name: "Date", Value: x.Ended.Add(s.skew).UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT")})
		}
		r.Headers = r.Headers.Without("X-No-Date")
		r.BodyBytes, r.BodyComplete = int64(len(r.Body)), true
	}
	s.now = x.Ended.Add(50 * time.Millisecond)
	s.took = 100 * time.Millisecond
}

func (s *scene) line(t testing.TB, line string) {
	t.Helper()
	kind, rest := line[0], strings.TrimSpace(line[1:])
	switch {
	case kind == '>':
		s.close()
		method, url, _ := strings.Cut(rest, " ")
		s.steps = append(s.steps, flows.Exchange{Step: flows.StepOther, Started: s.now, Request: flows.Request{Method: method, URL: url}})
		s.inReply = false
	case kind == '<':
		status, err := strconv.Atoi(rest)
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		s.last().Response, s.inReply = &flows.Response{Status: status}, true
	case kind == '|':
		body := []byte(strings.ReplaceAll(rest, `\n`, "\n"))
		if s.inReply {
			s.last().Response.Body = append(s.last().Response.Body, body...)
		} else {
			s.last().Request.Body = append(s.last().Request.Body, body...)
		}
	case kind == '!':
		f := strings.SplitN(rest, " ", 3)
		s.last().Error = &flows.TransportError{Kind: flows.ErrorKind(f[0]), Reason: f[1], Message: f[2]}
	case kind == '+', kind == '~', kind == '@':
		d, err := time.ParseDuration(rest)
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		switch kind {
		case '+':
			s.close()
			s.now = s.now.Add(d)
		case '~':
			s.close()
			s.skew = d
		default:
			s.took = d
		}
	case line == "-date":
		s.last().Response.Headers = append(s.last().Response.Headers, flows.Header{Name: "X-No-Date"})
	default:
		name, value, _ := strings.Cut(line, ":")
		h := flows.Header{Name: name, Value: strings.ReplaceAll(strings.TrimSpace(value), `\n`, "\n")}
		if s.inReply {
			s.last().Response.Headers = append(s.last().Response.Headers, h)
		} else {
			s.last().Request.Headers = append(s.last().Request.Headers, h)
		}
	}
}

const verifier = "Mw3kzqPlVh8sYtQ2nB5xRc7uJf0aDgE9oTiWvLmZ1Hy"

// loginScene is a healthy authorization code flow with PKCE, up to the received code.
const loginScene = `
> GET https://id.blue.test/oauth2/authorize?response_type=code&client_id=web-7&redirect_uri=https%3A%2F%2Fapp.red.test%2Fcb&scope=profile+offline_access&state=Zk3fQ1hT7vLw9sXr2mNp&code_challenge=CHALLENGE&code_challenge_method=S256
Sec-Fetch-Dest: document
< 302
Location: https://id.blue.test/login?s=1
> GET https://id.blue.test/login?s=1
Sec-Fetch-Dest: document
< 200
Content-Type: text/html
| <h1>Sign in</h1><form method=post></form>
+9s
> POST https://id.blue.test/login
| username=robin&password=secret
< 302
Location: https://app.red.test/cb?code=c0de.Xy7-Wq3_Zt5&state=Zk3fQ1hT7vLw9sXr2mNp
> GET https://app.red.test/cb?code=c0de.Xy7-Wq3_Zt5&state=Zk3fQ1hT7vLw9sXr2mNp
Sec-Fetch-Dest: document
< 302
Location: /
`

const exchangeScene = `
> POST https://id.blue.test/oauth2/token
Content-Type: application/x-www-form-urlencoded
| grant_type=authorization_code&code=c0de.Xy7-Wq3_Zt5&redirect_uri=https%3A%2F%2Fapp.red.test%2Fcb&client_id=web-7&client_secret=s3cr3t-Value-91kq&code_verifier=VERIFIER
< 200
Content-Type: application/json
| {"access_token":"at-1-Qm9hcmQtdG9rZW4","token_type":"Bearer","expires_in":3600,"refresh_token":"rt-1-R2FyZGVu","scope":"profile offline_access"}
`

const callScene = `
> GET https://api.blue.test/v1/me
Authorization: Bearer at-1-Qm9hcmQtdG9rZW4
< 200
Content-Type: application/json
| {"id":"u1"}
`

const refreshScene = `
> POST https://id.blue.test/oauth2/token
Content-Type: application/x-www-form-urlencoded
| grant_type=refresh_token&refresh_token=rt-1-R2FyZGVu&client_id=web-7&client_secret=s3cr3t-Value-91kq
< 200
Content-Type: application/json
| {"access_token":"at-2-TmV3ZXI","token_type":"Bearer","expires_in":3600,"refresh_token":"rt-2-TmV4dA","scope":"profile offline_access"}
`

const serviceScene = `
> POST https://id.blue.test/oauth2/token
Content-Type: application/x-www-form-urlencoded
| grant_type=client_credentials&scope=read&client_id=svc-3&client_secret=s3cr3t-Value-91kq
< 200
Content-Type: application/json
| {"access_token":"at-9-U2VydmljZQ","token_type":"Bearer","expires_in":3600,"scope":"read"}
`

const metaScene = `
> GET https://id.blue.test/.well-known/openid-configuration
< 200
Content-Type: application/json
| {"issuer":"https://id.blue.test","authorization_endpoint":"https://id.blue.test/oauth2/authorize","token_endpoint":"https://id.blue.test/oauth2/token","jwks_uri":"https://id.blue.test/keys/jwks","userinfo_endpoint":"https://id.blue.test/oauth2/userinfo","grant_types_supported":["authorization_code","refresh_token","client_credentials"],"token_endpoint_auth_methods_supported":["client_secret_basic","client_secret_post"]}
`

const refusedGrant400 = `{"error":"invalid_grant"}`

// refuse turns the answer of an exchange into a refusal.
func refuse(text, body string) string { return refuseWith(text, 400, body) }

func refuseWith(text string, status int, body string) string {
	i := strings.LastIndex(text, "\n< 200")
	return text[:i] + fmt.Sprintf("\n< %d\nContent-Type: application/json\n| %s\n", status, body)
}

// edit replaces pairs of texts; each must occur.
func edit(text string, pairs ...string) string {
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(text, pairs[i]) {
			panic("scene has no " + pairs[i])
		}
		text = strings.ReplaceAll(text, pairs[i], pairs[i+1])
	}
	return text
}

func findingsOf(t testing.TB, text string) []flows.Finding {
	t.Helper()
	text = strings.NewReplacer("CHALLENGE", s256(verifier), "VERIFIER", verifier).Replace(text)
	return Run(parseScene(t, text), Options{Providers: profiles()})
}

// profiles are those of the program.
var profiles = sync.OnceValue(func() []flows.Provider {
	return provider.Embedded()
})

var signer = sync.OnceValue(func() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
})

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// signed makes a JWT, really signed with RS256 unless the header says otherwise.
func signed(header, claims map[string]any) string {
	h := map[string]any{"alg": "RS256", "kid": "k1", "typ": "JWT"}
	for k, v := range header {
		h[k] = v
	}
	hj, _ := json.Marshal(h)
	cj, _ := json.Marshal(claims)
	input := b64(hj) + "." + b64(cj)
	if h["alg"] != "RS256" {
		return input + "."
	}
	sum := sha256.Sum256([]byte(input))
	sig, err := rsa.SignPKCS1v15(rand.Reader, signer(), crypto.SHA256, sum[:])
	if err != nil {
		panic(err)
	}
	return input + "." + b64(sig)
}

func jwksScene(kid, use string) string {
	k := signer().PublicKey
	return fmt.Sprintf("\n> GET https://id.blue.test/keys/jwks\n< 200\nContent-Type: application/json\n| {\"keys\":[{\"kty\":\"RSA\",\"use\":%q,\"alg\":\"RS256\",\"kid\":%q,\"n\":%q,\"e\":%q}]}\n",
		use, kid, b64(k.N.Bytes()), b64(big.NewInt(int64(k.E)).Bytes()))
}

// idClaims are good claims of an ID token of the scene's login.
func idClaims(more map[string]any) map[string]any {
	at := sceneStart.Add(9 * time.Second).Unix()
	c := map[string]any{"iss": "https://id.blue.test", "sub": "u-17", "aud": "web-7", "iat": at, "exp": at + 3600, "nonce": "n-5tRe8Qz1Lk"}
	for k, v := range more {
		if v == nil {
			delete(c, k)
			continue
		}
		c[k] = v
	}
	return c
}

// oidcScene is a login with OpenID Connect whose ID token has these claims.
func oidcScene(header, claims map[string]any) string {
	login := edit(loginScene, "scope=profile+offline_access", "scope=openid+profile+offline_access&nonce=n-5tRe8Qz1Lk")
	exchange := edit(exchangeScene, `"scope":"profile offline_access"`, `"scope":"openid profile offline_access","id_token":"`+signed(header, idClaims(claims))+`"`)
	return metaScene + login + exchange
}

// hs256 makes a JWT signed with a shared secret.
func hs256(secret string, claims map[string]any) string {
	cj, _ := json.Marshal(claims)
	input := b64([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + b64(cj)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(input))
	return input + "." + b64(mac.Sum(nil))
}

// shopQuery are the parameters of the callback of an installation at Shopify, as they are signed.
const shopQuery = "code=4a2a5c7b&shop=demo.myshopify.com&state=Zk3fQ1hT7vLw9sXr2mNp&timestamp=1793616466"

// hmacScene is an installation at Shopify whose callback has these parameters; without a
// signature it is signed with the secret.
func hmacScene(secret, query, signature string) string {
	if signature == "" {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte(shopQuery))
		signature = hex.EncodeToString(mac.Sum(nil))
	}
	return edit(`
> GET https://demo.myshopify.com/admin/oauth/authorize?client_id=1bc013e1&scope=read_orders&redirect_uri=https%3A%2F%2Fapp.red.test%2Fcb&state=Zk3fQ1hT7vLw9sXr2mNp
< 302
Location: https://app.red.test/cb?QUERY&hmac=SIGNATURE
> GET https://app.red.test/cb?QUERY&hmac=SIGNATURE
< 302
Location: /
> POST https://demo.myshopify.com/admin/oauth/access_token
Content-Type: application/json
| {"client_id":"1bc013e1","client_secret":"shpss_abc","code":"4a2a5c7b"}
< 200
Content-Type: application/json
| {"access_token":"shpat_0123456789","scope":"read_orders"}
`, "QUERY", query, "SIGNATURE", signature)
}
