package flows

import "unicode"

// The parameters of Punycode (RFC 3492 section 5).
const (
	punycodeBase        = 36
	punycodeFirst       = 1
	punycodeLast        = 26
	punycodeSkew        = 38
	punycodeDamp        = 700
	punycodeInitialBias = 72
	punycodeInitialRune = 0x80
)

// punycode encodes a label (RFC 3492 section 6.3): this room imports the standard library
// alone, which keeps its own encoder to itself. It gives nothing for one that is too long
// for a name, or that holds what is neither a letter, a mark, a digit nor a hyphen.
func punycode(label []rune) string {
	var out []byte
	for _, r := range label {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r) && r != '-' && r != '_':
			return ""
		case r < punycodeInitialRune:
			out = append(out, byte(r))
		}
	}
	if len(label) > maxLabel {
		return ""
	}
	basic, done := len(out), len(out)
	if basic > 0 {
		out = append(out, '-')
	}
	next, delta, bias := rune(punycodeInitialRune), 0, punycodeInitialBias
	for done < len(label) {
		lowest := rune(unicode.MaxRune)
		for _, r := range label {
			if r >= next && r < lowest {
				lowest = r
			}
		}
		delta += int(lowest-next) * (done + 1)
		for _, r := range label {
			switch {
			case r < lowest:
				delta++
			case r == lowest:
				out = appendDelta(out, delta, bias)
				bias = adapt(delta, done+1, done == basic)
				delta = 0
				done++
			}
		}
		delta++
		next = lowest + 1
	}
	return string(out)
}

// appendDelta writes a number of variable length.
func appendDelta(out []byte, delta, bias int) []byte {
	const digits = "abcdefghijklmnopqrstuvwxyz0123456789"
	for k := punycodeBase; ; k += punycodeBase {
		t := min(max(k-bias, punycodeFirst), punycodeLast)
		if delta < t {
			return append(out, digits[delta])
		}
		out = append(out, digits[t+(delta-t)%(punycodeBase-t)])
		delta = (delta - t) / (punycodeBase - t)
	}
}

// adapt is the bias for the next number (RFC 3492 section 6.1).
func adapt(delta, points int, first bool) int {
	if delta /= 2; first {
		delta = delta * 2 / punycodeDamp
	}
	delta += delta / points
	k := 0
	for ; delta > (punycodeBase-punycodeFirst)*punycodeLast/2; k += punycodeBase {
		delta /= punycodeBase - punycodeFirst
	}
	return k + (punycodeBase-punycodeFirst+1)*delta/(delta+punycodeSkew)
}
