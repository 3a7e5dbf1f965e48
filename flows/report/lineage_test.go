package report_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/redact"
	"oauthlens/flows/report"
)

// story builds a trace of token requests, one a minute.
type story struct {
	trace flows.Trace
	at    time.Time
}

func newStory(d flows.Dialect, credentials flows.Credentials) *story {
	s := &story{trace: flows.Trace{Run: "00112233445566aa"}, at: noon}
	return s.add(flows.RunStarted{Provider: flows.Provider{Name: "p", Dialect: d, Lifetimes: flows.Lifetimes{RefreshToken: 24 * time.Hour}}, Fingerprints: key, Credentials: credentials})
}

func (s *story) add(e flows.Event) *story {
	s.trace = s.trace.Append(s.at, e)
	s.at = s.at.Add(time.Minute)
	return s
}

func (s *story) callback(code string) *story {
	return s.add(flows.CallbackArrived{Verdict: flows.CallbackAccepted, Request: flows.Request{Method: "GET", URL: "http://127.0.0.1/cb?code=" + code}})
}

func (s *story) post(step flows.StepKind, body string, status int, answer string) *story {
	return s.add(flows.ExchangeFinished{Exchange: flows.Exchange{Step: step, Started: s.at, Ended: s.at,
		Request: flows.Request{Method: "POST", URL: "https://t.test/token", Body: []byte(body)}, Response: &flows.Response{Status: status, Body: []byte(answer)}}})
}

func answer(access, refresh string) string {
	if refresh == "" {
		return fmt.Sprintf(`{"access_token":%q,"token_type":"Bearer","expires_in":3600}`, access)
	}
	return fmt.Sprintf(`{"access_token":%q,"token_type":"Bearer","expires_in":3600,"refresh_token":%q}`, access, refresh)
}

const invalidGrant = `{"error":"invalid_grant"}`

// outline writes a family as "name:state!" with its children in brackets.
func outline(roots []*report.Kin) string {
	var parts []string
	for _, k := range roots {
		name := k.Secret.RevealSecret()
		if k.Kind == report.KinClient {
			name = "client"
		}
		text := name + ":" + string(k.State)
		if k.ReuseRevokes {
			text += "!"
		}
		if len(k.Children) > 0 {
			text += "[" + outline(k.Children) + "]"
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, " ")
}

func TestLineage(t *testing.T) {
	rotating := flows.Dialect{Rotation: flows.RotationAlways}
	exchange := func(d flows.Dialect) *story {
		return newStory(d, flows.Credentials{}).callback("code-1").post(flows.StepExchange, "grant_type=authorization_code&code=code-1", 200, answer("at-1", "rt-1"))
	}
	tests := []struct {
		name  string
		story *story
		after time.Duration
		want  string
	}{
		{"a code that was not sent", newStory(rotating, flows.Credentials{}).callback("code-1"), time.Hour, "code-1:alive"},
		{"exchanged", exchange(rotating), time.Minute, "code-1:used![at-1:alive rt-1:alive]"},
		{"access token expired", exchange(rotating), 2 * time.Hour, "code-1:used![at-1:expired rt-1:alive]"},
		{"everything expired", exchange(rotating), 48 * time.Hour, "code-1:used![at-1:expired rt-1:expired]"},
		{"rotated", exchange(rotating).post(flows.StepRefresh, "grant_type=refresh_token&refresh_token=rt-1", 200, answer("at-2", "rt-2")), time.Minute,
			"code-1:used![at-1:alive rt-1:rotated![at-2:alive rt-2:alive]]"},
		{"kept, none in the answer", exchange(flows.Dialect{}).post(flows.StepRefresh, "grant_type=refresh_token&refresh_token=rt-1", 200, answer("at-2", "")), time.Minute,
			"code-1:used![at-1:alive rt-1:alive[at-2:alive]]"},
		{"kept, the same in the answer", exchange(flows.Dialect{}).post(flows.StepRefresh, "grant_type=refresh_token&refresh_token=rt-1", 200, answer("at-2", "rt-1")), time.Minute,
			"code-1:used![at-1:alive rt-1:alive[at-2:alive]]"},
		{"several refresh tokens live beside each other", exchange(flows.Dialect{Rotation: flows.RotationNever}).post(flows.StepRefresh, "grant_type=refresh_token&refresh_token=rt-1", 200, answer("at-2", "rt-2")), time.Minute,
			"code-1:used![at-1:alive rt-1:alive[at-2:alive rt-2:alive]]"},
		{"newest access token only", exchange(flows.Dialect{NewestTokenOnly: true}).post(flows.StepRefresh, "grant_type=refresh_token&refresh_token=rt-1", 200, answer("at-2", "")), time.Minute,
			"code-1:used![at-1:replaced rt-1:alive[at-2:alive]]"},
		{"a rotated one sent again", exchange(rotating).post(flows.StepRefresh, "refresh_token=rt-1", 200, answer("at-2", "rt-2")).post(flows.StepRefresh, "refresh_token=rt-1", 400, invalidGrant), time.Minute,
			"code-1:used![at-1:doubtful rt-1:rotated![at-2:doubtful rt-2:doubtful]]"},
		{"a code sent again", exchange(rotating).post(flows.StepExchange, "code=code-1", 400, invalidGrant), time.Minute, "code-1:used![at-1:doubtful rt-1:doubtful]"},
		{"a code refused", newStory(rotating, flows.Credentials{}).callback("code-1").post(flows.StepExchange, "code=code-1", 400, invalidGrant), time.Minute, "code-1:refused"},
		{"a client refused, the code untouched", newStory(rotating, flows.Credentials{}).callback("code-1").post(flows.StepExchange, "code=code-1", 401, `{"error":"invalid_client"}`), time.Minute, "code-1:doubtful"},
		{"refresh token refused", exchange(rotating).post(flows.StepRefresh, "refresh_token=rt-1", 400, invalidGrant), time.Minute, "code-1:used![at-1:alive rt-1:refused]"},
		{"access token revoked", exchange(rotating).post(flows.StepRevoke, "token=at-1", 200, ""), time.Minute, "code-1:used![at-1:revoked rt-1:alive]"},
		{"refresh token revoked", exchange(rotating).post(flows.StepRevoke, "token=rt-1", 200, ""), time.Minute, "code-1:used![at-1:doubtful rt-1:revoked]"},
		{"revocation refused", exchange(rotating).post(flows.StepRevoke, "token=rt-1", 503, ""), time.Minute, "code-1:used![at-1:alive rt-1:alive]"},
		{"client credentials, twice", newStory(flows.Dialect{}, flows.Credentials{}).post(flows.StepExchange, "grant_type=client_credentials", 200, answer("at-1", "")).
			post(flows.StepExchange, "grant_type=client_credentials", 200, answer("at-2", "")), time.Minute, "client:alive[at-1:alive at-2:alive]"},
		{"a refresh token from elsewhere", newStory(rotating, flows.Credentials{RefreshToken: flows.NewSecret(key, "refresh_token", "rt-0")}).
			post(flows.StepRefresh, `{"grant_type":"refresh_token","refresh_token":"rt-0"}`, 200, answer("at-1", "rt-1")), time.Minute, "rt-0:rotated![at-1:alive rt-1:alive]"},
		{"a second authorization in the same run", exchange(rotating).callback("code-2").post(flows.StepExchange, "code=code-2", 200, answer("at-2", "rt-2")), time.Minute,
			"code-1:used![at-1:alive rt-1:alive] code-2:used![at-2:alive rt-2:alive]"},
		{"the same access token again", newStory(flows.Dialect{}, flows.Credentials{}).post(flows.StepExchange, "grant_type=client_credentials", 200, answer("at-1", "")).
			post(flows.StepExchange, "grant_type=client_credentials", 200, answer("at-1", "")), time.Minute, "client:alive[at-1:alive]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := report.Lineage(tt.story.trace, tt.story.at.Add(tt.after))
			if outline(got) != tt.want {
				t.Errorf("got  %s\nwant %s", outline(got), tt.want)
			}
			for _, line := range report.LineageLines(got, tt.story.at) {
				for _, raw := range []string{"code-1", "at-1", "rt-1", "at-2", "rt-2"} {
					if strings.Contains(line, raw) {
						t.Errorf("a secret in %q", line)
					}
				}
			}
		})
	}
}

// TestUseExtendsTheRefreshToken: a refresh token that is kept lives longer by its use,
// where the provider says so.
func TestUseExtendsTheRefreshToken(t *testing.T) {
	s := &story{trace: flows.Trace{Run: "00112233445566aa"}, at: noon}
	s.add(flows.RunStarted{Provider: flows.Provider{Name: "p", Lifetimes: flows.Lifetimes{RefreshToken: 24 * time.Hour, RefreshExtend: 12 * time.Hour}}, Fingerprints: key})
	s.callback("code-1").post(flows.StepExchange, "grant_type=authorization_code&code=code-1", 200, answer("at-1", "rt-1"))
	issued := s.at.Add(-time.Minute)
	s.post(flows.StepRefresh, "grant_type=refresh_token&refresh_token=rt-1", 200, answer("at-2", ""))
	refresh := report.Lineage(s.trace, s.at)[0].Children[1]
	if want := issued.Add(36 * time.Hour); refresh.Kind != report.KinRefresh || !refresh.Expires.Equal(want) {
		t.Errorf("%s ends at %v, want %v", refresh.Kind, refresh.Expires, want)
	}
}

func TestLineageLines(t *testing.T) {
	s := newStory(flows.Dialect{Rotation: flows.RotationAlways}, flows.Credentials{}).callback("code-1").
		post(flows.StepExchange, "code=code-1", 200, answer("at-1", "rt-1")).post(flows.StepRefresh, "refresh_token=rt-1", 200, answer("at-2", "rt-2"))
	m := func(name, raw string) string { return key.Mask(name, raw) }
	want := []string{
		m("code", "code-1") + " used (a code works once) ! sending it again may end them all",
		"├─ " + m("access_token", "at-1") + " alive for 58m0s",
		"└─ " + m("refresh_token", "rt-1") + " rotated (replaced by " + key.Fingerprint("rt-2") + ") ! sending it again may end them all",
		"   ├─ " + m("access_token", "at-2") + " alive for 59m0s",
		"   └─ " + m("refresh_token", "rt-2") + " alive for 23h59m0s",
	}
	if got := report.LineageLines(report.Lineage(s.trace, s.at), s.at); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	before := s.at.Add(-100 * 24 * time.Hour) // as if it lived for months
	if got := report.LineageLines(report.Lineage(s.trace, before), before); !strings.HasSuffix(got[4], " alive for 100 days") {
		t.Errorf("%q", got)
	}
}

// TestRunStoredWithoutSecrets: lineage and exports of a run whose events were redacted
// show the same fingerprints.
func TestRunStoredWithoutSecrets(t *testing.T) {
	s := newStory(flows.Dialect{Rotation: flows.RotationAlways}, flows.Credentials{}).callback("codecode-1").
		post(flows.StepExchange, "code=codecode-1", 200, answer("accesstoken-1", "refreshtoken-1")).post(flows.StepRefresh, "refresh_token=refreshtoken-1", 200, answer("accesstoken-2", "refreshtoken-2"))
	m := redact.ForTrace(s.trace)
	stored := flows.Trace{Run: s.trace.Run}
	for _, r := range s.trace.Records {
		stored = stored.Append(r.At, m.Event(r.Event))
	}
	want := report.LineageLines(report.Lineage(s.trace, s.at), s.at)
	if got := report.LineageLines(report.Lineage(stored, s.at), s.at); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for _, format := range report.Formats() {
		data, err := report.Write(format, stored, redact.ForTrace(stored))
		if err != nil {
			t.Fatal(err)
		}
		if format == report.FormatCurl && !strings.Contains(string(data), `"$REFRESH_TOKEN_`+key.Fingerprint("refreshtoken-1")[1:]+`"`) {
			t.Errorf("no variable for a redacted secret:\n%s", data)
		}
	}
}
