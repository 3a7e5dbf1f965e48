package command

import (
	"context"
	"testing"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/diagnose"
	"oauthlens/flows/launch"
	"oauthlens/flows/provider"
	"oauthlens/flows/session"
)

// TestEditingTheURLIsNoFault: a parameter that is added before anybody was sent anywhere
// has the URL built anew; that its state stands in two URLs then is no misuse of it.
func TestEditingTheURLIsNoFault(t *testing.T) {
	all := provider.Embedded()
	p := all[0]
	l := &launch.Launcher{Providers: all, Now: time.Now}
	defer l.Close()
	run, err := l.Open(context.Background(), &launch.Request{Provider: p, Grant: flows.GrantAuthorizationCode, Settings: flows.Settings{RedirectURI: "http://127.0.0.1:0/callback"}})
	if err != nil {
		t.Fatal(err)
	}
	defer run.Close()
	s, _ := session.New(run.ID).Handle(l.Clock(), run.Start)
	w := &walker{t: t, run: run, now: l.Clock, flow: newRunFlow(s, func(t flows.Trace) []flows.Finding { return diagnose.Run(t, diagnose.Options{Providers: all}) }), events: make(chan flows.Event, 64)}
	w.handle(flows.Asked{Action: flows.ActAuthorizeURL})
	edits := []flows.ParamEdit{{Name: "redirect_uri", Op: flows.EditRemove}, {Name: "foo", Value: "bar", Op: flows.EditAdd}}
	w.handle(flows.Changed{Change: flows.SettingsChange{AuthorizeEdits: &edits}})
	built := 0
	for _, r := range w.flow.Trace().Records {
		if _, ok := r.Event.(flows.AuthorizationBuilt); ok {
			built++
		}
	}
	if built != 2 {
		t.Fatalf("the URL was built %d times", built)
	}
	for _, f := range w.flow.Walk(l.Clock()).Findings {
		if f.Finding.Severity != flows.SeverityInfo {
			t.Errorf("%s: %s %q", f.Finding.Code, f.Finding.Title, f.Finding.Evidence)
		}
	}
}
