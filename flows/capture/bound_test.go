package capture

import (
	"fmt"
	"strings"
	"testing"
)

// Hostile sizes must end; a reader whose work grows with the square of its input would
// run into the test's own timeout here.
func TestHostileSizes(t *testing.T) {
	var authorizes, calls, discoveries []string
	for i := range 8_000 {
		authorizes = append(authorizes, entry(float64(i), get(fmt.Sprintf("https://id.test/authorize?response_type=code&client_id=a&state=%d", i)), answer(200, "")))
		calls = append(calls, entry(float64(i), get("https://api.test/", "Authorization", fmt.Sprintf("Bearer token-of-some-length-%d", i)), answer(401, "")))
		discoveries = append(discoveries, entry(float64(i), get(fmt.Sprintf("https://h%d.test/.well-known/openid-configuration", i)), answer(404, "")))
	}
	for name, text := range map[string]string{
		"authorizations":     har(authorizes...),
		"calls":              har(calls...),
		"discoveries":        har(discoveries...),
		"line feeds in curl": "curl https://a.test" + strings.Repeat("\n", 1<<20) + "-d a=b",
		"lines of curl":      strings.Repeat("curl https://a.test\n", 50_000),
		"backslashes":        "curl https://a.test " + strings.Repeat("\\ ", 1<<19),
		"carets":             "curl ^\"https://a.test^\" " + strings.Repeat("^\n", 1<<19),
		"headers on a line":  "POST https://a.test/token " + strings.Repeat("Accept: a ", 20_000) + "grant_type=a",
		"parameters":         strings.Repeat("client_id=a&", 200_000) + "grant_type=b",
		"one long word":      strings.Repeat("a1", 1<<20),
		"dots":               "eyJhbGciOiJub25lIn0" + strings.Repeat(".", 1<<20),
		"deep JSON":          strings.Repeat(`{"a":`, 100_000),
		"deep HAR":           `{"log":{"entries":[{"request":` + strings.Repeat(`[`, 100_000),
		"tags":               "<html>" + strings.Repeat("<input name='", 100_000),
		"blank lines":        "POST / HTTP/1.1\nHost: a\n" + strings.Repeat("\n", 1<<20) + "HTTP/1.1 200 OK\n\n{}",
		"a long URL":         "https://a.test/?code=1&state=" + strings.Repeat("%41", 300_000),
		"equals":             strings.Repeat("=", 1<<20),
		"cmdlets":            strings.Repeat("curl -uri ", 300_000),
		"variables":          strings.Repeat("$a=@{b=\n", 200_000) + "iwr https://a.test",
		"doubled tables":     strings.Repeat("$a=@{b=$a;c=$a}\n", 200) + "iwr https://a.test -Body $a",
		"nested tables":      "iwr https://a.test -Body " + strings.Repeat("@{a=", 1<<20),
		"lines of a log":     strings.Repeat("x] HTTP/1.1 2\n", 200_000),
		"one line of a log":  strings.Repeat("] HTTP/1.1 20 ", 1<<17),
		"escaped objects":    strings.Repeat(`{\"a\":`, 50_000),
		"chunks":             "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n" + strings.Repeat("1\na\n", 1<<18),
		"here-documents":     strings.Repeat("curl https://a.test <<E\n", 50_000),
		"beside curl":        strings.Repeat("xcurl y\n", 400_000),
		"redirections":       "curl https://a.test " + strings.Repeat("> ", 1<<19),
		"placeholders":       "curl https://a.test " + strings.Repeat("<a", 1<<19),
		"prompts":            strings.Repeat("$curl", 1<<18),
	} {
		r, err := Read([]byte(text), Options{Now: now})
		t.Logf("%s: %s %v", name, r.What, err)
		if err != nil && len(err.Error()) > 1000 {
			t.Errorf("%s: an error of %d bytes", name, len(err.Error()))
		}
	}
}

func TestDeepHAR(t *testing.T) {
	text := `{"log":{"entries":[],"x":` + strings.Repeat(`[`, 20_000) + strings.Repeat(`]`, 20_000) + `}}`
	_, err := Read([]byte(text), Options{})
	if err == nil || !strings.Contains(err.Error(), "nested deeper") || !strings.Contains(err.Error(), "byte ") {
		t.Errorf("got %v", err)
	}
}

// BenchmarkHAR reads a recording of 20,000 entries and about 100 MB.
func BenchmarkHAR(b *testing.B) {
	var entries []string
	body := strings.Repeat("function f(x) { return x + 1 }\n", 140)
	for i := range 20_000 {
		switch i % 200 {
		case 0:
			entries = append(entries, loginA()...)
		default:
			entries = append(entries, entry(float64(i), get(fmt.Sprintf("https://shop.test/page/%d", i), "Cookie", "a=b", "Accept", "*/*"), answer(200, body, "Content-Type", "text/html")))
		}
	}
	text := har(entries...)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ReadFrom(strings.NewReader(text), int64(len(text)), Options{Now: now}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkTypicalHAR reads a recording of one login and 1 MB.
func BenchmarkTypicalHAR(b *testing.B) {
	entries := loginA()
	for i := range 150 {
		entries = append(entries, entry(float64(i), get(fmt.Sprintf("https://shop.test/page/%d", i), "Accept", "*/*"), answer(200, strings.Repeat("<p>", 2000), "Content-Type", "text/html")))
	}
	text := har(entries...)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := Read([]byte(text), Options{Now: now}); err != nil {
			b.Fatal(err)
		}
	}
}
