//go:build unix

package program

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"oauthlens/flows"
	"oauthlens/store"
)

// TestNoSecretIsPainted walks every provider on the screen of the real program, by its keys
// alone, looks at every tab of every step, copies, explains, searches, opens the run from
// the history and exports it. Nothing that the terminal was sent may hold a secret, whatever
// stood on which screen: reveal is not pressed.
func TestNoSecretIsPainted(t *testing.T) {
	for i, p := range walked(t) {
		for _, g := range p.Grants {
			if g == flows.GrantRefreshToken { // it starts with a token that the simulator takes for its own
				continue
			}
			t.Run(p.Name+" "+string(g), func(t *testing.T) {
				t.Parallel()
				w := newWitness(t, i%2 == 0)
				w.paint(p, slices.Index(p.Grants, g), i%2 == 0)
			})
		}
	}
}

// pictures collects what stood on the screen, row by row, and joined: a value that a line
// break cuts is whole in one of them.
type pictures struct {
	term *terminal
	seen strings.Builder
}

func (v *pictures) press(keys ...string) {
	for _, k := range keys {
		v.term.press(k)
		v.term.still()
		screen := v.term.screen.String()
		v.seen.WriteString(screen + "\n" + strings.ReplaceAll(screen, "\n", "") + "\n")
	}
}

func (v *pictures) shows(text string) bool { return strings.Contains(v.term.screen.String(), text) }

var stepNumber = regexp.MustCompile(`(?m)^ ?. ([1-9]) `)

func (w *witness) paint(p flows.Provider, grant int, sealed bool) {
	t := w.t
	term := openProgram(t, w.home, w.env, p.Name)
	v := &pictures{term: term}
	if sealed {
		term.until("passphrase of the vault")
		term.press(vaultPassphrase + "\r")
	}
	term.until(p.Title)
	seen := process(term.cmd.Process.Pid)
	v.press(strings.Split(strings.Repeat("t ", grant), " ")[:grant]...)
	v.press("\r")
	opened := false
	for range 14 { // more than any walk has steps
		if !opened && p.Dialect.AuthorizeDelivery == "" && v.shows("AUTHORIZATION URL") && v.shows("o open in browser") {
			v.press("o", "]") // a real browser comes back
			opened = true
		}
		v.press("\t", "c", "Y", "\t", "\t", "\r")
	}
	v.press("\x1bOP", "\x1b", "/", "a", "\r", "n", "\x1b")
	steps := len(stepNumber.FindAllString(term.screen.String(), -1))
	for n := range max(steps, 4) {
		v.press(fmt.Sprint(n+1), "\t", "G", "f", "\x1b")
	}
	term.back("h history")
	v.press("h")
	term.until("E export")
	term.until("✓ succeeded", "✗ failed", "running")
	v.press("\r")
	term.until("Explained  Raw")
	v.press("\t", "\t", "5", "\t", "\x1b")
	term.until("E export")
	v.press("E")
	term.until("the document of run --json")
	v.press("\r")
	term.until("an existing file is not replaced")
	v.press("\r")
	term.until("written, without secrets")
	v.press("y")
	exported, err := filepath.Glob(filepath.Join(w.home, "oauthlens-*.json"))
	if err != nil || len(exported) == 0 {
		t.Errorf("nothing was exported:\n%s", term.screen.String())
	}
	term.leave()
	if w.called("clipboard") == 0 {
		t.Error("nothing was copied")
	}
	if opened && w.called("browser") == 0 {
		t.Error("no browser was opened")
	}
	text := term.text()
	w.lookThrough(seen, place{"the terminal", text}, place{"what stood on the screen", v.seen.String()}, place{"the titles of the window", titles(text)})
	if titles(text) == "" {
		t.Error("the window has no title")
	}
	_, main, _ := strings.Cut(text, "\x1b[?1049l")
	if plain := strings.TrimSpace(escapes.ReplaceAllString(main, "")); plain != "" {
		t.Errorf("the program leaves %q on the main screen", plain)
	}
	if _, err := os.Stat(filepath.Join(w.home, store.DatabaseName)); err != nil {
		t.Error(err)
	}
}

var (
	escapes = regexp.MustCompile(`\x1b\][^\a\x1b]*(\a|\x1b\\)|\x1b[\[P_^][0-?]*[ -/]*[@-~]|\x1b[=>78cM]`)
	title   = regexp.MustCompile(`\x1b\][0-2];([^\a\x1b]*)`)
)

// titles are what the window was called.
func titles(text string) string {
	var b strings.Builder
	for _, m := range title.FindAllStringSubmatch(text, -1) {
		b.WriteString(m[1] + "\n")
	}
	return b.String()
}

// TestWhatIsTypedIsNotPainted: a client secret, a callback and an answer that are typed or
// pasted are not echoed, neither before enter nor after.
func TestWhatIsTypedIsNotPainted(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	term := openProgram(t, home, []string{outsideVariable(t, otherwise{}), "OAUTHLENS_CLIENT_SECRET=", "DBUS_SESSION_BUS_ADDRESS=disabled:"}, "custom")
	v := &pictures{term: term}
	term.until("Any OAuth 2.0 server")
	v.press("i")
	term.until("Paste anything")
	v.press("\x1b[200~http://127.0.0.1/cb?code="+goodCode+"&state=abc\x1b[201~", "\r")
	term.until("CALLBACK")
	v.press("\x1b")
	term.until("Paste anything", "PROVIDERS")
	if !v.shows("Paste anything") {
		v.press("i")
	}
	term.until("Paste anything")
	v.press("\x0c") // empties the field
	for _, r := range `{"access_token":"` + opaqueToken + `","token_type":"Bearer"}` {
		term.press(string(r))
	}
	v.press("", "\r")
	term.until("access_token (")
	term.back("h history")
	v.press("\r")
	term.until("1 CLIENT")
	v.press("j", "e")
	term.until("client_secret")
	for _, r := range clientSecret {
		term.press(string(r))
	}
	v.press("", "\r")
	term.until("client_secret (")
	term.leave()
	n := newNeedles([]secretValue{{"code", goodCode}, {"access_token", opaqueToken}, {"client_secret", clientSecret}})
	wantClean(t, n, place{"the terminal", term.text()}, place{"what stood on the screen", v.seen.String()})
	inEveryFile(t, n, home)
}
