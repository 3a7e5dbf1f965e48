// Package capture turns anything that was recorded or pasted into a trace: a HAR file,
// a curl line, an authorization or callback URL, a token, an answer's body, an HTTP
// message, a sample from a provider's documentation, a document of this program.
//
// What an input is, is told by its content and never by a flag or a file name, and the
// answer says what it was taken for and why. A recording of many exchanges is sorted by
// time, each exchange is classified into the step of a flow that it is ([Classify]), and
// the steps are grouped into flows ([Group]), so that several logins that ran at once
// come apart. From there on a recording is a trace like that of a live run: the
// diagnosis, the screens and the exports do not know the difference.
//
// The package is pure. It opens no file, reads no clock (the time of a recording comes
// from the recording) and judges nothing: what is wrong with a flow is package
// diagnose's to say. It keeps the bytes as they were recorded, secrets included, in
// memory only; its own sentences (Why, Losses, Mended, errors) never quote them.
//
// Inputs are hostile: size, depth, number of entries and lines are bounded, and what a
// bound cuts off is said in Losses.
package capture

import (
	"time"

	"oauthlens/flows"
)

// Kind is what an input was taken for.
type Kind string

// The kinds of input.
const (
	KindHAR              Kind = "har"
	KindJWT              Kind = "jwt"
	KindJWE              Kind = "jwe"
	KindOpaque           Kind = "opaque"
	KindAuthorizationURL Kind = "authorization_url"
	KindCallbackURL      Kind = "callback_url"
	KindTokenResponse    Kind = "token_response"
	KindErrorPage        Kind = "error_page"
	KindDiscovery        Kind = "discovery"
	KindJWKS             Kind = "jwks"
	KindCurl             Kind = "curl"
	KindHTTPMessage      Kind = "http_message"
	KindDocSample        Kind = "doc_sample"
	KindDocument         Kind = "oauthlens_document"
)

// Options are what reading needs from outside.
type Options struct {
	// Fingerprints keys the masks of the trace.
	Fingerprints flows.FingerprintKey
	// Now stamps inputs that carry no time of their own (a pasted URL). A recording's
	// time always comes from the recording.
	Now time.Time
	// Name is the file's name, for errors; empty for a paste.
	Name string
}

// Result is an input that was recognised.
type Result struct {
	Kind Kind
	Why  string // one sentence: what gave it away
	What string // for a person, such as "HAR 1.2 by Firefox 132"
	// Trace begins with flows.Imported; each exchange is a flows.ExchangeFinished with
	// its step, and with its flow numbered from 1 (0: part of none). The ID of an
	// exchange is its position in the input, from 1. Records are in order of time.
	Trace flows.Trace
	// Losses are sentences about what could not be read or was left out.
	Losses []string
	// Tokens are the tokens of an input that is nothing but tokens (JWT, JWE, opaque).
	Tokens []flows.Secret
	// Mended are sentences about what was put right before reading.
	Mended []string
}

// Flows is the number of flows in the trace.
func (r Result) Flows() int {
	n := 0
	for _, s := range r.Trace.Steps() {
		n = max(n, s.Flow)
	}
	return n
}

// Bounds. What is over them is refused or left out, with a sentence.
const (
	maxPaste      = 32 << 20 // bytes of an input that is no HAR
	maxHAR        = 2 << 30  // bytes of a HAR
	maxEntries    = 200_000
	maxHeaders    = 2_000    // of one message
	maxURL        = 1 << 20  // bytes of one URL
	maxNoiseBody  = 16 << 10 // bytes kept of a body that does not look like OAuth
	maxNoiseTotal = 16 << 20 // bytes of such bodies, all together
	maxBodyTotal  = 192 << 20
)

// build makes the trace of a result from exchanges that are in order of time.
func (r *Result) build(items []Item, o Options) {
	at := o.Now
	if len(items) > 0 && !items[0].Exchange.Started.IsZero() {
		at = items[0].Exchange.Started
	}
	records := make([]flows.Record, 0, len(items)+1)
	records = append(records, flows.Record{At: at, Event: flows.Imported{
		What: r.What, Why: r.Why, Losses: r.Losses, Fingerprints: o.Fingerprints, Tokens: r.Tokens,
	}})
	for _, it := range items {
		if it.Exchange.Ended.After(at) {
			at = it.Exchange.Ended
		}
		records = append(records, flows.Record{Seq: len(records), At: at, Event: flows.ExchangeFinished{
			ID: it.ID, Exchange: it.Exchange, Flow: it.Flow,
		}})
	}
	r.Trace = flows.Trace{Records: records}
}

// Item is one recorded exchange on its way into a trace.
type Item struct {
	ID       int // position in the input, from 1
	Exchange flows.Exchange
	Flow     int
}
