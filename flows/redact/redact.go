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
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"oauthlens/flows"
)

// minLoose is the shortest value that is masked wherever it occurs; a shorter one is
// masked only beside its name, since it would hit ordinary words.
const minLoose = 6

// Masker masks the secrets that it learned. It is safe for concurrent use once made.
type Masker struct {
	key   flows.FingerprintKey
	known map[string]*value // by raw value
	// spelled maps a spelling in a message to its raw value, where it is none that
	// encodings lists: a JSON string with escapes of the server's own choice.
	spelled map[string]string
	begin   [256]uint16 // by first byte: which of pattern, 0 for none
	pattern [][]pattern // of one first byte each, sorted by text; the first is empty
	fresh   []pattern   // not yet in their place
	wide    []wide      // the encodings of two or four bytes that were met, without their texts
	again   bool        // all patterns are to be made anew
	// What pattern was made of, beside the values that say so themselves.
	compiled        int // values
	compiledSpelled map[string]bool
	compiledKey     flows.FingerprintKey
}

// value is a value that was learned. A server may send tens of thousands that are named like
// secrets, so its mask is made when it is met for the first time.
type value struct {
	raw, name string
	compiled  bool // there are patterns of it
	made      atomic.Pointer[flows.Secret]
}

// secret is the value with its mask.
func (v *value) secret(key flows.FingerprintKey) flows.Secret {
	if s := v.made.Load(); s != nil {
		return *s
	}
	s := flows.NewSecret(key, v.name, v.raw)
	v.made.Store(&s) // whoever else makes it makes the same
	return s
}

type pattern struct {
	text   string // as it occurs
	of     *value
	keep   int32 // leading bytes of text that are no secret (a name before a short value)
	parent int32 // index, among those of its first byte, of the longest other that it begins with; -1 for none
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
	m := &Masker{key: key, known: map[string]*value{}, spelled: map[string]string{}}
	for raw, name := range secrets {
		m.learn(name, raw)
	}
	m.compile()
	return m
}

// ForTrace learns every secret of the trace, and the extra ones under the name "secret".
func ForTrace(t flows.Trace, extra ...flows.Secret) *Masker {
	m := &Masker{known: map[string]*value{}, spelled: map[string]string{}}
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
	v, seen := m.known[raw]
	switch {
	case !seen:
		m.known[raw] = &value{raw: raw, name: name}
		m.learnToken(raw)
	case v.name == "secret" || v.name == "token" || v.name == "credentials":
		v.name = name
		v.made.Store(nil)
		m.again = m.again || v.compiled && len(raw) < minLoose // the name is in its patterns
	}
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

// compile makes the patterns of what was learned since the last time; of everything, if the
// masks have another key or a name stands in patterns that is another now.
func (m *Masker) compile() {
	if m.again || m.pattern == nil || m.compiledKey != m.key {
		m.begin, m.pattern, m.again = [256]uint16{}, [][]pattern{nil}, false
		m.compiled, m.compiledSpelled, m.compiledKey = 0, map[string]bool{}, m.key
		for _, v := range m.known {
			v.compiled = false
			v.made.Store(nil)
		}
	}
	const each = 3 // patterns of a value, mostly
	m.fresh = slices.Grow(m.fresh, each*(len(m.known)-m.compiled)*(1+len(m.wide)))
	for _, v := range m.known {
		if !v.compiled {
			v.compiled = true
			m.compileValue(v)
		}
	}
	m.compiled = len(m.known)
	for text, raw := range m.spelled {
		if v, ok := m.known[raw]; ok && len(raw) >= minLoose && !m.compiledSpelled[text] {
			m.compiledSpelled[text] = true
			m.add(pattern{text: text, of: v})
		}
	}
	m.settle()
}

func (m *Masker) compileValue(v *value) {
	for _, text := range encodings(v.raw) {
		if len(v.raw) < minLoose {
			m.addNamed(text, v)
			continue
		}
		m.add(pattern{text: text, of: v})
	}
}

// add adds a pattern, also as it stands in a body of wide characters: a form of it that is
// no text at all (an export, a pane) shows its bytes.
func (m *Masker) add(p pattern) {
	m.fresh = append(m.fresh, p)
	for _, w := range m.wide {
		m.fresh = append(m.fresh, pattern{text: string(w.bytes(p.text)), keep: int32(len(w.bytes(p.text[:p.keep]))), of: p.of})
	}
}

// settle puts the new patterns into their places, all at once: a server may send tens of
// thousands of values that are named like secrets. Of two that are spelled alike, such as
// a secret and what stands for it in Basic credentials, the shorter one counts: it is the
// one that was encoded.
func (m *Masker) settle() {
	order := func(a, b pattern) int {
		return cmp.Or(strings.Compare(a.text, b.text), cmp.Compare(a.keep, b.keep), cmp.Compare(len(a.of.raw), len(b.of.raw)), strings.Compare(a.of.raw, b.of.raw))
	}
	fresh := m.fresh
	m.fresh = nil
	slices.SortFunc(fresh, order)
	for len(fresh) > 0 {
		first, n := fresh[0].text[0], 1
		for n < len(fresh) && fresh[n].text[0] == first {
			n++
		}
		list := fresh[:n:n]
		fresh = fresh[n:]
		if m.begin[first] == 0 {
			m.begin[first], m.pattern = uint16(len(m.pattern)), append(m.pattern, nil)
		} else {
			list = slices.Concat(m.pattern[m.begin[first]], list)
			slices.SortFunc(list, order)
		}
		list = slices.CompactFunc(list, func(a, b pattern) bool { return a.text == b.text })
		within := int32(-1) // of texts that begin alike the shorter stands before the longer
		for i := range list {
			for within >= 0 && !strings.HasPrefix(list[i].text, list[within].text) {
				within = list[within].parent
			}
			list[i].parent, within = within, int32(i)
		}
		m.pattern[m.begin[first]] = list
	}
}

func (m *Masker) addNamed(text string, v *value) {
	for _, prefix := range []string{v.name + "=", `"` + v.name + `":"`, `"` + v.name + `": "`, `"` + v.name + `" : "`} {
		m.add(pattern{text: prefix + text, keep: int32(len(prefix)), of: v})
	}
}

// jwtShape matches a compact JWS or JWE that was not learned by name.
var jwtShape = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`eyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]*){1,3}`)
})

// Split cuts the text into plain and secret parts.
func (m *Masker) Split(s string) []Part { return m.split(nil, s) }

func (m *Masker) split(parts []Part, s string) []Part {
	last := 0
	bare := bared(s)
	for i := 0; i < len(s); {
		found := m.find(s, i, bare)
		if !found.ok {
			bare = bare.behind(s, i+1)
			i++
			continue
		}
		parts = m.plain(parts, s[last:found.from])
		raw := found.secret
		if stood := s[found.from:found.to]; stood != raw.RevealSecret() {
			raw = flows.NewSecret(m.key, "value", stood)
		}
		parts = append(parts, Part{Text: found.secret.String(), Secret: found.secret, Raw: raw})
		bare = bare.behind(s, found.to)
		i = found.to
		last = i
	}
	return m.plain(parts, s[last:])
}

// finding is where a secret stands in a text.
type finding struct {
	from, to int
	secret   flows.Secret
	ok       bool
}

// find looks for the secret that begins at a place of the text, and takes the longest: as it
// is spelled in messages, with other escapes, or as credentials of HTTP Basic.
func (m *Masker) find(s string, i int, bare view) finding {
	var f finding
	var of *value
	if p, ok := m.match(s[i:]); ok {
		f, of = finding{from: i + int(p.keep), to: i + len(p.text)}, p.of
	}
	if bare.stands(i) {
		if p, ok := m.match(bare.text[bare.at:]); ok {
			if to := bare.place(s, len(p.text)); to > f.to {
				f, of = finding{from: bare.place(s, int(p.keep)), to: to}, p.of
			}
		}
	}
	if end := basicEnd(s, i); end > max(i, f.to) { // its tail may be an encoded secret, too
		return finding{i, end, flows.NewSecret(m.key, "credentials", s[i:end]), true}
	}
	if of != nil {
		f.secret, f.ok = of.secret(m.key), true
	}
	return f
}

// match finds the longest pattern that s begins with: the last one that does not stand
// behind s in the order of texts, or one that it begins with itself.
func (m *Masker) match(s string) (pattern, bool) {
	at := m.begin[s[0]]
	if at == 0 {
		return pattern{}, false
	}
	list := m.pattern[at]
	i, same := slices.BinarySearchFunc(list, s, func(p pattern, s string) int { return strings.Compare(p.text, s) })
	if !same {
		i--
	}
	for ; i >= 0; i = int(list[i].parent) {
		if strings.HasPrefix(s, list[i].text) {
			return list[i], true
		}
	}
	return pattern{}, false
}

// plain looks for what gives itself away by its shape in a text without known secrets.
func (m *Masker) plain(parts []Part, s string) []Part {
	jwt, credentials := place{from: -1}, place{from: -1}
	last := 0
	for {
		jwt, credentials = jwt.next(s, last, nextJWT), credentials.next(s, last, nextBasic)
		name, at := "jwt", jwt
		if credentials.from < jwt.from {
			name, at = "credentials", credentials
		}
		if at.from >= len(s) {
			break
		}
		if at.from > last {
			parts = append(parts, Part{Text: s[last:at.from]})
		}
		secret := flows.NewSecret(m.key, name, s[at.from:at.to])
		parts = append(parts, Part{Text: secret.String(), Secret: secret, Raw: secret})
		last = at.to
	}
	if last < len(s) {
		parts = append(parts, Part{Text: s[last:]})
	}
	return parts
}

// place is where something stands in a text: at its end when it is nowhere.
type place struct{ from, to int }

// next is the same place while it lies ahead, so that no text is searched twice.
func (p place) next(s string, start int, find func(string) (from, to int)) place {
	if p.from >= start {
		return p
	}
	from, to := find(s[start:])
	return place{start + from, start + to}
}

// nextJWT finds the first compact token, or the end of the text.
func nextJWT(s string) (from, to int) {
	if strings.Contains(s, "eyJ") {
		if at := jwtShape().FindStringIndex(s); at != nil {
			return at[0], at[1]
		}
	}
	return len(s), len(s)
}

// nextBasic finds the first credentials of HTTP Basic: a request that is only shown, before
// it is sent, has not been learned from.
func nextBasic(s string) (from, to int) {
	for start := 0; ; {
		at := strings.Index(s[start:], basic)
		if at < 0 {
			return len(s), len(s)
		}
		start += at + len(basic)
		if end := basicEnd(s, start); end > 0 {
			return start, end
		}
	}
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
	var few [4]Part
	parts := m.split(few[:0], s)
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
