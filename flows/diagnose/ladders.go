package diagnose

// grantLadder is the order in which the causes of invalid_grant are tried.
const grantLadder words = `connection-reset server-unreachable
	auth-autodetect-burned-code code-reused refresh-race refresh-token-reused refresh-answer-lost
	token-endpoint-wrong environment-mixed
	redirect-uri-changed
	client-id-changed
	code-plus-lost form-body-not-encoded code-altered
	pkce-challenge-invalid pkce-half-sent pkce-verifier-mismatch
	refresh-token-empty wrong-token-kind
	code-expired refresh-testing-mode consent-expired access-denied-by-policy
	refresh-token-expired
	client-unknown
	invalid-grant-unexplained`

// clientLadder is the order in which the causes of invalid_client are tried.
const clientLadder words = `auth-autodetect-burned-code credential-placeholder credential-whitespace doc-sample-host environment-mixed secret-double-encoded
	form-body-not-encoded basic-header-wrong clock-skew time-zone-wrong client-assertion-invalid client-type-mismatch
	client-auth-method-wrong client-certificate-required
	secret-id-not-value client-secret-expired client-unknown
	client-id-changed token-endpoint-wrong redirect-uri-changed
	client-credentials-rejected`

// told are the codes that rest on what a server says. A proof from recorded values goes
// before them where no ladder decides.
const told words = `redirect-uri-not-registered scope-not-allowed grant-not-enabled user-denied access-denied-by-policy client-unknown client-secret-expired
	insufficient-scope audience-wrong client-type-mismatch prompt-none-failed pkce-required refresh-token-expired consent-expired`

// earlierSend are the causes that make every comparison of the later request moot.
const earlierSend words = "auth-autodetect-burned-code code-reused refresh-race refresh-token-reused refresh-answer-lost"

// families are causes of which only one can be true of one request.
var families = pairs{
	{"pkce-challenge-invalid", "pkce"}, {"pkce-half-sent", "pkce"}, {"pkce-verifier-mismatch", "pkce"}, {"pkce-required", "pkce"}, {"pkce-rejected", "pkce"},
	{"code-plus-lost", "code"}, {"code-altered", "code"}, {"form-body-not-encoded", "code"},
	{"state-altered", "state"}, {"state-absent", "state"}, {"state-mismatch", "state"}, {"session-cookie-lost", "state"},
	{"environment-mixed", "client"}, {"client-id-changed", "client"}, {"client-unknown", "client"},
}

// companions may be reported beside a better cause of the same failure when they are
// certain: each is a fault of its own, which stays after the other is corrected.
const companions words = `redirect-uri-changed client-id-changed code-altered code-plus-lost pkce-challenge-invalid pkce-half-sent pkce-verifier-mismatch
	credential-whitespace credential-placeholder secret-double-encoded environment-mixed client-assertion-invalid grant-type-invalid parameter-repeated
	signature-invalid nonce-mismatch token-hash-mismatch id-token-other-client issuer-mismatch issuer-trailing-slash redirect-uri-unacceptable
	dpop-proof-refused callback-iss-wrong form-body-not-encoded`

// lowest are the codes of the layers below HTTP semantics: they win over everything.
const lowest words = `dns-failure server-unreachable connection-reset tls-untrusted tls-expired tls-name-mismatch tls-handshake-failed proxy-auth-required
	blocked-by-bot-protection captive-portal blocked-by-extension callback-not-reached cors-blocked client-certificate-required doc-sample-host authorize-in-iframe refresh-answer-lost`

// covered: what is not worth saying beside something stronger in the same thread.
var covered = lists{
	{"callback-never-came", []string{"*error"}},
	{"state-missing-or-weak", []string{"url-cut-by-shell"}},
	{"token-redirected", []string{"insecure-endpoint", "captive-portal"}},
	{"clock-skew", []string{"time-zone-wrong"}},
	{"insufficient-scope", []string{"scope-narrowed"}},
	{"issuer-mismatch", []string{"environment-mixed", "issuer-trailing-slash", "issuer-tenant-template", "issuer-behind-proxy"}},
	{"issuer-trailing-slash", []string{"issuer-behind-proxy"}},
	{"id-token-missing", []string{"scope-narrowed"}},
	{"expiry-misleading", []string{"jwt-malformed"}},
	{"signature-invalid", []string{"jwt-header-unacceptable", "signing-key-unknown"}},
	{"signing-key-unknown", []string{"environment-mixed", "issuer-mismatch", "jwt-header-unacceptable"}},
	{"introspection-inactive", []string{"environment-mixed", "access-token-expired"}},
	{"no-refresh-token", []string{"refresh-token-empty"}},
	{"insecure-endpoint", []string{"tls-handshake-failed"}},
	{"authorize-double-encoded", []string{"redirect-uri-unacceptable"}},
	{"id-token-other-client", []string{"environment-mixed"}},
	{"token-hash-mismatch", []string{"jwt-header-unacceptable"}},
	{"wrong-user-session", []string{"userinfo-subject-mismatch"}},
	{"redirect-uri-unacceptable", []string{"authorize-double-encoded"}},
}
