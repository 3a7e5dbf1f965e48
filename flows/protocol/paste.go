package protocol

import (
	"errors"
	"net/url"
	"strings"

	"oauthlens/flows"
	"oauthlens/flows/visible"
)

// ErrNoCallback says that a pasted text holds no callback.
var ErrNoCallback = errors.New("this is no callback: paste the whole URL from the browser's address bar, or its part behind '?', with code= or error= in it")

// maxPaste bounds a pasted text in bytes.
const maxPaste = 1 << 20

// ParsePaste makes the browser's request out of a pasted callback: the whole URL, the
// query alone, either as a terminal or a chat wrapped, quoted or linked it, or the JSON of
// a provider that answers instead of redirecting. redirectURI completes a bare query. The second result lists what was mended, in sentences.
func ParsePaste(text, redirectURI string) (flows.Request, []string, error) {
	if len(text) > maxPaste {
		return flows.Request{}, nil, errors.New("the pasted text is longer than 1 MiB; a callback URL is not")
	}
	s, mended := unwrap(text)
	if query, ok := answerAsQuery(s); ok {
		whole := addRaw(redirectURI, query)
		return flows.Request{Method: "GET", URL: whole, Headers: flows.Headers{{Name: "Host", Value: hostHeader(whole)}}},
			append(mended, "the answer was taken out of JSON and joined to the redirect URI"), nil
	}
	s, mended = requestLine(s, mended)
	if i := strings.Index(s, "http://"); i > 0 {
		s, mended = cutBefore(s, i, mended)
	} else if i := strings.Index(s, "https://"); i > 0 {
		s, mended = cutBefore(s, i, mended)
	}
	s, mended = trimTail(s, mended)
	if strings.Contains(s, "&amp;") {
		s = strings.ReplaceAll(s, "&amp;", "&")
		mended = append(mended, "&amp; was turned back into &")
	}
	query, whole := s, s
	if isHTTP(s) {
		u, err := url.Parse(s)
		if err != nil {
			return flows.Request{}, nil, ErrNoCallback
		}
		query = u.RawQuery
		if u.Fragment != "" && !looksLikeParams(query) {
			query = u.EscapedFragment()
		}
	} else {
		query = strings.TrimLeft(s, "?&#")
		if path, after, ok := strings.Cut(s, "?"); ok && strings.HasPrefix(s, "/") && !strings.Contains(path, "=") {
			query = after // the path of a request line or of a log
		}
		whole = addRaw(redirectURI, query)
		mended = append(mended, "the query alone was joined to the redirect URI")
	}
	if !looksLikeParams(query) {
		return flows.Request{}, nil, ErrNoCallback
	}
	return flows.Request{Method: "GET", URL: whole, Headers: flows.Headers{{Name: "Host", Value: hostHeader(whole)}}}, mended, nil
}

// requestLine takes the target out of a line that a server's log or a network panel shows,
// and the backslashes out of a URL that was escaped for a shell.
func requestLine(s string, mended []string) (string, []string) {
	for _, method := range []string{"GET ", "POST "} {
		if target, ok := strings.CutPrefix(s, method); ok {
			target, _, _ = strings.Cut(target, " HTTP/")
			s, mended = strings.TrimSpace(target), append(mended, "the request line around it was removed")
		}
	}
	if t := strings.NewReplacer(`\?`, "?", `\&`, "&", `\=`, "=").Replace(s); t != s {
		s, mended = t, append(mended, "the backslashes of a shell were removed")
	}
	return s, mended
}

func addRaw(base, query string) string {
	base, _, _ = strings.Cut(base, "#")
	if strings.Contains(base, "?") {
		return base + "&" + query
	}
	return base + "?" + query
}

// unwrap removes what terminals, chats and mail programs put into a long URL.
func unwrap(text string) (string, []string) {
	var mended []string
	s := strings.NewReplacer("\x1b[200~", "", "\x1b[201~", "").Replace(text) // marks of a terminal's bracketed paste
	s = strings.TrimSpace(strings.TrimPrefix(s, "\ufeff"))
	quotes := "\"'`<>()[]“”‘’"
	if t := strings.Trim(s, quotes); t != s {
		s = strings.TrimSpace(t)
		mended = append(mended, "quotes or brackets around it were removed")
	}
	if strings.ContainsAny(s, "\r\n") {
		var b strings.Builder
		for line := range strings.Lines(s) {
			line = strings.TrimSpace(line)
			line = strings.TrimPrefix(line, "> ")
			b.WriteString(strings.TrimSuffix(line, `\`))
		}
		s = b.String()
		mended = append(mended, "line breaks were taken out")
	}
	if !visible.Clean(s) {
		var b strings.Builder
		for _, r := range s {
			if visible.Clean(string(r)) {
				b.WriteRune(r)
			}
		}
		s = b.String()
		mended = append(mended, "invisible characters were taken out")
	}
	return s, mended
}

func cutBefore(s string, i int, mended []string) (string, []string) {
	before := s[:i]
	if looksLikeParams(before) || strings.Contains(before, "=") {
		return s, mended // the URL is a value of the query
	}
	return strings.Trim(s[i:], "\"'`<>()[]“”‘’"), append(mended, "the words before the URL were removed")
}

func trimTail(s string, mended []string) (string, []string) {
	if i := strings.IndexAny(s, " \t"); i >= 0 {
		query := s[:i]
		if _, after, ok := strings.Cut(query, "?"); ok {
			query = after
		}
		if strings.Contains(s[i:], "=") || !looksLikeParams(query) {
			s = strings.NewReplacer(" ", "", "\t", "").Replace(s)
			return s, append(mended, "blanks were taken out")
		}
		return s[:i], append(mended, "the words after the URL were removed")
	}
	if t := strings.TrimRight(s, ".,;"); t != s {
		return t, append(mended, "the full stop after the URL was removed")
	}
	return s, mended
}
