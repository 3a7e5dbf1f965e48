package flows

import "time"

// TokenFormat tells how an access token can be read.
type TokenFormat string

// The formats. A JWE is a JWT that only its audience can open.
const (
	FormatJWT    TokenFormat = "jwt"
	FormatOpaque TokenFormat = "opaque"
	FormatJWE    TokenFormat = "jwe"
)

// Token is a token response (RFC 6749 section 5.1), normalised. Sources says for each
// field which raw path it came from.
type Token struct {
	AccessToken  Secret
	Format       TokenFormat
	TokenType    string
	RefreshToken Secret
	IDToken      Secret
	// ExpiresIn is the lifetime as understood; HasExpiry tells that there was one.
	ExpiresIn time.Duration
	HasExpiry bool
	// ExpiresAt is the earlier of receipt + ExpiresIn and the token's own exp, on the
	// local clock: ServerAhead is taken from exp. Zero if unknown.
	ExpiresAt time.Time
	// TokenExp is the exp claim of a JWT access token, as it stands there. Zero if there is none.
	TokenExp time.Time
	// ServerAhead is by how much the clock of the server that issued the token was ahead of
	// the local one (negative: behind), beyond what the transfer explains. Zero: they agree, or
	// nobody knows; see protocol.ServerAhead.
	ServerAhead time.Duration
	// RefreshAt is when to refresh: see protocol.RefreshMargin. Zero if unknown.
	RefreshAt        time.Time
	RefreshExpiresAt time.Time
	Scope            []string // as granted; nil if the answer has no scope
	HasScope         bool
	RequestedScope   []string
	ReceivedAt       time.Time
	Sources          map[string]string // field name of the JSON document -> raw path, such as "$.data.access_token"
	Deviations       []Deviation
	// RefreshTokenKept: the refresh token is the earlier one, the answer had none.
	RefreshTokenKept bool
}

// Deviation is a difference from a specification, or from the profile, that was
// tolerated and is shown.
type Deviation struct {
	Code  string // stable, such as "expires_in-string"
	Field string
	Text  string // one sentence
	Spec  string // "RFC 6749 section 5.1"
}

// Severity of a finding.
type Severity string

// The severities, worst first.
const (
	SeverityError   Severity = "error"
	SeverityWarning Severity = "warning"
	SeverityInfo    Severity = "info"
)

// Rank orders severities: 0 is the worst.
func (s Severity) Rank() int {
	switch s {
	case SeverityError:
		return 0
	case SeverityWarning:
		return 1
	}
	return 2
}

// Confidence says how sure a finding is.
type Confidence string

// The confidences: Certain leaves no other reading of the evidence; Possible means
// that several causes are left.
const (
	Certain  Confidence = "certain"
	Likely   Confidence = "likely"
	Possible Confidence = "possible"
)

// Finding is one diagnosis with its evidence. Texts never contain secrets.
type Finding struct {
	Code       string
	Severity   Severity
	Stage      string // where the fault originates: "configure", "authorize", ...
	Step       int    // index into Trace.Steps, -1 for the run as a whole
	Confidence Confidence
	Title      Sentence
	Evidence   []Sentence
	Cause      Sentence
	Fix        Sentence
	Spec       string
	// Candidates are the causes that were weighed, for errors with many causes.
	Candidates []Candidate
	// Marks point at the bytes that prove it.
	Marks []Mark
	// Remedy is set where the fix is a setting of this program.
	Remedy *Remedy
	// Own tells that Title, Cause and Fix are fixed sentences of this program: nothing in
	// them came from a message, so that there is nothing to mask.
	Own bool
}

// Candidate is one possible cause of an error with many, and what the evidence says.
type Candidate struct {
	Code    string
	Verdict string // "confirmed", "ruled out", "open"
	Why     Sentence
	Probe   string // the safe action that would decide an open one; empty if none
}

// Mark points at bytes of a step's message.
type Mark struct {
	Step  int
	Where string // "url", "request header NAME", "request body", "response header NAME", "response body"
	Start int    // byte offsets into that text
	End   int
	Label Sentence
}

// Remedy is a change of settings that mends the cause, and the step to do again.
type Remedy struct {
	Text   string // "send PKCE with method S256"
	Change SettingsChange
	Redo   Action
}
