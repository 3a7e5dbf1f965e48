package runner

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"oauthlens/flows"
)

func TestDraw(t *testing.T) {
	r := &Runner{Rand: bytes.NewReader(bytes.Repeat([]byte{0xfb}, 64))}
	d := r.Do(t.Context(), flows.Draw{}).(flows.Drawn)
	if n := len(d.State.RevealSecret()); n != 22 {
		t.Errorf("state of %d characters", n)
	}
	if v := d.Verifier.RevealSecret(); v != strings.Repeat("-_v7", 10)+"-_s" {
		t.Errorf("verifier %q", v)
	}
	if len(d.Nonce) != 22 {
		t.Errorf("nonce %q", d.Nonce)
	}
	first := new(Runner).Do(t.Context(), flows.Draw{}).(flows.Drawn)
	second := new(Runner).Do(t.Context(), flows.Draw{}).(flows.Drawn)
	if first == second {
		t.Error("the same values twice")
	}
	if e, ok := r.Do(t.Context(), flows.Draw{}).(flows.RunEnded); !ok || e.Outcome != flows.Failed {
		t.Error("an exhausted source is not reported")
	}
}

func TestOpenBrowser(t *testing.T) {
	opened := ""
	r := &Runner{OpenURL: func(u string) error { opened = u; return nil }}
	if e := r.Do(t.Context(), flows.OpenBrowser{URL: "https://a.test/?x=1"}).(flows.BrowserOpened); e.Problem != "" || opened != "https://a.test/?x=1" {
		t.Errorf("%+v, opened %q", e, opened)
	}
	for _, bad := range []string{"file:///etc/passwd", "javascript:alert(1)", "-new-window", "mailto:a@b", "https://", "http:opaque"} {
		opened = ""
		if e := r.Do(t.Context(), flows.OpenBrowser{URL: bad}).(flows.BrowserOpened); e.Problem == "" || opened != "" {
			t.Errorf("%q was opened", bad)
		}
	}
	r.OpenURL = func(string) error { return errors.New("xdg-open https://a.test/?" + sentSecret) }
	if e := r.Do(t.Context(), flows.OpenBrowser{URL: "https://a.test/"}).(flows.BrowserOpened); e.Problem == "" || strings.Contains(e.Problem, sentSecret) {
		t.Errorf("problem %q", e.Problem)
	}
	ctx, cancel := context.WithCancel(t.Context())
	forever := make(chan struct{})
	defer close(forever)
	r.OpenURL = func(string) error { cancel(); <-forever; return nil }
	if e := r.Do(ctx, flows.OpenBrowser{URL: "https://a.test/"}).(flows.BrowserOpened); e.Problem != "" {
		t.Errorf("a browser that stays open is a problem: %q", e.Problem)
	}
}

func TestBrowserProblems(t *testing.T) {
	failed := exec.Command(os.Args[0], "-no-such-flag")
	if failed.Run() == nil {
		t.Fatal("an unknown flag is taken")
	}
	rows := map[string]error{
		"":                     nil,
		"no graphical session": errNoDisplay,
		"no program":           fmt.Errorf("%w: xdg-open", exec.ErrNotFound),
		"exit status 2":        &exec.ExitError{ProcessState: failed.ProcessState},
	}
	for want, err := range rows {
		if got := browserProblem(err); !strings.Contains(got, want) || (want == "") != (got == "") {
			t.Errorf("%v: %q", err, got)
		}
	}
}

func TestHasDisplay(t *testing.T) {
	rows := []struct {
		system, variable string
		want             bool
	}{
		{"linux", "", false}, {"linux", "DISPLAY", true}, {"linux", "WAYLAND_DISPLAY", true}, {"freebsd", "BROWSER", true},
		{"linux", "WSL_DISTRO_NAME", true}, {"linux", "TERM", false}, {"windows", "", true}, {"darwin", "", true},
	}
	for _, row := range rows {
		got := hasDisplay(row.system, func(name string) string { return map[string]string{row.variable: "x"}[name] })
		if got != row.want {
			t.Errorf("%s with %q: %v", row.system, row.variable, got)
		}
	}
}

func TestOtherEffectsHaveNoAnswer(t *testing.T) {
	for _, e := range []flows.Effect{flows.Listen{}, flows.Consent{}, flows.CloseListener{}, flows.CancelSend{}} {
		if got := new(Runner).Do(t.Context(), e); got != nil {
			t.Errorf("%T is answered with %#v", e, got)
		}
	}
}
