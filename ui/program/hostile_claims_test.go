package program

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// lit is a right token in which a claim is replaced by a literal.
func lit(name, literal string) func(f *forger) string {
	return func(f *forger) string {
		c := f.claims(f.nonce)
		delete(c, name)
		text, _ := json.Marshal(c)
		return f.resigned(strings.TrimSuffix(string(text), "}") + `,"` + name + `":` + literal + `}`)
	}
}

// oddTimes are times that are none, or not believable.
func oddTimes() []forgery {
	now := time.Now()
	return []forgery{
		{name: "exp NaN", fails: "form", token: lit("exp", "NaN")},
		{name: "exp Infinity text", fails: "form", token: lit("exp", `"Infinity"`)},
		{name: "exp year 292277026596", fails: "form", token: lit("exp", "9223372036854775807")},
		{name: "exp year 9999", token: lit("exp", "253402300799")},
		{name: "exp 99999999999", token: lit("exp", "99999999999")},
		{name: "exp before iat", fails: "time", token: func(f *forger) string {
			return f.with(func(c jwt.MapClaims) { c["iat"] = now.Unix() + 30; c["exp"] = now.Unix() + 10 })
		}},
		{name: "exp null", fails: "time", code: "jwt-malformed", why: `is null; it must be`, token: lit("exp", "null")},
		{name: "exp true", fails: "form", token: lit("exp", "true")},
		{name: "exp missing", fails: "time", token: claim("exp", nil)},
		{name: "exp twice", fails: "form", token: func(f *forger) string { return f.resigned(f.text(`"exp":1`)) }},
		{name: "exp exponent", fails: "", token: lit("exp", fmt.Sprintf("%d.0e0", now.Unix()+3600))},
		{name: "exp 1e-400", fails: "time", token: lit("exp", "1e-400")},
		{name: "exp -1e400", fails: "form", token: lit("exp", "-1e400")},
		{name: "exp of a million digits", fails: "form", token: lit("exp", strings.Repeat("9", 400_000))},
		{name: "exp 0", fails: "time", token: lit("exp", "0")},
		{name: "exp RFC 3339", fails: "form", token: lit("exp", `"2099-01-01T00:00:00Z"`)},
		{name: "exp leap second", fails: "form", token: lit("exp", `"2016-12-31T23:59:60Z"`)},
		{name: "iat missing", fails: "form", code: "jwt-malformed", why: `iat`, token: claim("iat", nil)},
		{name: "iat string", fails: "form", token: lit("iat", fmt.Sprintf("%q", fmt.Sprint(now.Unix())))},
		{name: "iat ms", fails: "form", token: lit("iat", fmt.Sprint(now.UnixMilli()))},
		{name: "iat 1970", token: lit("iat", "1")},
		{name: "iat negative", token: lit("iat", "-5")},
		{name: "nbf string", fails: "form", token: lit("nbf", `"tomorrow"`)},
		{name: "nbf after exp", fails: "time", token: func(f *forger) string { return f.with(func(c jwt.MapClaims) { c["nbf"] = now.Unix() + 9999 }) }},
		{name: "auth_time in the future", fails: "time", code: "clock-skew", why: `auth_time`, token: lit("auth_time", fmt.Sprint(now.Unix()+99999))},
	}
}

// oddClaims are claims of another kind, length or content than they should have.
func oddClaims() []forgery {
	h256 := sha256.Sum256([]byte(opaqueToken))
	h512 := sha512.Sum512([]byte(opaqueToken))
	return []forgery{
		{name: "aud empty array", fails: "audience", token: lit("aud", "[]")},
		{name: "aud empty text", fails: "audience", token: lit("aud", `""`)},
		{name: "aud null", fails: "audience", token: lit("aud", `null`)},
		{name: "aud object", fails: "audience", token: lit("aud", `{"0":"`+clientID+`"}`)},
		{name: "aud with numbers beside", fails: "form", token: lit("aud", `[1,"`+clientID+`"]`)},
		{name: "aud twice, right first", fails: "form", token: func(f *forger) string { return f.resigned(f.text(`"aud":"other"`)) }},
		{name: "aud blank separated", fails: "audience", token: lit("aud", `"`+clientID+` other"`)},
		{name: "aud other case", fails: "audience", token: lit("aud", `"`+strings.ToUpper(clientID)+`"`)},
		{name: "aud and others without azp", token: lit("aud", `["`+clientID+`","other"]`)},
		{name: "azp with one audience", fails: "azp", token: lit("azp", `"other"`)},
		{name: "azp array", fails: "azp", code: "jwt-malformed", token: lit("azp", `["`+clientID+`"]`)},
		{name: "azp empty", fails: "azp", code: "id-token-other-client", why: `names nobody`, token: lit("azp", `""`)},
		{name: "at_hash of 512", fails: "at_hash", code: "token-hash-mismatch", why: `SHA-512`, token: claim("at_hash", base64.RawURLEncoding.EncodeToString(h512[:32]))},
		{name: "at_hash whole", fails: "at_hash", code: "token-hash-mismatch", why: `whole hash`, token: claim("at_hash", base64.RawURLEncoding.EncodeToString(h256[:]))},
		{name: "at_hash hex", fails: "at_hash", code: "token-hash-mismatch", why: `another encoding`, token: claim("at_hash", fmt.Sprintf("%x", h256[:16]))},
		{name: "at_hash right half", fails: "at_hash", code: "token-hash-mismatch", why: `right half`, token: claim("at_hash", base64.RawURLEncoding.EncodeToString(h256[16:]))},
		{name: "at_hash empty", fails: "at_hash", code: "token-hash-mismatch", why: `empty`, token: lit("at_hash", `""`)},
		{name: "at_hash number", fails: "at_hash", code: "token-hash-mismatch", why: `a number`, token: lit("at_hash", `7`)},
		{name: "at_hash null", fails: "at_hash", code: "token-hash-mismatch", why: `null`, token: lit("at_hash", `null`)},
		{name: "at_hash array", fails: "at_hash", code: "token-hash-mismatch", why: `an array`, token: lit("at_hash", `["a"]`)},
		{name: "s_hash wrong", fails: "s_hash", code: "token-hash-mismatch", why: `state`, token: claim("s_hash", "AAAAAAAAAAAAAAAAAAAAAA")},
		{name: "c_hash empty", fails: "c_hash", code: "token-hash-mismatch", why: `empty`, token: lit("c_hash", `""`)},
		{name: "at_hash is the token", fails: "at_hash", token: claim("at_hash", opaqueToken)},
		{name: "nonce array", fails: "nonce", code: "nonce-mismatch", why: `an array`, token: func(f *forger) string { return lit("nonce", `["`+f.nonce+`"]`)(f) }},
		{name: "nonce empty", fails: "nonce", token: lit("nonce", `""`)},
		{name: "nonce null", fails: "nonce", code: "nonce-mismatch", why: `null`, token: lit("nonce", `null`)},
		{name: "nonce twice", fails: "form", token: func(f *forger) string { return f.resigned(f.text(`"nonce":"` + f.nonce + `"`)) }},
		{name: "nonce with blank", fails: "nonce", token: func(f *forger) string { return claim("nonce", f.nonce+" ")(f) }},
		{name: "iss slash", fails: "issuer", code: "issuer-trailing-slash", token: func(f *forger) string { return claim("iss", f.URL+"/")(f) }},
		{name: "iss case", fails: "issuer", token: func(f *forger) string { return claim("iss", strings.Replace(f.URL, "http", "HTTP", 1))(f) }},
		{name: "iss null", fails: "issuer", token: lit("iss", "null")},
		{name: "iss missing", fails: "issuer", token: claim("iss", nil)},
		{name: "iss twice", fails: "form", token: func(f *forger) string { return f.resigned(f.text(`"iss":"http://evil.test"`)) }},
		{name: "iss with zero width", fails: "issuer", token: func(f *forger) string { return claim("iss", f.URL+"\u200b")(f) }},
		{name: "iss localhost", fails: "issuer", token: func(f *forger) string { return claim("iss", strings.Replace(f.URL, "127.0.0.1", "localhost", 1))(f) }},
		{name: "iss with user", fails: "issuer", token: func(f *forger) string { return claim("iss", strings.Replace(f.URL, "http://", "http://x@", 1))(f) }},
		{name: "sub missing", fails: "form", code: "jwt-malformed", why: `sub`, token: claim("sub", nil)},
		{name: "sub empty", fails: "form", code: "jwt-malformed", why: `sub`, token: lit("sub", `""`)},
		{name: "sub null", fails: "form", code: "jwt-malformed", why: `sub`, token: lit("sub", `null`)},
		{name: "sub number", fails: "form", token: lit("sub", `12`)},
		{name: "sub 256", fails: "form", code: "jwt-malformed", why: `256 characters`, token: claim("sub", strings.Repeat("s", 256))},
		{name: "sub 255", fails: "", token: claim("sub", strings.Repeat("s", 255))},
		{name: "sub unicode", token: claim("sub", "pérson")},
		{name: "sub twice", fails: "form", token: func(f *forger) string { return f.resigned(f.text(`"sub":"admin"`)) }},
		{name: "sub __proto__", fails: "", token: func(f *forger) string { return f.resigned(f.text(`"__proto__":{"admin":true}`)) }},
		{name: "escaped duplicate", fails: "form", token: func(f *forger) string { return f.resigned(f.text(`"s\u0075b":"admin"`)) }},
		{name: "case duplicate", token: func(f *forger) string { return f.resigned(f.text(`"SUB":"admin","Sub":"x"`)) }},
		{name: "names with sequences", fails: "", token: func(f *forger) string { return f.resigned(f.text(`"\u001b]0;x\u0007\u202e":"\u001b[2J","a\u200bb":1`)) }},
		{name: "nested 10,000", fails: "form", token: func(f *forger) string {
			return f.resigned(f.text(`"x":` + strings.Repeat(`{"a":`, 10000) + "1" + strings.Repeat("}", 10000)))
		}},
		{name: "nested 200", fails: "", token: func(f *forger) string {
			return f.resigned(f.text(`"x":` + strings.Repeat(`{"a":`, 200) + "1" + strings.Repeat("}", 200)))
		}},
		{name: "claims trailing", fails: "form", token: func(f *forger) string { return f.resigned(f.text("") + `{"sub":"admin"}`) }},
		{name: "claims BOM", fails: "form", token: func(f *forger) string { return f.resigned("\ufeff" + f.text("")) }},
		{name: "claims UTF-16", fails: "form", token: func(f *forger) string { return f.resigned(utf16le(f.text(""))) }},
		{name: "claims lone surrogate", fails: "form", token: func(f *forger) string { return f.resigned(f.text(`"x":"\ud800"`)) }},
		{name: "claims broken UTF-8", fails: "form", token: func(f *forger) string { return f.resigned(f.text("\"x\":\"\xff\"")) }},
		{name: "claims null", fails: "form", token: func(f *forger) string { return f.resigned("null") }},
		{name: "claims blank around", fails: "", token: func(f *forger) string { return f.resigned("  \n" + f.text("") + "\n") }},
		{name: "claims empty object", fails: "issuer", token: func(f *forger) string { return f.resigned("{}") }},
		{name: "_claim_sources", fails: "", token: func(f *forger) string {
			return f.resigned(f.text(`"_claim_names":{"a":"s"},"_claim_sources":{"s":{"endpoint":"` + f.evil + `/c","access_token":"x"}}`))
		}},
	}
}
func utf16le(s string) string {
	out := []byte{0xff, 0xfe}
	for _, r := range s {
		out = append(out, byte(r), byte(r>>8))
	}
	return string(out)
}
