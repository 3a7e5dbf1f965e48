package flows_test

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"oauthlens/flows"

	"oauthlens/flows/runner/faultserver"
)

var codecKey = flows.FingerprintKey{1, 2, 3}

func sameEvents(a, b flows.Event) string {
	return cmp.Diff(a, b, cmp.Comparer(func(x, y flows.Secret) bool { return x == y }))
}

// eventConfig draws hostile texts, secrets and times for the fields of any event.
func eventConfig() rapid.MakeConfig {
	bytesOf := rapid.SliceOfN(rapid.Byte(), 0, 12)
	text := rapid.OneOf(rapid.String(), rapid.Map(bytesOf, func(b []byte) string { return string(b) }))
	secret := rapid.Map(text, func(s string) flows.Secret { return flows.NewSecret(codecKey, "client_secret", s) })
	instant := rapid.Custom(func(t *rapid.T) time.Time {
		zone := time.FixedZone("", rapid.IntRange(-50400, 50400).Draw(t, "zone"))
		return time.Unix(rapid.Int64Range(-1<<40, 1<<40).Draw(t, "sec"), rapid.Int64Range(0, 999999999).Draw(t, "nsec")).In(zone)
	})
	return rapid.MakeConfig{
		Types: map[reflect.Type]*rapid.Generator[any]{
			reflect.TypeFor[flows.Secret](): secret.AsAny(),
			reflect.TypeFor[time.Time]():    instant.AsAny(),
		},
		Kinds: map[reflect.Kind]*rapid.Generator[any]{reflect.String: text.AsAny()},
	}
}

func drawn[E flows.Event](t *rapid.T) flows.Event {
	return rapid.MakeCustom[E](eventConfig()).Draw(t, "event")
}

func eventDrawers() map[string]func(*rapid.T) flows.Event {
	return map[string]func(*rapid.T) flows.Event{
		"run_started": drawn[flows.RunStarted], "imported": drawn[flows.Imported], "asked": drawn[flows.Asked],
		"changed": drawn[flows.Changed], "drawn": drawn[flows.Drawn], "authorization_built": drawn[flows.AuthorizationBuilt],
		"listener_opened": drawn[flows.ListenerOpened], "listener_failed": drawn[flows.ListenerFailed],
		"browser_opened": drawn[flows.BrowserOpened], "callback_arrived": drawn[flows.CallbackArrived],
		"exchange_started": drawn[flows.ExchangeStarted], "exchange_finished": drawn[flows.ExchangeFinished],
		"callback_timed_out": drawn[flows.CallbackTimedOut], "noted": drawn[flows.Noted], "run_ended": drawn[flows.RunEnded],
	}
}

func TestEventsComeBackWhole(t *testing.T) {
	drawers := eventDrawers()
	for _, kind := range flows.EventKinds() {
		draw := drawers[kind]
		if draw == nil {
			t.Fatalf("no drawer for event kind %s", kind)
		}
		t.Run(kind, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				event := draw(t)
				data, err := flows.EncodeEvent(event)
				if err != nil {
					t.Fatal(err)
				}
				back, err := flows.DecodeEvent(kind, data, flows.FingerprintKey{})
				if err != nil {
					t.Fatalf("%v\n%s", err, data)
				}
				if diff := sameEvents(event, back); diff != "" {
					t.Fatalf("changed on the way:\n%s\n%s", diff, data)
				}
			})
		})
	}
}

func TestEncodedFormOfEvents(t *testing.T) {
	zone := time.FixedZone("", 2*3600)
	secret := flows.NewSecret(codecKey, "client_secret", "s3cret")
	nilScopes, none := []string(nil), ""
	tests := []struct {
		name  string
		event flows.Event
		want  string
	}{
		{"zero", flows.Noted{}, `{}`},
		{"text", flows.Noted{Text: "not saved: \"full\""}, `{"Text":"not saved: \"full\""}`},
		{"not UTF-8", flows.Noted{Text: "a\xffb"}, `{"Text":{"base64":"Yf9i"}}`},
		{"secret", flows.RunStarted{Credentials: flows.Credentials{ClientSecret: secret}},
			`{"Credentials":{"ClientSecret":{"mask":"` + secret.String() + `","raw":"s3cret"}}}`},
		{"pointer to zero is a change, nil is none", flows.Changed{Change: flows.SettingsChange{ClientID: &none}}, `{"Change":{"ClientID":""}}`},
		{"pointer to nil", flows.Changed{Change: flows.SettingsChange{Scopes: &nilScopes}}, `{"Change":{"Scopes":null}}`},
		{"empty list is kept apart from none", flows.Imported{Losses: []string{}}, `{"Losses":[]}`},
		{"time with zone", flows.ExchangeFinished{ID: 3, Exchange: flows.Exchange{
			Started: time.Date(2026, 11, 21, 10, 0, 0, 5, zone),
			Timings: &flows.Timings{DNS: -1, Wait: time.Millisecond}}},
			`{"ID":3,"Exchange":{"Started":"2026-11-21T10:00:00.000000005+02:00","Ended":"0001-01-01T00:00:00Z","Timings":{"DNS":-1,"Wait":1000000}}}`},
		{"far time", flows.ExchangeFinished{Exchange: flows.Exchange{Ended: time.Unix(1<<40, 7)}},
			`{"Exchange":{"Started":"0001-01-01T00:00:00Z","Ended":"unix:1099511627776.7"}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			data, err := flows.EncodeEvent(tt.event)
			if err != nil {
				t.Fatal(err)
			}
			want := strings.ReplaceAll(tt.want, `"Started":"0001-01-01T00:00:00Z",`, "")
			want = strings.ReplaceAll(want, `"Ended":"0001-01-01T00:00:00Z",`, "")
			if string(data) != want {
				t.Errorf("got  %s\nwant %s", data, want)
			}
			back, err := flows.DecodeEvent(flows.KindOf(tt.event), data, codecKey)
			if err != nil {
				t.Fatal(err)
			}
			if diff := sameEvents(tt.event, back); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDecodeEventTolerates(t *testing.T) {
	newer := `{"Text":"x","Colour":{"deep":[1,2,{"a":null}]}}`
	event, err := flows.DecodeEvent("noted", []byte(newer), codecKey)
	if err != nil || event != (flows.Noted{Text: "x"}) {
		t.Errorf("members of a newer version: %v, %v", event, err)
	}
	event, err = flows.DecodeEvent("drawn", []byte(`{"State":{"raw":"abc","mask":"\u001b]0;x"}}`), codecKey)
	if err != nil {
		t.Fatal(err)
	}
	state := event.(flows.Drawn).State
	if state.RevealSecret() != "abc" || state.String() != codecKey.Mask("secret", "abc") {
		t.Errorf("a mask that is none: %q", state)
	}
	if event, err = flows.DecodeEvent("noted", []byte(`{"Text":null}`), codecKey); err != nil || event != (flows.Noted{}) {
		t.Errorf("null member: %v, %v", event, err)
	}
}

func TestDecodeEventRefuses(t *testing.T) {
	tests := []struct{ name, kind, data, want string }{
		{"unknown kind", "teleported", `{}`, `event kind "teleported" is not known to this version`},
		{"not JSON", "noted", `{"Text":`, "not valid JSON"},
		{"trailing bytes", "noted", `{} {}`, "not valid JSON"},
		{"list for object", "noted", `[]`, "not an object"},
		{"number for text", "noted", `{"Text":7}`, "Text: not a text"},
		{"base64 damaged", "noted", `{"Text":{"base64":"?"}}`, "Text: not valid base64"},
		{"text for number", "exchange_started", `{"ID":"7"}`, "ID: not a whole number"},
		{"too big a number", "exchange_started", `{"ID":99999999999999999999}`, "ID: not a whole number"},
		{"number for truth", "listener_failed", `{"InUse":1}`, "InUse: not true or false"},
		{"short key", "imported", `{"Fingerprints":{"base64":"AAAA"}}`, "Fingerprints: 3 bytes instead of 32"},
		{"text for list", "imported", `{"Losses":"a"}`, "Losses: not a list"},
		{"bad member of a list", "imported", `{"Losses":["a",2]}`, "Losses: [1]: not a text"},
		{"text for secret", "drawn", `{"State":"hunter2"}`, "State: not a secret"},
		{"bad time", "exchange_finished", `{"Exchange":{"Ended":"yesterday"}}`, "Exchange: Ended: not a time"},
		{"bad far time", "exchange_finished", `{"Exchange":{"Ended":"unix:1.-1"}}`, "Exchange: Ended: not a time"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			event, err := flows.DecodeEvent(tt.kind, []byte(tt.data), codecKey)
			if err == nil {
				t.Fatalf("accepted: %v", event)
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %q lacks %q", err, tt.want)
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("error prints a value: %q", err)
			}
		})
	}
	var unknown *flows.UnknownKindError
	_, err := flows.DecodeEvent("teleported", nil, codecKey)
	if !errors.As(err, &unknown) || unknown.Kind != "teleported" {
		t.Errorf("unknown kind: %v", err)
	}
	if _, err := flows.EncodeEvent(nil); err == nil {
		t.Error("no event was encoded")
	}
}

// TestEveryEventKindIsInTheCodec reads the vocabulary's source: an event that the
// codec forgot would be lost by the store.
func TestEveryEventKindIsInTheCodec(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	kinds, found := strings.Join(flows.EventKinds(), " "), 0
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(source)) {
			_, rest, ok := strings.Cut(line, ") eventKind() string")
			if !ok || !strings.Contains(rest, `return "`) {
				continue
			}
			found++
			if name := strings.Split(rest, `"`)[1]; !strings.Contains(" "+kinds+" ", " "+name+" ") {
				t.Errorf("event kind %s is not in the codec", name)
			}
		}
	}
	if found != len(flows.EventKinds()) {
		t.Errorf("%d kinds in the source, %d in the codec", found, len(flows.EventKinds()))
	}
}

func FuzzDecodeEvent(f *testing.F) {
	for _, kind := range flows.EventKinds() {
		f.Add(kind, []byte(`{}`))
	}
	f.Add("drawn", []byte(`{"State":{"mask":"state (3 chars, #00000000)","raw":"abc"},"Nonce":{"base64":"/w=="}}`))
	f.Add("exchange_finished", []byte(`{"ID":1,"Exchange":{"Request":{"Headers":[{"Name":"A","Value":"b"}],"Body":"x"},"Response":{"Status":200},"Ended":"unix:9.1"}}`))
	f.Add("changed", []byte(`{"Change":{"Scopes":null,"CallIndex":0}}`))
	f.Add("teleported", []byte(`null`))
	for _, a := range faultserver.Answers(f.Context(), "", 4<<10) {
		f.Add("exchange_finished", a.Body())
	}
	f.Fuzz(func(t *testing.T, kind string, data []byte) {
		event, err := flows.DecodeEvent(kind, data, codecKey)
		if err != nil {
			return
		}
		again, err := flows.EncodeEvent(event)
		if err != nil {
			t.Fatalf("decoded but not encodable: %v", err)
		}
		back, err := flows.DecodeEvent(kind, again, codecKey)
		if err != nil {
			t.Fatalf("own encoding refused: %v\n%s", err, again)
		}
		if diff := sameEvents(event, back); diff != "" {
			t.Fatal(diff)
		}
	})
}

// TestZerosDoNotSwell: a body of control characters is stored at a third more than its
// size, and comes back as it was.
func TestZerosDoNotSwell(t *testing.T) {
	want := flows.Noted{Text: strings.Repeat("\x00", 100_000)}
	data, err := flows.EncodeEvent(want)
	if err != nil || len(data) > 140_000 {
		t.Fatalf("%d bytes, %v", len(data), err)
	}
	got, err := flows.DecodeEvent("noted", data, flows.FingerprintKey{})
	if err != nil || got != flows.Event(want) {
		t.Errorf("%T, %v", got, err)
	}
}
