// Package rawjson reads JSON as it was received: every member with its path, its byte
// offsets and its spelling, duplicates and trailing bytes included. encoding/json would
// silently keep the last of two members and forget where things stood; an inspector must
// not. The text is never changed, and what could be read before an error is kept.
//
// Paths are $ for the whole, .name for a plain member, ['any name'] for the others and
// [n] for an element, and nothing more.
package rawjson

import (
	"bytes"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// The bounds of what is read of one text. A value takes a hundred bytes, whatever it is, so
// that a megabyte of zeros between commas would take fifty times its size.
const (
	MaxDepth  = 256     // of nesting; deeper values are reported and not read
	MaxValues = 100_000 // those behind them are not read, which is a problem too
	maxAlike  = 100     // problems of one kind that are told one by one
)

// Kind of a node.
type Kind byte

// The kinds.
const (
	Object Kind = iota + 1
	Array
	String
	Number
	Bool
	Null
)

var kindNames = [...]string{Object: "object", Array: "array", String: "string", Number: "number", Bool: "boolean", Null: "null"}

// String is the JSON name of the kind.
func (k Kind) String() string {
	if int(k) < len(kindNames) && k > 0 {
		return kindNames[k]
	}
	return "nothing"
}

// Node is one value. Text is the decoded text of a string and the literal of a number,
// boolean or null; it is empty for objects and arrays.
type Node struct {
	Kind     Kind
	index    int32  // among the elements of an array
	Name     string // member name, empty for elements and the root
	Text     string
	Start    int // byte offsets of the value in the data
	End      int
	Children []*Node
	nameAt   int
	parent   *Node
}

// Parameter is a text that no JSON holds, as a member of the root: a parameter of a form.
func Parameter(name, text string) *Node {
	return &Node{Kind: String, Name: name, Text: text, parent: &Node{Kind: Object}}
}

// NameStart is the byte offset of the member's name, with its quote; -1 for others.
func (n *Node) NameStart() int { return n.nameAt - 1 }

// Problem is something odd about the text. Code is stable: "syntax", "duplicate",
// "trailing", "bom", "utf8", "depth", "values", "empty".
type Problem struct {
	Code   string
	Offset int
	Path   string
	Text   string // one sentence, without any value of the document
}

// Document is a parsed text. Root is nil when not even a first value could be read.
type Document struct {
	Root     *Node
	Problems []Problem
	// End is the offset behind the root value.
	End int
}

// ErrNotJSON is returned when no value could be read at all.
var ErrNotJSON = errors.New("not JSON")

type parser struct {
	dec  *jsontext.Decoder
	doc  *Document
	data []byte
	base int // offset of the decoder's first byte in data

	values int
	alike  map[string]*alike // by the code of the problem
}

// alike are the problems of one kind.
type alike struct {
	count  int
	last   *Node
	offset int
}

// Begins tells, by its first byte, whether a text may be JSON. Parse refuses what it denies, at
// a price that is not paid for every form that is sent.
func Begins[T string | []byte](text T) bool {
	for i := range len(text) {
		switch c := text[i]; c {
		case ' ', '\t', '\r', '\n', '\xef', '\xbb', '\xbf':
		default:
			return strings.IndexByte(`{["-0123456789tfn`, c) >= 0
		}
	}
	return false
}

// Parse reads one value. A text that begins well and breaks later, is nested deeper than
// MaxDepth (a "depth" problem too) or has more than MaxValues values (a "values" problem too)
// gives a document with a "syntax" problem and no error; the error is ErrNotJSON, with the
// reason.
func Parse(data []byte) (*Document, error) {
	doc := &Document{}
	base := 0
	if bytes.HasPrefix(data, []byte("\xef\xbb\xbf")) {
		base = 3
		doc.problem("bom", 0, "$", "the text begins with a byte-order mark, which JSON forbids (RFC 8259 section 8.1)")
	}
	if len(bytes.TrimSpace(data[base:])) == 0 {
		doc.problem("empty", len(data), "$", "the text is empty")
		return doc, fmt.Errorf("%w: the text is empty", ErrNotJSON)
	}
	p := &parser{doc: doc, data: data, base: base, alike: map[string]*alike{}, dec: jsontext.NewDecoder(bytes.NewBuffer(data[base:]),
		jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))}
	root := &Node{}
	err := p.value(root, 0)
	if root.Kind == 0 {
		return doc, fmt.Errorf("%w: %s", ErrNotJSON, explain(err))
	}
	doc.Root = root
	p.tellMore()
	if err != nil {
		text := "the JSON breaks off at byte " + strconv.Itoa(p.offset()) + ": " + explain(err)
		switch {
		case errors.Is(err, errTooDeep):
			text = "the JSON is nested too deep to be read beyond byte " + strconv.Itoa(p.offset())
		case errors.Is(err, errTooMany):
			text = "the JSON has too many values to be read beyond byte " + strconv.Itoa(p.offset())
		}
		doc.problem("syntax", p.offset(), "$", text)
		doc.End = p.offset()
		return doc, nil
	}
	doc.End = p.offset()
	if rest := bytes.TrimSpace(data[doc.End:]); len(rest) > 0 {
		doc.problem("trailing", doc.End, "$", strconv.Itoa(len(rest))+" bytes follow the JSON value")
	}
	return doc, nil
}

func (d *Document) problem(code string, offset int, path, text string) {
	d.Problems = append(d.Problems, Problem{Code: code, Offset: offset, Path: path, Text: text})
}

// explain turns the decoder's error into words without quoting the text.
func explain(err error) string {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return "the text ends too early"
	}
	var syntax *jsontext.SyntacticError
	if errors.As(err, &syntax) {
		return syntax.Err.Error()
	}
	return err.Error()
}

func (p *parser) offset() int { return p.base + int(p.dec.InputOffset()) }

var (
	errTooDeep = errors.New("nested too deep")
	errTooMany = errors.New("too many values")
)

// oddities are the problems that a text can have at every value, as they are told of one and
// of those behind the first.
var oddities = []struct{ code, one, more string }{
	{"duplicate", "the member %s occurs more than once", "%d more members occur more than once"},
	{"utf8", "the string at %s is not valid UTF-8", "%d more strings are not valid UTF-8"},
}

func (p *parser) odd(code string, offset int, at *Node) {
	a := p.alike[code]
	if a == nil {
		a = &alike{}
		p.alike[code] = a
	}
	a.last, a.offset = at, offset
	if a.count++; a.count > maxAlike {
		return
	}
	for _, o := range oddities {
		if o.code == code {
			path := at.Path()
			p.doc.problem(code, offset, path, fmt.Sprintf(o.one, path))
		}
	}
}

// tellMore counts what odd left out; the place is that of the last.
func (p *parser) tellMore() {
	for _, o := range oddities {
		if a := p.alike[o.code]; a != nil && a.count > maxAlike {
			p.doc.problem(o.code, a.offset, a.last.Path(), fmt.Sprintf(o.more, a.count-maxAlike))
		}
	}
}

// value reads the next value into n, whose place is known. What breaks off within an object or
// an array leaves what was read of it; n has no kind if nothing was.
func (p *parser) value(n *Node, depth int) error {
	if p.values++; p.values > MaxValues {
		p.doc.problem("values", p.offset(), "$", "values behind the first "+strconv.Itoa(MaxValues)+" are not read")
		return errTooMany
	}
	switch p.dec.PeekKind() {
	case '{', '[':
		return p.composite(n, depth)
	}
	raw, err := p.dec.ReadValue()
	if err != nil {
		return err
	}
	n.End, n.Start = p.offset(), p.offset()-len(raw)
	switch raw.Kind() {
	case '"':
		n.Kind, n.Text = String, p.unquote(raw, n)
	case '0':
		n.Kind, n.Text = Number, string(raw)
	case 't', 'f':
		n.Kind, n.Text = Bool, string(raw)
	default:
		n.Kind, n.Text = Null, "null"
	}
	return nil
}

// unquote decodes a string, which at is or has as a name.
func (p *parser) unquote(raw jsontext.Value, at *Node) string {
	if !bytes.ContainsFunc(raw, func(r rune) bool { return r == '\\' || r >= utf8.RuneSelf }) {
		return string(raw[1 : len(raw)-1])
	}
	out, err := jsontext.AppendUnquote(nil, raw)
	if err != nil {
		p.odd("utf8", p.offset()-len(raw), at)
	}
	return string(out)
}

func (p *parser) composite(n *Node, depth int) error {
	open, err := p.dec.ReadToken()
	if err != nil {
		return err
	}
	n.Kind, n.Start, n.End = Object, p.offset()-1, p.offset()
	closing := jsontext.Kind('}')
	if open.Kind() == '[' {
		n.Kind, closing = Array, ']'
	}
	if depth >= MaxDepth {
		p.doc.problem("depth", n.Start, n.Path(), "values nested deeper than "+strconv.Itoa(MaxDepth)+" levels are not read")
		return errTooDeep
	}
	var seen names
	for {
		if p.dec.PeekKind() == closing {
			if _, err := p.dec.ReadToken(); err != nil {
				return err
			}
			n.End = p.offset()
			return nil
		}
		child := &Node{parent: n, index: int32(len(n.Children))}
		if n.Kind == Object {
			err = p.name(child, &seen)
		}
		if err == nil {
			err = p.value(child, depth+1)
		}
		if child.Kind != 0 {
			n.Children = append(n.Children, child)
			n.End = p.offset()
		}
		if err != nil {
			return err
		}
	}
}

// name reads the name of a member.
func (p *parser) name(n *Node, seen *names) error {
	raw, err := p.dec.ReadValue()
	if err != nil {
		return err
	}
	at := p.offset() - len(raw)
	n.Name, n.nameAt = p.unquote(raw, n.parent), at+1
	if seen.again(n.Name) {
		p.odd("duplicate", at, n)
	}
	return nil
}

// names are the names of an object's members. Most objects have few; of many, hashes are kept
// under a seed that nobody knows beforehand, so that no two names have the same one.
type names struct {
	few  []string
	seed maphash.Seed
	many map[uint64]struct{}
}

// again tells that the name was there before.
func (s *names) again(name string) bool {
	if s.many == nil && len(s.few) < 16 {
		again := slices.Contains(s.few, name)
		s.few = append(s.few, name)
		return again
	}
	if s.many == nil {
		s.seed, s.many = maphash.MakeSeed(), map[uint64]struct{}{}
		for _, n := range s.few {
			s.many[maphash.String(s.seed, n)] = struct{}{}
		}
	}
	h := maphash.String(s.seed, name)
	_, again := s.many[h]
	s.many[h] = struct{}{}
	return again
}

// Member returns the first member of that name, nil if there is none. It is safe on nil.
func (n *Node) Member(name string) *Node {
	if n == nil || n.Kind != Object {
		return nil
	}
	for _, c := range n.Children {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// Walk calls f for the node and everything below it, in the order of the text.
func (n *Node) Walk(f func(*Node)) {
	if n == nil {
		return
	}
	f(n)
	for _, c := range n.Children {
		c.Walk(f)
	}
}

// Lookup returns the first node at the path, nil if there is none or the path is wrong.
func (d *Document) Lookup(path string) *Node {
	if d == nil {
		return nil
	}
	steps, err := ParsePath(path)
	if err != nil {
		return nil
	}
	n := d.Root
	for _, s := range steps {
		if n == nil {
			return nil
		}
		if s.Index >= 0 {
			if n.Kind != Array || s.Index >= len(n.Children) {
				return nil
			}
			n = n.Children[s.Index]
			continue
		}
		n = n.Member(s.Name)
	}
	return n
}

// First returns the first of the paths that leads to a node.
func (d *Document) First(paths []string) *Node {
	for _, p := range paths {
		if n := d.Lookup(p); n != nil {
			return n
		}
	}
	return nil
}
