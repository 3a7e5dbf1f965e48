package faultserver

import (
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// framingFaults are answers whose status line, header or framing is odd: some are allowed
// and seldom seen, some are what makes two readers of one message disagree.
func framingFaults() []Fault {
	faults := []Fault{
		{Name: "interim-2000", What: "2,000 interim answers come before the answer", answer: func(s *Server, conn net.Conn, r Received) {
			write(conn, strings.Repeat("HTTP/1.1 102 Processing\n\n", 2000), "")
			answerWell(s, conn, r)
		}},
		{Name: "interim-199", What: "an interim answer that nobody registered", answer: func(s *Server, conn net.Conn, r Received) {
			write(conn, "HTTP/1.1 199 \nX-Odd: a\n\n", "")
			answerWell(s, conn, r)
		}},
		{Name: "upgrade-101", What: "the protocol is switched although nobody asked", answer: says("HTTP/1.1 101 Switching Protocols\nConnection: upgrade\nUpgrade: websocket\n\n", "\x81\x05hello")},
		{Name: "status-000", What: "the status is 000", answer: says("HTTP/1.1 000 Nothing\nContent-Length: 2\n\n", "{}")},
		{Name: "status-099", What: "the status is 099", answer: says("HTTP/1.1 099 Less\nContent-Length: 2\n\n", "{}")},
		{Name: "status-600", What: "the status is 600", answer: says("HTTP/1.1 600 More\nContent-Type: application/json\nContent-Length: 2\n\n", "{}")},
		{Name: "status-999", What: "the status is 999", answer: says("HTTP/1.1 999 Request denied\nContent-Length: 0\n\n", "")},
		{Name: "status-signed", What: "the status is +20", answer: says("HTTP/1.1 +20 OK\nContent-Length: 2\n\n", "{}")},
		{Name: "status-long", What: "the status is 2000", answer: says("HTTP/1.1 2000 OK\nContent-Length: 2\n\n", "{}")},
		{Name: "not-modified", What: "304 to a request that named no version", answer: says("HTTP/1.1 304 Not Modified\nETag: \"x\"\n\n", "")},
		{Name: "no-reason", What: "the status line has no reason phrase", answer: framed("HTTP/1.1 200\n", "")},
		{Name: "reason-1mb", What: "the reason phrase has 1 MB", answer: framed("HTTP/1.1 200 "+strings.Repeat("O", 1<<20)+"\n", "")},
		{Name: "version-9", What: "the version is HTTP/9.9", answer: framed("HTTP/9.9 200 OK\n", "")},
		{Name: "version-word", What: "the version is no number", answer: framed("HTTP/one 200 OK\n", "")},
		{Name: "version-2", What: "the version of the status line is 2", answer: framed("HTTP/2 200 OK\n", "")},
		{Name: "http10", What: "HTTP/1.0 without a length: the body ends with the connection", answer: func(s *Server, conn net.Conn, _ Received) {
			write(conn, "HTTP/1.0 200 OK\nContent-Type: application/json\n\n", s.options.Body)
		}},
		{Name: "bare-line-feeds", What: "lines end with a line feed alone", answer: func(s *Server, conn net.Conn, _ Received) {
			_, _ = fmt.Fprintf(conn, ok200+"Content-Length: %d\n\n%s", len(s.options.Body), s.options.Body)
		}},
		{Name: "bare-returns", What: "lines end with a carriage return alone", answer: func(s *Server, conn net.Conn, _ Received) {
			_, _ = io.WriteString(conn, strings.ReplaceAll(fmt.Sprintf(ok200+"Content-Length: %d\n\n", len(s.options.Body)), "\n", "\r")+s.options.Body)
		}},
		{Name: "folded", What: "header fields are folded over lines", answer: framed("HTTP/1.1 200 OK\nX-Folded: a\n b\n\tc\n", "")},
		{Name: "folded-length", What: "the Content-Length is folded", answer: func(s *Server, conn net.Conn, _ Received) {
			write(conn, fmt.Sprintf(ok200+"Content-Length:\n %d\n\n", len(s.options.Body)), s.options.Body)
		}},
		{Name: "folded-first", What: "the first header line is a continuation of nothing", answer: framed("HTTP/1.1 200 OK\n  X-Folded: a\n", "")},
		{Name: "nul-in-header", What: "a header value holds NUL", answer: framed("HTTP/1.1 200 OK\nX-Nul: a\x00b\n", "")},
		{Name: "eight-bit-header", What: "a header value holds every byte above 127", answer: framed("HTTP/1.1 200 OK\nX-Bytes: "+highBytes()+"\n", "")},
		{Name: "blank-before-colon", What: "a blank stands between name and colon", answer: says(ok200+"Content-Length : 2\n\n", "{}")},
		{Name: "nameless-header", What: "a header field has no name", answer: says(ok200+": value\nContent-Length: 2\n\n", "{}")},
		{Name: "return-in-header", What: "a header value holds a carriage return", answer: framed("HTTP/1.1 200 OK\nX-Return: a\rX-Evil: b\n", "")},
		{Name: "cookies-hostile", What: "an error sets 200 cookies of hostile bytes", answer: framed("HTTP/1.1 503 Service Unavailable\n"+strings.Repeat("Set-Cookie: id=\x1b]0;owned\x07\xe2\x80\xae\xff; Domain=.test\n", 200), "")},
		{Name: "retry-absurd", What: "429 with a Retry-After beyond all numbers", answer: framed("HTTP/1.1 429 Too Many Requests\nRetry-After: 99999999999999999999999999\n", `{"error":"slow_down"}`)},
		{Name: "retry-negative", What: "503 with a negative Retry-After", answer: framed("HTTP/1.1 503 Service Unavailable\nRetry-After: -1\n", "")},
		{Name: "challenge-hostile", What: "401 with a challenge that never ends its quotes", answer: framed("HTTP/1.1 401 Unauthorized\nWWW-Authenticate: Bearer error=\"invalid_token\x1b[2J, "+strings.Repeat("a=\"", 20_000)+"\n", "")},
		{Name: "date-1970", What: "the server's clock says 1970", answer: framed("HTTP/1.1 200 OK\nDate: Thu, 01 Jan 1970 00:00:00 GMT\n", "")},
		{Name: "date-9999", What: "the server's clock says 9999", answer: framed("HTTP/1.1 200 OK\nDate: Fri, 31 Dec 9999 23:59:59 GMT\n", "")},
		{Name: "date-hostile", What: "the Date is no date", answer: framed("HTTP/1.1 200 OK\nDate: \x1b]0;x\x07 32 Foo -1 99:99:99\n", "")},
		{Name: "type-200kb", What: "the Content-Type has 200 KB", answer: func(s *Server, conn net.Conn, _ Received) {
			write(conn, fmt.Sprintf("HTTP/1.1 200 OK\nContent-Type: application/json; a=%s\nContent-Length: %d\n\n", strings.Repeat("b", 200<<10), len(s.options.Body)), s.options.Body)
		}},
	}
	faults = append(faults, lengthFaults()...)
	faults = append(faults, codingFaults()...)
	faults = append(faults, momentFaults()...)
	for i := range faults {
		faults[i].Kind = Framing
	}
	return faults
}

// lengthFaults say wrongly, or in two ways, where the body ends.
func lengthFaults() []Fault {
	length := func(fields string) func(*Server, net.Conn, Received) { return says(ok200+fields+"\n\n", "{}") }
	return []Fault{
		{Name: "length-negative", What: "the Content-Length is -5", answer: length("Content-Length: -5")},
		{Name: "length-plus", What: "the Content-Length is +2", answer: length("Content-Length: +2")},
		{Name: "length-hex", What: "the Content-Length is 0x2", answer: length("Content-Length: 0x2")},
		{Name: "length-empty", What: "the Content-Length is empty", answer: length("Content-Length:")},
		{Name: "length-overflow", What: "the Content-Length has 25 digits", answer: length("Content-Length: 9999999999999999999999999")},
		{Name: "length-largest", What: "the Content-Length is the largest number there is", answer: length("Content-Length: 9223372036854775807")},
		{Name: "length-list", What: "the Content-Length is a list of equal numbers", answer: length("Content-Length: 2, 2")},
		{Name: "lengths-equal", What: "the Content-Length stands there twice", answer: func(s *Server, conn net.Conn, _ Received) {
			n := len(s.options.Body)
			write(conn, fmt.Sprintf(ok200+"Content-Length: %d\nContent-Length: %d\n\n", n, n), s.options.Body)
		}},
		{Name: "length-and-chunks", What: "the body has a Content-Length and chunks", answer: chunked("Content-Length: 3\n", "", "\r\n")},
		{Name: "chunks-twice", What: "the body is said to be chunked twice", answer: length("Transfer-Encoding: chunked, chunked")},
		{Name: "transfer-gzip", What: "a transfer coding that nobody asked for", answer: length("Transfer-Encoding: gzip, chunked")},
		{Name: "chunks-10", What: "chunks in HTTP/1.0", answer: says("HTTP/1.0 200 OK\nContent-Type: application/json\nTransfer-Encoding: chunked\n\n", "2\r\n{}\r\n0\r\n\r\n")},
		{Name: "chunk-extension", What: "a chunk has an extension", answer: chunked("", ";name=\"value\"", "\r\n")},
		{Name: "chunk-extension-1mb", What: "a chunk has an extension of 1 MB", answer: chunked("", ";"+strings.Repeat("x", 1<<20), "\r\n")},
		{Name: "chunk-size-large", What: "a chunk size with more digits than any number", answer: says(ok200+"Transfer-Encoding: chunked\n\n", "ffffffffffffffffff\r\n{}")},
		{Name: "chunk-size-negative", What: "a negative chunk size", answer: says(ok200+"Transfer-Encoding: chunked\n\n", "-2\r\n{}\r\n0\r\n\r\n")},
		{Name: "chunks-of-one", What: "every byte is a chunk of its own", answer: func(s *Server, conn net.Conn, _ Received) {
			var out strings.Builder
			for i := range len(s.options.Body) {
				fmt.Fprintf(&out, "1\r\n%s\r\n", s.options.Body[i:i+1])
			}
			write(conn, ok200+"Transfer-Encoding: chunked\n\n", out.String()+"0\r\n\r\n")
		}},
		{Name: "chunks-300000", What: "300,000 chunks of one blank come before the answer", answer: func(s *Server, conn net.Conn, _ Received) {
			write(conn, ok200+"Transfer-Encoding: chunked\n\n", strings.Repeat("1\r\n \r\n", 300_000)+fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(s.options.Body), s.options.Body))
		}},
		{Name: "trailers", What: "fields follow the body", answer: chunked("Trailer: X-Sum\n", "", "X-Sum: 1\r\nX-More: 2\r\n\r\n")},
		{Name: "trailers-hostile", What: "a field with an escape sequence follows the body", answer: chunked("", "", "X-Sum: \x1b[2J\r\n\r\n")},
		{Name: "trailers-5mb", What: "fields without end follow the body", answer: chunked("", "", strings.Repeat("X-Sum: of many\r\n", 300_000)+"\r\n")},
		{Name: "no-content-with-body", What: "204 with a body", answer: says("HTTP/1.1 204 No Content\nContent-Length: 20\n\n", `{"access_token":"aa"}`)},
		{Name: "second-answer", What: "a second answer follows the first", answer: func(s *Server, conn net.Conn, r Received) {
			answerWell(s, conn, r)
			write(conn, "HTTP/1.1 400 Bad Request\nContent-Length: 25\n\n", `{"error":"invalid_grant"}`)
		}},
	}
}

// codingFaults are codings of the content, as they are seldom seen.
func codingFaults() []Fault {
	coded := func(names string, times int, coding string) func(*Server, net.Conn, Received) {
		return func(s *Server, conn net.Conn, _ Received) {
			body := []byte(s.options.Body)
			for range times {
				body = compress(coding, body)
			}
			write(conn, fmt.Sprintf(ok200+"Content-Encoding: %s\nContent-Length: %d\n\n", names, len(body)), string(body))
		}
	}
	return []Fault{
		{Name: "x-gzip", What: "the coding has its old name", answer: coded("X-GZip", 1, "gzip")},
		{Name: "gzip-twice", What: "the body is compressed twice", answer: coded("gzip, gzip", 2, "gzip")},
		{Name: "gzip-two-fields", What: "two codings in two fields", answer: coded("gzip\nContent-Encoding: gzip", 2, "gzip")},
		{Name: "gzip-nine-times", What: "the body is compressed nine times", answer: coded(strings.TrimSuffix(strings.Repeat("gzip,", 9), ","), 9, "gzip")},
		{Name: "identity", What: "the coding says that there is none", answer: coded("identity", 0, "")},
		{Name: "zstd", What: "the body is coded with zstd", answer: says(ok200+"Content-Encoding: zstd\nContent-Length: 4\n\n", "\x28\xb5\x2f\xfd")},
		{Name: "coding-hostile", What: "the name of the coding holds escape sequences", answer: coded("\x1b]0;owned\x07", 0, "")},
		{Name: "deflate-bare", What: "deflate without its zlib frame", answer: func(s *Server, conn net.Conn, _ Received) {
			var bare bytes.Buffer
			w, _ := flate.NewWriter(&bare, flate.BestSpeed)
			_, _ = io.WriteString(w, s.options.Body)
			_ = w.Close()
			write(conn, fmt.Sprintf(ok200+"Content-Encoding: deflate\nContent-Length: %d\n\n", bare.Len()), bare.String())
		}},
		{Name: "gzip-checksum", What: "the checksum of the compressed body is wrong", answer: func(s *Server, conn net.Conn, _ Received) {
			body := compress("gzip", []byte(s.options.Body))
			body[len(body)-6] ^= 0xff
			write(conn, fmt.Sprintf(ok200+"Content-Encoding: gzip\nContent-Length: %d\n\n", len(body)), string(body))
		}},
		{Name: "gzip-name", What: "the gzip frame holds a file name of 200 KB", answer: func(s *Server, conn net.Conn, _ Received) {
			body := compress("gzip", []byte(s.options.Body))
			body[3] |= 8
			named := string(body[:10]) + strings.Repeat("n", 200<<10) + "\x00" + string(body[10:])
			write(conn, fmt.Sprintf(ok200+"Content-Encoding: gzip\nContent-Length: %d\n\n", len(named)), named)
		}},
	}
}

// momentFaults answer well, at the wrong moment.
func momentFaults() []Fault {
	return []Fault{
		{Name: "unasked", What: "the answer is sent before the request", accept: func(s *Server, conn net.Conn) {
			answerWell(s, conn, Received{})
			if r, err := readRequest(conn); err == nil {
				s.record(r)
			}
			linger(conn)
		}},
		{Name: "half-closed", What: "the server closes its half before the request and listens on", accept: func(s *Server, conn net.Conn) {
			if tcp, ok := conn.(*net.TCPConn); ok {
				_ = tcp.CloseWrite()
			}
			if r, err := readRequest(conn); err == nil {
				s.record(r)
			}
		}},
		{Name: "reset-after-answer", What: "the connection is reset after the whole answer", answer: func(s *Server, conn net.Conn, r Received) {
			answerWell(s, conn, r)
			s.sleep(50 * time.Millisecond)
			reset(conn)
		}},
		{Name: "open-after-answer", What: "the connection stays open after the whole answer", answer: func(s *Server, conn net.Conn, r Received) {
			answerWell(s, conn, r)
			s.sleep(2 * time.Second)
		}},
		{Name: "drip-header", What: "the header comes byte by byte", answer: func(s *Server, conn net.Conn, _ Received) {
			for _, b := range []byte("HTTP/1.1 200 OK\r\nX-Slow: " + strings.Repeat("z", 1000)) {
				if _, err := conn.Write([]byte{b}); err != nil || !s.sleep(30*time.Millisecond) {
					return
				}
			}
		}},
		{Name: "hang-in-trailer", What: "the end of the chunks never comes", answer: func(s *Server, conn net.Conn, _ Received) {
			write(conn, ok200+"Transfer-Encoding: chunked\n\n", fmt.Sprintf("%x\r\n%s\r\n0\r\n", len(s.options.Body), s.options.Body))
			s.hang()
		}},
	}
}

// framed answers with this head and a right length; an empty body is the right one.
func framed(head, body string) func(*Server, net.Conn, Received) {
	return func(s *Server, conn net.Conn, _ Received) {
		text := body
		if text == "" {
			text = s.options.Body
		}
		write(conn, fmt.Sprintf("%sContent-Type: application/json\nContent-Length: %d\n\n", head, len(text)), text)
	}
}

// chunked answers well in one chunk, with this behind its size and after the last chunk.
func chunked(fields, extension, trailer string) func(*Server, net.Conn, Received) {
	return func(s *Server, conn net.Conn, _ Received) {
		write(conn, ok200+fields+"Transfer-Encoding: chunked\n\n", fmt.Sprintf("%x%s\r\n%s\r\n0\r\n%s", len(s.options.Body), extension, s.options.Body, trailer))
	}
}

func highBytes() string {
	var out []byte
	for b := 0x80; b <= 0xff; b++ {
		out = append(out, byte(b))
	}
	return string(out)
}
