package diagnose

import (
	"encoding/base64"
	"fmt"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"oauthlens/flows"
)

// stateBits estimates how many bits of choice a value of this form can hold.
func stateBits(s string) float64 {
	var digit, lower, upper, other bool
	distinct := map[rune]bool{}
	for _, r := range s {
		distinct[r] = true
		switch {
		case r >= '0' && r <= '9':
			digit = true
		case r >= 'a' && r <= 'z':
			lower = true
		case r >= 'A' && r <= 'Z':
			upper = true
		default:
			other = true
		}
	}
	size := 0.0
	for _, k := range []struct {
		on bool
		n  float64
	}{{digit, 10}, {lower, 26}, {upper, 26}, {other, 20}} {
		if k.on {
			size += k.n
		}
	}
	if isHexText(s) {
		size = min(size, 16)
	}
	if size < 2 {
		return 0
	}
	per := math.Log2(size)
	if d := math.Log2(float64(len(distinct))) + 0.5; d < per {
		per = d
	}
	return float64(len(s)) * per
}

const guessable words = "state xyz abc abcdef test random 123 1234 12345 123456 1234567890 xyzabc foobar secret csrf nonce login oauth 0 1 true null undefined none csrftoken some_state mystate my-state security_token xyzabc123 randomstring state123 teststate"

// weakState tells what is wrong with a state; empty if nothing.
func weakState(s string, at time.Time) string {
	low := strings.ToLower(s)
	switch {
	case guessable.has(low):
		return "is a word that anybody would try"
	case len(s) < 8:
		return fmt.Sprintf("has only %d characters", len(s))
	case isTimestamp(s, at):
		return "is a time stamp"
	case readableState(s):
		return "is a path or a structure without any random part"
	case stateBits(s) < 50:
		return fmt.Sprintf("holds at most about %.0f bits (%s)", stateBits(s), kinds(s))
	}
	return ""
}

// readableState: a path, a URL or encoded JSON in which nothing is random.
func readableState(s string) bool {
	text := s
	if b, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(s, "=")); err == nil && len(b) > 1 && (b[0] == '{' || b[0] == '/') && utf8.Valid(b) {
		text = string(b)
	}
	if !strings.HasPrefix(text, "/") && !strings.HasPrefix(text, "http") && !strings.HasPrefix(text, "{") {
		return false
	}
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("/?&=:,\"{}[].# ", r) }) {
		if len(word) >= 10 && stateBits(word) >= 50 && (strings.ContainsAny(word, "0123456789") || strings.ToLower(word) != word) {
			return false
		}
	}
	return true
}

// isTimestamp: digits that are seconds or milliseconds near the time of the request.
func isTimestamp(s string, at time.Time) bool {
	if strings.Trim(s, "0123456789") != "" || len(s) != 10 && len(s) != 13 {
		return false
	}
	var n int64
	for _, r := range s {
		n = n*10 + int64(r-'0')
	}
	if len(s) == 13 {
		n /= 1000
	}
	t := time.Unix(n, 0)
	return at.IsZero() || abs(at.Sub(t)) < 48*time.Hour
}

func checkWeakState(c *Case) []Hit {
	var out []Hit
	seen := map[string]*attempt{}
	for _, a := range c.attempts {
		if a.opaque || a.request.role == roleLink || a.request.args.arg("response_type") == nil && a.client() == "" {
			continue
		}
		p := a.params.find("state")
		note := ""
		if q := a.params.find("code_challenge"); q != nil {
			note = "a PKCE challenge was sent, which makes it less grave"
		}
		var h Hit
		switch {
		case p == nil || p.Value == "":
			h = hit(a.request, flows.Certain, step(a.where)+" carries no state")
		case seen[p.Value] != nil && seen[p.Value].request.url.raw != a.request.url.raw && (!c.isLive() || len(seen[p.Value].callbacks) > 0):
			// a URL that was edited before anybody was sent there is built anew with its state
			h = hit(a.request, flows.Certain, "the state of "+step(a.where)+" is the one of "+step(seen[p.Value].where)).marking(markParam(a.where, p, "used before"))
		case a.twoLogins():
			h = hit(a.request, flows.Certain, "the state of "+step(a.where)+" was used for two logins: two callbacks with different codes carry it").marking(markParam(a.where, p, "used twice"))
		default:
			seen[p.Value] = a
			why := weakState(p.Value, a.request.at())
			if why == "" {
				continue
			}
			h = hit(a.request, flows.Certain, "the state of "+step(a.where)+" "+why).marking(markParam(a.where, p, why))
		}
		if note != "" {
			h.evidence = append(h.evidence, note)
		}
		h.cures = nil
		out = append(out, h.standing().remedied(c.stateRemedy()))
	}
	return out
}

// stateRemedy takes the user's own edits of state out; nil if there are none.
func (c *Case) stateRemedy() *flows.Remedy {
	var kept []flows.ParamEdit
	for _, e := range c.settings.AuthorizeEdits {
		if e.Name != "state" {
			kept = append(kept, e)
		}
	}
	if len(kept) == len(c.settings.AuthorizeEdits) {
		return nil
	}
	return &flows.Remedy{Text: "send the random state that was drawn", Change: flows.SettingsChange{AuthorizeEdits: &kept}, Redo: flows.ActRestart}
}

// twoLogins: the same request was answered with two codes.
func (a *attempt) twoLogins() bool {
	if len(a.again) == 0 {
		return false
	}
	first := ""
	for _, b := range a.callbacks {
		p := b.code()
		if p == nil || p.Value == "" {
			continue
		}
		if first != "" && p.Value != first {
			return true
		}
		first = p.Value
	}
	return false
}

// stateChange tells by which transformation the returned state comes from the sent one;
// empty if by none.
func stateChange(sent, got string) string {
	switch {
	case sent == got:
		return ""
	case strings.ReplaceAll(sent, "+", " ") == got:
		return "a plus sign became a blank"
	case strings.ReplaceAll(sent, " ", "+") == got:
		return "a blank became a plus sign"
	case encodeComponent(sent) != sent && strings.EqualFold(got, encodeComponent(sent)) || percentDecode(got) == sent || formDecode(got) == sent:
		return "it is percent-encoded once more than it was sent"
	case got == percentDecode(sent) || got == formDecode(sent):
		return "it is percent-decoded once more than it was sent"
	case strings.ReplaceAll(got, "&amp;", "&") == sent || strings.ReplaceAll(got, "&#x3D;", "=") == sent || strings.ReplaceAll(got, "&#43;", "+") == sent:
		return "it was escaped for HTML"
	case len(got) >= 1 && len(got) < len(sent) && strings.HasPrefix(sent, got):
		return fmt.Sprintf("it was cut off: %d of %d characters came back", len(got), len(sent))
	case len(sent) >= 4 && strings.HasPrefix(got, sent):
		return "something was appended to it"
	case strings.EqualFold(sent, got):
		return "the case of its letters was changed"
	case strings.TrimSpace(got) == strings.TrimSpace(sent):
		return "white space was added or removed"
	case len(got) >= 8 && len(got) < len(sent) && strings.HasSuffix(sent, got):
		return "its beginning is missing"
	case strings.NewReplacer("-", "+", "_", "/").Replace(sent) == got || strings.NewReplacer("+", "-", "/", "_").Replace(sent) == got:
		return "its base64 alphabet was changed"
	}
	return ""
}

// encodeComponent percent-encodes everything but unreserved characters.
func encodeComponent(s string) string {
	const hexDigits = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		ch := s[i]
		if ch >= 'a' && ch <= 'z' || ch >= 'A' && ch <= 'Z' || ch >= '0' && ch <= '9' || strings.IndexByte("-._~", ch) >= 0 {
			b.WriteByte(ch)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(hexDigits[ch>>4])
		b.WriteByte(hexDigits[ch&15])
	}
	return b.String()
}

// stateJudgement compares the state of a callback with the one sent.
type stateJudgement struct {
	kind       string // "equal", "altered", "absent", "mismatch", "unknown"
	how        string
	sent, got  *param
	newer      *attempt // the attempt that the app waits for
	appRefused bool
}

func (c *Case) judgeState(b *callback) stateJudgement {
	j := stateJudgement{kind: "unknown", got: b.params.find("state")}
	if j.got == nil {
		j.got = b.fragment.find("state")
	}
	if b.msg != nil && b.msg.callback == nil {
		j.appRefused = b.msg.status() >= 400
	}
	a := b.attempt
	if a == nil || a.opaque {
		return j
	}
	j.sent = a.params.find("state")
	switch {
	case j.sent == nil || j.sent.Value == "":
		return j
	case j.got == nil || j.got.Value == "":
		j.kind = "absent"
	case j.got.Value == j.sent.Value:
		j.kind = "equal"
		c.olderTab(b, &j)
	default:
		j.kind = "mismatch"
		if j.how = stateChange(j.sent.Value, j.got.Value); j.how == "" {
			j.how = rawStateChange(j.sent, j.got)
		}
		if j.how != "" {
			j.kind = "altered"
		}
	}
	return j
}

// rawStateChange compares with the raw texts: decoded too little or too often by those
// who wrote them.
func rawStateChange(sent, got *param) string {
	if got.Value == sent.Raw && sent.Raw != sent.Value || got.Raw == sent.Value && got.Raw != got.Value {
		return "it is encoded another number of times than it was sent"
	}
	return ""
}

// olderTab: the callback answers an older request of the same client while the app
// waits for a newer one, and refuses.
func (c *Case) olderTab(b *callback, j *stateJudgement) {
	if !j.appRefused || b.params.has("error") {
		return
	}
	for _, o := range c.attempts {
		if o.n > b.attempt.n && o.request.pos < b.step().pos && o.client() == b.attempt.client() && len(o.callbacks) == 0 && o.value("state") != j.got.Value {
			j.newer = o
		}
	}
	if j.newer == nil {
		return
	}
	if text := b.msg.answer().text; saysAny(text, "state|csrf|session|forgery") || b.msg.status() == 403 || b.msg.status() == 400 {
		j.kind = "mismatch"
	}
}

func checkStateAltered(c *Case) []Hit {
	return c.stateHits("altered", func(b *callback, j stateJudgement) Hit {
		h := hit(b.step(), flows.Certain, "the state that came back at "+step(b.step())+" is not the one of "+step(b.attempt.where)+": "+j.how,
			fmt.Sprintf("sent: %d characters, returned: %d", len(j.sent.Value), len(j.got.Value)))
		return h.marking(markParam(b.holder(j.got), j.got, j.how), markParam(b.attempt.where, j.sent, "as sent"))
	})
}

func checkStateAbsent(c *Case) []Hit {
	return c.stateHits("absent", func(b *callback, j stateJudgement) Hit {
		return hit(b.step(), flows.Certain, step(b.attempt.where)+" sent a state of "+fmt.Sprint(len(j.sent.Value))+" characters, the callback of "+step(b.step())+" has none").
			marking(markParam(b.attempt.where, j.sent, "as sent"))
	})
}

func checkStateMismatch(c *Case) []Hit {
	return c.stateHits("mismatch", func(b *callback, j stateJudgement) Hit {
		var h Hit
		switch {
		case j.newer != nil:
			h = hit(b.step(), flows.Certain, "the callback of "+step(b.step())+" carries the state of "+step(b.attempt.where)+", while the application had begun a newer login at "+step(j.newer.where))
		default:
			h = hit(b.step(), flows.Certain, "the state that came back at "+step(b.step())+" is not the one of "+step(b.attempt.where)+", nor a transformed copy of it")
		}
		return h.marking(markParam(b.holder(j.got), j.got, "another state"), markParam(b.attempt.where, j.sent, "the state sent"))
	})
}

// stateHits makes a hit for every callback whose state is judged so. The fragment of an
// answer that the server never saw is not judged.
func (c *Case) stateHits(kind string, build func(*callback, stateJudgement) Hit) []Hit {
	out := c.saidState(kind)
	for _, b := range c.backs {
		if b.attempt == nil || b.step() == nil || len(b.fragment) > 0 && b.params.arg("code") == nil || c.strayCallback(b) {
			continue
		}
		if b.params.arg("code") == nil && !b.params.has("error", "state") {
			continue
		}
		if j := c.judgeState(b); j.kind == kind {
			h := build(b, j).standing()
			if b.msg != nil {
				h = h.explaining(b.msg)
			}
			out = append(out, h)
		}
	}
	return out
}

// saidState believes the application where the authorization request is not recorded.
func (c *Case) saidState(kind string) []Hit {
	var out []Hit
	for _, b := range c.backs {
		m := b.msg
		if b.attempt != nil || m == nil || m.failed == nil || m.failed.layer != layerStatus || sessionText(m.failed.text) || !m.failed.says("state|csrf|forgery") {
			continue
		}
		absent := !b.params.has("state")
		if kind == "absent" && absent || kind == "mismatch" && !absent && m.failed.says("mismatch|match|invalid|wrong|verif|differ|unknown|expected") {
			out = append(out, hit(m, flows.Likely, c.said(m), "the authorization request is not in the trace"))
		}
	}
	return out
}

// strayCallback: a hit on the live listener that was no answer to this flow.
func (c *Case) strayCallback(b *callback) bool {
	if b.msg == nil || b.msg.callback == nil {
		return false
	}
	return b.msg.callback.Verdict == flows.CallbackDuplicate || c.acceptedBeside(b.msg)
}
