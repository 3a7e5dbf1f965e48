package capture

import (
	"encoding/base64"
	"strings"
	"testing"
)

// TestTokensInTheirClothes: what a header, a cookie, a program, a page or a chat puts around
// a token is taken off, and the token is the bare one.
func TestTokensInTheirClothes(t *testing.T) {
	for name, text := range map[string]string{
		"a tab behind the scheme": "Bearer\t" + jwt, "a colon behind the scheme": "Bearer: " + jwt, "the scheme twice": "Bearer Bearer " + jwt, "a loud scheme": "BEARER " + jwt,
		"a no-break space": "Bearer\u00a0" + jwt, "a character that is not seen": "\u200b" + jwt + "\ufeff", "curly quotes": "“" + jwt + "”",
		"escaped quotes": `\"` + jwt + `\"`, "a line end as a string has it": jwt[:40] + `\n` + jwt[40:] + `\r\n`,
		"a cookie": "token=" + jwt + "; Path=/; HttpOnly", "a header that sets a cookie": "Set-Cookie: id_token=" + jwt + "; Path=/", "one of several cookies": "Cookie: sid=abc; access_token=" + jwt + "; b=1",
		"a variable of a shell": "export TOKEN=" + jwt, "a variable in quotes": `TOKEN="` + jwt + `"`, "YAML": "access_token: " + jwt, "an option of curl": `-H "Authorization: Bearer ` + jwt + `"`,
		"a page": "<code>" + jwt + "</code>", "percent signs": strings.ReplaceAll(jwt, ".", "%2E"), "a page that shows tokens": "https://jwt.io/#debugger-io?token=" + jwt,
		"another page that shows tokens": "https://jwt.ms/#id_token=" + jwt, "a word in JSON": `["` + jwt + `"]`, "a log in JSON": `{"level":"info","msg":"got ` + jwt + `"}`,
	} {
		r, steps := recognise(t, text)
		if r.Kind != KindJWT || steps != "" || len(r.Tokens) != 1 || r.Tokens[0].RevealSecret() != jwt {
			t.Errorf("%s: taken for %s (%s), %d tokens", name, r.Kind, r.What, len(r.Tokens))
		}
	}
}

// TestSeveralTokens in one paste are told apart; what wraps one is not several.
func TestSeveralTokens(t *testing.T) {
	other := jwt[:len(jwt)-4] + "abcd"
	for name, text := range map[string]string{"lines": jwt + "\n" + other, "blanks": jwt + " " + other, "quotes and commas": `"` + jwt + `",` + "\n" + `"` + other + `"`} {
		r, _ := recognise(t, text)
		if r.Kind != KindJWT || r.What != "2 JWTs" || len(r.Tokens) != 2 || r.Tokens[0].RevealSecret() != jwt || r.Tokens[1].RevealSecret() != other {
			t.Errorf("%s: %s (%s) with %d tokens", name, r.Kind, r.What, len(r.Tokens))
		}
	}
	at := strings.IndexByte(jwt, '.') + 1
	if r, _ := recognise(t, jwt[:at]+"\n"+jwt[at:]); len(r.Tokens) != 1 || r.Tokens[0].RevealSecret() != jwt {
		t.Errorf("a token that is broken at a dot: %s with %d tokens", r.What, len(r.Tokens))
	}
}

// TestPartsOfTokens: what is no whole token is refused with what to paste instead, and
// never quoted.
func TestPartsOfTokens(t *testing.T) {
	parts := strings.Split(jwt, ".")
	header, _ := base64.RawURLEncoding.DecodeString(parts[0])
	claims, _ := base64.RawURLEncoding.DecodeString(parts[1])
	for name, c := range map[string]struct{ text, want string }{
		"the claims alone":    {parts[1], "one part of a JWT"},
		"the header, decoded": {string(header), "the header of a JWT, decoded"},
		"the claims, decoded": {string(claims), "the claims of a JWT, decoded"},
		"both, decoded":       {string(header) + "\n" + string(claims), "the header of a JWT, decoded"},
		"the JSON form":       {`{"payload":"` + parts[1] + `","signatures":[{"protected":"` + parts[0] + `","signature":"` + parts[2] + `"}]}`, "its JSON form"},
		"the flat JSON form":  {`{"payload":"` + parts[1] + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `"}`, "its JSON form"},
	} {
		_, err := Read([]byte(c.text), Options{Now: now})
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), parts[1][:12]) || strings.Contains(err.Error(), "id.test") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
