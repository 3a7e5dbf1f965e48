package provider

import (
	"reflect"
	"strconv"
	"strings"

	"oauthlens/flows"
)

// member is one key of the schema.
type member struct {
	key      string
	required bool
	form     string
	doc      string
	typ      reflect.Type
	index    int
}

// members lists the keys of a schema struct in order.
func members(t reflect.Type) []member {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	out := make([]member, 0, t.NumField())
	for i := range t.NumField() {
		f := t.Field(i)
		out = append(out, member{
			key: f.Tag.Get("toml"), required: f.Tag.Get("need") == "yes",
			form: f.Tag.Get("form"), doc: f.Tag.Get("doc"), typ: f.Type, index: i,
		})
	}
	return out
}

// checker compares a document's tree with the schema and collects every problem.
type checker struct {
	file     string
	forms    map[string]form
	problems []Problem
}

func (c *checker) add(at place, text, expected string) {
	c.problems = append(c.problems, Problem{File: c.file, Line: at.line, Column: at.column, Text: text, Expected: expected})
}

// table checks the keys of one table. path is where it stands, for the messages; the
// root has the empty one.
func (c *checker) table(n *node, t reflect.Type, path string) {
	known := members(t)
	names := make([]string, len(known))
	byKey := make(map[string]member, len(known))
	for i, m := range known {
		names[i], byKey[m.key] = m.key, m
	}
	meant := map[string]bool{} // keys that a misspelt one stands for
	for _, name := range n.names {
		child := n.table[name]
		m, ok := byKey[name]
		if !ok {
			expected := expectedKey(name, names)
			meant[expected] = true
			c.add(child.key, "unknown key "+quoteShort(join(path, name)), expected)
			continue
		}
		c.value(child, m.typ, m.form, join(path, name))
	}
	for _, m := range known {
		if _, have := n.table[m.key]; m.required && !have && !meant[m.key] {
			where := "the file has no " + m.key
			if path != "" {
				where = path + " has no " + m.key
			}
			c.add(n.key, where, m.key+": "+c.describe(m))
		}
	}
}

// expectedKey suggests the key that was meant, or lists those that there are.
func expectedKey(name string, known []string) string {
	if near := Nearest(name, known); len(near) > 0 {
		return near[0]
	}
	return "one of " + strings.Join(known, ", ")
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// describe says what a member's value looks like.
func (c *checker) describe(m member) string {
	kind := kindOf(m.typ)
	if f, ok := c.forms[m.form]; ok {
		if kind == "list" {
			return "a list, each " + f.expect
		}
		return f.expect
	}
	switch kind {
	case "list":
		return "one or more [[" + m.key + "]] tables"
	case "table":
		return "a table"
	}
	return "a " + kind
}

// kindOf names the kind of TOML value that a Go type of the schema stands for.
func kindOf(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "text"
	case reflect.Int:
		return "number"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice:
		return "list"
	}
	return "table"
}

func (c *checker) value(n *node, t reflect.Type, formName, path string) {
	want := kindOf(t)
	if n.kind != want {
		c.add(n.value, path+" is "+withArticle(n.kind), withArticle(want))
		return
	}
	switch want {
	case "text":
		c.text(n, formName, path)
	case "table":
		if t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		c.table(n, t, path)
	case "list":
		for i, item := range n.items {
			c.value(item, t.Elem(), formName, path+"["+strconv.Itoa(i)+"]")
		}
	}
}

func withArticle(kind string) string {
	switch kind {
	case "text":
		return `a text in quotes`
	case "number":
		return "a whole number"
	case "true or false":
		return kind
	}
	return "a " + kind
}

func (c *checker) text(n *node, formName, path string) {
	f := c.forms[formName]
	switch {
	case !isPlain(n.text):
		c.add(n.value, path+" contains a control or invisible character", "text that can be shown on one line")
	case !f.accepts(n.text):
		expected := f.expect
		if near := Nearest(n.text, f.words); len(near) > 0 {
			expected += "; nearest is " + near[0]
		}
		what := path + " is " + quoteShort(n.text)
		if why := flows.EndpointProblem(n.text); formName == "url" && n.text != "" && why != "" {
			what = path + " " + why // and is not repeated: it may hold a password, or letters that look like others
		}
		c.add(n.value, what, expected)
	}
}

// quoteShort quotes a text of the file for a message, cut to a bearable length.
func quoteShort(s string) string {
	if r := []rune(s); len(r) > 60 {
		s = string(r[:60]) + "..."
	}
	return strconv.Quote(s)
}
