package flows

import (
	"strings"
	"testing"
)

func TestEndpointProblem(t *testing.T) {
	for _, tt := range []struct{ url, want string }{
		{"https://id.example/token", ""},
		{"HTTPS://ID.example:8443/token?tenant=a", ""},
		{"http://127.0.0.1:1/token", ""},
		{"http://localhost./token", ""},
		{"https://[::1]:443/", ""},
		{"https://[fe80::1%25eth0]/", ""},
		{"https://xn--pple-43d.com/", ""},
		{"https://a_b.example/", ""},
		{"", "is empty"},
		{"/token", "does not begin with"},
		{"//id.example/token", "does not begin with"},
		{"http:///token", "names no host"},
		{"http:token", "names no host"},
		{"id.example", "does not begin with https://"},
		{"127.0.0.1:8417/custom", "does not begin with https://"},
		{"localhost:8417", "does not begin with https://"},
		{"HTTPS://id.example/", ""},
		{"file:///etc/passwd", "does not begin with"},
		{"javascript:alert(1)", "does not begin with"},
		{"data:application/json,{}", "does not begin with"},
		{" https://id.example/", "blank"},
		{"https://id.example/a b", "blank"},
		{"https://id.example/\n", "blank"},
		{"https://id.example/\x7f", "blank"},
		{`https://id.example\@other.example/`, "backslash"},
		{"https://user:pw@id.example/", "user or a password"},
		{"https://user@id.example/", "user or a password"},
		{"https://@id.example/", "user or a password"},
		{"https://id.example@other.example/", "user or a password"},
		{"https://id.example/#", "fragment"},
		{"https://id.example/?a=b#c", "fragment"},
		{"https://id.example:0/", "port"},
		{"https://id.example:65536/", "port"},
		{"https://id.example:/", "port"},
		{"https://id.example:abc/", "cannot be read"},
		{"https://id.example:-1/", "cannot be read"},
		{"https://%69d.example/", "cannot be read"},
		{"https://[v1.x]/", "cannot be read"},
		{"https://[::1/", "cannot be read"},
		{"https://[fe80::1%25a%20b]/", "no name has"},
		{"https://0177.0.0.1/", "odd notation"},
		{"https://2130706433/", "odd notation"},
		{"https://0x7f.1/", "odd notation"},
		{"https://127.1/", "odd notation"},
		{"https://127.0.0.1./", "odd notation"},
		{"https://id.0x/", "odd notation"},
		{"https://a..example/", "between its dots"},
		{"https://.example/", "between its dots"},
		{"https://./", "between its dots"},
		{"https://" + strings.Repeat("a", 64) + ".example/", "between its dots"},
		{"https://" + strings.Repeat("a.", 130) + "example/", "253"},
		{"https://a,b.example/", "no name has"},
		{"https://a;b.example/", "no name has"},
		{"https://\u0430pple.com/", "xn--pple-43d.com"},
		{"https://b\u00fccher.example/", "xn--bcher-kva.example"},
		{"https://B\u00dcCHER.example/", "xn--bcher-kva.example"},
		{"https://\u202egro.example/", "no name has"},
		{"https://a\u200bb.example/", "no name has"},
		{"https://127\u30020\u30020\u30021/", "no name has"},
		{"https://id.example\u2044path/", "no name has"},
		{"https://\uff11\uff12\uff17.0.0.1/", "xn--"},
	} {
		if got := EndpointProblem(tt.url); (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
			t.Errorf("%q: %q, want %q", tt.url, got, tt.want)
		}
		if got := EndpointProblem(tt.url); strings.ContainsFunc(got, func(r rune) bool { return r > 0x7e || r < ' ' }) || strings.Contains(got, "pw") {
			t.Errorf("%q: %q quotes what it must not", tt.url, got)
		}
	}
}

func TestIssuerProblem(t *testing.T) {
	for url, want := range map[string]string{"https://id.example/realms/a": "", "https://id.example?a=b": "query", "https://id.example/?": "query", "https://id.example#a": "fragment"} {
		if got := IssuerProblem(url); (got == "") != (want == "") || !strings.Contains(got, want) {
			t.Errorf("%q: %q, want %q", url, got, want)
		}
	}
	if why := URLProblem("https://id.example/#/authorize?a=b"); why != "" {
		t.Errorf("a page with a fragment %s", why)
	}
}

// The samples of RFC 3492 section 7.1, in lower case.
func TestPunycode(t *testing.T) {
	for text, want := range map[string]string{
		"\u4ed6\u4eec\u4e3a\u4ec0\u4e48\u4e0d\u8bf4\u4e2d\u6587":                                                                               "ihqwcrb4cv8a8dqg056pqjye",
		"\u05dc\u05de\u05d4\u05d4\u05dd\u05e4\u05e9\u05d5\u05d8\u05dc\u05d0\u05de\u05d3\u05d1\u05e8\u05d9\u05dd\u05e2\u05d1\u05e8\u05d9\u05ea": "4dbcagdahymbxekheh6e0a7fei0b",
		"pro\u010dprost\u011bnemluv\u00ed\u010desky":                                                                                           "proprostnemluvesky-uyb24dma41a",
		"3\u5e74b\u7d44\u91d1\u516b\u5148\u751f":                                                                                               "3b-ww4c5e180e575a65lsy2b",
		"\u043f\u043e\u0447\u0435\u043c\u0443\u0436\u0435\u043e\u043d\u0438\u043d\u0435\u0433\u043e\u0432\u043e\u0440\u044f\u0442\u043f\u043e\u0440\u0443\u0441\u0441\u043a\u0438": "b1abfaaepdrnnbgefbadotcwatmq2g4l",
		"a b": "", "\u2603": "",
	} {
		if got := punycode([]rune(text)); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}
