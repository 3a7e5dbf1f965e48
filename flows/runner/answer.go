package runner

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"oauthlens/flows"
)

// answerReader reads one HTTP/1 response from a stream of foreign bytes. It keeps all that
// it understood when something breaks, and never reads without a bound.
type answerReader struct {
	from     string // who answers, as it may be printed
	in       *bufio.Reader
	method   string // of the request
	maxCount int64
	// firstByte is called when the answer begins; nil: nothing is.
	firstByte func()
	notes     []string // remarks for the exchange
	endless   bool     // nothing but the end of the connection ends the body
	interim   []answerHead
}

// read returns the response as far as it came, and what stopped it: a *fault for what the
// bytes say, else the error of the stream. The response is nil if nothing came.
func (r *answerReader) read() (*flows.Response, error) {
	head, err := r.head()
	if err != nil {
		return r.partial(head), err
	}
	return r.body(head)
}

// head reads the head of the final answer. Interim answers (1xx) are skipped and noted;
// their size counts towards the same bound, so that their number needs none. Nobody asked
// for 101, so it is final.
func (r *answerReader) head() (answerHead, error) {
	left := maxAnswerHead
	defer r.noteInterim()
	for {
		if err := r.sniff(); err != nil {
			return answerHead{}, err
		}
		raw, err := readHead(r.in, left)
		left -= len(raw)
		head := parseAnswerHead(raw)
		switch {
		case errors.Is(err, errHeadTooLarge):
			return head, newFault(flows.ErrorProtocol, "header-too-large",
				"the header of the answer of %s is larger than %d KiB: a fault of the server; what came before the line that is too long is kept", r.from, maxAnswerHead>>10)
		case err != nil:
			return head, err
		case head.status/100 != 1 || head.status == 101:
			return head, nil
		}
		r.interim = append(r.interim, head)
	}
}

// noteInterim names the first interim answers and counts them all.
func (r *answerReader) noteInterim() {
	if len(r.interim) == 0 {
		return
	}
	var codes []string
	for _, h := range r.interim[:min(3, len(r.interim))] {
		codes = append(codes, strconv.Itoa(h.status))
	}
	note := "the server sent the interim answer " + strings.Join(codes, ", ") + " first"
	if n := len(r.interim); n > len(codes) {
		note = fmt.Sprintf("the server sent %d interim answers (%s, ...) first", n, strings.Join(codes, ", "))
	}
	r.notes = append(r.notes, note)
}

// sniff looks at the first bytes: an answer that does not begin with "HTTP/" is not read
// as one, and what it is instead says what is wrong.
func (r *answerReader) sniff() error {
	const want = "HTTP/"
	for n := 1; n <= len(want); n++ {
		got, err := r.in.Peek(n)
		if n == 1 && len(got) == 1 && r.firstByte != nil {
			r.firstByte()
			r.firstByte = nil
		}
		if len(got) == n && got[n-1] != want[n-1] {
			return r.foreign()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// foreign names what the bytes at hand are, if not HTTP/1.
func (r *answerReader) foreign() *fault {
	got, _ := r.in.Peek(min(r.in.Buffered(), 9))
	isFrame := len(got) == 9 && (got[3] == 4 || got[3] == 7) && bytes.Equal(got[5:], []byte{0, 0, 0, 0})
	switch {
	case isFrame:
		return newFault(flows.ErrorProtocol, "http2-only",
			"%s speaks HTTP/2 without having been asked to, and this program speaks HTTP/1.1: use an endpoint that offers it", r.from)
	case len(got) >= 3 && (got[0] == 0x15 || got[0] == 0x16) && got[1] == 3:
		return newFault(flows.ErrorTLS, "tls-expected", "%s speaks TLS, and the URL says http: use https://", r.from)
	}
	return newFault(flows.ErrorProtocol, "not-http",
		"the answer of %s does not begin with an HTTP status line: check the port, something else than a web server may listen there", r.from)
}

// partial keeps what there is of an answer whose head did not end. Without a status line
// that is the bytes themselves.
func (r *answerReader) partial(head answerHead) *flows.Response {
	switch n := len(r.interim); {
	case head.status/100 == 1 && head.status != 101:
		return head.response("no final answer came after this interim one")
	case head.status != 0:
		return head.response("the header is incomplete")
	case n > 0:
		return r.interim[n-1].response("no final answer came after this interim one")
	}
	buffered, _ := r.in.Peek(r.in.Buffered())
	body := append(bytes.Clone(head.raw), buffered...)
	if len(body) == 0 {
		return nil
	}
	return &flows.Response{
		Version: "HTTP/0.9", Headers: flows.Headers{}, Body: body, BodyBytes: int64(len(body)),
		Problem: "no status line: these are the bytes as they came",
	}
}

func (h answerHead) response(problem string) *flows.Response {
	return &flows.Response{
		Status: h.status, StatusText: h.text, Version: h.version, Headers: h.headers, Problem: problem,
	}
}

// body reads the body as the head frames it. The framing is net/http's: it is strict
// where leniency would let two readers of one message disagree. It sees only the fields
// that frame, so that a control character in another one does not cost the whole answer.
func (r *answerReader) body(head answerHead) (*flows.Response, error) {
	framing, ok := head.framing()
	if !ok {
		return r.unframed(head)
	}
	in := bufio.NewReader(io.MultiReader(strings.NewReader(framing), r.in))
	parsed, err := http.ReadResponse(in, &http.Request{Method: r.method})
	if err != nil {
		return r.unframed(head)
	}
	if len(parsed.TransferEncoding) > 0 && len(head.headers.Values("Content-Length")) > 0 {
		r.notes = append(r.notes, "the header has both a Content-Length and a Transfer-Encoding, which two readers may frame differently (RFC 9112 section 6.3)")
	}
	r.endless = parsed.ContentLength < 0 && len(parsed.TransferEncoding) == 0
	// The body is not closed: closing reads it to its end, and it holds nothing to release.
	response := head.response("")
	kept := keeper{limit: flows.MaxBody}
	err = kept.read(io.LimitReader(parsed.Body, r.maxCount+1))
	response.BodyBytes = kept.count
	var problems []string
	complete := err == nil && kept.count <= flows.MaxBody
	switch {
	case err != nil:
		err = r.broken(err)
		problems = append(problems, "the body ended after "+progress(kept.count, parsed.ContentLength))
	case kept.count > r.maxCount:
		response.BodyBytes = r.maxCount
		problems = append(problems, fmt.Sprintf("the body is larger than %s: reading stopped there, and the first %s are kept", size(r.maxCount), size(flows.MaxBody)))
	case kept.count > flows.MaxBody:
		problems = append(problems, fmt.Sprintf("the body has %d bytes, and the first %s of them are kept", kept.count, size(flows.MaxBody)))
	case in.Buffered()+r.in.Buffered() > 0:
		r.notes = append(r.notes, "more bytes follow after the end of the answer")
	}
	body, problem := decode(kept.bytes, head.headers.Values("Content-Encoding"), !complete)
	if problem != "" {
		problems = append(problems, problem)
	}
	response.Body = body
	response.BodyComplete = complete && problem == ""
	response.Problem = strings.Join(problems, "; ")
	return response, err
}

// unframed is an answer with a status line whose header net/http refuses: the head is
// kept, the body cannot be told from what follows it.
func (r *answerReader) unframed(head answerHead) (*flows.Response, error) {
	response := head.response("the header is malformed, so the end of the body is not known: the body was not read beyond what had arrived")
	if head.status == 0 {
		response = r.partial(head)
	} else {
		buffered, _ := r.in.Peek(r.in.Buffered())
		response.Body = bytes.Clone(buffered)
		response.BodyBytes = int64(len(buffered))
	}
	return response, newFault(flows.ErrorProtocol, "malformed-header", "the %s of the answer of %s is malformed: the server or a proxy in between is broken",
		map[bool]string{true: "header", false: "status line"}[head.startsWell()], r.from)
}

// broken tells errors in the body's framing from errors of the connection.
func (r *answerReader) broken(err error) error {
	var network interface{ Timeout() bool }
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF), errors.As(err, &network), isReset(err):
		return err
	}
	return newFault(flows.ErrorProtocol, "malformed-body", "the chunks of the body are malformed in the answer of %s: the server or a proxy in between is broken; what came before is kept", r.from)
}

func progress(count, promised int64) string {
	if promised >= 0 {
		return fmt.Sprintf("%d of %d bytes", count, promised)
	}
	return fmt.Sprintf("%d bytes", count)
}

func size(n int64) string {
	switch {
	case n >= 1<<20 && n%(1<<20) == 0:
		return fmt.Sprintf("%d MiB", n>>20)
	case n >= 1<<10 && n%(1<<10) == 0:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d bytes", n)
}

// keeper keeps the first bytes of a stream and counts all.
type keeper struct {
	bytes []byte
	limit int
	count int64
}

// read reads in to its end; an end without error is nil. Most answers fit into the first
// buffer; only one that is larger than the limit needs another.
func (k *keeper) read(in io.Reader) error {
	k.bytes = make([]byte, 0, 1024)
	var beyond []byte
	for {
		into := k.bytes[len(k.bytes):min(cap(k.bytes), k.limit)]
		switch {
		case len(k.bytes) == k.limit:
			if beyond == nil {
				beyond = make([]byte, 32<<10)
			}
			into = beyond
		case len(into) == 0:
			k.bytes = slices.Grow(k.bytes, min(len(k.bytes), k.limit-len(k.bytes))) // twice as much, so that little is copied
			continue
		}
		n, err := in.Read(into)
		if k.count += int64(n); beyond == nil {
			k.bytes = k.bytes[:len(k.bytes)+n]
		}
		switch {
		case err == io.EOF:
			if most := 64 << 10; cap(k.bytes) > len(k.bytes)+most { // it is kept as long as the run
				k.bytes = bytes.Clone(k.bytes)
			}
			return nil
		case err != nil:
			return err
		}
	}
}
