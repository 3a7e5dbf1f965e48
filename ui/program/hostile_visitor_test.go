package program

import (
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// passersBy are rows of what seldom reaches a redirect URI: requests in other forms, of
// browsers that look ahead, of scripts, and answers of flows that were not asked for.
func passersBy() []visitor {
	const typed = "Content-Type: application/x-www-form-urlencoded"
	before := func(does func(b *browser, host string)) func(*browser) {
		return func(b *browser) {
			does(b, "Host: "+b.host)
			b.get(b.genuine)
		}
	}
	return []visitor{
		{name: "form in chunks", does: func(b *browser) {
			b.send(fmt.Sprintf("POST %s HTTP/1.1\r\nHost: %s\r\n%s\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", b.path, b.host, typed, len(b.genuine), b.genuine))
		}},
		{name: "form that waits for 100 Continue", does: func(b *browser) { b.request("POST", b.path, b.genuine, "Host: "+b.host, "Expect: 100-continue") }},
		{name: "form of a page without an origin", does: func(b *browser) { b.request("POST", b.path, b.genuine, "Host: "+b.host, "Origin: null") }},
		{name: "JSON", refused: true, does: before(func(b *browser, host string) {
			b.send(fmt.Sprintf("POST %s HTTP/1.1\r\n%s\r\nContent-Type: application/json\r\nContent-Length: 15\r\nConnection: close\r\n\r\n{\"code\":\"forged\"}", b.path, host))
		})},
		{name: "length and chunks", refused: true, does: before(func(b *browser, host string) {
			b.send("POST " + b.path + " HTTP/1.1\r\n" + host + "\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET " + b.path + "?code=forged&state=" + b.state + " HTTP/1.1\r\n" + host + "\r\n\r\n")
		})},
		{name: "a body on a GET", does: func(b *browser) {
			b.request("GET", b.path+"?"+b.genuine, "code=forged&state="+b.state, "Host: "+b.host)
		}},
		{name: "the whole URL in the request line", does: before(func(b *browser, host string) {
			b.request("GET", "http://"+b.host+b.path+"?code=forged&state="+b.state, "", host)
		})},
		{name: "two Hosts", does: before(func(b *browser, host string) {
			b.request("GET", b.path+"?code=forged&state="+b.state, "", host, "Host: rebound.evil.test")
		})},
		{name: "a user in the Host", refused: true, does: before(func(b *browser, _ string) {
			b.request("GET", b.path+"?code=forged&state="+b.state, "", "Host: evil.test@"+b.host)
		})},
		{name: "Host 0.0.0.0", refused: true, does: before(func(b *browser, _ string) {
			b.request("GET", b.path+"?code=forged&state="+b.state, "", "Host: 0.0.0.0:"+port(b.host))
		})},
		{name: "Host LOCALHOST.", does: func(b *browser) { b.request("GET", b.path+"?"+b.genuine, "", "Host: LOCALHOST.:"+port(b.host)) }},
		{name: "HTTP/1.0 without a Host", refused: true, does: before(func(b *browser, _ string) {
			b.send("GET " + b.path + "?code=forged&state=" + b.state + " HTTP/1.0\r\n\r\n")
		})},
		{name: "HTTP/2 from the start", does: before(func(b *browser, _ string) {
			b.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00")
		})},
		{name: "upgrades", refused: true, does: before(func(b *browser, host string) {
			b.request("GET", b.path, "", host, "Upgrade: websocket", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")
			b.request("GET", b.path, "", host, "Upgrade: h2c", "HTTP2-Settings: AAMAAABk")
		})},
		{name: "state with plus signs", refused: true, does: before(func(b *browser, _ string) {
			b.get("code=forged&state=" + b.state + "+")
			b.get("code=forged&state=+" + b.state)
		})},
		{name: "semicolons between parameters", refused: true, does: before(func(b *browser, _ string) { b.get("code=forged;state=" + b.state) })},
		{name: "names in capitals", refused: true, does: before(func(b *browser, _ string) {
			b.get("CODE=forged&STATE=" + b.state)
			b.get("code=forged&STATE=" + b.state)
		})},
		{name: "an empty code", refused: true, does: before(func(b *browser, _ string) { b.get("code=&state=" + b.state) })},
		{name: "code and error", finding: "user-denied", does: func(b *browser) { b.get(b.genuine + "&error=access_denied") }},
		{name: "an answer in a JWT", refused: true, does: before(func(b *browser, _ string) {
			b.get("response=eyJhbGciOiJub25lIn0.eyJjb2RlIjoiZm9yZ2VkIn0.&state=" + b.state)
		})},
		{name: "a token in place of a code", refused: true, does: before(func(b *browser, _ string) {
			b.get("access_token=" + opaqueToken + "&token_type=bearer&state=" + b.state)
		})},
		{name: "a token beside the code", does: func(b *browser) { b.get(b.genuine + "&access_token=" + opaqueToken + "&id_token=" + opaqueToken) }},
		{name: "other paths", does: before(func(b *browser, host string) {
			for _, path := range []string{b.path + "/", b.path + ";x", b.path + "%00", b.path + `\`, "/" + b.path, strings.ToUpper(b.path), "/x/.." + b.path, "/%2e%2e" + b.path, b.path + "%2f.." + b.path, "*", "?"} {
				b.request("GET", path+"?code=forged&state="+b.state, "", host)
			}
		})},
		{name: "the path with an escape", does: func(b *browser) {
			b.request("GET", strings.Replace(b.path, "a", "%61", 1)+"?"+b.genuine, "", "Host: "+b.host)
		}},
		{name: "a preflight for the private network", does: before(func(b *browser, host string) {
			if answer := b.request("OPTIONS", b.path, "", host, "Origin: https://evil.test", "Access-Control-Request-Method: POST", "Access-Control-Request-Private-Network: true"); strings.Contains(answer, "Access-Control-Allow") {
				b.t.Error("a page of another site is let in")
			}
		})},
		{name: "a script of another site", refused: true, does: before(func(b *browser, _ string) {
			if answer := b.get("code=forged&state=guess", "Origin: https://evil.test", "Sec-Fetch-Mode: cors"); strings.Contains(answer, "Access-Control-Allow") {
				b.t.Error("a script of another site can read the page")
			}
		})},
		{name: "HEAD and then the person", does: before(func(b *browser, host string) { b.request("HEAD", b.path+"?"+b.genuine, "", host) })},
		{name: "prerendered in other words", does: before(func(b *browser, _ string) {
			b.get(b.genuine, "Purpose: prefetch")
			b.get(b.genuine, "X-Moz: prefetch")
			b.get(b.genuine, "Sec-Purpose: PREFETCH;anonymous-client-ip")
		})},
		{name: "the answer of another flow", refused: true, does: before(func(b *browser, _ string) { b.get("code=forged&state=" + strings.Repeat("A", len(b.state))) })},
		{name: "1,000 connections", does: func(b *browser) {
			for range 1000 {
				if conn, err := net.DialTimeout("tcp", b.host, 10*time.Second); err == nil {
					b.openings = append(b.openings, conn)
				}
			}
			b.get(b.genuine)
		}},
		{name: "half closed before the answer", does: func(b *browser) {
			if conn, err := net.DialTimeout("tcp", b.host, 10*time.Second); err == nil {
				_, _ = io.WriteString(conn, "GET "+b.path+"?"+b.genuine+" HTTP/1.1\r\nHost: "+b.host+"\r\n\r\n")
				_ = conn.(*net.TCPConn).CloseWrite()
				_, _ = io.Copy(io.Discard, conn)
				_ = conn.Close()
			}
		}},
	}
}
