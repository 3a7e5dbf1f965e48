package jose

import (
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"
	"testing"
	"time"
)

// resigned makes a token of an input and a signature made by hand.
func resigned(header string, claims object, make func(input []byte) []byte, t *testing.T) string {
	t.Helper()
	parts := strings.Split(sign(t, "ES256", makeKeys().p256, object{"alg": "ES256"}, claims), ".")
	input := b64([]byte(header)) + "." + parts[1]
	return input + "." + b64(make([]byte(input)))
}

// A signature in another form is refused, and the reason says which form it has.
func TestSignaturesOfOtherForms(t *testing.T) {
	k := makeKeys()
	es := `{"alg":"ES256","kid":"p256"}`
	der := func(input []byte) []byte {
		sum := sha256.Sum256(input)
		out, err := k.p256.Sign(rand.Reader, sum[:], crypto.SHA256)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	rs256 := sign(t, "RS256", k.rsa, object{"alg": "PS256", "kid": "rsa"}, idClaims(nil))
	for name, tc := range map[string]struct{ token, says string }{
		"DER":             {resigned(es, idClaims(nil), der, t), `converted, it would verify with key "p256"`},
		"DER of another":  {resigned(es, idClaims(nil), func([]byte) []byte { return der([]byte("another")) }, t), "RFC 7518 section 3.4)."},
		"zeros":           {resigned(es, idClaims(nil), func([]byte) []byte { return make([]byte, 64) }, t), "CVE-2022-21449"},
		"one byte more":   {resigned(es, idClaims(nil), func([]byte) []byte { return make([]byte, 65) }, t), "65 bytes"},
		"nothing but one": {resigned(es, idClaims(nil), func([]byte) []byte { return []byte{7} }, t), "1 bytes"},
		"another's name":  {rs256, `with key "rsa" as RS256`},
		"short RSA":       {rs256[:len(rs256)-40], "a key of 2048 bits makes 256"},
	} {
		v := Verify(mustDecode(t, tc.token), k.publicSet(t), Expect{})
		i := slices.IndexFunc(v, func(v Verdict) bool { return v.Check == CheckSignature })
		if v[i].Result != Failed || v[i].Code != CodeSignature || !strings.Contains(v[i].Why, tc.says) || SignatureStatus(v) != "failed" {
			t.Errorf("%s: status %s: %+v", name, SignatureStatus(v), v[i])
		}
	}
}

// What a copy may carry, an answer must not: the signature is not called good. A copy that
// was pasted is read as it was meant.
func TestReceivedAsItMustBe(t *testing.T) {
	good := idToken(t, nil)
	keys := makeKeys().publicSet(t)
	for name, in := range map[string]string{
		"scheme": "Bearer " + good, "blank": " " + good, "line behind": good + "\n", "line within": good[:50] + "\n" + good[50:], "quotes": `"` + good + `"`,
		"twice": good + good, "a dot more": good + ".", "padding": good + "==", "zero width": good[:50] + "\u200b" + good[50:], "escaped dots": strings.ReplaceAll(good, ".", "%2E"),
	} {
		received := Verify(mustDecode(t, in), keys, Expect{Of: OfIDToken})
		if SignatureStatus(received) != "failed" || result(received, CheckForm) != Failed {
			t.Errorf("%s: an answer gives %s", name, SignatureStatus(received))
		}
		if pasted := SignatureStatus(Verify(mustDecode(t, in), keys, Expect{Of: OfInput})); pasted != "verified" {
			t.Errorf("%s: a copy gives %s", name, pasted)
		}
	}
	if status := SignatureStatus(Verify(mustDecode(t, good), keys, Expect{Of: OfIDToken})); status != "verified" {
		t.Errorf("as it must be: %s", status)
	}
}

// A header that a strict reader refuses vouches for nothing, although the signature fits.
func TestMalformedHeaderIsNotVerified(t *testing.T) {
	k := makeKeys()
	for name, header := range map[string]string{
		"alg twice": `{"alg":"ES256","alg":"ES256","kid":"p256"}`, "kid twice": `{"alg":"ES256","kid":"p256","kid":"x"}`, "cut": `{"alg":"ES256","kid":"p256"`,
		"more behind": `{"alg":"ES256","kid":"p256"}{}`, "a mark before": "\ufeff" + `{"alg":"ES256","kid":"p256"}`, "typ a number": `{"alg":"ES256","kid":"p256","typ":1}`,
	} {
		claims := strings.Split(idToken(t, nil), ".")[1]
		v := Verify(mustDecode(t, signText(t, "ES256", k.p256, b64([]byte(header))+"."+claims)), k.publicSet(t), Expect{})
		i := slices.IndexFunc(v, func(v Verdict) bool { return v.Check == CheckSignature })
		if SignatureStatus(v) != "failed" || !strings.Contains(v[i].Why, "the header is malformed") {
			t.Errorf("%s: %+v", name, v[i])
		}
	}
}

// An encrypted token is judged by what can be seen of it; nothing in it is opened.
func TestEncryptedFromOutside(t *testing.T) {
	jwe := func(header, rest string) string { return b64([]byte(header)) + rest }
	dir := `{"alg":"dir","enc":"A256GCM"}`
	for name, tc := range map[string]struct {
		token string
		fails string
	}{
		"right":              {jwe(dir, "..AAAA.AAAA.AAAA"), ""},
		"compressed":         {jwe(`{"alg":"dir","enc":"A256GCM","zip":"DEF"}`, ".."+b64(make([]byte, 12))+"."+b64(make([]byte, 9000))+".AAAA"), ""},
		"password stretched": {jwe(`{"alg":"PBES2-HS256+A128KW","enc":"A128GCM","p2c":2147483647}`, ".AAAA.AAAA.AAAA.AAAA"), ""},
		"unknown alg":        {jwe(`{"alg":"X","enc":"A256GCM"}`, ".AAAA.AAAA.AAAA.AAAA"), "algorithm"},
		"unknown enc":        {jwe(`{"alg":"dir","enc":"X"}`, "..AAAA.AAAA.AAAA"), "algorithm"},
		"alg none":           {jwe(`{"alg":"none","enc":"A256GCM"}`, "..AAAA.AAAA.AAAA"), "algorithm"},
		"no alg":             {jwe(`{"enc":"A256GCM"}`, "..AAAA.AAAA.AAAA"), "algorithm"},
		"empty parts":        {jwe(dir, "...."), "form"},
		"no base64":          {jwe(dir, "..!!.!!.!!"), "form"},
		"crit":               {jwe(`{"alg":"dir","enc":"A256GCM","crit":["x"],"x":1}`, "..AAAA.AAAA.AAAA"), "header"},
	} {
		v := Verify(mustDecode(t, tc.token), KeySet{}, Expect{Of: OfIDToken})
		if SignatureStatus(v) == "verified" || v[len(v)-1].Check != CheckSignature || v[len(v)-1].Result != Skipped {
			t.Errorf("%s: %+v", name, v)
		}
		failed := slices.IndexFunc(v, func(v Verdict) bool { return v.Result == Failed })
		if (failed < 0) != (tc.fails == "") || failed >= 0 && (v[failed].Check != tc.fails || v[failed].Code == "") {
			t.Errorf("%s: %+v", name, v)
		}
		if strings.Contains(tc.token, "zip") && !strings.Contains(v[len(v)-1].Why, "not inflated") {
			t.Errorf("%s: %+v", name, v)
		}
	}
}

// The claims that an ID token must have, the hashes that are there and tie nothing, and the
// kinds of token that only look like one.
func TestIDTokenClaims(t *testing.T) {
	keys := makeKeys().publicSet(t)
	long := strings.Repeat("s", 256)
	sum := sha256.Sum256([]byte("access"))
	half := base64.RawURLEncoding.EncodeToString(sum[:16])
	for name, tc := range map[string]struct {
		claims             object
		check, field, says string
	}{
		"no sub":            {object{"sub": nil}, CheckForm, "claims $.sub", "no subject"},
		"long sub":          {object{"sub": long}, CheckForm, "claims $.sub", "256 characters"},
		"no iat":            {object{"iat": nil}, CheckForm, "claims $.iat", "when it was issued"},
		"azp empty":         {object{"azp": ""}, CheckParty, "azp", "names nobody"},
		"signed in later":   {object{"auth_time": now.Add(time.Hour).Unix()}, CheckTime, "auth_time", "in the future"},
		"nonce a list":      {object{"nonce": []string{"n"}}, CheckNonce, "nonce", "an array"},
		"at_hash empty":     {object{"at_hash": ""}, CheckTokenHash, "at_hash", "is empty"},
		"at_hash whole":     {object{"at_hash": base64.RawURLEncoding.EncodeToString(sum[:])}, CheckTokenHash, "at_hash", "the whole hash"},
		"at_hash right":     {object{"at_hash": half}, "", "", ""},
		"at_hash unhashed":  {object{"at_hash": "access"}, CheckTokenHash, "at_hash", "the value itself"},
		"s_hash of another": {object{"s_hash": half}, CheckStateHash, "s_hash", "does not belong to the state"},
		"logout token":      {object{"events": object{logoutEvent: object{}}}, CheckType, "events", "logout token"},
		"the year 9999":     {object{"exp": 253402300799}, "", "", ""},
	} {
		v := Verify(mustDecode(t, idToken(t, tc.claims)), keys, Expect{Of: OfIDToken, Now: now, AccessToken: "access", State: "state", Nonce: "n", NonceExpected: true})
		i := slices.IndexFunc(v, func(v Verdict) bool { return v.Result == Failed && v.Check == tc.check && v.Field == tc.field })
		switch {
		case tc.check == "" && slices.ContainsFunc(v, func(v Verdict) bool { return v.Result == Failed && v.Check != CheckNonce }):
			t.Errorf("%s: %+v", name, failures(v))
		case tc.check != "" && (i < 0 || !strings.Contains(v[i].Why, tc.says)):
			t.Errorf("%s: %+v", name, failures(v))
		}
	}
}
