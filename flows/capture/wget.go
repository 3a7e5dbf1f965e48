package capture

import (
	"strings"

	"oauthlens/flows"
)

// readWget reads a wget command in the words of curl: the two share headers, and differ
// in how a body and a user are given.
func readWget(p *paste) (Result, bool, error) {
	if word, _, _ := strings.Cut(p.text, " "); word != "wget" && !strings.HasSuffix(word, "/wget") || len(p.text) > 1<<20 {
		return Result{}, false, nil
	}
	text, mended := straighten(p.text)
	var items []Item
	r := p.result(KindCurl, "", "a command that begins with wget")
	for _, command := range commands(text) {
		if command.words[0] != "wget" && !strings.HasSuffix(command.words[0], "/wget") {
			continue
		}
		c := parseCurl(wgetWords(command.words[1:]), command)[0]
		for _, u := range c.urls {
			items = append(items, Item{ID: len(items) + 1, Exchange: p.at(flows.Exchange{Request: c.request(u)})})
		}
		r.Losses = append(r.Losses, c.losses...)
	}
	if len(items) == 0 {
		p.looked = "a wget command without a URL"
		return Result{}, false, nil
	}
	r.What = count(len(items), "wget command", "wget commands")
	r.Mended = append(r.Mended, mended...)
	r.finish(items, p.o)
	return r, true, nil
}

// wgetWords translates the options.
func wgetWords(words []string) []string {
	var out []string
	user, password := "", ""
	for i := 0; i < len(words); i++ {
		name, value, joined := strings.Cut(words[i], "=")
		next := func() string {
			if !joined && i+1 < len(words) {
				i++
				return words[i]
			}
			return value
		}
		switch name {
		case "--post-data", "--body-data":
			out = append(out, "--data-raw", next())
		case "--post-file", "--body-file":
			out = append(out, "--data", "@"+next())
		case "--method":
			out = append(out, "--request", next())
		case "--header", "--user-agent", "--referer":
			out = append(out, name, next())
		case "-U":
			out = append(out, "--user-agent", next())
		case "--user", "--http-user":
			user = next()
		case "--password", "--http-password":
			password = next()
		case "-O", "-o", "-P", "-T", "-t", "--output-document", "--output-file", "--timeout", "--tries", "--ca-certificate", "--certificate", "--private-key":
			next()
		default:
			if !strings.HasPrefix(name, "-") {
				out = append(out, words[i])
			}
		}
	}
	if user != "" || password != "" {
		out = append(out, "--user", user+":"+password)
	}
	return out
}
