package present

import (
	"strings"
	"testing"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/capture"
	"oauthlens/flows/redact"
	"oauthlens/flows/session"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func recorded(t *testing.T, input string, findings ...flows.Finding) Walk {
	t.Helper()
	r, err := capture.Read([]byte(input), capture.Options{Now: noon})
	if err != nil {
		t.Fatal(err)
	}
	return Recording(r.Trace, RecordingFacts{Mended: r.Mended, Tokens: r.Tokens}, findings, nil, noon)
}

// all is the text of a tab, secrets as they are shown.
func all(w Walk, pane, tab int) string {
	var b strings.Builder
	lines := w.Panes[pane].Tabs[tab].Build()
	for i := range lines.Len() {
		l := lines.At(i)
		b.WriteString(l.Label + " ")
		for _, s := range l.Spans {
			b.WriteString(s.Text)
		}
		b.WriteString(" " + l.Note + "\n")
	}
	return b.String()
}

const jwtForTest = "eyJhbGciOiJSUzI1NiIsImtpZCI6ImEifQ.eyJpc3MiOiJodHRwczovL2lzc3Vlci5leGFtcGxlIiwiZXhwIjoxNzk1MjkwNzY0LCJhdWQiOiJhcGkifQ.c2lnbmF0dXJl"

func TestRecordingOfEveryKindOfPaste(t *testing.T) {
	tests := []struct {
		name, input string
		rail        string
		pane        int
		want        []string
	}{
		{"token", jwtForTest, "What it is, Token", 1, []string{"RS256", "https://issuer.example", "2026-11-21", "signature"}},
		{"authorization URL", "https://as.example/authorize?response_type=code&client_id=abc&redirect_uri=https%3A%2F%2Fapp.example%2Fcb&scope=a+b&state=12345678", "What it is, Authorization", 1, []string{"client_id", "abc", "https://app.example/cb"}},
		{"callback URL", "https://app.example/cb?code=the-code-of-this-callback&state=12345678", "What it is, Callback", 1, []string{"code (25 chars", "state"}},
		{"token response", `{"access_token":"opaque-access-token-value","token_type":"Bearer","expires_in":3600}`, "What it is, Exchange, Token, Claims", 1, []string{"access_token (25 chars", "3600"}},
		{"curl", "curl -X POST https://as.example/token -d grant_type=client_credentials -d client_id=a -d client_secret=the-client-secret-value", "What it is, Exchange", 1, []string{"grant_type", "client_secret (23 chars"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := recorded(t, tt.input)
			var rail []string
			for _, r := range w.Rail {
				rail = append(rail, r.Title)
			}
			if got := strings.Join(rail, ", "); got != tt.rail {
				t.Fatalf("rail %q, want %q", got, tt.rail)
			}
			text := all(w, tt.pane, 0)
			for _, s := range tt.want {
				if !strings.Contains(text, s) {
					t.Errorf("%q is missing in:\n%s", s, text)
				}
			}
			for i, p := range w.Panes {
				for k := range p.Tabs {
					for _, secret := range []string{"the-client-secret-value", "opaque-access-token-value", "the-code-of-this-callback", "c2lnbmF0dXJl"} {
						if strings.Contains(all(w, i, k), secret) {
							t.Errorf("tab %s of %s shows a secret", p.Tabs[k].Name, p.Title)
						}
					}
				}
				if p.Next.To < 0 || p.Next.To >= len(w.Panes) {
					t.Errorf("enter on %s goes nowhere", p.Title)
				}
			}
		})
	}
}

func TestAFindingStandsUnderItsStepOfTheRecording(t *testing.T) {
	w := recorded(t, "https://app.example/cb?code=the-code-of-this-callback&state=12345678", flows.Finding{Code: "x", Severity: flows.SeverityError, Step: 0}, flows.Finding{Code: "y", Severity: flows.SeverityInfo, Step: -1})
	if len(w.Panes[1].Findings) != 1 || w.Panes[1].Findings[0] != 0 || w.Rail[1].Worst != flows.SeverityError {
		t.Fatalf("findings of the callback: %v, worst %q", w.Panes[1].Findings, w.Rail[1].Worst)
	}
	if len(w.Panes[0].Findings) != 1 || w.Panes[0].Findings[0] != 1 {
		t.Fatalf("findings of the whole: %v", w.Panes[0].Findings)
	}
}

// TestTheSurroundingsOfAMarkShowNoPieceOfASecret cuts a text at every place.
func TestTheSurroundingsOfAMarkShowNoPieceOfASecret(t *testing.T) {
	const secret = "0123456789abcdef0123456789abcdef"
	text := "https://app.example/cb?code=" + secret + "&state=xyz&iss=z"
	b := &builder{mask: redact.New(flows.FingerprintKey{}, map[string]string{secret: "code"})}
	at := strings.Index(text, "xyz")
	for from := range at {
		for _, to := range []int{at + 3, len(text)} {
			marked := ""
			for _, s := range b.around(text, flows.Mark{Start: at, End: at + 3}, from, to) {
				if s.Tone == Mark {
					marked += s.Text
				}
				for n := 0; n+6 <= len(secret); n++ {
					if strings.Contains(s.Text, secret[n:n+6]) {
						t.Fatalf("cut at %d a piece of the secret is shown: %q", from, s.Text)
					}
				}
			}
			if marked != "xyz" {
				t.Fatalf("cut at %d the mark is %q", from, marked)
			}
		}
	}
}

// TestTheSurroundingsOfAMarkSayWhereTheyAreCut: with an ellipsis, and with none where a mask
// stands for all that is before or behind.
func TestTheSurroundingsOfAMarkSayWhereTheyAreCut(t *testing.T) {
	const secret = "0123456789abcdef0123456789abcdef"
	b := &builder{mask: redact.New(flows.FingerprintKey{}, map[string]string{secret: "code"})}
	for _, test := range []struct {
		text          string
		from, to      int
		before, after bool
	}{
		{"a=b&state=xyz&iss=z", 0, 19, false, false},
		{"a=b&state=xyz&iss=z", 2, 19, true, false},
		{"a=b&state=xyz&iss=z", 0, 15, false, true},
		{secret + "&state=xyz", 4, 42, false, false},
		{"state=xyz&code=" + secret, 0, 20, false, false},
		{"code=" + secret + "&state=xyz", 8, 47, true, false},
	} {
		at := strings.Index(test.text, "xyz")
		var shown strings.Builder
		for _, s := range b.around(test.text, flows.Mark{Start: at, End: at + 3}, test.from, test.to) {
			shown.WriteString(s.Text)
		}
		got := shown.String()
		if strings.HasPrefix(got, "…") != test.before || strings.HasSuffix(got, "…") != test.after || strings.Count(got, "…") > 2 {
			t.Errorf("%q from %d to %d is shown as %q", test.text, test.from, test.to, got)
		}
	}
}

// TestAnAnswerAloneDoesNotSayWhatWasAsked: of an answer that was pasted without its request
// nobody knows which scopes are more than was asked for.
func TestAnAnswerAloneDoesNotSayWhatWasAsked(t *testing.T) {
	const answer = `{"access_token":"an-opaque-access-token","token_type":"Bearer","expires_in":3600`
	for _, tt := range []struct{ text, want, not string }{
		{answer + `,"scope":"read write"}`, "granted; what was asked for is not in what was pasted", "without being asked for"},
		{answer + "}", "what was asked for is not in what was pasted", "counts as granted"},
		{"POST /token HTTP/1.1\r\nHost: login.example\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 40\r\n\r\ngrant_type=client_credentials&scope=read\r\n\r\nHTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n" + answer + `,"scope":"read write"}`, "granted without being asked for", "what was pasted"},
	} {
		w := recorded(t, tt.text)
		text := ""
		for i, item := range w.Rail {
			if item.Title == "Token" {
				text = all(w, i, 0)
			}
		}
		if !strings.Contains(text, tt.want) || strings.Contains(text, tt.not) {
			t.Errorf("of %q is said\n%s", tt.text, text)
		}
	}
}

// TestARedirectOfTheBrowserIsNoFailure: the authorization and the callback answer with one when
// all is well; one that carries an error is a failure, and so is one of the token endpoint.
func TestARedirectOfTheBrowserIsNoFailure(t *testing.T) {
	for _, tt := range []struct {
		kind          flows.StepKind
		url, location string
		status        int
		failed        bool
	}{
		{flows.StepAuthorize, "https://as.example/authorize?client_id=a", "https://as.example/login", 302, false},
		{flows.StepAuthorize, "https://as.example/authorize?client_id=a", "https://app.example/cb?error=access_denied", 302, true},
		{flows.StepAuthorize, "https://as.example/authorize?client_id=a", "", 400, true},
		{flows.StepCallback, "https://app.example/cb?code=c", "/", 303, false},
		{flows.StepCallback, "https://app.example/cb?error=access_denied", "/", 302, true},
		{flows.StepExchange, "https://as.example/token", "https://as.example/login", 302, true},
	} {
		x := flows.Exchange{Step: tt.kind, Request: flows.Request{Method: "GET", URL: tt.url},
			Response: &flows.Response{Status: tt.status, Headers: flows.Headers{{Name: "Location", Value: tt.location}}, BodyComplete: true}}
		b := &builder{s: session.New("0123456789abcdef"), mask: redact.New(flows.FingerprintKey{}, nil)}
		if failed := b.failureOf(x) != nil; failed != tt.failed {
			t.Errorf("%s %s, %d to %q: failed is %v", tt.kind, tt.url, tt.status, tt.location, failed)
		}
	}
}

// TestARequestAloneIsNotSaidToBeSent: nobody knows that of a command that was pasted, nor how
// it ended, and the rail does not tick it off.
func TestARequestAloneIsNotSaidToBeSent(t *testing.T) {
	w := recorded(t, "curl -X POST https://as.example/token -d grant_type=client_credentials -d client_id=a")
	text := all(w, 1, 0)
	if w.Rail[1].State != Todo || strings.Contains(text, "What was sent") || !strings.Contains(text, "There is no answer in it") {
		t.Errorf("state %v: %s", w.Rail[1].State, text)
	}
	answered := recorded(t, `{"access_token":"opaque-access-token-value","token_type":"Bearer","expires_in":3600}`)
	if text := all(answered, 1, 0); answered.Rail[1].State != Done || strings.Contains(text, "There is no answer") {
		t.Errorf("state %v: %s", answered.Rail[1].State, text)
	}
	callback := recorded(t, "https://app.example/cb?code=the-code-of-this-callback&state=12345678")
	if text := all(callback, 1, 0); callback.Rail[1].State != Done || strings.Contains(text, "There is no answer") {
		t.Errorf("state %v: %s", callback.Rail[1].State, text)
	}
}
