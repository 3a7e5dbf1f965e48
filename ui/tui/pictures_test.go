package tui

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"oauthlens/flows"
	"oauthlens/flows/diagnose"
	"oauthlens/flows/launch"
	"oauthlens/flows/provider"
	"oauthlens/flows/session"
	"oauthlens/ui/present"
	"oauthlens/ui/tui/screen"
	"oauthlens/ui/tui/theme"
)

// record walks Truss at the simulator anew and keeps the trace that the pictures of the
// README are painted from.
var record = flag.Bool("record", false, "record the trace of the pictures anew")

// The recorded runs: one that goes well, and one whose exchange carries another redirect
// URI.
const (
	goodTrace  = "testdata/truss.jsonl"
	faultTrace = "testdata/truss-redirect-mismatch.jsonl"
)

// replayed is a recorded run as a flow: what is on the pictures was really sent.
type replayed struct {
	s        session.Session
	findings []flows.Finding
}

func (r replayed) Handle(time.Time, flows.Event) (Flow, []flows.Effect) { return r, nil }
func (r replayed) Walk(now time.Time) present.Walk                      { return present.Run(r.s, r.findings, nil, now) }
func (r replayed) Paste(string) (flows.Event, error)                    { return nil, nil }
func (r replayed) Trace() flows.Trace                                   { return r.s.Trace() }

// TestPictures paints the pictures of docs/pictures from a recorded run, and fails when
// they do not show the screens as they are now.
func TestPictures(t *testing.T) {
	if *record {
		writeTrace(t, goodTrace, walkTruss(t, ""))
		writeTrace(t, faultTrace, walkTruss(t, "redirect-mismatch"))
	}
	shots := []struct {
		name  string
		trace string // empty: the one that goes well
		dark  bool
		until string // kind of the last event to show; empty: all
		keys  []string
		w, h  int
	}{
		{name: "catalogue", dark: true, w: 112, h: 30},
		{name: "authorization-url", dark: true, until: "authorization_built", keys: []string{"2", "j"}, w: 112, h: 30},
		{name: "token", dark: true, keys: []string{"5"}, w: 112, h: 30},
		{name: "claims", dark: false, keys: []string{"6"}, w: 112, h: 30},
		{name: "finding", trace: faultTrace, dark: true, keys: []string{"4"}, w: 112, h: 30},
		{name: "evidence", trace: faultTrace, dark: true, keys: []string{"4", "f", "enter"}, w: 112, h: 30},
	}
	for _, shot := range shots {
		t.Run(shot.name, func(t *testing.T) {
			trace := readTrace(t, cmp.Or(shot.trace, goodTrace))
			d := pictured(t, trace, shot.until, shot.w, shot.h)
			if shot.name != "catalogue" {
				d.m.goTo(screen.AtWalk)
			}
			d.press(shot.keys...)
			d.check()
			svg := d.m.Frame().SVG(theme.New(shot.dark), "oauthlens: "+shot.name)
			same(t, filepath.Join("..", "..", "docs", "pictures", shot.name+".svg"), svg)
		})
	}
}

func pictured(t *testing.T, trace flows.Trace, until string, w, h int) *driver {
	d := newDriver(t, w, h)
	providers := provider.Embedded()
	d.now = trace.EndedAt().Add(19 * time.Second)
	d.m.deps.Catalogue, d.m.catalogue = providers, screen.NewCatalogue(providers, nil, "truss")
	d.send(tea.WindowSizeMsg{Width: w, Height: h})
	for i, r := range trace.Records {
		if until != "" && flows.KindOf(r.Event) == until {
			trace.Records = trace.Records[:i+1]
			d.now = r.At
			break
		}
	}
	d.m.live.flow = replayed{s: session.Replay(trace), findings: diagnose.Run(trace, diagnose.Options{Providers: providers})}
	return d
}

func same(t *testing.T, path, want string) {
	t.Helper()
	if updating() || *record {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Fatalf("%s does not show the screen as it is: go test ./ui/tui -run TestPictures -update", path)
	}
}

// line is a record in the file.
type traceLine struct {
	Kind  string
	At    time.Time
	Event json.RawMessage
}

func readTrace(t *testing.T, path string) flows.Trace {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	trace := flows.Trace{Run: "7d1c0f5e2a94b683"}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var l traceLine
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			t.Fatal(err)
		}
		e, err := flows.DecodeEvent(l.Kind, l.Event, flows.FingerprintKey{})
		if err != nil {
			t.Fatal(err)
		}
		trace = trace.Append(l.At, e)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return trace
}

func writeTrace(t *testing.T, path string, trace flows.Trace) {
	t.Helper()
	var b strings.Builder
	for _, r := range trace.Records {
		data, err := flows.EncodeEvent(r.Event)
		if err != nil {
			t.Fatal(err)
		}
		line, err := json.Marshal(traceLine{Kind: flows.KindOf(r.Event), At: r.At.UTC().Round(0), Event: data})
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s\n", line)
	}
	if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

// walkTruss walks the whole flow at the simulator, over real sockets.
func walkTruss(t *testing.T, fault string) flows.Trace {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	providers := provider.Embedded()
	l := &launch.Launcher{Providers: providers, Now: time.Now}
	defer l.Close()
	request := launch.Request{Settings: flows.Settings{Fault: fault}}
	for _, p := range providers {
		if p.Name == "truss" {
			request.Provider = p
		}
	}
	run, err := l.Open(ctx, &request)
	if err != nil {
		t.Fatal(err)
	}
	defer run.Close()
	events := make(chan flows.Event, 64)
	s := session.New(run.ID)
	handle := func(e flows.Event) {
		var effects []flows.Effect
		s, effects = s.Handle(l.Clock(), e)
		for _, effect := range effects {
			go run.Perform(ctx, effect, func(e flows.Event) { events <- e })
		}
	}
	ask := func(e flows.Event) {
		handle(e)
		for {
			select {
			case e := <-events:
				handle(e)
				continue
			case <-time.After(500 * time.Millisecond): // only when a trace is recorded anew
			}
			return
		}
	}
	ask(run.Start)
	for _, a := range []flows.Action{flows.ActAuthorizeURL, flows.ActApprove, flows.ActExchange, flows.ActVerify, flows.ActCall, flows.ActRefresh} {
		if ask(flows.Asked{Action: a}); a == flows.ActExchange && s.Token() == nil {
			break
		}
	}
	return s.Trace()
}
