//go:build unix

package program

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"oauthlens/flows/runner/faultserver"
)

// asking is an endpoint that only the screen calls: the palette has an entry for it. An API
// call to the userinfo endpoint (run --call) is the endpoint "call" of the other rows.
type asking struct {
	name, words string
	right       string
}

func askings() []asking {
	return []asking{
		{"userinfo", "ask the userinfo", `{"sub":"person","name":"A person"}`},
		{"introspection", "introspect the access", `{"active":true,"sub":"person","scope":"openid"}`},
	}
}

// askedRows asks the endpoints at fault from the palette, with the token that a healthy
// server has issued.
func askedRows(t *testing.T, b *table, _ string) {
	for _, a := range askings() {
		for _, f := range faultserver.All() {
			kind := "terminal: " + f.Kind + " at " + a.name
			switch {
			case f.Kind == faultserver.Values: // they are members of a token response
			case f.Kind == faultserver.TLS, f.Kind == faultserver.Framing: // below what knows endpoints, and tried on the screen at the token endpoint
			case a.name == "introspection" && f.Kind == faultserver.Content: // read by what reads userinfo, too
			case elsewhere(f): // a profile with plain http on another machine is refused before the screen opens
				b.not(kind)
			default:
				b.row(t, kind, a.name+" "+f.Name, func(t *testing.T) { tryAsked(t, a, f) })
			}
		}
	}
}

// headline is the first line of a pane: what came of the request.
var headline = regexp.MustCompile(`│[ ▌]*([✓✗]) `)

func tryAsked(t *testing.T, a asking, f faultserver.Fault) {
	p := newParty(t)
	s, err := faultserver.Start(t.Context(), f, faultserver.Options{Body: a.right})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	term := openTerminal(t, p.URL+"/token\"\nuserinfo = \""+s.URL+"/userinfo\"\nintrospection = \""+s.URL+"/introspect", surroundings(t, s)...)
	term.walkToSend()
	term.until("✓ 2 Exchange")
	term.press("\x0b")
	term.until("every action")
	term.press(a.words)
	term.press("\r")
	if waits(f) {
		term.until("esc cancels")
		term.press("\x1b")
		term.gone("esc cancels")
	} else {
		want := map[bool]string{true: "✓", false: "✗"}[answered(f)]
		var found []string
		for i := range 1200 {
			if i%20 == 19 {
				term.press("g") // the cursor may stand on what can be done next, behind a long body
			}
			if screen := term.screen.String(); strings.Contains(screen, "5 CALL") {
				term.still() // the rest of the picture may be on its way
				screen = term.screen.String()
				top := strings.Join(strings.SplitN(screen, "\n", 13)[:12], "\n") // findings stand below
				if found = headline.FindStringSubmatch(top); found != nil {
					break
				}
			}
			time.Sleep(25 * time.Millisecond)
		}
		if found == nil || found[1] != want {
			t.Errorf("the pane has %q, want %s:\n%s", found, want, term.screen.String())
		}
	}
	term.leave()
	if peak := term.report(t).PeakKiB; peak > memory {
		t.Errorf("%d MiB of memory at the peak", peak>>10)
	}
	p.check(t)
	sent := 0
	for _, r := range s.Log() {
		if text := r.Head + string(r.Body); strings.Contains(text, opaqueToken) {
			sent++
		} else if a.name == "userinfo" && carriesSecret(text) {
			t.Error("the userinfo endpoint was sent the client's secret")
		}
	}
	if sent > 1 {
		t.Errorf("the token was sent %d times", sent)
	}
	if s.Other != nil && len(s.Other.Log()) != 0 {
		t.Errorf("the other host was sent %q", s.Other.Log()[0].Head)
	}
	checkPainted(t, term.text())
}

// answered tells whether a call is answered, whatever the answer is worth; an error in it is
// believed.
func answered(f faultserver.Fault) bool { return succeeds(endpoint{name: "revocation"}, f) }
