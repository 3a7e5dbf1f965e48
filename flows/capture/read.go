package capture

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strings"

	"oauthlens/flows"
	"oauthlens/flows/rawjson"
	"oauthlens/flows/visible"
)

type jsonNode = rawjson.Node

// NotRecognised is the error for an input that is none of the kinds.
type NotRecognised struct {
	Name       string // the file's name, if there is one
	LookedLike string // what it looked like, as a noun phrase: "an HTML page", "binary data"
}

// Accepted lists what can be inspected, for messages.
const Accepted = "a HAR file, an authorization or callback URL, a JWT or other token, a token response or error page, " +
	"a discovery document or JWKS, a curl or wget command, a fetch or PowerShell call, an HTTP message, a sample from a provider's documentation, or a JSON document of oauthlens"

func (e *NotRecognised) Error() string {
	return firstOf(visible.Line(clip(e.Name, 200)), "this") + " looks like " + e.LookedLike + "; accepted are " + Accepted
}

// Read recognises an input by its content and turns it into a trace.
//
// The error is a *NotRecognised when it is nothing that can be inspected, or a
// *BrokenJSON when a recording's JSON is broken.
func Read(data []byte, o Options) (Result, error) {
	return ReadFrom(bytes.NewReader(data), int64(len(data)), o)
}

// ReadFrom is Read for a stream: a HAR is read entry by entry and never held as a
// whole. The size is -1 if it is not known.
func ReadFrom(r io.Reader, size int64, o Options) (Result, error) {
	head := make([]byte, 64<<10)
	n, err := io.ReadFull(r, head)
	if err != nil && err != io.ErrUnexpectedEOF && err != io.EOF {
		return Result{}, err
	}
	head = head[:n]
	if skip, ok := looksLikeHAR(head); ok {
		if size > maxHAR {
			return Result{}, fmt.Errorf("the file has %d MiB; recordings up to %d MiB are read", size>>20, maxHAR>>20)
		}
		return readRecording(io.MultiReader(bytes.NewReader(head[skip:]), io.LimitReader(r, maxHAR)), o)
	}
	if kind := binaryKind(head); kind != "" {
		return Result{}, &NotRecognised{Name: o.Name, LookedLike: kind}
	}
	data, err := io.ReadAll(io.LimitReader(io.MultiReader(bytes.NewReader(head), r), maxPaste+1))
	if err != nil {
		return Result{}, err
	}
	if len(data) > maxPaste {
		return Result{}, &NotRecognised{Name: o.Name, LookedLike: fmt.Sprintf("a text of more than %d MiB that is no HAR", maxPaste>>20)}
	}
	return readPaste(data, o)
}

// looksLikeHAR tells a HAR by its first member names, and how many bytes of byte-order
// mark stand in front.
func looksLikeHAR(head []byte) (skip int, ok bool) {
	if bytes.HasPrefix(head, []byte("\xef\xbb\xbf")) {
		skip = 3
	}
	trimmed := bytes.TrimLeft(head[skip:], " \t\r\n")
	if len(trimmed) == 0 || trimmed[0] != '{' {
		return 0, false
	}
	rest := bytes.TrimLeft(trimmed[1:], " \t\r\n")
	if bytes.HasPrefix(rest, []byte(`"log"`)) || bytes.HasPrefix(rest, []byte(`"entries"`)) {
		return skip, true
	}
	i := bytes.Index(rest, []byte(`"log"`))
	return skip, i >= 0 && bytes.Contains(rest[i:], []byte(`"creator"`)) || bytes.Contains(rest, []byte(`"startedDateTime"`))
}

// readRecording reads a HAR.
func readRecording(r io.Reader, o Options) (Result, error) {
	h, err := readHAR(r)
	if err != nil {
		return Result{}, err
	}
	switch {
	case h.truncated && len(h.items) == 0:
		return Result{}, &NotRecognised{Name: o.Name, LookedLike: "a HAR that ends before its first entry"}
	case !h.sawEntries && !h.truncated:
		return Result{}, &NotRecognised{Name: o.Name, LookedLike: "a HAR without entries"}
	}
	h.order()
	Classify(h.items)
	Group(h.items)
	res := Result{Kind: KindHAR, What: h.what(), Losses: h.losses, Why: harWhy(h.items)}
	res.build(h.items, o)
	return res, nil
}

// harWhy says what was found in a recording.
func harWhy(items []Item) string {
	why := "a JSON object with log.entries, as HAR has it; " + count(len(items), "entry", "entries")
	n := 0
	for _, it := range items {
		n = max(n, it.Flow)
	}
	if n == 0 {
		return why + ", none of which looks like OAuth"
	}
	return why + ", " + count(n, "flow", "flows")
}

// finish classifies, groups and builds.
func (r *Result) finish(items []Item, o Options) {
	Classify(items)
	Group(items)
	r.build(items, o)
}

// paste is a text on its way through the recognisers. Each returns ok=false when the
// text is not of its kind; a recogniser may set looked to say what it nearly was.
type paste struct {
	text   string // decoded, trimmed, without fence and prompt
	mended []string
	looked string
	o      Options
}

// recognisers in order: the unmistakable forms first, a bare token last.
var recognisers = [...]func(*paste) (Result, bool, error){
	readJSON, readCurl, readCode, readWget, readMessage, readJWT, readURLs, readURL, readJSONP, readForm, readPage, readSample, readEmbedded, readOpaque,
}

func readPaste(data []byte, o Options) (Result, error) {
	text, mended := decodeText(data)
	p := &paste{text: unfence(text), mended: mended, o: o}
	if _, ok := looksLikeHAR([]byte(clip(p.text, 64<<10))); ok {
		r, err := readRecording(strings.NewReader(p.text), o)
		r.Mended = mended
		return r, err
	}
	if p.text == "" {
		return Result{}, &NotRecognised{Name: o.Name, LookedLike: "nothing: it is empty"}
	}
	if kind := binaryKind([]byte(p.text)); kind != "" {
		return Result{}, &NotRecognised{Name: o.Name, LookedLike: kind}
	}
	p.undress()
	for _, read := range recognisers {
		r, ok, err := read(p)
		if err != nil {
			return Result{}, err
		}
		if ok {
			return r, nil
		}
	}
	return Result{}, &NotRecognised{Name: o.Name, LookedLike: firstOf(p.looked, describe(p.text))}
}

// undress takes off what a text was wrapped in as a whole: a JSON string around JSON, a
// percent-encoding around a URL.
func (p *paste) undress() {
	if one, n := once(p.text); n > 1 {
		p.text, p.mended = one, append(p.mended, fmt.Sprintf("the same was pasted %d times", n))
	}
	low := strings.ToLower(clip(p.text, 40))
	switch {
	case strings.HasPrefix(p.text, `"{`) && strings.HasSuffix(p.text, `}"`):
		var inner string
		if json.Unmarshal([]byte(p.text), &inner) == nil {
			p.text, p.mended = strings.TrimSpace(inner), append(p.mended, "it was JSON within a JSON string")
		}
	case strings.HasPrefix(p.text, `{\"`) || strings.HasPrefix(p.text, `{ \"`):
		var inner string
		if json.Unmarshal([]byte(`"`+strings.ReplaceAll(p.text, "\n", `\n`)+`"`), &inner) == nil {
			p.text, p.mended = strings.TrimSpace(inner), append(p.mended, "the escapes of a string were taken out")
		}
	case strings.HasPrefix(low, "http%3a%2f%2f") || strings.HasPrefix(low, "https%3a%2f%2f"):
		if plain, err := url.PathUnescape(p.text); err == nil && !strings.ContainsAny(p.text, " \n") {
			p.text, p.mended = plain, append(p.mended, "the URL was percent-encoded as a whole")
		}
	}
}

// once finds a word that was pasted several times, with or without blanks between.
func once(s string) (string, int) {
	if f := strings.Fields(clip(s, 64<<10)); len(f) > 1 {
		for _, w := range f[1:] {
			if w != f[0] || len(w) < 20 {
				return s, 1
			}
		}
		if len(s) <= 64<<10 {
			return f[0], len(f)
		}
		return s, 1
	}
	if half := len(s) / 2; half >= 20 && len(s)%2 == 0 && s[:half] == s[half:] {
		return s[:half], 2
	}
	return s, 1
}

// describe says what a text looks like without quoting values from it.
func describe(s string) string {
	low := strings.ToLower(s[:min(len(s), 400)])
	switch {
	case strings.HasPrefix(low, "fetch("):
		return "a JavaScript fetch call whose URL is not written out; copy it as cURL instead"
	case strings.Contains(low, "invoke-webrequest") || strings.Contains(low, "invoke-restmethod"):
		return "a PowerShell command whose URL is not written out; copy it as cURL instead"
	case strings.HasPrefix(low, "wget ") || strings.HasPrefix(low, "http ") || strings.HasPrefix(low, "https ") || strings.HasPrefix(low, "xh "):
		return "a command of another HTTP client"
	case strings.HasPrefix(low, "<?xml") || strings.HasPrefix(low, "<"):
		return "an XML or HTML text without anything of OAuth in it"
	case strings.HasPrefix(low, "openapi:") || strings.HasPrefix(low, "swagger:"):
		return "an API description in YAML"
	case !strings.ContainsAny(s, " \n\t"):
		return "a single word of " + count(len(s), "character", "characters")
	}
	return fmt.Sprintf("a text of %s and %s", count(strings.Count(s, "\n")+1, "line", "lines"), count(len(strings.Fields(s)), "word", "words"))
}

// result starts a result.
func (p *paste) result(k Kind, what, why string) Result {
	return Result{Kind: k, What: what, Why: why, Mended: p.mended}
}

// at stamps an exchange that has no time of its own.
func (p *paste) at(x flows.Exchange) flows.Exchange {
	x.Started, x.Ended = p.o.Now, p.o.Now
	if x.Request.Headers == nil {
		x.Request.Headers = flows.Headers{}
	}
	return x
}

// single finishes a result that is one exchange whose step is known.
func (p *paste) single(r Result, step flows.StepKind, x flows.Exchange) Result {
	x = p.at(x)
	x.Step = step
	flow := 1
	if step == flows.StepOther {
		flow = 0
	}
	r.build([]Item{{ID: 1, Exchange: x, Flow: flow}}, p.o)
	return r
}

// pastedBody is an answer of which only the body is known: status 0, no headers.
func pastedBody(body string) *flows.Response {
	return &flows.Response{Headers: flows.Headers{}, Body: bound([]byte(body)), BodyBytes: int64(len(body)), BodyComplete: len(body) <= flows.MaxBody}
}

// names lists member names for a sentence.
func names(nodes []*jsonNode) string {
	var out []string
	for _, n := range nodes {
		if len(out) == 6 {
			out = append(out, "...")
			break
		}
		out = append(out, visible.Line(clip(n.Name, 40)))
	}
	return strings.Join(out, ", ")
}
