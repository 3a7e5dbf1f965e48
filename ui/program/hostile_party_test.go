package program

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// party is a healthy authorization server with an API, on loopback. Each row has its own;
// what the row replaces by something hostile is given to the program as another URL.
type party struct {
	URL string
	// idToken makes the ID token for a nonce; nil: a right one.
	idToken func(p *party, nonce string) string
	// keys are the bytes of the key set; nil: the right ones.
	keys []byte
	// metadata is changed before it is served.
	metadata func(m map[string]any)
	// written turns the metadata into the bytes that are served; nil: JSON.
	written func(m map[string]any) []byte
	// tokens is changed before it is served.
	tokens func(m map[string]any)
	// authorize answers the authorization request in place of the redirect.
	authorize http.HandlerFunc

	code string // of this party alone: two runs with one code are a finding

	mu    sync.Mutex
	nonce string
	log   []asked
}

// asked is a request that came.
type asked struct {
	path, query, authorization, body string
}

// signer is the key of all healthy parties.
var signer = sync.OnceValue(func() *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return key
})

func newParty(t *testing.T) *party {
	t.Helper()
	p := &party{code: goodCode + rand.Text()[:8]}
	server := httptest.NewServer(http.HandlerFunc(p.serve))
	t.Cleanup(server.Close)
	p.URL = server.URL
	return p
}

func (p *party) serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	p.mu.Lock()
	p.log = append(p.log, asked{path: r.URL.Path, query: r.URL.RawQuery, authorization: r.Header.Get("Authorization"), body: string(body)})
	p.mu.Unlock()
	switch r.URL.Path {
	case "/authorize":
		p.authorized(w, r)
	case "/token":
		m := p.tokenAnswer()
		if p.tokens != nil {
			p.tokens(m)
		}
		p.answer(w, m)
	case "/jwks":
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(p.keySet())
	case "/api":
		p.answer(w, map[string]any{"hello": "world"})
	case "/revoke":
		w.WriteHeader(http.StatusOK)
	case "/.well-known/openid-configuration":
		m := p.describe(p.URL)
		if p.metadata != nil {
			p.metadata(m)
		}
		if p.written != nil {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write(p.written(m))
			return
		}
		p.answer(w, m)
	default:
		http.NotFound(w, r)
	}
}

func (p *party) answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

func (p *party) authorized(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	p.mu.Lock()
	p.nonce = q.Get("nonce")
	p.mu.Unlock()
	if p.authorize != nil {
		p.authorize(w, r)
		return
	}
	back := q.Get("redirect_uri") + "?" + url.Values{"code": {p.code}, "state": {q.Get("state")}}.Encode()
	http.Redirect(w, r, back, http.StatusFound)
}

// describe is the metadata of an authorization server whose endpoints are the party's.
func (p *party) describe(issuer string) map[string]any {
	return map[string]any{"issuer": issuer, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/jwks",
		"revocation_endpoint": p.URL + "/revoke", "response_types_supported": []string{"code"}, "code_challenge_methods_supported": []string{"S256"}}
}

func (p *party) tokenAnswer() map[string]any {
	p.mu.Lock()
	nonce, make := p.nonce, p.idToken
	p.mu.Unlock()
	if make == nil {
		make = func(p *party, nonce string) string { return p.sign(nil, p.claims(nonce)) }
	}
	return map[string]any{"access_token": opaqueToken, "token_type": "Bearer", "expires_in": 3600, "refresh_token": refreshValue,
		"scope": "openid", "id_token": make(p, nonce)}
}

// claims are right for the client.
func (p *party) claims(nonce string) jwt.MapClaims {
	now := time.Now()
	return jwt.MapClaims{"iss": p.URL, "sub": "person", "aud": clientID, "iat": now.Unix(), "exp": now.Add(time.Hour).Unix(), "nonce": nonce}
}

// sign makes a token with the party's key; header members are added or, if nil, removed.
func (p *party) sign(header map[string]any, claims jwt.MapClaims) string {
	token := jwt.NewWithClaims(jwt.SigningMethodES256, claims)
	token.Header["kid"] = "one"
	for name, value := range header {
		if token.Header[name] = value; value == nil {
			delete(token.Header, name)
		}
	}
	text, err := token.SignedString(signer())
	if err != nil {
		panic(err)
	}
	return text
}

// publicKey is the party's key as a member of a key set.
func publicKey(kid string) map[string]any {
	point, err := signer().PublicKey.Bytes() // 4, x, y
	if err != nil {
		panic(err)
	}
	text := base64.RawURLEncoding.EncodeToString
	return map[string]any{"kty": "EC", "crv": "P-256", "kid": kid, "use": "sig", "alg": "ES256", "x": text(point[1:33]), "y": text(point[33:])}
}

func keySetOf(keys ...map[string]any) []byte {
	data, _ := json.Marshal(map[string]any{"keys": keys})
	return data
}

func (p *party) keySet() []byte {
	if p.keys != nil {
		return p.keys
	}
	return keySetOf(publicKey("one"))
}

// requests counts what came, by path.
func (p *party) requests() map[string]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := map[string]int{}
	for _, a := range p.log {
		out[a.path]++
	}
	return out
}

// check: each request came once, and the client's secret went to no other endpoint than
// those that authenticate the client.
func (p *party) check(t *testing.T) {
	t.Helper()
	for _, path := range slices.Sorted(maps.Keys(p.requests())) {
		if n := p.requests()[path]; n > 1 {
			t.Errorf("%s was asked %d times", path, n)
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, a := range p.log {
		if a.path != "/token" && a.path != "/revoke" && carriesSecret(a.query+" "+a.authorization+" "+a.body) {
			t.Errorf("%s was sent the client's secret", a.path)
		}
	}
}

// carriesSecret tells whether a request carries the client's secret.
func carriesSecret(text string) bool {
	if i := strings.Index(text, "Basic "); i >= 0 {
		if plain, err := base64.StdEncoding.DecodeString(strings.Fields(text[i+6:] + " ")[0]); err == nil && strings.Contains(string(plain), "S3cr3t") {
			return true
		}
	}
	return strings.Contains(text, "S3cr3t")
}
