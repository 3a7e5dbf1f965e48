package compare

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/rawjson"
	"oauthlens/flows/redact"
	"oauthlens/flows/session"
)

// two are facts of both sides; an empty value of one side means that it has none.
func two(a area, name, va, vb string) delta {
	d := delta{step: "exchange"}
	if va != "" {
		d.a = &fact{area: a, name: name, path: name, value: va, kind: rawjson.String}
	}
	if vb != "" {
		d.b = &fact{area: a, name: name, path: name, value: vb, kind: rawjson.String}
	}
	return d
}

func lists(a area, name, va, vb string) delta {
	d := two(a, name, va, vb)
	for _, f := range []*fact{d.a, d.b} {
		if f != nil {
			f.list, f.isList = strings.Fields(f.value), true
		}
	}
	return d
}

func kinds(a area, name string, ka, kb rawjson.Kind) delta {
	d := two(a, name, "1", "1")
	d.a.kind, d.b.kind = ka, kb
	return d
}

func lives(a area, name string, la, lb time.Duration) delta {
	d := two(a, name, "x", "x")
	d.a.lasts, d.b.lasts, d.a.isLife, d.b.isLife = la, lb, true, true
	return d
}

func (d delta) at(step string) delta {
	d.step = step
	return d
}

// sample is a difference that a rule decides, and one much like it that it does not.
type sample struct{ good, bad delta }

func samples() map[string]sample {
	const a, b = "https://a.example", "https://b.example"
	return map[string]sample{
		codeOutcome:             {two(areaOutcome, "outcome", "succeeded", "failed"), two(areaStatus, "status", "200", "400")},
		"cancelled":             {two(areaOutcome, "outcome", "succeeded", "cancelled"), two(areaOutcome, "outcome", "succeeded", "failed")},
		"chosen":                {two(areaRun, "environment", "sandbox", "production"), two(areaOutcome, "outcome", "succeeded", "failed")},
		"step-one-sided":        {two(areaStep, "refresh", "walked", ""), two(areaRun, "grant", "a", "b")},
		"profile-declares":      {two(areaProfile, "token_endpoint", a, b), two(areaMetadata, "token_endpoint", a, b)},
		"scheme":                {two(areaEndpoint, "url", "https://a.example/t", "http://b.example/t"), two(areaEndpoint, "url", "http://127.0.0.1:1/t", "https://b.example/t")},
		"host-declared":         {two(areaEndpoint, "url", "https://sandbox.example/oauth/token", "https://live.example/oauth/token"), two(areaEndpoint, "url", "https://sandbox.example/oauth/token", "https://else.example/oauth/token")},
		"host":                  {two(areaMetadata, "service", a+"/x", b+"/x"), two(areaMetadata, "service", a+"/x", b+"/y")},
		"host-moved":            {two(areaEndpoint, "url", a+"/x", b+"/x").at("same"), two(areaEndpoint, "url", a+"/x", b+"/x")},
		"path":                  {two(areaEndpoint, "url", a+"/x", b+"/y"), two(areaEndpoint, "url", a+"/x", b+"/x")},
		"client-authentication": {two(areaAuth, "client authentication", "HTTP Basic", "in the body"), two(areaEncoding, "body encoding", "form", "json")},
		"body-encoding":         {two(areaEncoding, "body encoding", "form", "json"), two(areaForm, "body", "form", "json")},
		"scope-asked":           {lists(areaParam, "scope", "read write", "read"), lists(areaScope, "scope", "read write", "read")},
		"parameter-missing":     {two(areaParam, "prompt", "consent", ""), two(areaParam, "prompt", "consent", "login")},
		"token-hint":            {two(areaParam, "token_type_hint", "refresh_token", "access_token"), two(areaParam, "token_type_hint", "refresh_token", "")},
		"random-value":          {two(areaParam, "state", "one", "two"), two(areaParam, "state", "one", "")},
		"client-id":             {two(areaParam, "client_id", "one", "two"), two(areaParam, "prompt", "one", "two")},
		"redirect-uri-spelling": {two(areaParam, "redirect_uri", a+"/cb", a+"/cb/"), two(areaParam, "redirect_uri", a+"/cb", a+"/other")},
		"redirect-uri":          {two(areaParam, "redirect_uri", a+"/cb", b+"/cb"), two(areaParam, "redirect_uri", a+"/cb", a+"/CB")},
		"parameter-value":       {two(areaParam, "prompt", "one", "two"), two(areaParam, "prompt", "one", "")},
		"parameter-declared":    {two(areaParam, "resource", "api:https://sandbox.example/oauth/token", "api:https://live.example/oauth/token"), two(areaParam, "resource", "api:x", "api:y")},
		"delivery":              {two(areaDelivery, "delivery", "query", "fragment"), two(areaBack, "delivery", "query", "fragment")},
		"iss-missing":           {two(areaBack, "iss", a, ""), two(areaBack, "iss", "https://sandbox.example", "https://live.example")},
		"callback-parameter":    {two(areaBack, "session_state", "x", ""), two(areaBack, "session_state", "x", "y")},
		"callback-value":        {two(areaBack, "session", "x", "y"), two(areaBack, "session", "", "y")},
		"error-code":            {two(areaError, "error", "invalid_grant", "invalid_request"), two(areaErrorText, "description", "one", "two")},
		"error-moved":           {two(areaErrorPlace, "error", "$.error", "$.code"), two(areaSource, "error", "$.error", "$.code")},
		"error-text-gone":       {two(areaErrorText, "description", "one", ""), two(areaErrorText, "description", "one", "two")},
		"error-wording":         {two(areaErrorText, "description", "one", "two"), two(areaError, "error", "one", "two")},
		"no-answer":             {two(areaTransport, "no answer", "dns", "tls"), two(areaStatus, "status", "1", "2")},
		"status":                {two(areaStatus, "status", "400", "401"), two(areaError, "error", "400", "401")},
		"body-form":             {two(areaForm, "body", "json", "html"), two(areaEncoding, "body", "json", "form")},
		codeTiming:              {lives(areaTime, "duration", time.Second, time.Minute), lives(areaLife, "expires_in", time.Second, time.Minute)},
		"tls-version":           {two(areaTLS, "TLS version", "TLS 1.3", "TLS 1.2"), two(areaTLS, "TLS cipher", "a", "b")},
		"tls-detail":            {two(areaTLS, "certificate", "a", "b"), two(areaTLS, "TLS version", "a", "b")},
		"cache-headers":         {two(areaHeader, "cache-control", "no-store", "public"), two(areaHeader, "age", "1", "2")},
		"security-headers":      {two(areaHeader, "x-frame-options", "DENY", ""), two(areaHeader, "x-powered-by", "DENY", "")},
		"cors-headers":          {two(areaHeader, "access-control-allow-origin", "*", ""), two(areaHeader, "allow", "*", "")},
		"challenge":             {two(areaHeader, "www-authenticate", "Basic", ""), two(areaHeader, "server", "Basic", "")},
		"content-type":          {two(areaHeader, "content-type", "application/json", "text/html"), two(areaHeader, "content-type", "application/json", "application/json; charset=utf-8")},
		"cookie":                {lists(areaCookie, "sid", "secure", "httponly"), lists(areaCookie, "sid", "secure", "")},
		"header-other":          {two(areaHeader, "date", "a", "b"), two(areaHeader, "pragma", "a", "b")},
		"no-refresh-token":      {two(areaField, "refresh_token", "x", ""), two(areaField, "refresh_token", "x", "y")},
		"pkce-not-enforced":     {two(areaVerifier, "code_verifier", verifierTaken, verifierRefused), two(areaOutcome, "outcome", "succeeded", "failed")},
		"rotation":              {two(areaRotation, "refresh token", "rotated", "kept"), two(areaField, "refresh_token", "x", "y")},
		"scope-granted":         {lists(areaScope, "scope", "a b", "a"), lists(areaScope, "scope", "a b", "")},
		"scope-member":          {lists(areaScope, "scope", "a", ""), lists(areaScope, "scope", "a", "b")},
		"scope-separator":       {two(areaSeparator, "scope separator", "blank", "comma"), two(areaSource, "scope", "blank", "comma")},
		codeLifetime:            {lives(areaLife, "expires_in", time.Hour, time.Minute), lives(areaTime, "duration", time.Hour, time.Minute)},
		"token-format":          {two(areaFormat, "access token format", "jwt", "opaque"), two(areaField, "format", "jwt", "opaque")},
		"token-type-spelling":   {two(areaField, "token_type", "Bearer", "bearer"), two(areaField, "token_type", "Bearer", "DPoP")},
		"token-type":            {two(areaField, "token_type", "Bearer", "DPoP"), two(areaField, "token_type", "Bearer", "")},
		"field-moved":           {two(areaSource, "scope", "$.scope", "$.data.scope"), two(areaField, "scope type", "string", "array")},
		"field-type":            {two(areaField, "expires_in type", "number", "string"), two(areaSource, "expires_in", "number", "string")},
		"field-gone":            {two(areaField, "id_token", "x", ""), two(areaField, "id_token", "x", "y")},
		"token-value":           {two(areaField, "access_token", "x", "y"), two(areaField, "access_token", "x", "")},
		"signature":             {two(areaSignature, "signature", "verified", "failed"), two(areaJOSE, "alg", "verified", "failed")},
		"check":                 {two(areaCheck, "nonce", "passed", "failed"), two(areaSignature, "nonce", "passed", "failed")},
		"algorithm":             {two(areaJOSE, "alg", "RS256", "ES256"), two(areaJOSE, "kid", "RS256", "ES256")},
		"key-id":                {two(areaJOSE, "kid", "x", "y"), two(areaJOSE, "kid", "x", "")},
		"key-type":              {lists(areaKey, "key types", "RSA", "EC"), lists(areaKey, "key use", "RSA", "EC")},
		"key-size":              {two(areaKey, "key size", "2048", "1024"), two(areaKey, "key ids", "2048", "1024")},
		"key-use":               {lists(areaKey, "key use", "sig", "enc"), lists(areaKey, "key ids", "sig", "enc")},
		"jose-header":           {two(areaJOSE, "typ", "JWT", "at+jwt"), two(areaJOSE, "kid", "JWT", "at+jwt")},
		"audience-kind":         {two(areaAudience, "aud", "https://api.example", "project-12345678"), two(areaAudience, "aud", "project-12345678", "project-87654321")},
		"audience":              {two(areaAudience, "aud", "one", "two"), two(areaAudience, "aud", "one", "")},
		"claim-gone":            {two(areaClaim, "role", "x", ""), two(areaClaim, "role", "x", "y")},
		"issuer-undeclared":     {two(areaClaim, "iss", "sandbox", "production"), two(areaClaim, "iss", "https://sandbox.example", "https://live.example")},
		"claim-volatile":        {two(areaClaim, "jti", "x", "y"), two(areaClaim, "jti", "x", "")},
		"claim-value":           {two(areaClaim, "role", "x", "y"), kinds(areaClaim, "role", rawjson.String, rawjson.Array)},
		"pkce":                  {lists(areaMetadata, "code_challenge_methods_supported", "S256", ""), lists(areaMetadata, "claims_supported", "S256", "")},
		"endpoint-missing":      {two(areaMetadata, "jwks_uri", a, ""), two(areaMetadata, "op_policy_uri", a, "")},
		"scopes-supported":      {lists(areaMetadata, "scopes_supported", "a b", "a"), lists(areaMetadata, "scopes_supported", "a b", "")},
		"auth-methods":          {lists(areaMetadata, "revocation_endpoint_auth_methods_supported", "a b", "a"), lists(areaMetadata, "claims_supported", "a b", "a")},
		"algorithms-supported":  {lists(areaMetadata, "id_token_signing_alg_values_supported", "a b", "a"), lists(areaMetadata, "id_token_supported", "a b", "a")},
		"iss-promise":           {two(areaMetadata, "authorization_response_iss_parameter_supported", "true", ""), two(areaMetadata, "request_parameter_supported", "true", "")},
		"metadata-list":         {lists(areaMetadata, "claims_supported", "a b", "a"), lists(areaMetadata, "claims_supported", "a b", "")},
		"metadata-gone":         {two(areaMetadata, "request_parameter_supported", "true", ""), two(areaMetadata, "token_endpoint", a, "")},
		"metadata-value":        {two(areaMetadata, "request_parameter_supported", "true", "false"), two(areaMetadata, "request_parameter_supported", "", "false")},
		"metadata-declared":     {two(areaMetadata, "tls_client_alias", "x https://sandbox.example/oauth/token", "x https://live.example/oauth/token"), two(areaMetadata, "alias", "x y", "x z")},
		"member-gone":           {two(areaMember, "tenant", "x", ""), two(areaMember, "tenant", "x", "y")},
		"member-null":           {kinds(areaMember, "tenant", rawjson.Null, rawjson.Object), kinds(areaMember, "tenant", rawjson.String, rawjson.Object)},
		"member-type":           {kinds(areaMember, "tenant", rawjson.String, rawjson.Number), kinds(areaMember, "tenant", rawjson.Null, rawjson.Number)},
		"member-id":             {two(areaMember, "request_id", "x", "y"), two(areaMember, "balance", "x", "y")},
		"member-value":          {two(areaMember, "balance", "x", "y"), two(areaMember, "request_id", "x", "y")},
		"provider-pkce":         {two(areaParam, "code_challenge", "x", "").at("other"), two(areaParam, "code_challenge", "x", "")},
		"provider-narrowed":     {lists(areaScope, "scope", "a b", "c").at("narrowed"), lists(areaScope, "scope", "a b", "c").at("other")},
		"provider-address":      {two(areaEndpoint, "url", a+"/x", b+"/y").at("other"), two(areaEndpoint, "url", a+"/x", "http://b.example/y").at("other")},
		"provider-request":      {two(areaAuth, "client authentication", "HTTP Basic", "in the body").at("other"), two(areaParam, "state", "x", "").at("other")},
		"provider-delivery":     {two(areaStatus, "status", "200", "").at("authorize_url"), two(areaStatus, "status", "200", "400").at("authorize_url")},
		"provider-scopes":       {lists(areaScope, "scope", "a b", "c").at("other"), lists(areaScope, "scope", "a b", "").at("other")},
		"provider-life":         {lives(areaLife, "expires_in", time.Hour, time.Minute).at("other"), lives(areaLife, "expires_in", time.Hour, time.Hour).at("other")},
		"provider-place":        {two(areaSource, "scope", "$.scope", "$.data.scope").at("other"), two(areaSource, "scope", "$.scope", "$.data.scope")},
		"provider-answer":       {two(areaMember, "tenant", "x", "").at("other"), two(areaMetadata, "code_challenge_methods_supported", "x", "").at("other")},
		"provider-claims":       {two(areaClaim, "role", "x", "").at("other"), two(areaClaim, "jti", "x", "").at("other")},
		"provider-callback":     {two(areaBack, "session_state", "x", "").at("other"), two(areaBack, "iss", "x", "").at("other")},
		"unknown":               {two(areaField, "novelty", "x", "y"), two(areaField, "novelty", "x", "")},
	}
}

func testPair(step string) *pair {
	x := &pair{a: side{session: session.New(""), mask: redact.New(flows.FingerprintKey{}, nil)}, b: side{session: session.New(""), mask: redact.New(flows.FingerprintKey{}, nil)}}
	x.a.about = Side{Name: "sandbox", Environment: "sandbox", Provider: "acme"}
	x.b.about = Side{Name: "production", Environment: "production", Provider: "acme"}
	if step == "narrowed" { // the first side asked for more than it gets
		asked := flows.RunStarted{Settings: flows.Settings{Scopes: []string{"a", "b", "d"}}}
		x.a.session = session.Replay(flows.Trace{Run: "r"}.Append(time.Time{}, asked))
	}
	if step == "other" || step == "narrowed" || step == "authorize_url" {
		x.b.about.Provider = "zenith"
		for _, s := range []*side{&x.a, &x.b} {
			s.start.Provider.Lifetimes.AccessToken = time.Hour
		}
		x.b.start.Provider.Lifetimes.AccessToken = time.Minute
	}
	if step == "same" {
		x.b.about = x.a.about
	}
	x.a.declare(endpoints("sandbox.example"), flows.Settings{})
	x.b.declare(endpoints("live.example"), flows.Settings{})
	return x
}

// TestRules: each rule decides its good sample and leaves its bad one to another rule, and
// is documented.
func TestRules(t *testing.T) {
	all := samples()
	seen := map[string]bool{}
	for _, r := range Rules() {
		t.Run(r.Code, func(t *testing.T) {
			if seen[r.Code] {
				t.Fatal("the code is taken")
			}
			seen[r.Code] = true
			if r.What == "" || r.Reason == "" || !strings.HasSuffix(r.Reason, ".") || r.Verdict != Expected && r.Verdict != Suspicious {
				t.Errorf("not documented: %+v", r)
			}
			if r.Verdict == Expected && r.Gravity != 0 {
				t.Error("an expected difference has no gravity")
			}
			s, ok := all[r.Code]
			if !ok {
				t.Fatal("there is no sample of it")
			}
			for _, d := range []*delta{&s.good, &s.bad} {
				d.pair = testPair(d.step)
			}
			good := judge(s.good)
			if good.Rule != r.Code || good.Verdict != r.Verdict {
				t.Errorf("the good sample is judged by %s", good.Rule)
			}
			if !strings.HasSuffix(good.Why, ".") || strings.Contains(good.Why, "%!") || strings.Contains(good.Why, "  ") {
				t.Errorf("no sentence: %q", good.Why)
			}
			for _, half := range []delta{{pair: s.good.pair, step: "x", a: s.good.fact()}, {pair: s.good.pair, step: "x", b: s.good.fact()}} {
				if d := judge(half); d.Why == "" { // whatever decides, it can say why
					t.Errorf("one side alone: %+v", d)
				}
			}
			if bad := judge(s.bad); bad.Rule == r.Code {
				t.Errorf("the bad sample is judged by it too: %s", bad.Why)
			}
			delete(all, r.Code)
		})
	}
	for code := range all {
		t.Errorf("a sample of %s, which is no rule", code)
	}
}

// TestAddressOfOneProvider: an address that only one of two providers states is its own answer,
// and no address that differs.
func TestAddressOfOneProvider(t *testing.T) {
	for _, tt := range []struct {
		area area
		name string
		want string
	}{{areaMetadata, "service", "provider-answer"}, {areaMetadata, "jwks_uri", "provider-address"}, {areaClaim, "profile", "provider-claims"}, {areaBack, "next", "provider-callback"}} {
		for _, d := range []delta{two(tt.area, tt.name, "https://a.example/x", "").at("other"), two(tt.area, tt.name, "", "https://a.example/x").at("other")} {
			d.pair = testPair(d.step)
			if got := judge(d).Rule; got != tt.want {
				t.Errorf("%s is judged by %s, not by %s", tt.name, got, tt.want)
			}
		}
	}
}

var update = flag.Bool("update", false, "write docs/comparison.md")

// TestDocument: docs/comparison.md is made of the rules.
func TestDocument(t *testing.T) {
	const file = "../../docs/comparison.md"
	want := document()
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Error("docs/comparison.md is stale: run go test ./flows/compare -run TestDocument -update")
	}
}

func document() string {
	var b strings.Builder
	b.WriteString(`# What a comparison reports

Made from the rules of ` + "`flows/compare`" + `; ` + "`go test ./flows/compare -run TestDocument -update`" + ` writes it anew.

Two runs are taken apart into facts, aligned step by step, and what differs is judged by the first of these rules that applies.
A suspicious difference makes ` + "`oauthlens compare`" + ` end with exit code 1. The lower the gravity number, the higher it stands in the result.
Lifetimes within 5 seconds are equal, durations are compared only when far apart, and what an environment declares in its profile
(endpoints, hosts, client ids) is replaced by its name before values are compared. Where the connection to one side fails, that is the difference:
what the other side answers is missing nowhere. Two sides that fail in the same way do not differ. Headers count by their directives, in whatever order and case;
nonces and realms do not count. What follows from a failed step, or shows again elsewhere, is not a difference of its own.

Between two different providers the rules whose names begin with ` + "`provider-`" + ` are tried first. Names, addresses, scopes, data and the form of requests, as
each profile declares it, are expected to differ there. How long tokens live beyond what the profiles say, what they are, what a refresh does and what
protects them is judged as between two environments: that is what code written for the one provider meets at the other.

Where both sides are simulated, each also answers to mistakes made on purpose in runs of their own: another redirect URI at the exchange, the code verifier
of another flow, a wrong client secret. What differs stands under the step ` + "`mistake`" + `. A code verifier that is taken although it is wrong is the only proof that PKCE
is not enforced; a server that lists no PKCE method may still enforce it.

`)
	for _, v := range []Verdict{Suspicious, Expected} {
		heading := "## Suspicious\n\n| rule | gravity | what differs | why it matters | specification |\n|---|---|---|---|---|\n"
		if v == Expected {
			heading = "\n## Expected\n\n| rule | what differs | why that is fine |\n|---|---|---|\n"
		}
		b.WriteString(heading)
		for gravity := range 10 {
			for _, r := range Rules() {
				switch {
				case r.Verdict != v || r.Gravity != gravity:
				case v == Suspicious:
					fmt.Fprintf(&b, "| `%s` | %d | %s | %s | %s |\n", r.Code, r.Gravity, r.What, r.Reason, r.Spec)
				default:
					fmt.Fprintf(&b, "| `%s` | %s | %s |\n", r.Code, r.What, r.Reason)
				}
			}
		}
	}
	return b.String()
}

// TestTwoRunsOfOneEnvironment: what differs between them belongs to no environment of its own,
// and no sentence says so.
func TestTwoRunsOfOneEnvironment(t *testing.T) {
	all := samples()
	for _, code := range []string{"client-id", "redirect-uri", "parameter-declared", "host-declared", "metadata-declared", "key-id", "audience"} {
		d := all[code].good
		d.pair = testPair(d.step)
		apart := judge(d)
		d.pair.b.about = d.pair.a.about
		same := judge(d)
		if apart.Rule != code || same.Rule != code || apart.Why == same.Why || strings.Contains(same.Why, "nvironment") || !strings.Contains(apart.Why, "nvironment") {
			t.Errorf("%s: %s %q between environments, %s %q within one", code, apart.Rule, apart.Why, same.Rule, same.Why)
		}
	}
}
