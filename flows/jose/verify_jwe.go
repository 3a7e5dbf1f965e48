package jose

import (
	"slices"
	"strings"
)

// The algorithms of RFC 7518 sections 4.1 and 5.1, and those that were registered later.
var (
	keyManagement = strings.Fields("RSA1_5 RSA-OAEP RSA-OAEP-256 RSA-OAEP-384 RSA-OAEP-512 A128KW A192KW A256KW dir ECDH-ES ECDH-ES+A128KW ECDH-ES+A192KW ECDH-ES+A256KW " +
		"A128GCMKW A192GCMKW A256GCMKW PBES2-HS256+A128KW PBES2-HS384+A192KW PBES2-HS512+A256KW")
	encryption = strings.Fields("A128CBC-HS256 A192CBC-HS384 A256CBC-HS512 A128GCM A192GCM A256GCM")
)

// verifyJWE judges what can be seen of an encrypted token from outside (RFC 7516 section
// 5.2): its parts and its header. It is not opened, so that nothing is decrypted, no
// password is stretched and nothing is inflated.
func verifyJWE(jwt JWT, expect Expect) []Verdict {
	v := verifier{jwt: jwt, expect: expect}
	v.jwt.Problems = append(jwt.Problems[:len(jwt.Problems):len(jwt.Problems)], partsOfJWE(jwt.Parts)...)
	v.form()
	if v.verdicts[0].Result == Passed {
		v.verdicts = nil // what it says is about a signed token
	}
	fail := func(field, spec, why string) { v.add(Failed, CheckAlgorithm, field, CodeHeader, spec, why) }
	switch {
	case jwt.Alg == "" || strings.EqualFold(jwt.Alg, "none"):
		fail("alg", "RFC 7516 section 4.1.1", "The header of the encrypted token does not say how its key is encrypted.")
	case !slices.Contains(keyManagement, jwt.Alg):
		fail("alg", "RFC 7518 section 4.1", "The header says \"alg\": "+shown(jwt.Alg)+", which is no registered way to encrypt a key.")
	}
	if !slices.Contains(encryption, jwt.Enc) {
		fail("enc", "RFC 7518 section 5.1", "The header says \"enc\": "+shown(jwt.Enc)+", which is no registered way to encrypt content.")
	}
	v.critical(jwt.HeaderDoc.Root)
	why := "The token is encrypted (JWE): only its audience can open it and see the claims."
	if jwt.HeaderDoc.Root.Member("zip") != nil {
		why += " What is in it is compressed (zip); it was not inflated."
	}
	v.add(Skipped, CheckSignature, "", "", "RFC 7516 section 5.2", why)
	return v.verdicts
}

// partsOfJWE reports parts that are not base64url, or empty where they cannot be: only the
// encrypted key may (RFC 7516 section 7.1).
func partsOfJWE(parts []string) []Problem {
	var out []Problem
	for i, name := range [...]string{"", "encrypted key", "initialization vector", "ciphertext", "authentication tag"} {
		if i == 0 || i >= len(parts) {
			continue
		}
		if parts[i] == "" && i > 1 {
			out = append(out, Problem{Code: "jwe-part-empty", Where: "token", Malformed: true, Spec: "RFC 7516 section 7.1", Text: "The " + name + " is empty, so nothing can be decrypted."})
			continue
		}
		_, problems := decodePart(name, parts[i])
		out = append(out, problems...)
	}
	return out
}
