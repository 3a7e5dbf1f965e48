package provider

import (
	"bytes"
	"cmp"
	"errors"
	"io/fs"
	"path"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"oauthlens/flows"
)

// MaxFile bounds a profile, in bytes. The largest embedded one has a fifth of it.
const MaxFile = 128 << 10

// Problem is one thing wrong with a profile. Line and Column count from 1, columns in
// bytes; 0 means the file as a whole. Text and Expected can be shown on a terminal.
type Problem struct {
	File     string `json:"file"`
	Line     int    `json:"line"`
	Column   int    `json:"column"`
	Text     string `json:"text"`
	Expected string `json:"expected"`
}

// String is "file:line:column: text (expected ...)", as compilers write it.
func (p Problem) String() string {
	s := p.File
	if p.Line > 0 {
		s += ":" + strconv.Itoa(p.Line) + ":" + strconv.Itoa(p.Column)
	}
	s += ": " + p.Text
	if p.Expected != "" {
		s += " (expected " + p.Expected + ")"
	}
	return s
}

// Load reads and checks one profile. file names it in problems; when it ends in .toml
// the profile's name must be its stem. The provider is of use only when there is no
// problem.
func Load(file string, data []byte) (flows.Provider, []Problem) {
	p, problems := load(file, data)
	if len(problems) > 0 {
		return flows.Provider{}, problems
	}
	return *p.convert(), nil
}

// load checks and decodes, without converting.
func load(file string, data []byte) (profile, []Problem) {
	c := checker{file: file, forms: forms()}
	if len(data) > MaxFile {
		c.add(place{}, "the file has "+strconv.Itoa(len(data))+" bytes", "at most "+strconv.Itoa(MaxFile))
		return profile{}, c.problems
	}
	data = slices.Clip(bytes.TrimPrefix(data, []byte("\ufeff")))
	var anything map[string]any
	if err := toml.Unmarshal(data, &anything); err != nil {
		c.syntax(err)
		return profile{}, c.problems
	}
	root := treeOf(data)
	c.table(root, reflect.TypeFor[profile](), "")
	if len(c.problems) == 0 {
		p, err := decode(data)
		if err != nil {
			c.syntax(err)
			return profile{}, c.problems
		}
		c.profile(p, root)
		if len(c.problems) == 0 {
			return p, nil
		}
	}
	slices.SortStableFunc(c.problems, func(a, b Problem) int {
		return cmp.Or(a.Line-b.Line, a.Column-b.Column)
	})
	return profile{}, c.problems
}

// decode is the fast half of loading: strict, but blind to the vocabulary.
func decode(data []byte) (profile, error) {
	var p profile
	d := toml.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	err := d.Decode(&p)
	return p, err
}

// syntax reports what package toml found: an error of the format, or a duplicate key.
func (c *checker) syntax(err error) {
	var de *toml.DecodeError
	if !errors.As(err, &de) {
		c.add(place{}, strings.TrimPrefix(err.Error(), "toml: "), "")
		return
	}
	line, column := de.Position()
	text := printable(strings.TrimPrefix(de.Error(), "toml: "))
	expected := "a TOML document"
	if strings.Contains(text, "already") {
		text, expected = "duplicate: "+text, "each key once"
	}
	c.add(place{line, column}, text, expected)
}

// printable quotes the characters of a foreign text that must not reach a terminal.
func printable(s string) string {
	if isPlain(s) {
		return s
	}
	q := strconv.QuoteToASCII(s)
	return q[1 : len(q)-1]
}

// LoadFolder loads every *.toml file of a folder, sorted by name. A file with problems
// is left out and the others are kept. A folder that does not exist has no profiles and
// is no problem.
func LoadFolder(fsys fs.FS, dir string) ([]flows.Provider, []Problem) {
	loaded, problems := loadFolder(fsys, dir)
	out := make([]flows.Provider, len(loaded))
	for i, l := range loaded {
		out[i] = *l.profile.convert()
	}
	return out, problems
}

// loadedFile is a profile with the file that it came from. It is converted anew for
// every caller, so that nobody changes the provider of somebody else.
type loadedFile struct {
	profile profile
	file    string
	source  []byte
	own     bool // from the user's folder
}

func loadFolder(fsys fs.FS, dir string) ([]loadedFile, []Problem) {
	entries, err := fs.ReadDir(fsys, dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var out []loadedFile
	var problems []Problem
	if err != nil {
		problems = append(problems, Problem{File: dir, Text: "cannot read the folder: " + printable(err.Error())})
	}
	seen := map[string]string{}
	for _, e := range entries {
		if path.Ext(e.Name()) != ".toml" || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		file := path.Join(dir, e.Name())
		shown := printable(file)
		data, err := readBounded(fsys, file)
		if err != nil {
			problems = append(problems, Problem{File: shown, Text: "cannot read the file: " + printable(err.Error())})
			continue
		}
		p, found := load(shown, data)
		if len(found) > 0 {
			problems = append(problems, found...)
			continue
		}
		if first, have := seen[p.Name]; have {
			problems = append(problems, Problem{File: shown, Line: 1, Column: 1, Text: "the name " + p.Name + " is taken by " + first, Expected: "a name of its own"})
			continue
		}
		seen[p.Name] = shown
		out = append(out, loadedFile{profile: p, file: shown, source: data})
	}
	return out, problems
}

func readBounded(fsys fs.FS, file string) ([]byte, error) {
	info, err := fs.Stat(fsys, file)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("not a regular file")
	}
	if info.Size() > 64*MaxFile {
		return nil, errors.New("the file is " + strconv.FormatInt(info.Size(), 10) + " bytes long")
	}
	return fs.ReadFile(fsys, file)
}
