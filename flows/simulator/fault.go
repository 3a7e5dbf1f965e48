package simulator

import (
	"bytes"
	"io"
	"net/http"
	"time"
)

// faulted is the endpoint at which the faults of transport and answer happen: the
// token endpoint, or the API of a provider that issues no tokens.
func (t *tenant) faulted() endpoint {
	if t.env.Endpoints.Token == "" {
		return endpointAPI
	}
	return endpointToken
}

// interfere plays the faults that come instead of an answer, before the request has
// any effect: a code that meets one of them is still good. It tells whether it answered.
func (c *call) interfere() bool {
	switch c.sc.Fault {
	case faultErrorUnder200:
		e := oauthError{code: "temporarily_unavailable", text: "the service is overloaded, try again later", status: http.StatusOK}
		c.note = e.code + " under status 200"
		c.json(http.StatusOK, c.errorObject(e))
		return true
	case faultHTML502:
		c.note = "a gateway's page"
		c.w.Header().Set("Server", "gateway")
		c.write(http.StatusBadGateway, "text/html", []byte(gatewayPage))
		return true
	case faultSlow:
		return c.stall()
	}
	return false
}

const gatewayPage = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>gateway</center>\r\n</body>\r\n</html>\r\n"

// stall holds the answer back until the delay is over or the client has gone, in which
// case there is nothing to answer any more. The body is read first: net/http notices
// that a client has gone only when nothing of its request is left to read.
func (c *call) stall() bool {
	body, err := io.ReadAll(c.r.Body)
	if err != nil {
		return false
	}
	c.r.Body = io.NopCloser(bytes.NewReader(body))
	timer := time.NewTimer(c.sc.delay())
	defer timer.Stop()
	select {
	case <-timer.C:
		return false
	case <-c.r.Context().Done():
		c.note = "the client went away while the answer was held back"
		return true
	}
}
