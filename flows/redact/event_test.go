package redact

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"oauthlens/flows"
)

// harmless are the fields of events, by their ends, into which no secret can come: the words
// of this program, of a profile or of a certificate, and what is compared by eye.
var harmless = []string{
	".Provider", ".Environment.Name", ".Environment.ClientIDPrefixes", ".Environment.Notes", ".Endpoints.AuthorizeURL", ".Endpoints.Discovery", ".Endpoints.PAR", ".Endpoints.Device",
	".SecretFrom", ".Scopes", ".Fault", ".Deviations", ".Addresses", ".Note", ".What", ".Imported.Why", ".Losses", ".Remote", ".Mended", ".State", ".Nonce",
	".Name", ".Method", ".Version", ".TLS", ".Withheld", ".Stage", ".Reason",
}

// fill puts a text into every field that may hold foreign words, and a secret into every
// field that is made for one.
func fill(v reflect.Value, at, text string) {
	for _, end := range harmless {
		if strings.HasSuffix(at, end) {
			return
		}
	}
	switch secret := flows.NewSecret(flows.FingerprintKey{}, "secret", text); {
	case v.Type() == reflect.TypeFor[flows.Secret]():
		v.Set(reflect.ValueOf(secret))
	case v.Type() == reflect.TypeFor[string]():
		v.SetString("https://h.test/x?y=" + text + "&z=1")
	case v.Type() == reflect.TypeFor[[]byte]():
		v.SetBytes([]byte("y=" + text))
	case v.Type() == reflect.TypeFor[time.Time]():
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), at+"."+v.Type().Field(i).Name, text)
		}
	case v.Kind() == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), at, text)
	case v.Kind() == reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), at, text)
	}
}

// TestEveryFieldOfAnEventIsMasked: a secret that the run knows is in no field of no kind of
// event that is stored without a key.
func TestEveryFieldOfAnEventIsMasked(t *testing.T) {
	const secret = "Zq7-known-to-the-run"
	for _, kind := range flows.EventKinds() {
		zero, err := flows.DecodeEvent(kind, []byte("{}"), flows.FingerprintKey{})
		if err != nil {
			t.Fatal(err)
		}
		v := reflect.New(reflect.TypeOf(zero)).Elem()
		fill(v, "."+v.Type().Name(), secret)
		e := v.Interface().(flows.Event)
		m := New(flows.FingerprintKey{}, map[string]string{secret: "client_secret"})
		m.Learn(e)
		before, after := encoded(t, e), encoded(t, m.Event(e))
		if strings.Contains(after, secret) {
			t.Errorf("%s: %s", kind, after)
		}
		if again := encoded(t, e); again != before {
			t.Errorf("%s: masking changed the event itself: %s", kind, again)
		}
	}
}

func encoded(t *testing.T, e flows.Event) string {
	t.Helper()
	data, err := flows.EncodeEvent(e)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestTypedSecretsAreNotStored: what a person types into a parameter, a header or a URL is
// in the settings of a run before any request holds it, at the start and later.
func TestTypedSecretsAreNotStored(t *testing.T) {
	const typed = "Zq7-typed-by-hand"
	set := func(name, value string) []flows.ParamEdit {
		return []flows.ParamEdit{{Op: flows.EditSet, Name: name, Value: value}}
	}
	url, plain := "https://h.test/x?access_token="+typed+"&y=1", "https://h.test/x?y=1"
	tests := []struct {
		name     string
		settings flows.Settings
		change   flows.SettingsChange
		secret   string // must be gone; empty: nothing is changed
	}{
		{"a parameter", flows.Settings{TokenEdits: set("client_secret", typed)}, flows.SettingsChange{TokenEdits: ptr(set("client_secret", typed))}, typed},
		{"a short one", flows.Settings{TokenEdits: set("app_secret", "a1b2")}, flows.SettingsChange{TokenEdits: ptr(set("app_secret", "a1b2"))}, "a1b2"},
		{"no secret's name", flows.Settings{TokenEdits: set("audience", "a1b2")}, flows.SettingsChange{TokenEdits: ptr(set("audience", "a1b2"))}, ""},
		{"one of the authorization request", flows.Settings{AuthorizeEdits: set("id_token_hint", typed)}, flows.SettingsChange{AuthorizeEdits: ptr(set("id_token_hint", typed))}, typed},
		{"a URL as a parameter", flows.Settings{AuthorizeEdits: set("return_to", url)}, flows.SettingsChange{AuthorizeEdits: ptr(set("return_to", url))}, typed},
		{"a header", flows.Settings{HeaderEdits: set("Authorization", "Bearer "+typed)}, flows.SettingsChange{HeaderEdits: ptr(set("Authorization", "Bearer "+typed))}, typed},
		{"a header of an API", flows.Settings{HeaderEdits: set("X-Api-Key", "k-17")}, flows.SettingsChange{HeaderEdits: ptr(set("X-Api-Key", "k-17"))}, "k-17"},
		{"a header without", flows.Settings{HeaderEdits: set("Accept", "text/html")}, flows.SettingsChange{HeaderEdits: ptr(set("Accept", "text/html"))}, ""},
		{"a URL to call", flows.Settings{CallURL: url}, flows.SettingsChange{CallURL: &url}, typed},
		{"a URL to call without", flows.Settings{CallURL: plain}, flows.SettingsChange{CallURL: &plain}, ""},
		{"a redirect URI", flows.Settings{RedirectURI: url}, flows.SettingsChange{RedirectURI: &url}, typed},
		{"a redirect URI without", flows.Settings{RedirectURI: plain}, flows.SettingsChange{RedirectURI: &plain}, ""},
		{"an endpoint", flows.Settings{}, flows.SettingsChange{Endpoint: &flows.Param{Name: "token", Value: url}}, typed},
		{"an endpoint without", flows.Settings{}, flows.SettingsChange{Endpoint: &flows.Param{Name: "token", Value: plain}}, ""},
		{"nothing", flows.Settings{}, flows.SettingsChange{}, ""},
	}
	for _, tt := range tests {
		start := flows.RunStarted{Settings: tt.settings}
		if e := tt.change.Endpoint; e != nil {
			*start.Environment.Endpoints.Named(e.Name) = e.Value
		}
		for _, e := range []flows.Event{start, flows.Changed{Change: tt.change}} {
			m := ForTrace(flows.Trace{}.Append(time.Time{}, e))
			before, after := encoded(t, e), encoded(t, m.Event(e))
			if tt.secret == "" && after != before || tt.secret != "" && (strings.Contains(after, tt.secret) || strings.Count(after, " chars, ") != strings.Count(before, tt.secret)) {
				t.Errorf("%s: %T\n%s\n%s", tt.name, e, before, after)
			}
		}
	}
}

func ptr[T any](v T) *T { return &v }

// TestMaskedEventsKeepTheRest: an event that is masked still says what happened.
func TestMaskedEventsKeepTheRest(t *testing.T) {
	const secret = "Zq7-known-to-the-run"
	key := flows.FingerprintKey{3}
	m := New(key, map[string]string{secret: "client_secret"})
	mask, in := key.Mask("client_secret", secret), strings.Replace(key.Mask("client_secret", secret), "#", "%23", 1)
	tests := []struct {
		name      string
		got, want any
	}{
		{"a note", m.Event(flows.Noted{Text: "it said " + secret + "!"}), flows.Noted{Text: "it said " + mask + "!"}},
		{"an end", m.Event(flows.RunEnded{Outcome: flows.Failed, Why: "refused: " + secret}), flows.RunEnded{Outcome: flows.Failed, Why: "refused: " + mask}},
		{"no listener", m.Event(flows.ListenerFailed{Message: "no " + secret, InUse: true}), flows.ListenerFailed{Message: "no " + mask, InUse: true}},
		{"a listener", m.Event(flows.ListenerOpened{RedirectURI: "http://localhost/" + secret, Addresses: []string{"127.0.0.1:80"}}),
			flows.ListenerOpened{RedirectURI: "http://localhost/" + in, Addresses: []string{"127.0.0.1:80"}}},
		{"no browser", m.Event(flows.BrowserOpened{URL: "https://h/?x=" + secret, Problem: "no " + secret}), flows.BrowserOpened{URL: "https://h/?x=" + in, Problem: "no " + mask}},
		{"a forged callback", m.Event(flows.CallbackArrived{Verdict: flows.CallbackRefused, Why: secret + " is not it", Request: flows.Request{URL: "http://h/?state=" + secret}}).(flows.CallbackArrived).Why, mask + " is not it"},
		{"a short token", m.Event(flows.Imported{What: "a token", Tokens: []flows.Secret{flows.NewSecret(key, "token", "abc")}}),
			flows.Imported{What: "a token", Tokens: []flows.Secret{flows.NewSecret(key, "token", key.Mask("token", "abc"))}}},
		{"a typed value that is a mask", m.edits([]flows.ParamEdit{{Name: "code", Value: mask}})[0].Value, mask},
		{"a typed value that is empty", m.edits([]flows.ParamEdit{{Name: "code"}})[0].Value, ""},
		{"an answer", m.Event(flows.CallbackTimedOut{After: time.Second}), flows.CallbackTimedOut{After: time.Second}},
	}
	for _, tt := range tests {
		if !reflect.DeepEqual(tt.got, tt.want) {
			t.Errorf("%s: %+v, want %+v", tt.name, tt.got, tt.want)
		}
	}
}
