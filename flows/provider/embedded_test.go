package provider

import (
	"bytes"
	"fmt"
	"go/format"
	"maps"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// TestEmbeddedIsAsWritten: what the program holds of its profiles is what their files say.
// Each file of Go is made from one of TOML, and there is none without.
func TestEmbeddedIsAsWritten(t *testing.T) {
	want := map[string][]byte{}
	var index bytes.Buffer
	index.WriteString(generatedHead + "\nvar embeddedProfiles = []embeddedProfile{\n")
	files := profileFiles(t)
	for _, file := range slices.Sorted(maps.Keys(files)) {
		p, err := decode(files[file])
		if err != nil {
			t.Fatal(err)
		}
		variable := "profile" + strings.ReplaceAll(titled(p.Name), "-", "")
		fmt.Fprintf(&index, "{%q, &%s},\n", path.Join("profiles", file), variable)
		var b bytes.Buffer
		b.WriteString(generatedHead + "\nvar " + variable + " = ")
		literal(&b, reflect.ValueOf(p))
		want["embedded_"+strings.ReplaceAll(p.Name, "-", "_")+".go"] = formatted(t, b.Bytes())
	}
	index.WriteString("}\n")
	want["embedded.go"] = formatted(t, index.Bytes())

	have, err := filepath.Glob("embedded*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range have {
		if want[name] == nil && !strings.HasSuffix(name, "_test.go") {
			t.Errorf("%s is made from no profile", name)
		}
	}
	for name, text := range want {
		if old, err := os.ReadFile(name); err == nil && bytes.Equal(old, text) {
			continue
		}
		if !*update {
			t.Errorf("%s is stale: run go test ./flows/provider -update", name)
			continue
		}
		if err := os.WriteFile(name, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

const generatedHead = "// Code generated from profiles by go test -update; DO NOT EDIT.\n\npackage provider\n"

func formatted(t *testing.T, source []byte) []byte {
	t.Helper()
	out, err := format.Source(source)
	if err != nil {
		t.Fatalf("%v in\n%s", err, source)
	}
	return out
}

// literal writes a value as Go has it, without what is zero.
func literal(b *bytes.Buffer, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		b.WriteByte('&')
		literal(b, v.Elem())
	case reflect.Struct:
		b.WriteString(v.Type().Name())
		inBraces(b, v)
	case reflect.Slice:
		b.WriteString("[]" + v.Type().Elem().Name() + "{")
		for i := range v.Len() {
			if e := v.Index(i); e.Kind() == reflect.Struct {
				inBraces(b, e) // their type stands before the list
			} else {
				literal(b, e)
			}
			b.WriteString(",")
		}
		b.WriteByte('}')
	default:
		fmt.Fprintf(b, "%#v", v.Interface())
	}
}

// inBraces writes the members of a struct.
func inBraces(b *bytes.Buffer, v reflect.Value) {
	b.WriteString("{\n")
	for i := range v.NumField() {
		if f := v.Field(i); !f.IsZero() {
			b.WriteString(v.Type().Field(i).Name + ": ")
			literal(b, f)
			b.WriteString(",\n")
		}
	}
	b.WriteByte('}')
}

// titled is a name with each of its words begun by a capital letter.
func titled(name string) string {
	words := strings.Split(name, "-")
	for i, w := range words {
		words[i] = strings.ToUpper(w[:1]) + w[1:]
	}
	return strings.Join(words, "-")
}
