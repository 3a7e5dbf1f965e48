package diagnose

import (
	"strings"
	"testing"

	"oauthlens/flows"
)

// TestARefreshSecondsAfterAnotherIsNoRaceByItself: the earlier one must have been under way
// still, or have replaced the token; and a token that was revoked here was refused for that.
func TestARefreshSecondsAfterAnotherIsNoRaceByItself(t *testing.T) {
	const flow, day = loginScene + exchangeScene, "+24h\n"
	const revoke = "> POST https://id.blue.test/oauth2/revoke\nContent-Type: application/x-www-form-urlencoded\n| token=rt-1-R2FyZGVu&client_id=web-7&client_secret=s3cr3t-Value-91kq\n< 200\n"
	kept := edit(refreshScene, `"refresh_token":"rt-2-TmV4dA",`, "")
	refusal := refuse(refreshScene, refusedGrant400)
	for _, row := range []struct{ name, scene, want string }{
		{"replaced", refreshScene + "+1s\n" + refusal, "refresh-race"},
		{"kept", kept + "+1s\n" + refusal, "invalid-grant-unexplained"},
		{"kept, then revoked", kept + "+1s\n" + revoke + "+1s\n" + refusal, "refresh-token-expired"},
		{"revoked without a refresh before", revoke + "+1h\n" + refusal, "refresh-token-expired"},
	} {
		var failed []string
		for _, f := range findingsOf(t, flow+day+row.scene) {
			if f.Severity == flows.SeverityError {
				failed = append(failed, f.Code)
			}
		}
		if got := strings.Join(failed, " "); got != row.want {
			t.Errorf("%s: %s, want %s", row.name, got, row.want)
		}
	}
}
