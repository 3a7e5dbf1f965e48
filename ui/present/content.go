package present

import (
	"bytes"
	"slices"
	"sort"
	"strconv"
	"strings"

	"oauthlens/flows/rawjson"
)

// A body of a megabyte may have half a million lines, and a line with its texts, each in its
// tone, takes five hundred bytes or more. So the lines of a long body are not made before
// they are looked at: until then a line is the place where it begins. A builder of lines puts
// one line there that stands for all of them, and [List.opened] takes them in.

const (
	// maxLines is how many lines of one body there are: nobody reads more.
	maxLines = 25_000
	// atOnce is how many lines of one body are made at once.
	atOnce = 200
	// longLine is the length in bytes from which a line is made at once wherever it stands:
	// to mask it at each key press would be felt, and a body has few of them.
	longLine = 4 << 10
)

// opened is the list with the lines for which others stand.
func (l List) opened() Lines {
	if !slices.ContainsFunc(l, func(l Line) bool { return l.many != nil }) {
		return l
	}
	var out row
	from := 0
	for i := range l {
		if l[i].many != nil {
			out.add(l[from:i:i])
			out.add(l[i].many)
			from = i + 1
		}
	}
	out.add(l[from:])
	return out
}

// all is the list with every line made, for a body that is edited.
func (l List) all() List {
	lines := l.opened()
	if list, ok := lines.(List); ok {
		return list
	}
	out := make(List, lines.Len())
	for i := range out {
		out[i] = lines.At(i)
	}
	return out
}

// row is one content behind the other.
type row struct {
	parts []Lines
	ends  []int // the number of lines up to the end of each part
}

func (r *row) add(l Lines) {
	if l.Len() > 0 {
		r.parts, r.ends = append(r.parts, l), append(r.ends, r.Len()+l.Len())
	}
}

// Len returns the number of lines.
func (r row) Len() int {
	if len(r.ends) == 0 {
		return 0
	}
	return r.ends[len(r.ends)-1]
}

// At returns line i.
func (r row) At(i int) Line {
	n := sort.SearchInts(r.ends, i+1)
	if n > 0 {
		i -= r.ends[n-1]
	}
	return r.parts[n].At(i)
}

// textLines are the lines of a text.
type textLines struct {
	text   []byte
	starts []uint32               // of the lines, and the end of the last
	make   func(line string) Line // with its line break
	long   map[int]Line
}

// textList is a text, a line for a line.
func textList(text []byte, make func(line string) Line) List {
	var out List
	t := &textLines{text: text, make: make}
	at := 0
	for line := range bytes.Lines(text) {
		switch {
		case len(out) < atOnce:
			out = append(out, make(string(line)))
		case len(t.starts) == maxLines-atOnce:
			return append(out, Line{many: t.until(at)}, remark("… "+strconv.Itoa(bytes.Count(text, []byte("\n"))+1-maxLines)+" more lines are not shown here"))
		default:
			t.add(at, line)
		}
		at += len(line)
	}
	if len(t.starts) > 0 {
		out = append(out, Line{many: t.until(at)})
	}
	return out
}

func (t *textLines) add(at int, line []byte) {
	if len(line) >= longLine {
		if t.long == nil {
			t.long = map[int]Line{}
		}
		t.long[len(t.starts)] = t.make(string(line))
	}
	t.starts = append(t.starts, uint32(at))
}

func (t *textLines) until(end int) *textLines {
	t.starts = slices.Clip(append(t.starts, uint32(end)))
	return t
}

// Len returns the number of lines.
func (t *textLines) Len() int { return len(t.starts) - 1 }

// At returns line i.
func (t *textLines) At(i int) Line {
	if l, ok := t.long[i]; ok {
		return l
	}
	return t.make(string(t.text[t.starts[i]:t.starts[i+1]]))
}

// jsonLines are the lines of a JSON text, of one member or bracket each.
type jsonLines struct {
	b     *builder
	kind  string // of thing that a member is, see named
	lines []jsonLine
	long  map[int]Line
}

// jsonLine is what a line is made of.
type jsonLine struct {
	node  *rawjson.Node
	depth int32
	comma bool // another one follows
	open  bool // the opening bracket of what is not empty
	shut  bool // and the closing one
}

// Len returns the number of lines.
func (j *jsonLines) Len() int { return len(j.lines) }

// At returns line i.
func (j *jsonLines) At(i int) Line {
	l, ok := j.long[i]
	if !ok {
		l = j.b.jsonLine(j.lines[i])
	}
	if l.Explain.Name != "" && j.kind != "" {
		l.Explain.Kind = j.kind
	}
	return l
}

// json is a document, a member to a line, coloured; numbers that are times are shown as
// dates beside. It takes the document apart.
func (b *builder) json(doc *rawjson.Document) List {
	j := &jsonLines{b: b.lean()}
	var out List
	count, left := 0, 0
	add := func(l jsonLine) {
		if count++; count <= atOnce {
			out = append(out, b.jsonLine(l))
			return
		}
		if len(l.node.Text) >= longLine {
			if j.long == nil {
				j.long = map[int]Line{}
			}
			j.long[len(j.lines)] = b.jsonLine(l)
		}
		if _, _, dated := date(l.node); dated {
			b.now() // the line says how long until then
		}
		j.lines = append(j.lines, l)
	}
	var walk func(n *rawjson.Node, depth int32, comma bool)
	walk = func(n *rawjson.Node, depth int32, comma bool) {
		within := n.Children
		add(jsonLine{node: n, depth: depth, comma: comma, open: len(within) > 0})
		for i, c := range within {
			if count >= maxLines {
				c.Walk(func(*rawjson.Node) { left++ })
				within[i] = nil // nobody looks at it any more
				continue
			}
			walk(c, depth+1, i < len(within)-1)
		}
		if n.Children = nil; len(within) > 0 {
			add(jsonLine{node: n, depth: depth, comma: comma, shut: true})
		}
	}
	walk(doc.Root, 0, false)
	if len(j.lines) > 0 {
		j.lines = slices.Clip(j.lines)
		out = append(out, Line{many: j})
	}
	if left > 0 {
		out = append(out, remark("… "+strconv.Itoa(left)+" more values are not shown here"))
	}
	return out
}

// longestPath is how much of a path is shown, in bytes, about: a name can be a megabyte.
const longestPath = 400

// pathOf is the path of a value, its middle left out if it is long.
func pathOf(n *rawjson.Node) string {
	path := n.Path()
	if len(path) <= longestPath {
		return path
	}
	return strings.ToValidUTF8(path[:longestPath/2], "") + "…" + strings.ToValidUTF8(path[len(path)-longestPath/2:], "")
}

func (b *builder) jsonLine(j jsonLine) Line {
	n, path := j.node, pathOf(j.node)
	open, shut := "{", "}"
	if n.Kind == rawjson.Array {
		open, shut = "[", "]"
	}
	tail := ""
	if j.comma {
		tail = ","
	}
	if j.shut {
		return Line{Kind: Code, Indent: int(j.depth), Spans: []Span{T(shut+tail, JSONPunct)}, Path: path}
	}
	line := Line{Kind: Code, Indent: int(j.depth), Path: path, Explain: ExplainRef{Kind: "field", Name: n.Name}}
	if n.Name != "" || n.NameStart() >= 0 {
		line.Spans = append(line.Spans, T(strconv.Quote(n.Name), JSONKey), T(": ", JSONPunct))
	}
	switch {
	case n.Kind > rawjson.Array:
		line.Spans = append(append(line.Spans, b.jsonValue(n)...), T(tail, JSONPunct))
		line.Note = b.dateNote(n)
		line.Copy = b.copyOf(path, n.Text)
	case j.open:
		line.Spans = append(line.Spans, T(open, JSONPunct))
	default:
		line.Spans = append(line.Spans, T(open+shut+tail, JSONPunct))
	}
	return line
}

// curlLines is a command, its remarks in another tone.
func curlLines(text string) List {
	return textList([]byte(text), func(line string) Line {
		tone := Plain
		if strings.HasPrefix(line, "#") {
			tone = Muted
		}
		return Line{Kind: Code, Spans: []Span{T(strings.TrimRight(line, "\n"), tone)}}
	})
}
