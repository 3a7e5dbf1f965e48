package linear

import (
	"bufio"
	"io"
	"strings"

	"oauthlens/flows/visible"
)

// speech writes lines, each made visible, and knows whether a prompt stands at the end.
type speech struct {
	w        *bufio.Writer
	keyboard bool
	open     bool // the last line is a prompt that was not answered
	said     int  // lines so far, prompts not counted
	err      error
}

func newSpeech(w io.Writer, keyboard bool) *speech {
	return &speech{w: bufio.NewWriter(w), keyboard: keyboard}
}

// say writes one line.
func (s *speech) say(text string) {
	if text == "" {
		return
	}
	s.closePrompt()
	s.said++
	s.write(visible.Line(text) + "\n")
}

// sentence writes one line that ends with a full stop.
func (s *speech) sentence(text string) {
	if text = strings.TrimSpace(text); text == "" {
		return
	}
	if !strings.ContainsAny(text[len(text)-1:], ".:!?") {
		text += "."
	}
	s.say(upper(text))
}

// gap sets a step apart.
func (s *speech) gap() {
	s.closePrompt()
	s.write("\n")
}

// prompt asks for a line. At a keyboard the answer is typed behind it; else the line ends,
// so that what follows does not run into it.
func (s *speech) prompt(text string) {
	s.closePrompt()
	text = visible.Line(text)
	if s.keyboard {
		s.write(text + ": ")
		s.open = true
	} else {
		s.write(text + "\n")
	}
	s.flush()
}

// answered tells that the user ended the prompt's line.
func (s *speech) answered() { s.open = false }

func (s *speech) closePrompt() {
	if s.open {
		s.write("\n")
		s.open = false
	}
}

func (s *speech) write(text string) {
	if s.err == nil {
		_, s.err = s.w.WriteString(text)
	}
}

func (s *speech) flush() {
	if s.err == nil {
		s.err = s.w.Flush()
	}
}

// upper begins a sentence with a capital, if its first word is not a name that has none.
func upper(text string) string {
	word, _, _ := strings.Cut(text, " ")
	if strings.ContainsAny(word, "_:/.=#'\"") {
		return text
	}
	if c := text[0]; c >= 'a' && c <= 'z' {
		return string(c-'a'+'A') + text[1:]
	}
	return text
}
