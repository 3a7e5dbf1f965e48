package jose

// Result of one check.
type Result string

// The results. Skipped means that nothing can be said, with the reason; it is never a
// polite word for passed.
const (
	Passed  Result = "passed"
	Failed  Result = "failed"
	Skipped Result = "skipped"
)

// The checks, in the order in which Verify reports them.
const (
	CheckForm      = "form"
	CheckAlgorithm = "algorithm"
	CheckHeader    = "header"
	CheckType      = "type"
	CheckKey       = "key"
	CheckSignature = "signature"
	CheckIssuer    = "issuer"
	CheckAudience  = "audience"
	CheckParty     = "azp"
	CheckTime      = "time"
	CheckNonce     = "nonce"
	CheckTokenHash = "at_hash"
	CheckCodeHash  = "c_hash"
	CheckStateHash = "s_hash"
)

// Codes of findings that a failed check can carry; the vocabulary is that of the
// diagnosis.
const (
	CodeMalformed      = "jwt-malformed"
	CodeHeader         = "jwt-header-unacceptable"
	CodeSignature      = "signature-invalid"
	CodeKeyUnknown     = "signing-key-unknown"
	CodeIssuer         = "issuer-mismatch"
	CodeIssuerSlash    = "issuer-trailing-slash"
	CodeIssuerTemplate = "issuer-tenant-template"
	CodeOtherClient    = "id-token-other-client"
	CodeAudience       = "audience-wrong"
	CodeExpired        = "access-token-expired"
	CodeClock          = "clock-skew"
	CodeNonce          = "nonce-mismatch"
	CodeHash           = "token-hash-mismatch"
	CodeWrongKind      = "wrong-token-kind"
)

// Verdict is the outcome of one check.
type Verdict struct {
	Check  string
	Result Result
	// Why is one sentence with what was expected and what came. It contains no text of
	// the token beyond the claims that are no secrets.
	Why string
	// Code is the finding that a failed check amounts to; empty otherwise.
	Code string
	// Field is the header member or claim that was looked at, such as "crit" or "exp";
	// empty where it is the token as a whole.
	Field string
	Spec  string
}

// SignatureStatus sums up what is known about the signature: "verified" when it was
// checked with a key of the set; "failed" when it is wrong or must not be accepted
// (alg none, HMAC under a public key, an unknown critical header); "unverified" when
// it could not be checked, for lack of a key above all.
func SignatureStatus(verdicts []Verdict) string {
	status := "unverified"
	for _, v := range verdicts {
		switch {
		case v.Result == Failed && (v.Check == CheckSignature || v.Check == CheckAlgorithm || v.Field == "crit"):
			return "failed"
		case v.Result == Passed && v.Check == CheckSignature:
			status = "verified"
		}
	}
	return status
}
