package provider

import (
	"sort"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// place is a position in a file: line and column from 1, the column in bytes.
type place struct{ line, column int }

// node is one value of a TOML document with the places of its key and of itself.
// Package toml decodes into Go values and forgets the places; problems need them.
type node struct {
	kind  string // "table", "list", "text", "number", "fraction", "true or false", "date"
	text  string // of a text
	key   place
	value place
	names []string // of a table, in order
	table map[string]*node
	items []*node
}

func newTable(at place) *node {
	return &node{kind: "table", key: at, value: at, table: map[string]*node{}}
}

func (n *node) set(name string, child *node) {
	if _, have := n.table[name]; !have {
		n.names = append(n.names, name)
	}
	n.table[name] = child
}

// treeOf reads a document that package toml has accepted: it is well-formed and has no
// duplicate keys, so what does not fit is left out here without a word.
func treeOf(data []byte) *node {
	b := treeBuilder{lines: lineStarts(data)}
	b.parser.Reset(data)
	root := newTable(place{1, 1})
	current := root
	for b.parser.NextExpression() {
		e := b.parser.Expression()
		switch e.Kind {
		case unstable.Table:
			current = b.descend(root, e, false)
		case unstable.ArrayTable:
			current = b.descend(root, e, true)
		case unstable.KeyValue:
			b.keyValue(current, e)
		}
		if current == nil {
			return root
		}
	}
	return root
}

type treeBuilder struct {
	parser unstable.Parser
	lines  []int
}

func lineStarts(data []byte) []int {
	starts := []int{0}
	for i, c := range data {
		if c == '\n' {
			starts = append(starts, i+1)
		}
	}
	return starts
}

func (b *treeBuilder) placeOf(n *unstable.Node) place {
	off := int(n.Raw.Offset)
	line := sort.SearchInts(b.lines, off+1)
	return place{line, off - b.lines[line-1] + 1}
}

// descend finds or makes the table of a header. A name on the way that is an array of
// tables means its last element.
func (b *treeBuilder) descend(at *node, e *unstable.Node, appendItem bool) *node {
	it := e.Key()
	for it.Next() {
		k := it.Node()
		name, where := string(k.Data), b.placeOf(k)
		child := at.table[name]
		if it.IsLast() && appendItem {
			if child == nil {
				child = &node{kind: "list", key: where, value: where}
				at.set(name, child)
			}
			item := newTable(where)
			child.items = append(child.items, item)
			return item
		}
		if child == nil {
			child = newTable(where)
			at.set(name, child)
		}
		if child.kind == "list" && len(child.items) > 0 {
			child = child.items[len(child.items)-1]
		}
		if child.kind != "table" {
			return nil
		}
		at = child
	}
	return at
}

func (b *treeBuilder) keyValue(at *node, e *unstable.Node) {
	it := e.Key()
	for it.Next() {
		k := it.Node()
		name, where := string(k.Data), b.placeOf(k)
		if it.IsLast() {
			v := b.valueOf(e.Value(), where)
			v.key = where
			at.set(name, v)
			return
		}
		child := at.table[name]
		if child == nil {
			child = newTable(where)
			at.set(name, child)
		}
		if child.kind != "table" {
			return
		}
		at = child
	}
}

func (b *treeBuilder) valueOf(v *unstable.Node, key place) *node {
	n := &node{key: key, value: key}
	if v.Raw.Length > 0 {
		n.value = b.placeOf(v)
	}
	switch v.Kind {
	case unstable.String:
		n.kind, n.text = "text", string(v.Data)
	case unstable.Integer:
		n.kind, n.text = "number", string(v.Data)
	case unstable.Float:
		n.kind = "fraction"
	case unstable.Bool:
		n.kind = "true or false"
	case unstable.Array:
		n.kind = "list"
		for it := v.Children(); it.Next(); {
			n.items = append(n.items, b.valueOf(it.Node(), n.value))
		}
	case unstable.InlineTable:
		n.kind, n.table = "table", map[string]*node{}
		for it := v.Children(); it.Next(); {
			b.keyValue(n, it.Node())
		}
	default:
		n.kind = "date"
	}
	return n
}

// find returns the node at a path such as "environments[0].endpoints.token", or the
// nearest one above it that exists.
func (n *node) find(path string) *node {
	for _, part := range strings.Split(path, ".") {
		name, index, indexed := strings.Cut(part, "[")
		child := n.table[name]
		if child == nil {
			return n
		}
		n = child
		if !indexed {
			continue
		}
		if i, err := strconv.Atoi(strings.TrimSuffix(index, "]")); err == nil && i < len(n.items) {
			n = n.items[i]
		}
	}
	return n
}
