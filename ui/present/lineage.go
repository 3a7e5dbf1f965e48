package present

import (
	"oauthlens/flows/report"
)

// kinWords are the members of a family as people call them.
var kinWords = map[report.KinKind]string{report.KinCode: "code", report.KinClient: "client credentials", report.KinAccess: "access token", report.KinRefresh: "refresh token"}

// kinStates says each state with a glyph and a word.
var kinStates = map[report.KinState]struct {
	text string
	tone Tone
}{
	report.KinAlive: {"● alive", OK}, report.KinExpired: {"○ expired", Muted}, report.KinUsed: {"✓ used", Muted}, report.KinRefused: {"✗ refused", Danger},
	report.KinRotated: {"↻ rotated out", Muted}, report.KinReplaced: {"○ replaced", Muted}, report.KinRevoked: {"✗ revoked", Muted}, report.KinDoubtful: {"? doubtful", Warn},
}

// lineage is the family tree of the run's tokens: which came of which, which still works,
// and which must not be sent again.
func (b *builder) lineage() List {
	if len(b.s.Tokens()) == 0 {
		return nil
	}
	latest, _ := b.s.SetBack(b.now())
	roots := report.Lineage(b.s.Trace(), latest)
	if len(roots) == 1 && roots[0].Kind == report.KinClient && len(roots[0].Children) < 2 {
		return nil // a token with neither ancestors nor descendants
	}
	out := List{gap(), heading("Lineage")}
	for _, root := range roots {
		out = append(out, b.kin(root, ""))
		out = append(out, b.descendants(root.Children, "")...)
	}
	return out
}

func (b *builder) descendants(children []*report.Kin, indent string) List {
	var out List
	for i, child := range children {
		mark, below := "├─ ", "│  "
		if i == len(children)-1 {
			mark, below = "└─ ", "   "
		}
		out = append(out, b.kin(child, indent+mark))
		out = append(out, b.descendants(child.Children, indent+below)...)
	}
	return out
}

// kin is one member in a line.
func (b *builder) kin(k *report.Kin, branch string) Line {
	state := kinStates[k.State]
	text := state.text
	if k.State == report.KinAlive && !k.Expires.IsZero() {
		latest, back := b.s.SetBack(b.now())
		if text += " for "; back {
			text += "at most "
		}
		text += Coarse(k.Expires.Sub(latest))
	}
	l := explained(Line{Kind: Text, Spans: []Span{T(branch, Muted), T(kinWords[k.Kind]+" ", Label)}}, "step", "lineage")
	if !k.Secret.IsZero() {
		l.Spans = append(l.Spans, T(k.Secret.Fingerprint()+"  ", SecretTone))
		l.Copy = Copy{What: kinWords[k.Kind], Secret: k.Secret}
	}
	if k.Kind == report.KinClient {
		return l
	}
	l.Spans = append(l.Spans, T(text, state.tone))
	if k.Why != "" {
		l.Spans = append(l.Spans, T("  "+k.Why, Muted))
	}
	if k.ReuseRevokes {
		l.Spans = append(l.Spans, T("  ▲ sent again, it may end them all", Warn))
	}
	return l
}
