package command

import (
	"encoding"
	"flag"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"

	"oauthlens/flows/provider"
	"oauthlens/flows/visible"
)

// parse reads a command's arguments into grammar, a pointer to a struct whose fields carry
// the tags
//
//	help         what the flag or argument is for
//	name         its name, if it is not the field's in lower case
//	placeholder  what the help shows for its value
//	short        a one-letter name beside the long one
//	required     "": the flag must be given
//	arg          "": a positional argument, in the order of the fields
//	optional     "": the positional argument may be left out
//
// Fields are strings, bools, ints, []string (repeatable: order and repeats are kept) or
// values that unmarshal text; embedded structs are taken apart. What stands in the grammar
// before is the default. Flags and arguments may come in any order; after "--" everything
// is an argument. done means that help was printed.
func parse(w *World, name, description string, grammar any, args []string) (done bool, err error) {
	g := &grammarOf{set: flag.NewFlagSet(name, flag.ContinueOnError)}
	g.set.SetOutput(io.Discard)
	g.collect(reflect.ValueOf(grammar).Elem())
	err = g.read(args)
	if err == flag.ErrHelp {
		_, err = io.WriteString(w.Stdout, g.help(name, description))
		return true, err
	}
	if err == nil {
		err = g.complete()
	}
	if err != nil {
		return false, usageError("%s (see oauthlens %s --help)", visible.Line(err.Error()), name)
	}
	return false, nil
}

// field is a flag or an argument. What its tag says beside the names is read when it is asked
// for: most runs need no help.
type field struct {
	name, short    string
	tag            reflect.StructTag
	value          reflect.Value
	boolean, given bool
}

func (f *field) help() string { return f.tag.Get("help") }

// is tells whether the tag has a key.
func (f *field) is(key string) bool {
	_, ok := f.tag.Lookup(key)
	return ok
}

type grammarOf struct {
	set   *flag.FlagSet
	flags []*field
	args  []*field
	taken int
}

// collect makes flags and arguments out of a struct's fields.
func (g *grammarOf) collect(v reflect.Value) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if f.Anonymous {
			g.collect(v.Field(i))
			continue
		}
		item := &field{name: f.Tag.Get("name"), short: f.Tag.Get("short"), tag: f.Tag, value: v.Field(i), boolean: f.Type.Kind() == reflect.Bool}
		if item.name == "" {
			item.name = strings.ToLower(f.Name)
		}
		if item.is("arg") {
			g.args = append(g.args, item)
			continue
		}
		g.flags = append(g.flags, item)
		for _, n := range []string{item.name, item.short} {
			switch {
			case n == "":
			case item.boolean:
				g.set.BoolFunc(n, "", item.set)
			default:
				g.set.Func(n, "", item.set)
			}
		}
	}
}

// set reads a value into the field.
func (f *field) set(text string) error {
	f.given = true
	if u, ok := f.value.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return u.UnmarshalText([]byte(text))
	}
	switch f.value.Kind() {
	case reflect.Bool:
		b, err := strconv.ParseBool(text)
		if err != nil {
			return fmt.Errorf("%q is neither true nor false", text)
		}
		f.value.SetBool(b)
	case reflect.Int:
		n, err := strconv.Atoi(text)
		if err != nil {
			return fmt.Errorf("%q is no whole number", text)
		}
		f.value.SetInt(int64(n))
	case reflect.Slice:
		f.value.Set(reflect.Append(f.value, reflect.ValueOf(text)))
	default:
		if text == "" && !f.is("arg") {
			return fmt.Errorf("the value is empty: is a variable not set?")
		}
		f.value.SetString(text)
	}
	return nil
}

// read takes flags and arguments in any order.
func (g *grammarOf) read(args []string) error {
	for len(args) > 0 {
		before := len(args)
		if err := g.set.Parse(args); err != nil {
			return g.explain(err)
		}
		rest := g.set.Args()
		if n := before - len(rest); n > 0 && args[n-1] == "--" {
			return g.positional(rest)
		}
		if len(rest) == 0 {
			return nil
		}
		if err := g.positional(rest[:1]); err != nil {
			return err
		}
		args = rest[1:]
	}
	return nil
}

func (g *grammarOf) positional(values []string) error {
	for _, v := range values {
		if g.taken >= len(g.args) {
			return fmt.Errorf("unexpected argument %q", v)
		}
		if err := g.args[g.taken].set(v); err != nil {
			return err
		}
		g.taken++
	}
	return nil
}

// complete refuses what is missing.
func (g *grammarOf) complete() error {
	for _, a := range g.args[g.taken:] {
		if !a.is("optional") {
			return fmt.Errorf("%s is missing: %s", strings.ToUpper(a.name), a.help())
		}
	}
	for _, f := range g.flags {
		if !f.given && f.is("required") {
			return fmt.Errorf("--%s is missing: %s", f.name, f.help())
		}
	}
	return nil
}

// explain puts the flag package's errors into the words of this program, with the nearest
// flag for one that does not exist.
func (g *grammarOf) explain(err error) error {
	text := err.Error()
	if unknown, ok := strings.CutPrefix(text, "flag provided but not defined: -"); ok {
		var names []string
		for _, f := range g.flags {
			names = append(names, f.name)
		}
		if near := provider.Nearest(unknown, names); len(near) > 0 {
			return fmt.Errorf("unknown flag --%s: did you mean --%s?", unknown, strings.Join(near, " or --"))
		}
		return fmt.Errorf("unknown flag --%s", unknown)
	}
	if needs, ok := strings.CutPrefix(text, "flag needs an argument: -"); ok {
		return fmt.Errorf("--%s needs a value", needs)
	}
	if rest, ok := strings.CutPrefix(text, "invalid value "); ok { // invalid value "x" for flag -timeout: why
		if _, after, ok := strings.Cut(rest, " for flag -"); ok {
			return fmt.Errorf("--%s", after)
		}
	}
	return err
}

// help lists what the command takes.
func (g *grammarOf) help(name, description string) string {
	var b strings.Builder
	b.WriteString("usage: oauthlens " + name)
	for _, a := range g.args {
		if a.is("optional") {
			b.WriteString(" [" + strings.ToUpper(a.name) + "]")
		} else {
			b.WriteString(" " + strings.ToUpper(a.name))
		}
	}
	b.WriteString(" [flags]\n\n" + description + "\n\n")
	for _, a := range g.args {
		fmt.Fprintf(&b, "  %-30s %s\n", strings.ToUpper(a.name), a.help())
	}
	for _, f := range g.flags {
		text := "--" + f.name
		if f.short != "" {
			text = "-" + f.short + ", " + text
		}
		if value := f.tag.Get("placeholder"); value != "" {
			text += " " + value
		}
		fmt.Fprintf(&b, "  %-30s %s\n", text, f.help())
	}
	return b.String()
}
