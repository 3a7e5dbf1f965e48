package program

import "strings"

// oddForms are texts around and in place of a token, and encrypted ones.
func oddForms() []forgery {
	raw := func(change func(f *forger, token string) string) func(f *forger) string {
		return func(f *forger) string { return change(f, f.header(nil)) }
	}
	return []forgery{
		{name: "Bearer prefix", fails: "signature", code: "jwt-malformed", why: `did not come in the form`, token: raw(func(_ *forger, s string) string { return "Bearer " + s })},
		{name: "blank before", fails: "signature", code: "jwt-malformed", why: `did not come in the form`, token: raw(func(_ *forger, s string) string { return " " + s })},
		{name: "newline behind", fails: "signature", code: "jwt-malformed", why: `did not come in the form`, token: raw(func(_ *forger, s string) string { return s + "\n" })},
		{name: "newline within", fails: "signature", code: "jwt-malformed", why: `did not come in the form`, token: raw(func(_ *forger, s string) string { return s[:50] + "\n" + s[50:] })},
		{name: "quotes around", fails: "signature", code: "jwt-malformed", why: `did not come in the form`, token: raw(func(_ *forger, s string) string { return `"` + s + `"` })},
		{name: "doubled", fails: "signature", code: "jwt-malformed", why: `did not come in the form`, token: raw(func(_ *forger, s string) string { return s + s })},
		{name: "trailing dot", fails: "signature", code: "jwt-malformed", why: `4 parts`, token: raw(func(_ *forger, s string) string { return s + "." })},
		{name: "leading dot", fails: unread, token: raw(func(_ *forger, s string) string { return "." + s })},
		{name: "fullwidth dots", fails: unread, token: raw(func(_ *forger, s string) string { return strings.ReplaceAll(s, ".", "\uff0e") })},
		{name: "ideographic dots", fails: unread, token: raw(func(_ *forger, s string) string { return strings.ReplaceAll(s, ".", "\u3002") })},
		{name: "zero width within", fails: "signature", code: "jwt-malformed", why: `invisible`, token: raw(func(_ *forger, s string) string { return s[:50] + "\u200b" + s[50:] })},
		{name: "percent dots", fails: "signature", code: "jwt-malformed", why: `percent`, token: raw(func(_ *forger, s string) string { return strings.ReplaceAll(s, ".", "%2E") })},
		{name: "standard base64", fails: "signature", code: "jwt-malformed", why: `standard base64`, token: func(f *forger) string {
			s := f.resigned(f.text(`"x":"~~~?>>>?"`)) // whatever the alignment, some of it is beyond letters and digits
			return strings.NewReplacer("-", "+", "_", "/").Replace(s)
		}},
		{name: "padded everywhere", fails: "form", token: raw(func(_ *forger, s string) string {
			p := strings.Split(s, ".")
			for i := range p {
				p[i] += strings.Repeat("=", (4-len(p[i])%4)%4)
			}
			return strings.Join(p, ".")
		})},
		{name: "trailing bits", token: raw(func(_ *forger, s string) string {
			const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
			i := strings.IndexByte(alphabet, s[len(s)-1])
			return s[:len(s)-1] + string(alphabet[i|1])
		})},
		{name: "opaque", fails: unread, code: "jwt-malformed", token: func(*forger) string { return "opaque-id-token-0123456789" }},
		{name: "JWE unknown alg", fails: "algorithm", code: "jwt-header-unacceptable", why: `no registered way`, token: func(*forger) string { return b64url([]byte(`{"alg":"X","enc":"Y"}`)) + ".AA.AA.AA.AA" }},
		{name: "JWE zip bomb", fails: sealed, token: func(*forger) string {
			return b64url([]byte(`{"alg":"dir","enc":"A256GCM","zip":"DEF"}`)) + ".." + b64url(make([]byte, 12)) + "." + b64url(make([]byte, 200<<10)) + "." + b64url(make([]byte, 16))
		}},
		{name: "JWE empty parts", fails: "form", code: "jwt-malformed", why: `is empty`, token: func(*forger) string { return b64url([]byte(`{"alg":"dir","enc":"A256GCM"}`)) + "...." }},
		{name: "JWE alg none", fails: "algorithm", code: "jwt-header-unacceptable", token: func(*forger) string { return b64url([]byte(`{"alg":"none","enc":"none"}`)) + "...." }},
		{name: "five parts no enc", fails: "signature", code: "jwt-malformed", why: `5 parts`, token: raw(func(_ *forger, s string) string { return s + ".AA.AA" })},
		{name: "JWE three parts", fails: "form", code: "jwt-malformed", why: `five parts`, token: func(*forger) string { return b64url([]byte(`{"alg":"dir","enc":"A256GCM"}`)) + ".AA.AA" }},
		{name: "JWE PBES2 p2c huge", fails: sealed, token: func(*forger) string {
			return b64url([]byte(`{"alg":"PBES2-HS256+A128KW","enc":"A128GCM","p2c":2147483647,"p2s":"AAAA"}`)) + ".AA.AA.AA.AA"
		}},
		{name: "JWE broken base64", fails: "form", code: "jwt-malformed", why: `base64url`, token: func(*forger) string { return b64url([]byte(`{"alg":"dir","enc":"A256GCM"}`)) + ".!!.!!.!!.!!" }},
		{name: "JWE JSON", fails: unread, token: func(*forger) string { return `{"protected":"e30","ciphertext":"AA","iv":"AA","tag":"AA"}` }},
	}
}
