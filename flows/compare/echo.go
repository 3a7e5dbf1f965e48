package compare

import (
	"slices"
	"strings"
)

// joinEchoes leaves out what only repeats an earlier difference, and notes at that where
// it shows again: a header that is missing at every step, the life of a token that its
// claims and the API state too.
func joinEchoes(in []Difference) []Difference {
	out := make([]Difference, 0, len(in))
	failed := slices.ContainsFunc(in, func(d Difference) bool { return (d.Rule == codeOutcome || d.Rule == codeVerifier) && d.Step != StepRun })
	for _, d := range in {
		if failed && d.Rule == codeOutcome && d.Step == StepRun {
			continue // the step that failed says it
		}
		if !repeats(d.Rule) {
			out = append(out, d)
			continue
		}
		if i := slices.IndexFunc(out, func(earlier Difference) bool { return echoes(earlier, d) }); i >= 0 {
			out[i].Also = append(out[i].Also, d.Path)
			continue
		}
		out = append(out, d)
	}
	return out
}

// repeats tells that what the rule finds can show at several places.
func repeats(rule string) bool {
	switch rule {
	case codeLifetime, "signature", "algorithm", "key-use", "cache-headers", "security-headers", "cors-headers", "tls-version", "scope-granted", "token-format", "token-type", "token-type-spelling":
		return true
	}
	return false
}

// withoutMistake is a name without the mistake that brought it.
func withoutMistake(name string) string {
	if _, rest, ok := strings.Cut(name, ": "); ok {
		return rest
	}
	return name
}

// echoes tells that d says nothing that the earlier difference did not say.
func echoes(earlier, d Difference) bool {
	if d.Rule == "key-use" { // keys for another algorithm are marked with it
		return earlier.Step == d.Step && earlier.Rule == "key-type" || earlier.Rule == "algorithm"
	}
	if earlier.Verdict != d.Verdict || d.Verdict != Suspicious || earlier.Rule != d.Rule {
		return false
	}
	switch d.Rule {
	case "signature", "algorithm":
		return earlier.Step == d.Step && earlier.A == d.A && earlier.B == d.B
	case codeLifetime:
		if d.Path == "claims.id_token.life" {
			return earlier.Path == "token.expires_in" && earlier.A == d.A && earlier.B == d.B
		}
		return earlier.Path == "token.expires_in" && (d.Path == "claims.access_token.life" || !strings.HasPrefix(d.Path, StepToken+".") && !strings.HasPrefix(d.Path, StepClaims+".")) &&
			strings.HasSuffix(d.Path, "expires_in") == (d.Path != "claims.access_token.life")
	case "cache-headers", "security-headers", "cors-headers", "tls-version", "token-format", "token-type", "token-type-spelling":
		return withoutMistake(earlier.Name) == withoutMistake(d.Name) && earlier.A == d.A && earlier.B == d.B
	case "scope-granted":
		return earlier.Why == d.Why
	}
	return false
}
