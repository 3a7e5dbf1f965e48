package command_test

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/diagnose"
	"oauthlens/flows/launch"
	"oauthlens/flows/provider"
	"oauthlens/ui/command"
)

// TestFindingsWhileItHappens: what is found event by event, with what is known of the
// earlier ones, is what a look at the whole trace finds: in every run of every provider,
// with every fault.
func TestFindingsWhileItHappens(t *testing.T) {
	c, _ := provider.NewCatalogue(nil, "")
	var launcher *launch.Launcher
	var judge diagnose.Judge
	judged, name := 0, ""
	world := func(args []string) *command.World {
		return &command.World{
			Args: args, Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: io.Discard, Getenv: func(string) string { return "" }, ReadFile: os.ReadFile, Now: time.Now,
			Cause: func() int { return 1 }, Launcher: launcher,
			Catalogue: func() (provider.Catalogue, []provider.Problem) { return c, nil },
			Diagnose: func(tr flows.Trace) []flows.Finding {
				got, want := judge.Run(tr, diagnose.Options{Providers: launcher.Providers}), diagnose.Run(tr, diagnose.Options{Providers: launcher.Providers})
				x, _ := json.Marshal(got)
				y, _ := json.Marshal(want)
				if judged++; !bytes.Equal(x, y) {
					t.Errorf("%s, %d records: event by event\n%s\nas a whole\n%s", name, len(tr.Records), x, y)
				}
				return got
			},
		}
	}
	for _, p := range c.Providers() {
		if p.Name == "custom" {
			continue
		}
		launcher = &launch.Launcher{Now: time.Now}
		for _, fault := range append([]flows.Fault{{}}, flows.Faults()...) {
			args := []string{"run", p.Name, "--events", "--approve", "--no-browser", "--timeout", "300ms", "--callback-timeout", "1s"}
			if fault.Name != "" {
				args = append(args, "--fault", fault.Name)
			} else if p.HasGrant(flows.GrantRefreshToken) {
				args = append(args, "--refresh", "3", "--revoke")
			}
			name = strings.Join(args[1:2], " ") + " " + fault.Name
			before := judged
			if code := command.Main(t.Context(), world(args)); code != 2 && judged < before+2 {
				t.Errorf("%s: exit code %d, judged %d times", name, code, judged-before)
			}
		}
		launcher.Close()
	}
	if judged < 250 {
		t.Errorf("judged %d times only", judged)
	}
}
