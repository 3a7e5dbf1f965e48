package present

import (
	"reflect"
	"testing"

	"oauthlens/flows"
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
