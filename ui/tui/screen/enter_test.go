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
