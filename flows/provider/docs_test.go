package provider

import (
	"flag"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"oauthlens/flows"
)

var update = flag.Bool("update", false, "write the generated parts of docs/providers.md")

const docsFile = "../../docs/providers.md"

// TestDocs: the parts of docs/providers.md between markers are made from the profiles
// and the schema, and the worked example is testdata/acme.toml.
func TestDocs(t *testing.T) {
	data, err := os.ReadFile(docsFile)
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	for marker, content := range map[string]string{
		"<!-- generated: catalogue -->":  catalogueTable(t),
		"<!-- generated: problems -->":   problemList(t),
		"<!-- generated: vocabulary -->": vocabulary(),
		"<!-- example: acme.toml -->":    "```toml\n" + testFile(t, "acme.toml") + "```\n",
	} {
		text = replacePart(t, text, marker, content)
	}
	if text == string(data) {
		return
	}
	if !*update {
		t.Fatal("docs/providers.md is stale: run go test ./flows/provider -update")
	}
	if err := os.WriteFile(docsFile, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func replacePart(t *testing.T, text, marker, content string) string {
	t.Helper()
	before, rest, ok := strings.Cut(text, marker+"\n")
	_, after, ok2 := strings.Cut(rest, "<!-- end -->\n")
	if !ok || !ok2 {
		t.Fatalf("docs/providers.md has lost the marker %s or its end", marker)
	}
	return before + marker + "\n" + content + "<!-- end -->\n" + after
}

// TestWorkedExampleLoadsFromTheDocs takes the profile out of the markdown as a reader
// would, puts it into a folder, and finds it in the catalogue.
func TestWorkedExampleLoadsFromTheDocs(t *testing.T) {
	data, err := os.ReadFile(docsFile)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(data), "```toml\n")
	block, _, ok2 := strings.Cut(rest, "```\n")
	if !ok || !ok2 {
		t.Fatal("docs/providers.md has no example")
	}
	home := t.TempDir()
	if err := os.Mkdir(home+"/providers", 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(home+"/providers/acme.toml", []byte(block), 0o600); err != nil {
		t.Fatal(err)
	}
	c, problems := NewCatalogue(os.DirFS(home), "providers")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	p, err := c.Find("acme")
	if err != nil {
		t.Fatal(err)
	}
	if p.Dialect.ScopeSeparator != "," || p.Dialect.Failure == nil || p.Lifetimes.RefreshToken != 90*24*time.Hour || len(p.Environments) != 2 {
		t.Errorf("read as %+v", p)
	}
}

func catalogueTable(t *testing.T) string {
	all := Embedded()
	var b strings.Builder
	b.WriteString("| name | provider | environments | grants | client authentication | access token | refresh token | what is peculiar |\n|---|---|---|---|---|---|---|---|\n")
	for _, p := range all {
		var envs []string
		for _, e := range p.Environments {
			envs = append(envs, e.Name)
		}
		var grants []string
		for _, g := range p.Grants {
			grants = append(grants, string(g))
		}
		refresh := "-"
		switch {
		case !p.HasGrant(flows.GrantRefreshToken):
			refresh = "none"
		case p.Lifetimes.RefreshText != "":
			refresh = p.Lifetimes.RefreshText
		}
		access := "-"
		if p.Grants[0] == flows.GrantBasic {
			access = "none"
		} else if p.Lifetimes.AccessToken > 0 {
			access = strconv.Itoa(int(p.Lifetimes.AccessToken.Minutes())) + " min"
		}
		row := []string{"`" + p.Name + "`", p.Title, strings.Join(envs, ", "), strings.Join(grants, ", "), string(p.Dialect.ClientAuth), access, refresh, p.Summary}
		b.WriteString("| " + strings.Join(row, " | ") + " |\n")
	}
	return b.String()
}

// problemList makes one mistake at a time in the worked example.
func problemList(t *testing.T) string {
	right := testFile(t, "acme.toml")
	var b strings.Builder
	b.WriteString("```\n")
	for _, m := range [][2]string{
		{"scope_separator", "scope_seperator"},
		{`rotation = "always"`, "rotation = \"always\"\nrotation = \"never\""},
		{`"client_secret_basic"`, `"client_secret_basci"`},
		{"https://login.acme.test/oauth/token", "http://login.acme.test/oauth/token"},
		{`"$.ok"`, `"ok"`},
		{`"30m"`, `"30min"`},
		{`offline_scope = "offline"`, `offline_scope = "offline_access"`},
		{`name = "acme"`, `name = "run"`},
		{"meaning = \"read invoices\"\n", ""},
	} {
		_, problems := Load("acme.toml", []byte(strings.Replace(right, m[0], m[1], 1)))
		if len(problems) == 0 {
			t.Fatalf("%q is no mistake", m[1])
		}
		b.WriteString(problems[0].String() + "\n")
	}
	b.WriteString("```\n")
	return b.String()
}

// vocabulary writes the reference from the tags of the schema.
func vocabulary() string {
	var b strings.Builder
	b.WriteString("| a value that is called | is |\n|---|---|\n")
	for _, f := range []string{"text", "url", "path", "duration"} {
		b.WriteString("| " + shortForms()[f] + " | " + forms()[f].expect + " |\n")
	}
	b.WriteString("\n")
	section(&b, reflect.TypeFor[profile](), "", "The file")
	return b.String()
}

func section(b *strings.Builder, typ reflect.Type, path, title string) {
	if typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice {
		typ = typ.Elem()
	}
	b.WriteString("### " + title + "\n\n| key | value | what it says |\n|---|---|---|\n")
	var below []member
	for _, m := range members(typ) {
		key := "`" + m.key + "`"
		if m.required {
			key = "**" + key + "**"
		}
		b.WriteString("| " + key + " | " + valueText(m) + " | " + strings.ReplaceAll(m.doc, "|", "\\|") + " |\n")
		if inner := tableType(m.typ); inner != nil && !slices.Contains([]string{"param", "note", "predicate"}, inner.Name()) {
			below = append(below, m)
		}
	}
	b.WriteString("\n")
	for _, m := range below {
		name := join(path, m.key)
		if m.typ.Kind() == reflect.Slice {
			section(b, m.typ, name, "`[["+name+"]]`")
		} else {
			section(b, m.typ, name, "`["+name+"]`")
		}
	}
	if path == "" {
		section(b, reflect.TypeFor[note](), "x", "A note")
		section(b, reflect.TypeFor[predicate](), "x", "A test of a member: `[dialect.success]`, `[dialect.failure]`")
		section(b, reflect.TypeFor[param](), "x", "A parameter or header field")
	}
}

func plural(text string) string {
	if text == "text" || text == "path" {
		return text + "s"
	}
	return "values, each " + text
}

// tableType is the struct behind a table or a list of tables, nil for plain values.
func tableType(typ reflect.Type) reflect.Type {
	if typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice {
		typ = typ.Elem()
	}
	if typ.Kind() != reflect.Struct {
		return nil
	}
	return typ
}

// shortForms names the forms that stand in many rows; the reference explains them once.
func shortForms() map[string]string {
	return map[string]string{"text": "text", "url": "URL", "path": "path", "duration": "duration"}
}

func valueText(m member) string {
	if inner := tableType(m.typ); inner != nil {
		what := map[string]string{"param": "`{ name, value }`", "note": "notes", "predicate": "a test"}[inner.Name()]
		switch {
		case what == "":
			what = "see below"
		case m.typ.Kind() == reflect.Slice && inner.Name() == "param":
			what = "list of " + what
		}
		return what
	}
	f := forms()[m.form]
	text := map[reflect.Kind]string{reflect.Int: "a whole number", reflect.Bool: "`true` or `false`"}[m.typ.Kind()]
	switch short := shortForms()[m.form]; {
	case short != "":
		text = short
	case f.words != nil:
		text = "`" + strings.Join(f.words, "`, `") + "`"
	case text == "":
		text = f.expect
	}
	if m.typ.Kind() == reflect.Slice {
		text = "list of " + plural(text)
	}
	return strings.ReplaceAll(text, "|", "\\|")
}
