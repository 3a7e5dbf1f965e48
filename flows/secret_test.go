package flows_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"oauthlens/flows"
)

func TestSecretPrintsItsMask(t *testing.T) {
	s := flows.NewSecret(codecKey, "client_secret", "hünter2")
	mask := "client_secret (7 chars, " + codecKey.Fingerprint("hünter2") + ")"
	encoded, err := json.Marshal(map[string]any{"s": s, "p": &s})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"v": fmt.Sprintf("%v", s), "+v": fmt.Sprintf("%+v", struct{ S flows.Secret }{s}), "#v": fmt.Sprintf("%#v", s),
		"d": fmt.Sprintf("%d", s), "x": fmt.Sprintf("%x", s), "String": s.String(), "json": string(encoded), "log": s.LogValue().String()} {
		if strings.Contains(text, "nter2") || !strings.Contains(text, mask) {
			t.Errorf("%s prints %q", name, text)
		}
	}
	if s.Fingerprint() != codecKey.Fingerprint("hünter2") || s.RevealSecret() != "hünter2" {
		t.Errorf("fingerprint %s", s.Fingerprint())
	}
	if zero := flows.NewSecret(codecKey, "code", ""); !zero.IsZero() || zero.String() != "" || zero.Fingerprint() != "" {
		t.Errorf("the zero secret prints %q", zero)
	}
}

func TestMaskStaysAMask(t *testing.T) {
	mask := codecKey.Mask("access_token", "abc")
	again := flows.NewSecret(flows.FingerprintKey{9}, "refresh_token", mask)
	if again.String() != "refresh_token"+strings.TrimPrefix(mask, "access_token") || again.Fingerprint() != codecKey.Fingerprint("abc") {
		t.Errorf("a mask was masked: %s", again)
	}
	for _, s := range []string{"", "abc", mask + " ", " (3 chars, #00000000)", "x (3 chars, #0000000g)", "x (three chars, #00000000)", "x\n (3 chars, #00000000)", strings.Repeat("x", 65) + " (3 chars, #00000000)"} {
		if flows.IsMask(s) {
			t.Errorf("%q is taken for a mask", s)
		}
	}
}
