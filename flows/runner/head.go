package runner

import (
	"bufio"
	"bytes"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"oauthlens/flows"
)

// errHeadTooLarge tells that a message's head exceeds its bound.
var errHeadTooLarge = errors.New("head of the message too large")

// readHead reads the first line and the header fields of a message, up to and with the
// blank line, byte for byte. It returns what it read beside any error; of a line that is
// over the bound nothing, unless it is the first one, of which it returns the beginning.
func readHead(in *bufio.Reader, limit int) ([]byte, error) {
	var head []byte
	for {
		line, err := readLine(in, limit-len(head))
		if errors.Is(err, errHeadTooLarge) && len(head) > 0 {
			return head, err
		}
		head = append(head, line...)
		if err != nil {
			return head, err
		}
		if len(bytes.TrimRight(line, "\r\n")) == 0 {
			return head, nil
		}
	}
}

// readLine reads up to and with the next line feed. Of a line that does not end, or not
// within the limit, it returns what there is.
func readLine(in *bufio.Reader, limit int) ([]byte, error) {
	var line []byte
	for {
		part, err := in.ReadSlice('\n')
		if len(line)+len(part) > limit {
			return append(line, part...)[:limit], errHeadTooLarge
		}
		line = append(line, part...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}

// answerHead is the head of a response, read leniently: what cannot be read is zero.
type answerHead struct {
	raw     []byte
	version string
	status  int
	text    string
	headers flows.Headers
	// malformed: a line of the head is no header field.
	malformed bool
}

func parseAnswerHead(raw []byte) answerHead {
	first, rest, _ := strings.Cut(string(raw), "\n")
	h := answerHead{raw: raw}
	h.headers, h.malformed = parseFields(rest)
	version, line, _ := strings.Cut(strings.TrimRight(first, "\r"), " ")
	code, text, _ := strings.Cut(strings.TrimLeft(line, " "), " ")
	h.version, h.text = version, text
	if n, err := strconv.Atoi(code); err == nil && len(code) == 3 && code[0] != '+' {
		h.status = n
	}
	return h
}

// parseFields reads header fields in their order, with their case and repeats. A line
// that continues the one before (RFC 9112 section 5.2) is joined to it by a blank. A line
// that is no field is kept as far as it can be, and reported: no colon, or a name that is
// no token, such as one with a blank before the colon, the oldest trick to make two
// readers see different fields.
func parseFields(lines string) (fields flows.Headers, malformed bool) {
	fields = flows.Headers{}
	for line := range strings.SplitSeq(lines, "\n") {
		line = strings.TrimRight(line, "\r")
		if line == "" {
			continue
		}
		if last := len(fields) - 1; last >= 0 && (line[0] == ' ' || line[0] == '\t') {
			fields[last].Value += " " + trimBlank(line)
			continue
		}
		name, value, colon := strings.Cut(line, ":")
		malformed = malformed || !colon || !isToken(name)
		fields = append(fields, flows.Header{Name: trimBlank(name), Value: trimBlank(value)})
	}
	return fields, malformed
}

// framing is the part of the head that says where the body ends, as a head of its own;
// false if the head is malformed.
func (h answerHead) framing() (string, bool) {
	out := h.version + " " + strconv.Itoa(h.status) + " \r\n"
	for _, f := range h.headers {
		switch strings.ToLower(f.Name) {
		case "content-length", "transfer-encoding", "connection", "trailer":
			out += f.Name + ": " + f.Value + "\r\n"
		}
	}
	return out + "\r\n", h.status != 0 && !h.malformed
}

// startsWell tells whether the status line is one.
func (h answerHead) startsWell() bool {
	_, _, ok := http.ParseHTTPVersion(h.version)
	return ok && h.status >= 100
}

func trimBlank(s string) string { return strings.Trim(s, " \t") }
