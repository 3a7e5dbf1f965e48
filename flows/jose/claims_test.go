package jose

import (
	"slices"
	"testing"
	"time"

	"oauthlens/flows/rawjson"
)

func claimsOf(t *testing.T, text string) Claims {
	t.Helper()
	doc, err := rawjson.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return ReadClaims(doc.Root)
}

func TestTimeForms(t *testing.T) {
	whole := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) // 1795262400
	for _, tc := range []struct {
		in        string
		at        time.Time
		form      TimeForm
		problem   string
		malformed bool
	}{
		{`1795262400`, whole, TimeSeconds, "", false},
		{`0`, time.Unix(0, 0).UTC(), TimeSeconds, "", false},
		{`-1`, time.Unix(-1, 0).UTC(), TimeSeconds, "", false},
		{`1795262400.0`, whole, TimeFraction, "exp-float", false},
		{`1.7952624e9`, whole, TimeFraction, "exp-float", false},
		{`1795262400.5`, whole.Add(time.Second / 2), TimeFraction, "exp-float", false},
		{`"1795262400"`, whole, TimeSeconds, "exp-string", true},
		{`" 1795262400 "`, whole, TimeSeconds, "exp-string", true},
		{`"1795262400.5"`, whole.Add(time.Second / 2), TimeFraction, "exp-string", true},
		{`1795262400000`, whole, TimeMilliseconds, "exp-milliseconds", true},
		{`"1795262400000"`, whole, TimeMilliseconds, "exp-milliseconds", true},
		{`1795262400000.0`, whole, TimeMilliseconds, "exp-milliseconds", true},
		{`1795262400000000`, whole, TimeMicroseconds, "exp-microseconds", true},
		{`1795262400000000000`, whole, TimeNanoseconds, "exp-nanoseconds", true},
		{`"2026-11-21T13:00:00+01:00"`, whole, TimeDate, "exp-date", true},
		{`"tomorrow"`, time.Time{}, TimeUnreadable, "exp-unreadable", true},
		{`"0x10"`, time.Time{}, TimeUnreadable, "exp-unreadable", true},
		{`"NaN"`, time.Time{}, TimeUnreadable, "exp-unreadable", true},
		{`1e400`, time.Time{}, TimeUnreadable, "exp-unreadable", true},
		{`99999999999999999999999`, time.Time{}, TimeUnreadable, "exp-unreadable", true},
		{`null`, time.Time{}, TimeUnreadable, "exp-unreadable", true},
		{`true`, time.Time{}, TimeUnreadable, "exp-unreadable", true},
		{`[1795262400]`, time.Time{}, TimeUnreadable, "exp-unreadable", true},
	} {
		c := claimsOf(t, `{"exp":`+tc.in+`}`)
		if !c.Expires.Present || !c.Expires.At.Equal(tc.at) || c.Expires.Form != tc.form || c.Expires.Valid != (tc.form != TimeUnreadable) {
			t.Errorf("exp %s read as %+v", tc.in, c.Expires)
		}
		if tc.problem == "" && len(c.Problems) > 0 || tc.problem != "" && !codes(c.Problems)[tc.problem] {
			t.Errorf("exp %s: problems %v, want %q", tc.in, codes(c.Problems), tc.problem)
		}
		if got := slices.ContainsFunc(c.Problems, func(p Problem) bool { return p.Malformed }); got != tc.malformed {
			t.Errorf("exp %s: malformed %v", tc.in, got)
		}
	}
}

func TestEveryTimeClaimIsRead(t *testing.T) {
	c := claimsOf(t, `{"exp":5,"iat":1,"nbf":2,"auth_time":3,"updated_at":"4"}`)
	var names []string
	for i, at := range c.Times() {
		names = append(names, at.Name)
		if at.Path != "$."+at.Name || !at.Valid {
			t.Errorf("time %d is %+v", i, at)
		}
	}
	if want := []string{"iat", "nbf", "exp", "auth_time", "updated_at"}; !slices.Equal(names, want) {
		t.Errorf("times %v", names)
	}
	if !codes(c.Problems)["updated_at-string"] {
		t.Errorf("problems %v", c.Problems)
	}
}

func TestListsAndStrings(t *testing.T) {
	c := claimsOf(t, `{"iss":"i","sub":"s","aud":["a","b"],"scope":"x  y","azp":"p","client_id":"c","nonce":"n",
		"at_hash":"h1","c_hash":"h2","s_hash":"h3","sid":"session","acr":"1","amr":["pwd","otp"],"jti":"j",
		"cnf":{"jkt":"thumb","x5t#S256":"cert","kid":"k","jwk":{}}}`)
	if !slices.Equal(c.Audience, []string{"a", "b"}) || !c.AudienceIsArray || !slices.Equal(c.Scope, []string{"x", "y"}) || c.ScopeIsArray {
		t.Errorf("aud %v scope %v", c.Audience, c.Scope)
	}
	want := Confirmation{Present: true, JKT: "thumb", CertificateHash: "cert", KeyID: "k", HasJWK: true}
	if c.Confirmation != want || c.AuthorizedParty != "p" || c.AccessTokenHash != "h1" || c.CodeHash != "h2" || c.StateHash != "h3" {
		t.Errorf("read as %+v", c)
	}
	if len(c.Problems) > 0 || !c.HasNonce || !c.HasIssuer || !slices.Equal(c.Methods, []string{"pwd", "otp"}) || c.ID != "j" || c.SessionID != "session" || c.ContextClass != "1" {
		t.Errorf("problems %v in %+v", c.Problems, c)
	}
}

func TestOddClaims(t *testing.T) {
	for in, want := range map[string]string{
		`{"aud":5}`:                 "aud-form",
		`{"aud":["a",5]}`:           "aud-form",
		`{"iss":7}`:                 "iss-not-string",
		`{"nonce":null}`:            "nonce-null",
		`{"scp":["a"]}`:             "scope-as-scp",
		`{"scp":["a b"]}`:           "scope-array",
		`{"scope":{"a":1}}`:         "scope-form",
		`{"cnf":"thumb"}`:           "cnf-not-object",
		`{"auth_time":"yesterday"}`: "auth_time-unreadable",
	} {
		if c := claimsOf(t, in); !codes(c.Problems)[want] {
			t.Errorf("%s: problems %v, want %s", in, codes(c.Problems), want)
		}
	}
	if c := claimsOf(t, `{"aud":["a",5],"scp":["a b","c"]}`); !slices.Equal(c.Audience, []string{"a"}) || !slices.Equal(c.Scope, []string{"a", "b", "c"}) || c.ScopeFrom != "scp" {
		t.Errorf("what could be read is lost: %+v", c)
	}
	if c := ReadClaims(nil); c.HasScope || len(c.Problems) > 0 || c.Expires.Present {
		t.Errorf("claims of nothing: %+v", c)
	}
}

func TestProblemBecomesDeviation(t *testing.T) {
	c := claimsOf(t, `{"exp":"5"}`)
	d := c.Problems[0].Deviation()
	if d.Code != "exp-string" || d.Field != "claims $.exp" || d.Spec != "RFC 7519 section 2" || d.Text == "" {
		t.Errorf("deviation %+v", d)
	}
}
