package screen

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/session"
	"oauthlens/ui/present"
	"oauthlens/ui/tui/keys"
)

// TestEnterAsksForWhatIsMissing: with a server of one's own, enter alone asks for the issuer,
// shows the request that looks the endpoints up before it is sent, and then asks for the
// client, each on its line; what a public client lacks is not asked for.
func TestEnterAsksForWhatIsMissing(t *testing.T) {
	s, _ := session.New("0123456789abcdef").Handle(noon, flows.RunStarted{Provider: flows.Provider{Name: "custom", Title: "Custom"}, Grant: flows.GrantClientCredentials,
		Environment: flows.Environment{Name: flows.EnvCustom}, Settings: flows.Settings{AuthMethod: flows.AuthPost}})
	w := NewWalk(walkTitle)
	w.Resize(Arrange(80, 24, Railed))
	show := func() { w.Show(present.Run(s, nil, nil, noon)) }
	enter := func(label string) Wish {
		t.Helper()
		show()
		b, _ := w.Table().Find("enter")
		if b.Label != label || b.Reason() != "" {
			t.Fatalf("enter is %q (%q), not %q", b.Label, b.Reason(), label)
		}
		return w.Do(keys.Next, "enter", noon)
	}
	types := func(label, line, text string) {
		t.Helper()
		p, ok := enter(label).(Prompt)
		if l, _ := w.line(); !ok || l.Label != line {
			t.Fatalf("%s: %+v at %q", label, p, l.Label)
		}
		if say, ok := p.Then("").(Say); !ok || !strings.HasPrefix(say.Text, "nothing was typed: ") {
			t.Errorf("%s, and nothing typed: %+v", label, p.Then(""))
		}
		s, _ = s.Handle(noon, flows.Changed{Change: p.Then(text).(Change).Change})
	}
	types("type the issuer", "issuer", "http://127.0.0.1:1")
	if say, ok := enter("discover the endpoints").(Say); !ok || !strings.Contains(say.Text, "nothing was sent yet") {
		t.Fatalf("it was not shown first: %+v", say)
	}
	if text := drawn(w, 80, 24); !strings.Contains(text, "http://127.0.0.1:1/.well-known/openid-configuration") {
		t.Fatalf("the request is not shown:\n%s", text)
	}
	if ask, ok := enter("discover the endpoints").(Ask); !ok || ask.Action != flows.ActDiscover {
		t.Fatalf("%+v", ask)
	}
	s, _ = s.Handle(noon, flows.Asked{Action: flows.ActDiscover})
	under, _ := s.InFlight()
	s, _ = s.Handle(noon.Add(time.Second), flows.ExchangeFinished{ID: under.ID, Exchange: flows.Exchange{Step: under.Step, Request: under.Request,
		Response: &flows.Response{Status: 200, Body: fmt.Appendf(nil, `{"issuer":"http://127.0.0.1:1","token_endpoint":"http://127.0.0.1:1/token"}`), BodyComplete: true}}})
	types("type the client id", "client_id", "me")
	public := flows.AuthNone
	if of, _ := s.Handle(noon, flows.Changed{Change: flows.SettingsChange{AuthMethod: &public}}); present.Run(of, nil, nil, noon).Panes[0].Next.Missing != nil {
		t.Error("a public client is asked for a secret")
	}
	types("type the client secret", "client_secret", "hush")
	if enter("on to the exchange"); w.Stage() != 1 {
		t.Errorf("at step %d", w.Stage()+1)
	}
}

// TestWhereTheWalkIsDoneEnterIsNoHint: the footer shows what leads somewhere, the way back; the
// help and enter itself say that the walk is done. From a finding esc leaves the finding first.
func TestWhereTheWalkIsDoneEnterIsNoHint(t *testing.T) {
	over := filled(2)
	over.Panes[1].Next = present.Next{To: -1, Why: "the walk is done"}
	s := shownAt(over, 120, 36)
	hint := func(key string) (int, string) {
		t.Helper()
		b, ok := s.Table().Find(key)
		if !ok {
			t.Fatalf("no key %s", key)
		}
		return b.Hint, b.Label
	}
	if n, label := hint("enter"); n == 0 || label != "on" {
		t.Errorf("before the end enter is %q with the hint %d", label, n)
	}
	if _, label := hint("esc"); label != "back" {
		t.Errorf("before the end esc is %q", label)
	}
	s.GoTo(1)
	if n, _ := hint("enter"); n != 0 {
		t.Error("enter is a hint where nothing is left to do")
	}
	if n, label := hint("esc"); n != 1 || label != "back to the catalogue" {
		t.Errorf("at the end esc is %q with the hint %d", label, n)
	}
	if say, ok := s.Do(keys.Next, "enter", noon).(Say); !ok || say.Text != "the walk is done" {
		t.Errorf("enter said %+v", say)
	}
	s.BackTo = "the comparison"
	if _, label := hint("esc"); label != "back to the comparison" {
		t.Errorf("esc is %q", label)
	}
	s.BackTo = ""
	s.Do(keys.Findings, "f", noon)
	if n, label := hint("enter"); n == 0 || label != "show the evidence" {
		t.Errorf("on a finding enter is %q with the hint %d", label, n)
	}
	if _, label := hint("esc"); label != "back" {
		t.Errorf("on a finding esc is %q", label)
	}
}

// TestNothingTypedIsNoChange: what was empty and stays so is not called changed; what was given
// can still be emptied.
func TestNothingTypedIsNoChange(t *testing.T) {
	for _, tt := range []struct{ target, name, was, typed, says string }{
		{present.EditEndpoint, "issuer", "", "", "nothing was typed: issuer stays as it was"},
		{present.EditEndpoint, "issuer", "", "https://auth.example.com", ""},
		{present.EditEndpoint, "token", "", "", "nothing was typed: token stays as it was"},
		{present.EditEndpoint, "token", "https://auth.example.com/token", "", ""},
		{present.EditAuthorize, "prompt", "", "", ""},
	} {
		line := present.Line{Kind: present.Row, Label: tt.name, Edit: &present.Edit{Target: tt.target, Name: tt.name, Value: tt.was}}
		w := filled(1)
		w.Panes[0].Tabs[0].Build = func() present.Lines { return present.List{line} }
		p, ok := shownAt(w, 120, 36).Do(keys.Edit, "e", noon).(Prompt)
		if !ok {
			t.Fatalf("%s %s: no field", tt.target, tt.name)
		}
		switch got := p.Then(tt.typed).(type) {
		case Say:
			if got.Text != tt.says {
				t.Errorf("%s from %q to %q: %q", tt.name, tt.was, tt.typed, got.Text)
			}
		case Change:
			if tt.says != "" {
				t.Errorf("%s from %q to %q is a change", tt.name, tt.was, tt.typed)
			}
		default:
			t.Errorf("%T", got)
		}
	}
}
