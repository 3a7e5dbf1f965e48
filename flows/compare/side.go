package compare

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/redact"
	"oauthlens/flows/session"
)

// side is one run, read.
type side struct {
	about   Side
	trace   flows.Trace
	session session.Session
	start   flows.RunStarted
	mask    *redact.Masker
	bare    bool // nothing is masked
	// declared are the values that belong to this side's environment, each with the word
	// that stands for it on both sides, longest first.
	declared []stand
	at       time.Time
}

// stand is a value of one side and its name.
type stand struct{ value, name string }

func readSide(t flows.Trace) side {
	s := side{trace: t, session: session.Replay(t), at: t.EndedAt()}
	s.start = s.session.Start()
	s.mask = redact.ForTrace(withoutLargeBodies(t), s.session.ClientSecret())
	s.about = Side{Run: t.Run, Provider: s.start.Provider.Name, Title: s.start.Provider.Title, Environment: s.start.Environment.Name, Grant: s.start.Grant,
		Simulated: s.start.Simulated, Why: s.session.FailedWhy()}
	if e := s.session.Ended(); e != nil {
		s.about.Outcome = e.Outcome
	}
	if all := s.session.Tokens(); len(all) > 0 {
		s.about.Redacted = flows.IsMask(all[0].Token.AccessToken.RevealSecret())
	}
	s.declare(s.start.Environment.Endpoints, s.session.Settings())
	return s
}

// largeBody is the size in bytes from which only the structure of a body is compared:
// none of its values is shown, and so none has to be masked.
const largeBody = 64 << 10

// longestPath is the length in bytes up to which the path of a member is followed: each member
// has its own, and those below one name of half a megabyte would be gigabytes.
const longestPath = 500

// withoutLargeBodies leaves out of the trace what is not needed to learn its secrets.
func withoutLargeBodies(t flows.Trace) flows.Trace {
	out := flows.Trace{Run: t.Run, Records: slices.Clone(t.Records)}
	for i, r := range out.Records {
		e, ok := r.Event.(flows.ExchangeFinished)
		if !ok || e.Exchange.Response == nil || len(e.Exchange.Response.Body) < largeBody {
			continue
		}
		response := *e.Exchange.Response
		response.Body = nil
		e.Exchange.Response = &response
		out.Records[i].Event = e
	}
	return out
}

// declare notes what the environment declares: its endpoints and their hosts, the client
// and where it is called back.
func (s *side) declare(e flows.Endpoints, settings flows.Settings) {
	all := []stand{
		{e.Token, "the token endpoint"}, {e.Authorization, "the authorization endpoint"}, {e.AuthorizeURL, "the authorize-URL call"},
		{e.Revocation, "the revocation endpoint"}, {e.Introspection, "the introspection endpoint"}, {e.UserInfo, "the userinfo endpoint"},
		{e.JWKS, "the key set"}, {e.Discovery, "the metadata document"}, {e.PAR, "the PAR endpoint"}, {e.Device, "the device endpoint"},
		{e.API, "the API"}, {e.Issuer, "the issuer"},
		{settings.RedirectURI, "the redirect URI"}, {settings.ClientID, "the client id"},
	}
	for _, st := range all[:12] {
		if o := origin(st.value); o != "" {
			all = append(all, stand{o, st.name + "'s host"})
		}
	}
	if u, err := url.Parse(e.Issuer); err == nil && strings.Trim(u.Path, "/") != "" { // RFC 8414 section 3.1 puts the path last
		for _, name := range []string{"oauth-authorization-server", "openid-configuration"} {
			all = append(all, stand{origin(e.Issuer) + "/.well-known/" + name + strings.TrimSuffix(u.Path, "/"), "the issuer's " + name})
		}
	}
	seen := map[string]bool{}
	for _, st := range all {
		if len(st.value) >= 4 && !seen[st.value] {
			seen[st.value] = true
			s.declared = append(s.declared, st)
		}
	}
	slices.SortStableFunc(s.declared, func(a, b stand) int { return cmp.Compare(len(b.value), len(a.value)) })
}

// maxDeclared bounds the texts that are searched for declared values, in bytes.
const maxDeclared = 4096

// plain is the text with this environment's own values replaced by their names.
func (s *side) plain(text string) string {
	if len(text) > maxDeclared {
		return text
	}
	for _, d := range s.declared {
		text = strings.ReplaceAll(text, d.value, "{"+d.name+"}")
	}
	return text
}

func origin(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// secret is how a secret is shown. What stands masked already, in a run that was kept without
// its secrets, stays as it is: a mask of a mask would tell another length.
func (s *side) secret(name, raw string) string {
	if flows.IsMask(raw) {
		return raw
	}
	return s.mask.Key().Mask(name, raw)
}

// sections are the facts of the run, step by step.
func (s *side) sections() []section {
	out := []section{{StepRun, s.runFacts()}}
	seen := map[flows.StepKind]int{}
	tokenAt := s.tokenSeq()
	for _, st := range s.trace.Steps() {
		if st.Kind == flows.StepOther || st.Callback != nil && st.Callback.Verdict != flows.CallbackAccepted && s.session.Callback() != nil && s.session.Callback().Seq != st.Seq {
			continue
		}
		seen[st.Kind]++
		name := string(st.Kind)
		if n := seen[st.Kind]; n > 1 {
			name += "[" + strconv.Itoa(n) + "]"
		}
		out = append(out, section{name, s.stepFacts(st)})
		if st.Seq == tokenAt {
			out = append(out, section{StepToken, s.tokenFacts(s.session.Tokens()[0])}, section{StepClaims, s.claimFacts(s.session.Tokens()[0].Token)})
		}
	}
	return out
}

// tokenSeq is the record that brought the first token, -1 if none did.
func (s *side) tokenSeq() int {
	if t := s.session.Tokens(); len(t) > 0 {
		return t[0].Seq
	}
	return -1
}

func (s *side) runFacts() []fact {
	out := []fact{
		{area: areaRun, name: "provider", path: "provider", value: s.about.Provider},
		{area: areaRun, name: "environment", path: "environment", value: s.about.Environment},
		{area: areaRun, name: "grant", path: "grant", value: string(s.about.Grant)},
		{area: areaRun, name: "client id", path: "client_id", value: s.session.Settings().ClientID},
	}
	if s.about.Outcome != "" {
		shown := string(s.about.Outcome)
		if s.about.Why != "" {
			shown += ": " + s.mask.String(s.about.Why)
		}
		out = append(out, fact{area: areaOutcome, name: "outcome", path: "outcome", value: string(s.about.Outcome), shown: shown, both: true})
	}
	return out
}

// stepFacts are the facts of one step of the trace.
func (s *side) stepFacts(st flows.Step) []fact {
	var out []fact
	switch {
	case st.Kind == flows.StepCallback:
		out = s.callbackFacts(st)
	case st.Kind == flows.StepAuthorize:
	default:
		out = s.requestFacts(st)
	}
	out = append(out, s.outcomeFact(st))
	if f, ok := s.verifierFact(st); ok {
		out = append(out, f)
	}
	x := st.Exchange
	if x.Error != nil {
		out = append(out, fact{area: areaTransport, name: "no answer", path: pathTransport, value: string(x.Error.Kind) + " " + x.Error.Reason, shown: s.mask.String(x.Error.Message)})
	}
	if x.Response != nil {
		out = append(out, s.answerFacts(st)...)
	}
	if rotation, ok := s.rotationFact(st); ok {
		out = append(out, rotation)
	}
	if t, ok := s.issued(st.Seq); ok && st.Seq != s.tokenSeq() {
		for _, f := range s.tokenFacts(t) {
			f.path = "token." + f.path
			f.both = f.both || f.name == "refresh_token" // its absence is said by the rotation
			if f.parent != "" {
				f.parent = "token." + f.parent
			}
			out = append(out, f)
		}
	}
	if st.Kind != flows.StepCallback && st.Kind != flows.StepAuthorize && x.Response != nil {
		out = append(out, fact{area: areaTime, name: "duration", path: "duration", value: x.Duration().String(), shown: round(x.Duration()), lasts: x.Duration(), both: true})
	}
	return append(out, tlsFacts(x)...)
}

func tlsFacts(x flows.Exchange) []fact {
	if x.TLS == nil {
		return nil
	}
	return []fact{
		{area: areaTLS, name: "TLS version", path: "tls.version", value: x.TLS.Version},
		{area: areaTLS, name: "TLS cipher", path: "tls.cipher", value: x.TLS.Cipher},
		{area: areaTLS, name: "certificate", path: "tls.peer", value: x.TLS.Peer},
		{area: areaTLS, name: "certificate issuer", path: "tls.issuer", value: x.TLS.Issuer},
		{area: areaTLS, name: "certificate end", path: "tls.not_after", value: x.TLS.NotAfter.UTC().Format(time.DateOnly)},
	}
}
