package diagnose

import (
	"sort"

	"oauthlens/flows"
)

// This file is the only place that knows how findings relate to each other. The rules of
// precedence, in the order in which they are applied:
//
//  1. A failure that the client solved by itself is no fault: only sticky rules speak of it.
//  2. Each failed message goes to the best of the hits that explain it: the lower layer
//     first, then the more confident, then by a ladder of codes. For invalid_grant and
//     invalid_client the ladders are written down below; everywhere else the order of
//     the stages is the ladder.
//  3. Of the others that explain the same failure, those that are proven by a comparison
//     of their own and are independent of the winner stay; the rest becomes evidence.
//  4. A weak hit gives way to an earlier failure of the same thread that is explained:
//     the later failure follows from it.
//  5. What stands without a failure stays, behind what stopped the flow.

// rank orders the hits that explain one failed message; smaller is better.
type rank struct{ layer, confidence, ladder, order int }

func (a rank) less(b rank) bool {
	switch {
	case a.layer != b.layer:
		return a.layer < b.layer
	case a.confidence != b.confidence:
		return a.confidence < b.confidence
	case a.ladder != b.ladder:
		return a.ladder < b.ladder
	}
	return a.order < b.order
}

// confidenceRank is lower the surer something is.
func confidenceRank(c flows.Confidence) int {
	switch c {
	case flows.Possible:
		return 2
	case flows.Likely:
		return 1
	}
	return 0
}

func rankOf(h *Hit, m *message, order int) rank {
	r := rank{layer: 1, confidence: confidenceRank(h.confidence), order: order}
	if lowest.has(h.rule.Code) {
		r.layer = 0
	}
	if h.rule.Weak {
		r.layer = 2
	}
	if told.has(h.rule.Code) {
		r.ladder = 500
	}
	var l words
	switch m.failed.canon {
	case "invalid_grant":
		l = grantLadder
	case "invalid_client":
		l = clientLadder
	}
	if l != "" {
		r.ladder = 1000
		if n := l.place(h.rule.Code); n > 0 {
			r.ladder = n
		}
	}
	return r
}

// settle decides which hits become findings.
func (c *Case) settle(hits []*Hit) []*Hit {
	hits = c.dropReplaced(hits)
	c.dropSolved(hits)
	winners := c.winners(hits)
	c.dropConsequences(hits, winners)
	c.weigh(winners)
	var out []*Hit
	for _, h := range hits {
		switch {
		case h.sev() == flows.SeverityInfo, h.stands, len(h.won) > 0:
			out = append(out, h)
		}
	}
	out = c.dropRelated(mergeSame(out))
	order(out)
	return out
}

// dropReplaced leaves out what belongs to an authorization request that the user of a live
// run replaced by a later one: it is history, and its fault may be mended.
func (c *Case) dropReplaced(hits []*Hit) []*Hit {
	if !c.isLive() || len(c.attempts) < 2 {
		return hits
	}
	from := c.attempts[len(c.attempts)-1].request.pos
	var out []*Hit
	for _, h := range hits {
		if h.at == nil || h.at.pos >= from || h.at.role == roleDiscovery || h.at.role == roleJWKS {
			out = append(out, h)
		}
	}
	return out
}

// dropSolved takes solved failures from the rules that do not insist.
func (c *Case) dropSolved(hits []*Hit) {
	for _, h := range hits {
		if h.rule.Sticky {
			continue
		}
		kept := h.cures[:0:0]
		for _, m := range h.cures {
			if !m.failed.solved {
				kept = append(kept, m)
			}
		}
		if len(kept) == 0 && len(h.cures) > 0 {
			h.stands = false
		}
		h.cures = kept
	}
}

// winners gives each failed message to the best hit; certain companions share it.
func (c *Case) winners(hits []*Hit) map[*message]*Hit {
	claims := map[*message][]int{}
	for i, h := range hits {
		if h.sev() == flows.SeverityInfo {
			continue
		}
		for _, m := range h.cures {
			claims[m] = append(claims[m], i)
		}
	}
	won := map[*message]*Hit{}
	for _, m := range c.msgs {
		list := claims[m]
		if len(list) == 0 {
			continue
		}
		sort.SliceStable(list, func(a, b int) bool {
			return rankOf(hits[list[a]], m, list[a]).less(rankOf(hits[list[b]], m, list[b]))
		})
		best := hits[list[0]]
		won[m] = best
		best.won = append(best.won, m)
		for _, i := range list[1:] {
			if h := hits[i]; mayAccompany(best, h) {
				h.won = append(h.won, m)
			} else if h.confidence == flows.Certain && !h.stands && !h.rule.Weak && len(h.evidence) > 0 && !contains(best.evidence, h.evidence[0]) {
				best.evidence = append(best.evidence, "follows from it, or says the same: "+h.evidence[0])
			}
		}
	}
	return won
}

// weigh gives the winner of an error with many causes the list of its candidates.
func (c *Case) weigh(winners map[*message]*Hit) {
	for _, m := range c.msgs {
		h := winners[m]
		if h == nil || len(h.candidates) > 0 || m.role != roleToken || lowest.has(h.rule.Code) {
			continue
		}
		switch m.failed.canon {
		case "invalid_grant":
			h.candidates = c.grantCandidates(m)
		case "invalid_client":
			h.candidates = c.clientCandidates(m)
		default:
			continue
		}
		h.confirmSelf()
	}
}

// confirmSelf makes the list agree with the finding that carries it.
func (h *Hit) confirmSelf() {
	if h.rule.Weak {
		return
	}
	why, sure := "", h.confidence == flows.Certain && !h.unchecked
	if len(h.evidence) > 0 {
		why = h.evidence[0]
	}
	for i := range h.candidates {
		if h.candidates[i].Code == h.rule.Code {
			if sure {
				h.candidates[i] = candidate(h.rule.Code, confirmed, why, "")
			}
			return
		}
	}
	verdict := open
	if sure {
		verdict = confirmed
	}
	h.candidates = append([]flows.Candidate{candidate(h.rule.Code, verdict, why, "mend this first, then try again")}, h.candidates...)
}

// mayAccompany: a proven fault of another kind is not covered by the better one.
func mayAccompany(best, h *Hit) bool {
	if h.rule.Code == best.rule.Code || !companions.has(h.rule.Code) || h.confidence != flows.Certain {
		return false
	}
	if lowest.has(best.rule.Code) || earlierSend.has(best.rule.Code) || best.rule.Code == "clock-skew" || best.rule.Code == "time-zone-wrong" {
		return false
	}
	a, b := families.of(best.rule.Code), families.of(h.rule.Code)
	return a == "" || a != b
}

// dropConsequences lets weak hits give way to what failed before them in the thread.
func (c *Case) dropConsequences(hits []*Hit, winners map[*message]*Hit) {
	for _, h := range hits {
		if !h.rule.Weak || h.stands {
			continue
		}
		kept := h.won[:0:0]
		for _, m := range h.won {
			if earlier := c.earlierCause(m, h, winners); earlier != nil {
				if len(h.evidence) > 0 && len(earlier.evidence) < 8 {
					earlier.evidence = append(earlier.evidence, "consequence: "+h.evidence[0])
				}
				continue
			}
			kept = append(kept, m)
		}
		h.won = kept
	}
}

// earlierCause finds an explained failure that came before m was over, in its thread.
func (c *Case) earlierCause(m *message, h *Hit, winners map[*message]*Hit) *Hit {
	for _, x := range c.msgs {
		if x == m || x.thread != m.thread || x.failed == nil || x.failed.solved || x.end().After(m.end()) {
			continue
		}
		if w := winners[x]; w != nil && w != h && !(w.rule.Weak && x.pos > m.pos) && w.sev() != flows.SeverityInfo {
			return w
		}
	}
	return nil
}

// mergeSame keeps one hit of a code per thread, and per endpoint and client for requests
// that hang on nothing, and gives it the evidence of the others.
func mergeSame(hits []*Hit) []*Hit {
	type key struct {
		code, place string
		thread      int
	}
	seen := map[key]*Hit{}
	var out []*Hit
	for _, h := range hits {
		k := key{h.rule.Code, "", -1}
		if m := h.at; m != nil {
			k.thread = m.thread
			if m.role != roleAuthorize && m.role != roleCallback && m.grant != "authorization_code" && m.grant != "refresh_token" {
				k.thread, k.place = -2, m.url.host+" "+m.client()+" "+m.header("Authorization")
			}
		}
		first := seen[k]
		if first == nil {
			seen[k] = h
			out = append(out, h)
			continue
		}
		first.won = append(first.won, h.won...)
		if confidenceRank(h.confidence) < confidenceRank(first.confidence) {
			first.confidence = h.confidence
		}
		if len(first.evidence) < 6 && len(h.evidence) > 0 && !contains(first.evidence, h.evidence[0]) {
			first.evidence = append(first.evidence, h.evidence[0])
		}
		first.marks = append(first.marks, h.marks...)
	}
	return out
}

// dropRelated applies covered.
func (c *Case) dropRelated(hits []*Hit) []*Hit {
	var out []*Hit
	for _, h := range hits {
		if !isCovered(h, hits) {
			out = append(out, h)
		}
	}
	return out
}

func isCovered(h *Hit, hits []*Hit) bool {
	for _, by := range covered.of(h.rule.Code) {
		for _, o := range hits {
			if o == h || !sameStory(h, o) {
				continue
			}
			if by == o.rule.Code && !mutual(h, o) || by == "*error" && o.sev() == flows.SeverityError && o.at != nil {
				return true
			}
		}
	}
	return false
}

// sameStory: the two stand in one thread, or one of them is about metadata or the whole.
func sameStory(h, o *Hit) bool {
	if h.at == nil || o.at == nil || h.at.thread == o.at.thread {
		return true
	}
	about := func(m *message) bool { return m.role == roleDiscovery || m.role == roleJWKS }
	return (about(h.at) || about(o.at)) && siteOf(h.at.url.host) == siteOf(o.at.url.host) || h.rule.Stage == StageEnvironment && o.rule.Stage == StageEnvironment
}

// mutual: of two codes that cover each other, the more confident stays.
func mutual(h, o *Hit) bool {
	for _, by := range covered.of(o.rule.Code) {
		if by == h.rule.Code {
			return confidenceRank(h.confidence) <= confidenceRank(o.confidence)
		}
	}
	return false
}

// order puts the worst first, what stopped the flow before what only was found, then by
// time.
func order(hits []*Hit) {
	pos := func(h *Hit) int {
		if h.at == nil {
			return 1 << 30
		}
		return h.at.pos
	}
	sort.SliceStable(hits, func(a, b int) bool {
		x, y := hits[a], hits[b]
		if r, s := x.sev().Rank(), y.sev().Rank(); r != s {
			return r < s
		}
		if s, t := len(x.won) > 0, len(y.won) > 0; s != t {
			return s
		}
		if x.rule.Weak != y.rule.Weak {
			return !x.rule.Weak
		}
		return pos(x) < pos(y)
	})
}
