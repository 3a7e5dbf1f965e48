package capture

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"oauthlens/flows"
)

// appendUnquoted decodes a JSON string, tolerating invalid UTF-8.
func appendUnquoted(dst []byte, v jsontext.Value) ([]byte, error) {
	b, err := jsontext.AppendUnquote(dst, v)
	if err != nil && len(b) > 0 {
		return b, nil // invalid UTF-8 was replaced
	}
	return b, err
}

// parseFloat reads a number; of "200 OK" the first word counts.
func parseFloat(s string) (float64, bool) {
	s, _, _ = strings.Cut(strings.TrimSpace(s), " ")
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil && !math.IsNaN(f) && !math.IsInf(f, 0)
}

// milliseconds turns HAR's milliseconds into a duration; what is negative or absurd
// did not take place.
func milliseconds(ms float64) time.Duration {
	if ms < 0 || ms > 1e12 {
		return -1
	}
	return time.Duration(ms * float64(time.Millisecond))
}

// timeLayouts are the forms of startedDateTime in the wild, the standard one first.
var timeLayouts = [...]string{
	time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700", "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999Z07:00",
	"2006-01-02 15:04:05.999999999 -0700 MST", "2006-01-02 15:04:05.999999999", time.RFC1123, time.RFC1123Z, time.RubyDate, time.UnixDate,
}

// parseTime reads a recorder's time. Digits alone are Unix seconds or milliseconds.
func parseTime(s string) (time.Time, bool) {
	s = strings.TrimSpace(s)
	if s == "" || len(s) > 80 {
		return time.Time{}, false
	}
	for _, layout := range timeLayouts {
		if t, err := time.Parse(layout, s); err == nil && plausibleYear(t) {
			return t, true
		}
	}
	if f, ok := parseFloat(s); ok && f > 1e8 && f < 1e14 {
		if f > 1e11 {
			return time.UnixMilli(int64(f)).UTC(), true
		}
		return time.Unix(int64(f), int64((f-math.Floor(f))*1e9)).UTC(), true
	}
	return time.Time{}, false
}

func plausibleYear(t time.Time) bool { return t.Year() > 1970 && t.Year() < 2300 }

// httpVersion writes the recorders' spellings ("h2", "http/2.0", "HTTP/1.1") one way.
func httpVersion(s string) string {
	switch strings.ToLower(s) {
	case "", "unknown":
		return ""
	case "http/1.1":
		return "HTTP/1.1"
	case "http/1.0":
		return "HTTP/1.0"
	case "h2", "http/2", "http/2.0":
		return "HTTP/2"
	case "h3", "http/3", "http/3.0":
		return "HTTP/3"
	}
	return clip(strings.ToUpper(s), 20)
}

// clip bounds a string in bytes, at a character's edge.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n]
}

func bound(b []byte) []byte {
	if len(b) > flows.MaxBody {
		return b[:flows.MaxBody:flows.MaxBody]
	}
	return b
}

func firstOf(ss ...string) string {
	for _, s := range ss {
		if s != "" {
			return s
		}
	}
	return ""
}

func ascii(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

func hexDigit(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

// count writes a number with the noun that fits.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}
