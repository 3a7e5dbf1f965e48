package linear

import (
	"bufio"
	"errors"
	"io"
	"strings"
)

// longestLine bounds one line of the input, in bytes.
const longestLine = 1 << 20

var errLong = errors.New("a line of more than a megabyte is no command: it was left out")

// input reads lines, each when it is asked for: what is behind it stays for whoever reads
// next.
type input struct {
	ask   chan struct{}
	got   chan typed
	asked bool
	// ahead are lines that were typed while something was waited for.
	ahead []string
}

// typed is a line without its end, or why there is none.
type typed struct {
	text string
	err  error
}

func newInput(r io.Reader) *input {
	in := &input{ask: make(chan struct{}), got: make(chan typed, 1)}
	go func() {
		b := bufio.NewReader(r)
		for range in.ask {
			text, err := readLine(b)
			in.got <- typed{text, err}
		}
	}()
	return in
}

// request asks for a line, if none is asked for yet; it comes on got.
func (in *input) request() {
	if !in.asked {
		in.asked = true
		in.ask <- struct{}{}
	}
}

// take notes that the line asked for came.
func (in *input) take(l typed) (string, error) {
	in.asked = false
	return l.text, l.err
}

func (in *input) close() { close(in.ask) }

// readLine reads up to the end of a line. The last one needs no line break.
func readLine(b *bufio.Reader) (string, error) {
	var line strings.Builder
	for {
		part, err := b.ReadSlice('\n')
		if line.Len() <= longestLine {
			line.Write(part)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil && line.Len() == 0:
			return "", err
		case line.Len() > longestLine:
			return "", errLong
		}
		return strings.TrimSuffix(strings.TrimSuffix(line.String(), "\n"), "\r"), nil
	}
}
