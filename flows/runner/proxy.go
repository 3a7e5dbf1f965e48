package runner

import (
	"bufio"
	"cmp"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"net"
	"net/url"
	"os"
	"strings"

	"oauthlens/flows"
	"oauthlens/flows/visible"
)

// connectThrough opens a tunnel to the server through a SOCKS proxy, or through an HTTP
// proxy (RFC 9110 section 9.3.6), for http URLs as for https ones. A proxy that tunnels to port 443 only refuses
// the former, and that is said, rather than sending another request line than was shown.
func (c *call) connectThrough(proxy *url.URL) error {
	p, refused := readProxy(proxy)
	if refused != nil {
		c.stage = stageProxy
		return refused
	}
	c.notes, c.proxied = append(c.notes, "through the proxy "+p.name()), true
	c.enter(stageProxy)
	addresses, err := c.runner.lookup(c.ctx, p.host)
	if err != nil {
		return err
	}
	conn, err := c.runner.dialAny(c.ctx, addresses, p.port)
	if err != nil {
		return err
	}
	c.take(conn)
	c.x.Remote = conn.RemoteAddr().String()
	if p.secure {
		toProxy := tls.Client(conn, c.runner.tlsConfig(p.host))
		if err := toProxy.HandshakeContext(c.ctx); err != nil {
			return err
		}
		c.conn = toProxy
	}
	if isSOCKS(proxy) {
		return c.socks(proxy.User)
	}
	return c.tunnel(proxy.User)
}

var errUnreadableProxy = errors.New("the proxy setting is no URL")

// readableProxy tells whether the setting for URLs of a scheme is empty, or a URL or a host,
// as net/http wants it, which goes without a proxy where it is neither.
func readableProxy(scheme string) bool {
	setting := cmp.Or(os.Getenv(strings.ToUpper(scheme)+"_PROXY"), os.Getenv(scheme+"_proxy"))
	if setting == "" {
		return true
	}
	u, err := url.Parse(setting)
	if err != nil || u.Scheme == "" || u.Host == "" {
		u, err = url.Parse("http://" + setting)
	}
	return err == nil && u.Hostname() != "" && !strings.HasSuffix(u.Host, ":")
}

// unusedProxy tells that ALL_PROXY is set, which other programs read, and this one does not.
func unusedProxy() bool { return os.Getenv("ALL_PROXY") != "" || os.Getenv("all_proxy") != "" }

func isSOCKS(proxy *url.URL) bool { return proxy.Scheme == "socks5" || proxy.Scheme == "socks5h" }

// readProxy reads where the proxy is. A SOCKS proxy without a port has the registered one.
func readProxy(proxy *url.URL) (target, *fault) {
	scheme, host := proxy.Scheme, proxy.Host
	switch {
	case isSOCKS(proxy):
		if scheme = "http"; proxy.Port() == "" {
			host += ":1080"
		}
	case scheme != "http" && scheme != "https":
		return target{}, newFault(flows.ErrorProxy, "proxy-scheme",
			"http, https and socks5 proxies are supported, and the proxy setting begins with %s", quoteScheme(scheme))
	}
	p, refused := parseTarget((&url.URL{Scheme: scheme, Host: host}).String())
	if refused != nil {
		return target{}, newFault(flows.ErrorProxy, "proxy-config", "the proxy setting cannot be used: %s", refused.text)
	}
	return p, nil
}

// tunnel sends CONNECT over c.conn and leaves c.conn as the tunnel.
func (c *call) tunnel(user *url.Userinfo) error {
	address := c.target.address()
	request := "CONNECT " + address + " HTTP/1.1\r\nHost: " + address + "\r\n"
	if user != nil {
		password, _ := user.Password()
		request += "Proxy-Authorization: Basic " +
			base64.StdEncoding.EncodeToString([]byte(user.Username()+":"+password)) + "\r\n"
	}
	if _, err := c.conn.Write([]byte(request + "\r\n")); err != nil {
		return err
	}
	reader := answerReader{from: "the proxy", in: bufio.NewReader(c.conn), method: "CONNECT", maxCount: flows.MaxBody}
	head, err := reader.head()
	var garbled *fault
	switch {
	case errors.As(err, &garbled):
		return newFault(flows.ErrorProxy, "proxy-refused",
			"what came from the proxy is no answer to CONNECT: check that its port is that of an HTTP proxy")
	case err != nil:
		return err
	case head.status/100 == 2:
		c.conn = tunnelled{Conn: c.conn, in: reader.in}
		return nil
	}
	c.x.Response, _ = reader.body(head)
	c.x.Response.Problem = strings.TrimSuffix("this is the answer of the proxy, not of the server; "+c.x.Response.Problem, "; ")
	return c.refusal(head)
}

// refusal words what the proxy said to CONNECT.
func (c *call) refusal(head answerHead) error {
	if head.status == 407 {
		return newFault(flows.ErrorProxy, "proxy-auth",
			"the proxy wants credentials before it connects to %s (407): put user and password into the proxy's URL", c.target.name())
	}
	hint := "ask for this host to be allowed, or exempt it with NO_PROXY"
	switch {
	case head.status/100 == 3:
		hint = "it wants to show a page first: open any page in a browser on this network and sign in"
	case head.status >= 500:
		hint = "the proxy itself did not get through: check host and port of the URL, and whether the proxy can look up the name"
	case !c.target.secure:
		hint = "many proxies tunnel to port 443 only, and this program always asks for a tunnel: exempt the host with NO_PROXY"
	}
	return newFault(flows.ErrorProxy, "proxy-refused", "the proxy refused to connect to %s (%d %s): %s",
		c.target.name(), head.status, visible.Line(shorten(head.text, 80)), hint)
}

// tunnelled reads first what was buffered while the proxy's answer was read.
type tunnelled struct {
	net.Conn
	in *bufio.Reader
}

func (t tunnelled) Read(p []byte) (int, error) { return t.in.Read(p) }

func shorten(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "") + "..."
}
