package runner

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"strings"

	"oauthlens/flows"
	"oauthlens/flows/visible"
)

// maxCodings is how many codings are undone, one after the other.
const maxCodings = 3

// decode removes the content codings (RFC 9110 section 8.4) that the header fields name,
// the last one first. Where a coding cannot be undone the bytes stay as they are, and the
// problem says so in a sentence. cut tells that raw is known to be incomplete, so that its
// sudden end is no news.
func decode(raw []byte, fields []string, cut bool) (body []byte, problem string) {
	var codings []string
	for name := range strings.SplitSeq(strings.Join(fields, ","), ",") {
		name = strings.ToLower(trimBlank(name))
		if name != "" && name != "identity" {
			codings = append(codings, name)
		}
	}
	if len(raw) == 0 || len(codings) == 0 {
		return raw, ""
	}
	if len(codings) > maxCodings {
		return raw, fmt.Sprintf("the body carries %d content codings; it is kept as it came", len(codings))
	}
	for i := len(codings) - 1; i >= 0; i-- {
		undone, problem := undo(raw, codings[i], cut)
		if undone != nil {
			raw = undone
		}
		if problem != "" {
			return raw, problem
		}
	}
	return raw, ""
}

// undo removes one coding. The result is nil if nothing could be decoded.
func undo(raw []byte, coding string, cut bool) ([]byte, string) {
	in, err := decoder(raw, coding)
	if in == nil && err == nil {
		return nil, "the content coding " + quote(coding) + " is not known here; the body is kept as it came"
	}
	if err != nil {
		return nil, "the body is said to be coded with " + coding + " and is not; it is kept as it came"
	}
	out, err := io.ReadAll(io.LimitReader(in, flows.MaxBody+1))
	switch {
	case len(out) > flows.MaxBody:
		return out[:flows.MaxBody], fmt.Sprintf("%d bytes of %s unpack to more than %s, of which the first are kept", len(raw), coding, size(flows.MaxBody))
	case err == nil, cut && errors.Is(err, io.ErrUnexpectedEOF):
		return out, ""
	case len(out) == 0:
		return nil, "the body cannot be decoded with " + coding + "; it is kept as it came"
	}
	return out, "the body could be decoded with " + coding + " only in part: its coded form is damaged"
}

// decoder returns nil and no error for a coding that is not known.
func decoder(raw []byte, coding string) (io.Reader, error) {
	switch coding {
	case "gzip", "x-gzip":
		return gzip.NewReader(bytes.NewReader(raw))
	case "deflate":
		// The name means zlib (RFC 9110 section 8.4.1.2); some servers send bare deflate.
		if z, err := zlib.NewReader(bytes.NewReader(raw)); err == nil {
			return z, nil
		}
		return flate.NewReader(bufio.NewReader(bytes.NewReader(raw))), nil
	}
	return nil, nil
}

func quote(s string) string { return `"` + visible.Line(shorten(s, 40)) + `"` }
