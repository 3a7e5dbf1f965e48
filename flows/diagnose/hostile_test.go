package diagnose

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"oauthlens/flows"
	"oauthlens/flows/visible"
)

// hostileText sets the title of a terminal, rings, turns the direction of writing, and
// begins a line of its own. It names a step as the rules do, one that there is not.
const hostileText = "\x0e99 1\x0f\x1b]0;pwned\x07\u202e\x9b31m\nerror: forged\u2028\x00end"

var (
	spoken = regexp.MustCompile(`(?i)desc|message|reason|title|msg|hint|detail|summary|name|scope|text`)
	sent   = regexp.MustCompile(`(scope|prompt|login_hint|resource|audience)=([^&]*)`)
)

// poison writes hostile bytes wherever a server or a page can put words of its own, and
// into the parameters that findings quote.
func poison(x *flows.Exchange) {
	x.Request.URL = sent.ReplaceAllString(x.Request.URL, "$1=$2%0E99%201%0F%1b%5D0%3Bpwned%07%E2%80%AE%0Aforged")
	if sniff(x.Request.Body) == bodyForm {
		x.Request.Body = sent.ReplaceAll(x.Request.Body, []byte("$1=$2%0E99%201%0F%1b%5D0%3Bpwned%07%E2%80%AE%0Aforged"))
	}
	if x.Error != nil {
		x.Error.Message += hostileText
	}
	x.Comment += hostileText
	r := x.Response
	if r == nil {
		return
	}
	for i, h := range r.Headers {
		switch strings.ToLower(h.Name) {
		case "www-authenticate", "content-type", "server", "via", "cf-mitigated", "x-frame-options", "allow", "retry-after", "x-accepted-oauth-scopes":
			r.Headers[i].Value += "; x=\"" + hostileText + "\""
		}
	}
	var doc any
	switch {
	case json.Unmarshal(r.Body, &doc) == nil:
		if object, ok := doc.(map[string]any); ok {
			poisonMembers(object)
			r.Body, _ = json.Marshal(object)
		}
	case bytes.HasPrefix(r.Body, []byte("<")):
		r.Body = append(r.Body, "<p>"+hostileText+"</p>"...)
	}
}

func poisonMembers(m map[string]any) {
	for k, v := range m {
		switch v := v.(type) {
		case string:
			if spoken.MatchString(k) {
				m[k] = v + hostileText
			}
		case map[string]any:
			poisonMembers(v)
		}
	}
}

// TestHostileEvidence: every rule's bad recording, from a server that writes to the
// terminal of whoever reads the finding. The findings stay fit to be shown, their marks
// inside the message, and the rules still find what is wrong: words behind the fault do
// not hide it.
func TestHostileEvidence(t *testing.T) {
	// here the poisoned value itself is what is judged: a header that is no DENY any more,
	// a scope that was not granted, a prompt that is not none
	other := map[string]bool{"authorize-in-iframe": true, "callback-never-came": true, "id-token-missing": true, "insufficient-scope": true, "prompt-none-failed": true}
	for _, code := range sortedKeys(examples()) {
		text := strings.NewReplacer("CHALLENGE", s256(verifier), "VERIFIER", verifier).Replace(examples()[code].bad)
		tr := parseScene(t, text)
		for i, r := range tr.Records {
			if e, ok := r.Event.(flows.ExchangeFinished); ok {
				poison(&e.Exchange)
				tr.Records[i].Event = e
			}
		}
		got := Run(tr, Options{Providers: profiles()})
		checkFindings(t, tr, got)
		for _, said := range textsOf(t, got) {
			if visible.Line(said) != said || strings.Contains(said, "s3cr3t-Value") {
				t.Errorf("%s: not fit to be shown: %q", code, said)
			}
		}
		if _, at := find(got, code); at < 0 != other[code] {
			t.Errorf("%s: found at %d: %s", code, at, codes(got))
		}
		last := len(tr.Records) - 1
		if e, ok := tr.Records[last].Event.(flows.ExchangeFinished); ok { // a method is foreign, too
			e.Exchange.Request.Method += hostileText
			tr.Records[last].Event = e
			checkFindings(t, tr, Run(tr, Options{Providers: profiles()}))
		}
	}
}

// textsOf are all texts of findings, those of candidates, marks and remedies included.
func textsOf(t *testing.T, list []flows.Finding) []string {
	t.Helper()
	data, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	var doc any
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	var out []string
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case string:
			out = append(out, v)
		case []any:
			for _, e := range v {
				walk(e)
			}
		case map[string]any:
			for k, e := range v {
				if k != "Change" { // a change of settings is no text
					walk(e)
				}
			}
		}
	}
	walk(doc)
	return out
}
