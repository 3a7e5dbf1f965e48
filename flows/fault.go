package flows

// Fault is something made to go wrong on purpose, to learn and to demonstrate. Its two
// halves: what the simulator does (package simulator knows it by name) and what this
// client is made to do, which the trace shows, so that the diagnosis reads evidence and
// never the name of the fault.
type Fault struct {
	Name    string
	What    string // one sentence for the person who picks it
	Finding string // the code that the diagnosis must come to
	Client  bool   // there is a client half; the session carries it out
	Server  bool   // there is a simulator half
	Needs   Grant  // only with this grant; empty: any
	Waits   bool   // the client lets simulated time pass before it sends
}

// Faults is the table, in the order in which a flow meets them.
var faults = []Fault{
	{Name: "denied", What: "the user presses cancel on the consent page", Finding: "user-denied", Server: true, Needs: GrantAuthorizationCode},
	{Name: "wrong-state", What: "the callback carries the state of another flow", Finding: "state-mismatch", Server: true, Needs: GrantAuthorizationCode},
	{Name: "expired-code", What: "the code is exchanged after its life is over", Finding: "code-expired", Client: true, Needs: GrantAuthorizationCode, Waits: true},
	{Name: "reused-code", What: "the code is sent a second time", Finding: "code-reused", Client: true, Needs: GrantAuthorizationCode},
	{Name: "redirect-mismatch", What: "the exchange carries another redirect URI", Finding: "redirect-uri-changed", Client: true, Needs: GrantAuthorizationCode},
	{Name: "wrong-verifier", What: "the exchange carries the PKCE verifier of another flow", Finding: "pkce-verifier-mismatch", Client: true, Needs: GrantAuthorizationCode},
	{Name: "invalid-client", What: "the client sends a wrong secret", Finding: "client-credentials-rejected", Client: true},
	{Name: "error-under-200", What: "the token endpoint reports its failure with status 200", Finding: "dialect-error-in-200", Server: true},
	{Name: "html-502", What: "a gateway's page comes instead of the token answer", Finding: "provider-error", Server: true},
	{Name: "slow", What: "the answer takes longer than the timeout", Finding: "server-unreachable", Server: true},
	{Name: "truncated", What: "the token answer is cut short", Finding: "token-response-damaged", Server: true},
	{Name: "rotated-refresh-reused", What: "a second refresh uses the token that the first one replaced", Finding: "refresh-token-reused", Client: true, Server: true, Needs: GrantAuthorizationCode, Waits: true},
	{Name: "clock-skew", What: "the server's clock is ten minutes off", Finding: "clock-skew", Server: true},
	{Name: "missing-refresh-token", What: "offline access is not asked for", Finding: "no-refresh-token", Client: true, Needs: GrantAuthorizationCode},
	{Name: "narrowed-scope", What: "fewer scopes are granted than were asked for", Finding: "scope-narrowed", Server: true},
}

// Faults returns the table of faults.
func Faults() []Fault { return append([]Fault(nil), faults...) }

// FaultByName finds a fault.
func FaultByName(name string) (Fault, bool) {
	for _, f := range faults {
		if f.Name == name {
			return f, true
		}
	}
	return Fault{}, false
}
