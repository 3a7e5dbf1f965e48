package capture

import (
	"slices"
	"strings"

	"oauthlens/flows"
)

// cmdlets are the names of what sends a request; the last two only where they are
// PowerShell's, see [powershellAlias].
var cmdlets = [...]string{"invoke-webrequest", "invoke-restmethod", "iwr", "irm", "curl", "wget"}

// powershellAlias tells that curl and wget are PowerShell's other names for
// Invoke-WebRequest: the programs have no such options.
func powershellAlias(text string) bool {
	low := strings.ToLower(clip(text, 64<<10))
	for _, option := range [...]string{" -uri ", " -method ", " -body ", " -headers ", " -contenttype ", " -usebasicparsing"} {
		if strings.Contains(low, option) {
			return true
		}
	}
	return false
}

// powershellCalls finds the cmdlets of a text.
func powershellCalls(text string) []*codeCall {
	var out []*codeCall
	low := strings.Map(func(r rune) rune { // as long as the text, so that offsets agree
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
	if len(low) != len(text) {
		return nil
	}
	names := cmdlets[:]
	if !powershellAlias(text) {
		names = cmdlets[:4]
	}
	variables := powershellVariables(text)
	for at := 0; len(out) < maxCalls; {
		if at = cmdletEnd(low, at, names); at < 0 {
			return out
		}
		if c := powershellCall(text, &at, variables); c != nil {
			out = append(out, c)
		}
	}
	return out
}

// cmdletEnd finds the end of the next name that stands by itself; -1 if there is none.
func cmdletEnd(s string, from int, names []string) int {
	for i := from; i < len(s); i++ {
		if s[i] < 'c' || s[i] > 'w' || i > 0 && (isNameByte(s[i-1]) || strings.IndexByte("-./:'\"", s[i-1]) >= 0) {
			continue
		}
		for _, name := range names {
			if end := i + len(name); strings.HasPrefix(s[i:], name) && (end == len(s) || strings.IndexByte(" \t\n`", s[end]) >= 0) {
				return end
			}
		}
	}
	return -1
}

// maxAssigned bounds the text of one assigned value, in bytes.
const maxAssigned = 16 << 10

// powershellVariables reads the assignments of literals: $name = "...", $name = @{...}.
func powershellVariables(text string) map[string]literal {
	out := map[string]literal{}
	at, tries := 0, 0
	for line := range strings.Lines(text) {
		trimmed := strings.TrimLeft(line, " \t")
		name, rest, ok := strings.Cut(trimmed, "=")
		name = strings.TrimSpace(name)
		if ok && len(name) > 1 && name[0] == '$' && powershellName(name[1:]) == len(name)-1 && !strings.HasPrefix(rest, "=") && tries < 200 {
			tries++
			start := at + len(line) - len(rest)
			r := powershellReader{s: text[:min(len(text), start+maxAssigned)], i: start, variables: out}
			if v := r.value(); (v.kind == literalString || v.kind == literalObject) && v.size(1000) < 1000 {
				out[strings.ToLower(name[1:])] = r.converted(v)
			}
		}
		at += len(line)
	}
	return out
}

func powershellName(s string) int {
	n := 0
	for n < len(s) && s[n] != '$' && isNameByte(s[n]) {
		n++
	}
	return n
}

func powershellCall(text string, at *int, variables map[string]literal) *codeCall {
	c := &codeCall{request: flows.Request{Headers: flows.Headers{}}}
	r := powershellReader{s: text, i: *at, variables: variables}
	for !r.ended() {
		if members, ok := r.splatted(); ok {
			for _, m := range members {
				c.parameter(strings.ToLower(m.name), m.value)
			}
			continue
		}
		name, isName := r.parameter()
		if !isName {
			if v := r.value(); c.request.URL == "" && v.kind == literalString && strings.Contains(v.text, "://") {
				c.request.URL = v.text // the URI is the first positional parameter
			}
			continue
		}
		if !slices.Contains(powershellSwitches[:], name) {
			c.parameter(name, r.value())
		}
	}
	*at = min(r.i, len(text))
	if !strings.Contains(c.request.URL, "://") {
		return nil
	}
	if c.body {
		c.header("Content-Type", "application/x-www-form-urlencoded") // PowerShell's own
	}
	return c
}

// powershellSwitches are the parameters that take no value.
var powershellSwitches = [...]string{"usebasicparsing", "skipcertificatecheck", "skiphttperrorcheck", "usedefaultcredentials", "allowunencryptedauthentication"}

// parameter takes one parameter of the cmdlet.
func (c *codeCall) parameter(name string, v literal) {
	switch name {
	case "uri":
		c.request.URL = v.text
		c.lose(v.computed)
	case "method":
		c.request.Method = v.text
	case "contenttype":
		c.header("Content-Type", v.text)
	case "useragent":
		c.header("User-Agent", v.text)
	case "headers":
		for _, h := range v.members {
			c.header(h.name, h.value.text)
		}
		c.lose(v.unknowns())
	case "body":
		c.powershellBody(v)
	}
}

// powershellBody: a string is sent as it is, a hash table as a form.
func (c *codeCall) powershellBody(v literal) {
	c.lose(v.unknowns())
	text := v.text
	if v.kind == literalObject {
		text = v.form()
	}
	if v.computed || text == "" {
		return
	}
	c.request.Body, c.body = bound([]byte(text)), true
}
