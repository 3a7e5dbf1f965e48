package faultserver

import (
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/url"
	"slices"
	"strings"
	"unicode/utf16"
)

// spoil is a way to spoil a right JSON answer: the header lines (with their line feeds)
// and the body to send instead.
type spoil struct {
	name, what string
	status     string // default "200 OK"
	header     string // default "Content-Type: application/json\n"
	body       func(right string) string
}

const html = "<!DOCTYPE html><html><head><title>Sign in</title></head><body><form action=\"/login\"><input name=\"user\"></form></body></html>"

// contentFaults answers with a whole HTTP message whose content is wrong.
func contentFaults() []Fault {
	var faults []Fault
	for _, c := range append(spoils(), disguises()...) {
		faults = append(faults, Fault{Name: "content-" + c.name, Kind: Content, What: c.what, answer: c.answer})
	}
	return append(faults, Fault{Name: "content-echo", Kind: Content, What: "an error that repeats the request, header and all", answer: echo})
}

// echo refuses, and says back what it was sent, as debugging pages do.
func echo(_ *Server, conn net.Conn, r Received) {
	said := r.Head + string(r.Body)
	if body, err := url.QueryUnescape(said); err == nil {
		said += body
	}
	body, _ := json.Marshal(map[string]string{"error": "invalid_request", "error_description": "cannot read " + said})
	write(conn, fmt.Sprintf("HTTP/1.1 400 Bad Request\nContent-Type: application/json\nX-Request: %s\nContent-Length: %d\n\n", strings.ReplaceAll(said, "\r\n", " | "), len(body)), string(body))
}

func (c spoil) answer(s *Server, conn net.Conn, _ Received) {
	status, header, body := "200 OK", "Content-Type: application/json\n", s.options.Body
	if c.status != "" {
		status = c.status
	}
	if c.header != "" {
		header = c.header
	}
	if c.body != nil {
		body = c.body(body)
	}
	write(conn, fmt.Sprintf("HTTP/1.1 %s\n%sContent-Length: %d\n\n", status, header, len(body)), body)
}

func spoils() []spoil {
	const text = "Content-Type: text/html; charset=utf-8\n"
	is := func(body string) func(string) string { return func(string) string { return body } }
	return append([]spoil{
		{name: "html", what: "a web page instead of JSON", header: text, body: is(html)},
		{name: "html-502", what: "a gateway's page", status: "502 Bad Gateway", header: text, body: is("<html><body><h1>502 Bad Gateway</h1></body></html>")},
		{name: "html-labelled-json", what: "a web page labelled as JSON", body: is(html)},
		{name: "empty", what: "an empty body", body: is("")},
		{name: "no-content", what: "204 No Content", status: "204 No Content", body: is("")},
		{name: "blank", what: "a body of blanks", body: is(" \r\n\t ")},
		{name: "bom", what: "a byte order mark before the JSON", body: func(right string) string { return "\ufeff" + right }},
		{name: "utf16", what: "JSON in UTF-16", header: "Content-Type: application/json; charset=utf-16\n", body: toUTF16},
		{name: "latin1", what: "a byte that is no UTF-8", header: "Content-Type: application/json; charset=utf-8\n", body: func(right string) string { return addMember(right, "\"name\":\"caf\xe9\"") }},
		{name: "wrong-type", what: "JSON labelled as text/plain", header: "Content-Type: text/plain\n"},
		{name: "no-type", what: "JSON without a Content-Type", header: "X-Nothing: here\n"},
		{name: "malformed-type", what: "a Content-Type that cannot be read", header: "Content-Type: ;;=\n"},
		{name: "form", what: "a form instead of JSON", header: "Content-Type: application/x-www-form-urlencoded\n", body: toForm},
		{name: "jsonp", what: "JSON wrapped in a call", header: "Content-Type: application/javascript\n", body: func(right string) string { return "callback(" + right + ");" }},
		{name: "trailing", what: "JSON followed by something", body: func(right string) string { return right + "\n{\"more\":true}" }},
		{name: "cut", what: "JSON that ends in the middle, framed as complete", body: func(right string) string { return right[:len(right)/2] }},
		{name: "cut-early", what: "JSON that ends within its first string, framed as complete", body: func(right string) string { return right[:min(len(right)-1, 30)] }},
		{name: "duplicates", what: "every member twice, with different values", body: func(right string) string { return addMember(right, strings.Trim(changed(right, doubled), "{}")) }},
		{name: "deep", what: "JSON nested 100,000 deep", body: func(right string) string {
			return addMember(right, `"deep":`+strings.Repeat("[", 100_000)+strings.Repeat("]", 100_000))
		}},
		{name: "nan", what: "NaN and Infinity as numbers", body: func(right string) string { return addMember(right, `"expires_in":NaN,"other":Infinity`) }},
		{name: "huge-number", what: "a number with 400 digits", body: func(right string) string {
			return addMember(right, `"expires_in":`+strings.Repeat("9", 400)+`,"exponent":1e999999`)
		}},
		{name: "negative-number", what: "a negative lifetime", body: func(right string) string { return addMember(right, `"expires_in":-1`) }},
		{name: "numeric-strings", what: "numbers as strings", body: func(right string) string {
			return changed(right, func(_ string, v any) any {
				if n, ok := v.(float64); ok {
					return fmt.Sprint(n)
				}
				return v
			})
		}},
		{name: "nulls", what: "every member is null", body: func(right string) string {
			return changed(right, func(string, any) any { return nil })
		}},
		{name: "array", what: "an array around the object", body: func(right string) string { return "[" + right + "]" }},
		{name: "string", what: "the object as a JSON string", body: func(right string) string { b, _ := json.Marshal(right); return string(b) }},
		{name: "number", what: "a number alone", body: is("42")},
		{name: "objects", what: "every member is an object", body: func(right string) string {
			return changed(right, func(_ string, v any) any { return map[string]any{"value": v} })
		}},
		{name: "envelope-error", what: "an envelope with an error under 200", body: is(`{"code":10023,"msg":"authorization failed","data":{}}`)},
		{name: "error-200", what: "an OAuth error under 200", body: is(`{"error":"invalid_grant","error_description":"The code is not valid."}`)},
		{name: "error-object", what: "an error that is an object", status: "400 Bad Request", body: is(`{"error":{"code":400,"message":"bad"}}`)},
		{name: "error-array", what: "an error that is an array", status: "400 Bad Request", body: is(`{"error":["invalid_grant"],"error_description":{"a":1}}`)},
		{name: "large-token", what: "a token of 900 KB", body: func(right string) string {
			return addMember(right, `"access_token":"`+strings.Repeat("x", 900_000)+`"`)
		}},
	}, hostile()...)
}

// Sequences are texts that do harm if they reach a terminal as they are.
func Sequences() map[string]string {
	return map[string]string{
		"title":      "\x1b]0;owned\x07",
		"clear":      "\x1b[2J\x1b[H",
		"cursor":     "\x1b[10A\x1b[1G",
		"clipboard":  "\x1b]52;c;b3duZWQ=\x07",
		"link":       "\x1b]8;;http://evil.test/\x1b\\click\x1b]8;;\x1b\\",
		"dcs":        "\x1bP$q\"p\x1b\\",
		"c1":         "\u009b2J\u0090q\u009c",
		"bidi":       "\u202eevil\u2066txt\u2069",
		"zero-width": "a\u200bb\u200dc\ufeffd",
		"newline":    "a\r\nb\tc\x00d\x7f",
		"sgr":        "\x1b[31;5m",
	}
}

// hostile puts each sequence into every string of the answer, the names of members, a
// header field, an error description and the reason phrase.
func hostile() []spoil {
	var out []spoil
	sequences := Sequences()
	for _, name := range slices.Sorted(maps.Keys(sequences)) {
		sequence := sequences[name]
		out = append(out, spoil{
			name: "hostile-" + name, what: "the sequence " + name + " in every string",
			status: "200 O" + headerSafe(sequence) + "K",
			header: "Content-Type: application/json\nX-Hostile: a" + headerSafe(sequence) + "b\n",
			body: func(right string) string {
				spoiled := changed(right, func(_ string, v any) any {
					if text, ok := v.(string); ok {
						return text + sequence
					}
					return v
				})
				member, _ := json.Marshal("extra" + sequence)
				return addMember(spoiled, string(member)+":1")
			},
		}, spoil{
			name: "hostile-error-" + name, what: "the sequence " + name + " in an error", status: "400 Bad Request",
			body: func(string) string {
				b, _ := json.Marshal(map[string]string{"error": "invalid_grant" + sequence, "error_description": "no " + sequence + " good", "error_uri": "https://server.test/" + sequence})
				return string(b)
			},
		})
	}
	return out
}

// headerSafe leaves out what would end a header field: a header with a line break is
// another message, not a hostile value.
func headerSafe(s string) string {
	return strings.NewReplacer("\r", "", "\n", "", "\x00", "").Replace(s)
}

// changed applies change to every member of a JSON object.
func changed(right string, change func(name string, value any) any) string {
	var members map[string]any
	if json.Unmarshal([]byte(right), &members) != nil {
		return right
	}
	for name, value := range members {
		members[name] = change(name, value)
	}
	b, _ := json.Marshal(members)
	return string(b)
}

func doubled(_ string, value any) any { return fmt.Sprint(value, "-second") }

// addMember adds literal members to the end of a JSON object.
func addMember(object, members string) string {
	return strings.TrimSuffix(strings.TrimSpace(object), "}") + "," + members + "}"
}

func toForm(right string) string {
	var members map[string]any
	_ = json.Unmarshal([]byte(right), &members)
	form := url.Values{}
	for name, value := range members {
		form.Set(name, fmt.Sprint(value))
	}
	return form.Encode()
}

func toUTF16(right string) string {
	out := []byte{0xff, 0xfe}
	for _, unit := range utf16.Encode([]rune(right)) {
		out = append(out, byte(unit), byte(unit>>8))
	}
	return string(out)
}
