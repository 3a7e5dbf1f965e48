package present

import (
	"strings"
	"testing"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/session"
)

// TestNothingIsSentBeforeItWasShown: at every moment of two runs, the step of an action that
// sends shows the request that would go out now, once; or the action brings it along.
func TestNothingIsSentBeforeItWasShown(t *testing.T) {
	for _, name := range []string{"truss.jsonl", "truss-redirect-mismatch.jsonl"} {
		trace := recordedRun(t, name)
		looked := 0
		for n := 1; n <= len(trace.Records); n++ {
			part := trace
			part.Records = trace.Records[:n]
			s := session.Replay(part)
			w := Run(s, nil, nil, part.EndedAt().Add(time.Second))
			for _, o := range w.Offers {
				if !o.Sends || o.Why != "" {
					continue
				}
				looked++
				preview, _, _ := s.Preview(o.Action)
				shown := ""
				if o.Request != nil {
					shown = textOf(o.Request())
				} else {
					shown = outgoing(t, w.Panes[o.To].Tabs[0].Build())
				}
				if !strings.Contains(shown, preview.URL) || o.Action != flows.ActVerify && strings.Count(shown, "\n") < len(preview.Headers) {
					t.Fatalf("%s, record %d, %s: shown is\n%s\nand not %s with %d headers", name, n, o.Action, shown, preview.URL, len(preview.Headers))
				}
			}
		}
		if looked == 0 {
			t.Errorf("%s: nothing could be sent", name)
		}
	}
}

// outgoing is the text of the request that is marked as the one to be sent.
func outgoing(t *testing.T, lines Lines) string {
	t.Helper()
	var out List
	marked := 0
	for i := range lines.Len() {
		l := lines.At(i)
		if l.Outgoing {
			marked++
		}
		if marked > 0 && (l.Kind != Heading || l.Outgoing || l.Spans[0].Text == "Body") {
			out = append(out, l)
		} else if marked > 0 {
			break
		}
	}
	if marked != 1 {
		t.Errorf("%d requests are marked as the one to be sent in\n%s", marked, textOf(lines))
	}
	return textOf(out)
}

// TestAFixOfAFlowWithoutARestart: where a flow cannot begin again, the fix of a finding is a
// change of the next request, and promises no more.
func TestAFixOfAFlowWithoutARestart(t *testing.T) {
	env := flows.Environment{Name: flows.EnvSimulator, Endpoints: flows.Endpoints{Authorization: "http://127.0.0.1:1/authorize", Token: "http://127.0.0.1:1/token"}}
	fault := flows.Finding{Code: "client-credentials-rejected", Severity: flows.SeverityError, Step: 0, Remedy: &flows.Remedy{Text: "take the planted fault out", Redo: flows.ActRestart}}
	for grant, redo := range map[flows.Grant]flows.Action{flows.GrantClientCredentials: "", flows.GrantAuthorizationCode: flows.ActRestart} {
		secret := flows.NewSecret(flows.FingerprintKey{}, "client_secret", "a-secret-of-the-client")
		trace := flows.Trace{Run: "00112233445566aa"}.Append(noon, flows.RunStarted{Grant: grant, Environment: env, Simulated: true,
			Settings: flows.Settings{ClientID: "demo-client"}, Credentials: flows.Credentials{ClientSecret: secret}})
		w := Run(session.Replay(trace), []flows.Finding{fault}, nil, noon)
		if got := w.Findings[0].Finding.Remedy.Redo; got != redo {
			t.Errorf("%s: the fix does %q next, want %q", grant, got, redo)
		}
		if text := textOf(w.Findings[0].Detail()); strings.Contains(text, "start again") != (redo != "") {
			t.Errorf("%s: told is\n%s", grant, text)
		}
	}
	if fault.Remedy.Redo == "" {
		t.Error("the finding itself was changed")
	}
}
