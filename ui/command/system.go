package command

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

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

// ReadPassphrase asks at the keyboard, without echo.
func ReadPassphrase(prompt string) (string, error) {
	stdin := int(os.Stdin.Fd())
	if !term.IsTerminal(stdin) {
		return "", errors.New("a passphrase is asked for at the keyboard only: run this in a terminal")
	}
	fmt.Fprint(os.Stderr, prompt)
	text, err := term.ReadPassword(stdin)
	fmt.Fprintln(os.Stderr)
	return string(text), err
}
