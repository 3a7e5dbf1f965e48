//go:build browser && unix

package simulator

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"oauthlens/flows"
)

// These tests drive a real Chromium over its debugging pipe (messages of JSON that end
// with a NUL, on file descriptors 3 and 4). Run them with: go test -tags browser.

type chromium struct {
	*testing.T
	in      *os.File
	out     *bufio.Reader
	next    int
	session string
	logged  []string
}

func startChromium(t *testing.T) *chromium {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		t.Fatal("the build tag browser needs chromium in PATH")
	}
	toRead, toWrite, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	fromRead, fromWrite, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, "--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", "--no-first-run", "--user-data-dir="+profileFolder(t), "about:blank")
	cmd.ExtraFiles = []*os.File{toRead, fromWrite}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	toRead.Close()
	fromWrite.Close()
	t.Cleanup(func() { toWrite.Close(); _ = cmd.Process.Kill(); _ = cmd.Wait(); fromRead.Close() })
	_ = fromRead.SetReadDeadline(time.Now().Add(60 * time.Second))
	c := &chromium{T: t, in: toWrite, out: bufio.NewReader(fromRead)}
	target := c.ask("Target.createTarget", map[string]any{"url": "about:blank"})["targetId"]
	c.session, _ = c.ask("Target.attachToTarget", map[string]any{"targetId": target, "flatten": true})["sessionId"].(string)
	for _, domain := range []string{"Page", "Runtime", "Log"} {
		c.ask(domain+".enable", nil)
	}
	return c
}

// ask sends a command and waits for its answer; log entries on the way are kept.
func (c *chromium) ask(method string, params map[string]any) map[string]any {
	c.Helper()
	c.next++
	id := c.next
	msg := map[string]any{"id": id, "method": method, "params": params}
	if params == nil {
		msg["params"] = map[string]any{}
	}
	if c.session != "" {
		msg["sessionId"] = c.session
	}
	data, _ := json.Marshal(msg)
	if _, err := c.in.Write(append(data, 0)); err != nil {
		c.Fatal(err)
	}
	for {
		raw, err := c.out.ReadBytes(0)
		if err != nil {
			c.Fatalf("%s: %v", method, err)
		}
		var got struct {
			ID     int
			Method string
			Params json.RawMessage
			Result map[string]any
			Error  json.RawMessage
		}
		if err := json.Unmarshal(raw[:len(raw)-1], &got); err != nil {
			c.Fatal(err)
		}
		if got.Method == "Log.entryAdded" || got.Method == "Runtime.exceptionThrown" {
			c.logged = append(c.logged, string(got.Params))
		}
		if got.ID == id {
			if got.Error != nil {
				c.Fatalf("%s: %s", method, got.Error)
			}
			return got.Result
		}
	}
}

func (c *chromium) eval(js string) any {
	c.Helper()
	r, _ := c.ask("Runtime.evaluate", map[string]any{"expression": js, "returnByValue": true})["result"].(map[string]any)
	return r["value"]
}

// until repeats a question until its answer is true, within ten seconds.
func (c *chromium) until(js string) {
	c.Helper()
	for range 200 {
		if c.eval(js) == true {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	c.Fatalf("never true: %s\nat %v\nlog %v", js, c.eval("location.href"), c.logged)
}

// click presses an element with the mouse, as a person does.
func (c *chromium) click(selector string) {
	c.Helper()
	c.until("!!document.querySelector(" + quoteJS(selector) + ") && document.readyState == 'complete'")
	at, _ := c.eval("(() => { const e = document.querySelector(" + quoteJS(selector) + "); e.scrollIntoView(); const r = e.getBoundingClientRect(); return {x: r.x + r.width / 2, y: r.y + r.height / 2} })()").(map[string]any)
	for _, kind := range []string{"mousePressed", "mouseReleased"} {
		c.ask("Input.dispatchMouseEvent", map[string]any{"type": kind, "x": at["x"], "y": at["y"], "button": "left", "clickCount": 1})
	}
}

func quoteJS(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

// application receives callbacks and sends the browser on to another origin, as
// applications do.
func application(t *testing.T, address string) (redirectURI string, hits chan *http.Request) {
	t.Helper()
	hits = make(chan *http.Request, 10)
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("<title>arrived</title>"))
	}))
	t.Cleanup(elsewhere.Close)
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	app := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/callback" {
			http.NotFound(w, r)
			return
		}
		_ = r.ParseForm()
		hits <- r
		http.Redirect(w, r, strings.Replace(elsewhere.URL, "127.0.0.1", "localhost", 1), http.StatusSeeOther)
	})}
	go func() { _ = app.Serve(l) }()
	t.Cleanup(func() { app.Close() })
	return "http://" + l.Addr().String() + "/callback", hits
}

func TestRealBrowser(t *testing.T) {
	c := startChromium(t)
	s := start(t, Config{}).at(split(), flows.EnvSandbox)
	for _, tc := range []struct {
		name, address, mode, decision, want string
	}{
		{"allow", "127.0.0.1:0", "", "allow", "code"},
		{"cancel", "127.0.0.1:0", "", "deny", "error"},
		{"an IPv6 redirect URI", "[::1]:0", "", "allow", "code"},
		{"form_post", "127.0.0.1:0", "form_post", "allow", "code"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c.T = t
			redirectURI, hits := application(t, tc.address)
			v := s.authorizeParams()
			v.Set("redirect_uri", redirectURI)
			v.Set("response_mode", tc.mode)
			c.logged = nil
			c.ask("Page.navigate", map[string]any{"url": withQuery(s.e.Authorization, v.Encode())})
			c.click(`button[value="` + tc.decision + `"]`)
			if tc.mode == "form_post" {
				c.click(`form[data-oauthlens="form-post"] button`)
			}
			c.until("document.title == 'arrived'")
			got := <-hits
			if got.Form.Get(tc.want) == "" || got.Form.Get("state") != "st&te/1=" {
				t.Errorf("callback %s %v", got.Method, got.Form)
			}
			for _, line := range c.logged {
				if !strings.Contains(line, "favicon.ico") {
					t.Errorf("the browser complained: %s", line)
				}
			}
			if len(hits) != 0 {
				t.Error("the callback came twice")
			}
		})
	}
}

// TestConsentPageLooks measures the page in light and dark, wide and narrow: nothing
// sticks out, the buttons can be hit, and the contrast is that of WCAG 2.2 level AA.
func TestConsentPageLooks(t *testing.T) {
	c := startChromium(t)
	s := start(t, Config{}).at(split(), flows.EnvSandbox)
	v := s.authorizeParams()
	v.Set("redirect_uri", callback+"?"+url.QueryEscape(strings.Repeat("long", 60)))
	for _, scheme := range []string{"light", "dark"} {
		for _, width := range []int{320, 1280} {
			c.ask("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500})
			c.ask("Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": scheme}}})
			c.ask("Page.navigate", map[string]any{"url": withQuery(s.e.Authorization, v.Encode())})
			c.until("!!document.querySelector('button') && document.readyState == 'complete'")
			if over := c.eval("document.documentElement.scrollWidth - document.documentElement.clientWidth"); over != 0.0 {
				t.Errorf("%s at %d: %v pixels stick out", scheme, width, over)
			}
			if small := c.eval("[...document.querySelectorAll('button')].filter(b => b.getBoundingClientRect().height < 44).length"); small != 0.0 {
				t.Errorf("%s at %d: %v small buttons", scheme, width, small)
			}
			for _, selector := range []string{"h1", "dd", "p.where", "button.main", "button:not(.main)", "input[type=text]"} {
				if ratio, _ := c.eval(contrastJS(selector)).(float64); ratio < 4.5 {
					t.Errorf("%s at %d: contrast of %s is %.1f", scheme, width, selector, ratio)
				}
			}
			if dir := os.Getenv("SIMULATOR_PICTURES"); dir != "" {
				shot, _ := c.ask("Page.captureScreenshot", nil)["data"].(string)
				png, _ := base64.StdEncoding.DecodeString(shot)
				name := scheme + map[bool]string{true: "-narrow.png", false: "-wide.png"}[width < 500]
				if err := os.WriteFile(filepath.Join(dir, name), png, 0o600); err != nil {
					t.Error(err)
				}
			}
		}
	}
}

// contrastJS computes the contrast ratio of an element's text on its background.
func contrastJS(selector string) string {
	return `(() => {
	const lum = c => { const v = c.match(/[\d.]+/g).slice(0, 3).map(x => { x /= 255; return x <= .04045 ? x / 12.92 : ((x + .055) / 1.055) ** 2.4 }); return .2126 * v[0] + .7152 * v[1] + .0722 * v[2] };
	let e = document.querySelector(` + quoteJS(selector) + `), fg = getComputedStyle(e).color, bg;
	for (let b = e; b; b = b.parentElement) { bg = getComputedStyle(b).backgroundColor; if (!/, 0\)$/.test(bg)) break; }
	const [a, z] = [lum(fg), lum(bg)].sort((x, y) => y - x);
	return (a + .05) / (z + .05) })()`
}

// profileFolder is a new folder for the browser, removed as well as can be: parts of the
// browser still write when its first process has ended.
func profileFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "browser")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for range 20 {
			if os.RemoveAll(dir) == nil {
				return
			}
			time.Sleep(50 * time.Millisecond)
		}
	})
	return dir
}
