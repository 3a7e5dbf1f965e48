package linear

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"oauthlens/flows"
)

const token = `{"access_token":"at-0123456789abcdef","token_type":"Bearer","expires_in":3600,"refresh_token":"rt-0123456789abcdef"}`

// TestALongWaitIsTold: what is waited for and its bound once, what came once; and at a
// keyboard the word cancel ends it, whatever else was typed is kept for afterwards.
func TestALongWaitIsTold(t *testing.T) {
	for _, keyboard := range []bool{false, true} {
		r := newRoom(t, keyboard, start(t, "truelayer", "sandbox", flows.GrantClientCredentials))
		r.slow[longWait] = true
		r.walk()
		r.press("", "")
		r.until("Waiting for auth.truelayer-sandbox.com, at most 30 s")
		if keyboard {
			r.press("raw", "cancel")
			r.until("cancelled by you, before an answer came")
			r.until("Raw, step 2, Exchange:")
		} else {
			r.pass(3 * time.Second)
			r.reply <- answer(token)
			r.until("That took 3.0 seconds.")
			r.until("Step 2 of 6: Exchange, sandbox, done")
		}
		r.press("q")
		r.over(nil)
		text := r.text()
		if n := strings.Count(text, "Waiting for"); n != 1 {
			t.Errorf("told %d times what is waited for", n)
		}
		if strings.Contains(text, "\x1b") || strings.Contains(text, "\r") || strings.Contains(text, "\b") {
			t.Error("something moves the cursor")
		}
		if strings.Contains(text, clientSecret) || strings.Contains(text, "at-0123456789") {
			t.Error("a secret was told")
		}
	}
}

// TestTheEndOfTheContextEndsAWait: at once, and the history tells how.
func TestTheEndOfTheContextEndsAWait(t *testing.T) {
	r := newRoom(t, true, start(t, "truelayer", "sandbox", flows.GrantClientCredentials))
	r.walk()
	r.press("", "")
	for !slices.Contains(r.logged(), "sent exchange") {
		time.Sleep(time.Millisecond)
	}
	r.cancel()
	r.over(context.Canceled)
	if got := r.logged(); !slices.Contains(got, "kept the wish to cancel") || !slices.Contains(got, "kept the end by cancelled") {
		t.Errorf("kept: %q", got)
	}
}

func (r *room) logged() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.log)
}

// TestKeptBeforeSent: a request that was sent is in the history, whatever happens then.
func TestKeptBeforeSent(t *testing.T) {
	r := newRoom(t, false, start(t, "truelayer", "sandbox", flows.GrantClientCredentials))
	r.reply <- answer(token)
	r.walk()
	r.press("", "", "q")
	r.over(nil)
	got := r.logged()
	kept, sent := slices.Index(got, "kept the start of exchange"), slices.Index(got, "sent exchange")
	if kept < 0 || sent < kept {
		t.Errorf("the order: %q", got)
	}
}

// TestWhatIsNotSavedIsSaid: once, in the status, and before it would be lost.
func TestWhatIsNotSavedIsSaid(t *testing.T) {
	r := newRoom(t, false, start(t, "truelayer", "sandbox", flows.GrantClientCredentials))
	r.failed = errors.New("the disk is full")
	r.walk()
	r.until("lists them\n")
	r.press("status", "q", "", "q", "yes")
	r.over(nil)
	text := r.text()
	for _, want := range []string{"Not saved to the history: the disk is full.", "In the history: not saved.", "would be lost. Quit? Type yes", "Not done."} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
	if strings.Count(text, "the disk is full") != 1 {
		t.Error("it is said again and again")
	}
}

// TestTheBrowserComesWhileAPromptIsOpen: nothing has to be typed for that to be told.
func TestTheBrowserComesWhileAPromptIsOpen(t *testing.T) {
	r := newRoom(t, true, start(t, "truss", "sandbox", flows.GrantAuthorizationCode))
	r.walk()
	r.press("", "")
	r.until("Waiting for the browser at 127.0.0.1:53682, at most 5 min; p URL pastes the callback, cancel ends the wait.")
	r.until("open: https://")
	r.mu.Lock()
	emit := r.emit
	r.mu.Unlock()
	emit(flows.CallbackArrived{Via: flows.ViaListener, Verdict: flows.CallbackStray, Why: "a favicon", Request: flows.Request{Method: "GET", URL: "http://127.0.0.1:53682/favicon.ico"}})
	r.until("a favicon")
	emit(flows.CallbackArrived{Via: flows.ViaListener, Verdict: flows.CallbackAccepted, Why: "code received, state as sent",
		Request: flows.Request{Method: "GET", URL: "http://127.0.0.1:53682/callback?code=code-0123456789abc&state=drawn-for-this-test-state-0123456789"}})
	r.until("Step 3 of 9: Callback, sandbox, done")
	r.until("enter: on to the exchange; or type a command, ? lists them: ")
	r.press("", "q")
	r.until("Step 4 of 9: Exchange, sandbox\n")
	r.over(nil)
	if strings.Contains(r.text(), "code-0123456789abc") {
		t.Error("the code was told in clear")
	}
}

// TestNoBrowserWithoutAListener: while nothing here hears the callback an empty line tries to
// listen again, and the browser is opened by a word only.
func TestNoBrowserWithoutAListener(t *testing.T) {
	r := newRoom(t, false, start(t, "truss", "sandbox", flows.GrantAuthorizationCode))
	r.taken = "another program already listens there"
	r.walk()
	r.press("", "", "", "open", "", "open", "yes", "q")
	r.over(nil)
	for _, want := range []string{"enter: try to listen for the callback again", "Tried 3 times: another program already listens there.", "The callback cannot arrive here (another program already listens there).", "Not done.", "open: https://"} {
		if !strings.Contains(r.text(), want) {
			t.Errorf("%q is missing in\n%s", want, r.text())
		}
	}
	opened := 0
	for _, l := range r.logged() {
		if l == "opened the browser" {
			opened++
		}
	}
	if opened != 1 || slices.Contains(r.logged(), "kept the wish to confirm_production") {
		t.Errorf("the order: %q", r.logged())
	}
}

// TestTheTokenIsRefreshedByItself when the window opens, which is told with what came of it.
// One that is refused is told, and not sent again by itself; nothing is sent before it was told.
func TestTheTokenIsRefreshedByItself(t *testing.T) {
	r := newRoom(t, true, start(t, "truss", "sandbox", flows.GrantRefreshToken))
	r.reply <- answer(token)
	r.walk()
	r.press("", "", "show 3", "auto")
	r.until("Automatic refresh is on: this request is sent by itself at ")
	if text := r.text(); strings.LastIndex(text, "What the next one sends") < strings.LastIndex(text, "Step 3 of 6") {
		t.Errorf("the request was not told before:\n%s", text)
	}
	sent := func() int {
		n := 0
		for _, l := range r.logged() {
			if l == "sent refresh" {
				n++
			}
		}
		return n
	}
	passes := func(until func() bool) {
		for range 2000 {
			if r.pass(time.Hour); until() {
				return
			}
			time.Sleep(2 * time.Millisecond)
		}
	}
	r.reply <- answer(strings.ReplaceAll(token, "0123456789abcdef", "fedcba9876543210"))
	passes(func() bool { return sent() == 2 })
	r.until("The refresh window is open: the refresh is sent by itself.")
	r.until("Refreshed by itself: the new token lives 1 h, until ")
	refused := answer(`{"error":"invalid_grant"}`)
	refused.Status = 400
	r.reply <- refused
	passes(func() bool { return sent() == 3 })
	r.until("The automatic refresh failed, and is not repeated by itself: 400, invalid_grant.")
	passed := 0
	passes(func() bool { passed++; return passed > 50 || sent() > 3 })
	r.press("auto", "auto")
	r.until("Automatic refresh is off.")
	r.until("Automatic refresh is on, but nothing is sent: the refresh of this token failed, and is not repeated by itself.")
	r.press("q")
	r.over(nil)
	if sent() != 3 {
		t.Errorf("%d refreshes were sent", sent())
	}
}

// TestProductionIsConfirmedByAWord, once.
func TestProductionIsConfirmedByAWord(t *testing.T) {
	r := newRoom(t, false, start(t, "truelayer", "production", flows.GrantClientCredentials))
	r.reply <- answer(token)
	r.reply <- answer(token)
	r.walk()
	r.press("", "", "", "", "y", "", "yes")
	r.until("Step 2 of 6: Exchange, production, done")
	r.press("exchange", "q")
	r.over(nil)
	if n := strings.Count(r.text(), "This sends to production of TrueLayer."); n != 3 {
		t.Errorf("asked %d times in\n%s", n, r.text())
	}
	sent := 0
	for _, l := range r.logged() {
		if l == "sent exchange" {
			sent++
		}
	}
	if sent != 2 {
		t.Errorf("sent %d times", sent)
	}
}

// TestHostileTextIsHarmless: what a server says cannot steer the terminal.
func TestHostileTextIsHarmless(t *testing.T) {
	r := newRoom(t, false, start(t, "truelayer", "sandbox", flows.GrantClientCredentials))
	bad := answer("{\"error\":\"invalid_client\",\"error_description\":\"a\x1b]0;b\x07\u202ec\u009b31m\"}")
	bad.Status, bad.StatusText = 400, "Bad\x1b[2J"
	bad.Headers = append(bad.Headers, flows.Header{Name: "X-\x1b[1m", Value: "v\rOK"})
	r.reply <- bad
	r.walk()
	r.press("", "", "raw", "curl", "f", "find a", "explain error", "status", "set \x1b[1m x", "\x1b[A", "q")
	r.over(nil)
	for _, c := range r.text() {
		if c != '\n' && (c < ' ' || c >= 0x7f && c < 0xa0 || c >= 0x202a && c <= 0x202e) {
			t.Fatalf("%U was told in\n%q", c, r.text())
		}
	}
	if !strings.Contains(r.text(), `\x1b`) {
		t.Error("what was sent is not shown")
	}
}

// TestWhatCanBeChangedIsTold: the word that one thinks of first tells what can be changed, by
// which word, and what a value is and may be.
func TestWhatCanBeChangedIsTold(t *testing.T) {
	r := newRoom(t, false, start(t, "truss", "sandbox", flows.GrantAuthorizationCode))
	r.walk()
	r.press("edit", "help edit", "edit client_id", "change pkce", "edit openid", "edit client_id other", "", "edit scope", "q")
	r.over(nil)
	for _, want := range []string{
		"\nSet NAME VALUE changes, at this step: client_id, client_secret, authentication, redirect_uri, PKCE.\nOn NAME and off NAME switch: payment_intent.inbound:read,",
		"\nset NAME VALUE: Change a value", "\nWrite set client_id VALUE; it is me now.\n", "\nWrite set PKCE VALUE, one of S256, plain, off; it is S256 now.\n",
		"\nopenid is switched: write on openid or off openid.\n", "\nclient_id changed.\n", "\nWrite set scope VALUE; it is offline_access now; off scope leaves it out.\n",
	} {
		if !strings.Contains(r.text(), want) {
			t.Errorf("%q is missing in\n%s", want, r.text())
		}
	}
}

// TestNothingIsToldTwice: what did not change at a step is not told again when something
// happens to it; a value that is put back is.
func TestNothingIsToldTwice(t *testing.T) {
	r := newRoom(t, false, start(t, "truss", "sandbox", flows.GrantAuthorizationCode))
	r.walk()
	r.press("", "set scope a", "undo scope", "off state", "on state", "q")
	r.over(nil)
	_, after, _ := strings.Cut(r.text(), "scope changed.")
	for _, c := range []struct {
		text string
		n    int
	}{{"response_type:", 0}, {"scope: a (", 1}, {"scope: offline_access", 1}, {"state: switched off", 1}, {"state: drawn-for", 1}, {"Good to know", 0}, {"Step 2 of 9", 0}} {
		if n := strings.Count(after, c.text); n != c.n {
			t.Errorf("%q was told %d times, not %d:\n%s", c.text, n, c.n, after)
		}
	}
}
