package flows

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestHeaders(t *testing.T) {
	h := Headers{{"Accept", "a"}, {"X-Two", "1"}, {"x-two", "2"}, {"Empty", ""}}
	for name, want := range map[string][]string{"accept": {"a"}, "X-TWO": {"1", "2"}, "empty": {""}, "none": nil} {
		first := ""
		if len(want) > 0 {
			first = want[0]
		}
		if h.Get(name) != first || h.Has(name) != (want != nil) || !slices.Equal(h.Values(name), want) {
			t.Errorf("%s: %q, %v, %q", name, h.Get(name), h.Has(name), h.Values(name))
		}
	}
	for name, want := range map[string]string{ // the old place and spelling; once; else at the end
		"ACCEPT": "Accept=z X-Two=1 x-two=2 Empty=", "x-Two": "Accept=a X-Two=z Empty=", "New": "Accept=a X-Two=1 x-two=2 Empty= New=z",
	} {
		if got := h.With(name, "z"); written(got) != want {
			t.Errorf("with %s: %s, want %s", name, written(got), want)
		}
	}
	for name, want := range map[string]string{"x-TWO": "Accept=a Empty=", "none": "Accept=a X-Two=1 x-two=2 Empty="} {
		if got := h.Without(name); written(got) != want {
			t.Errorf("without %s: %s, want %s", name, written(got), want)
		}
	}
	if written(h) != "Accept=a X-Two=1 x-two=2 Empty=" {
		t.Errorf("the list itself was changed: %s", written(h))
	}
}

func written(h Headers) string {
	var out []string
	for _, f := range h {
		out = append(out, f.Name+"="+f.Value)
	}
	return strings.Join(out, " ")
}

func TestRequests(t *testing.T) {
	for url, want := range map[string]struct{ target, query, host string }{
		"https://ID.Example:8443/a/b?x=%20&y#z": {"/a/b?x=%20&y", "x=%20&y", "id.example:8443"},
		"https://u:p@id.example":                {"/", "", "id.example"},
		"https://id.example?x=1":                {"/?x=1", "x=1", "id.example"},
		"https://id.example#/x?y":               {"/", "", "id.example"},
		"https://[::1]/cb":                      {"/cb", "", "[::1]"},
		"/cb?a":                                 {"/cb?a", "a", ""},
		"https://a b/":                          {"/", "", ""},
	} {
		r := Request{Method: "GET", URL: url}
		if r.Target() != want.target || r.Query() != want.query || r.Host() != want.host {
			t.Errorf("%s: %q, %q, %q", url, r.Target(), r.Query(), r.Host())
		}
	}
	r := Request{Method: "POST", URL: "https://id.example/token", Headers: Headers{{"Host", "id.example"}, {"content-length", "9"}}}.WithBody([]byte("a=b"))
	if got, want := string(r.Bytes()), "POST /token HTTP/1.1\r\nHost: id.example\r\ncontent-length: 3\r\n\r\na=b"; got != want {
		t.Errorf("written %q, want %q", got, want)
	}
	at := time.Unix(1794218400, 0)
	for d, want := range map[time.Duration]time.Duration{time.Second: time.Second, 0: 0, -time.Second: 0} {
		if got := (Exchange{Started: at, Ended: at.Add(d)}).Duration(); got != want {
			t.Errorf("from start to %v: %v", d, got)
		}
	}
}

func TestVerdictsThatEnd(t *testing.T) {
	for v, want := range map[CallbackVerdict]bool{
		CallbackAccepted: true, CallbackError: true, CallbackRefused: true, CallbackFragment: true, CallbackEmpty: true, CallbackStray: false, CallbackDuplicate: false, CallbackBadHost: false, "": false,
	} {
		if v.Ends() != want {
			t.Errorf("%s ends: %v", v, v.Ends())
		}
	}
	for s, want := range map[Severity]int{SeverityError: 0, SeverityWarning: 1, SeverityInfo: 2, "": 2} {
		if s.Rank() != want {
			t.Errorf("%q has rank %d", s, s.Rank())
		}
	}
}

// TestBoundsOfHosts: the last that is taken, and the first that is not.
func TestBoundsOfHosts(t *testing.T) {
	long := func(n int) string { return strings.Repeat("a.", n/2-1) + strings.Repeat("a", 2+n%2) }
	for url, bad := range map[string]bool{
		"https://id.example:65535/": false, "https://id.example:65536/": true, "https://id.example:1/": false, "https://id.example:0/": true,
		"https://" + strings.Repeat("a", 63) + ".example/": false, "https://" + strings.Repeat("a", 64) + ".example/": true,
		"https://" + long(253) + "/": false, "https://" + long(254) + "/": true,
		"https://id.0xzz/": false, "https://id.0xff/": true, "https://id.1a/": false,
	} {
		if why := URLProblem(url); (why != "") != bad {
			t.Errorf("%.40s (%d): %q", url, len(url), why)
		}
	}
	for host, want := range map[string]bool{
		"127.0.0.1": true, "127.255.255.254": true, "128.0.0.1": false, "[::1]": true, "::1": true, "::2": false, "localhost": true, "LOCALHOST.": true, "a.localhost": true,
		"localhost.example": false, "notlocalhost": false, "": false,
	} {
		if got := IsLoopbackHost(host); got != want {
			t.Errorf("%q is loopback: %v", host, got)
		}
	}
}

// TestTimesAndTextsOfTheCodec: what RFC 3339 and JSON have no good form for comes back, and
// nothing else is taken for it.
func TestTimesAndTextsOfTheCodec(t *testing.T) {
	for text, ok := range map[string]bool{
		"2026-11-09T10:00:00Z": true, "unix:-1.0": true, "unix:253402300800.999999999": true, "unix:1.1000000000": false, "unix:1.-1": false, "unix:x.1": false, "unix:1.x": false,
		"unix:1": false, "": false, "2026-11-09": false,
	} {
		if _, err := decodeTime(text); (err == nil) != ok {
			t.Errorf("%q: %v", text, err)
		}
	}
	for _, at := range []time.Time{time.Unix(1, 5), time.Date(12026, 1, 1, 0, 0, 0, 7, time.UTC), time.Date(-5, 1, 1, 0, 0, 0, 0, time.UTC)} {
		if back, err := decodeTime(encodeTime(at)); err != nil || !back.Equal(at) {
			t.Errorf("%v came back as %v, %v", at, back, err)
		}
	}
	for text, want := range map[string]bool{
		strings.Repeat("\x00", 1023): false, strings.Repeat("\x00", 1024): true, strings.Repeat("\n\r\t ", 512): false,
		strings.Repeat("\x01", 128) + strings.Repeat("a", 896): false, strings.Repeat("\x01", 129) + strings.Repeat("a", 895): true,
	} {
		if swells(text) != want {
			t.Errorf("%d characters, first %q: %v", len(text), text[:1], swells(text))
		}
	}
}

// TestFragmentAt: the route of a program in the browser is no parameter.
func TestFragmentAt(t *testing.T) {
	for fragment, want := range map[string]string{
		"": "", "access_token=a&b=c": "access_token=a&b=c", "/callback?code=a&state=b": "code=a&state=b", "!/callback?code=a": "code=a", "/access_token=a": "access_token=a",
		"!/": "", "/home": "home", "state=/x?y": "state=/x?y", "_=_": "_=_",
	} {
		if got := fragment[FragmentAt(fragment):]; got != want {
			t.Errorf("%q: %q, want %q", fragment, got, want)
		}
	}
}
