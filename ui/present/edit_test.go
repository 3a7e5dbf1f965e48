package present

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"oauthlens/flows"
	"oauthlens/flows/redact"
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
		{"all scopes have no switch", Edit{Target: EditScope, Value: "a b"}, true, flows.SettingsChange{}, false},
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

// TestWhatIsSwitchedOffKeepsItsPlace: in every table of a request a row that is switched off
// stands where it stood, and switched on again it is what it was.
func TestWhatIsSwitchedOffKeepsItsPlace(t *testing.T) {
	mine := []flows.ParamEdit{{Op: flows.EditAdd, Name: "prompt", Value: "login"}, {Op: flows.EditAdd, Name: "prompt", Value: "consent"}, {Op: flows.EditSet, Name: "redirect_uri", Value: "http://127.0.0.1:1/other"}}
	moment := func(sent bool, auth flows.AuthMethod, edits []flows.ParamEdit) Walk {
		trace := recordedRun(t, "truss.jsonl")
		for i, r := range trace.Records {
			if _, ok := r.Event.(flows.AuthorizationBuilt); ok && !sent {
				trace.Records = trace.Records[:i+1]
				break
			}
		}
		trace = trace.Append(trace.EndedAt(), flows.Changed{Change: flows.SettingsChange{AuthMethod: &auth}})
		s, _ := session.Replay(trace).Handle(trace.EndedAt(), flows.Changed{Change: flows.SettingsChange{AuthorizeEdits: &edits, TokenEdits: &edits, HeaderEdits: &edits}})
		if !sent {
			s, _ = s.Handle(trace.EndedAt(), flows.CallbackArrived{Verdict: flows.CallbackAccepted, Request: flows.Request{Method: "GET", URL: "http://127.0.0.1:53682/callback?code=c0de-c0de-c0de"}})
		}
		return Run(s, nil, nil, trace.EndedAt())
	}
	rows := func(w Walk, step int, target string) (names []string, edits map[string]Edit) {
		edits = map[string]Edit{}
		lines := w.Panes[step].Tabs[0].Build()
		for i := range lines.Len() {
			l := lines.At(i)
			if l.Kind == Heading && l.Spans[0].Text == "What was sent" && len(names) > 0 { // the next one stands above it
				break
			}
			if l.Edit != nil && l.Edit.Target == target {
				if n := len(names); n > 0 && names[n-1] == l.Edit.Name { // the same once more
					continue
				}
				names, edits[l.Edit.Name] = append(names, l.Edit.Name), *l.Edit
			}
		}
		return names, edits
	}
	for name, tt := range map[string]struct {
		step   int
		target string
		auth   flows.AuthMethod
		sent   bool
	}{
		"authorization URL": {1, EditAuthorize, flows.AuthPost, false}, "form": {3, EditToken, flows.AuthPost, false}, "JSON": {3, EditToken, flows.AuthJSON, false},
		"headers": {3, EditHeader, flows.AuthPost, false}, "refresh": {7, EditToken, flows.AuthPost, true}, "headers of the refresh": {7, EditHeader, flows.AuthPost, true},
	} {
		before := moment(tt.sent, tt.auth, mine)
		want, edits := rows(before, tt.step, tt.target)
		if len(want) < 4 || !slices.Contains(want, "prompt") {
			t.Fatalf("%s: %v", name, want)
		}
		follows := func(n string) bool { // of the body, whatever is switched
			return strings.HasPrefix(strings.ToLower(n), "content-")
		}
		for i, n := range want {
			next := want[(i+1)%len(want)]
			for _, off := range [][]string{{n}, {n, next}, {next, n}} {
				now := slices.Clone(mine)
				for _, o := range off {
					now = append(now, flows.ParamEdit{Op: flows.EditRemove, Name: o})
				}
				if got, _ := rows(moment(tt.sent, tt.auth, now), tt.step, tt.target); !slices.ContainsFunc(off, follows) && !slices.Equal(got, want) {
					t.Errorf("%s, %v off: %v, want %v", name, off, got, want)
				}
			}
			c, _ := edits[n].Switch(flows.Settings{AuthorizeEdits: mine, TokenEdits: mine, HeaderEdits: mine}, true)
			for _, list := range []*[]flows.ParamEdit{c.AuthorizeEdits, c.TokenEdits, c.HeaderEdits} {
				if list == nil {
					continue
				}
				back, _ := edits[n].Switch(flows.Settings{AuthorizeEdits: *list, TokenEdits: *list, HeaderEdits: *list}, false)
				for _, again := range []*[]flows.ParamEdit{back.AuthorizeEdits, back.TokenEdits, back.HeaderEdits} {
					if again != nil && !slices.Equal(*again, mine) {
						t.Errorf("%s, %s switched on again: %v", name, n, *again)
					}
				}
			}
		}
	}
}

// TestInForce: what is switched off is off whatever was set before, and on when it is set anew.
func TestInForce(t *testing.T) {
	set, add, off := flows.ParamEdit{Op: flows.EditSet, Name: "a", Value: "1"}, flows.ParamEdit{Op: flows.EditAdd, Name: "a", Value: "2"}, flows.ParamEdit{Op: flows.EditRemove, Name: "A"}
	other := flows.ParamEdit{Op: flows.EditRemove, Name: "b"}
	for _, tt := range []struct{ edits, want []flows.ParamEdit }{
		{nil, nil}, {[]flows.ParamEdit{set, add}, []flows.ParamEdit{set, add}}, {[]flows.ParamEdit{set, add, off}, []flows.ParamEdit{off}},
		{[]flows.ParamEdit{off, other, set}, []flows.ParamEdit{other, set}}, {[]flows.ParamEdit{off, off}, []flows.ParamEdit{off}},
	} {
		if got := inForce(tt.edits); !slices.Equal(got, tt.want) {
			t.Errorf("%v: %v, want %v", tt.edits, got, tt.want)
		}
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

// TestAShortSecretIsMaskedBesideItsName: one of three characters is not looked for
// everywhere, since it would hit ordinary words, but its own row hides it.
func TestAShortSecretIsMaskedBesideItsName(t *testing.T) {
	b := &builder{mask: redact.New(flows.FingerprintKey{}, nil)}
	for _, p := range []flows.Param{{Name: "client_secret", Value: "xyz"}, {Name: "code", Value: "a"}} {
		l := b.paramRow("token", EditToken, p, nil)
		if text := spans(l); !strings.HasPrefix(text, p.Name+" (") || l.Copy.Text != "" || l.Copy.Secret.RevealSecret() != p.Value {
			t.Errorf("%s is shown as %q, copied as %+v", p.Name, text, l.Copy)
		}
		if l.Edit == nil || !l.Edit.Hidden || l.Edit.Value != "" {
			t.Errorf("%s is edited in the open: %+v", p.Name, l.Edit)
		}
	}
	for _, p := range []flows.Param{{Name: "client_id", Value: "xyz"}, {Name: "client_secret", Value: ""}} {
		if l := b.paramRow("token", EditToken, p, nil); spans(l) != p.Value || l.Edit.Hidden {
			t.Errorf("%s is hidden: %q", p.Name, spans(l))
		}
	}
}

// TestTheHeadOfARequestIsPaintedAsAnAnswersIs: byte for byte the same text, with its names in
// the tone of a label, and the secret of a header masked.
func TestTheHeadOfARequestIsPaintedAsAnAnswersIs(t *testing.T) {
	const secret = "0123456789abcdef0123456789abcdef"
	b := &builder{mask: redact.New(flows.FingerprintKey{}, map[string]string{secret: "access_token"})}
	r := flows.Request{Method: "GET", URL: "https://api.example/v1/me", Headers: flows.Headers{{Name: "Host", Value: "api.example"}, {Name: "Authorization", Value: "Bearer " + secret}}}
	out := b.requestRaw(r)
	if l := out[0]; spans(l) != "GET /v1/me HTTP/1.1" || l.Spans[0].Tone != Strong {
		t.Errorf("the first line is %+v", l)
	}
	if l := out[1]; spans(l) != "Host: api.example" || l.Spans[0] != T("Host: ", Label) || l.Explain.Name != "Host" {
		t.Errorf("a header is %+v", l)
	}
	if l := out[2]; !strings.HasPrefix(spans(l), "Authorization: Bearer access_token (32 chars") || l.Spans[0] != T("Authorization: ", Label) {
		t.Errorf("a header with a secret is %+v", l)
	}
}

// TestAResponseTypeIsExplainedByItsValue: only a code is asked for with code.
func TestAResponseTypeIsExplainedByItsValue(t *testing.T) {
	for value, want := range map[string]string{"code": "asks for a code", "token": "asks for a token", "code id_token": "asks for a code and an ID token", "none": "what is to come back", "": "what is to come back"} {
		if got := (&builder{mask: redact.New(flows.FingerprintKey{}, nil)}).paramRow("authorize", "", flows.Param{Name: "response_type", Value: value}, nil).Note; got != want {
			t.Errorf("%q: %q, want %q", value, got, want)
		}
	}
}
