package runner

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"html"
	"net/http"
	"strings"

	"oauthlens/flows"
	"oauthlens/flows/protocol"
	"oauthlens/flows/visible"
)

// reply is what a hit was taken for, and what the browser is shown.
type reply struct {
	verdict flows.CallbackVerdict
	why     string // for the trace
	status  int
	title   string   // of the page; empty: no page but the sentence why
	text    []string // paragraphs, as plain text
	probe   bool     // the page looks whether the answer stands behind '#'
}

// pageFor words the answer to a hit that was judged.
func pageFor(verdict flows.CallbackVerdict, why string, request flows.Request, codeNames []string) reply {
	p := reply{verdict: verdict, why: why, status: 200}
	switch verdict {
	case flows.CallbackAccepted:
		p.title = "The answer has arrived"
		p.text = []string{"oauthlens received the authorization code. Go on in the terminal; this page can be closed."}
	case flows.CallbackError:
		p.title = "The provider answered with an error"
		p.text = []string{providerError(request, codeNames), "oauthlens received it and explains it in the terminal. This page can be closed."}
	case flows.CallbackDuplicate:
		p.title = "The answer was already here"
		p.text = []string{"oauthlens had received the answer before, so this one changed nothing. Go on in the terminal; this page can be closed."}
	case flows.CallbackEmpty:
		p.status, p.probe = 400, true
		p.title = "The answer did not arrive"
		p.text = []string{"The provider sent you back here with neither a code nor an error. The terminal keeps waiting."}
		if _, instead, ok := strings.Cut(why, " nor error but "); ok {
			p.text = append(p.text, "What came is "+instead+".")
		}
	default:
		p.status = 400
		p.title = "This answer was not accepted"
		p.text = []string{"Why: " + why + ".", "Nothing was changed, and the terminal keeps waiting. Start again from there."}
	}
	return p
}

// providerError is the error as the provider words it, made visible.
func providerError(request flows.Request, codeNames []string) string {
	e := protocol.ReadCallback(request, codeNames).Error
	if e == nil {
		return ""
	}
	text := visible.Line(shorten(e.Code, 100))
	if e.Description != "" {
		text += ": " + visible.Line(shorten(e.Description, 500))
	}
	return text
}

const style = `:root{color-scheme:light dark}` +
	`body{margin:0;padding:12vh 1.5rem;font:1.125rem/1.6 system-ui,sans-serif;background:#fff;color:#16181d}` +
	`main{max-width:36rem;margin:0 auto}h1{font-size:1.5rem;line-height:1.25}p{overflow-wrap:anywhere}` +
	`@media(prefers-color-scheme:dark){body{background:#14161b;color:#eceef2}}`

// probeScript reports the names, not the values, of what stands behind '#'. It leaves the
// address as it is, so that the person can copy it into the terminal.
const probeScript = `var h=location.hash.slice(1);if(h.indexOf("=")>0){` +
	`new Image().src=location.pathname+"?` + fragmentParameter + `="+h.split("&").map(function(p){return encodeURIComponent(p.split("=")[0])}).join(",");` +
	`document.getElementById("none").hidden=true;document.getElementById("found").hidden=false}`

const fragmentText = `<p>What stands behind a <code>#</code>, such as <code>#code=</code> or <code>#access_token=</code>, is seen by the browser only. ` +
	`Copy the whole address and paste it into oauthlens; to have it sent here, ask for <code>response_mode=query</code>.</p>`

func contentHash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// page is the HTML: plain, without anything that is fetched, every text from outside
// escaped. It is read by screen readers as a heading and a few sentences.
func (p reply) page() string {
	var b strings.Builder
	b.WriteString(`<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>` + html.EscapeString(p.title) + ` - oauthlens</title>` +
		`<meta name="viewport" content="width=device-width,initial-scale=1"><link rel="icon" href="data:,"><style>` + style + `</style></head><body><main>`)
	b.WriteString(`<h1>` + html.EscapeString(p.title) + "</h1>\n")
	for i, text := range p.text {
		if text != "" {
			b.WriteString("<p" + map[bool]string{true: ` id="none"`}[p.probe && i == 0] + ">" + html.EscapeString(text) + "</p>\n")
		}
	}
	if p.probe {
		b.WriteString(`<p id="found" hidden role="status">The provider put the answer behind the # of this page's address. The terminal keeps waiting.</p>` + "\n" + fragmentText + `<script>` + probeScript + `</script>`)
	}
	b.WriteString("</main></body></html>\n")
	return b.String()
}

// bytes is the whole HTTP answer. The address that the browser shows holds a code, so
// nothing may store the page, frame it, or learn its address from it.
func (p reply) bytes(method string) []byte {
	body, kind := p.page(), "text/html; charset=utf-8"
	if p.title == "" {
		body, kind = p.why+"\n", "text/plain; charset=utf-8"
	}
	if p.status == 204 {
		body = ""
	}
	policy := "default-src 'none'; style-src " + contentHash(style) + "; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	if p.probe {
		policy = strings.Replace(policy, "img-src data:", "img-src data: 'self'; script-src "+contentHash(probeScript), 1)
	}
	head := fmt.Sprintf("HTTP/1.1 %d %s\r\n", p.status, http.StatusText(p.status)) +
		"Content-Type: " + kind + "\r\n" +
		fmt.Sprintf("Content-Length: %d\r\n", len(body)) +
		"Content-Security-Policy: " + policy + "\r\n" +
		"Cache-Control: no-store\r\n" +
		"Referrer-Policy: no-referrer\r\n" +
		"X-Content-Type-Options: nosniff\r\n" +
		"X-Frame-Options: DENY\r\n" +
		"Cross-Origin-Resource-Policy: same-origin\r\n" +
		"Connection: close\r\n"
	switch p.status {
	case 204:
		head = strings.Replace(head, "Content-Length: 0\r\n", "", 1)
	case 405:
		head += "Allow: GET, POST\r\n"
	case 503:
		head += "Retry-After: 0\r\n"
	}
	if method == "HEAD" {
		body = ""
	}
	return []byte(head + "\r\n" + body)
}
