package capture

import (
	"slices"
	"strings"

	"oauthlens/flows"
	"oauthlens/flows/rawjson"
)

// readCurl recognises one or more curl commands.
func readCurl(p *paste) (Result, bool, error) {
	text := p.text
	first, _, _ := strings.Cut(text, "\n")
	if !curlWord(first) {
		i := curlLine(clip(text, 4<<20))
		if i < 0 {
			return Result{}, false, nil
		}
		text = text[i:]
	}
	if len(text) > 4<<20 {
		p.looked = "a curl command of more than 4 MiB"
		return Result{}, false, nil
	}
	if powershellAlias(text) {
		return Result{}, false, nil
	}
	text, mended := straighten(text)
	if strings.Contains(text, " –") || strings.Contains(text, " —") {
		text = strings.NewReplacer(" ––", " --", " —", " --", " –", " -").Replace(text)
		mended = append(mended, "long dashes were read as hyphens")
	}
	list, form, output := splitCurl(continuePowerShell(text))
	var items []Item
	r := p.result(KindCurl, "", "a command that begins with curl")
	for _, one := range list {
		for _, c := range parseCurl(one.words[1:], one) {
			for _, u := range c.urls {
				x := p.at(flows.Exchange{Request: c.request(u)})
				items = append(items, Item{ID: len(items) + 1, Exchange: x})
			}
			r.Losses = append(r.Losses, c.losses...)
		}
		if one.unclosed {
			r.Losses = append(r.Losses, "a quote is never closed: what stands behind it was read as one word")
		}
	}
	if len(items) == 0 {
		p.looked = "a curl command without a URL"
		return Result{}, false, nil
	}
	r.What = count(len(items), "curl command", "curl commands") + form
	if x, ok := curlOutput(p, output); ok {
		items[len(items)-1].Exchange.Response = x
		r.What += " and what came back"
	}
	r.Mended = append(r.Mended, mended...)
	r.finish(items, p.o)
	return r, true, nil
}

// continuePowerShell joins lines that end with PowerShell's continuation sign.
func continuePowerShell(text string) string {
	if !strings.Contains(text, " `\n") {
		return text
	}
	return strings.ReplaceAll(text, " `\n", " \\\n")
}

// curlWord tells that the line is a command whose program is curl.
func curlWord(line string) bool {
	list := commands(strings.TrimSpace(clip(line, 4096)))
	return len(list) > 0 && curlAt(list[0].words) >= 0
}

func isCurl(word string) bool {
	word = strings.ToLower(strings.Trim(word, `"'`))
	return word == "curl" || word == "curl.exe" || strings.HasSuffix(word, "/curl") || strings.HasSuffix(word, `\curl.exe`)
}

// curlAt finds the program among the words of a command: behind a prompt, behind assignments, behind
// programs that run another, behind the image of a container.
func curlAt(words []string) int {
	for i, w := range words[:min(len(words), 30)] {
		switch {
		case isCurl(w):
			return i
		case i == 0 && slices.Contains([]string{"docker", "podman", "nerdctl", "kubectl"}, w):
			return containerCurl(words)
		case slices.Contains([]string{"$", "%", "time", "sudo", "env", "command", "exec", "nohup", "!"}, w), assignment(w), i > 0 && strings.HasPrefix(w, "-"):
		default:
			return -1
		}
	}
	return -1
}

// containerCurl finds the image or program of a container that is curl.
func containerCurl(words []string) int {
	for i, w := range words[:min(len(words), 30)] {
		name, _, _ := strings.Cut(w[strings.LastIndexByte(w, '/')+1:], ":")
		if i > 0 && (name == "curl" || name == "curl.exe") {
			return i
		}
	}
	return -1
}

// assignment tells NAME=value in front of a command.
func assignment(word string) bool {
	name, _, ok := strings.Cut(word, "=")
	return ok && headerName(name) && !strings.HasPrefix(name, "-")
}

// curlLine finds a line that begins a curl command within a sample, at a shell prompt
// or after a variable assignment.
func curlLine(text string) int {
	at := 0
	for line := range strings.Lines(text) {
		trimmed := strings.TrimLeft(line, " \t$>%#")
		if strings.Contains(trimmed, "curl") && strings.Contains(trimmed, " ") && curlWord(trimmed) {
			return at + len(line) - len(trimmed)
		}
		if i := promptedCurl(line); i >= 0 {
			return at + i
		}
		at += len(line)
	}
	return -1
}

// promptedCurl finds curl behind a prompt, such as C:\Users\me> and me@host:~$, behind
// another command, or within $( ).
func promptedCurl(line string) int {
	for i := 0; ; {
		j := strings.Index(line[i:], "curl")
		if j < 0 {
			return -1
		}
		i += j
		before := strings.TrimRight(line[:i], " \t")
		rest := strings.TrimPrefix(line[i+len("curl"):], ".exe")
		prompt := before != "" && strings.IndexByte("$>%#|&;`", before[len(before)-1]) >= 0 || strings.HasSuffix(before, "$(")
		if prompt && strings.HasPrefix(rest, " ") {
			return i
		}
		i += len("curl")
	}
}

// splitCurl splits the text into curl commands, by the shell that it was written for.
// What stands behind the commands and is an answer is returned as output.
func splitCurl(text string) (list []command, form, output string) {
	if strings.Contains(text, `^"`) || strings.Contains(text, " ^\n") || strings.Contains(text, "^\n") || strings.Contains(text, `"{""`) {
		words := cmdWords(text)
		start := -1
		for i, w := range words {
			if (w == "curl" || w == "curl.exe") && (i == 0 || start >= 0 && (words[i-1] == "&" || words[i-1] == "&&")) {
				if start >= 0 {
					list = append(list, command{words: words[start : i-1]})
				}
				start = i
			}
		}
		if start >= 0 {
			list = append(list, command{words: words[start:]})
		}
		return list, ", for cmd.exe", ""
	}
	for _, c := range commands(text) {
		if i := curlAt(c.words); i >= 0 {
			c.words = c.words[i:]
			list = append(list, c)
		} else if w := c.words[0]; len(list) > 0 && (w[:min(1, len(w))] == "{" || strings.HasPrefix(w, "HTTP/") || strings.IndexByte("*<>", text[c.start]) >= 0) {
			output = text[c.start:]
			break
		}
	}
	if strings.Contains(text, "$'") {
		form = ", as Chrome copies it"
	}
	return list, form, output
}

// curlOutput reads the output of a command: an answer with headers (curl -i), all that
// curl -v tells, or the answer's body alone.
func curlOutput(p *paste, output string) (*flows.Response, bool) {
	output = strings.TrimSpace(output)
	if plain, ok := fromVerbose(output); ok {
		output = plain
	}
	switch {
	case strings.HasPrefix(output, "{"):
		if doc, err := rawjson.Parse([]byte(output)); err == nil && doc.Root != nil && doc.Root.Kind == rawjson.Object {
			return pastedBody(output[:min(doc.End, len(output))]), true
		}
	default:
		m := messages{p: p}
		m.read(output)
		for _, it := range m.items {
			if it.Exchange.Response != nil {
				return it.Exchange.Response, true
			}
		}
	}
	return nil, false
}
