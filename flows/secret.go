package flows

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"unicode/utf8"
)

// FingerprintKey keys the fingerprints that stand in for secrets. It is made once
// per installation, so that fingerprints from two people cannot be compared with a
// dictionary; the zero key is the fixed one of simulated runs, so that pictures and
// golden files are stable.
type FingerprintKey [32]byte

// Fingerprint gives the short name of a raw value: '#' and eight hexadecimal digits,
// the first 32 bits of HMAC-SHA-256 under the key.
func (k FingerprintKey) Fingerprint(raw string) string {
	mac := hmac.New(sha256.New, k[:])
	mac.Write([]byte(raw))
	return "#" + hex.EncodeToString(mac.Sum(nil)[:4])
}

// Mask is what a person reads instead of a secret: "name (N chars, #1a2b3c4d)".
// It contains no character of the secret; N counts Unicode characters.
func (k FingerprintKey) Mask(name, raw string) string {
	return name + " (" + strconv.Itoa(utf8.RuneCountInString(raw)) + " chars, " + k.Fingerprint(raw) + ")"
}

// longestMaskName is the longest name that a mask is recognised by.
const longestMaskName = 64

// IsMask tells whether the text is a mask, as made by [FingerprintKey.Mask]: what stands
// for a secret that is not here. It cannot be sent to anybody.
func IsMask(s string) bool {
	rest, ok := strings.CutSuffix(s, ")")
	if !ok {
		return false
	}
	open := strings.LastIndex(rest, " (")
	if open < 1 || open > longestMaskName || !allIn(rest[:open], nameBytes) {
		return false
	}
	count, print, ok := strings.Cut(rest[open+2:], " chars, #")
	return ok && count != "" && len(count) <= 10 && allIn(count, "0123456789") && len(print) == 8 && allIn(print, "0123456789abcdef")
}

const nameBytes = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.- "

func allIn(s, set string) bool { return strings.Trim(s, set) == "" }

// Secret is a value that must not be seen: a client secret, a code, a verifier, a
// token. Every way of printing it (fmt, encoding/json, log/slog) prints its mask. The
// zero Secret is "no secret".
type Secret struct {
	raw, mask string
}

// NewSecret wraps raw; name is the protocol's word for it, such as "client_secret".
// An empty raw gives the zero Secret. A raw value that is itself a mask, as in a run
// that was stored after redaction, keeps its length and fingerprint, so that they stay
// comparable.
func NewSecret(key FingerprintKey, name, raw string) Secret {
	if raw == "" {
		return Secret{}
	}
	if IsMask(raw) {
		return Secret{raw: raw, mask: name + raw[strings.LastIndex(raw, " ("):]}
	}
	return Secret{raw: raw, mask: key.Mask(name, raw)}
}

// RevealSecret returns the raw value. It is named so that a search finds every
// place where a secret leaves its type.
func (s Secret) RevealSecret() string { return s.raw }

// IsZero tells that there is no secret.
func (s Secret) IsZero() bool { return s.raw == "" }

// String returns the mask, or the empty string for the zero Secret.
func (s Secret) String() string { return s.mask }

// Fingerprint returns the fingerprint in the mask, such as "#1a2b3c4d"; empty for the
// zero Secret.
func (s Secret) Fingerprint() string {
	if i := strings.LastIndexByte(s.mask, '#'); i >= 0 {
		return strings.TrimSuffix(s.mask[i:], ")")
	}
	return ""
}

// Format prints the mask whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, s.mask) }

// MarshalText returns the mask: no encoder of the standard library writes the raw value.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.mask), nil }

// LogValue logs the mask.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.mask) }
