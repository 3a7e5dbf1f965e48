package report

import (
	"fmt"
	"net/url"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

	"oauthlens/flows"
	"oauthlens/flows/visible"
)

// Curl writes the requests of the run as shell commands, in order. Secrets are
// variables, listed at the top, to be set before; what curl would add or change by
// itself is switched off. The quoting is that of bash, zsh and POSIX.1-2024.
func Curl(t flows.Trace, r Redactor) []byte {
	steps := t.Steps()
	variables := map[string]string{}
	var body strings.Builder
	for i, s := range steps {
		fmt.Fprintf(&body, "\n# step %s\n", comment(stepTitle(i, s)))
		switch {
		case s.Kind == flows.StepCallback:
			body.WriteString("# the browser came back with:\n# " + comment(r.String(s.Exchange.Request.URL)) + "\n")
		case s.Kind == flows.StepAuthorizeURL:
			body.WriteString("# open in a browser:\n# " + comment(r.String(s.Exchange.Request.URL)) + "\n")
		default:
			body.WriteString(curlCommand(s.Exchange.Request, r, variables) + "\n")
			body.WriteString(curlAnswer(s.Exchange, r))
		}
	}
	return []byte("#!/usr/bin/env bash\n# run " + comment(string(t.Run)) + "\n" + declarations(variables) + body.String())
}

func curlAnswer(x flows.Exchange, r Redactor) string {
	switch {
	case x.Error != nil:
		return "# failed: " + comment(r.String(x.Error.Message)) + "\n"
	case x.Response != nil:
		return "# answered " + strconv.Itoa(x.Response.Status) + " " + comment(r.String(x.Response.StatusText)) + "\n"
	}
	return ""
}

// CurlCommand is one request as a shell command, its secrets as variables, with a
// comment that says what each stands for.
func CurlCommand(request flows.Request, r Redactor) string {
	variables := map[string]string{}
	command := curlCommand(request, r, variables)
	return declarations(variables) + command + "\n"
}

// declarations lists the variables: name and what it stands for.
func declarations(variables map[string]string) string {
	names := make([]string, 0, len(variables))
	for name := range variables {
		names = append(names, name)
	}
	sort.Strings(names)
	var b strings.Builder
	for _, name := range names {
		b.WriteString("# set " + name + " to the " + variables[name] + ", encoded as its place below wants it\n")
	}
	return b.String()
}

// comment keeps a text on its line.
func comment(s string) string { return visible.Line(s) }

type curlWriter struct {
	r         Redactor
	variables map[string]string
	lines     []string
	notes     []string
}

func curlCommand(request flows.Request, r Redactor, variables map[string]string) string {
	w := &curlWriter{r: r, variables: variables}
	target, err := url.Parse(request.URL)
	if err != nil || target.Scheme != "http" && target.Scheme != "https" {
		return "# not an http URL, so there is no command for it: " + comment(r.String(request.URL))
	}
	method := "--request " + w.argument(request.Method)
	if request.Method == "HEAD" {
		method = "--head"
	}
	w.lines = append(w.lines, "curl --http1.1 --globoff --path-as-is --proto =http,https "+method)
	w.option("--url", strings.SplitN(request.URL, "#", 2)[0])
	w.headers(request)
	pipe := w.body(request.Body)
	command := pipe + strings.Join(w.lines, " \\\n  ")
	for _, note := range w.notes {
		command = "# " + note + "\n" + command
	}
	return command
}

func (w *curlWriter) option(name, value string) {
	w.lines = append(w.lines, name+" "+w.argument(value))
}

// headers writes each header as it was, takes out those that curl would add by itself,
// and leaves to curl what it must compute.
func (w *curlWriter) headers(request flows.Request) {
	for _, f := range request.Headers {
		lower := strings.ToLower(f.Name)
		switch {
		case lower == "content-length" || lower == "transfer-encoding" || lower == "connection" || strings.HasPrefix(lower, ":"):
			continue
		case lower == "host" && strings.EqualFold(f.Value, request.Host()):
			continue
		case f.Name == "" || strings.HasPrefix(f.Name, "@") || strings.ContainsAny(f.Name, "\r\n\x00") || strings.ContainsAny(f.Value, "\r\n\x00"):
			w.notes = append(w.notes, "curl cannot send this header: "+comment(w.r.String(f.Name+": "+f.Value)))
			continue
		case f.Value == "":
			w.option("--header", f.Name+";")
			continue
		}
		w.option("--header", f.Name+": "+f.Value)
	}
	for _, name := range []string{"User-Agent", "Accept"} {
		if !request.Headers.Has(name) {
			w.option("--header", name+":")
		}
	}
	if len(request.Body) > 0 && !request.Headers.Has("Content-Type") {
		w.option("--header", "Content-Type:")
	}
}

// body writes the body as an argument if it is text, and through a pipe if it is not.
func (w *curlWriter) body(body []byte) (pipe string) {
	if len(body) == 0 {
		return ""
	}
	masked := w.r.String(string(body))
	if utf8.ValidString(masked) && !strings.Contains(masked, "\x00") {
		w.option("--data-raw", string(body))
		return ""
	}
	w.lines = append(w.lines, "--data-binary @-")
	parts := w.pieces(string(body), func(plain string) string {
		return "printf -- '" + octal(strings.ReplaceAll(plain, "%", "%%"), true) + "'"
	},
		func(variable string) string { return `printf %s "$` + variable + `"` })
	return "{ " + strings.Join(parts, "; ") + "; } | "
}

// argument quotes one argument for the shell; secrets become variables.
func (w *curlWriter) argument(s string) string {
	if s == "" {
		return "''"
	}
	return strings.Join(w.pieces(s, quoted, func(variable string) string { return `"$` + variable + `"` }), "")
}

// pieces cuts a text at its secrets, which become variables; so do the masks of a run
// that was stored without them.
func (w *curlWriter) pieces(s string, plain, variable func(string) string) []string {
	var out []string
	add := func(text string) {
		if text != "" {
			out = append(out, plain(text))
		}
	}
	for _, part := range w.r.Split(s) {
		text := part.Text
		for at := storedMask().FindStringSubmatchIndex(text); at != nil; at = storedMask().FindStringSubmatchIndex(text) {
			add(text[:at[0]])
			name, count, print := text[at[2]:at[3]], text[at[4]:at[5]], text[at[6]:at[7]]
			w.variables[strings.ToUpper(name)+"_"+print] = name + " of " + count + " characters with the fingerprint #" + print
			out = append(out, variable(strings.ToUpper(name)+"_"+print))
			text = text[at[1]:]
		}
		add(text)
	}
	return out
}

// quoted is one shell word that stands for exactly s. Characters that steer a terminal
// or hide are written as octal escapes of $'...', so that the command can be looked at.
func quoted(s string) string {
	plain := true
	for line := range strings.SplitSeq(s, "\n") {
		plain = plain && visible.Clean(line)
	}
	if plain {
		return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
	}
	return "$'" + octal(s, false) + "'"
}

// octal escapes for printf and $'...': everything but plain ASCII, backslash and quote.
// A NUL cannot stand in an argument of a command; there it shows as \0.
func octal(s string, nul bool) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		switch {
		case c == 0 && !nul:
			b.WriteString(`\\0`)
		case c < 0x20 || c >= 0x7f || c == '\\' || c == '\'':
			fmt.Fprintf(&b, `\%03o`, c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}
