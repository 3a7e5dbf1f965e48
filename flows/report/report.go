// Package report puts a run into other forms: the JSON document, shell commands with
// curl, HAR 1.2, Markdown. Each form is a function of the trace, and of the findings
// where it has room for them.
//
// What leaves the program is redacted: every secret stands as its mask, or in a shell
// command as a variable named after its fingerprint. [Write] ends with a scan of what
// it made, and returns an error instead of a text in which anything that looks like a
// token, or any known secret, is left. Texts that came from outside are hostile: quoted
// for the shell, fenced in Markdown, escaped where they would steer a terminal.
//
// The package performs no effect and reads no clock.
package report

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"oauthlens/flows"
	"oauthlens/flows/redact"
	"oauthlens/flows/visible"
)

// Format is a form that a run can be exported in.
type Format string

// The formats of Write; the JSON document is made by [Run].
const (
	FormatCurl     Format = "curl"
	FormatHAR      Format = "har"
	FormatMarkdown Format = "markdown"
)

// Formats lists them in the order of the help text.
func Formats() []Format { return []Format{FormatCurl, FormatHAR, FormatMarkdown} }

// Redactor takes the secrets out of a text and finds those that were left.
type Redactor interface {
	// String replaces every known secret, in any encoding, by its mask.
	String(string) string
	// Split cuts a text into plain parts and secrets.
	Split(string) []redact.Part
	// Leaks describes, without showing them, the secrets and token-shaped texts in data.
	Leaks(data []byte) []string
}

// LeakError says that an export was not made because secrets would have been left in it.
type LeakError struct {
	Format Format
	Leaks  []string
}

func (e *LeakError) Error() string {
	return fmt.Sprintf("the %s export is not written: after redaction it still holds %s", e.Format, strings.Join(e.Leaks, "; "))
}

// Write exports the trace, redacted. It returns a [LeakError] if the last scan finds a
// secret, and an error for a format that is none of [Formats].
func Write(format Format, t flows.Trace, r Redactor, findings ...flows.Finding) ([]byte, error) {
	var out []byte
	var err error
	switch format {
	case FormatCurl:
		out = Curl(t, r)
	case FormatHAR:
		out, err = HAR(t, r)
	case FormatMarkdown:
		out = Markdown(t, r, findings...)
	default:
		return nil, fmt.Errorf("no export format %q: there are json, curl, har and markdown", visible.Line(string(format)))
	}
	if err != nil {
		return nil, err
	}
	return Checked(format, out, r)
}

// Checked returns data, or a [LeakError] if the scan finds a secret in it, or what
// looks like one.
func Checked(format Format, data []byte, r Redactor) ([]byte, error) {
	if leaks := append(r.Leaks(data), shapes(data)...); len(leaks) > 0 {
		return nil, &LeakError{Format: format, Leaks: leaks}
	}
	return data, nil
}

// storedMask matches a mask as made by [flows.FingerprintKey.Mask], also in the URL of a run
// that was stored without secrets.
var storedMask = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`([A-Za-z][A-Za-z0-9_]{0,40}) \(([0-9]{1,9}) chars, (?:#|%23)([0-9a-f]{8})\)`)
})

// stepTitle names a step for people: "4 exchange".
func stepTitle(i int, s flows.Step) string { return stepNumber(i) + " " + string(s.Kind) }

// stepNumber counts all steps of the trace, from 1.
func stepNumber(i int) string { return strconv.Itoa(i + 1) }

// readable makes text that is not UTF-8 readable, and leaves all other as it is.
func readable(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return visible.Line(s)
}

// opened tells whether the authorization URL of step i was requested by the program
// itself, as an exchange of its own that follows.
func opened(steps []flows.Step, i int) bool {
	for _, s := range steps[i+1:] {
		switch {
		case s.Kind == flows.StepAuthorizeURL:
			return false
		case s.Kind == flows.StepAuthorize && s.Exchange.Request.URL == steps[i].Exchange.Request.URL:
			return true
		}
	}
	return false
}
