// Package redact replaces secrets by masks in any text that leaves the process's memory
// or is painted: URLs, headers, form and JSON bodies, Basic credentials, error texts.
//
// A [Masker] first learns which values are secret, by the names under which they occur in
// the messages of a trace (client_secret, code, code_verifier, access_token, ...) and from
// secrets that are known otherwise. It then masks every occurrence of these values in any
// text, in every encoding in which HTTP and JSON write them, so that an error description
// that echoes a code is masked too. State, nonce and code challenge are no credentials and
// stay readable: comparing them is what people come for.
package redact

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"

	"oauthlens/flows"
)

// minLoose is the shortest value that is masked wherever it occurs; a shorter one is
// masked only beside its name, since it would hit ordinary words.
const minLoose = 6

// Masker masks the secrets that it learned. It is safe for concurrent use once made.
type Masker struct {
	key   flows.FingerprintKey
	known map[string]string // raw value -> name
	// spelled maps a spelling in a message to its raw value, where it is none that
	// encodings lists: a JSON string with escapes of the server's own choice.
	spelled map[string]string
	pattern [256][]pattern // by first byte, longest first
	// What pattern was made of.
	compiled        map[string]string // raw value -> name
	compiledSpelled map[string]bool
	compiledKey     flows.FingerprintKey
}

type pattern struct {
	text   string // as it occurs
	keep   int    // leading bytes of text that are no secret (a name before a short value)
	secret flows.Secret
}

// Part is a piece of a masked text. For a secret, Text is its mask and Raw what stood
// there, in the encoding in which it stood.
type Part struct {
	Text   string
	Secret flows.Secret // the decoded value; zero for plain text
	Raw    flows.Secret
}

// New makes a masker that knows the given secrets.
func New(key flows.FingerprintKey, secrets map[string]string) *Masker {
	m := &Masker{key: key, known: map[string]string{}, spelled: map[string]string{}}
	for raw, name := range secrets {
		m.learn(name, raw)
	}
	m.compile()
	return m
}

// ForTrace learns every secret of the trace, and the extra ones under the name "secret".
func ForTrace(t flows.Trace, extra ...flows.Secret) *Masker {
	m := &Masker{known: map[string]string{}, spelled: map[string]string{}}
	for _, r := range t.Records {
		m.learnEvent(r.Event)
	}
	for _, s := range extra {
		m.learn("secret", s.RevealSecret())
	}
	m.compile()
	return m
}

// Key is the fingerprint key of the masks.
func (m *Masker) Key() flows.FingerprintKey { return m.key }

func (m *Masker) learn(name, raw string) {
	// A mask in a run that was stored after redaction stands for a secret that is not here.
	if raw == "" || len(raw) > flows.MaxBody || flows.IsMask(raw) {
		return
	}
	if old, ok := m.known[raw]; ok && old != "secret" && old != "token" && old != "credentials" {
		return
	}
	m.known[raw] = name
}

// learnSpelled learns a value and how it stood between the quotes of a JSON text.
func (m *Masker) learnSpelled(name, raw, spelling string) {
	m.learn(name, raw)
	if spelling != raw && spelling != "" {
		m.spelled[spelling] = raw
	}
}

// Learn learns the secrets of one more event. Nobody may use the masker meanwhile. A run
// that grows costs less so than a masker made anew for each event.
func (m *Masker) Learn(e flows.Event) {
	m.learnEvent(e)
	m.compile()
}

// compile makes the patterns of what was learned since the last time; of everything, if a
// value has another name now or the masks another key.
func (m *Masker) compile() {
	again := m.compiled == nil || m.compiledKey != m.key
	for raw, name := range m.compiled {
		again = again || m.known[raw] != name
	}
	if again {
		m.pattern = [256][]pattern{}
		m.compiled, m.compiledSpelled, m.compiledKey = map[string]string{}, map[string]bool{}, m.key
	}
	for raw, name := range m.known {
		if _, done := m.compiled[raw]; !done {
			m.compiled[raw] = name
			m.compileValue(name, raw)
		}
	}
	for text, raw := range m.spelled {
		if name, ok := m.known[raw]; ok && len(raw) >= minLoose && !m.compiledSpelled[text] {
			m.compiledSpelled[text] = true
			m.add(pattern{text: text, secret: flows.NewSecret(m.key, name, raw)})
		}
	}
}

func (m *Masker) compileValue(name, raw string) {
	s := flows.NewSecret(m.key, name, raw)
	for _, text := range encodings(raw) {
		if len(raw) < minLoose {
			m.addNamed(name, text, s)
			continue
		}
		m.add(pattern{text: text, secret: s})
	}
}

// add puts a pattern into its place: longest first. Of two values that are spelled alike,
// such as a secret and what stands for it in Basic credentials, the shorter one counts: it
// is the one that was encoded.
func (m *Masker) add(p pattern) {
	list := m.pattern[p.text[0]]
	at, known := slices.BinarySearchFunc(list, p, func(a, b pattern) int {
		return cmp.Or(cmp.Compare(len(b.text), len(a.text)), cmp.Compare(a.text, b.text))
	})
	if known {
		was, is := list[at].secret.RevealSecret(), p.secret.RevealSecret()
		if cmp.Or(cmp.Compare(p.keep, list[at].keep), cmp.Compare(len(is), len(was)), cmp.Compare(is, was)) < 0 {
			list[at] = p
		}
		return
	}
	m.pattern[p.text[0]] = slices.Insert(list, at, p)
}

func (m *Masker) addNamed(name, text string, s flows.Secret) {
	for _, prefix := range []string{name + "=", `"` + name + `":"`, `"` + name + `": "`, `"` + name + `" : "`} {
		m.add(pattern{text: prefix + text, keep: len(prefix), secret: s})
	}
}

// encodings lists the spellings of a value in messages, without repeats.
func encodings(raw string) []string {
	quoted, _ := json.Marshal(raw)
	plainQuoted := strings.NewReplacer(`\u0026`, "&", `\u003c`, "<", `\u003e`, ">").Replace(string(quoted))
	query := url.QueryEscape(raw)
	path := strings.ReplaceAll(query, "+", "%20")
	out := []string{raw, query, path, url.QueryEscape(query), strings.ToLower(path),
		string(quoted[1 : len(quoted)-1]), plainQuoted[1 : len(plainQuoted)-1],
		strings.ReplaceAll(plainQuoted[1:len(plainQuoted)-1], "/", `\/`),
		html.EscapeString(raw), url.PathEscape(raw)}
	if len(raw) >= minLoose {
		// a final group of base64 depends on what follows, so only whole groups are searched
		out = append(out, base64.StdEncoding.EncodeToString([]byte(raw)))
	}
	seen := map[string]bool{"": true}
	uniq := out[:0]
	for _, s := range out {
		if !seen[s] {
			seen[s] = true
			uniq = append(uniq, s)
		}
	}
	return uniq
}

// jwtShape matches a compact JWS or JWE that was not learned by name.
var jwtShape = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`eyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]*){1,3}`)
})

// Split cuts the text into plain and secret parts.
func (m *Masker) Split(s string) []Part {
	var parts []Part
	last := 0
	for i := 0; i < len(s); {
		p, ok := m.match(s[i:])
		if end := basicEnd(s, i); end > i+len(p.text) { // its tail may be an encoded secret, too
			p, ok = pattern{text: s[i:end], secret: flows.NewSecret(m.key, "credentials", s[i:end])}, true
		}
		if !ok {
			i++
			continue
		}
		parts = m.plain(parts, s[last:i+p.keep])
		raw := flows.NewSecret(m.key, "value", s[i+p.keep:i+len(p.text)])
		parts = append(parts, Part{Text: p.secret.String(), Secret: p.secret, Raw: raw})
		i += len(p.text)
		last = i
	}
	return m.plain(parts, s[last:])
}

func (m *Masker) match(s string) (pattern, bool) {
	for _, p := range m.pattern[s[0]] {
		if strings.HasPrefix(s, p.text) {
			return p, true
		}
	}
	return pattern{}, false
}

// plain looks for what gives itself away by its shape in a text without known secrets.
func (m *Masker) plain(parts []Part, s string) []Part {
	for s != "" {
		name, from, to := shaped(s)
		if name == "" {
			break
		}
		if from > 0 {
			parts = append(parts, Part{Text: s[:from]})
		}
		secret := flows.NewSecret(m.key, name, s[from:to])
		parts = append(parts, Part{Text: secret.String(), Secret: secret, Raw: secret})
		s = s[to:]
	}
	if s != "" {
		parts = append(parts, Part{Text: s})
	}
	return parts
}

// shaped finds the first JWT, or the first credentials of HTTP Basic: a request that is
// only shown, before it is sent, has not been learned from.
func shaped(s string) (name string, from, to int) {
	if strings.Contains(s, "eyJ") {
		if at := jwtShape().FindStringIndex(s); at != nil {
			name, from, to = "jwt", at[0], at[1]
		}
	}
	at := strings.Index(s, basic)
	if at < 0 || name != "" && at > from {
		return name, from, to
	}
	if end := basicEnd(s, at+len(basic)); end > 0 {
		return "credentials", at + len(basic), end
	}
	return name, from, to
}

const basic = "Basic "

// basicEnd is where the credentials of HTTP Basic end that begin at a place of the text; 0
// when none do.
func basicEnd(s string, start int) int {
	if start < len(basic) || s[start-len(basic):start] != basic {
		return 0
	}
	end := start
	for end < len(s) && (s[end] == '+' || s[end] == '/' || s[end] == '=' || s[end] >= '0' && s[end] <= '9' || s[end] >= 'A' && s[end] <= 'Z' || s[end] >= 'a' && s[end] <= 'z') {
		end++
	}
	decoded, err := base64.StdEncoding.DecodeString(s[start:end])
	if err != nil || !strings.Contains(string(decoded), ":") {
		return 0
	}
	return end
}

// String masks every secret in the text.
func (m *Masker) String(s string) string {
	if m == nil {
		return s
	}
	s = shown(s)
	parts := m.Split(s)
	if len(parts) == 0 {
		return ""
	}
	if len(parts) == 1 && parts[0].Secret.IsZero() {
		return s
	}
	var b strings.Builder
	for _, p := range parts {
		b.WriteString(p.Text)
	}
	return b.String()
}

// Bytes is String for bytes.
func (m *Masker) Bytes(b []byte) []byte {
	if m == nil || b == nil {
		return b
	}
	if w, ok := readWide(b); ok {
		if masked := m.String(w.text); masked != w.text {
			return w.bytes(masked)
		}
	}
	return []byte(m.String(string(b)))
}

// Leaks is the last scan before a file is written: it names every kind of secret that
// the data still contains, in any encoding, and every token-shaped text. Nil means clean.
func (m *Masker) Leaks(data []byte) []string {
	found := map[string]bool{}
	text := string(data)
	if w, ok := readWide(data); ok {
		text = w.text
	}
	for _, p := range m.Split(text) {
		if !p.Secret.IsZero() {
			found[p.Text] = true
		}
	}
	var out []string
	for name := range found {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}
