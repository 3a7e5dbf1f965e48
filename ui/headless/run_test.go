package headless

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"oauthlens/flows"
)

// answering answers every request with a token.
type answering struct{}

func (answering) Perform(_ context.Context, e flows.Effect, emit func(flows.Event)) {
	if s, ok := e.(flows.Send); ok {
		now := time.Now()
		body := []byte(`{"access_token":"an-opaque-access-token","token_type":"Bearer","expires_in":3600}`)
		emit(flows.ExchangeFinished{ID: s.ID, Exchange: flows.Exchange{Step: s.Step, Request: s.Request, Started: now, Ended: now,
			Response: &flows.Response{Status: 200, Body: body, BodyBytes: int64(len(body)), BodyComplete: true}}})
	}
}

// history is a recorder that looks at what was shown before it was asked to keep it.
type history struct {
	shown              *bytes.Buffer
	order              []string
	early              string
	appended, finished int
	err                error
}

func (h *history) Append(flows.Record) { h.appended++ }

func (h *history) Finish(flows.Outcome, string, time.Time, time.Time) {
	h.order, h.finished = append(h.order, "finish"), h.finished+1
}

func (h *history) Flush() error {
	h.order = append(h.order, "flush")
	h.early += h.shown.String()
	return h.err
}

func (h *history) consult() { h.order = append(h.order, "consult") }

func (h *history) diagnose(flows.Trace) []flows.Finding {
	h.order = append(h.order, "diagnose")
	return nil
}

// TestWhatIsShownWasKept: the result is composed beside the writing of the history, and
// shown after it; the history is asked before it is told how the run ended. What was sent is
// judged once beside the request.
func TestWhatIsShownWasKept(t *testing.T) {
	start := flows.RunStarted{Grant: flows.GrantClientCredentials, Provider: flows.Provider{Name: "custom"},
		Environment: flows.Environment{Name: "custom", Endpoints: flows.Endpoints{Token: "http://127.0.0.1:1/token"}},
		Settings:    flows.Settings{ClientID: "x", AuthMethod: flows.AuthNone}}
	for name, tt := range map[string]struct {
		options Options
		fails   error
		stdout  string
		stderr  string
	}{
		"a document":        {Options{JSON: true}, nil, `"outcome": "succeeded"`, ""},
		"a summary":         {Options{}, nil, "client_credentials: succeeded", ""},
		"a value":           {Options{Print: "access_token"}, nil, "an-opaque-access-token\n", ""},
		"a value not there": {Options{Print: "id_token"}, nil, "", "it has no id_token to print"},
		"not kept":          {Options{JSON: true}, errors.New("the disk is full"), `"outcome": "succeeded"`, "this run is not saved: the disk is full"},
	} {
		t.Run(name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			h := &history{shown: &stdout, err: tt.fails}
			code := Run(t.Context(), "0123456789abcdef", &start, tt.options, Deps{Performer: answering{}, Recorder: h, Consult: h.consult,
				Diagnose: h.diagnose, Now: time.Now, Stdout: &stdout, Stderr: &stderr})
			if want := map[bool]int{true: ExitFailed, false: ExitOK}[tt.stdout == ""]; code != want {
				t.Errorf("exit code %d, want %d: %s", code, want, &stderr)
			}
			if h.early != "" {
				t.Errorf("shown before it was kept: %s", h.early)
			}
			if !strings.Contains(stdout.String(), tt.stdout) || !strings.Contains(stderr.String(), tt.stderr) || tt.stderr == "" && stderr.Len() > 0 {
				t.Errorf("standard output:\n%s\nstandard error:\n%s", &stdout, &stderr)
			}
			if got := strings.Join(h.order, " "); got != "diagnose consult diagnose finish flush" {
				t.Errorf("order: %s", got)
			}
			if h.appended < 4 || h.finished != 1 {
				t.Errorf("%d records and %d ends", h.appended, h.finished)
			}
			if tt.options.JSON && !json.Valid(stdout.Bytes()) {
				t.Errorf("no JSON:\n%s", &stdout)
			}
		})
	}
}
