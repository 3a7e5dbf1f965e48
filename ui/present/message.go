package present

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/rawjson"
	"oauthlens/flows/redact"
	"oauthlens/flows/report"
)

// masked is a text in one tone, its secrets as masks that can be revealed.
func (b *builder) masked(text string, tone Tone) []Span {
	var out []Span
	for _, p := range b.mask.Split(redact.Shown(text)) {
		if p.Secret.IsZero() {
			out = append(out, Span{Text: p.Text, Tone: tone})
			continue
		}
		out = append(out, Span{Text: p.Text, Tone: SecretTone, Secret: p.Raw})
	}
	return out
}

// copyOf is the whole value to copy, as a secret when there is one in it.
func (b *builder) copyOf(what, text string) Copy {
	if len(b.mask.Leaks([]byte(text))) > 0 {
		return Copy{What: what, Secret: flows.NewSecret(b.start.Fingerprints, what, text)}
	}
	return Copy{What: what, Text: text}
}

func heading(text string) Line { return Line{Kind: Heading, Spans: []Span{T(text, Strong)}} }

func prose(text string) Line { return Line{Kind: Text, Spans: []Span{T(text, Plain)}} }

func remark(text string) Line { return Line{Kind: Text, Spans: []Span{T(text, Muted)}} }

// sentence makes a reason, which goes on behind a key's name elsewhere, stand for itself.
func sentence(why string) string {
	if why == "" {
		return ""
	}
	return strings.ToUpper(why[:1]) + why[1:] + "."
}

func gap() Line { return Line{Kind: Gap} }

// row is a label and a value in one tone; an empty value is left out by rows.
func (b *builder) row(label, value, note string) Line {
	return Line{Kind: Row, Label: label, Spans: b.masked(value, Plain), Note: note, Copy: b.copyOf(label, value)}
}

func (b *builder) urlRow(label, value, note string) Line {
	l := b.row(label, value, note)
	for i := range l.Spans {
		if l.Spans[i].Tone == Plain {
			l.Spans[i].Tone = Link
		}
		l.Spans[i].Link = value
	}
	if len(b.mask.Leaks([]byte(value))) > 0 {
		for i := range l.Spans {
			l.Spans[i].Link = ""
		}
	}
	return l
}

// requestRaw is a request as it is written to the connection.
func (b *builder) requestRaw(r flows.Request) List {
	var out List
	head := r
	head.Body = nil
	for i, l := range b.code(bytes.TrimRight(head.Bytes(), "\r\n")) {
		out = append(out, headLine(l, i))
	}
	out = append(out, gap())
	return append(out, b.bodyRaw(r.Body)...)
}

// headLine is line i of a request's head in the tones that an answer's head has: the first
// stands out, and of the others the name does.
func headLine(l Line, i int) Line {
	if len(l.Spans) == 0 || l.Spans[0].Tone != Plain {
		return l
	}
	if i == 0 {
		for k := range l.Spans {
			if l.Spans[k].Tone == Plain {
				l.Spans[k].Tone = Strong
			}
		}
		return l
	}
	name, value, ok := strings.Cut(l.Spans[0].Text, ": ")
	if !ok {
		return l
	}
	l.Spans = append([]Span{T(name+": ", Label), T(value, Plain)}, l.Spans[1:]...)
	l.Path, l.Explain = name, ExplainRef{Kind: "header", Name: name}
	return l
}

func (b *builder) responseRaw(r flows.Response) List {
	out := List{{Kind: Code, Spans: b.masked(strings.TrimSpace(version(r.Version)+" "+strconv.Itoa(r.Status)+" "+r.StatusText), Strong)}}
	for _, h := range r.Headers {
		out = append(out, Line{Kind: Code, Spans: append([]Span{T(h.Name+": ", Label)}, b.masked(h.Value, Plain)...), Path: h.Name,
			Copy: b.copyOf(h.Name, h.Value), Explain: ExplainRef{Kind: "header", Name: h.Name}})
	}
	out = append(out, gap())
	out = append(out, b.bodyRaw(r.Body)...)
	if r.Problem != "" {
		out = append(out, Line{Kind: Text, Spans: []Span{T("▲ "+r.Problem, Warn)}})
	}
	return out
}

func version(v string) string {
	if v == "" {
		return "HTTP/1.1"
	}
	return v
}

// code is text as it is, a line for a line.
func (b *builder) code(text []byte) List {
	b = b.lean()
	return textList(text, func(line string) Line {
		return Line{Kind: Code, Spans: b.masked(strings.TrimRight(line, "\r\n"), Plain)}
	})
}

func (b *builder) bodyRaw(body []byte) List {
	if len(body) == 0 {
		return List{remark("(no body)")}
	}
	if b.hasty && len(body) > bigBody {
		return List{remark("Looking for secrets in the body of " + strconv.Itoa(len(body)) + " bytes …")}
	}
	return b.code(body)
}

// named gives the members of a document the kind of thing that they are in their message: a
// parameter of a request, a claim of a token.
func named(kind string, l List) List {
	for i := range l {
		if l[i].Explain.Name != "" {
			l[i].Explain.Kind = kind
		}
		if j, ok := l[i].many.(*jsonLines); ok {
			j.kind = kind
		}
	}
	return l
}

// bodyExplained shows JSON indented and coloured, and everything else as it is: JSON that
// breaks off too, since what was read of it is not what was received.
func (b *builder) bodyExplained(body []byte) List {
	trimmed := bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")))
	if len(trimmed) > 0 && (trimmed[0] == '{' || trimmed[0] == '[') {
		if doc, err := rawjson.Parse(body); err == nil && doc.Root.Kind <= rawjson.Array {
			out := b.json(doc)
			if slices.ContainsFunc(doc.Problems, func(p rawjson.Problem) bool { return p.Code == "syntax" }) {
				out = b.bodyRaw(body)
			}
			for _, p := range doc.Problems {
				out = append(out, Line{Kind: Text, Spans: []Span{T("▲ "+p.Text, Warn)}})
			}
			return out
		}
	}
	return b.bodyRaw(body)
}

func (b *builder) jsonValue(n *rawjson.Node) []Span {
	switch n.Kind {
	case rawjson.String:
		spans := append([]Span{T(`"`, JSONString)}, b.masked(n.Text, JSONString)...)
		return append(spans, T(`"`, JSONString))
	case rawjson.Number:
		return []Span{T(n.Text, JSONNumber)}
	}
	return []Span{T(n.Text, JSONLiteral)}
}

// dateNote says a number that must be a time as a date.
func (b *builder) dateNote(n *rawjson.Node) string {
	if t, unit, ok := date(n); ok {
		return b.when(t) + unit
	}
	return ""
}

// date reads a number that must be a time: seconds or milliseconds since 1970, between 2001
// and 2100.
func date(n *rawjson.Node) (t time.Time, unit string, ok bool) {
	if n.Kind != rawjson.Number {
		return t, "", false
	}
	v, err := strconv.ParseFloat(n.Text, 64)
	switch {
	case err != nil:
	case v > 1e12 && v < 4.2e12:
		return time.UnixMilli(int64(v)), " (milliseconds)", true
	case v > 1e9 && v < 4.2e9:
		return time.Unix(int64(v), 0), "", true
	}
	return t, "", false
}

// curl is the request as a shell command, its secrets as variables.
func (b *builder) curl(r flows.Request) Copy {
	return Copy{What: "the request as curl", Text: report.CurlCommand(r, b.mask)}
}
