package compare

import (
	"crypto/sha256"
	"encoding/base64"

	"oauthlens/flows"
	"oauthlens/flows/protocol"
)

// pathVerifier is the path of the fact that a code verifier was taken or refused.
const pathVerifier = "verifier"

// What became of a verifier that does not belong to the challenge.
const (
	verifierTaken   = "tokens were issued"
	verifierRefused = "the exchange was refused"
)

// verifierFact says what a server did with a code verifier that it should refuse: one that
// does not belong to the challenge of the authorization request, or none where there was a
// challenge (RFC 7636 section 4.6). A verifier that is right proves nothing about a server
// that may not look at it, and gives no fact.
func (s *side) verifierFact(st flows.Step) (fact, bool) {
	if st.Kind != flows.StepExchange || st.Exchange.Response == nil {
		return fact{}, false
	}
	challenge, method := s.challengeBefore(st.Seq)
	_, params := readBody(st.Exchange.Request.Body)
	verifier, _ := protocol.Get(params, "code_verifier")
	if challenge == "" || flows.IsMask(verifier) || flows.IsMask(challenge) || challengeOf(verifier, method) == challenge {
		return fact{}, false
	}
	f := fact{area: areaVerifier, name: "code_verifier", path: pathVerifier, value: verifierRefused, both: true}
	if _, ok := s.issued(st.Seq); ok {
		f.value = verifierTaken
	}
	f.shown = "wrong, and " + f.value
	if verifier == "" {
		f.shown = "missing, and " + f.value
	}
	return f, true
}

// challengeBefore is the challenge of the last authorization request before a record.
func (s *side) challengeBefore(seq int) (challenge, method string) {
	for _, st := range s.trace.Steps() {
		if st.Seq >= seq {
			break
		}
		if st.Kind == flows.StepAuthorizeURL {
			params, _ := protocol.DecodeForm(st.Exchange.Request.Query())
			challenge, _ = protocol.Get(params, "code_challenge")
			method, _ = protocol.Get(params, "code_challenge_method")
		}
	}
	return challenge, method
}

// challengeOf is the challenge that belongs to a verifier (RFC 7636 section 4.2).
func challengeOf(verifier, method string) string {
	if method != string(flows.PKCES256) || verifier == "" {
		return verifier
	}
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
