package diagnose

import (
	"testing"

	"oauthlens/flows"
)

// TestPageHints: what an application's error page says when its own requests are not
// recorded.
func TestPageHints(t *testing.T) {
	tests := []struct{ page, want string }{
		{"Login failed: failed to verify signature", "signature-invalid"},
		{"oidc: id token issued by a different provider, expected &quot;https://id.blue.test&quot; got &quot;https://id.blue.test/&quot;", "issuer-trailing-slash"},
		{"unexpected iss claim, expected https://id.blue.test/a got https://id.blue.test/b", "issuer-mismatch"},
		{"JWT audience does not match", "id-token-other-client"},
		{"no key found for kid legacy-2019", "signing-key-unknown"},
		{"nonce mismatch", "nonce-mismatch"},
		{"request failed: getaddrinfo ENOTFOUND id.bleu.test", "dns-failure"},
		{"connect ECONNREFUSED 10.0.0.7:443", "server-unreachable"},
		{"unable to verify the first certificate", "tls-untrusted"},
		{"certificate has expired", "tls-expired"},
		{"Token exchange failed: invalid_client", "client-credentials-rejected"},
		{"Token exchange failed: invalid_grant", "invalid-grant-unexplained"},
		{"The authorization code has already been used", "code-reused"},
		{"redirect_uri did not match", "redirect-uri-changed"},
		{"Something is broken", "callback-not-handled"},
	}
	for _, x := range tests {
		got := findingsOf(t, refusedCallback("500", x.page))
		if len(got) == 0 || got[0].Code != x.want || got[0].Confidence == flows.Certain {
			t.Errorf("%q: got %s, want %s", x.page, codes(got), x.want)
		}
		// where the exchange is recorded, the page's words count for nothing against it
		got = findingsOf(t, refusedCallback("500", x.page)+refuse(edit(exchangeScene, "app.red.test%2Fcb", "app.red.test%2Fcb%2F"), refusedGrant400))
		if len(got) == 0 || got[0].Code != "redirect-uri-changed" {
			t.Errorf("%q with its exchange: got %s", x.page, codes(got))
		}
	}
}

// TestPagesOfTheApplication: states that only the application can judge.
func TestPagesOfTheApplication(t *testing.T) {
	const url = "> GET https://app.red.test/cb?code=c0de.Xy7&state=Zk3fQ1hT7vLw9sXr2mNp\n< 400\nContent-Type: text/html\n| <h1>"
	for text, want := range map[string]string{"state does not match": "state-mismatch", "your session was not found": "session-cookie-lost"} {
		if got := findingsOf(t, url+text+"</h1>\n"); len(got) == 0 || got[0].Code != want {
			t.Errorf("%q: got %s, want %s", text, codes(got), want)
		}
	}
}
