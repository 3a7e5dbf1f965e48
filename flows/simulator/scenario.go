package simulator

import (
	"time"

	"oauthlens/flows"
)

// Scenario is what is different from the profile's good day. The zero Scenario is that day.
type Scenario struct {
	// Fault is the name of a fault of [flows.Faults]; the simulator plays the server's half
	// of it. Faults that live in the client alone change nothing here.
	Fault string
	// CodeInBody: the authorization endpoint answers 200 with the code in the body
	// instead of redirecting, where the profile says that the provider is so documented.
	CodeInBody bool
	// RawCode puts the code into the callback URL without percent-encoding it, as some
	// servers do: a '+' in it is then lost by every correct decoder.
	RawCode bool
	// ClockOffset is added to the clock: Date, iat, exp and the server's own time member.
	ClockOffset time.Duration
	// Lifetimes override the profile's where they are not zero.
	Lifetimes flows.Lifetimes
	// Rotation overrides the profile's rule if not empty. Whatever the rule, a replaced
	// refresh token that comes back ends its family (RFC 9700 section 4.14.2).
	Rotation flows.Rotation
	// OmitIssuer leaves iss out of the callback (RFC 9207) and out of the metadata's promise.
	OmitIssuer bool
	// Planted are names of [Plants] that make the environment PlantedIn differ.
	Planted []string
	// PlantedIn is the environment that differs; empty: production.
	PlantedIn string
	// Delay is how long the fault slow holds an answer back; zero: ten minutes. It ends
	// early when the client goes away.
	Delay time.Duration
}

// Names of the faults of flows.Faults that have a server's half.
const (
	faultDenied        = "denied"
	faultWrongState    = "wrong-state"
	faultErrorUnder200 = "error-under-200"
	faultHTML502       = "html-502"
	faultSlow          = "slow"
	faultTruncated     = "truncated"
	faultRotatedReused = "rotated-refresh-reused"
	faultClockSkew     = "clock-skew"
	faultNarrowedScope = "narrowed-scope"
)

// skew is how far ahead the clock is under the fault clock-skew.
const skew = 10 * time.Minute

func (sc Scenario) clockOffset() time.Duration {
	if sc.Fault == faultClockSkew {
		return sc.ClockOffset + skew
	}
	return sc.ClockOffset
}

func (sc Scenario) delay() time.Duration {
	if sc.Delay > 0 {
		return sc.Delay
	}
	return 10 * time.Minute
}

// Names of the scenarios that are no fault of anybody: documented or common behaviour
// that a client has to cope with.
const (
	scenarioCodeInBody = "code-in-body"
	scenarioRawCode    = "raw-code"
	scenarioPlanted    = "planted"
)

// Named returns the scenario of that name: a fault of flows.Faults, or one of
// [Scenarios]. The empty name is the good day.
func Named(name string) (Scenario, bool) {
	switch name {
	case "":
		return Scenario{}, true
	case scenarioCodeInBody:
		return Scenario{CodeInBody: true}, true
	case scenarioRawCode:
		return Scenario{RawCode: true}, true
	case scenarioPlanted:
		return Scenario{Planted: AllPlants()}, true
	}
	_, ok := flows.FaultByName(name)
	return Scenario{Fault: name}, ok
}

// Scenarios lists what [Named] knows beside the faults.
func Scenarios() []Plant {
	return []Plant{
		{scenarioCodeInBody, "the authorization endpoint answers 200 with the code in the body, where the provider is so documented"},
		{scenarioRawCode, "the code stands in the callback URL without percent-encoding, so that a plus in it is lost"},
		{scenarioPlanted, "production differs from the sandbox in every way that can be planted"},
	}
}

// Plant is one difference between two environments that can be planted, for the
// comparison to find.
type Plant struct {
	Name string
	What string // one sentence
}

// Names of the plants.
const (
	plantScope          = "scope-missing"
	plantAlgorithm      = "other-algorithm"
	plantShortLife      = "shorter-life"
	plantNoRefresh      = "no-refresh-token"
	plantMemberGone     = "member-gone"
	plantMemberType     = "member-type"
	plantPKCE           = "pkce-not-enforced"
	plantError          = "other-error"
	plantCache          = "cache-headers"
	plantSecurity       = "security-headers"
	plantClaim          = "claim-missing"
	plantAudience       = "other-audience"
	plantNoIssuer       = "iss-missing"
	plantNoRevocation   = "no-revocation"
	plantRotation       = "other-rotation"
	plantTokenType      = "token-type-spelling"
	plantChallengeBasic = "other-auth-methods"
	plantErrorBody      = "error-body"
	plantCallback       = "callback-parameter"
	plantSlowAPI        = "slow-api"
)

// Plants returns every difference that can be planted.
func Plants() []Plant {
	return []Plant{
		{plantScope, "the last scope asked for is not granted, and not in the metadata"},
		{plantAlgorithm, "tokens are signed with ES256 (or RS256 where ES256 is usual)"},
		{plantShortLife, "access tokens live a quarter as long"},
		{plantNoRefresh, "no refresh token is issued"},
		{plantMemberGone, "the token answer has no scope member"},
		{plantMemberType, "the lifetime in the token answer is a string"},
		{plantPKCE, "the code verifier is not compared, and the metadata lists no PKCE method"},
		{plantError, "invalid_grant is reported as invalid_request, invalid_client with another status"},
		{plantCache, "token answers may be cached"},
		{plantSecurity, "answers have no X-Content-Type-Options, and the consent page no content security policy"},
		{plantClaim, "access tokens have no jti and no client_id claim"},
		{plantAudience, "access tokens have another audience"},
		{plantNoIssuer, "the callback has no iss"},
		{plantNoRevocation, "the metadata lists no revocation endpoint"},
		{plantRotation, "a refresh replaces the refresh token, or does not, the other way round"},
		{plantTokenType, "token_type is spelt with the other case"},
		{plantChallengeBasic, "the metadata lists HTTP Basic as the only client authentication"},
		{plantErrorBody, "error answers have no description"},
		{plantCallback, "the callback has a session_state"},
		{plantSlowAPI, "the API takes more than a second to answer"},
	}
}

// AllPlants returns the names of all plants, for [Scenario.Planted].
func AllPlants() []string {
	var names []string
	for _, p := range Plants() {
		names = append(names, p.Name)
	}
	return names
}

// plantedIn tells whether a plant is set for the environment.
func (sc Scenario) plantedIn(env, plant string) bool {
	in := sc.PlantedIn
	if in == "" {
		in = flows.EnvProduction
	}
	if in != env {
		return false
	}
	for _, p := range sc.Planted {
		if p == plant {
			return true
		}
	}
	return false
}
