package capture

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sort"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"oauthlens/flows"
)

// BrokenJSON is the error for a recording whose JSON is not JSON.
type BrokenJSON struct {
	Offset int64 // bytes from the start, from 0
	Line   int   // from 1
	Column int   // bytes from the start of the line, from 1; 0: not known
	What   string
}

func (e *BrokenJSON) Error() string {
	return fmt.Sprintf("the JSON is broken at byte %d (line %d, column %d): %s", e.Offset, e.Line, e.Column, e.What)
}

// harReader reads a HAR from a stream, entry by entry.
type harReader struct {
	dec   *jsontext.Decoder
	lines *lineCounter

	version, creator, browser string
	items                     []Item
	losses                    []string
	sawEntries                bool
	truncated                 bool

	position                       int // of the entry in the file, from 1
	withoutURL, withoutStatus      int
	undated, ascending, descending int
	noiseTotal, bodyTotal          int
	droppedBodies                  int
	droppedEntries                 int
	words                          map[string]string // interned short strings
}

// lineCounter counts the lines of what was read and keeps the last of it, so that an
// offset can be told as line and column.
type lineCounter struct {
	r     io.Reader
	bytes int64
	lines int // line feeds in all that was read
	tail  []byte
}

const tailSize = 256 << 10

func (l *lineCounter) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	l.bytes += int64(n)
	l.lines += bytes.Count(p[:n], []byte{'\n'})
	if len(l.tail)+n > 2*tailSize {
		keep := l.tail[max(0, len(l.tail)-tailSize):]
		l.tail = append(l.tail[:0], keep...)
	}
	l.tail = append(l.tail, p[:n]...)
	return n, err
}

// position tells line and column, both from 1, of an offset; column 0 means that the
// line began too long ago.
func (l *lineCounter) position(offset int64) (line, column int) {
	n := len(l.tail) - int(min(int64(len(l.tail)), max(0, l.bytes-offset)))
	line = 1 + l.lines - bytes.Count(l.tail[n:], []byte{'\n'})
	start := bytes.LastIndexByte(l.tail[:n], '\n')
	if start < 0 && l.bytes > int64(len(l.tail)) {
		return line, 0
	}
	return line, n - start
}

// readHAR reads a HAR stream. A stream that ends early gives what could be read, with
// a loss; JSON that is broken gives a *BrokenJSON.
func readHAR(r io.Reader) (*harReader, error) {
	lines := &lineCounter{r: r}
	h := &harReader{lines: lines, words: map[string]string{}}
	h.dec = jsontext.NewDecoder(lines, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	err := h.document()
	if err == nil {
		if _, err := h.dec.ReadToken(); !errors.Is(err, io.EOF) {
			h.losses = append(h.losses, "something stands behind the recording and was left out; inspect a second recording by itself")
		}
		return h, nil
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		h.truncated = true
		line, _ := h.lines.position(h.lines.bytes)
		h.losses = append(h.losses, fmt.Sprintf("the file ends in the middle (line %d); %s could be read",
			line, count(len(h.items), "entry", "entries")))
		return h, nil
	}
	var syntax *jsontext.SyntacticError
	if errors.As(err, &syntax) {
		line, column := h.lines.position(syntax.ByteOffset)
		return h, &BrokenJSON{Offset: syntax.ByteOffset, Line: line, Column: column, What: syntaxWords(syntax)}
	}
	return h, err
}

// syntaxWords says what is wrong without quoting the input.
func syntaxWords(e *jsontext.SyntacticError) string {
	msg := e.Err.Error()
	switch {
	case strings.Contains(msg, "depth"):
		return "it is nested deeper than 10,000 levels"
	case strings.Contains(msg, "escape"):
		return "a string has an escape sequence that does not exist"
	case strings.Contains(msg, "string"):
		return "a character that may not stand there, in or after a string"
	case strings.Contains(msg, "literal") || strings.Contains(msg, "number"):
		return "a number or literal that is none"
	case strings.Contains(msg, "name"):
		return "a member without a name"
	case strings.Contains(msg, "missing"):
		return "a comma, colon or bracket is missing"
	}
	return "a character that may not stand there"
}

func (h *harReader) document() error {
	if h.dec.PeekKind() != '{' {
		if _, err := h.dec.ReadToken(); err != nil {
			return err
		}
		return errors.New("a HAR begins with an object")
	}
	bare := newEntry() // an entry that was taken out of its recording
	err := h.object(func(name string) error {
		switch name {
		case "log":
			return h.log()
		case "entries":
			return h.entries()
		}
		return h.entryMember(&bare, name)
	})
	if bare.url != "" && !h.sawEntries {
		h.sawEntries = true
		h.items = append(h.items, Item{ID: 1, Exchange: bare.exchange(h)})
	}
	return err
}

func (h *harReader) log() error {
	return h.object(func(name string) error {
		switch name {
		case "version":
			return h.text(&h.version)
		case "creator":
			return h.program(&h.creator)
		case "browser":
			return h.program(&h.browser)
		case "entries":
			return h.entries()
		}
		return h.dec.SkipValue()
	})
}

func (h *harReader) program(into *string) error {
	var name, version string
	err := h.object(func(member string) error {
		switch member {
		case "name":
			return h.text(&name)
		case "version":
			return h.text(&version)
		}
		return h.dec.SkipValue()
	})
	*into = strings.TrimSpace(clip(name, 60) + " " + clip(version, 30))
	return err
}

func (h *harReader) entries() error {
	h.sawEntries = true
	var last time.Time
	return h.array(func() error {
		if len(h.items) >= maxEntries {
			h.droppedEntries++
			return h.dec.SkipValue()
		}
		h.position++
		e, err := h.entry()
		if e.url != "" {
			x := e.exchange(h)
			if x.Started.IsZero() {
				h.undated++
			} else {
				switch {
				case last.IsZero() || x.Started.Equal(last):
				case x.Started.After(last):
					h.ascending++
				default:
					h.descending++
				}
				last = x.Started
			}
			h.items = append(h.items, Item{ID: h.position, Exchange: x})
		} else if err == nil {
			h.withoutURL++
		}
		return err
	})
}

// order sorts the entries by time. Recorders list them by start, by completion or
// newest first; entries without a time stay behind the one before them.
func (h *harReader) order() {
	if h.descending > h.ascending {
		for i, j := 0, len(h.items)-1; i < j; i, j = i+1, j-1 {
			h.items[i], h.items[j] = h.items[j], h.items[i]
		}
	}
	var last time.Time
	for i := range h.items {
		x := &h.items[i].Exchange
		if x.Started.IsZero() {
			x.Started, x.Ended = last, last
		}
		last = x.Started
	}
	sort.SliceStable(h.items, func(i, j int) bool {
		return h.items[i].Exchange.Started.Before(h.items[j].Exchange.Started)
	})
	if h.undated > 0 {
		h.losses = append(h.losses, count(h.undated, "entry has", "entries have")+" no readable startedDateTime; the order of the file counts for them")
	}
	if h.withoutURL > 0 {
		h.losses = append(h.losses, count(h.withoutURL, "entry has", "entries have")+" no URL and cannot be used")
	}
	if h.withoutStatus > 0 {
		h.losses = append(h.losses, count(h.withoutStatus, "redirect has", "redirects have")+" no status; 302 is assumed")
	}
	if h.sanitized() {
		h.losses = append(h.losses, "no request has a Cookie or Authorization header: the recorder seems to have removed them; export the HAR with sensitive data")
	}
	if h.droppedEntries > 0 {
		h.losses = append(h.losses, fmt.Sprintf("%d entries beyond the first %d were left out", h.droppedEntries, maxEntries))
	}
	if h.droppedBodies > 0 {
		h.losses = append(h.losses, count(h.droppedBodies, "body", "bodies")+" of pages and files that are no part of a flow were left out")
	}
}

// sanitized tells a browser's recording from which the sensitive headers were removed.
func (h *harReader) sanitized() bool {
	if len(h.items) < 20 {
		return false
	}
	browser := false
	for i := range h.items {
		q := h.items[i].Exchange.Request.Headers
		if q.Has("Cookie") || q.Has("Authorization") {
			return false
		}
		browser = browser || q.Has("Sec-Fetch-Mode")
	}
	return browser
}

// what names the recording: "HAR 1.2 by Firefox 132".
func (h *harReader) what() string {
	s := "HAR"
	if h.version != "" {
		s += " " + clip(h.version, 10)
	}
	by := h.creator
	if h.browser != "" && !strings.EqualFold(h.browser, h.creator) {
		by = h.browser
	}
	if by != "" {
		s += " by " + by
	}
	return s
}

// object calls member for each member name of the object that comes next; any other
// value is skipped.
func (h *harReader) object(member func(name string) error) error {
	if h.dec.PeekKind() != '{' {
		return h.dec.SkipValue()
	}
	if _, err := h.dec.ReadToken(); err != nil {
		return err
	}
	for h.dec.PeekKind() != '}' {
		t, err := h.dec.ReadToken()
		if err != nil {
			return err
		}
		if err := member(h.intern(t.String())); err != nil {
			return err
		}
	}
	_, err := h.dec.ReadToken()
	return err
}

// array calls element once for each element of the array that comes next; any other
// value is skipped.
func (h *harReader) array(element func() error) error {
	if h.dec.PeekKind() != '[' {
		return h.dec.SkipValue()
	}
	if _, err := h.dec.ReadToken(); err != nil {
		return err
	}
	for h.dec.PeekKind() != ']' {
		if err := element(); err != nil {
			return err
		}
	}
	_, err := h.dec.ReadToken()
	return err
}

// text reads a string, or the literal of a number; anything else gives "".
func (h *harReader) text(into *string) error {
	switch h.dec.PeekKind() {
	case '"', '0':
		t, err := h.dec.ReadToken()
		if err != nil {
			return err
		}
		*into = t.String()
		return nil
	}
	return h.dec.SkipValue()
}

// short is text for values that repeat from entry to entry.
func (h *harReader) short(into *string) error {
	err := h.text(into)
	*into = h.intern(*into)
	return err
}

// number reads a number, or a string that holds one.
func (h *harReader) number(into *float64) error {
	var s string
	if err := h.text(&s); err != nil {
		return err
	}
	if f, ok := parseFloat(s); ok {
		*into = f
	}
	return nil
}

func (h *harReader) headers(into *flows.Headers) error {
	if h.dec.PeekKind() == '{' { // some exporters write an object of names and values
		return h.object(func(name string) error {
			f := flows.Header{Name: name}
			err := h.short(&f.Value)
			if len(*into) < maxHeaders && !strings.HasPrefix(name, ":") {
				*into = append(*into, f)
			}
			return err
		})
	}
	return h.array(func() error {
		var f flows.Header
		err := h.object(func(name string) error {
			switch name {
			case "name":
				return h.short(&f.Name)
			case "value":
				return h.short(&f.Value)
			}
			return h.dec.SkipValue()
		})
		// ":authority" and its like are the request line of HTTP/2, not fields.
		if f.Name != "" && !strings.HasPrefix(f.Name, ":") && len(*into) < maxHeaders {
			*into = append(*into, f)
		}
		return err
	})
}

func (h *harReader) intern(s string) string {
	if len(s) > 120 {
		return s
	}
	if have, ok := h.words[s]; ok {
		return have
	}
	if len(h.words) < 20_000 {
		h.words[s] = s
	}
	return s
}
