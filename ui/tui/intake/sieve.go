package intake

import (
	"bytes"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// MaxPaste is how long a paste may be, in bytes: a token of a megabyte or a recording of a
// flow fits. Of a longer one a few bytes more are let through, by which it is known.
const MaxPaste = 2 << 20

// longest is how long a sequence may be that is kept until its end comes. The answers to
// what the program asks have some thirty bytes.
const longest = 128

const (
	bel, can, etx, sub, esc, del = 0x07, 0x18, 0x03, 0x1a, 0x1b, 0x7f

	keyEsc   = "\x1b[27u"
	pasteEnd = "\x1b[201~"
)

// state is what the next byte belongs to.
type state uint8

const (
	ground    state = iota
	character       // a character of several bytes
	escape          // behind esc
	csi             // a control sequence
	mouse           // the three bytes of a mouse of the old kind
	linux           // a function key of the Linux console
	ss3             // a key of the keypad, or an arrow
	str             // a string: OSC, DCS, APC, PM, SOS
	strEsc          // behind esc in a string
)

// sieve takes what comes from a terminal, in pieces of any size, and keeps in out what may
// go on. Its zero value is ready.
type sieve struct {
	out     []byte
	state   state
	held    []byte // of what is not complete
	alt     bool   // a second esc stands before what is held
	tooLong bool   // what is under way will be dropped
	paste   bool
	pasted  int  // bytes of the paste so far
	alone   bool // the esc that is held came alone
	leaving bool // ctrl+c was pressed
}

// take takes a piece.
func (s *sieve) take(piece []byte) {
	s.alone = len(piece) == 1 && piece[0] == esc && s.state == ground
	if s.paste && len(piece) == 1 && piece[0] == etx { // a hand, at a paste that does not end
		s.endPaste()
	}
	for _, b := range piece {
		s.push(b)
	}
}

// grace is how long to wait for the rest of what is not complete; 0: there is nothing.
func (s *sieve) grace() time.Duration {
	switch {
	case s.state == ground || s.leaving:
		return 0
	case s.paste && !s.alone:
		return patiently
	case s.state == escape, len(s.held) == 2 && (s.state == csi || s.state == ss3 || s.state == str):
		return shortly
	}
	return patiently
}

// idle takes the end of that time: what is held is a key, or nothing.
func (s *sieve) idle() {
	was, held := s.state, s.held
	switch {
	case s.paste && s.alone: // as with ctrl+c
		s.endPaste()
	case s.paste:
	case was == escape:
		s.pass(keyEsc)
		if s.alt {
			s.pass(keyEsc)
		}
	case len(held) == 2 && (was == csi || was == ss3 || was == str):
		s.withAlt(held[1])
	}
	s.begin(ground)
}

func (s *sieve) endPaste() {
	s.paste = false
	s.pass(pasteEnd)
}

func (s *sieve) begin(next state, held ...byte) {
	s.state, s.held, s.alt, s.tooLong = next, append(s.held[:0], held...), false, false
}

// keep adds a byte to what is held, as long as there is room.
func (s *sieve) keep(b byte) {
	if s.tooLong = s.tooLong || len(s.held) >= longest; !s.tooLong {
		s.held = append(s.held, b)
	}
}

// pass lets text through. Behind ctrl+c only another ctrl+c counts: who presses it is
// leaving, and nobody takes the rest.
func (s *sieve) pass(text string) {
	if s.paste {
		if s.pasted > MaxPaste {
			return
		}
		s.pasted += len(text)
	}
	if s.leaving && text != "\x03" {
		return
	}
	s.leaving = s.leaving || !s.paste && text == "\x03"
	s.out = append(s.out, text...)
}

func (s *sieve) push(b byte) {
	switch s.state {
	case ground:
		s.plain(b)
	case character:
		s.inCharacter(b)
	case escape:
		s.afterEscape(b)
	case csi:
		s.inSequence(b)
	case mouse, linux:
		s.keep(b)
		if s.state == linux || len(s.held) == len("\x1b[Mbxy") {
			s.endSequence()
		}
	case ss3:
		s.inKeypad(b)
	case str, strEsc:
		s.inString(b)
	}
}

func (s *sieve) plain(b byte) {
	switch {
	case b == esc:
		s.begin(escape, b)
	case b < utf8.RuneSelf:
		s.pass(string(rune(b)))
	case utf8.RuneStart(b):
		s.begin(character, b)
	}
}

// inCharacter completes a character. What is no UTF-8 is dropped, and so is the mark that
// others have put in its place: the toolkit would wait for silence at it.
func (s *sieve) inCharacter(b byte) {
	s.held = append(s.held, b)
	if !utf8.FullRune(s.held) {
		return
	}
	r, n := utf8.DecodeRune(s.held)
	if r != utf8.RuneError {
		s.pass(string(s.held[:n]))
	}
	again := r == utf8.RuneError && n == 1
	s.begin(ground)
	if again && (b < utf8.RuneSelf || utf8.RuneStart(b)) { // it was the next one's first byte
		s.plain(b)
	}
}

func (s *sieve) afterEscape(b byte) {
	if s.paste && b != '[' { // only the end of the paste is looked for
		s.begin(ground)
		s.plain(b)
		return
	}
	alt := s.alt
	switch b {
	case '[', 'O':
		next := csi
		if b == 'O' {
			next = ss3
		}
		s.begin(next, esc, b)
		s.alt = alt
		return
	case esc:
		if alt {
			s.pass(keyEsc)
		}
		s.alt = true
		return
	}
	if alt {
		s.pass(keyEsc)
	}
	switch b {
	case ']', 'P', '_', '^', 'X':
		s.begin(str, esc, b)
	default:
		s.begin(ground)
		if b < utf8.RuneSelf {
			s.withAlt(b)
			return
		}
		s.plain(b)
	}
}

// withAlt passes a key that was pressed with alt, in the form that says so by itself.
func (s *sieve) withAlt(b byte) {
	switch {
	case b == etx: // it ends the program with anything before it
		s.pass(keyEsc)
		s.pass("\x03")
	case b == '\r' || b == '\t' || b == del:
		s.pass(fmt.Sprintf("\x1b[%d;3u", b))
	case b == 0:
		s.pass("\x1b[32;7u")
	case b <= 26: // with ctrl
		s.pass(fmt.Sprintf("\x1b[%d;7u", b+'a'-1))
	case b < ' ':
		s.pass(fmt.Sprintf("\x1b[%d;7u", b+'@'))
	case b >= 'A' && b <= 'Z': // with shift
		s.pass(fmt.Sprintf("\x1b[%d:%d;4u", b+'a'-'A', b))
	default:
		s.pass(fmt.Sprintf("\x1b[%d;3u", b))
	}
}

func (s *sieve) inSequence(b byte) {
	switch {
	case b >= 0x20 && b < 0x40:
		s.keep(b)
	case b >= 0x40 && b < del:
		s.keep(b)
		switch {
		case len(s.held) == 3 && b == 'M' && !s.paste:
			s.state = mouse
		case len(s.held) == 3 && b == '[' && !s.paste:
			s.state = linux
		default:
			s.endSequence()
		}
	default:
		s.begin(ground)
		s.plain(b)
	}
}

func (s *sieve) endSequence() {
	body := string(s.held[2:])
	switch {
	case s.tooLong:
	case s.paste:
		if body == "201~" {
			s.endPaste()
		}
	case body == "200~":
		s.pass("\x1b[" + body)
		s.paste, s.pasted = true, 0
	case s.state == mouse:
		s.pass("\x1b[" + body)
	case s.state == linux:
		if n := body[1]; n >= 'A' && n <= 'E' {
			s.pass(fmt.Sprintf("\x1b[%d~", n-'A'+11)) // F1 to F5
		}
	case known(body):
		s.passWithAlt("\x1b[" + body)
	}
	s.begin(ground)
}

// passWithAlt passes a sequence behind another esc: alt, if it is a plain key.
func (s *sieve) passWithAlt(sequence string) {
	switch {
	case s.alt && !strings.ContainsAny(sequence, ";:<?Iu") && !strings.HasSuffix(sequence, "[O"):
		sequence = "\x1b" + sequence
	case s.alt:
		s.pass(keyEsc)
	}
	s.pass(sequence)
}

func (s *sieve) inKeypad(b byte) {
	switch {
	case b >= '0' && b <= '9':
		s.keep(b)
	case bytes.IndexByte([]byte("abcdABCDEFHPQRSMXjklmnopqrstuvwxy"), b) >= 0:
		if s.keep(b); len(s.held) <= len("\x1bO5P") {
			s.passWithAlt(string(s.held))
		}
		s.begin(ground)
	default:
		s.begin(ground)
		if b < 0x20 || b >= del {
			s.plain(b)
		}
	}
}

func (s *sieve) inString(b byte) {
	ended := s.state == strEsc && b == '\\' || b == bel && s.held[1] == ']'
	switch {
	case ended:
		if s.keep(b); !s.tooLong && answer(s.held) {
			s.pass(string(s.held))
		}
		s.begin(ground)
	case s.state == strEsc: // cancelled by another sequence
		s.begin(escape, esc)
		s.afterEscape(b)
	case b == esc:
		s.keep(b)
		s.state = strEsc
	case b == can, b == sub:
		s.begin(ground)
	case b == etx:
		s.begin(ground)
		s.plain(b)
	default:
		s.keep(b)
	}
}
