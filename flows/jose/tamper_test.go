package jose

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// Every single character of a token matters: whichever is replaced, the token is not
// verified any more. (The last character of a part may have bits that mean nothing; a
// change of those alone leaves the same signature.)
func TestEveryCharacterMatters(t *testing.T) {
	k := makeKeys()
	keys := k.publicSet(t)
	for _, alg := range []string{"ES256", "EdDSA"} {
		token := sign(t, alg, k.forAlg(alg), object{"alg": alg, "kid": kidOf(alg)}, idClaims(nil))
		signature := strings.LastIndexByte(token, '.') + 1
		for i := range token {
			if token[i] == '.' {
				continue
			}
			at := strings.IndexByte(alphabet, token[i])
			changed := token[:i] + string(alphabet[(at+17)%len(alphabet)]) + token[i+1:]
			if i >= signature && sameBytes(changed[signature:], token[signature:]) {
				continue
			}
			j, err := Decode(changed)
			if err == nil && SignatureStatus(Verify(j, keys, Expect{})) == "verified" {
				t.Fatalf("%s: verified with another character at %d of %d", alg, i, len(token))
			}
		}
	}
}

func sameBytes(a, b string) bool {
	x, errA := base64.RawURLEncoding.DecodeString(a)
	y, errB := base64.RawURLEncoding.DecodeString(b)
	return errA == nil && errB == nil && string(x) == string(y)
}

// Whatever the claims are, what was signed is what is read, however it was copied.
func TestWhatWasSignedIsRead(t *testing.T) {
	k := makeKeys()
	keys := k.publicSet(t)
	rapid.Check(t, func(r *rapid.T) {
		claims := rapid.MapOf(rapid.StringN(1, 20, 80), rapid.OneOf(
			rapid.String().AsAny(), rapid.Float64Range(-1e12, 1e12).AsAny(), rapid.Bool().AsAny(), rapid.SliceOf(rapid.String()).AsAny(),
		)).Draw(r, "claims")
		token := sign(t, "EdDSA", k.ed, object{"alg": "EdDSA", "kid": "ed"}, claims)
		cut := rapid.IntRange(1, len(token)-1).Draw(r, "cut")
		copied := rapid.SampledFrom([]string{
			token, "Bearer " + token, `"` + token + `"`, token[:cut] + "\n" + token[cut:], "  " + token + "\r\n", token[:cut] + "\\\n  " + token[cut:], token + "\n" + token,
		}).Draw(r, "copied")
		j, err := Decode(copied)
		if err != nil {
			r.Fatal(err)
		}
		if got := SignatureStatus(Verify(j, keys, Expect{})); got != "verified" {
			r.Fatalf("status %s", got)
		}
		want, _ := json.Marshal(claims)
		if string(j.ClaimsJSON()) != string(want) {
			r.Fatalf("claims changed on the way")
		}
	})
}

// A duplicated header member must not open a way around the check of the algorithm.
func TestDuplicateAlgorithm(t *testing.T) {
	k := makeKeys()
	payload := b64([]byte(`{"sub":"x"}`))
	for _, header := range []string{`{"alg":"none","alg":"EdDSA","kid":"ed"}`, `{"alg":"EdDSA","alg":"none","kid":"ed"}`} {
		forged := b64([]byte(header)) + "." + payload + "."
		signed := signText(t, "EdDSA", k.ed, b64([]byte(header))+"."+payload)
		for _, token := range []string{forged, signed} {
			v := Verify(mustDecode(t, token), k.publicSet(t), Expect{})
			if result(v, CheckForm) != Failed {
				t.Errorf("%s: the duplicate is not refused: %+v", header, v)
			}
			if token == forged && SignatureStatus(v) == "verified" {
				t.Errorf("%s: verified without a signature", header)
			}
		}
	}
}
