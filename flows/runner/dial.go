package runner

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"time"

	"oauthlens/flows"
)

// attemptDelay is how long one address is tried alone before the next one is tried
// beside it (RFC 8305 section 5).
const attemptDelay = 250 * time.Millisecond

// connect opens the connection to the server, through a proxy if one is set.
func (c *call) connect() error {
	proxy, err := c.runner.proxyFor(c.target.url)
	if err != nil {
		c.stage = stageProxy
		return newFault(flows.ErrorProxy, "proxy-config", "the proxy setting cannot be used, so nothing was sent: check HTTP_PROXY, HTTPS_PROXY and NO_PROXY")
	}
	if proxy != nil {
		return c.connectThrough(proxy)
	}
	if c.runner.Proxy == nil && unusedProxy() && !flows.IsLoopbackHost(c.target.host) {
		c.notes = append(c.notes, "without a proxy: ALL_PROXY is not read, set HTTPS_PROXY or HTTP_PROXY")
	}
	c.enter(stageDNS)
	if isAddress(c.target.host) {
		c.since = time.Time{} // nothing is looked up, so the stage does not take place
	}
	addresses, err := c.runner.lookup(c.ctx, c.target.host)
	if err != nil {
		return err
	}
	c.enter(stageConnect)
	conn, err := c.runner.dialAny(c.ctx, addresses, c.target.port)
	if err != nil {
		return err
	}
	c.take(conn)
	c.x.Remote = conn.RemoteAddr().String()
	return nil
}

// take makes conn the connection of the call and puts it under guard. The guard is never
// released: it ends with the context, which ends with the call.
func (c *call) take(conn net.Conn) {
	c.raw, c.conn = conn, conn
	c.guard(conn)
}

func isAddress(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil
}

// lookup resolves a host name to addresses in the order in which they are tried: the
// resolver's, with the families alternating (RFC 8305 section 4). localhost is never
// asked of a name server (RFC 6761 section 6.3).
func (r *Runner) lookup(ctx context.Context, host string) ([]netip.Addr, error) {
	if a, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{a}, nil
	}
	name := strings.TrimSuffix(host, ".")
	if name == "localhost" || strings.HasSuffix(name, ".localhost") {
		return []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()}, nil
	}
	found, err := r.resolver().LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	return alternate(found), nil
}

func alternate(found []netip.Addr) []netip.Addr {
	var first, second []netip.Addr
	for _, a := range found {
		a = a.Unmap()
		if a.Is4() == found[0].Unmap().Is4() {
			first = append(first, a)
		} else {
			second = append(second, a)
		}
	}
	out := make([]netip.Addr, 0, len(found))
	for i := range max(len(first), len(second)) {
		out = append(out, first[min(i, len(first)):min(i+1, len(first))]...)
		out = append(out, second[min(i, len(second)):min(i+1, len(second))]...)
	}
	return out
}

type dialled struct {
	conn net.Conn
	err  error
}

// dialAny connects to the first address that answers. A failed attempt starts the next
// one at once, a slow one after attemptDelay; the first connection wins and the others
// are given up before dialAny returns.
func (r *Runner) dialAny(ctx context.Context, addresses []netip.Addr, port string) (net.Conn, error) {
	dial := func(ctx context.Context, a netip.Addr) (net.Conn, error) {
		return r.dialer().DialContext(ctx, "tcp", net.JoinHostPort(a.String(), port))
	}
	if len(addresses) == 1 {
		return dial(ctx, addresses[0])
	}
	ctx, cancel := context.WithCancel(ctx)
	results := make(chan dialled)
	pending, next := 0, 0
	defer func() {
		cancel()
		for ; pending > 0; pending-- {
			if late := <-results; late.conn != nil {
				_ = late.conn.Close()
			}
		}
	}()
	start := func() {
		address := addresses[next]
		next++
		pending++
		go func() {
			conn, err := dial(ctx, address)
			results <- dialled{conn, err}
		}()
	}
	start()
	var failures []error
	timer := time.NewTimer(attemptDelay)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
			if next < len(addresses) {
				start()
				timer.Reset(attemptDelay)
			}
		case got := <-results:
			pending--
			if got.err == nil {
				return got.conn, nil
			}
			failures = append(failures, got.err)
			switch {
			case next < len(addresses) && ctx.Err() == nil:
				start()
				timer.Reset(attemptDelay)
			case pending == 0:
				return nil, mostTelling(failures)
			}
		}
	}
}

// mostTelling picks the failure to report: a refusal proves that the machine is there,
// which a missing IPv6 route does not.
func mostTelling(failures []error) error {
	for _, err := range failures {
		if isRefused(err) {
			return err
		}
	}
	return failures[0]
}
