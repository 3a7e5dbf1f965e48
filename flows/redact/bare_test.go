package redact

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"oauthlens/flows"
)

// TestEscapesOfOtherHands: a secret is masked whichever of its characters are escaped, as in a
// URL or in JSON, and in letters of either case; what stands around it stays.
func TestEscapesOfOtherHands(t *testing.T) {
	const secret = "Zq7/ab+Cd=90:x_~Q"
	m := New(flows.FingerprintKey{}, map[string]string{secret: "code", "x1/y": "otp"})
	mask := flows.FingerprintKey{}.Mask("code", secret)
	short := flows.FingerprintKey{}.Mask("otp", "x1/y")
	for text, want := range map[string]string{
		"/hooks/Zq7%2fab%2bCd%3d90%3ax_%7eQ/x": "/hooks/" + mask + "/x",
		"/hooks/Zq7%2Fab+Cd%3D90:x_~Q?a=%20b":  "/hooks/" + mask + "?a=%20b",
		"%5a%71%37/ab+Cd=90:x_~Q%":             mask + "%",
		`"Zq7\u002Fab\u002bCd\u003d90:x_~Q"`:   `"` + mask + `"`,
		"%5Bcode%3DZq7%2Fab%2BCd%3D90:x_~Q%5D": "%5Bcode%3D" + mask + "%5D",
		"otp%3dx1%2fy, x1%2fy":                 "otp%3d" + short + ", x1%2fy",
		"100 %, %zz and %2":                    "100 %, %zz and %2",
		"Zq7%2Fab%2BCd%3D90%3Ax_%7":            "Zq7%2Fab%2BCd%3D90%3Ax_%7",
		`Zq7\u012Fab+Cd=90:x_~Q`:               `Zq7\u012Fab+Cd=90:x_~Q`,
	} {
		if got := m.String(text); got != want {
			t.Errorf("%s is %s, want %s", text, got, want)
		}
		if leaks := m.Leaks([]byte(text)); (len(leaks) > 0) != (text != want) {
			t.Errorf("%s: leaks %v", text, leaks)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		escape := rapid.SampledFrom([]string{"%c", "%c", "%%%02x", "%%%02X", `\u%04x`, `\u%04X`})
		around := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "%", "%2", "%zz", "%41", `\`, `\u00`, `\u0041`, "Zq7", "%5a", "/", "é", "\x10"}), 0, 6)
		var b strings.Builder
		for _, c := range []byte(secret) {
			fmt.Fprintf(&b, escape.Draw(t, "escape"), c)
		}
		before, after := strings.Join(around.Draw(t, "before"), ""), strings.Join(around.Draw(t, "after"), "")
		before += " " // nothing of the text before may become part of the first escape
		text := before + b.String() + after
		if got := m.String(text); got != before+mask+after {
			t.Fatalf("%s is %s", text, got)
		}
		var parts strings.Builder
		for _, p := range m.Split(text) {
			if p.Secret.IsZero() {
				parts.WriteString(p.Text)
			} else {
				parts.WriteString(p.Raw.RevealSecret())
			}
		}
		if parts.String() != text {
			t.Fatalf("%s is put together as %s", text, parts.String())
		}
	})
}
