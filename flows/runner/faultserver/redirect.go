package faultserver

import (
	"fmt"
	"net"
)

// redirectFaults sends the client elsewhere. None of them may be followed by a call that
// carries a secret or a code; the log of the other server shows whether one was.
func redirectFaults() []Fault {
	faults := []Fault{
		{Name: "redirect-loop", What: "307 to the same URL", answer: func(_ *Server, conn net.Conn, r Received) {
			redirect(conn, 307, r.Target)
		}},
		{Name: "redirect-file", What: "302 to a file: URL", answer: redirecting(302, "file:///etc/passwd")},
		{Name: "redirect-script", What: "302 to a javascript: URL", answer: redirecting(302, "javascript:alert(1)")},
		{Name: "redirect-nowhere", What: "302 without a Location", answer: says("HTTP/1.1 302 Found\nContent-Length: 0\n\n", "")},
		{Name: "redirect-hostile", What: "302 with escape sequences in the Location", answer: redirecting(302, "/\x1b]0;title\x07\u202ecod\u200b\x9b2J")},
		{Name: "redirect-refresh", What: "a Refresh header field to another host", other: true, answer: func(s *Server, conn net.Conn, _ Received) {
			write(conn, "HTTP/1.1 200 OK\nRefresh: 0; url="+s.Other.URL+"/\nContent-Length: 0\n\n", "")
		}},
		{Name: "redirect-meta", What: "a page that refreshes to another host", other: true, answer: func(s *Server, conn net.Conn, _ Received) {
			page := `<html><head><meta http-equiv="refresh" content="0;url=` + s.Other.URL + `/"></head></html>`
			write(conn, fmt.Sprintf("HTTP/1.1 200 OK\nContent-Type: text/html\nContent-Length: %d\n\n", len(page)), page)
		}},
	}
	for _, status := range []int{300, 301, 302, 303, 307, 308} {
		faults = append(faults,
			Fault{Name: fmt.Sprintf("redirect-%d", status), What: fmt.Sprintf("%d to the same host", status), answer: redirecting(status, "/elsewhere")},
			Fault{Name: fmt.Sprintf("redirect-%d-other", status), What: fmt.Sprintf("%d to another host", status), other: true,
				answer: func(s *Server, conn net.Conn, r Received) { redirect(conn, status, s.Other.URL+r.Target) }})
	}
	for i := range faults {
		faults[i].Kind = Redirect
	}
	return faults
}

func redirecting(status int, location string) func(*Server, net.Conn, Received) {
	return func(_ *Server, conn net.Conn, _ Received) { redirect(conn, status, location) }
}

func redirect(conn net.Conn, status int, location string) {
	write(conn, fmt.Sprintf("HTTP/1.1 %d Redirect\nLocation: %s\nContent-Length: 0\n\n", status, location), "")
}
