package session

import (
	"reflect"
	"testing"
	"time"

	"oauthlens/flows"
)

// A session is handed on as a pointer: whatever is asked of it, and whatever happens to the
// sessions that come of it, leave it as it is.
func TestNothingChangesASession(t *testing.T) {
	x := begin(started(flows.GrantAuthorizationCode, func(s *flows.RunStarted) {
		s.Settings.AutoRefresh = true
		s.Settings.AuthorizeEdits = []flows.ParamEdit{{Op: flows.EditRemove, Name: "state"}}
		s.Settings.TokenEdits = []flows.ParamEdit{{Op: flows.EditRemove, Name: "code"}}
	}))
	moments := []Session{x.s}
	moments = append(moments, x.toCode().s)
	moments = append(moments, x.callback("code=c&state=the-state-value").ask(flows.ActExchange).answer(200, `{"access_token":"a","token_type":"Bearer","expires_in":60,"refresh_token":"r"}`).s)
	for i, s := range moments {
		before := *s.state
		later := s.Follow(x.s.Trace())
		later, _ = later.Handle(time.Unix(2e9, 0), flows.Changed{Change: flows.SettingsChange{Scopes: &[]string{"other"}}})
		_, _ = later.Handle(time.Unix(2e9, 0), flows.Asked{Action: flows.ActRestart})
		v := reflect.ValueOf(s)
		for m := range v.NumMethod() {
			args := make([]reflect.Value, v.Method(m).Type().NumIn())
			for a := range args {
				args[a] = reflect.Zero(v.Method(m).Type().In(a))
			}
			if name := v.Type().Method(m).Name; name != "Handle" && name != "Follow" { // no event, no trace of its own
				v.Method(m).Call(args)
			}
			if !reflect.DeepEqual(before, *s.state) {
				t.Fatalf("moment %d: %s changed the session", i, v.Type().Method(m).Name)
			}
		}
	}
}
