package report

import "oauthlens/flows"

// netErrors are the names under which Chrome and the tools that read its recordings know
// a failed call, by its kind and reason. A recording without them would say that a call
// failed, but not how: readers go by these names, not by sentences.
var netErrors = map[flows.ErrorKind]map[string]string{
	flows.ErrorDNS:     {"": "ERR_NAME_NOT_RESOLVED", "server-failure": "ERR_DNS_SERVER_FAILED"},
	flows.ErrorConnect: {"": "ERR_CONNECTION_FAILED", "forbidden": "ERR_NETWORK_ACCESS_DENIED", "refused": "ERR_CONNECTION_REFUSED", "unreachable": "ERR_ADDRESS_UNREACHABLE"},
	flows.ErrorTLS: {"": "ERR_SSL_PROTOCOL_ERROR", "expired": "ERR_CERT_DATE_INVALID", "wrong-name": "ERR_CERT_COMMON_NAME_INVALID",
		"unknown-authority": "ERR_CERT_AUTHORITY_INVALID", "revoked": "ERR_CERT_REVOKED", "certificate-required": "ERR_BAD_SSL_CLIENT_AUTH_CERT",
		"self-signed": "SELF_SIGNED_CERT", "not-yet-valid": "CERT_NOT_YET_VALID", "plain-http": "WRONG_VERSION_NUMBER"},
	flows.ErrorProxy:   {"": "ERR_TUNNEL_CONNECTION_FAILED", "proxy-auth": "ERR_PROXY_AUTH_REQUESTED"},
	flows.ErrorTimeout: {"": "ERR_TIMED_OUT"},
	flows.ErrorReset:   {"": "ERR_CONNECTION_RESET", "empty-answer": "ERR_EMPTY_RESPONSE", "truncated": "ERR_CONTENT_LENGTH_MISMATCH", "http2": "ERR_HTTP2_PROTOCOL_ERROR", "network-changed": "ERR_NETWORK_CHANGED"},
	flows.ErrorCancelled: {"blocked-by-client": "ERR_BLOCKED_BY_CLIENT", "blocked-by-administrator": "ERR_BLOCKED_BY_ADMINISTRATOR",
		"aborted": "ERR_ABORTED", "failed": "ERR_FAILED", "blocked-by-response": "ERR_BLOCKED_BY_RESPONSE", "blocked-by-csp": "ERR_BLOCKED_BY_CSP"},
}

// netError is the name of a transport error; empty for what has none.
func netError(e flows.TransportError) string {
	names := netErrors[e.Kind]
	if name := names[e.Reason]; name != "" {
		return "net::" + name + ": "
	}
	if name := names[""]; name != "" {
		return "net::" + name + ": "
	}
	return ""
}
