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
	"io"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// MaxDepth bounds nesting; deeper values are reported and not read.
const MaxDepth = 256

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
	Name     string // member name, empty for elements and the root
	Text     string
	Path     string
	Start    int // byte offsets of the value in the data
	End      int
	Children []*Node
	nameAt   int
}

// NameStart is the byte offset of the member's name, with its quote; -1 for others.
func (n *Node) NameStart() int { return n.nameAt - 1 }

// Problem is something odd about the text. Code is stable: "syntax", "duplicate",
// "trailing", "bom", "utf8", "depth", "empty".
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
}

// Parse reads one value. A text that begins well and breaks later, or is nested deeper than
// MaxDepth (a "depth" problem too), gives a document with a "syntax" problem and no error;
// the error is ErrNotJSON, with the reason.
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
	p := &parser{doc: doc, data: data, base: base, dec: jsontext.NewDecoder(bytes.NewBuffer(data[base:]),
		jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))}
	root, err := p.value("", "$", 0)
	doc.Root = root
	if err != nil {
		if root == nil {
			return doc, fmt.Errorf("%w: %s", ErrNotJSON, explain(err))
		}
		text := "the JSON breaks off at byte " + strconv.Itoa(p.offset()) + ": " + explain(err)
		if errors.Is(err, errTooDeep) {
			text = "the JSON is nested too deep to be read beyond byte " + strconv.Itoa(p.offset())
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

var errTooDeep = errors.New("nested too deep")

func (p *parser) value(name, path string, depth int) (*Node, error) {
	switch p.dec.PeekKind() {
	case '{', '[':
		return p.composite(name, path, depth)
	}
	raw, err := p.dec.ReadValue()
	if err != nil {
		return nil, err
	}
	n := &Node{Name: name, Path: path, End: p.offset(), Start: p.offset() - len(raw)}
	switch raw.Kind() {
	case '"':
		n.Kind = String
		n.Text = p.unquote(raw, path)
	case '0':
		n.Kind, n.Text = Number, string(raw)
	case 't', 'f':
		n.Kind, n.Text = Bool, string(raw)
	default:
		n.Kind, n.Text = Null, "null"
	}
	return n, nil
}

func (p *parser) unquote(raw jsontext.Value, path string) string {
	out, err := jsontext.AppendUnquote(nil, raw)
	if err != nil {
		p.doc.problem("utf8", p.offset()-len(raw), path, "the string at "+path+" is not valid UTF-8")
	}
	return string(out)
}

func (p *parser) composite(name, path string, depth int) (*Node, error) {
	open, err := p.dec.ReadToken()
	if err != nil {
		return nil, err
	}
	n := &Node{Name: name, Path: path, Kind: Object, Start: p.offset() - 1}
	closing := jsontext.Kind('}')
	if open.Kind() == '[' {
		n.Kind, closing = Array, ']'
	}
	n.End = p.offset()
	if depth >= MaxDepth {
		p.doc.problem("depth", n.Start, path, "values nested deeper than "+strconv.Itoa(MaxDepth)+" levels are not read")
		return n, errTooDeep
	}
	seen := map[string]bool{}
	for i := 0; ; i++ {
		if p.dec.PeekKind() == closing {
			if _, err := p.dec.ReadToken(); err != nil {
				return n, err
			}
			n.End = p.offset()
			return n, nil
		}
		child, err := p.child(n, i, depth, seen)
		if child != nil {
			n.Children = append(n.Children, child)
			n.End = p.offset()
		}
		if err != nil {
			return n, err
		}
	}
}

func (p *parser) child(n *Node, i, depth int, seen map[string]bool) (*Node, error) {
	if n.Kind == Array {
		return p.value("", n.Path+"["+strconv.Itoa(i)+"]", depth+1)
	}
	raw, err := p.dec.ReadValue()
	if err != nil {
		return nil, err
	}
	at := p.offset() - len(raw)
	key := p.unquote(raw, n.Path)
	path := Join(n.Path, key)
	if seen[key] {
		p.doc.problem("duplicate", at, path, "the member "+path+" occurs more than once")
	}
	seen[key] = true
	child, err := p.value(key, path, depth+1)
	if child != nil {
		child.nameAt = at + 1
	}
	return child, err
}

// Join appends a member name to a path.
func Join(path, name string) string {
	if plainName(name) {
		return path + "." + name
	}
	return path + "['" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(name) + "']"
}

func plainName(s string) bool {
	for i, r := range s {
		letter := r == '_' || r == '$' && i > 0 || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
		if !letter && (i == 0 || (r < '0' || r > '9') && r != '-') {
			return false
		}
	}
	return s != ""
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

// PathStep is one step of a path: a member name, or an index when Index >= 0.
type PathStep struct {
	Name  string
	Index int
}

// ParsePath reads a path; the error says at which byte it goes wrong.
func ParsePath(path string) ([]PathStep, error) {
	if !strings.HasPrefix(path, "$") {
		return nil, fmt.Errorf("a path begins with $, this is %q", path)
	}
	var steps []PathStep
	for i := 1; i < len(path); {
		step, n, ok := pathStep(path[i:])
		if !ok {
			return nil, fmt.Errorf("path %q: expected .name, ['name'] or [n] at byte %d", path, i)
		}
		steps = append(steps, step)
		i += n
	}
	return steps, nil
}

func pathStep(s string) (PathStep, int, bool) {
	switch {
	case s[0] == '.':
		end := strings.IndexAny(s[1:], ".[")
		if end < 0 {
			end = len(s) - 1
		}
		return PathStep{Name: s[1 : 1+end], Index: -1}, 1 + end, plainName(s[1 : 1+end])
	case strings.HasPrefix(s, "['"):
		var name strings.Builder
		for i := 2; i < len(s); i++ {
			switch {
			case s[i] == '\\' && i+1 < len(s):
				i++
				name.WriteByte(s[i])
			case s[i] == '\'':
				return PathStep{Name: name.String(), Index: -1}, i + 2, strings.HasPrefix(s[i:], "']")
			default:
				name.WriteByte(s[i])
			}
		}
	case s[0] == '[':
		end := strings.IndexByte(s, ']')
		if end > 1 {
			n, err := strconv.Atoi(s[1:end])
			return PathStep{Index: n}, end + 1, err == nil && n >= 0
		}
	}
	return PathStep{}, 0, false
}
