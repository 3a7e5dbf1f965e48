package diagnose

import (
	"fmt"
	"strings"
	"testing"

	"oauthlens/flows"
)

// nearMiss is a recording close to the edge of a rule, on one side or the other. Its findings
// must be exactly these: of each the code, how sure it is, and the step at which it stands,
// separated by "; ", and info findings by their code alone, in brackets.
type nearMiss struct{ name, text, want string }

func verdict(list []flows.Finding) string {
	var out []string
	for _, f := range list {
		if f.Severity == flows.SeverityInfo {
			out = append(out, "("+f.Code+")")
			continue
		}
		out = append(out, fmt.Sprintf("%s %s %d", f.Code, f.Confidence, f.Step))
	}
	return strings.Join(out, "; ")
}

func checkNear(t *testing.T, rows []nearMiss) {
	t.Helper()
	for _, x := range rows {
		t.Run(x.name, func(t *testing.T) {
			t.Helper()
			got := findingsOf(t, x.text)
			if v := verdict(got); v != x.want {
				t.Errorf("want %q\n got %q", x.want, v)
				for _, f := range got {
					t.Logf("%s: %s", f.Code, evidence(f))
				}
			}
		})
	}
}
