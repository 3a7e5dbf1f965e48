package program

import (
	"encoding/binary"
	"net"
	"strings"
	"testing"

	"oauthlens/flows/runner/faultserver"
)

// setting is a row: how the variables of proxies are set, and what comes of a request.
// PROXY stands for the address of a healthy proxy.
type setting struct {
	name, url string // empty: https at another machine
	env       []string
	through   bool
	kind      string // of the error, if the proxy is not asked
	says      string // in a finding or an error
}

func settings() []setting {
	return []setting{
		{name: "a proxy", env: []string{"HTTPS_PROXY=http://PROXY"}, through: true},
		{name: "a proxy in lower case", env: []string{"https_proxy=http://PROXY"}, through: true},
		{name: "a proxy without a scheme", env: []string{"HTTPS_PROXY=PROXY"}, through: true},
		{name: "a proxy with a password", env: []string{"HTTPS_PROXY=http://user:Pr0xyW0rd@PROXY"}, through: true},
		{name: "a proxy with a line break in the password", env: []string{"HTTPS_PROXY=http://user:Pr0xyW0rd%0d%0aX-Evil:%201@PROXY"}, through: true},
		{name: "the proxy of another scheme", env: []string{"HTTP_PROXY=http://PROXY"}, kind: "dns"},
		{name: "a scheme that is none of a proxy", env: []string{"HTTPS_PROXY=gopher://user:Pr0xyW0rd@PROXY"}, kind: "proxy", says: "gopher:"},
		{name: "a proxy at a port that is none", env: []string{"HTTPS_PROXY=http://user:Pr0xyW0rd@127.0.0.1:abc"}, kind: "proxy", says: "nothing was sent"},
		{name: "a proxy with a broken escape", env: []string{"HTTPS_PROXY=http://user:Pr0xyW0rd%zz@PROXY"}, kind: "proxy", says: "nothing was sent"},
		{name: "a proxy with a blank", env: []string{"HTTPS_PROXY=http://127.0.0.1 :80"}, kind: "proxy", says: "nothing was sent"},
		{name: "a proxy of half an address", env: []string{"HTTPS_PROXY=http://user:Pr0xyW0rd@[::1"}, kind: "proxy", says: "nothing was sent"},
		{name: "a scheme without a proxy", env: []string{"HTTPS_PROXY=http://"}, kind: "proxy", says: "nothing was sent"},
		{name: "a proxy in Cyrillic letters", env: []string{"HTTPS_PROXY=http://pr\u043exy.test:80"}, kind: "proxy", says: "xn--"},
		{name: "a proxy that refuses, with a password", env: []string{"HTTPS_PROXY=http://user:Pr0xyW0rd@127.0.0.1:1"}, kind: "proxy"},
		{name: "a proxy for everything", env: []string{"ALL_PROXY=http://PROXY"}, kind: "dns", says: "ALL_PROXY"},
		{name: "exempt by name", env: []string{"HTTPS_PROXY=http://PROXY", "NO_PROXY=other,server.invalid"}, kind: "dns"},
		{name: "exempt in capitals", env: []string{"HTTPS_PROXY=http://PROXY", "NO_PROXY=SERVER.INVALID"}, kind: "dns"},
		{name: "exempt in lower case", env: []string{"HTTPS_PROXY=http://PROXY", "no_proxy=.invalid"}, kind: "dns"},
		{name: "exempt with a star", env: []string{"HTTPS_PROXY=http://PROXY", "NO_PROXY=*"}, kind: "dns"},
		{name: "exempt with the port", env: []string{"HTTPS_PROXY=http://PROXY", "NO_PROXY=server.invalid:443"}, kind: "dns"},
		{name: "exempt with another port", env: []string{"HTTPS_PROXY=http://PROXY", "NO_PROXY=server.invalid:444"}, through: true},
		{name: "exempt by network", url: "https://127.1.2.3:1/token", env: []string{"HTTPS_PROXY=http://PROXY", "NO_PROXY=127.0.0.0/8"}, kind: "connect"},
		{name: "a name with the exempt one in it", env: []string{"HTTPS_PROXY=http://PROXY", "NO_PROXY=erver.invalid"}, through: true},
		{name: "loopback", url: "https://127.0.0.1:1/token", env: []string{"HTTPS_PROXY=http://PROXY"}, kind: "connect"},
		{name: "loopback with a dot behind", url: "https://localhost.:1/token", env: []string{"HTTPS_PROXY=http://PROXY"}, kind: "connect"},
		{name: "a name below localhost", url: "https://id.localhost:1/token", env: []string{"HTTPS_PROXY=http://PROXY"}, kind: "connect"},
		{name: "loopback of IPv4 in IPv6", url: "https://[::ffff:127.0.0.1]:1/token", env: []string{"HTTPS_PROXY=http://PROXY"}, kind: "connect"},
	}
}

// networkRows are those about what stands between the program and the server.
func networkRows(t *testing.T, b *table, home string) {
	for _, row := range settings() {
		b.row(t, "proxy settings", row.name, func(t *testing.T) { trySetting(t, home, row) })
	}
	for _, row := range names() {
		b.row(t, "name servers", row.name, func(t *testing.T) { tryNames(t, home, row) })
	}
}

func fetchToken(url string) []string {
	return []string{"run", "custom", "--grant", "client_credentials", "--client-id", clientID, "--token-url", url, "--timeout", "20s", "--json"}
}

func trySetting(t *testing.T, home string, row setting) {
	proxy, _ := faultserver.ByName("proxy-closes")
	s, err := faultserver.Start(t.Context(), proxy, faultserver.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	url := row.url
	if url == "" {
		url = "https://server.invalid/token"
	}
	var env []string
	for _, e := range row.env {
		name, value, _ := strings.Cut(e, "=")
		env = append(env, name+"="+strings.ReplaceAll(value, "PROXY", strings.TrimPrefix(s.ProxyURL, "http://")))
	}
	run := call(t, home, invocation{args: fetchToken(url), env: env})
	d := run.document(t)
	kind := row.kind
	if row.through {
		kind = "proxy"
	}
	if st := d.last("exchange"); st == nil || st.Error == nil || st.Error.Kind != kind {
		t.Errorf("the step is %+v, want an error of the kind %s", st, kind)
	}
	if n := len(s.Log()); (n == 1) != row.through || n > 1 {
		t.Errorf("the proxy was asked %d times", n)
	}
	for _, r := range s.Log() {
		if carriesSecret(r.Head+string(r.Body)) || strings.Contains(r.Head, "X-Evil") {
			t.Errorf("the proxy was sent %q", r.Head)
		}
	}
	if all := run.stdout.String() + run.stderr.String(); strings.Contains(all, "Pr0xyW0rd") || !strings.Contains(all, row.says) {
		t.Error(run)
	}
}

// naming is a row: how a name server answers, by the question of the request.
type naming struct {
	name    string
	answers func(question []byte) []byte
	kind    string // of the error
}

// The types of DNS records that are asked for or answered with.
const (
	recordA     = 1
	recordCNAME = 5
)

func names() []naming {
	status := func(flags uint16) func([]byte) []byte {
		return func(q []byte) []byte { return reply(q, flags) }
	}
	a := func(ip ...byte) func([]byte) []byte {
		return func(q []byte) []byte {
			if binary.BigEndian.Uint16(q[len(q)-4:]) != recordA {
				return reply(q, 0)
			}
			return reply(q, 0, record(recordA, ip))
		}
	}
	return []naming{
		{"no such name", status(3), "dns"},
		{"the server fails", status(2), "dns"},
		{"the server refuses", status(5), "dns"},
		{"an error that has no name", status(15), "dns"},
		{"an answer that says nothing", status(0), "dns"},
		{"cut off, always", status(0x0200), "dns"},
		{"a circle of names", func(q []byte) []byte { return reply(q, 0, record(recordCNAME, []byte{0xc0, 12})) }, "dns"},
		{"a name of half a pointer", func(q []byte) []byte { return reply(q, 0, record(recordCNAME, []byte{0xc0})) }, "dns"},
		{"an address of three bytes", a(10, 0, 0), "dns"},
		{"1,000 answers that are not there", func(q []byte) []byte {
			out := reply(q, 0)
			binary.BigEndian.PutUint16(out[6:], 1000)
			return out
		}, "dns"},
		{"this machine, which is not the server", a(127, 0, 0, 1), "tls"},
	}
}

// reply repeats the question, with these flags and answers.
func reply(question []byte, flags uint16, records ...[]byte) []byte {
	out := append([]byte(nil), question...)
	binary.BigEndian.PutUint16(out[2:], 0x8180|flags)
	binary.BigEndian.PutUint16(out[6:], uint16(len(records)))
	for _, r := range records {
		out = append(out, r...)
	}
	return out
}

// record is a resource record of the name that was asked for (RFC 1035 section 4.1.3).
func record(kind uint16, data []byte) []byte {
	out := []byte{0xc0, 12}
	out = binary.BigEndian.AppendUint16(out, kind)
	out = append(out, 0, 1, 0, 0, 0, 60)
	out = binary.BigEndian.AppendUint16(out, uint16(len(data)))
	return append(out, data...)
}

// tryNames: whatever the name server says, the request ends in an error that is named, and a
// server that only the name leads to is sent nothing.
func tryNames(t *testing.T, home string, row naming) {
	right, _ := faultserver.ByName("tls-wrong-name")
	s, err := faultserver.Start(t.Context(), right, faultserver.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	server, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	go func() {
		buffer := make([]byte, 1500)
		for {
			n, from, err := server.ReadFrom(buffer)
			if err != nil {
				return
			}
			if end := 12 + strings.IndexByte(string(buffer[12:n]), 0) + 5; end <= n { // without what follows the question
				question := append([]byte(nil), buffer[:end]...)
				binary.BigEndian.PutUint16(question[10:], 0)
				_, _ = server.WriteTo(row.answers(question), from)
			}
		}
	}()
	url := "https://name.server.test:" + port(strings.TrimPrefix(s.URL, "https://")) + "/token"
	run := call(t, home, invocation{args: fetchToken(url), env: append(surroundings(t, s), programNameServer+"="+server.LocalAddr().String())})
	d := run.document(t)
	if st := d.last("exchange"); st == nil || st.Error == nil || st.Error.Kind != row.kind || !d.errors() {
		t.Errorf("the step is %+v, want an error of the kind %s", st, row.kind)
		if st != nil {
			t.Log(st.Error, d.Findings)
		}
	}
	for _, r := range s.Log() {
		if r.Head != "" {
			t.Errorf("the server was sent %q", r.Head)
		}
	}
}
