//go:build unix

package program

import (
	"fmt"
	"strings"
	"testing"

	"oauthlens/flows"
)

// TestNoSecretIsTold walks every provider as lines and asks for everything that can be
// told at every step, but for a secret in clear.
func TestNoSecretIsTold(t *testing.T) {
	for i, p := range walked(t) {
		for _, g := range p.Grants {
			if g == flows.GrantRefreshToken { // it starts with a token that the simulator takes for its own
				continue
			}
			t.Run(p.Name+" "+string(g), func(t *testing.T) {
				t.Parallel()
				newWitness(t, i%2 == 1).tell(p, g)
			})
		}
	}
}

func (w *witness) tell(p flows.Provider, g flows.Grant) {
	w.t.Helper()
	step := "raw\ncurl\nfind a\nf\nexplain\nset\nactions\nstatus\nfault\n\n"
	var lines strings.Builder
	for range 14 { // more than any walk has steps
		lines.WriteString(step)
	}
	for n := range 9 {
		fmt.Fprintf(&lines, "%d\nshow\nurl\nw step%d.txt\n", n+1, n+1)
	}
	lines.WriteString("copy access_token\nset client_secret\n" + clientSecret + "\nadd extra " + clientSecret + "\nraw\nr\nR\nh\nb\nreopen 1\n5\nraw\nq\n")
	var seen place
	program := start(w.t, w.home, invocation{args: []string{"--plain", p.Name, "--grant", string(g), "--timeout", "5s"}, env: w.env, stdin: strings.NewReader(lines.String()),
		started: func(p *program) { seen = process(p.cmd.Process.Pid) }})
	told := program.stdout.String()
	if program.code != 0 || strings.Count(told, "\nStep ") < 9 || !strings.Contains(told, "A recorded run") {
		w.t.Errorf("exit code %d after\n%s", program.code, told)
	}
	if at := hostile(told); at != "" {
		w.t.Errorf("it told %s", at)
	}
	wantClean(w.t, w.needles(), seen, place{"what was told", told}, place{"standard error", program.stderr.String()})
}
