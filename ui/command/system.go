package command

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"unicode/utf8"

	"golang.org/x/term"
)

// WriteNew writes a file that is not there yet and that only its owner can read.
func WriteNew(name string, data []byte) (string, error) {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Close()); err != nil {
		return "", err
	}
	return filepath.Abs(name)
}

// ReadPassphrase asks at the keyboard, without echo. The echo ends before the question is
// put, so that an answer that comes at once is not seen.
func ReadPassphrase(prompt string) (string, error) {
	stdin := int(os.Stdin.Fd())
	if !term.IsTerminal(stdin) {
		return "", errors.New("a passphrase is asked for at the keyboard only: run this in a terminal")
	}
	before, err := term.MakeRaw(stdin)
	if err != nil {
		return "", err
	}
	fmt.Fprint(os.Stderr, prompt)
	text, err := readHidden(os.Stdin)
	if restoring := term.Restore(stdin, before); err == nil {
		err = restoring
	}
	fmt.Fprintln(os.Stderr)
	return text, err
}

// errInterrupted is ctrl+c at a question.
var errInterrupted = &exitError{code: 130}

// longestPassphrase bounds what is read, in bytes.
const longestPassphrase = 4096

// readHidden reads a line from a terminal in raw mode, a byte at a time, so that what is
// typed behind it is left to whoever reads next. Backspace and ctrl+u mend it.
func readHidden(r io.Reader) (string, error) {
	var line []byte
	b := make([]byte, 1)
	for len(line) < longestPassphrase {
		if _, err := io.ReadFull(r, b); err != nil {
			return "", errors.New("no passphrase was given")
		}
		switch b[0] {
		case '\r', '\n':
			return string(line), nil
		case 0x03: // ctrl+c
			return "", errInterrupted
		case 0x04: // ctrl+d
			return "", errors.New("no passphrase was given")
		case 0x15: // ctrl+u
			line = line[:0]
		case 0x7f, '\b':
			_, n := utf8.DecodeLastRune(line)
			line = line[:len(line)-n]
		default:
			line = append(line, b[0])
		}
	}
	return "", errors.New("a passphrase has at most 4096 bytes")
}
