package provider

import (
	"bytes"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"oauthlens/flows"
)

func TestCatalogueOfTheProgramAlone(t *testing.T) {
	c, problems := NewCatalogue(nil, "")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	own := Embedded()
	if len(own) != len(profileFiles(t)) || !slices.Equal(names(c.Providers()), names(own)) || !slices.Equal(c.Names(), names(own)) {
		t.Errorf("the catalogue is %v, the embedded profiles are %v", c.Names(), names(own))
	}
	for _, p := range own {
		found, err := c.Find(p.Name)
		if err != nil || found.Title != p.Title {
			t.Errorf("Find(%q) = %q, %v", p.Name, found.Title, err)
		}
		data, ok := c.Source(p.Name)
		alone, ok2 := Source(p.Name)
		if !ok || !ok2 || !bytes.Equal(data, alone) || !bytes.Equal(data, profileFiles(t)[p.Name+".toml"]) {
			t.Errorf("Source(%q) is not the file", p.Name)
		}
		if file, own := c.Own(p.Name); own {
			t.Errorf("%s is said to be the user's, from %s", p.Name, file)
		}
	}
}

func TestCatalogueWithOwnProfiles(t *testing.T) {
	acme := testFile(t, "acme.toml")
	embeddedName := ""
	for name := range profileFiles(t) {
		embeddedName = strings.TrimSuffix(name, ".toml")
		break
	}
	fsys := fstest.MapFS{
		"providers/acme.toml":                 {Data: []byte(acme)},
		"providers/first.toml":                {Data: []byte(strings.Replace(acme, `"acme"`, "\"first\"\norder = 1", 1))},
		"providers/broken.toml":               {Data: []byte("name = 1")},
		"providers/" + embeddedName + ".toml": {Data: []byte(strings.Replace(acme, `"acme"`, `"`+embeddedName+`"`, 1))},
	}
	c, problems := NewCatalogue(fsys, "providers")
	all := c.Names()
	if all[0] != "first" || all[len(all)-1] != "acme" || len(all) != len(profileFiles(t))+2 {
		t.Errorf("the catalogue is %v", all)
	}
	if file, own := c.Own("acme"); !own || file != "providers/acme.toml" {
		t.Errorf("Own(acme) = %q, %v", file, own)
	}
	if _, own := c.Own(embeddedName); own {
		t.Errorf("%s was replaced", embeddedName)
	}
	if data, ok := c.Source("acme"); !ok || string(data) != acme {
		t.Error("the source of acme is not its file")
	}
	if _, ok := Source("acme"); ok {
		t.Error("a profile of the user became one of the program")
	}
	var text []string
	for _, p := range problems {
		text = append(text, p.String())
	}
	joined := strings.Join(text, "\n")
	taken := "providers/" + embeddedName + ".toml:1:1: the name " + embeddedName + " is taken by a profile of the program (expected a name of its own, such as " + embeddedName + "-own)"
	if !strings.Contains(joined, taken) || !strings.Contains(joined, "providers/broken.toml:1:8: name is a whole number") {
		t.Errorf("problems:\n%s", joined)
	}
}

func TestCatalogueIsNotShared(t *testing.T) {
	data, ok := Source(firstName(t))
	if !ok {
		t.Fatal("no source")
	}
	data[0] ^= 0xff
	again, _ := Source(firstName(t))
	if again[0] == data[0] {
		t.Error("a caller can change the embedded source")
	}
}

// TestProvidersAreNotShared overwrites everything that a provider leads to, and asks
// again.
func TestProvidersAreNotShared(t *testing.T) {
	c, _ := NewCatalogue(nil, "")
	for _, name := range c.Names() {
		before, err := c.Find(name)
		if err != nil {
			t.Fatal(err)
		}
		spoiled, _ := c.Find(name)
		spoil(reflect.ValueOf(&spoiled).Elem())
		after, _ := c.Find(name)
		if !reflect.DeepEqual(before, after) {
			t.Errorf("%s was changed by a caller", name)
		}
		if !slices.ContainsFunc(Embedded(), func(p flows.Provider) bool { return reflect.DeepEqual(p, before) }) {
			t.Errorf("%s was changed for everybody", name)
		}
	}
}

// spoil overwrites every value that can be reached.
func spoil(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			spoil(v.Field(i))
		}
	case reflect.Pointer:
		if !v.IsNil() {
			spoil(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			spoil(v.Index(i))
		}
		if v.Cap() > v.Len() {
			spoil(v.Slice(0, v.Cap()).Index(v.Len()))
		}
	default:
		v.SetZero()
	}
}

func firstName(t *testing.T) string {
	t.Helper()
	all := Embedded()
	return all[0].Name
}

func TestFindUnknown(t *testing.T) {
	c, _ := NewCatalogue(nil, "")
	first := c.Names()[0]
	for _, test := range []struct{ name, want string }{
		{first + "x", `unknown provider "` + first + `x": did you mean ` + first},
		{"qqqqqqqq", `unknown provider "qqqqqqqq": there are ` + strings.Join(c.Names(), ", ")},
		{"", `unknown provider "": there are `},
		{"\x1b[31m", `unknown provider "\x1b[31m"`},
		{strings.Repeat("x", 500), "xxx..."},
	} {
		_, err := c.Find(test.name)
		if !errors.Is(err, ErrUnknown) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("Find(%.20q): %v, want %q", test.name, err, test.want)
		}
		if err != nil && !isPlain(err.Error()) {
			t.Errorf("the error cannot be painted: %q", err)
		}
	}
}

func TestProblemString(t *testing.T) {
	for _, test := range []struct {
		p    Problem
		want string
	}{
		{Problem{File: "a.toml", Line: 3, Column: 7, Text: "x is 1", Expected: "2"}, "a.toml:3:7: x is 1 (expected 2)"},
		{Problem{File: "a.toml", Text: "cannot read"}, "a.toml: cannot read"},
	} {
		if got := test.p.String(); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}

func TestEmbeddedNamedIsTheCatalogues(t *testing.T) {
	all := Embedded()
	for _, want := range all {
		if got := EmbeddedNamed(want.Name); got == nil || !reflect.DeepEqual(*got, want) {
			t.Errorf("%s: alone it differs", want.Name)
		}
	}
	for _, name := range []string{"", "nope", "../profiles/truss", "."} {
		if EmbeddedNamed(name) != nil {
			t.Errorf("%q was found", name)
		}
	}
}
