package diagnose

import (
	"strings"
	"testing"
	"time"

	"oauthlens/flows"
)

// TestWhatWasTurnedAwayIsEvidence: a wait for the browser that ended in vain tells what came
// to the listener instead, and whether that was the answer.
func TestWhatWasTurnedAwayIsEvidence(t *testing.T) {
	const path, wrong = "http://127.0.0.1:53682", "the path is not that of the redirect URI"
	state := "Zk3fQ1hT7vLw9sXr2mNp"
	for name, x := range map[string]struct {
		url        string
		verdict    flows.CallbackVerdict
		confidence flows.Confidence
		evidence   string
	}{
		"nothing":               {"", "", flows.Possible, ""},
		"an icon":               {path + "/favicon.ico", flows.CallbackStray, flows.Possible, ""},
		"a slash more":          {path + "/cb/?code=c0de&state=" + state, flows.CallbackStray, flows.Likely, "GET “/cb/”: " + wrong},
		"an error elsewhere":    {path + "/?error=access_denied&state=" + state, flows.CallbackStray, flows.Likely, "GET “/”: " + wrong},
		"another flow's answer": {path + "/cb/?code=c0de&state=other", flows.CallbackStray, flows.Possible, "GET “/cb/”: " + wrong},
		"hostile":               {path + "/\x1b]0;x\a%1b?code=c0de", flows.CallbackBadHost, flows.Possible, wrong},
	} {
		tr := liveRun(t, "> GET https://id.blue.test/oauth2/authorize\n< 200\n| {}\n", flows.StepAuthorizeURL)
		tr.Records = tr.Records[:1]
		tr = tr.Append(sceneStart, flows.Drawn{State: flows.NewSecret(flows.FingerprintKey{}, "state", state)})
		tr = tr.Append(sceneStart, flows.AuthorizationBuilt{URL: "https://id.blue.test/oauth2/authorize?response_type=code&client_id=svc-3&redirect_uri=http%3A%2F%2F127.0.0.1%3A53682%2Fcb&state=" + state})
		if x.url != "" {
			tr = tr.Append(sceneStart, flows.CallbackArrived{Via: flows.ViaListener, Verdict: x.verdict, Why: wrong, Request: flows.Request{Method: "GET", URL: x.url}})
		}
		tr = tr.Append(sceneStart.Add(time.Minute), flows.CallbackTimedOut{After: time.Minute})
		f, at := find(Run(tr, Options{}), "callback-never-came")
		said := evidence(f)
		if at < 0 || f.Confidence != x.confidence || !strings.Contains(said, x.evidence) || (x.evidence == "") != (len(f.Evidence) == 1) {
			t.Errorf("%s: %+v", name, f)
		}
		if strings.Contains(said, "c0de") || strings.Contains(said, "\x1b") || strings.Contains(f.Fix.Text, "byte for byte") != (x.confidence == flows.Likely) {
			t.Errorf("%s: %q, %s", name, said, f.Fix)
		}
	}
}
