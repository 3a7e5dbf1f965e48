package command

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"oauthlens/flows"
	"oauthlens/flows/diagnose"
	"oauthlens/flows/launch"
	"oauthlens/flows/provider"
	"oauthlens/flows/redact"
	"oauthlens/flows/visible"
	"oauthlens/ui/tui"
	"oauthlens/ui/tui/frame"
	"oauthlens/ui/tui/screen"
)

// sitting is a person in front of the screen: real runs, real sockets, no terminal.
type sitting struct {
	t        *testing.T
	m        *tui.Model
	messages chan tea.Msg
	w        int
}

func sit(t *testing.T, w, h int) *sitting {
	t.Helper()
	c, _ := provider.NewCatalogue(nil, "")
	l := &launch.Launcher{Now: time.Now}
	t.Cleanup(l.Close)
	world := &World{Getenv: func(string) string { return "" }, ReadFile: os.ReadFile, Now: time.Now, Launcher: l,
		Diagnose: func(tr flows.Trace) []flows.Finding {
			return diagnose.Run(tr, diagnose.Options{Providers: l.Providers})
		}}
	deps := world.screenDeps(t.Context(), c)
	s := &sitting{t: t, messages: make(chan tea.Msg, 256), w: w}
	start := deps.Start
	deps.Start = func(ctx context.Context, c screen.Choice) (tui.Started, error) {
		if c.Settings == nil {
			c.Settings = &flows.Settings{}
		}
		c.Settings.RequestTimeout = 2 * time.Second // for the fault that is slow
		return start(ctx, c)
	}
	s.m = tui.New(t.Context(), deps, tui.Options{})
	s.do(s.m.Init())
	s.update(tea.WindowSizeMsg{Width: w, Height: h})
	return s
}

// do has a command run beside, as a program does.
func (s *sitting) do(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	go func() {
		msg := cmd()
		if v := reflect.ValueOf(msg); msg != nil && v.Kind() == reflect.Slice && v.Type().Elem() == reflect.TypeFor[tea.Cmd]() {
			for i := range v.Len() {
				s.do(v.Index(i).Interface().(tea.Cmd))
			}
			return
		}
		if msg != nil {
			select {
			case s.messages <- msg:
			case <-s.t.Context().Done():
			}
		}
	}()
}

func (s *sitting) update(msg tea.Msg) {
	_, cmd := s.m.Update(msg)
	s.do(cmd)
}

// until takes messages until the screen shows what is waited for.
func (s *sitting) until(what string, shown func(text string) bool) string {
	s.t.Helper()
	deadline := time.After(20 * time.Second)
	for {
		text := s.m.Frame().Text()
		if shown(text) {
			return text
		}
		select {
		case msg := <-s.messages:
			s.update(msg)
		case <-deadline:
			s.t.Fatalf("never came: %s\n%s", what, text)
		}
	}
}

func (s *sitting) press(key string) {
	k := tea.KeyPressMsg{Code: []rune(key)[0], Text: key}
	switch key {
	case "enter":
		k = tea.KeyPressMsg{Code: tea.KeyEnter}
	case "esc":
		k = tea.KeyPressMsg{Code: tea.KeyEscape}
	case "ctrl+u":
		k = tea.KeyPressMsg{Code: 'u', Mod: tea.ModCtrl}
	}
	s.update(k)
}

// quiet tells that nothing is waited for.
func quiet(text string) bool { return !strings.Contains(text, "esc cancels") }

// TestEveryProviderIsWalkedByEnterAlone walks each provider of the catalogue in the
// simulator, by each of its grants, with nothing but enter, at the smallest common
// window, and looks at every frame.
func TestEveryProviderIsWalkedByEnterAlone(t *testing.T) {
	providers := provider.Embedded()
	for at, p := range providers {
		if _, custom := p.Environment(flows.EnvCustom); custom {
			continue
		}
		for turn, g := range p.Grants {
			if g == flows.GrantRefreshToken {
				continue // it begins with a token from elsewhere
			}
			t.Run(p.Name+" "+string(g), func(t *testing.T) {
				t.Parallel()
				s := sit(t, 80, 24)
				for range at {
					s.press("j")
				}
				for range turn {
					s.press("t")
				}
				s.press("enter")
				s.until("the client", func(text string) bool { return strings.Contains(text, "1 CLIENT") })
				s.walk(g)
			})
		}
	}
}

// walk presses enter until the last step of the flow that needs nothing but enter.
func (s *sitting) walk(g flows.Grant) {
	s.t.Helper()
	goal := "CLAIMS"
	if g == flows.GrantBasic {
		goal = "200 OK"
	}
	for range 20 {
		text := s.until("quiet", quiet)
		s.look(text)
		if strings.Contains(text, goal) {
			s.noError()
			return
		}
		before := text
		s.press("enter")
		s.until("something after enter", func(text string) bool { return text != before && quiet(text) })
	}
	var happened []string
	for _, r := range s.trace().Records {
		happened = append(happened, flows.KindOf(r.Event))
		if x, ok := r.Event.(flows.ExchangeFinished); ok && x.Exchange.Error != nil {
			happened = append(happened, x.Exchange.Error.Message)
		}
	}
	s.t.Fatalf("enter alone did not come to %s:\n%s\n%v", goal, s.m.Frame().Text(), happened)
}

// noError holds that a good flow is not called a bad one.
func (s *sitting) noError() {
	s.t.Helper()
	f, _ := s.m.Live()
	for _, v := range f.Walk(time.Now()).Findings {
		if v.Finding.Severity == flows.SeverityError {
			s.t.Errorf("found in a flow that went well: %s: %s", v.Finding.Code, v.Finding.Title)
		}
	}
}

func (s *sitting) trace() flows.Trace {
	if f, ok := s.m.Live(); ok {
		return f.Trace()
	}
	return flows.Trace{}
}

// look holds what is true of every frame: its size, no hidden characters, no secret.
func (s *sitting) look(text string) {
	s.t.Helper()
	for i, line := range strings.Split(text, "\n") {
		if frame.Width(line) > s.w || !visible.Clean(line) {
			s.t.Fatalf("line %d: %q", i, line)
		}
	}
	content := s.m.View().Content
	if leaks := redact.ForTrace(s.trace()).Leaks([]byte(content)); len(leaks) > 0 {
		s.t.Fatalf("the frame shows secrets (%v):\n%s", leaks, text)
	}
}

// TestEveryFaultIsNamedOnScreen plants each fault by the keyboard and walks on with enter,
// and with r for the second refresh, until the finding that the contract promises stands on screen.
func TestEveryFaultIsNamedOnScreen(t *testing.T) {
	for _, f := range flows.Faults() {
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			s := sit(t, 100, 30)
			s.press("enter")
			s.until("the client", func(text string) bool { return strings.Contains(text, "1 CLIENT") })
			s.press("F")
			for _, r := range f.Name {
				s.press(string(r))
			}
			s.press("enter")
			s.until("the fault", func(text string) bool { return strings.Contains(text, "fault planted: "+f.Name) })
			for range 20 {
				text := s.until("quiet", quiet)
				if title, ok := s.found(f.Finding); ok {
					s.onScreen(title)
					return
				}
				if strings.Contains(text, "8 REFRESH") && strings.Contains(text, "Before and after") {
					s.press("r") // once more, with the token that was replaced
				} else {
					s.press("enter")
				}
				s.until("something after a key", func(now string) bool { return now != text && quiet(now) })
			}
			t.Fatalf("%s was not named:\n%s", f.Finding, s.m.Frame().Text())
		})
	}
}

// found is the title of the finding of this code, if there is one.
func (s *sitting) found(code string) (string, bool) {
	f, _ := s.m.Live()
	for _, v := range f.Walk(time.Now()).Findings {
		if v.Finding.Code == code {
			return v.Finding.Title.Text, true
		}
	}
	return "", false
}

// onScreen holds that the finding can be seen: below the text of some step.
func (s *sitting) onScreen(title string) {
	s.t.Helper()
	for step := range 9 {
		s.press(string(rune('1' + step)))
		if strings.Contains(s.m.Frame().Text(), title[:min(len(title), 30)]) {
			return
		}
	}
	s.t.Fatalf("no step shows %q", title)
}

// TestAForgedCallbackIsRefusedAndTheRealOneStillCounts pastes a callback of somebody else,
// wrapped as a chat does it, and then the flow goes on.
func TestAForgedCallbackIsRefusedAndTheRealOneStillCounts(t *testing.T) {
	s := sit(t, 110, 32)
	s.press("enter")
	s.until("the client", func(text string) bool { return strings.Contains(text, "1 CLIENT") })
	s.press("p")
	if text := s.m.Frame().Text(); !strings.Contains(text, "no authorization URL yet") {
		t.Fatalf("p says nothing before there is a URL:\n%s", text)
	}
	s.press("enter")
	s.until("the URL", func(text string) bool { return strings.Contains(text, "Listening for the callback") })
	s.press("p")
	s.update(tea.PasteMsg{Content: "http://127.0.0.1:53682/callback?code=somebody\n  -elses-code&state=not-ours"})
	s.press("enter")
	s.until("the refusal", func(text string) bool { return strings.Contains(text, "refused") })
	s.press("2")
	s.press("enter")
	s.until("the callback", func(text string) bool { return strings.Contains(text, "✓ accepted") })
}

// TestF1ExplainsEveryLine presses F1 on every line of every step of a finished walk.
func TestF1ExplainsEveryLine(t *testing.T) {
	s := sit(t, 110, 40)
	s.press("enter")
	s.until("the client", func(text string) bool { return strings.Contains(text, "1 CLIENT") })
	s.walk(flows.GrantAuthorizationCode)
	unknown := map[string]bool{}
	for step := range 9 {
		s.press(string(rune('1' + step)))
		s.press("g")
		for range 60 {
			before := s.m.Frame().Text()
			s.update(tea.KeyPressMsg{Code: tea.KeyF1})
			text := s.m.Frame().Text()
			if _, after, ok := strings.Cut(text, "nothing is known about "); ok {
				unknown[strings.Fields(after)[0]] = true
			} else if text == before {
				t.Fatalf("F1 does nothing at:\n%s", text)
			}
			s.update(tea.KeyPressMsg{Code: tea.KeyF1}) // closes it
			s.press("j")
			if s.m.Frame().Text() == before {
				break
			}
		}
	}
	if len(unknown) > 0 {
		t.Errorf("without an explanation: %v", unknown)
	}
}

// TestASecretIsNotShownForEditing opens the editor of every line of a request that is
// about to be sent, form-encoded and JSON.
func TestASecretIsNotShownForEditing(t *testing.T) {
	for _, name := range []string{"truss", "trustwill"} {
		s := sit(t, 110, 44)
		for range map[string]int{"truss": 0, "trustwill": 1}[name] {
			s.press("j")
		}
		s.press("enter")
		s.until("the client", func(text string) bool { return strings.Contains(text, "1 CLIENT") })
		for range 500 { // an enter may come while the one before is being kept, and is then refused
			text := s.until("quiet", quiet)
			if strings.Contains(text, "What will be sent") && strings.Contains(text, "4 EXCHANGE") {
				break
			}
			s.press("enter")
			s.until("something", func(now string) bool { return now != text && quiet(now) })
		}
		edited := 0
		s.press("g")
		for range 40 {
			s.press("e")
			text := s.m.Frame().Text()
			s.look(text)
			if strings.Contains(text, "enter keep") {
				edited++
				s.update(tea.KeyPressMsg{Code: tea.KeyEscape})
			}
			s.press("j")
		}
		if edited < 8 {
			t.Fatalf("%s: only %d lines can be edited:\n%s", name, edited, s.m.Frame().Text())
		}
	}
}

// TestRandomKeysOnRealRunsShowNoSecret presses keys at random while real runs go on, at
// the simulator, and looks at every frame. The key that reveals is left out.
func TestRandomKeysOnRealRunsShowNoSecret(t *testing.T) {
	keys := strings.Fields("tab j k g G n N y Y e x + u c r R t a f Q p ? 1 2 3 4 5 6 7 8 9 [ ] d s ctrl+d f1 space tab j k g G esc esc / F i h ctrl+r ctrl+k")
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			rng := rand.New(rand.NewPCG(seed, 11))
			s := sit(t, 100, 30)
			for range int(seed) {
				s.press("j")
			}
			s.press("enter")
			longest := 0
			for range 250 {
				name := "enter"
				if rng.IntN(3) > 0 {
					name = keys[rng.IntN(len(keys))]
				}
				s.update(named(name))
				s.drain()
				s.look(s.m.Frame().Text())
				longest = max(longest, len(s.trace().Records))
			}
			t.Logf("the longest run had %d records", longest)
		})
	}
}

// named is the message of a key by its name.
func named(name string) tea.KeyPressMsg {
	if rest, ok := strings.CutPrefix(name, "ctrl+"); ok {
		return tea.KeyPressMsg{Code: rune(rest[0]), Mod: tea.ModCtrl}
	}
	if code, ok := map[string]rune{"enter": tea.KeyEnter, "esc": tea.KeyEscape, "tab": tea.KeyTab, "f1": tea.KeyF1, "space": tea.KeySpace}[name]; ok {
		return tea.KeyPressMsg{Code: code}
	}
	return tea.KeyPressMsg{Code: []rune(name)[0], Text: name}
}

// drain takes the messages that come within a moment.
func (s *sitting) drain() {
	for {
		select {
		case msg := <-s.messages:
			s.update(msg)
		case <-time.After(3 * time.Millisecond):
			return
		}
	}
}
