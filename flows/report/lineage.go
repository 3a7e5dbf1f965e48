package report

import (
	"strconv"
	"strings"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/protocol"
)

// Kin is one member of a family of tokens: the code, or whatever the family began
// with, and the tokens that came of it.
type Kin struct {
	Kind   KinKind
	Secret flows.Secret // zero for KinClient
	Seq    int          // of the record that it came with
	At     time.Time
	// Expires is zero if it is not known.
	Expires time.Time
	State   KinState
	Why     string // one sentence, empty if the state says it all
	// ReuseRevokes: sending it once more makes a careful server revoke the family.
	ReuseRevokes bool
	Sent         int // how often it was sent to the token endpoint
	Children     []*Kin
}

// KinKind says what a member is.
type KinKind string

// The kinds of members. KinClient stands for the client's own credentials, where a
// family begins without a code.
const (
	KinCode    KinKind = "code"
	KinClient  KinKind = "client_credentials"
	KinAccess  KinKind = "access_token"
	KinRefresh KinKind = "refresh_token"
)

// KinState says whether a member still works.
type KinState string

// The states. KinDoubtful: the server may have revoked it, and did not say.
const (
	KinAlive    KinState = "alive"
	KinExpired  KinState = "expired"
	KinUsed     KinState = "used"
	KinRefused  KinState = "refused"
	KinRotated  KinState = "rotated"
	KinReplaced KinState = "replaced"
	KinRevoked  KinState = "revoked"
	KinDoubtful KinState = "doubtful"
)

// Lineage is the family tree of the run's tokens at the time now: code, tokens,
// refreshed tokens. It is a function of the trace; a reuse that the trace shows is
// taken into account.
func Lineage(t flows.Trace, now time.Time) []*Kin {
	g := &genealogy{members: map[string]*Kin{}, parents: map[*Kin]*Kin{}}
	for _, r := range t.Records {
		switch e := r.Event.(type) {
		case flows.RunStarted:
			g.start, g.key = e, e.Fingerprints
			if raw := e.Credentials.RefreshToken.RevealSecret(); raw != "" {
				g.member(KinRefresh, raw, r)
			}
		case flows.Imported:
			g.key = e.Fingerprints
		case flows.CallbackArrived:
			if e.Verdict == flows.CallbackAccepted {
				if code := protocol.ReadCallback(e.Request, g.start.Provider.Dialect.Fields.Code).Code; code != "" {
					g.member(KinCode, code, r)
				}
			}
		case flows.ExchangeFinished:
			g.exchange(r, e.Exchange)
		}
	}
	for _, root := range g.roots {
		g.settle(root, now)
	}
	return g.roots
}

type genealogy struct {
	start   flows.RunStarted
	key     flows.FingerprintKey
	roots   []*Kin
	members map[string]*Kin // by kind and raw value
	parents map[*Kin]*Kin
}

// member finds a member by its value, or begins a family with it.
func (g *genealogy) member(kind KinKind, raw string, r flows.Record) *Kin {
	if k := g.members[string(kind)+raw]; k != nil {
		return k
	}
	k := &Kin{Kind: kind, Secret: flows.NewSecret(g.key, string(kind), raw), Seq: r.Seq, At: r.At}
	g.members[string(kind)+raw] = k
	g.roots = append(g.roots, k)
	return k
}

func (g *genealogy) exchange(r flows.Record, x flows.Exchange) {
	sent := sentParams(x.Request)
	switch x.Step {
	case flows.StepExchange, flows.StepRefresh:
		g.tokens(r, x, sent)
	case flows.StepRevoke:
		if protocol.ReadAnswer(x.Response).Failure(g.start.Provider.Dialect) == nil && x.Error == nil {
			g.revoke(sent["token"])
		}
	}
}

func (g *genealogy) tokens(r flows.Record, x flows.Exchange, sent map[string]string) {
	parent := g.parent(r, sent)
	parent.Sent++
	ctx := protocol.TokenContext{Dialect: g.start.Provider.Dialect, Fingerprints: g.key, SentAt: x.Started, ReceivedAt: x.Ended}
	if parent.Kind == KinRefresh {
		ctx.Previous = &flows.Token{RefreshToken: parent.Secret, RefreshExpiresAt: parent.Expires}
	}
	ctx.RefreshLife = protocol.RefreshLife(g.start.Provider.Lifetimes, ctx.Previous, x.Ended)
	reading := protocol.ReadToken(ctx, x.Response)
	if reading.Token == nil {
		g.refused(parent, reading.Failure)
		return
	}
	token := reading.Token
	if parent.Kind == KinCode {
		parent.State, parent.Why, parent.ReuseRevokes = KinUsed, "a code works once", true
	}
	if g.start.Provider.Dialect.NewestTokenOnly {
		g.replaceAccess(family(g.root(parent)))
	}
	g.born(parent, KinAccess, token.AccessToken, token.ExpiresAt, r)
	if raw := token.RefreshToken.RevealSecret(); raw != "" && !(parent.Kind == KinRefresh && raw == parent.Secret.RevealSecret()) {
		child := g.born(parent, KinRefresh, token.RefreshToken, token.RefreshExpiresAt, r)
		if parent.Kind == KinRefresh && g.start.Provider.Dialect.Rotation != flows.RotationNever {
			parent.State, parent.ReuseRevokes = KinRotated, true
			parent.Why = "replaced by " + child.Secret.Fingerprint()
		}
	} else if parent.Kind == KinRefresh && !token.RefreshExpiresAt.IsZero() {
		parent.Expires = token.RefreshExpiresAt
	}
}

func (g *genealogy) parent(r flows.Record, sent map[string]string) *Kin {
	switch {
	case sent["refresh_token"] != "":
		return g.member(KinRefresh, sent["refresh_token"], r)
	case sent["code"] != "":
		return g.member(KinCode, sent["code"], r)
	}
	for _, name := range g.start.Provider.Dialect.Fields.Code {
		if sent[name] != "" {
			return g.member(KinCode, sent[name], r)
		}
	}
	return g.member(KinClient, "", r)
}

func (g *genealogy) born(parent *Kin, kind KinKind, secret flows.Secret, expires time.Time, r flows.Record) *Kin {
	name := string(kind) + secret.RevealSecret()
	if known := g.members[name]; known != nil {
		known.Expires = expires
		return known
	}
	k := &Kin{Kind: kind, Secret: secret, Seq: r.Seq, At: r.At, Expires: expires}
	g.members[name], g.parents[k] = k, parent
	parent.Children = append(parent.Children, k)
	return k
}

// refused weighs what a refusal says: of a value that was used up before, that the
// family may be gone (RFC 6749 section 4.1.2, RFC 9700 section 4.14.2).
func (g *genealogy) refused(k *Kin, failure *protocol.Failure) {
	if failure == nil || failure.Code == "no_answer" || failure.Code != "invalid_grant" && !k.ReuseRevokes {
		return
	}
	if !k.ReuseRevokes {
		k.State, k.Why = KinRefused, "the server refused it: "+failure.Code
		return
	}
	what := string(k.Kind) + " " + k.Secret.Fingerprint()
	for _, m := range family(g.root(k)) {
		if m.Kind != KinCode && m.Kind != KinClient && m != k && m.State == "" {
			m.State, m.Why = KinDoubtful, "the used-up "+what+" was sent again, which may have ended all tokens of this login"
		}
	}
}

// revoke follows RFC 7009 section 2.1: with a refresh token its access tokens go too.
func (g *genealogy) revoke(raw string) {
	if raw == "" {
		return
	}
	if k := g.members[string(KinAccess)+raw]; k != nil {
		k.State, k.Why = KinRevoked, "revoked by its own request"
	}
	k := g.members[string(KinRefresh)+raw]
	if k == nil {
		return
	}
	k.State, k.Why = KinRevoked, "revoked by its own request"
	for _, m := range family(g.root(k)) {
		if m.Kind == KinAccess && m.State == "" {
			m.State, m.Why = KinDoubtful, "its refresh token was revoked; the server should have ended it too"
		}
	}
}

func (g *genealogy) replaceAccess(members []*Kin) {
	for _, m := range members {
		if m.Kind == KinAccess && m.State == "" {
			m.State, m.Why = KinReplaced, "this provider keeps the newest access token only"
		}
	}
}

func (g *genealogy) root(k *Kin) *Kin {
	for g.parents[k] != nil {
		k = g.parents[k]
	}
	return k
}

// family lists a member and all its descendants.
func family(k *Kin) []*Kin {
	out := []*Kin{k}
	for _, child := range k.Children {
		out = append(out, family(child)...)
	}
	return out
}

// settle gives a state to those that nothing has happened to.
func (g *genealogy) settle(k *Kin, now time.Time) {
	expired := !k.Expires.IsZero() && !now.Before(k.Expires)
	switch {
	case expired && (k.State == "" || k.State == KinDoubtful):
		k.State, k.Why = KinExpired, ""
	case k.State == "" && k.Kind == KinCode && k.Sent > 0:
		k.State, k.Why = KinDoubtful, "it was sent, and what became of it is not known"
	case k.State == "":
		k.State = KinAlive
		if k.Expires.IsZero() && k.Kind != KinClient {
			k.Why = "its end is not known"
		}
	}
	for _, child := range k.Children {
		g.settle(child, now)
	}
}

// sentParams are the parameters of a token request by name; of a repeated one the first.
func sentParams(request flows.Request) map[string]string {
	out := map[string]string{}
	for _, p := range protocol.SentParams(request) {
		if _, twice := out[p.Name]; !twice {
			out[p.Name] = p.Value
		}
	}
	return out
}

// LineageLines draws the families as lines of text.
func LineageLines(roots []*Kin, now time.Time) []string {
	var out []string
	for _, root := range roots {
		out = append(out, kinLine(root, now))
		out = append(out, branches(root.Children, "", now)...)
	}
	return out
}

func branches(children []*Kin, indent string, now time.Time) []string {
	var out []string
	for i, child := range children {
		mark, next := "├─ ", "│  "
		if i == len(children)-1 {
			mark, next = "└─ ", "   "
		}
		out = append(out, indent+mark+kinLine(child, now))
		out = append(out, branches(child.Children, indent+next, now)...)
	}
	return out
}

// lifeLeft is a duration to the second, and from two days on in days.
func lifeLeft(d time.Duration) string {
	const day = 24 * time.Hour
	if d < 2*day {
		return d.Truncate(time.Second).String()
	}
	return strconv.Itoa(int(d/day)) + " days"
}

func kinLine(k *Kin, now time.Time) string {
	parts := []string{k.Secret.String()}
	if k.Secret.IsZero() {
		parts = []string{"client credentials"}
	}
	parts = append(parts, string(k.State))
	if k.State == KinAlive && !k.Expires.IsZero() {
		parts = append(parts, "for "+lifeLeft(k.Expires.Sub(now)))
	}
	if k.Why != "" {
		parts = append(parts, "("+k.Why+")")
	}
	if k.Sent > 1 && k.Kind == KinCode {
		parts = append(parts, "sent "+strconv.Itoa(k.Sent)+" times")
	}
	if k.ReuseRevokes {
		parts = append(parts, "! sending it again may end them all")
	}
	return strings.Join(parts, " ")
}
