package diagnose

import (
	"testing"

	"oauthlens/flows"
)

// example is the bad and the good recording of one rule. The good one is a near miss:
// it must not have the finding. Most bad ones must have it first.
type example struct {
	bad, good string
	// behind: another finding of the same recording goes first, by precedence.
	behind bool
}

// examples returns every rule's examples, by code.
func examples() map[string]example {
	all := map[string]example{}
	for _, group := range [...]map[string]example{configureExamples(), authorizeExamples(), callbackExamples(), exchangeExamples(), answerExamples(), refreshExamples(),
		useExamples(), discoveryExamples(), tokenExamples(), transportExamples()} {
		for code, e := range group {
			if _, twice := all[code]; twice {
				panic("two examples for " + code)
			}
			all[code] = e
		}
	}
	return all
}

func TestEveryRuleHasExamples(t *testing.T) {
	all := examples()
	for _, r := range Rules() {
		if _, ok := all[r.Code]; !ok && !r.LiveOnly {
			t.Errorf("%s: no examples", r.Code)
		}
		delete(all, r.Code)
	}
	for code := range all {
		t.Errorf("%s: an example without a rule", code)
	}
}

func TestBadExamples(t *testing.T) {
	for code, e := range examples() {
		t.Run(code, func(t *testing.T) {
			got := findingsOf(t, e.bad)
			f, at := find(got, code)
			if at < 0 {
				t.Fatalf("not found; got %s", codes(got))
			}
			rule, _ := RuleByCode(code)
			if f.Severity != rule.Severity {
				t.Errorf("severity %s, the rule says %s", f.Severity, rule.Severity)
			}
			if len(f.Evidence) == 0 || f.Title.Text == "" || f.Cause.Text == "" || f.Fix.Text == "" || f.Spec == "" {
				t.Errorf("a text is missing: %+v", f)
			}
			if !e.behind && f.Severity != flows.SeverityInfo && at != 0 {
				t.Errorf("not first; got %s", codes(got))
			}
		})
	}
}

func TestGoodExamples(t *testing.T) {
	for code, e := range examples() {
		t.Run(code, func(t *testing.T) {
			got := findingsOf(t, e.good)
			if f, at := find(got, code); at >= 0 {
				t.Fatalf("found where it should not be: %v; all: %s", f.Evidence, codes(got))
			}
		})
	}
}

// TestHealthyScenes: the scenes that the others are made of have nothing to report.
func TestHealthyScenes(t *testing.T) {
	for name, text := range map[string]string{
		"login": loginScene + exchangeScene + callScene, "refresh": loginScene + exchangeScene + callScene + refreshScene,
		"service": serviceScene, "openid": oidcScene(nil, nil) + jwksScene("k1", "sig") + callScene,
	} {
		if got := findingsOf(t, text); len(got) != 0 {
			t.Errorf("%s: %s %v", name, codes(got), got[0].Evidence)
		}
	}
}

func find(list []flows.Finding, code string) (flows.Finding, int) {
	for i, f := range list {
		if f.Code == code {
			return f, i
		}
	}
	return flows.Finding{}, -1
}

func codes(list []flows.Finding) string {
	s := ""
	for _, f := range list {
		s += string(f.Severity) + ":" + f.Code + " "
	}
	return s
}
