package runner

import (
	"bufio"
	"context"
	"crypto/tls"
	"net"
	"strings"
	"time"

	"oauthlens/flows"
)

// The stages of an exchange, as in flows.TransportError.
const (
	stageDNS     = "dns"
	stageConnect = "connect"
	stageProxy   = "proxy"
	stageTLS     = "tls"
	stageSend    = "send"
	stageWait    = "wait"
	stageReceive = "receive"
)

// call is one exchange in the making. It is used by one goroutine.
type call struct {
	runner  *Runner
	ctx     context.Context
	timeout time.Duration
	x       flows.Exchange
	timings flows.Timings
	target  target
	notes   []string

	stage string
	since time.Time // when the stage began

	conn   net.Conn // what the request is written to: the TLS connection or raw
	raw    net.Conn
	secure *tls.Conn
	// asked: the server requested a client certificate.
	asked bool
	// proxied: the connection is a tunnel.
	proxied bool
	// cut: the bytes below TLS came to their end.
	cut bool
}

// send does one round trip. Nothing is followed, nothing is repeated. The exchange that
// comes back holds everything that was received, whatever went wrong afterwards.
func (r *Runner) send(ctx context.Context, step flows.StepKind, request flows.Request, timeout time.Duration) flows.Exchange {
	timeout = bound(timeout)
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	start := r.now()
	c := &call{
		runner: r, ctx: ctx, timeout: timeout, timings: flows.NoTimings(),
		x: flows.Exchange{Step: step, Request: request, Started: start.Round(0)},
	}
	err := c.run()
	c.leave()
	c.close()
	if err != nil {
		c.x.Error = c.explain(err)
	}
	// The end is counted from the start, so that a clock that is set in between does not
	// make the exchange longer.
	end := r.now()
	c.x.Ended = c.x.Started.Add(end.Sub(start))
	c.reckon(end.Round(0))
	timings := c.timings
	c.x.Timings = &timings
	c.x.Comment = strings.Join(c.notes, "; ")
	return c.x
}

// sentAgain is how long a server goes on sending an answer that nobody acknowledges, before it
// gives the connection up: a quarter of an hour on Linux, less elsewhere.
const sentAgain = 20 * time.Minute

// reckon puts the exchange where the clock on the wall has it at its end, if the machine slept
// or somebody set the clock in between: what is counted from its receipt, such as the life of a
// token, is judged by that clock. An answer that says by its Date that it was given earlier waited
// for the machine to wake, and was received then, unless it would have waited for too long.
func (c *call) reckon(wall time.Time) {
	moved := wall.Sub(c.x.Ended)
	if moved.Abs() < flows.ClockStep {
		return
	}
	c.notes = append(c.notes, "the clock went "+by(moved)+" while the request was under way: the machine slept, or somebody set the clock")
	if c.x.Response != nil && moved > 0 && moved <= sentAgain {
		date, err := time.Parse(time.RFC1123, c.x.Response.Headers.Get("Date"))
		if err == nil && !date.Before(c.x.Started.Add(-time.Second)) && date.Before(wall) {
			moved = min(moved, max(0, date.Add(time.Second).Sub(c.x.Ended)))
		}
	}
	c.x.Started, c.x.Ended = c.x.Started.Add(moved), c.x.Ended.Add(moved)
}

// by is a step of the clock in words.
func by(d time.Duration) string {
	if d < 0 {
		return "back by " + d.Abs().Round(time.Second).String()
	}
	return "on by " + d.Round(time.Second).String()
}

func (c *call) run() error {
	c.stage = stageConnect
	t, refused := readTarget(c.x.Request)
	if refused != nil {
		return refused
	}
	c.target = t
	if err := c.connect(); err != nil {
		return err
	}
	if t.secure {
		if err := c.handshake(); err != nil {
			return err
		}
	}
	return c.converse()
}

// converse writes the request and reads the answer. A write that fails does not end the
// matter: a server that refuses early answers and closes before it has read everything,
// and that answer is worth more than the broken pipe.
func (c *call) converse() error {
	c.enter(stageSend)
	_, sendErr := c.conn.Write(c.x.Request.Bytes())
	if sendErr != nil && c.ctx.Err() != nil {
		return sendErr
	}
	c.enter(stageWait)
	reader := answerReader{
		from:      c.answerer(),
		in:        bufio.NewReader(c.conn),
		method:    c.x.Request.Method,
		maxCount:  c.runner.maxCount(),
		firstByte: func() { c.enter(stageReceive) },
	}
	response, err := reader.read()
	c.x.Response = response
	c.notes = append(c.notes, reader.notes...)
	if response == nil && err != nil && sendErr != nil {
		c.stage = stageSend
		return sendErr
	}
	if err == nil && reader.endless && c.cut {
		c.notes = append(c.notes, "the connection ended without the end of TLS (close_notify), and nothing else tells where the body ends: it may have been cut off")
	}
	if err == nil && sendErr != nil {
		c.notes = append(c.notes, "the server answered before it had read the whole request")
	}
	return err
}

// answerer is who answers the request, as it may be printed.
func (c *call) answerer() string {
	if c.proxied {
		return c.target.name() + " (through the proxy, which may have answered itself)"
	}
	return c.target.name()
}

// enter ends the running stage and begins the next.
func (c *call) enter(stage string) {
	c.leave()
	c.stage, c.since = stage, c.runner.now()
}

// leave adds the time of the running stage to the timings.
func (c *call) leave() {
	if c.since.IsZero() {
		return
	}
	into := map[string]*time.Duration{
		stageDNS: &c.timings.DNS, stageConnect: &c.timings.Connect, stageProxy: &c.timings.Connect,
		stageTLS: &c.timings.TLS, stageSend: &c.timings.Wait, stageWait: &c.timings.Wait,
		stageReceive: &c.timings.Receive,
	}[c.stage]
	spent := max(0, c.runner.now().Sub(c.since))
	*into = max(0, *into) + spent
	c.since = time.Time{}
}

// guard makes the end of the context end every read and write on the connection. The
// function that it returns takes the guard off.
func (c *call) guard(conn net.Conn) (release func() bool) {
	longAgo := time.Unix(1, 0)
	return context.AfterFunc(c.ctx, func() { _ = conn.SetDeadline(longAgo) })
}

// close ends the connection; politely, with a TLS close_notify, unless the exchange was
// cut off, when the other side may not be reading any more.
func (c *call) close() {
	switch {
	case c.raw == nil:
	case c.secure != nil && c.ctx.Err() == nil:
		_ = c.secure.Close()
	default:
		_ = c.raw.Close()
	}
}
