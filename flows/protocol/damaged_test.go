package protocol

import (
	"strings"
	"testing"

	"oauthlens/flows"
)

// TestDamagedTokenAnswers: a token answer that is not whole is a failed step, in an exchange
// as in a refresh, and the token in it is not lost. What is odd, and whole, is neither.
func TestDamagedTokenAnswers(t *testing.T) {
	const right = `{"access_token":"x","token_type":"Bearer","expires_in":60}`
	for _, c := range []struct {
		name, body, problem string
		token               bool
		why                 string // a piece of the description; empty: the step succeeded
		recorded            bool
	}{
		{"whole", right, "", true, "", true},
		{"cut behind the token", right[:35], "", true, "breaks off before its end", false},
		{"cut in the token", right[:18], "", false, "no access token", false},
		{"a comma too many", strings.TrimSuffix(right, "}") + ",}", "", true, "breaks off before its end", false},
		{"no number", `{"access_token":"x","expires_in":NaN}`, "", true, "breaks off before its end", false},
		{"nested too deep", `{"access_token":"x","deep":` + strings.Repeat("[", 300) + strings.Repeat("]", 300) + "}", "", true, "nested too deep", false},
		{"JSONP, cut", `cb({"access_token":"x","to)`, "", true, "breaks off before its end", false},
		{"over the bound", right, "the body has 2097152 bytes, and the first 1 MiB of them are kept", true, "the answer is damaged: the body has 2097152 bytes", true},
		{"a form, cut", "access_token=x&token_ty", "the gzip coding ends too early", true, "the answer is damaged: the gzip coding", true},
		{"a member twice", `{"access_token":"y","access_token":"x"}`, "", true, "", true},
		{"bytes behind", right + " ok", "", true, "", true},
		{"a mark in front", "\xef\xbb\xbf" + right, "", true, "", true},
		{"a refusal, cut", `{"error":"invalid_grant","error_descr`, "", false, "", false},
	} {
		r := response(200, c.body)
		r.Problem = c.problem
		got := read(flows.Dialect{}, r)
		said := ""
		if got.Failure != nil {
			said = got.Failure.Code + ": " + got.Failure.Description
		}
		if (got.Token != nil) != c.token || !strings.Contains(said, c.why) || c.token && (got.Failure == nil) != (c.why == "") {
			t.Errorf("%s: token %v, %q", c.name, got.Token != nil, said)
		}
		if c.token && c.why != "" && (got.Failure.Code != DamagedAnswer || got.Token.AccessToken.RevealSecret() != "x" || strings.Contains(said, `"x"`)) {
			t.Errorf("%s: %q, %s", c.name, said, got.Token.AccessToken)
		}
		for _, kind := range []flows.StepKind{flows.StepExchange, flows.StepRefresh} {
			step := flows.Step{Kind: kind, Exchange: flows.Exchange{Step: kind, Response: r}}
			if ok := Succeeded(flows.Dialect{}, step); ok != (c.token && c.why == "") {
				t.Errorf("%s: the %s step succeeded: %v", c.name, kind, ok)
			}
			if ok := Recorded(step); ok != c.recorded {
				t.Errorf("%s: the recorded %s step succeeded: %v", c.name, kind, ok)
			}
			if r.Problem != c.problem {
				t.Errorf("%s: the recording was changed", c.name)
			}
		}
	}
}
