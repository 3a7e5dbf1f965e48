package jose

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"slices"
	"strings"
	"testing"
	"time"

	gojose "github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"
)

var acceptedAlgs = []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}

func kidFor(alg string) string {
	if kid := kidOf(alg); kid != "" {
		return kid
	}
	return "rsa"
}

// Every accepted algorithm: the good token is verified, with kid and without, and each
// way of tampering is found. golang-jwt's own parser, held to the one method, agrees.
func TestEveryAlgorithm(t *testing.T) {
	k := makeKeys()
	keys := k.publicSet(t)
	for _, alg := range acceptedAlgs {
		t.Run(alg, func(t *testing.T) {
			signer := k.forAlg(alg)
			good := sign(t, alg, signer, object{"alg": alg, "kid": kidFor(alg)}, idClaims(nil))
			noKid := sign(t, alg, signer, object{"alg": alg}, idClaims(nil))
			p := strings.Split(good, ".")
			other := b64([]byte(`{"iss":"https://evil.test"}`))
			flipped := []byte(p[2])
			if flipped[10]++; flipped[10] > 'z' || flipped[10] == '[' || flipped[10] == ':' || flipped[10] == '`' {
				flipped[10] = 'A'
			}
			for name, tc := range map[string]struct{ token, want string }{
				"good":          {good, "verified"},
				"no kid":        {noKid, "verified"},
				"other claims":  {p[0] + "." + other + "." + p[2], "failed"},
				"other header":  {b64([]byte(`{"alg":"`+alg+`"}`)) + "." + p[1] + "." + p[2], "failed"},
				"signature bit": {p[0] + "." + p[1] + "." + string(flipped), "failed"},
				"signature cut": {good[:len(good)-8], "failed"},
				"no signature":  {p[0] + "." + p[1] + ".", "failed"},
			} {
				if name == "other header" && tc.token == noKid {
					continue
				}
				j := mustDecode(t, tc.token)
				v := Verify(j, keys, Expect{})
				if got := SignatureStatus(v); got != tc.want {
					t.Errorf("%s: status %s, verdicts %+v", name, got, v)
				}
				parser := jwt.NewParser(jwt.WithValidMethods([]string{alg}), jwt.WithoutClaimsValidation())
				_, err := parser.Parse(tc.token, func(*jwt.Token) (any, error) { return signer.Public(), nil })
				if (err == nil) != (tc.want == "verified") {
					t.Errorf("%s: golang-jwt disagrees: %v", name, err)
				}
			}
		})
	}
}

func TestAlgorithmRefused(t *testing.T) {
	k := makeKeys()
	keys := k.publicSet(t)
	der, err := x509.MarshalPKIXPublicKey(k.rsa.Public())
	if err != nil {
		t.Fatal(err)
	}
	pubPEM := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	claims := idClaims(nil)
	unsigned := func(alg string) string {
		h, _ := json.Marshal(object{"alg": alg, "kid": "rsa"})
		c, _ := json.Marshal(claims)
		return b64(h) + "." + b64(c) + "."
	}
	rs := sign(t, "RS256", k.rsa, object{"alg": "RS256", "kid": "rsa"}, claims)
	body := strings.SplitN(rs, ".", 2)[1]
	relabel := func(alg string) string { return b64([]byte(`{"alg":"`+alg+`","kid":"rsa"}`)) + "." + body }
	for name, tc := range map[string]struct {
		token  string
		keys   KeySet
		result Result
		status string
	}{
		"none":                 {unsigned("none"), keys, Failed, "failed"},
		"None":                 {unsigned("None"), keys, Failed, "failed"},
		"nOnE":                 {unsigned("nOnE"), keys, Failed, "failed"},
		"none without keys":    {unsigned("none"), KeySet{}, Failed, "failed"},
		"HS256 with the PEM":   {sign(t, "HS256", []byte(pubPEM), object{"alg": "HS256", "kid": "rsa"}, claims), keys, Failed, "failed"},
		"HS512 with the DER":   {sign(t, "HS512", der, object{"alg": "HS512", "kid": "rsa"}, claims), keys, Failed, "failed"},
		"HS256 without keys":   {sign(t, "HS256", []byte("secret"), object{"alg": "HS256"}, claims), KeySet{}, Skipped, "unverified"},
		"lower case":           {relabel("rs256"), keys, Failed, "failed"},
		"invented":             {relabel("XX256"), keys, Failed, "failed"},
		"encryption algorithm": {relabel("RSA-OAEP"), keys, Failed, "failed"},
		"registered, not here": {relabel("ES256K"), KeySet{}, Skipped, "unverified"},
		"registered, no key":   {relabel("ES256K"), keys, Failed, "failed"},
		"missing":              {b64([]byte(`{"typ":"JWT"}`)) + "." + body, keys, Failed, "failed"},
		"relabelled PS256":     {relabel("PS256"), keys, Passed, "failed"},
		"relabelled ES256":     {relabel("ES256"), keys, Passed, "unverified"},
	} {
		v := Verify(mustDecode(t, tc.token), tc.keys, Expect{})
		if got := result(v, CheckAlgorithm); got != tc.result || SignatureStatus(v) != tc.status {
			t.Errorf("%s: algorithm %s, status %s: %+v", name, got, SignatureStatus(v), v)
		}
		for _, x := range v {
			if x.Check == CheckAlgorithm && x.Result == Failed && x.Code != CodeHeader {
				t.Errorf("%s: code %q", name, x.Code)
			}
			if x.Check == CheckSignature && x.Result == Passed {
				t.Errorf("%s: the signature passed", name)
			}
		}
	}
}

// A token without a signature is refused for that and for nothing else, key set or not.
func TestUnsigned(t *testing.T) {
	good := idToken(t, nil)
	cut := good[:strings.LastIndexByte(good, '.')+1]
	none := b64([]byte(`{"alg":"none"}`)) + "." + strings.Split(good, ".")[1] + "."
	for _, keys := range []KeySet{{}, makeKeys().publicSet(t)} {
		if v := Verify(mustDecode(t, cut), keys, Expect{}); !slices.Equal(failedCodes(v), []string{"signature:signature-invalid"}) || SignatureStatus(v) != "failed" {
			t.Errorf("cut: %+v", v)
		}
		if v := Verify(mustDecode(t, none), keys, Expect{}); !slices.Equal(failedCodes(v), []string{"algorithm:jwt-header-unacceptable"}) || SignatureStatus(v) != "failed" {
			t.Errorf("none: %+v", v)
		}
	}
}

func TestKeySelection(t *testing.T) {
	k := makeKeys()
	jwk := func(key any, kid, use, alg string) gojose.JSONWebKey {
		return gojose.JSONWebKey{Key: key, KeyID: kid, Use: use, Algorithm: alg}
	}
	mine, other := k.rsa.Public(), k.otherRSA.Public()
	kid := sign(t, "RS256", k.rsa, object{"alg": "RS256", "kid": "a"}, object{})
	bare := sign(t, "RS256", k.rsa, object{"alg": "RS256"}, object{})
	numeric := sign(t, "RS256", k.rsa, object{"alg": "RS256", "kid": 7}, object{})
	for name, tc := range map[string]struct {
		token  string
		keys   []gojose.JSONWebKey
		key    Result
		sig    Result
		status string
		say    string
	}{
		"found":                 {kid, []gojose.JSONWebKey{jwk(other, "b", "", ""), jwk(mine, "a", "sig", "RS256")}, Passed, Passed, "verified", "2048"},
		"unknown kid":           {kid, []gojose.JSONWebKey{jwk(other, "b", "", "")}, Failed, Skipped, "unverified", `only "b"`},
		"unknown kid, key here": {kid, []gojose.JSONWebKey{jwk(mine, "b", "", "")}, Failed, Skipped, "unverified", "would verify"},
		"empty set":             {kid, nil, Failed, Skipped, "unverified", "no key at all"},
		"kid of another key":    {kid, []gojose.JSONWebKey{jwk(other, "a", "", "")}, Passed, Failed, "failed", "another key made it"},
		"use enc":               {kid, []gojose.JSONWebKey{jwk(mine, "a", "enc", "")}, Failed, Skipped, "unverified", "encryption"},
		"other alg":             {kid, []gojose.JSONWebKey{jwk(mine, "a", "", "RS512")}, Failed, Skipped, "unverified", "RS512"},
		"other type":            {kid, []gojose.JSONWebKey{jwk(k.p256.Public(), "a", "", "")}, Failed, Skipped, "unverified", "type EC"},
		"duplicate kid":         {kid, []gojose.JSONWebKey{jwk(other, "a", "", ""), jwk(mine, "a", "", "")}, Passed, Passed, "verified", "share this kid"},
		"duplicate, one fits":   {kid, []gojose.JSONWebKey{jwk(k.ed.Public(), "a", "", ""), jwk(mine, "a", "", "")}, Passed, Passed, "verified", "1 can be meant"},
		"no kid, one fits":      {bare, []gojose.JSONWebKey{jwk(k.ed.Public(), "b", "", ""), jwk(mine, "a", "", "")}, Passed, Passed, "verified", "one key that fits"},
		"no kid, several":       {bare, []gojose.JSONWebKey{jwk(other, "b", "", ""), jwk(mine, "a", "", "")}, Passed, Passed, "verified", "is the one"},
		"no kid, none verify":   {bare, []gojose.JSONWebKey{jwk(other, "b", "", ""), jwk(other, "c", "", "")}, Failed, Failed, "failed", "none of the 2"},
		"no kid, one, wrong":    {bare, []gojose.JSONWebKey{jwk(other, "b", "", "")}, Passed, Failed, "failed", "only key that fits"},
		"no kid, none fit":      {bare, []gojose.JSONWebKey{jwk(k.ed.Public(), "b", "", "")}, Failed, Skipped, "unverified", "can verify RS256"},
		"kid a number":          {numeric, []gojose.JSONWebKey{jwk(mine, "7", "", "")}, Failed, Skipped, "unverified", "would verify"},
		"private half in it":    {kid, []gojose.JSONWebKey{jwk(k.rsa, "a", "", "")}, Failed, Skipped, "unverified", "anybody could"},
	} {
		v := Verify(mustDecode(t, tc.token), parseSet(t, jwksOf(t, tc.keys...)), Expect{})
		if result(v, CheckKey) != tc.key || result(v, CheckSignature) != tc.sig || SignatureStatus(v) != tc.status {
			t.Errorf("%s: key %s, signature %s, status %s", name, result(v, CheckKey), result(v, CheckSignature), SignatureStatus(v))
		}
		if !slices.ContainsFunc(v, func(x Verdict) bool { return strings.Contains(x.Why, tc.say) }) {
			t.Errorf("%s: nothing says %q: %+v", name, tc.say, v)
		}
		for _, x := range v {
			if x.Check == CheckKey && x.Result == Failed && x.Code != CodeKeyUnknown {
				t.Errorf("%s: code %q", name, x.Code)
			}
		}
	}
	v := Verify(mustDecode(t, kid), KeySet{}, Expect{})
	if result(v, CheckKey) != Skipped || SignatureStatus(v) != "unverified" {
		t.Error("without a key set nothing is known about the signature")
	}
	ops := withMembers(t, jwk(mine, "a", "", ""), object{"key_ops": []string{"encrypt"}})
	v = Verify(mustDecode(t, kid), parseSet(t, []byte(`{"keys":[`+ops+`]}`)), Expect{})
	if result(v, CheckKey) != Failed {
		t.Error("key_ops without verify must not verify")
	}
}

func TestHeaderDemands(t *testing.T) {
	k := makeKeys()
	keys := k.publicSet(t)
	public := func(key any) any {
		var m any
		text, _ := json.Marshal(gojose.JSONWebKey{Key: key})
		_ = json.Unmarshal(text, &m)
		return m
	}
	for name, tc := range map[string]struct {
		header object
		result Result
		status string
	}{
		"nothing":           {object{}, Passed, "verified"},
		"crit":              {object{"crit": []string{"exp"}, "exp": 1}, Failed, "failed"},
		"crit b64":          {object{"crit": []string{"b64"}, "b64": false}, Failed, "failed"},
		"crit empty":        {object{"crit": []string{}}, Failed, "failed"},
		"crit a string":     {object{"crit": "exp"}, Failed, "failed"},
		"jku elsewhere":     {object{"jku": "https://evil.test/jwks"}, Failed, "verified"},
		"jku lookalike":     {object{"jku": "https://issuer.test.evil.test/jwks"}, Failed, "verified"},
		"jku user info":     {object{"jku": "https://issuer.test@evil.test/jwks"}, Failed, "verified"},
		"jku plain http":    {object{"jku": "http://issuer.test/jwks"}, Failed, "verified"},
		"jku file":          {object{"jku": "file:///etc/passwd"}, Failed, "verified"},
		"jku a number":      {object{"jku": 5}, Failed, "verified"},
		"jku of the issuer": {object{"jku": "https://keys.issuer.test/jwks"}, Passed, "verified"},
		"x5u elsewhere":     {object{"x5u": "https://evil.test/cert"}, Failed, "verified"},
		"jwk foreign":       {object{"jwk": public(k.otherRSA.Public())}, Failed, "verified"},
		"jwk private":       {object{"jwk": public(k.otherRSA)}, Failed, "verified"},
		"jwk of the set":    {object{"jwk": public(k.rsa.Public())}, Passed, "verified"},
		"jwk in DPoP":       {object{"jwk": public(k.otherRSA.Public()), "typ": "dpop+jwt"}, Passed, "verified"},
		"jwk no object":     {object{"jwk": "x"}, Failed, "verified"},
		"x5c unreadable":    {object{"x5c": []string{"MIIB"}}, Skipped, "verified"},
		"b64 without crit":  {object{"b64": false}, Failed, "verified"},
	} {
		header := object{"alg": "RS256", "kid": "rsa"}
		for n, v := range tc.header {
			header[n] = v
		}
		v := Verify(mustDecode(t, sign(t, "RS256", k.rsa, header, idClaims(nil))), keys, Expect{Issuer: "https://issuer.test"})
		if got := result(v, CheckHeader); got != tc.result || SignatureStatus(v) != tc.status {
			t.Errorf("%s: header %s, status %s: %+v", name, got, SignatureStatus(v), v)
		}
	}
	// A token signed with the key that it brings along is not verified by it.
	forged := sign(t, "RS256", k.otherRSA, object{"alg": "RS256", "jwk": public(k.otherRSA.Public())}, idClaims(nil))
	if v := Verify(mustDecode(t, forged), keys, Expect{}); SignatureStatus(v) != "failed" {
		t.Errorf("a token vouches for itself: %+v", v)
	}
}

func TestClaimChecks(t *testing.T) {
	id := Expect{Of: OfIDToken, Issuer: "https://issuer.test", ClientID: "client-1", Now: now, Leeway: time.Minute}
	with := func(change func(*Expect)) Expect { e := id; change(&e); return e }
	access := with(func(e *Expect) { e.Of = OfAccessToken; e.Audience = []string{"https://api.test", "api"} })
	unix := func(d time.Duration) int64 { return now.Add(d).Unix() }
	for name, tc := range map[string]struct {
		claims object
		expect Expect
		want   []string
	}{
		"healthy":                {nil, id, nil},
		"healthy, aud array":     {object{"aud": []string{"other", "client-1"}, "azp": "client-1"}, id, nil},
		"nothing expected":       {nil, Expect{}, nil},
		"issuer slash":           {object{"iss": "https://issuer.test/"}, id, []string{"issuer:issuer-trailing-slash"}},
		"issuer other":           {object{"iss": "https://issuer.test/realm"}, id, []string{"issuer:issuer-mismatch"}},
		"issuer case":            {object{"iss": "https://Issuer.test"}, id, []string{"issuer:issuer-mismatch"}},
		"issuer missing":         {object{"iss": nil}, id, []string{"issuer:issuer-mismatch"}},
		"issuer template":        {nil, with(func(e *Expect) { e.Issuer = "https://login.test/{tenantid}/v2.0" }), []string{"issuer:issuer-tenant-template"}},
		"issuer missing, access": {object{"iss": nil, "aud": "api"}, access, nil},
		"other client":           {object{"aud": "client-2"}, id, []string{"audience:id-token-other-client"}},
		"audience missing":       {object{"aud": nil}, id, []string{"audience:id-token-other-client"}},
		"access audience":        {object{"aud": "api"}, access, nil},
		"access audience wrong":  {object{"aud": "https://api.test/"}, access, []string{"audience:audience-wrong"}},
		"ID token at the API":    {nil, access, []string{"audience:audience-wrong"}},
		"access, none expected":  {nil, with(func(e *Expect) { e.Of = OfAccessToken }), nil},
		"azp other":              {object{"aud": []string{"client-1", "client-2"}, "azp": "client-2"}, id, []string{"azp:id-token-other-client"}},
		"client_id other":        {object{"client_id": "client-2"}, id, []string{"azp:id-token-other-client"}},
		"expired":                {object{"exp": unix(-2 * time.Minute)}, id, []string{"time:access-token-expired", "time:jwt-malformed"}},
		"expired long ago":       {object{"exp": unix(-time.Hour), "iat": unix(-2 * time.Hour)}, id, []string{"time:access-token-expired"}},
		"within the leeway":      {object{"exp": unix(-30 * time.Second)}, id, nil},
		"exactly expired":        {object{"exp": unix(0)}, with(func(e *Expect) { e.Leeway = 0 }), []string{"time:access-token-expired"}},
		"no exp":                 {object{"exp": nil}, id, []string{"time:jwt-malformed"}},
		"no exp, access":         {object{"exp": nil, "aud": "api"}, access, nil},
		"not yet":                {object{"nbf": unix(5 * time.Minute)}, id, []string{"time:clock-skew"}},
		"from the future":        {object{"iat": unix(10 * time.Minute)}, id, []string{"time:clock-skew"}},
		"everything at once":     {object{"iat": unix(10 * time.Minute), "nbf": unix(10 * time.Minute), "exp": unix(-time.Hour)}, id, []string{"time:access-token-expired", "time:clock-skew", "time:clock-skew", "time:jwt-malformed"}},
		"no clock":               {object{"exp": unix(-time.Hour)}, with(func(e *Expect) { e.Now = time.Time{} }), nil},
		"exp as text":            {object{"exp": "1795266000"}, id, []string{"form:jwt-malformed"}},
		"exp in milliseconds":    {object{"exp": now.Add(time.Hour).UnixMilli()}, id, []string{"form:jwt-malformed"}},
		"exp unreadable":         {object{"exp": "soon"}, id, []string{"form:jwt-malformed", "time:jwt-malformed"}},
		"nonce":                  {object{"nonce": "n-1"}, with(func(e *Expect) { e.Nonce = "n-1"; e.NonceExpected = true }), nil},
		"nonce other":            {object{"nonce": "n-2"}, with(func(e *Expect) { e.Nonce = "n-1" }), []string{"nonce:nonce-mismatch"}},
		"nonce missing":          {nil, with(func(e *Expect) { e.Nonce = "n-1" }), []string{"nonce:nonce-mismatch"}},
		"nonce, refreshed":       {nil, with(func(e *Expect) { e.Nonce, e.Refreshed = "n-1", true }), nil},
		"nonce other, refreshed": {object{"nonce": "n-2"}, with(func(e *Expect) { e.Nonce, e.Refreshed = "n-1", true }), []string{"nonce:nonce-mismatch"}},
		"nonce never sent":       {nil, with(func(e *Expect) { e.NonceExpected = true }), []string{"nonce:nonce-mismatch"}},
		"nonce unknown":          {object{"nonce": "n-2"}, id, nil},
		"nonce, access token":    {object{"aud": "api"}, func() Expect { e := access; e.Nonce = "n-1"; return e }(), nil},
	} {
		t.Run(name, func(t *testing.T) {
			v := Verify(mustDecode(t, idToken(t, tc.claims)), makeKeys().publicSet(t), tc.expect)
			if got := failedCodes(v); !slices.Equal(got, tc.want) {
				t.Errorf("failed %v, want %v\n%+v", got, tc.want, v)
			}
			for _, x := range v {
				if !strings.HasSuffix(x.Why, ".") || x.Spec == "" || strings.Contains(x.Why, "n-1") || strings.Contains(x.Why, "n-2") {
					t.Errorf("bad verdict %+v", x)
				}
			}
		})
	}
}

// TestServersClock: what the times are by the server's clock is said in words, and decides
// nothing.
func TestServersClock(t *testing.T) {
	unix := func(d time.Duration) int64 { return now.Add(d).Unix() }
	for name, tc := range map[string]struct {
		claims object
		ahead  time.Duration
		result Result
		want   string
	}{
		"not known":                {nil, 0, Passed, ""},
		"within the leeway":        {nil, -time.Minute, Passed, ""},
		"expired here, good there": {object{"iat": unix(-20 * time.Minute), "exp": unix(-5 * time.Minute)}, -10 * time.Minute, Failed, "By the server's clock, 10 min 0 s behind this one, the token is good for another 5 min 0 s."},
		"good here, expired there": {object{"iat": unix(-20 * time.Minute), "exp": unix(5 * time.Minute)}, 10 * time.Minute, Passed, "By the server's clock, 10 min 0 s ahead of this one, the token has expired."},
		"from the future, here":    {object{"iat": unix(10 * time.Minute), "exp": unix(20 * time.Minute)}, 10 * time.Minute, Failed, "the token is good for another 10 min 0 s."},
		"from the future, there":   {object{"iat": unix(0), "nbf": unix(0)}, -10 * time.Minute, Passed, "the token is from the future."},
		"no end":                   {object{"iat": unix(10 * time.Minute), "exp": nil}, 10 * time.Minute, Failed, "the token is in time."},
	} {
		v := Verify(mustDecode(t, idToken(t, tc.claims)), KeySet{}, Expect{Of: OfIDToken, Now: now, Leeway: time.Minute, ServerAhead: tc.ahead})
		i := slices.IndexFunc(v, func(x Verdict) bool { return x.Check == CheckTime })
		said := strings.Contains(v[i].Why, "server's clock")
		if v[i].Result != tc.result || said != (tc.want != "") || !strings.HasSuffix(v[i].Why, tc.want) {
			t.Errorf("%s: %+v", name, v[i])
		}
	}
}

func TestNonceNotes(t *testing.T) {
	for got, say := range map[string]string{
		"ABCDEF": "upper and lower case", "abcd": "cut-off", " abcdef ": "blanks", "%61bcdef": "percent-encoded", "zzz": "another request", "": "another request",
	} {
		v := Verify(mustDecode(t, idToken(t, object{"nonce": got})), KeySet{}, Expect{Of: OfIDToken, Nonce: "abcdef"})
		if !slices.ContainsFunc(v, func(x Verdict) bool {
			return x.Check == CheckNonce && x.Result == Failed && strings.Contains(x.Why, say)
		}) {
			t.Errorf("nonce %q: nothing says %q", got, say)
		}
	}
}

// The values are those of OpenID Connect Core 1.0 section A.3 and A.4: at_hash and
// c_hash of its sample answers, computed with SHA-256.
func TestTokenHashes(t *testing.T) {
	const token, tokenHash = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y", "77QmUPtjPfzWtF2AnpK9RQ"
	const code, codeHash = "Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk", "LDktKdoQak3Pk0cnXxCltA"
	for name, tc := range map[string]struct {
		claims object
		expect Expect
		at, c  Result
	}{
		"both good":         {object{"at_hash": tokenHash, "c_hash": codeHash}, Expect{AccessToken: token, Code: code}, Passed, Passed},
		"padded":            {object{"at_hash": tokenHash + "=="}, Expect{AccessToken: token, Code: code}, Passed, Skipped},
		"other token":       {object{"at_hash": tokenHash}, Expect{AccessToken: token + "x"}, Failed, Skipped},
		"other code":        {object{"c_hash": tokenHash}, Expect{Code: code}, Skipped, Failed},
		"nothing beside it": {object{"at_hash": tokenHash, "c_hash": codeHash}, Expect{}, Skipped, Skipped},
		"no hash":           {nil, Expect{AccessToken: token, Code: code}, Skipped, Skipped},
	} {
		tc.expect.Of = OfIDToken
		v := Verify(mustDecode(t, idToken(t, tc.claims)), KeySet{}, tc.expect)
		if result(v, CheckTokenHash) != tc.at || result(v, CheckCodeHash) != tc.c {
			t.Errorf("%s: at_hash %s, c_hash %s", name, result(v, CheckTokenHash), result(v, CheckCodeHash))
		}
	}
}

func TestTokenTypes(t *testing.T) {
	k := makeKeys()
	for _, tc := range []struct {
		typ, of string
		want    Result
	}{
		{"at+jwt", OfIDToken, Failed}, {"application/at+jwt", OfIDToken, Failed}, {"AT+JWT", OfIDToken, Failed},
		{"at+jwt", OfAccessToken, Passed}, {"dpop+jwt", OfAccessToken, Failed}, {"logout+jwt", OfIDToken, Failed},
		{"JWT", OfIDToken, "absent"}, {"JWT", OfAccessToken, "absent"}, {"at+jwt", OfInput, Skipped},
	} {
		v := Verify(mustDecode(t, sign(t, "RS256", k.rsa, object{"alg": "RS256", "typ": tc.typ}, object{})), KeySet{}, Expect{Of: tc.of})
		if got := result(v, CheckType); got != tc.want {
			t.Errorf("typ %s as %s: %s", tc.typ, tc.of, got)
		}
	}
	// A token that says at+jwt must have what RFC 9068 demands.
	bare := sign(t, "RS256", k.rsa, object{"alg": "RS256", "typ": "at+jwt"}, object{})
	v := Verify(mustDecode(t, bare), KeySet{}, Expect{Of: OfAccessToken, Issuer: "https://issuer.test", Audience: []string{"api"}, Now: now})
	if got := failedCodes(v); !slices.Equal(got, []string{"issuer:issuer-mismatch", "audience:audience-wrong", "time:jwt-malformed"}) {
		t.Errorf("failed %v", got)
	}
}

func TestHostileTextStaysVisible(t *testing.T) {
	k := makeKeys()
	evil := "\x1b]0;owned\x07\u202e" + strings.Repeat("x", 500)
	token := sign(t, "RS256", k.rsa, object{"alg": "RS256", "kid": evil, "typ": evil, "crit": []string{evil}, "jku": "https://" + evil}, idClaims(object{"iss": evil, "aud": evil, "azp": evil}))
	for _, of := range []string{OfIDToken, OfAccessToken, OfInput} {
		for _, v := range Verify(mustDecode(t, token), k.publicSet(t), Expect{Of: of, Issuer: "https://issuer.test", ClientID: "client-1", Audience: []string{"a"}, Now: now}) {
			if strings.ContainsAny(v.Why, "\x1b\x07\u202e") || len(v.Why) > 700 {
				t.Errorf("%s: %q", v.Check, v.Why)
			}
		}
	}
}
