package faultserver

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// tokenResponse is what a healthy token endpoint answers.
const tokenResponse = `{"access_token":"at-1234567890","token_type":"Bearer","expires_in":3600,"refresh_token":"rt-1234567890","scope":"read write"}`

// settingsFrame is what an HTTP/2 server says first: SETTINGS, and GOAWAY for a client
// that did not.
const settingsFrame = "\x00\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00\x08\x07\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01"

// write writes text whose line feeds stand for CRLF in the head.
func write(conn io.Writer, head, body string) {
	_, _ = io.WriteString(conn, strings.ReplaceAll(head, "\n", "\r\n")+body)
}

const ok200 = "HTTP/1.1 200 OK\nContent-Type: application/json\n"

// answerWell answers as a healthy server would.
func answerWell(s *Server, conn net.Conn, _ Received) {
	write(conn, fmt.Sprintf(ok200+"Content-Length: %d\n\n", len(s.options.Body)), s.options.Body)
}

// says returns an answer that writes this and closes.
func says(head, body string) func(*Server, net.Conn, Received) {
	return func(_ *Server, conn net.Conn, _ Received) { write(conn, head, body) }
}

func transportFaults() []Fault {
	faults := []Fault{
		{Name: "none", What: "a healthy server, to compare with", answer: answerWell},
		{Name: "refused", What: "nothing listens at the port", answer: answerWell, address: closedPort},
		{Name: "unresolvable", What: "the host name does not exist", answer: answerWell,
			address: func(*Server) (string, error) { return "http://nowhere.invalid", nil }},
		{Name: "unroutable", What: "connecting takes for ever", answer: answerWell, address: deafAddress},
		{Name: "reset-at-once", What: "the connection is reset when it is made", accept: func(_ *Server, conn net.Conn) { reset(conn) }},
		{Name: "reset-before-answer", What: "the connection is reset after the request", answer: func(_ *Server, conn net.Conn, _ Received) { reset(conn) }},
		{Name: "reset-in-body", What: "the connection is reset within the body", answer: resetInBody},
		{Name: "empty-answer", What: "the connection is closed without an answer", answer: says("", "")},
		{Name: "truncated", What: "the body is shorter than its Content-Length", answer: says(ok200+"Content-Length: 500\n\n", `{"access_token":"at-12345`)},
		{Name: "truncated-chunk", What: "the body ends within a chunk", answer: says(ok200+"Transfer-Encoding: chunked\n\n", "40\r\n{\"access_tok")},
		{Name: "truncated-header", What: "the connection is closed within the header", answer: says("HTTP/1.1 200 OK\nContent-Type: applica", "")},
		{Name: "bad-chunk", What: "a chunk size is no number", answer: says(ok200+"Transfer-Encoding: chunked\n\n", "5\r\nhello\r\nzzz\r\nworld\r\n0\r\n\r\n")},
		{Name: "drip", What: "one byte every 50 ms", answer: drip},
		{Name: "hang-at-once", What: "the connection is accepted and nothing is ever read", accept: func(s *Server, _ net.Conn) { s.hang() }},
		{Name: "hang-before-answer", What: "the request is read and never answered", answer: func(s *Server, _ net.Conn, _ Received) { s.hang() }},
		{Name: "hang-in-header", What: "the header never ends", answer: thenHang("HTTP/1.1 200 OK\nContent-Type: application/json\n", "")},
		{Name: "hang-in-body", What: "the body never ends, without another byte", answer: thenHang(ok200+"Content-Length: 500\n\n", `{"access_token":"at-12345`)},
		{Name: "endless-body", What: "the body never ends", answer: endless},
		{Name: "body-50mb", What: "the body has 50 MB", answer: fifty},
		{Name: "gzip", What: "the body is compressed without having been asked to be", answer: packed("gzip")},
		{Name: "deflate", What: "the body is compressed with zlib", answer: packed("deflate")},
		{Name: "gzip-bomb", What: "a small body unpacks to 1 GB", answer: gzipBomb},
		{Name: "gzip-lie", What: "the body is said to be compressed and is not", answer: says(ok200+"Content-Encoding: gzip\nContent-Length: 18\n\n", `{"access_token":1}`)},
		{Name: "gzip-cut", What: "the compressed body lacks its end", answer: gzipCut},
		{Name: "unknown-coding", What: "the body is coded in a way that nobody asked for", answer: says(ok200+"Content-Encoding: br\nContent-Length: 5\n\n", "\x0b\x02\x80hi")},
		{Name: "header-2mb", What: "one header field has 2 MB", answer: func(_ *Server, conn net.Conn, _ Received) {
			write(conn, ok200+"X-Large: "+strings.Repeat("a", 2<<20)+"\nContent-Length: 2\n\n", "{}")
		}},
		{Name: "headers-5000", What: "there are 5,000 header fields", answer: func(s *Server, conn net.Conn, _ Received) {
			write(conn, ok200+strings.Repeat("X-Many: of-them\n", 5000)+fmt.Sprintf("Content-Length: %d\n\n", len(s.options.Body)), s.options.Body)
		}},
		{Name: "malformed-header", What: "a header line has no colon", answer: says("HTTP/1.1 200 OK\nContent-Type application/json\n\n", "{}")},
		{Name: "malformed-status", What: "the status is no number", answer: says("HTTP/1.1 OK\nContent-Length: 2\n\n", "{}")},
		{Name: "two-lengths", What: "two Content-Length fields disagree", answer: says(ok200+"Content-Length: 2\nContent-Length: 3\n\n", "{} ")},
		{Name: "http09", What: "the answer is a page without status line and header", answer: says("", "<html><body>It works!</body></html>\n")},
		{Name: "not-http", What: "another protocol greets at the port", accept: func(_ *Server, conn net.Conn) {
			_, _ = io.WriteString(conn, "SSH-2.0-OpenSSH_9.6\r\n")
			linger(conn)
		}},
		{Name: "continue-100", What: "interim answers come before the answer", answer: func(s *Server, conn net.Conn, r Received) {
			write(conn, "HTTP/1.1 100 Continue\n\nHTTP/1.1 103 Early Hints\nLink: </a>\n\n", "")
			answerWell(s, conn, r)
		}},
		{Name: "endless-100", What: "interim answers never end", answer: func(s *Server, conn net.Conn, _ Received) {
			for s.ctx.Err() == nil {
				if _, err := io.WriteString(conn, strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 100)); err != nil {
					return
				}
			}
		}},
		{Name: "http2-frames", What: "the server speaks HTTP/2 on a plain connection", answer: says("", settingsFrame)},
		{Name: "early-answer", What: "the request is refused before its body was read", accept: earlyAnswer},
		{Name: "trailing-bytes", What: "bytes follow after the end of the answer", answer: says(ok200+"Content-Length: 2\n\n", "{}HTTP/1.1 200 OK\r\n\r\n")},
	}
	for i := range faults {
		faults[i].Kind = Transport
	}
	return faults
}

// closedPort gives an address at which nobody listens, and nobody can begin to while the
// server runs: the client's end of a connection that stays open has it.
func closedPort(s *Server) (string, error) {
	conn, err := new(net.Dialer).DialContext(s.ctx, "tcp4", s.listener.Addr().String())
	if err != nil {
		return "", err
	}
	s.release = append(s.release, func() { _ = conn.Close() })
	return "http://" + conn.LocalAddr().String(), nil
}

func thenHang(head, body string) func(*Server, net.Conn, Received) {
	return func(s *Server, conn net.Conn, _ Received) {
		write(conn, head, body)
		s.hang()
	}
}

func resetInBody(s *Server, conn net.Conn, _ Received) {
	write(conn, ok200+"Content-Length: 500\n\n", `{"access_token":"at-12345`)
	// What was written must have arrived, or the reset overtakes it.
	s.sleep(50 * time.Millisecond)
	reset(conn)
}

func drip(s *Server, conn net.Conn, _ Received) {
	write(conn, fmt.Sprintf(ok200+"Content-Length: %d\n\n", len(s.options.Body)), "")
	for i := range len(s.options.Body) {
		if _, err := io.WriteString(conn, s.options.Body[i:i+1]); err != nil || !s.sleep(50*time.Millisecond) {
			return
		}
	}
}

func endless(s *Server, conn net.Conn, _ Received) {
	write(conn, ok200+"\n", `{"access_token":"`)
	block := bytes.Repeat([]byte("a"), 64<<10)
	for s.ctx.Err() == nil {
		if _, err := conn.Write(block); err != nil {
			return
		}
	}
}

func fifty(_ *Server, conn net.Conn, _ Received) {
	const total = 50_000_000
	write(conn, fmt.Sprintf(ok200+"Content-Length: %d\n\n", total), "")
	block := bytes.Repeat([]byte(" "), 50_000)
	for range total / len(block) {
		if _, err := conn.Write(block); err != nil {
			return
		}
	}
}

func compress(coding string, body []byte) []byte {
	var packed bytes.Buffer
	var w io.WriteCloser = gzip.NewWriter(&packed)
	if coding == "deflate" {
		w = zlib.NewWriter(&packed)
	}
	_, _ = w.Write(body)
	_ = w.Close()
	return packed.Bytes()
}

func packed(coding string) func(*Server, net.Conn, Received) {
	return func(s *Server, conn net.Conn, _ Received) {
		body := compress(coding, []byte(s.options.Body))
		write(conn, fmt.Sprintf(ok200+"Content-Encoding: %s\nContent-Length: %d\n\n", coding, len(body)), string(body))
	}
}

func gzipCut(s *Server, conn net.Conn, _ Received) {
	body := compress("gzip", []byte(s.options.Body))
	body = body[:len(body)-9]
	write(conn, fmt.Sprintf(ok200+"Content-Encoding: gzip\nContent-Length: %d\n\n", len(body)), string(body))
}

func gzipBomb(_ *Server, conn net.Conn, _ Received) {
	var bomb bytes.Buffer
	w, _ := gzip.NewWriterLevel(&bomb, gzip.BestSpeed)
	block := make([]byte, 1<<20)
	for range 64 {
		_, _ = w.Write(block)
	}
	_ = w.Close()
	// Members of a gzip file may follow each other: sixteen times 64 MiB.
	body := strings.Repeat(bomb.String(), 16)
	write(conn, fmt.Sprintf(ok200+"Content-Encoding: gzip\nContent-Length: %d\n\n", len(body)), body)
}

func earlyAnswer(s *Server, conn net.Conn) {
	r, _, err := readRequestHead(conn)
	if err != nil {
		return
	}
	s.record(r)
	write(conn, "HTTP/1.1 413 Content Too Large\nContent-Length: 0\nConnection: close\n\n", "")
	linger(conn)
}
