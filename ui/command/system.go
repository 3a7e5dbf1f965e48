package command

import (
	"context"
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

// PassphraseReader gives what asks at the keyboard, without echo. The echo ends before the
// question is put, so that an answer that comes at once is not seen. A signal, with which
// ctx ends, ends the question and gives the echo back; cause is its exit code.
func PassphraseReader(ctx context.Context, cause func() int) func(prompt string) (string, error) {
	return func(prompt string) (string, error) {
		stdin := int(os.Stdin.Fd())
		if !term.IsTerminal(stdin) {
			return "", errors.New("a passphrase is asked for at the keyboard only: run this in a terminal")
		}
		before, err := term.MakeRaw(stdin)
		if err != nil {
			return "", err
		}
		fmt.Fprint(os.Stderr, prompt)
		text, err := readUntil(ctx, os.Stdin)
		if ctx.Err() != nil {
			text, err = "", &exitError{code: cause()}
		}
		if restoring := term.Restore(stdin, before); err == nil {
			err = restoring
		}
		fmt.Fprintln(os.Stderr)
		return text, err
	}
}

// readUntil is readHidden, left behind when ctx ends: nothing ends a read of a terminal, and
// the program is about to.
func readUntil(ctx context.Context, r io.Reader) (text string, err error) {
	read := make(chan struct{})
	var typed string
	var failed error
	go func() {
		typed, failed = readHidden(r)
		close(read)
	}()
	select {
	case <-read:
		return typed, failed
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// errInterrupted is ctrl+c or ctrl+\ at a question.
var errInterrupted = &exitError{code: 130}

// interrupted tells that a question ended with ctrl+c or a signal: the program ends too.
func interrupted(err error) bool {
	var exit *exitError
	return errors.As(err, &exit)
}

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
		case 0x03, 0x1c: // ctrl+c, ctrl+\
			return "", errInterrupted
		case 0x04: // ctrl+d
			return "", errors.New("no passphrase was given")
		case 0x15: // ctrl+u
			line = line[:0]
		case 0x7f, '\b':
			_, n := utf8.DecodeLastRune(line)
			line = line[:len(line)-n]
		case 0x1a: // ctrl+z, which would be part of the passphrase
		default:
			line = append(line, b[0])
		}
	}
	return "", errors.New("a passphrase has at most 4096 bytes")
}
