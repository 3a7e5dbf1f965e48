package present

import (
	"oauthlens/flows/report"
)

// kinWord is a member of a family as people call it.
func kinWord(k report.KinKind) string {
	switch k {
	case report.KinCode:
		return "code"
	case report.KinClient:
		return "client credentials"
	case report.KinAccess:
		return "access token"
	case report.KinRefresh:
		return "refresh token"
	}
	return ""
}

// kinState says a state with a glyph and a word.
func kinState(s report.KinState) (text string, tone Tone) {
	switch s {
	case report.KinAlive:
		return "● alive", OK
	case report.KinExpired:
		return "○ expired", Muted
	case report.KinUsed:
		return "✓ used", Muted
	case report.KinRefused:
		return "✗ refused", Danger
	case report.KinRotated:
		return "↻ rotated out", Muted
	case report.KinReplaced:
		return "○ replaced", Muted
	case report.KinRevoked:
		return "✗ revoked", Muted
	case report.KinDoubtful:
		return "? doubtful", Warn
	}
	return "", Plain
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
	text, tone := kinState(k.State)
	if k.State == report.KinAlive && !k.Expires.IsZero() {
		latest, back := b.s.SetBack(b.now())
		if text += " for "; back {
			text += "at most "
		}
		text += Coarse(k.Expires.Sub(latest))
	}
	l := explained(Line{Kind: Text, Spans: []Span{T(branch, Muted), T(kinWord(k.Kind)+" ", Label)}}, "step", "lineage")
	if !k.Secret.IsZero() {
		l.Spans = append(l.Spans, T(k.Secret.Fingerprint()+"  ", SecretTone))
		l.Copy = Copy{What: kinWord(k.Kind), Secret: k.Secret}
	}
	if k.Kind == report.KinClient {
		return l
	}
	l.Spans = append(l.Spans, T(text, tone))
	if k.Why != "" {
		l.Spans = append(l.Spans, T("  "+k.Why, Muted))
	}
	if k.ReuseRevokes {
		l.Spans = append(l.Spans, T("  ▲ sending it again may end them all", Warn))
	}
	return l
}
