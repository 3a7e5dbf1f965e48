package present

import (
	"maps"
	"reflect"
	"strings"
	"testing"

	"oauthlens/flows"
	"oauthlens/flows/session"
)

func TestEditSetReplacesEarlierEditsOfTheName(t *testing.T) {
	settings := flows.Settings{AuthorizeEdits: []flows.ParamEdit{
		{Op: flows.EditAdd, Name: "prompt", Value: "none"},
		{Op: flows.EditSet, Name: "scope", Value: "a"},
	}}
	got := Edit{Target: EditAuthorize, Name: "prompt"}.Set(settings, "login").AuthorizeEdits
	want := []flows.ParamEdit{
		{Op: flows.EditSet, Name: "scope", Value: "a"},
		{Op: flows.EditSet, Name: "prompt", Value: "login"},
	}
	if got == nil || !reflect.DeepEqual(*got, want) {
		t.Fatalf("edits = %v, want %v", got, want)
	}
	if len(settings.AuthorizeEdits) != 2 || settings.AuthorizeEdits[0].Name != "prompt" {
		t.Fatalf("the settings in use were changed: %v", settings.AuthorizeEdits)
	}
}

func TestEditSwitch(t *testing.T) {
	settings := flows.Settings{Scopes: []string{"a", "b"}}
	tests := []struct {
		name string
		edit Edit
		off  bool
		want flows.SettingsChange
		ok   bool
	}{
		{"scope off", Edit{Target: EditScope, Name: "a"}, true, flows.SettingsChange{Scopes: &[]string{"b"}}, true},
		{"scope on", Edit{Target: EditScope, Name: "c"}, false, flows.SettingsChange{Scopes: &[]string{"a", "b", "c"}}, true},
		{"parameter off", Edit{Target: EditToken, Name: "x"}, true, flows.SettingsChange{TokenEdits: &[]flows.ParamEdit{{Op: flows.EditRemove, Name: "x"}}}, true},
		{"parameter on again", Edit{Target: EditToken, Name: "x"}, false, flows.SettingsChange{TokenEdits: &[]flows.ParamEdit{}}, true},
		{"no switch", Edit{Target: EditClientID}, true, flows.SettingsChange{}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := tt.edit.Switch(settings, tt.off)
			if ok != tt.ok || !sameChange(got, tt.want) {
				t.Fatalf("Switch = %+v, %v", got, ok)
			}
		})
	}
}

func sameChange(a, b flows.SettingsChange) bool {
	return sameList(a.Scopes, b.Scopes) && sameList(a.TokenEdits, b.TokenEdits)
}

func sameList[T any](a, b *[]T) bool {
	if a == nil || b == nil {
		return a == b
	}
	return len(*a) == len(*b) && (len(*a) == 0 || reflect.DeepEqual(*a, *b))
}

func TestEditRestoreTakesTheUsersEditsBack(t *testing.T) {
	settings := flows.Settings{HeaderEdits: []flows.ParamEdit{{Op: flows.EditSet, Name: "Accept", Value: "*/*"}}}
	c, ok := Edit{Target: EditHeader, Name: "accept"}.Restore(settings)
	if !ok || c.HeaderEdits == nil || len(*c.HeaderEdits) != 0 {
		t.Fatalf("Restore = %+v, %v", c, ok)
	}
	if _, ok := (Edit{Target: EditPKCE}).Restore(settings); ok {
		t.Fatal("a setting without a profile value was restored")
	}
}

func TestAddParamKeepsRepeats(t *testing.T) {
	settings := flows.Settings{TokenEdits: []flows.ParamEdit{{Op: flows.EditAdd, Name: "resource", Value: "a"}}}
	c := AddParam(settings, EditToken, "resource", "b")
	if c.TokenEdits == nil || len(*c.TokenEdits) != 2 {
		t.Fatalf("edits = %v", c.TokenEdits)
	}
}

// TestAnEditAfterTheRequestIsOneOfTheNext: what was sent stays as it was, and what was
// changed since then says from when on it counts.
func TestAnEditAfterTheRequestIsOneOfTheNext(t *testing.T) {
	trace := recordedRun(t, "truss.jsonl")
	edits := []flows.ParamEdit{{Op: flows.EditRemove, Name: "redirect_uri"}, {Op: flows.EditAdd, Name: "prompt", Value: "login"}, {Op: flows.EditSet, Name: "scope", Value: "openid"}}
	trace = trace.Append(trace.EndedAt(), flows.Changed{Change: flows.SettingsChange{AuthorizeEdits: &edits, TokenEdits: &edits}})
	w := Run(session.Replay(trace), nil, nil, trace.EndedAt())
	for i, title := range map[int]string{1: "Authorization URL", 3: "Exchange"} {
		p := w.Panes[i]
		if p.Title != title || !p.Sent {
			t.Fatalf("pane %d is %s, sent %v", i, p.Title, p.Sent)
		}
		later, next := map[string]string{}, false
		lines := p.Tabs[0].Build()
		for k := range lines.Len() {
			l := lines.At(k)
			if l.Kind == Heading {
				next = next && l.Spans[0].Text == "Body" || strings.HasPrefix(l.Spans[0].Text, "What the next one sends")
			}
			if l.Note == fromTheNextOn || next && l.Changed {
				if _, twice := later[l.Label]; twice {
					t.Errorf("%s: %s stands there twice", title, l.Label)
				}
				later[l.Label] = l.Spans[0].Text
				if l.Off != l.Absent {
					t.Errorf("%s: %s is switched off: %v, and has a value to copy: %v", title, l.Label, l.Off, !l.Absent)
				}
			} else if l.Changed {
				t.Errorf("%s: %s is marked as changed in what was sent", title, l.Label)
			}
		}
		if want := map[string]string{"redirect_uri": "switched off", "prompt": "login", "scope": "openid"}; !maps.Equal(later, want) {
			t.Errorf("%s: later %v", title, later)
		}
	}
	if w.Panes[0].Sent {
		t.Error("the client is no request")
	}
}

// TestEditedHeadersAreMarked: a header that was changed, added or switched off is seen as
// such in the request that will be sent, and can be put back from its line.
func TestEditedHeadersAreMarked(t *testing.T) {
	trace := recordedRun(t, "truss.jsonl")
	for i, r := range trace.Records {
		if _, ok := r.Event.(flows.CallbackArrived); ok {
			trace.Records = trace.Records[:i+1]
			break
		}
	}
	edits := []flows.ParamEdit{{Op: flows.EditSet, Name: "User-Agent", Value: "mine"}, {Op: flows.EditAdd, Name: "X-Trace", Value: "1"}, {Op: flows.EditRemove, Name: "Accept"}}
	trace = trace.Append(trace.EndedAt(), flows.Changed{Change: flows.SettingsChange{HeaderEdits: &edits}})
	lines := Run(session.Replay(trace), nil, nil, trace.EndedAt()).Panes[3].Tabs[0].Build()
	marked := map[string]string{}
	for i := range lines.Len() {
		if l := lines.At(i); l.Changed && l.Edit != nil && l.Edit.Target == EditHeader {
			marked[l.Label] = l.Spans[0].Text
		}
	}
	if want := map[string]string{"User-Agent": "mine", "X-Trace": "1", "Accept": "switched off"}; !maps.Equal(marked, want) {
		t.Errorf("marked %v, want %v", marked, want)
	}
}
