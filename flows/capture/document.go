package capture

import (
	"encoding/base64"
	"strings"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/rawjson"
)

// document reads a document of this program (oauthlens/run@1, oauthlens/inspect@1) back
// into a trace. Masked values stay masks.
func (p *paste) document(root *rawjson.Node, schema string) (Result, bool) {
	r := p.result(KindDocument, "a document of oauthlens ("+clip(schema, 40)+")", "a JSON object with schema oauthlens/...")
	var items []Item
	flow := 0
	read := func(steps *rawjson.Node, number int) {
		if steps == nil {
			return
		}
		for _, s := range steps.Children {
			if len(items) >= maxEntries {
				return
			}
			x := documentStep(s, p.at(flows.Exchange{}))
			items = append(items, Item{ID: len(items) + 1, Exchange: x, Flow: number})
		}
	}
	if list := root.Member("flows"); list != nil && list.Kind == rawjson.Array {
		for _, f := range list.Children {
			flow++
			read(f.Member("steps"), flow)
		}
	}
	if len(items) == 0 {
		read(root.Member("steps"), 1)
	}
	masked := false
	for _, it := range items {
		masked = masked || strings.Contains(it.Exchange.Request.URL, "chars,") || strings.Contains(string(it.Exchange.Request.Body), "chars,")
	}
	if masked {
		r.Losses = append(r.Losses, "secrets are masked in the document; what compares them cannot be told")
	}
	if len(items) == 0 {
		r.Losses = append(r.Losses, "the document has no steps")
	}
	r.build(items, p.o)
	return r, true
}

func documentStep(n *rawjson.Node, x flows.Exchange) flows.Exchange {
	x.Step = stepNamed(textOf(n, "step"))
	if t, ok := parseTime(textOf(n, "at")); ok {
		x.Started = t
	}
	x.Ended = x.Started
	if ms, ok := parseFloat(textOf(n, "duration_ms")); ok {
		x.Ended = x.Started.Add(max(0, milliseconds(ms)))
	}
	if q := n.Member("request"); q != nil && q.Kind == rawjson.Object {
		x.Request = flows.Request{Method: textOf(q, "method"), URL: clip(textOf(q, "url"), maxURL), Version: textOf(q, "http_version"),
			Headers: documentHeaders(q), Body: documentBody(q)}
	}
	if a := n.Member("response"); a != nil && a.Kind == rawjson.Object {
		status, _ := parseFloat(textOf(a, "status"))
		size, _ := parseFloat(textOf(a, "body_bytes"))
		x.Response = &flows.Response{Status: int(status), StatusText: textOf(a, "status_text"), Version: textOf(a, "http_version"),
			Headers: documentHeaders(a), Body: documentBody(a), BodyBytes: int64(size), BodyComplete: textOf(a, "body_complete") != "false"}
	}
	if e := n.Member("error"); e != nil && e.Kind == rawjson.Object {
		x.Error = &flows.TransportError{Kind: flows.ErrorKind(textOf(e, "kind")), Message: textOf(e, "message")}
		x.Error.Reason = failureOf(x.Error.Message).Reason
	}
	if t := n.Member("timings_ms"); t != nil && t.Kind == rawjson.Object {
		x.Timings = documentTimings(t)
	}
	return x
}

func documentTimings(n *rawjson.Node) *flows.Timings {
	t := flows.NoTimings()
	for _, stage := range [...]struct {
		name string
		into *time.Duration
	}{{"dns", &t.DNS}, {"connect", &t.Connect}, {"tls", &t.TLS}, {"wait", &t.Wait}, {"receive", &t.Receive}} {
		if ms, ok := parseFloat(textOf(n, stage.name)); ok {
			*stage.into = milliseconds(ms)
		}
	}
	return &t
}

func textOf(n *rawjson.Node, name string) string {
	m := n.Member(name)
	if m == nil || m.Kind == rawjson.Null {
		return ""
	}
	return m.Text
}

func documentHeaders(n *rawjson.Node) flows.Headers {
	out := flows.Headers{}
	if list := n.Member("headers"); list != nil {
		for _, h := range list.Children {
			if len(out) < maxHeaders {
				out = append(out, flows.Header{Name: textOf(h, "name"), Value: textOf(h, "value")})
			}
		}
	}
	return out
}

func documentBody(n *rawjson.Node) []byte {
	text := textOf(n, "body")
	if text == "" {
		return nil
	}
	if textOf(n, "body_encoding") == "base64" {
		if b, err := base64.StdEncoding.DecodeString(text); err == nil {
			return bound(b)
		}
	}
	return bound([]byte(text))
}

func stepNamed(name string) flows.StepKind {
	switch s := flows.StepKind(name); s {
	case flows.StepDiscovery, flows.StepJWKS, flows.StepAuthorizeURL, flows.StepPAR, flows.StepAuthorize, flows.StepCallback, flows.StepExchange,
		flows.StepDevice, flows.StepRefresh, flows.StepRevoke, flows.StepIntrospect, flows.StepUserInfo, flows.StepCall:
		return s
	}
	return flows.StepOther
}
