package protocol

import (
	"strings"
	"testing"

	"oauthlens/flows"

	"oauthlens/flows/runner/faultserver"
)

func TestJudgeCallback(t *testing.T) {
	expect := flows.CallbackExpectation{State: secret("state", "a b+%41c"), Issuer: "https://as.example"}
	const sent = "a+b%2B%2541c" // the state, encoded once
	for query, want := range map[string]flows.CallbackVerdict{
		"code=c&state=" + sent: flows.CallbackAccepted,
		"code=c&state=" + sent + "&iss=https%3A%2F%2Fas.example":    flows.CallbackAccepted,
		"code=c&state=" + sent + "&iss=https%3A%2F%2Fas.example%2F": flows.CallbackRefused,
		"error=access_denied&state=" + sent:                         flows.CallbackError,
		"error=access_denied":                                       flows.CallbackRefused,
		"code=c":                                                    flows.CallbackRefused,
		"code=c&state=":                                             flows.CallbackRefused,
		"code=c&state=other":                                        flows.CallbackRefused,
		"code=c&state=a%2Bb%252B%25252541c":                         flows.CallbackRefused,
		"code=c&code=d&state=" + sent:                               flows.CallbackRefused,
		"code=c&state=" + sent + "&state=" + sent:                   flows.CallbackRefused,
		"x=1&x=2&code=c&state=" + sent:                              flows.CallbackAccepted,
		"":                                                          flows.CallbackEmpty,
		"state=" + sent:                                             flows.CallbackEmpty,
	} {
		if got, why := JudgeCallback(expect, flows.Request{Method: "GET", URL: "http://127.0.0.1/cb?" + query}); got != want || why == "" {
			t.Errorf("%s: %s (%s), want %s", query, got, why, want)
		}
	}
	post := flows.Request{Method: "POST", URL: "http://127.0.0.1/cb", Body: []byte("code=c&state=" + sent)}
	if got, _ := JudgeCallback(expect, post); got != flows.CallbackAccepted {
		t.Error("form_post:", got)
	}
	expect.IssRequired = true
	if got, _ := JudgeCallback(expect, post); got != flows.CallbackRefused {
		t.Error("a missing iss that was promised:", got)
	}
	if got, _ := JudgeCallback(flows.CallbackExpectation{}, flows.Request{URL: "http://h/cb#code=c&state=s"}); got != flows.CallbackFragment {
		t.Error("fragment:", got)
	}
}

// TestWhatCameInPlaceOfACode: an answer of another response type or mode is named.
func TestWhatCameInPlaceOfACode(t *testing.T) {
	for query, word := range map[string]string{"response=a.b.c&state=s": "response_mode=query", "access_token=a&state=s": "response_type=code", "id_token=a.b.c": "response_type=code", "state=s": "neither code nor error"} {
		if got, why := JudgeCallback(flows.CallbackExpectation{}, flows.Request{Method: "GET", URL: "http://127.0.0.1/cb?" + query}); got != flows.CallbackEmpty || !strings.Contains(why, word) || strings.Contains(why, "a.b.c") {
			t.Errorf("%s: %s (%s)", query, got, why)
		}
	}
}

func TestStateTransformationsAreNamed(t *testing.T) {
	for got, word := range map[string]string{"a%20b": "once too often", "a": "cut off", "zzz": "another flow"} {
		if why := stateWhy(got, "a b"); !strings.Contains(why, word) {
			t.Errorf("%q: %s", got, why)
		}
	}
	if why := stateWhy("a b", "a%20b"); !strings.Contains(why, "decoded once too often") {
		t.Error(why)
	}
}

func TestParsePaste(t *testing.T) {
	const redirect = "https://yourapp.com/oauth/callback"
	for name, c := range map[string]struct {
		text   string
		code   string
		mended int
	}{
		"whole":          {redirect + "?code=abc&state=s", "abc", 0},
		"query":          {"?code=abc&state=s", "abc", 1},
		"bare query":     {"code=abc&state=s", "abc", 1},
		"wrapped":        {redirect + "?code=ab\n  c&sta\r\nte=s", "abc", 1},
		"quoted":         {"\"" + redirect + "?code=abc&state=s\"", "abc", 1},
		"angle":          {"<" + redirect + "?code=abc&state=s>", "abc", 1},
		"chat":           {"here it is: " + redirect + "?code=abc&state=s thanks", "abc", 2},
		"reply":          {"> " + redirect + "?code=ab\n> c&state=s", "abc", 2},
		"entities":       {redirect + "?code=abc&amp;state=s", "abc", 1},
		"invisible":      {redirect + "?code=a\u200bbc&state=s\ufeff", "abc", 1},
		"full stop":      {redirect + "?code=abc&state=s.", "abc", 1},
		"blanks":         {redirect + "?code=abc& state=s", "abc", 1},
		"base64":         {redirect + "?code=6y/ly4b0PVJLCv6fafC2Xg==&state=s", "6y/ly4b0PVJLCv6fafC2Xg==", 0},
		"fragment":       {redirect + "#code=abc&state=s", "abc", 0},
		"route":          {redirect + "#/cb?code=abc&state=s", "abc", 0},
		"error":          {redirect + "?error=access_denied&state=s", "", 0},
		"JSON":           {`{"code":0,"data":{"code":"6y/ly4b0PVJLCv6fafC2Xg==","state":"s"}}`, "6y/ly4b0PVJLCv6fafC2Xg==", 1},
		"wrapped JSON":   {"{\"code\":\"a+c\",\n  \"state\":\"s\"}", "a+c", 2},
		"request line":   {"GET /oauth/callback?code=abc&state=s HTTP/1.1", "abc", 2},
		"path of a log":  {"/oauth/callback?code=abc&state=s", "abc", 1},
		"shell":          {redirect + `\?code=abc\&state=s`, "abc", 1},
		"URL in a value": {"code=abc&iss=https://as.example&state=s", "abc", 1},
	} {
		req, mended, err := ParsePaste(c.text, redirect)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		cb := ReadCallback(req, nil)
		if cb.Code != c.code || cb.State != "s" || len(mended) != c.mended || !strings.HasPrefix(req.URL, redirect) {
			t.Errorf("%s: %s %+v %v", name, req.URL, cb, mended)
		}
	}
	for _, text := range []string{"", "hello", "https://example.com/", "https://example.com/?x=1", `{"code":0}`, `{"code`, strings.Repeat("x", maxPaste+1)} {
		if _, _, err := ParsePaste(text, redirect); err == nil {
			t.Errorf("%.20q was taken for a callback", text)
		}
	}
}

func FuzzParsePaste(f *testing.F) {
	for _, s := range []string{"?code=a", "https://h/cb?code=a&state=b", "> \"x=1&error=y\"", "#id_token=z", "code=\n a"} {
		f.Add(s)
	}
	for _, a := range faultserver.Answers(f.Context(), "", 4<<10) {
		f.Add(string(a.Body()))
	}
	f.Fuzz(func(t *testing.T, s string) {
		req, _, err := ParsePaste(s, "http://127.0.0.1/cb")
		if err == nil {
			JudgeCallback(flows.CallbackExpectation{State: secret("state", "x")}, req)
		}
	})
}

func TestFormsComeBack(t *testing.T) {
	params := []flows.Param{{Name: "a b", Value: "+&=%\x00ü"}, {Name: "a b", Value: ""}, {Name: "code", Value: "6y/ly4b0PVJLCv6fafC2Xg=="}}
	got, problems := DecodeForm(EncodeForm(params))
	if len(problems) != 0 || len(got) != len(params) {
		t.Fatal(got, problems)
	}
	for i := range params {
		if got[i] != params[i] {
			t.Errorf("%+v became %+v", params[i], got[i])
		}
	}
	if got, problems := DecodeForm("a=%zz&b=1"); len(problems) != 1 || got[0].Value != "%zz" || got[1].Value != "1" {
		t.Error(got, problems)
	}
}
