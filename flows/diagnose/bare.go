package diagnose

import (
	"time"

	"oauthlens/flows"
	"oauthlens/flows/jose"
)

// bareToken is a token that was pasted by itself: there is no message around it.
type bareToken struct {
	raw string
	at  time.Time // when it was pasted
}

// bareHits judges pasted tokens by what stands in them. Code is one of package jose's.
func (c *Case) bareHits(code string) []Hit {
	var out []Hit
	for _, b := range c.bare {
		decoded, err := jose.Decode(b.raw)
		if err != nil {
			continue
		}
		for _, v := range jose.Verify(decoded, jose.KeySet{}, jose.Expect{Of: jose.OfInput}) {
			if v.Result == jose.Failed && v.Code == code {
				out = append(out, hit(nil, flows.Certain, v.Why).standing())
			}
		}
	}
	return out
}

// bareExpired tells pasted tokens whose time is over. Nobody refused them, so it is a
// warning.
func (c *Case) bareExpired() []Hit {
	var out []Hit
	for _, b := range c.bare {
		decoded, err := jose.Decode(b.raw)
		if err != nil {
			continue
		}
		exp := decoded.Claims().Expires
		if !exp.Valid || b.at.IsZero() || !exp.At.Before(b.at) {
			continue
		}
		h := hit(nil, flows.Certain, "its exp was "+exp.At.UTC().Format("2 January 2006 15:04:05")+" UTC, "+span(b.at.Sub(exp.At))+" ago").standing().named("The token's time is over")
		h.severity = flows.SeverityWarning
		out = append(out, h.because("Whoever checks exp refuses it.").fixedBy("Get a fresh one: by a refresh, or by a new login."))
	}
	return out
}
