package provider

import (
	"slices"
	"strings"
)

// Nearest returns the candidates that name could have been meant to be, nearest first,
// at most three: one within a third of its length in edits (insert, delete, replace,
// swap of neighbours), or one that begins with what was typed. One or two letters are
// no typing mistake of anything: only what they begin counts. It serves providers,
// commands and keys alike. Case is ignored.
func Nearest(name string, candidates []string) []string {
	type hit struct {
		name string
		rank int
	}
	name = strings.ToLower(name)
	if len(name) > 64 {
		return nil
	}
	var hits []hit
	for _, c := range candidates {
		lc := strings.ToLower(c)
		if len(lc) > 64 {
			continue
		}
		d, longer := distance(name, lc), max(len(name), len(lc))
		near := len(name) > 2 && d < longer && d <= max(1, min(3, (longer+1)/3))
		if longer == 3 && name[0] != lc[0] {
			near = false // of three letters two are too few to go by
		}
		switch {
		case near && d <= 1:
			hits = append(hits, hit{c, d})
		case len(name) >= 2 && strings.HasPrefix(lc, name):
			hits = append(hits, hit{c, 2})
		case near:
			hits = append(hits, hit{c, 1 + d})
		case len(name) >= 3 && strings.Contains(lc, name):
			hits = append(hits, hit{c, 5})
		}
	}
	slices.SortStableFunc(hits, func(a, b hit) int { return a.rank - b.rank })
	var out []string
	for _, h := range hits {
		if len(out) < 3 && !slices.Contains(out, h.name) {
			out = append(out, h.name)
		}
	}
	return out
}

// distance is the number of edits between two short strings, where a swap of two
// neighbours counts as one (optimal string alignment).
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d := min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, rows[i-2][j-2]+1)
			}
			rows[i][j] = d
		}
	}
	return rows[len(a)][len(b)]
}
