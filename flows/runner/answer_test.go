package runner

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"oauthlens/flows"

	"oauthlens/flows/runner/faultserver"
)

func readAnswer(method, message string) (*flows.Response, []string, error) {
	r := answerReader{from: "server.test:80", in: bufio.NewReader(strings.NewReader(message)), method: method, maxCount: 2 << 20}
	response, err := r.read()
	return response, r.notes, err
}

func TestReadAnswer(t *testing.T) {
	rows := []struct {
		name, method, message string
		status                int
		headers               string // "name=value;..."
		body                  string
		complete              bool
		reason                string // of the fault; "eof" for the end of the stream
	}{
		{"plain", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", 200, "Content-Length=2", "hi", true, ""},
		{"order and case", "GET", "HTTP/1.1 200 OK\r\nx-B: 1\r\nX-a:2\r\nx-b:  3  \r\nContent-Length: 0\r\n\r\n", 200, "x-B=1;X-a=2;x-b=3;Content-Length=0", "", true, ""},
		{"bare line feeds", "GET", "HTTP/1.1 200 OK\nContent-Length: 2\n\nhi", 200, "Content-Length=2", "hi", true, ""},
		{"folded", "GET", "HTTP/1.1 200 OK\r\nA: b\r\n c\r\nContent-Length: 0\r\n\r\n", 200, "A=b c;Content-Length=0", "", true, ""},
		{"until the end", "GET", "HTTP/1.0 200 OK\r\n\r\nhi", 200, "", "hi", true, ""},
		{"no reason phrase", "GET", "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", 200, "Content-Length=0", "", true, ""},
		{"chunked with extension and trailer", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nhi\r\n0\r\nX-T: 1\r\n\r\n", 200, "Transfer-Encoding=chunked", "hi", true, ""},
		{"HEAD", "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", 200, "Content-Length=2", "", true, ""},
		{"204", "GET", "HTTP/1.1 204 No Content\r\n\r\n", 204, "", "", true, ""},
		{"304", "GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", 304, "Content-Length=5", "", true, ""},
		{"101", "GET", "HTTP/1.1 101 Switching Protocols\r\n\r\n", 101, "", "", true, ""},
		{"unknown status", "GET", "HTTP/1.1 799 Odd\r\nContent-Length: 0\r\n\r\n", 799, "Content-Length=0", "", true, ""},
		{"escape in a value", "GET", "HTTP/1.1 200 OK\r\nX: \x1b[2J\r\nContent-Length: 2\r\n\r\nhi", 200, "X=\x1b[2J;Content-Length=2", "hi", true, ""},
		{"100 first", "GET", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, "Content-Length=0", "", true, ""},
		{"too short", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhi", 200, "Content-Length=3", "hi", false, "eof"},
		{"ends in the header", "GET", "HTTP/1.1 200 OK\r\nA: b\r\nC", 200, "A=b;C=", "", false, "eof"},
		{"ends in the status line", "GET", "HTTP/1.1 20", 0, "", "HTTP/1.1 20", false, "eof"},
		{"nothing", "GET", "", -1, "", "", false, "eof"},
		{"blank before the colon", "GET", "HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nhi", 200, "Content-Length=2", "hi", false, "malformed-header"},
		{"negative length", "GET", "HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\nhi", 200, "Content-Length=-2", "hi", false, "malformed-header"},
		{"unknown transfer coding", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nhi", 200, "Transfer-Encoding=gzip", "hi", false, "malformed-header"},
		{"version 2", "GET", "HTTP/2.0.1 200 OK\r\n\r\nhi", 200, "", "hi", false, "malformed-header"},
		{"page", "GET", "<html>", 0, "", "<html>", false, "not-http"},
		{"TLS alert", "GET", "\x15\x03\x03\x00\x02\x02\x28", 0, "", "\x15\x03\x03\x00\x02\x02\x28", false, "tls-expected"},
		{"HTTP/2", "GET", "\x00\x00\x06\x04\x00\x00\x00\x00\x00abc", 0, "", "\x00\x00\x06\x04\x00\x00\x00\x00\x00abc", false, "http2-only"},
	}
	for _, row := range rows {
		response, _, err := readAnswer(row.method, row.message)
		var f *fault
		switch {
		case errors.As(err, &f) && f.reason != row.reason,
			err == nil && row.reason != "",
			err != nil && f == nil && row.reason != "eof":
			t.Errorf("%s: error %v, want %q", row.name, err, row.reason)
		}
		if response == nil {
			if row.status != -1 {
				t.Errorf("%s: no response", row.name)
			}
			continue
		}
		var headers []string
		for _, h := range response.Headers {
			headers = append(headers, h.Name+"="+h.Value)
		}
		if response.Status != row.status || strings.Join(headers, ";") != row.headers || string(response.Body) != row.body || response.BodyComplete != row.complete {
			t.Errorf("%s: %d %q %q complete %v", row.name, response.Status, headers, response.Body, response.BodyComplete)
		}
		if !row.complete && response.Problem == "" {
			t.Errorf("%s: incomplete without a word", row.name)
		}
	}
}

func TestTrailingBytesAreNoted(t *testing.T) {
	_, notes, err := readAnswer("GET", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi there")
	if err != nil || len(notes) != 1 || !strings.Contains(notes[0], "more bytes follow") {
		t.Errorf("%v, %v", notes, err)
	}
}

func pack(t *testing.T, coding string, data []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	var w io.WriteCloser
	switch coding {
	case "gzip":
		w = gzip.NewWriter(&out)
	case "zlib":
		w = zlib.NewWriter(&out)
	default:
		w, _ = flate.NewWriter(&out, flate.BestCompression)
	}
	_, _ = w.Write(data)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestDecode(t *testing.T) {
	text := []byte(strings.Repeat("token ", 100))
	zipped := pack(t, "gzip", text)
	rows := []struct {
		name    string
		raw     []byte
		fields  []string
		cut     bool
		want    []byte
		problem string
	}{
		{"none", text, nil, false, text, ""},
		{"identity", text, []string{"identity"}, false, text, ""},
		{"gzip", zipped, []string{"gzip"}, false, text, ""},
		{"x-gzip in capitals", zipped, []string{" X-GZIP "}, false, text, ""},
		{"deflate", pack(t, "zlib", text), []string{"deflate"}, false, text, ""},
		{"bare deflate", pack(t, "flate", text), []string{"deflate"}, false, text, ""},
		{"two in one field", pack(t, "gzip", pack(t, "zlib", text)), []string{"deflate, gzip"}, false, text, ""},
		{"two fields", pack(t, "gzip", pack(t, "zlib", text)), []string{"deflate", "gzip"}, false, text, ""},
		{"too many", zipped, []string{"gzip,gzip,gzip,gzip"}, false, zipped, "4 content codings"},
		{"unknown", text, []string{"zstd"}, false, text, `"zstd" is not known`},
		{"hostile name", text, []string{"\x1b[2J"}, false, text, `is not known`},
		{"lie", text, []string{"gzip"}, false, text, "and is not"},
		{"empty", nil, []string{"gzip"}, false, nil, ""},
		{"damaged checksum", append(bytes.Clone(zipped[:len(zipped)-1]), 'x'), []string{"gzip"}, false, text, "only in part"},
		{"cut off, as is known", zipped[:len(zipped)-4], []string{"gzip"}, true, text, ""},
		{"cut off unnoticed", zipped[:len(zipped)-4], []string{"gzip"}, false, text, "only in part"},
		{"bomb", pack(t, "gzip", make([]byte, 3<<20)), []string{"gzip"}, false, make([]byte, flows.MaxBody), "unpack to more than 1 MiB"},
	}
	for _, row := range rows {
		got, problem := decode(row.raw, row.fields, row.cut)
		if !bytes.Equal(got, row.want) || !strings.Contains(problem, row.problem) || (problem == "") != (row.problem == "") {
			t.Errorf("%s: %d bytes, problem %q", row.name, len(got), problem)
		}
		if strings.Contains(problem, "\x1b") {
			t.Errorf("%s: raw escape in %q", row.name, problem)
		}
	}
}

// FuzzAnswer: whatever a server writes, reading it ends, within the bounds, and agrees
// with net/http where that accepts the message.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", "HTTP/1.0 302 Found\r\nLocation: x\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b\x08", "<html>", "\x15\x03\x01", "HTTP/1.1 200 OK\r\nA : b\r\n\r\n", "HTTP/1.1 2",
	} {
		f.Add(seed, "GET")
		f.Add(seed, "HEAD")
	}
	for _, a := range faultserver.Answers(f.Context(), "", 4<<10) {
		f.Add(string(a.Raw), "POST")
	}
	f.Fuzz(func(t *testing.T, message, method string) {
		response, notes, err := readAnswer(method, message)
		if response == nil {
			if err == nil {
				t.Fatal("neither a response nor an error")
			}
			return
		}
		if len(response.Body) > flows.MaxBody || len(notes) > 2 {
			t.Fatalf("%d bytes, %d notes", len(response.Body), len(notes))
		}
		if response.BodyComplete == (response.Problem != "") || (err != nil && response.BodyComplete) {
			t.Fatalf("complete %v, problem %q, error %v", response.BodyComplete, response.Problem, err)
		}
		if strings.ContainsFunc(response.Problem, func(r rune) bool { return r < ' ' }) {
			t.Fatalf("problem %q", response.Problem)
		}
		compare(t, message, method, response, err)
	})
}

// compare holds a complete answer against what net/http reads.
func compare(t *testing.T, message, method string, got *flows.Response, err error) {
	t.Helper()
	want, wrong := http.ReadResponse(bufio.NewReader(strings.NewReader(message)), &http.Request{Method: method})
	if wrong != nil || want.StatusCode/100 == 1 || len(want.Header["Content-Encoding"]) > 0 || err != nil {
		return
	}
	body, wrong := io.ReadAll(want.Body)
	if wrong != nil {
		return
	}
	if got.Status != want.StatusCode || !bytes.Equal(got.Body, body) {
		t.Fatalf("%d %q, net/http reads %d %q", got.Status, got.Body, want.StatusCode, body)
	}
}
