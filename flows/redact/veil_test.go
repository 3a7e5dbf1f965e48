package redact

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestVeil(t *testing.T) {
	const secret = "Zx81-Secret_Value.42"
	tests := []struct{ name, text, left string }{
		{"a callback", "http://127.0.0.1/cb?code=" + secret + "&state=abc123", "http://127.0.0.1/cb?code=####&state=abc123"},
		{"its query alone", "code=" + secret + "&state=abc123", "code=####&state=abc123"},
		{"a short code", "https://h/cb?code=4829&state=s", "https://h/cb?code=••••&state=s"},
		{"an answer", `{"access_token":"` + secret + `","expires_in":60}`, `{"access_token":"####","expires_in":60}`},
		{"half an answer", `{"access_token":"` + secret, `{"access_token":"####`},
		{"a form", "access_token=" + secret + "&token_type=bearer", "access_token=####&token_type=bearer"},
		{"a header", "curl -H 'Authorization: Bearer " + secret + "' https://api.test/x", "curl -H 'Authorization: Bearer ####' https://api.test/x"},
		{"a user", "curl -u me:" + secret + " https://api.test/x", "curl -u me:#### https://api.test/x"},
		{"a word alone", secret, "####"},
		{"words", "what is a refresh token", "what is a refresh token"},
		{"a URL without", "https://h.test/authorize?client_id=abc&state=xyz", "https://h.test/authorize?client_id=abc&state=xyz"},
		{"lines", "first\n" + `{"refresh_token": "` + secret + `"}` + "\nüml", "first\n" + `{"refresh_token": "####"}` + "\nüml"},
		{"nothing", "", ""},
	}
	for _, tt := range tests {
		got, want := Veil(tt.text), strings.ReplaceAll(tt.left, "####", strings.Repeat("•", len(secret)))
		if got != want {
			t.Errorf("%s: %q, want %q", tt.name, got, want)
		}
	}
	long := strings.Repeat("a line of a recording\n", 5000)
	if got := Veil(long); strings.Contains(got, "line") || strings.Count(got, "\n") != 5000 {
		t.Error("a long text is shown")
	}
}

func FuzzVeil(f *testing.F) {
	f.Add("https://h/cb?code=abc123def&state=1")
	f.Add(`{"access_token":"a\u0062cdefgh"}`)
	f.Fuzz(func(t *testing.T, text string) {
		if got := Veil(text); utf8.RuneCountInString(got) != utf8.RuneCountInString(text) || strings.Count(got, "\n") < strings.Count(text, "\n") && len(text) > mostVeiled {
			t.Errorf("%q became %q", text, got)
		}
	})
}
