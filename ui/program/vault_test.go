//go:build unix

package program

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
)

// answer is what is typed when a question stands on the terminal.
type answer struct{ question, text string }

// onTerminal runs the program on a real pseudo-terminal and answers its questions.
func onTerminal(t *testing.T, home string, answers []answer, args ...string) (screen string, code int) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, self, args...)
	abort(cmd)
	cmd.Env = append(os.Environ(), "OAUTHLENS_HOME="+home, "DBUS_SESSION_BUS_ADDRESS=disabled:", programReport+"="+filepath.Join(t.TempDir(), "report"))
	terminal, err := pty.Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	var seen bytes.Buffer
	from := 0
	part := make([]byte, 4096)
	for {
		n, err := terminal.Read(part)
		seen.Write(part[:n])
		if len(answers) > 0 {
			if at := bytes.Index(seen.Bytes()[from:], []byte(answers[0].question)); at >= 0 {
				from += at + len(answers[0].question)
				if _, err := terminal.WriteString(answers[0].text + "\r"); err != nil {
					t.Fatal(err)
				}
				answers = answers[1:]
			}
		}
		if err != nil {
			break // the other end is closed
		}
	}
	if len(answers) > 0 {
		t.Errorf("%q was never asked:\n%s", answers[0].question, seen.String())
	}
	err = cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return seen.String(), cmd.ProcessState.ExitCode()
}

// TestTheVaultOnATerminal sets a passphrase, fails to open with a wrong one, and destroys
// the key; no passphrase is echoed or written.
func TestTheVaultOnATerminal(t *testing.T) {
	t.Parallel()
	home := filepath.Join(t.TempDir(), "home")
	const passphrase = "correct horse battery"
	tests := []struct {
		args    []string
		answers []answer
		code    int
		want    string
	}{
		{[]string{"vault", "status"}, nil, 0, "oauthlens vault passphrase makes one"},
		{[]string{"vault", "passphrase"}, []answer{{"new passphrase: ", passphrase}, {"once more: ", "staple"}}, 2, "nothing was changed"},
		{[]string{"vault", "passphrase"}, []answer{{"new passphrase: ", "\x03"}}, 130, "new passphrase"},
		{[]string{"vault", "passphrase"}, []answer{{"new passphrase: ", passphrase}, {"once more: ", passphrase}}, 0, "protects the key from now on"},
		{[]string{"vault", "status"}, nil, 0, "locked: the key is under a passphrase"},
		{[]string{"vault", "unlock"}, []answer{{"passphrase: ", "staple"}}, 2, "wrong passphrase"},
		{[]string{"vault", "lock"}, nil, 0, "locked"},
		{[]string{"vault", "forget"}, nil, 2, "--yes"},
		{[]string{"vault", "forget", "--yes"}, nil, 0, "cannot be read any more"},
		{[]string{"vault", "status"}, nil, 0, "there is no key"},
	}
	for _, tt := range tests {
		screen, code := onTerminal(t, home, tt.answers, tt.args...)
		if code != tt.code || !strings.Contains(screen, tt.want) {
			t.Errorf("%q: exit code %d\n%s", tt.args, code, screen)
		}
		for _, secret := range []string{passphrase, "staple"} {
			if strings.Contains(screen, secret) {
				t.Errorf("%q: a passphrase is on the terminal:\n%s", tt.args, screen)
			}
			err := filepath.WalkDir(home, func(path string, d fs.DirEntry, err error) error {
				if err != nil || d.IsDir() {
					return err
				}
				data, err := os.ReadFile(path)
				if bytes.Contains(data, []byte(secret)) {
					t.Errorf("%q: a passphrase is in %s", tt.args, filepath.Base(path))
				}
				return err
			})
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				t.Fatal(err)
			}
		}
	}
}
