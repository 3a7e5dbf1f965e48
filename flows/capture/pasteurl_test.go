package capture

import (
	"strings"
	"testing"
)

// TestURLsAsTheyArePasted: of every scheme, with what programs and people put around and
// into them. The URL that is read is the one that the browser had.
func TestURLsAsTheyArePasted(t *testing.T) {
	const plain = "https://app.test/cb?code=Splx&state=xyz"
	const callback, authorize = KindCallbackURL, KindAuthorizationURL
	for _, c := range []struct {
		name, text string
		kind       Kind
		url        string // empty: as pasted
		mended     string // a part of what is said; empty: nothing is
	}{
		{"plain", plain, callback, "", ""},
		{"a scheme of an app, one slash", "com.example.app:/cb?code=Splx&state=xyz", callback, "", ""},
		{"a scheme of an app, two slashes", "msauth.com.example.app://auth?code=Splx", callback, "", ""},
		{"a scheme of an app, no slash", "myapp:cb?code=Splx&state=xyz", callback, "", ""},
		{"a scheme of an app, fragment", "myapp:/cb#access_token=abc&token_type=bearer", callback, "", ""},
		{"out of band", "urn:ietf:wg:oauth:2.0:oob?code=Splx", callback, "", ""},
		{"an intent", "intent://cb?code=Splx&state=xyz#Intent;scheme=myapp;package=com.example;end", callback, "", ""},
		{"an extension", "chrome-extension://abcdef/cb?code=Splx&state=xyz", callback, "", ""},
		{"IPv6", "http://[::1]:8080/cb?code=Splx&state=xyz", callback, "", ""},
		{"a route behind the number sign", "https://app.test/#/callback?code=Splx&state=xyz", callback, "", ""},
		{"a route with an exclamation mark", "https://app.test/#!/callback?error=access_denied&state=xyz", callback, "", ""},
		{"a slash behind the number sign", "https://app.test/#/access_token=abc&token_type=Bearer", callback, "", ""},
		{"a route behind a query", plain + "#/home", callback, "", ""},
		{"Facebook's fragment", plain + "#_=_", callback, "", ""},
		{"no scheme, this machine", "localhost:3000/cb?code=Splx&state=xyz", callback, "http://localhost:3000/cb?code=Splx&state=xyz", "no scheme"},
		{"no scheme, this machine by address", "127.0.0.1:3000/cb?code=Splx", callback, "http://127.0.0.1:3000/cb?code=Splx", "no scheme"},
		{"no scheme", "app.test/cb?code=Splx&state=xyz", callback, plain, "no scheme"},
		{"no scheme and no path", "app.test?code=Splx&state=xyz", callback, "https://app.test?code=Splx&state=xyz", "no scheme"},
		{"no scheme, authorization", "id.test/authorize?response_type=code&client_id=a", authorize, "https://id.test/authorize?response_type=code&client_id=a", "no scheme"},
		{"the source of a page", "view-source:" + plain, callback, plain, ""},
		{"escaped by a shell", `https://app.test/cb\?code\=Splx\&state\=xyz`, callback, plain, "escapes"},
		{"escaped in JSON", `https:\/\/app.test\/cb?code=Splx\u0026state=xyz`, callback, plain, "escapes"},
		{"words behind", plain + " and then nothing happened", callback, plain, "words behind"},
		{"one word behind", plain + " done", callback, plain, "words behind"},
		{"a scope with blanks", "https://id.test/authorize?client_id=a&response_type=code&scope=openid profile email", authorize, "", ""},
		{"a link in a mail", "https://safe.test/?url=https%3A%2F%2Fapp.test%2Fcb%3Fcode%3DSplx%26state%3Dxyz&data=05", callback, plain, "a parameter of another URL"},
		{"a login page on the way", "https://id.test/ServiceLogin?continue=https%3A%2F%2Fid.test%2Fauthorize%3Fresponse_type%3Dcode%26client_id%3Da", authorize, "https://id.test/authorize?response_type=code&client_id=a", "a parameter of another URL"},
		{"a Markdown link", "[go on](" + plain + ")", callback, plain, "taken out of the text"},
		{"a link of a page", `<a href="` + plain + `">`, callback, plain, "taken out of the text"},
		{"a line of a server's log", `192.0.2.9 - - [20/Nov/2026:10:00:01 +0000] "GET /cb?code=Splx&state=xyz HTTP/1.1" 302 0 "https://id.test/" "Mozilla/5.0"`, callback, "/cb?code=Splx&state=xyz", "taken out of the text"},
		{"two lines of label", "redirected to: " + plain + ", status 302", callback, plain, "taken out of the text"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, _ := recognise(t, c.text)
			if r.Kind != c.kind {
				t.Fatalf("taken for %s (%s)", r.Kind, r.What)
			}
			want := c.url
			if want == "" {
				want = c.text
			}
			if got := r.Trace.Steps()[0].Exchange.Request.URL; got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			if said := strings.Join(r.Mended, "; "); c.mended == "" && said != "" || !strings.Contains(said, c.mended) {
				t.Errorf("mended %q, want %q", said, c.mended)
			}
		})
	}
}

// TestTwoURLsInALine come apart; they are not one with a blank in it.
func TestTwoURLsInALine(t *testing.T) {
	r, steps := recognise(t, "https://id.test/authorize?response_type=code&client_id=a&redirect_uri=https%3A%2F%2Fapp.test%2Fcb&state=s-123456 https://app.test/cb?code=Splx&state=s-123456")
	if steps != "authorize GET, callback GET" || r.Flows() != 1 {
		t.Errorf("%s: %s in %d flows", r.What, steps, r.Flows())
	}
}

// TestURLsThatAreNone: a near miss is not made a URL of.
func TestURLsThatAreNone(t *testing.T) {
	for _, text := range []string{"note: see?x", "10:30?code", "a.b", "https://www.test/?url=https%3A%2F%2Fshop.test%2F%3Fa%3Db", "mailto:me@app.test?subject=code", "file.txt/x?y"} {
		if r, err := Read([]byte(text), Options{Now: now}); err == nil {
			t.Errorf("%q is taken for %s (%s)", text, r.Kind, r.What)
		}
	}
}
