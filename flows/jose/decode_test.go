package jose

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	gojose "github.com/go-jose/go-jose/v4"

	"oauthlens/flows"

	"oauthlens/flows/runner/faultserver"
)

// trueLayerSample is the access token that TrueLayer's documentation prints.
const trueLayerSample = "eyJhbGciOiJSUzI1NiIsImtpZCI6IjE0NTk4OUIwNTdDOUMzMzg0MDc4MDBBOEJBNkNCOUZFQjMzRTk1MTBSUzI1NiIsIng1dCI6IkZGbUpzRmZKd3poQWVBQ291bXk1X3JNLWxSQSIsInR5cCI6ImF0K2p3dCJ9.eyJpc3MiOiJodHRwczovL2F1dGgudHJ1ZWxheWVyLXNhbmRib3guY29tIiwibmJmIjoxNzA4NTMyNDQ2LCJpYXQiOjE3MDg1MzI0NDYsImV4cCI6MTcwODUzNjA0NiwiYXVkIjoicGF5bWVudHNfYXBpIiwic2NvcGUiOlsicGF5bWVudHMiXSwiY2xpZW50X2lkIjoic2FuZGJveC10b210ZXN0LWE0ZDQzMiIsImp0aSI6IkQxODk5OTk3NDI2RTRCRDA3QTMwRTRFREQ5MTk2QkI0In0.T_DyO7kuxGP22iFjbjosi3nTa3ZX_Q2XgnETIMbVuTD3ihNWyvMZE_hcWcIloKLKTqo5ggoX6u3nI730xK83QCo0PaapYnN7ynogLlcyi6YBV7svAtfuhVpigtWSehw10G9Gnun_CTccUo0JR9S1PXJ8uZLsV3vVqMMw5FbNCOOUezkOYb1DarqrGtZHRL4OkEwRCt5rQvoocWGPFCTuTTHp4jyCSXE7of2AhsBRwXy7svikxQVYtw-4aQq3XqhQnCwega6A1ZKqwdHHw1GLm_LMZOtkTy1PM9CX-nWRfl91vqoBz2EFsJqPoGrosrUWd3T8vTHt6A4-TlUFT21bHA"

func TestDecodeDocumentedSample(t *testing.T) {
	j := mustDecode(t, trueLayerSample)
	if j.Format != flows.FormatJWT || j.Alg != "RS256" || j.Typ != "at+jwt" || j.Kid != "145989B057C9C338407800A8BA6CB9FEB33E9510RS256" {
		t.Errorf("header read as %q %q %q %q", j.Format, j.Alg, j.Typ, j.Kid)
	}
	if len(j.Problems) != 0 || len(j.Signature) != 256 {
		t.Errorf("problems %v, signature of %d bytes", j.Problems, len(j.Signature))
	}
	c := j.Claims()
	if c.Issuer != "https://auth.truelayer-sandbox.com" || !slices.Equal(c.Audience, []string{"payments_api"}) || c.AudienceIsArray {
		t.Errorf("iss %q aud %q", c.Issuer, c.Audience)
	}
	if !c.ScopeIsArray || !slices.Equal(c.Scope, []string{"payments"}) || !codes(c.Problems)["scope-array"] {
		t.Errorf("scope %q array %v problems %v", c.Scope, c.ScopeIsArray, c.Problems)
	}
	if want := time.Date(2024, 2, 21, 17, 20, 46, 0, time.UTC); !c.Expires.At.Equal(want) || c.ClientID != "sandbox-tomtest-a4d432" {
		t.Errorf("exp %v client_id %q", c.Expires.At, c.ClientID)
	}
	if !json.Valid(j.HeaderJSON()) || !strings.Contains(string(j.ClaimsJSON()), `"jti"`) {
		t.Error("the JSON forms are not the JSON received")
	}
}

func TestDecodeMends(t *testing.T) {
	good := idToken(t, nil)
	h, rest, _ := strings.Cut(good, ".")
	p, s, _ := strings.Cut(rest, ".")
	padded := h + strings.Repeat("=", (4-len(h)%4)%4) + "." + p + strings.Repeat("=", (4-len(p)%4)%4) + "." + s + "=="
	for name, tc := range map[string]struct {
		in        string
		want      []string
		malformed bool
	}{
		"as is":             {good, nil, false},
		"Bearer":            {"Bearer " + good, []string{"bearer-prefix"}, false},
		"bearer twice":      {"bearer Bearer " + good, []string{"bearer-prefix"}, false},
		"header line":       {"Authorization: Bearer " + good + "\r\n", []string{"bearer-prefix", "whitespace-around"}, false},
		"DPoP":              {"DPoP " + good, []string{"bearer-prefix"}, false},
		"quotes":            {`"` + good + `"`, []string{"quoted"}, false},
		"member of JSON":    {` "` + good + `",` + "\n", []string{"quoted", "whitespace-around"}, false},
		"curly quotes":      {"“" + good + "”", []string{"quoted"}, false},
		"byte-order mark":   {"\ufeff" + good, []string{"whitespace-around"}, false},
		"wrapped":           {good[:60] + "\r\n" + good[60:120] + "\n  " + good[120:], []string{"line-break", "whitespace-inside"}, true},
		"escaped breaks":    {good[:60] + `\n` + good[60:], []string{"line-break"}, true},
		"shell break":       {good[:60] + "\\\n" + good[60:], []string{"line-break"}, true},
		"zero width":        {good[:30] + "\u200b" + good[30:], []string{"invisible-character"}, true},
		"percent":           {strings.ReplaceAll(padded, "=", "%3D"), []string{"percent-encoded", "base64-padding"}, true},
		"padding":           {padded, []string{"base64-padding"}, true},
		"standard alphabet": {h + "." + p + "." + strings.NewReplacer("-", "+", "_", "/").Replace(s), []string{"base64-standard-alphabet"}, true},
		"twice":             {good + "\n" + good, []string{"doubled", "line-break"}, true},
		"no signature":      {h + "." + p, []string{"signature-missing"}, true},
		"empty signature":   {h + "." + p + ".", []string{"signature-empty"}, false},
		"four parts":        {good + ".abcd", []string{"parts"}, true},
		"claims cut":        {h + "." + p[:20] + "." + s, []string{"syntax"}, true},
		"claims no base64":  {h + ".!!!!." + s, []string{"base64-invalid", "claims-not-json"}, true},
		"impossible length": {h + "." + p + "." + s[:len(s)-(len(s)%4)+1-4], []string{"base64-length"}, true},
		"claims an array":   {h + "." + b64([]byte("[1]")) + "." + s, []string{"claims-not-object"}, true},
		"duplicate claim":   {h + "." + b64([]byte(`{"exp":1,"exp":2}`)) + "." + s, []string{"duplicate"}, true},
		"alg missing":       {b64([]byte(`{"typ":"JWT"}`)) + "." + p + "." + s, []string{"alg-missing"}, true},
		"alg a number":      {b64([]byte(`{"typ":"JWT","alg":5}`)) + "." + p + "." + s, []string{"alg-missing", "alg-not-string"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			j := mustDecode(t, tc.in)
			have := codes(j.Problems)
			for _, c := range tc.want {
				if !have[c] {
					t.Errorf("problem %s is not reported, only %v", c, have)
				}
			}
			if len(tc.want) == 0 && len(have) > 0 {
				t.Errorf("unexpected problems %v", have)
			}
			if j.Malformed() != tc.malformed {
				t.Errorf("Malformed() = %v", j.Malformed())
			}
			if Classify(tc.in) != j.Format && len(j.Parts) != 4 {
				t.Errorf("Classify says %s, Decode %s", Classify(tc.in), j.Format)
			}
			for _, p := range j.Problems {
				if p.Text == "" || p.Where == "" || strings.Contains(p.Text, s[:12]) {
					t.Errorf("bad problem %+v", p)
				}
			}
		})
	}
}

// A copy that was mended is the token again: the signature still verifies.
func TestMendedCopyVerifies(t *testing.T) {
	good := idToken(t, nil)
	keys := makeKeys().publicSet(t)
	for _, in := range []string{good, "Bearer " + good, `"` + good[:50] + "\n" + good[50:] + `"`, good + good} {
		v := Verify(mustDecode(t, in), keys, Expect{})
		if SignatureStatus(v) != "verified" {
			t.Errorf("status %q for a copy of %d bytes", SignatureStatus(v), len(in))
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	for name, in := range map[string]string{
		"empty":            "",
		"blanks":           " \n\t",
		"opaque":           "TWzg8XQGVsYDHAIiaXYygg==",
		"opaque with dots": "ya29.a0AfH6SMBx-yz.more",
		"host name":        "www.example.test",
		"json":             `{"access_token":"x.y.z"}`,
		"header an array":  b64([]byte(`["alg"]`)) + ".e30.AA",
		"header empty":     b64([]byte(`{}`)) + ".e30.AA",
		"dots":             ".....",
		"too large":        strings.Repeat("a", MaxToken+1),
	} {
		j, err := Decode(in)
		var no *NotJWTError
		if !errors.As(err, &no) || no.Reason == "" || j.Format != flows.FormatOpaque {
			t.Errorf("%s: format %q, error %v", name, j.Format, err)
		}
		if f := Classify(in); f != flows.FormatOpaque {
			t.Errorf("%s: Classify says %s", name, f)
		}
	}
}

func TestEncryptedToken(t *testing.T) {
	k := makeKeys()
	enc, err := gojose.NewEncrypter(gojose.A256GCM, gojose.Recipient{Algorithm: gojose.RSA_OAEP_256, Key: k.rsa.Public(), KeyID: "enc-1"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	obj, err := enc.Encrypt([]byte(idToken(t, nil)))
	if err != nil {
		t.Fatal(err)
	}
	token, err := obj.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	j := mustDecode(t, "Bearer "+token)
	if j.Format != flows.FormatJWE || Classify(token) != flows.FormatJWE {
		t.Fatalf("format %q, Classify %q", j.Format, Classify(token))
	}
	if j.Alg != "RSA-OAEP-256" || j.Enc != "A256GCM" || j.Kid != "enc-1" || j.Payload != nil || len(j.Parts) != 5 {
		t.Errorf("read as alg %q enc %q kid %q, %d parts", j.Alg, j.Enc, j.Kid, len(j.Parts))
	}
	v := Verify(j, k.publicSet(t), Expect{Issuer: "https://issuer.test"})
	if len(v) != 1 || v[0].Result != Skipped || SignatureStatus(v) != "unverified" {
		t.Errorf("verdicts on a JWE: %+v", v)
	}
	five := sign(t, "RS256", k.rsa, object{"alg": "RS256"}, object{}) + ".e30.e30"
	if Classify(five) != flows.FormatOpaque {
		t.Error("five parts without enc are no JWE")
	}
}

func TestMegabyteToken(t *testing.T) {
	token := idToken(t, object{"padding": strings.Repeat("x", 720_000), "list": strings.Split(strings.Repeat("a,", 20_000), ",")})
	if len(token) < 1<<20 {
		t.Fatalf("the token has only %d bytes", len(token))
	}
	v := Verify(mustDecode(t, token), makeKeys().publicSet(t), Expect{Of: OfIDToken, ClientID: "client-1", Issuer: "https://issuer.test", Now: now})
	if f := failures(v); len(f) > 0 || SignatureStatus(v) != "verified" {
		t.Errorf("failures %+v", f)
	}
}

func TestDeepTokenIsBounded(t *testing.T) {
	deep := strings.Repeat(`{"a":`, 5000) + "1" + strings.Repeat("}", 5000)
	j := mustDecode(t, b64([]byte(`{"alg":"RS256"}`))+"."+b64([]byte(deep))+".AAAA")
	if !codes(j.Problems)["depth"] {
		t.Errorf("depth is not reported: %v", codes(j.Problems))
	}
}

func TestProblemsAreBounded(t *testing.T) {
	many := `{` + strings.Repeat(`"exp":1,`, 5000) + `"exp":1}`
	j := mustDecode(t, b64([]byte(`{"alg":"RS256"}`))+"."+b64([]byte(many))+".AAAA")
	if len(j.Problems) > 2*maxJSONProblems || !codes(j.Problems)["more-problems"] {
		t.Errorf("%d problems", len(j.Problems))
	}
}

func FuzzDecode(f *testing.F) {
	good := idToken(f, object{"exp": "soon", "aud": []any{1, "x"}, "cnf": 5})
	for _, s := range []string{
		good, trueLayerSample, "Bearer " + good, good[:len(good)/2], good + "." + good, "", "..", "e30.e30.", "a.b.c.d.e",
		b64([]byte(`{"alg":"none","crit":["b64"],"jku":"file:///etc","jwk":{"kty":"RSA"}}`)) + "." + b64([]byte(`{"exp":1e400,"iat":-5,"nbf":"2026-01-01T00:00:00Z"}`)) + ".",
		b64([]byte("{\"alg\":\"\\u001b]0;x\\u0007\",\"kid\":\"\\u202e\"}")) + ".W10.AA", "%2E%2E\\n\u200b",
		b64([]byte(`{"alg":"ES256","kid":"p256","b64":false,"x5c":["AAAA"],"typ":"logout+jwt","cty":"JWT"}`)) + ".." + b64(make([]byte, 64)),
		b64([]byte(`{"alg":"ES256","kid":null}`)) + "." + b64([]byte(`{"sub":"","azp":"","at_hash":[],"s_hash":"t","events":{"`+logoutEvent+`":{}},"nonce":null}`)) + "." + b64([]byte{0x30, 6, 2, 1, 1, 2, 1, 1}),
		b64([]byte(`{"alg":"PBES2-HS256+A128KW","enc":"A128GCM","zip":"DEF","p2c":2147483647,"crit":[]}`)) + ".!!..AA.", `{"payload":"e30","signatures":[]}`,
		b64([]byte(`{"alg":"Ed448","alg":"RS256"}`)) + "." + b64([]byte(`{"exp":253402300799,"iat":9223372036854775807,"auth_time":1e-400}`)) + "." + b64(make([]byte, 256)) + ".",
	} {
		f.Add(s)
	}
	keys := makeKeys().publicSet(f)
	for _, a := range faultserver.Answers(f.Context(), "", 4<<10) {
		f.Add(string(a.Body()))
	}
	f.Fuzz(func(t *testing.T, in string) {
		j, err := Decode(in)
		if err == nil && j.HeaderDoc == nil {
			t.Fatal("no header and no error")
		}
		if f := Classify(in); err == nil && f != j.Format && len(j.Parts) <= 3 {
			t.Fatalf("Classify says %s, Decode %s", f, j.Format)
		}
		for _, v := range Verify(j, keys, Expect{Issuer: "https://a.test", ClientID: "c", Nonce: "n", AccessToken: "t", Code: "c", Now: now, Of: OfIDToken}) {
			if v.Why == "" || v.Result == Failed && v.Code == "" {
				t.Fatalf("bad verdict %+v", v)
			}
			if strings.ContainsAny(v.Why, "\x00\x07\x1b\n\r\u202e\u200b") || len(v.Why) > 2000 {
				t.Fatalf("unsafe sentence %q", v.Why)
			}
			if v.Check == CheckSignature && v.Result == Passed {
				if raw, err := base64.RawURLEncoding.DecodeString(j.Parts[2]); err == nil && !strings.Contains(good, j.Parts[0]) {
					t.Fatalf("a foreign token verifies, signature of %d bytes", len(raw))
				}
			}
		}
	})
}

// failures are the failed verdicts, in order.
func failures(verdicts []Verdict) []Verdict {
	var out []Verdict
	for _, v := range verdicts {
		if v.Result == Failed {
			out = append(out, v)
		}
	}
	return out
}
