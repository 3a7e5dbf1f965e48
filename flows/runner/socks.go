package runner

import (
	"encoding/binary"
	"io"
	"net/netip"
	"net/url"
	"strconv"

	"oauthlens/flows"
)

// socks asks a SOCKS proxy to connect (RFC 1928, with the password of RFC 1929). The name
// is sent as a name: what a tunnel reaches, such as ssh -D, is best looked up at its end.
func (c *call) socks(user *url.Userinfo) error {
	methods := []byte{5, 1, 0}
	if user != nil {
		methods = []byte{5, 2, 0, 2}
	}
	reply, err := c.socksAsk(methods, 2)
	if err != nil {
		return err
	}
	switch {
	case reply[1] == 2 && user != nil:
		if err := c.socksLogin(user); err != nil {
			return err
		}
	case reply[1] != 0:
		return newFault(flows.ErrorProxy, "proxy-auth", "the SOCKS proxy wants credentials before it connects to %s: put user and password into the proxy's URL", c.target.name())
	}
	request, err := c.socksRequest()
	if err != nil {
		return err
	}
	reply, err = c.socksAsk(request, 4)
	if err != nil {
		return err
	}
	if reply[1] != 0 {
		return newFault(flows.ErrorProxy, "proxy-refused", "the SOCKS proxy could not connect to %s (%s): check host and port, and what the proxy may reach", c.target.name(), socksReason(reply[1]))
	}
	return c.socksSkip(reply[3])
}

// socksAsk sends a message and reads the beginning of the reply, n bytes.
func (c *call) socksAsk(message []byte, n int) ([]byte, error) {
	if _, err := c.conn.Write(message); err != nil {
		return nil, err
	}
	reply := make([]byte, n)
	if _, err := io.ReadFull(c.conn, reply[:1]); err != nil {
		return nil, err
	}
	if reply[0] != 5 {
		return nil, newFault(flows.ErrorProxy, "proxy-refused", "what came from the proxy is not SOCKS: check the scheme and the port of the proxy's URL")
	}
	_, err := io.ReadFull(c.conn, reply[1:])
	return reply, err
}

func (c *call) socksLogin(user *url.Userinfo) error {
	name := user.Username()
	password, _ := user.Password()
	if len(name) > 255 || len(password) > 255 {
		return newFault(flows.ErrorProxy, "proxy-config", "user and password of a SOCKS proxy have at most 255 bytes each")
	}
	message := append([]byte{1, byte(len(name))}, name...)
	message = append(append(message, byte(len(password))), password...)
	if _, err := c.conn.Write(message); err != nil {
		return err
	}
	var reply [2]byte
	if _, err := io.ReadFull(c.conn, reply[:]); err != nil {
		return err
	}
	if reply[1] != 0 {
		return newFault(flows.ErrorProxy, "proxy-auth", "the SOCKS proxy refused user or password: check them in the proxy's URL")
	}
	return nil
}

func (c *call) socksRequest() ([]byte, error) {
	request := []byte{5, 1, 0}
	ip, err := netip.ParseAddr(c.target.host)
	switch {
	case err != nil && len(c.target.host) > 255:
		return nil, newFault(flows.ErrorProtocol, "bad-url", "the host name is longer than 255 bytes")
	case err != nil:
		request = append(append(request, 3, byte(len(c.target.host))), c.target.host...)
	case ip.Unmap().Is4():
		request = append(append(request, 1), ip.Unmap().AsSlice()...)
	default:
		request = append(append(request, 4), ip.AsSlice()...)
	}
	port, err := strconv.ParseUint(c.target.port, 10, 16)
	return binary.BigEndian.AppendUint16(request, uint16(port)), err
}

// socksSkip reads the bound address, which nobody needs, up to the first byte of the tunnel.
func (c *call) socksSkip(kind byte) error {
	length := map[byte]int64{1: 4, 4: 16}[kind]
	if kind == 3 {
		var n [1]byte
		if _, err := io.ReadFull(c.conn, n[:]); err != nil {
			return err
		}
		length = int64(n[0])
	}
	_, err := io.CopyN(io.Discard, c.conn, length+2)
	return err
}

func socksReason(code byte) string {
	reasons := [...]string{1: "general failure", 2: "not allowed by its rules", 3: "network unreachable", 4: "host unreachable",
		5: "connection refused", 6: "timed out", 7: "command not supported", 8: "address type not supported"}
	if int(code) < len(reasons) {
		return reasons[code]
	}
	return "code " + strconv.Itoa(int(code))
}
