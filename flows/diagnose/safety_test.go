package diagnose

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"oauthlens/flows"
	"oauthlens/flows/capture"
	"oauthlens/flows/redact"

	"oauthlens/flows/runner/faultserver"
)

// checkFindings holds what is true of every finding of every trace.
func checkFindings(t *testing.T, tr flows.Trace, got []flows.Finding) {
	t.Helper()
	steps := tr.Steps()
	for _, f := range got {
		if f.Step < -1 || f.Step >= len(steps) {
			t.Errorf("%s stands at step %d of %d", f.Code, f.Step, len(steps))
		}
		for _, s := range sentencesOf(f) {
			checkSentence(t, f.Code, steps, s)
		}
		for _, k := range f.Candidates {
			if k.Verdict != confirmed && k.Verdict != ruledOut && k.Verdict != open || k.Why.Text == "" || k.Verdict == open && k.Probe == "" {
				t.Errorf("%s: candidate %+v", f.Code, k)
			}
		}
		for _, m := range f.Marks {
			checkMark(t, f.Code, steps, m)
		}
	}
}

// checkMark: the bytes that a mark points at exist.
func checkMark(t *testing.T, code string, steps []flows.Step, m flows.Mark) {
	t.Helper()
	if m.Step < 0 || m.Step >= len(steps) {
		t.Errorf("%s: a mark at step %d", code, m.Step)
		return
	}
	text, known := markedText(steps, m)
	if !known {
		t.Errorf("%s: a mark in %q", code, m.Where)
		return
	}
	if m.Start < 0 || m.End > len(text) || m.Start > m.End || m.Label.Text == "" {
		t.Errorf("%s: mark %+v in %q of %d bytes", code, m, m.Where, len(text))
	}
}

func TestFindingsAreSafe(t *testing.T) {
	cases, _ := corpus(t)
	for _, name := range sortedKeys(cases) {
		r, err := capture.Read(cases[name], capture.Options{Name: name})
		if err != nil {
			t.Fatal(err)
		}
		got := Run(r.Trace, Options{})
		checkFindings(t, r.Trace, got)
		text, err := json.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		for _, leak := range redact.ForTrace(r.Trace).Leaks(text) {
			if !strings.HasPrefix(leak, "code (") || len(leak) > len("code (N chars, #12345678)") { // the number of an error in error_uri is called code, too
				t.Errorf("%s: the findings contain %v", name, leak)
			}
		}
	}
	for code, e := range examples() {
		tr := parseScene(t, e.bad)
		got := Run(tr, Options{})
		checkFindings(t, tr, got)
		text, _ := json.Marshal(got)
		if strings.Contains(string(text), "s3cr3t-Value") || strings.Contains(string(text), "at-1-Qm9") || strings.Contains(string(text), "rt-1-R2F") {
			t.Errorf("%s: the findings contain a secret: %s", code, text)
		}
	}
}

// TestAFixThatQuotesIsMasked: a fix that names a value of the run is no sentence of this
// program alone, and a secret that somebody put into that value is masked.
func TestAFixThatQuotesIsMasked(t *testing.T) {
	const secret = "s3cr3t-Value-91kq"
	text := strings.NewReplacer("CHALLENGE", s256(verifier), "VERIFIER", verifier).Replace(edit(loginScene, "app.red.test%2Fcb", "app.red.test%2Fcb%2F"+secret) + refuse(exchangeScene, refusedGrant400))
	tr := numbered(t, text)
	f, at := find(Run(tr, Options{}), "redirect-uri-changed")
	if at != 0 || !strings.Contains(f.Fix.Text, secret) {
		t.Fatalf("got %+v", f)
	}
	if shown := redact.ForTrace(tr).Words(f, f.Fix); strings.Contains(shown, secret) {
		t.Errorf("the fix shows the secret: %s", shown)
	}
}

// TestMarksPointAtTheEvidence: a few marks, read back.
func TestMarksPointAtTheEvidence(t *testing.T) {
	text := strings.NewReplacer("CHALLENGE", s256(verifier), "VERIFIER", verifier).Replace(loginScene + refuse(edit(exchangeScene, "app.red.test%2Fcb", "app.red.test%2Fcb%2F"), refusedGrant400))
	tr := parseScene(t, text)
	f, at := find(Run(tr, Options{}), "redirect-uri-changed")
	if at != 0 || len(f.Marks) != 2 {
		t.Fatalf("got %+v", f)
	}
	steps := tr.Steps()
	if m := f.Marks[0]; string(steps[m.Step].Exchange.Request.Body[m.Start:m.End]) != "https%3A%2F%2Fapp.red.test%2Fcb%2F" {
		t.Errorf("the first mark is %+v", m)
	}
	if m := f.Marks[1]; steps[m.Step].Exchange.Request.URL[m.Start:m.End] != "https%3A%2F%2Fapp.red.test%2Fcb" {
		t.Errorf("the second mark is %+v", m)
	}
	if len(f.Candidates) < 5 {
		t.Errorf("candidates: %+v", f.Candidates)
	}
	for _, k := range f.Candidates {
		want := map[string]string{"redirect-uri-changed": confirmed, "client-id-changed": ruledOut, "code-altered": ruledOut, "pkce-verifier-mismatch": ruledOut, "code-reused": open}[k.Code]
		if want != "" && k.Verdict != want {
			t.Errorf("%s is %s, want %s", k.Code, k.Verdict, want)
		}
	}
}

// FuzzRun: no message makes the diagnosis fail, and its marks stay inside the message.
func FuzzRun(f *testing.F) {
	f.Add("https://id.blue.test/a?response_type=code&client_id=x&redirect_uri=http%3A%2F%2Fa", "grant_type=authorization_code&code=a+b;c%zz&client_secret=%25", "Basic Og==", `{"error":{"code":1},"access_token":"a.b.c"}`, 400)
	f.Add("/x#code=1", `{"grant_type":null,"code":[1]}`, "Bearer Bearer x", "callback({\"errcode\":40029})", 200)
	f.Add("http://[::1/?a=%", "=&&=;", "DPoP", "<html><script>error=", 302)
	forged := "\x0e99 1\x0f"
	f.Add("https://id"+forged+".blue.test/token"+forged+"?scope=a"+forged, "grant_type=authorization_code&code=a"+forged+"&redirect_uri="+forged, "Basic Og=="+forged, `{"error":"invalid_grant`+forged+`","error_description":"`+forged+`"}`, 400)
	for _, a := range faultserver.Answers(f.Context(), "", 4<<10) {
		f.Add("/token", "grant_type=authorization_code&code=a", "Basic Og==", string(a.Body()), 200)
	}
	f.Fuzz(func(t *testing.T, url, body, auth, answer string, status int) {
		headers := flows.Headers{{Name: "Authorization", Value: auth}, {Name: "DPoP", Value: auth}, {Name: "Cookie", Value: body}}
		reply := &flows.Response{Status: status, Body: []byte(answer), Headers: flows.Headers{{Name: "Location", Value: url}, {Name: "Set-Cookie", Value: body}, {Name: "WWW-Authenticate", Value: auth}, {Name: "Date", Value: auth}}}
		tr := flows.Trace{}.Append(sceneStart, flows.Imported{})
		for i, method := range [...]string{"GET", "POST", "OPTIONS", "POST"} {
			x := flows.Exchange{Started: sceneStart, Ended: sceneStart, Request: flows.Request{Method: method, URL: url, Headers: headers}, Response: reply}
			if i > 0 {
				x.Request.Body = []byte(body)
			}
			tr = tr.Append(sceneStart, flows.ExchangeFinished{ID: i, Exchange: x})
		}
		checkFindings(t, tr, Run(tr, Options{}))
	})
}

func benchTrace(b *testing.B, n int) flows.Trace {
	text := strings.NewReplacer("CHALLENGE", s256(verifier), "VERIFIER", verifier).Replace(oidcScene(nil, nil) + jwksScene("k1", "sig") + callScene + refreshScene)
	tr := parseScene(b, text)
	for i := len(tr.Records); i < n; i++ {
		x := flows.Exchange{Started: sceneStart, Ended: sceneStart, Request: flows.Request{Method: "GET", URL: fmt.Sprintf("https://cdn%d.gray.test/app/%d.js?v=%d", i%7, i, i), Headers: flows.Headers{{Name: "Accept", Value: "*/*"}}},
			Response: &flows.Response{Status: 200 + i%3*100, Body: []byte("function(){return 'state=1'}"), Headers: flows.Headers{{Name: "Content-Type", Value: "text/javascript"}, {Name: "Location", Value: fmt.Sprintf("/x/%d", i)}}}}
		if i%5 == 0 {
			x.Request.URL = fmt.Sprintf("https://api.blue.test/v1/items/%d", i)
			x.Request.Headers = append(x.Request.Headers, flows.Header{Name: "Authorization", Value: "Bearer at-1-Qm9hcmQtdG9rZW4"})
			x.Response = &flows.Response{Status: 200 + i%2*201, Body: []byte(`{"id":1}`)}
		}
		tr = tr.Append(sceneStart, flows.ExchangeFinished{ID: i, Exchange: x})
	}
	return tr
}

func BenchmarkRun20(b *testing.B)    { benchmarkRun(b, 20) }
func BenchmarkRun20000(b *testing.B) { benchmarkRun(b, 20000) }

func benchmarkRun(b *testing.B, n int) {
	tr := benchTrace(b, n)
	b.ResetTimer()
	for range b.N {
		Run(tr, Options{})
	}
}
