package faultserver

import (
	"bytes"
	"context"
	"errors"
	"net"
	"time"
)

// Answer is what a fault writes when it is asked.
type Answer struct {
	Fault string
	Raw   []byte // head and body, byte for byte
}

// Body is what follows the header, or all of it where there is none.
func (a Answer) Body() []byte {
	if _, body, ok := bytes.Cut(a.Raw, []byte("\r\n\r\n")); ok {
		return body
	}
	return a.Raw
}

// Answers lists what every fault writes, without a socket: seeds for those who read foreign
// bytes. right is the answer that the faults spoil, a token response if it is empty; limit
// is where each is cut off, in bytes. Faults that write nothing are left out.
func Answers(ctx context.Context, right string, limit int) []Answer {
	if right == "" {
		right = tokenResponse
	}
	ctx, done := context.WithCancel(ctx)
	done() // whatever waits or never ends ends at once
	var out []Answer
	for _, f := range All() {
		if f.Name == "gzip-bomb" { // a gigabyte is packed for its first bytes
			continue
		}
		s := &Server{Fault: f, URL: ServerURL, options: Options{Body: right}, ctx: ctx, done: done, Other: &Server{URL: "http://other.test"}}
		conn := &recorder{limit: limit, request: bytes.NewReader([]byte("POST /token HTTP/1.1\r\nHost: server.test\r\nContent-Length: 12\r\n\r\ncode=abcdefg"))}
		switch {
		case f.accept != nil:
			f.accept(s, conn)
		case f.answer != nil:
			request, _ := readRequest(conn)
			f.answer(s, conn, request)
		}
		if len(conn.wrote) > 0 {
			out = append(out, Answer{Fault: f.Name, Raw: conn.wrote})
		}
	}
	return out
}

// recorder is a connection that asks once and keeps what it is told.
type recorder struct {
	request *bytes.Reader
	wrote   []byte
	limit   int
}

var errEnough = errors.New("enough was written")

func (r *recorder) Write(p []byte) (int, error) {
	r.wrote = append(r.wrote, p[:min(len(p), r.limit-len(r.wrote))]...)
	if len(r.wrote) >= r.limit {
		return 0, errEnough
	}
	return len(p), nil
}

func (r *recorder) Read(p []byte) (int, error)       { return r.request.Read(p) }
func (r *recorder) Close() error                     { return nil }
func (r *recorder) LocalAddr() net.Addr              { return &net.TCPAddr{} }
func (r *recorder) RemoteAddr() net.Addr             { return &net.TCPAddr{} }
func (r *recorder) SetDeadline(time.Time) error      { return nil }
func (r *recorder) SetReadDeadline(time.Time) error  { return nil }
func (r *recorder) SetWriteDeadline(time.Time) error { return nil }
