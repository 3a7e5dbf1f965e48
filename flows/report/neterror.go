package report

import "oauthlens/flows"

// netErrors are the names under which Chrome and the tools that read its recordings know
// a failed call, by its kind and reason. A recording without them would say that a call
// failed, but not how: readers go by these names, not by sentences.
var netErrors = [...]struct {
	kind         flows.ErrorKind
	reason, name string
}{
	{flows.ErrorDNS, "", "ERR_NAME_NOT_RESOLVED"},
	{flows.ErrorDNS, "server-failure", "ERR_DNS_SERVER_FAILED"},
	{flows.ErrorConnect, "", "ERR_CONNECTION_FAILED"},
	{flows.ErrorConnect, "forbidden", "ERR_NETWORK_ACCESS_DENIED"},
	{flows.ErrorConnect, "refused", "ERR_CONNECTION_REFUSED"},
	{flows.ErrorConnect, "unreachable", "ERR_ADDRESS_UNREACHABLE"},
	{flows.ErrorTLS, "", "ERR_SSL_PROTOCOL_ERROR"},
	{flows.ErrorTLS, "expired", "ERR_CERT_DATE_INVALID"},
	{flows.ErrorTLS, "wrong-name", "ERR_CERT_COMMON_NAME_INVALID"},
	{flows.ErrorTLS, "unknown-authority", "ERR_CERT_AUTHORITY_INVALID"},
	{flows.ErrorTLS, "revoked", "ERR_CERT_REVOKED"},
	{flows.ErrorTLS, "certificate-required", "ERR_BAD_SSL_CLIENT_AUTH_CERT"},
	{flows.ErrorTLS, "self-signed", "SELF_SIGNED_CERT"},
	{flows.ErrorTLS, "not-yet-valid", "CERT_NOT_YET_VALID"},
	{flows.ErrorTLS, "plain-http", "WRONG_VERSION_NUMBER"},
	{flows.ErrorProxy, "", "ERR_TUNNEL_CONNECTION_FAILED"},
	{flows.ErrorProxy, "proxy-auth", "ERR_PROXY_AUTH_REQUESTED"},
	{flows.ErrorTimeout, "", "ERR_TIMED_OUT"},
	{flows.ErrorReset, "", "ERR_CONNECTION_RESET"},
	{flows.ErrorReset, "empty-answer", "ERR_EMPTY_RESPONSE"},
	{flows.ErrorReset, "truncated", "ERR_CONTENT_LENGTH_MISMATCH"},
	{flows.ErrorReset, "http2", "ERR_HTTP2_PROTOCOL_ERROR"},
	{flows.ErrorReset, "network-changed", "ERR_NETWORK_CHANGED"},
	{flows.ErrorCancelled, "blocked-by-client", "ERR_BLOCKED_BY_CLIENT"},
	{flows.ErrorCancelled, "blocked-by-administrator", "ERR_BLOCKED_BY_ADMINISTRATOR"},
	{flows.ErrorCancelled, "aborted", "ERR_ABORTED"},
	{flows.ErrorCancelled, "failed", "ERR_FAILED"},
	{flows.ErrorCancelled, "blocked-by-response", "ERR_BLOCKED_BY_RESPONSE"},
	{flows.ErrorCancelled, "blocked-by-csp", "ERR_BLOCKED_BY_CSP"},
}

// netError is the name of a transport error; empty for what has none.
func netError(e flows.TransportError) string {
	general := ""
	for _, known := range netErrors {
		switch {
		case known.kind != e.Kind:
		case known.reason == e.Reason:
			return "net::" + known.name + ": "
		case known.reason == "":
			general = "net::" + known.name + ": "
		}
	}
	return general
}
