package capture

import (
	"bytes"
	"fmt"
	"io"

	"oauthlens/flows/rawjson"
)

type jsonNode = rawjson.Node

// NotRecognised is the error for an input that is none of the kinds.
type NotRecognised struct {
	LookedLike string // what it looked like, as a clause: "an HTML page", "binary data"
}

// Accepted lists what inspect takes, for messages.
const Accepted = "a HAR file, an authorization or callback URL, a JWT or other token, a token response or error body, " +
	"a discovery document or JWKS, a curl command, an HTTP message, a sample from a provider's documentation, or a document of oauthlens"

func (e *NotRecognised) Error() string {
	return "this looks like " + e.LookedLike + "; accepted are " + Accepted
}

// Read recognises an input by its content and turns it into a trace.
//
// The error is a *NotRecognised when it is nothing that can be inspected, or a
// *BrokenJSON when a recording's JSON is broken.
func Read(data []byte, o Options) (Result, error) {
	return ReadFrom(bytes.NewReader(data), int64(len(data)), o)
}

// ReadFrom is Read for a stream: a HAR is read entry by entry and never held as a
// whole. The size may be -1 if it is not known.
func ReadFrom(r io.Reader, size int64, o Options) (Result, error) {
	head := make([]byte, 64<<10)
	n, err := io.ReadFull(r, head)
	if err != nil && err != io.ErrUnexpectedEOF && err != io.EOF {
		return Result{}, err
	}
	head = head[:n]
	all := io.MultiReader(bytes.NewReader(head), r)
	if body, ok := looksLikeHAR(head); ok {
		if size > maxHAR {
			return Result{}, fmt.Errorf("the file has %d MiB; recordings up to %d MiB are read", size>>20, maxHAR>>20)
		}
		io.CopyN(io.Discard, all, int64(len(head)-len(body)))
		return readRecording(io.LimitReader(all, maxHAR), o)
	}
	return Result{}, &NotRecognised{LookedLike: "something else"}
}

// looksLikeHAR tells a HAR by the first member names, and returns the head without a
// byte-order mark.
func looksLikeHAR(head []byte) ([]byte, bool) {
	body := bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))
	trimmed := bytes.TrimLeft(body, " \t\r\n")
	if len(trimmed) == 0 || trimmed[0] != '{' {
		return head, false
	}
	rest := bytes.TrimLeft(trimmed[1:], " \t\r\n")
	if bytes.HasPrefix(rest, []byte(`"log"`)) || bytes.HasPrefix(rest, []byte(`"entries"`)) {
		return body, true
	}
	i := bytes.Index(rest, []byte(`"log"`))
	return body, i >= 0 && bytes.Contains(rest, []byte(`"entries"`))
}

// readRecording reads a HAR.
func readRecording(r io.Reader, o Options) (Result, error) {
	h, err := readHAR(r)
	if err != nil {
		return Result{}, err
	}
	if !h.sawEntries && !h.truncated {
		return Result{}, &NotRecognised{LookedLike: "a HAR without entries"}
	}
	h.order()
	Classify(h.items)
	Group(h.items)
	res := Result{Kind: KindHAR, What: h.what(), Losses: h.losses,
		Why: "a JSON object with log.entries, as HAR 1.2 has it; " + count(len(h.items), "entry", "entries")}
	res.build(h.items, o)
	return res, nil
}
