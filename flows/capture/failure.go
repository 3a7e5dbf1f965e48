package capture

import (
	"strings"

	"oauthlens/flows"
)

// failureSign maps what recorders write about a call without an answer to a failure.
// The first sign contained in the text (without case) wins, so the special stands
// before the general.
type failureSign struct {
	sign   string
	kind   flows.ErrorKind
	stage  string
	reason string
	text   string
}

// failureSigns knows Chrome's net error names, Firefox's NS_ERROR and SEC_ERROR names,
// and the wordings of libc, Python, Go, Node, Java, curl and the common proxies.
var failureSigns = [...]failureSign{
	{"err_blocked_by_client", flows.ErrorCancelled, "send", "blocked-by-client", "an extension of the browser stopped the call"},
	{"err_blocked_by_administrator", flows.ErrorCancelled, "send", "blocked-by-administrator", "a policy of the browser stopped the call"},
	{"err_blocked_by_response", flows.ErrorCancelled, "receive", "blocked-by-response", "the browser refused to show the answer where it was asked for"},
	{"err_blocked_by_orb", flows.ErrorCancelled, "receive", "blocked-by-response", "the browser withheld the answer from the page"},
	{"err_blocked_by_csp", flows.ErrorCancelled, "send", "blocked-by-csp", "the page's Content-Security-Policy forbade the call"},
	{"err_blocked_by_private_network", flows.ErrorCancelled, "send", "blocked", "the browser forbade a public page to call a private address"},
	{"err_blocked", flows.ErrorCancelled, "send", "blocked", "the browser blocked the call"},
	{"blocked:mixed-content", flows.ErrorCancelled, "send", "mixed-content", "an https page may not call http"},
	{"mixed content", flows.ErrorCancelled, "send", "mixed-content", "an https page may not call http"},
	{"ns_error_content_blocked", flows.ErrorCancelled, "send", "blocked-by-client", "an extension or tracking protection stopped the call"},
	{"ns_error_tracking_uri", flows.ErrorCancelled, "send", "blocked-by-client", "tracking protection stopped the call"},
	{"ns_error_dom_bad_uri", flows.ErrorCancelled, "receive", "cors", "the browser withheld the answer from a page of another origin"},
	{"ns_error_xfo_violation", flows.ErrorCancelled, "receive", "blocked-by-response", "the page forbids being framed"},
	{"ns_error_csp_frame_ancestor", flows.ErrorCancelled, "receive", "blocked-by-response", "the page forbids being framed"},
	{"err_name_not_resolved", flows.ErrorDNS, "dns", "not-found", "the host name did not resolve"},
	{"err_name_resolution_failed", flows.ErrorDNS, "dns", "not-found", "the host name did not resolve"},
	{"err_dns_timed_out", flows.ErrorDNS, "dns", "server-failure", "the name server did not answer in time"},
	{"err_dns", flows.ErrorDNS, "dns", "server-failure", "the name server failed"},
	{"err_icann_name_collision", flows.ErrorDNS, "dns", "not-found", "the host name is no public name"},
	{"ns_error_unknown_host", flows.ErrorDNS, "dns", "not-found", "the host name did not resolve"},
	{"ns_error_unknown_proxy_host", flows.ErrorProxy, "proxy", "not-found", "the proxy's name did not resolve"},
	{"name or service not known", flows.ErrorDNS, "dns", "not-found", "the host name did not resolve"},
	{"nodename nor servname", flows.ErrorDNS, "dns", "not-found", "the host name did not resolve"},
	{"no such host", flows.ErrorDNS, "dns", "not-found", "the host name did not resolve"},
	{"no address associated", flows.ErrorDNS, "dns", "not-found", "the host name has no address"},
	{"enotfound", flows.ErrorDNS, "dns", "not-found", "the host name did not resolve"},
	{"eai_again", flows.ErrorDNS, "dns", "server-failure", "the name server did not answer"},
	{"temporary failure in name resolution", flows.ErrorDNS, "dns", "server-failure", "the name server did not answer"},
	{"could not resolve", flows.ErrorDNS, "dns", "not-found", "the host name did not resolve"},
	{"couldn't resolve", flows.ErrorDNS, "dns", "not-found", "the host name did not resolve"},
	{"getaddrinfo", flows.ErrorDNS, "dns", "not-found", "the host name did not resolve"},
	{"unknownhostexception", flows.ErrorDNS, "dns", "not-found", "the host name did not resolve"},

	{"handshake timeout", flows.ErrorTimeout, "tls", "", "the TLS handshake did not end in time"},
	{"handshake timed out", flows.ErrorTimeout, "tls", "", "the TLS handshake did not end in time"},
	{"err_bad_ssl_client_auth_cert", flows.ErrorTLS, "tls", "certificate-required", "the server did not accept the client certificate, or got none"},
	{"err_ssl_client_auth", flows.ErrorTLS, "tls", "certificate-required", "the server wants a client certificate"},
	{"certificate required", flows.ErrorTLS, "tls", "certificate-required", "the server wants a client certificate"},
	{"certificate_required", flows.ErrorTLS, "tls", "certificate-required", "the server wants a client certificate"},
	{"bad_cert_alert", flows.ErrorTLS, "tls", "certificate-required", "the server did not accept the client certificate"},
	{"bad certificate", flows.ErrorTLS, "tls", "certificate-required", "the other side refused a certificate"},
	{"err_cert_date_invalid", flows.ErrorTLS, "tls", "expired", "the certificate is out of date"},
	{"sec_error_expired", flows.ErrorTLS, "tls", "expired", "the certificate is out of date"},
	{"expired or is not yet valid", flows.ErrorTLS, "tls", "expired", "the certificate is out of date"},
	{"not_yet_valid", flows.ErrorTLS, "tls", "not-yet-valid", "the certificate is not valid yet"},
	{"not yet valid", flows.ErrorTLS, "tls", "not-yet-valid", "the certificate is not valid yet"},
	{"certificate has expired", flows.ErrorTLS, "tls", "expired", "the certificate is out of date"},
	{"certificate expired", flows.ErrorTLS, "tls", "expired", "the certificate is out of date"},
	{"cert_has_expired", flows.ErrorTLS, "tls", "expired", "the certificate is out of date"},
	{"certificateexpired", flows.ErrorTLS, "tls", "expired", "the certificate is out of date"},
	{"err_cert_common_name_invalid", flows.ErrorTLS, "tls", "wrong-name", "the certificate is for another name"},
	{"bad_cert_domain", flows.ErrorTLS, "tls", "wrong-name", "the certificate is for another name"},
	{"err_tls_cert_altname_invalid", flows.ErrorTLS, "tls", "wrong-name", "the certificate is for another name"},
	{"hostname mismatch", flows.ErrorTLS, "tls", "wrong-name", "the certificate is for another name"},
	{"hostname/ip does not match", flows.ErrorTLS, "tls", "wrong-name", "the certificate is for another name"},
	{"doesn't match", flows.ErrorTLS, "tls", "wrong-name", "the certificate is for another name"},
	{"certificate is valid for", flows.ErrorTLS, "tls", "wrong-name", "the certificate is for another name"},
	{"no alternative certificate subject name", flows.ErrorTLS, "tls", "wrong-name", "the certificate is for another name"},
	{"no subject alternative", flows.ErrorTLS, "tls", "wrong-name", "the certificate is for another name"},
	{"err_cert_authority_invalid", flows.ErrorTLS, "tls", "unknown-authority", "the certificate's issuer is not trusted here"},
	{"unknown_issuer", flows.ErrorTLS, "tls", "unknown-authority", "the certificate's issuer is not trusted here"},
	{"untrusted_issuer", flows.ErrorTLS, "tls", "unknown-authority", "the certificate's issuer is not trusted here"},
	{"self_signed_cert", flows.ErrorTLS, "tls", "self-signed", "the certificate is self-signed"},
	{"self signed", flows.ErrorTLS, "tls", "self-signed", "the certificate is self-signed"},
	{"self-signed", flows.ErrorTLS, "tls", "self-signed", "the certificate is self-signed"},
	{"depth_zero_self", flows.ErrorTLS, "tls", "self-signed", "the certificate is self-signed"},
	{"unable_to_verify_leaf", flows.ErrorTLS, "tls", "unknown-authority", "the certificate's issuer is not known here"},
	{"unable_to_get_issuer", flows.ErrorTLS, "tls", "unknown-authority", "the certificate's issuer is not known here"},
	{"unable to get local issuer", flows.ErrorTLS, "tls", "unknown-authority", "the certificate's issuer is not known here"},
	{"unable to get issuer", flows.ErrorTLS, "tls", "unknown-authority", "the certificate's issuer is not known here"},
	{"unknown authority", flows.ErrorTLS, "tls", "unknown-authority", "the certificate's issuer is not trusted here"},
	{"unknown ca", flows.ErrorTLS, "tls", "unknown-authority", "the other side does not know the certificate's issuer"},
	{"pkix path building", flows.ErrorTLS, "tls", "unknown-authority", "the certificate's issuer is not trusted here"},
	{"certificate_verify_failed", flows.ErrorTLS, "tls", "unknown-authority", "the certificate could not be verified"},
	{"certificate verify failed", flows.ErrorTLS, "tls", "unknown-authority", "the certificate could not be verified"},
	{"does not trust the proxy's certificate", flows.ErrorTLS, "tls", "unknown-authority", "the client does not trust the proxy's certificate"},
	{"err_cert_revoked", flows.ErrorTLS, "tls", "revoked", "the certificate was revoked"},
	{"err_cert", flows.ErrorTLS, "tls", "unknown-authority", "the certificate was not accepted"},
	{"pinned_key_not_in_cert_chain", flows.ErrorTLS, "tls", "unknown-authority", "the certificate is not the pinned one"},
	{"version_or_cipher_mismatch", flows.ErrorTLS, "tls", "handshake", "no common TLS version or cipher"},
	{"unsupported_version", flows.ErrorTLS, "tls", "handshake", "no common TLS version"},
	{"unsupported protocol", flows.ErrorTLS, "tls", "handshake", "no common TLS version"},
	{"protocol version", flows.ErrorTLS, "tls", "handshake", "no common TLS version"},
	{"no_cypher_overlap", flows.ErrorTLS, "tls", "handshake", "no common cipher"},
	{"err_ssl_protocol_error", flows.ErrorTLS, "tls", "handshake", "the TLS handshake failed"},
	{"wrong version number", flows.ErrorTLS, "tls", "plain-http", "the other side did not speak TLS"},
	{"wrong_version_number", flows.ErrorTLS, "tls", "plain-http", "the other side did not speak TLS"},
	{"first record does not look like a tls", flows.ErrorTLS, "tls", "plain-http", "the other side did not speak TLS"},
	{"rx_record_too_long", flows.ErrorTLS, "tls", "plain-http", "the other side did not speak TLS"},
	{"unknown protocol", flows.ErrorTLS, "tls", "plain-http", "the other side did not speak TLS"},
	{"http response to https", flows.ErrorTLS, "tls", "plain-http", "the other side answered in plain HTTP"},
	{"err_ssl", flows.ErrorTLS, "tls", "handshake", "the TLS handshake failed"},
	{"ssl_error", flows.ErrorTLS, "tls", "handshake", "the TLS handshake failed"},
	{"handshake", flows.ErrorTLS, "tls", "handshake", "the TLS handshake failed"},

	{"err_proxy_auth", flows.ErrorProxy, "proxy", "proxy-auth", "the proxy wants credentials"},
	{"proxy authentication", flows.ErrorProxy, "proxy", "proxy-auth", "the proxy wants credentials"},
	{"407 proxy", flows.ErrorProxy, "proxy", "proxy-auth", "the proxy wants credentials"},
	{"err_tunnel_connection_failed", flows.ErrorProxy, "proxy", "proxy-refused", "the proxy did not open the tunnel"},
	{"err_proxy_certificate", flows.ErrorProxy, "proxy", "handshake", "the proxy's certificate is not trusted"},
	{"err_proxy", flows.ErrorProxy, "proxy", "refused", "the proxy could not be reached"},
	{"ns_error_proxy", flows.ErrorProxy, "proxy", "refused", "the proxy could not be reached"},
	{"err_socks", flows.ErrorProxy, "proxy", "refused", "the proxy could not be reached"},
	{"mandatory_proxy", flows.ErrorProxy, "proxy", "refused", "the proxy settings could not be used"},

	{"err_connection_refused", flows.ErrorConnect, "connect", "refused", "the connection was refused"},
	{"ns_error_connection_refused", flows.ErrorConnect, "connect", "refused", "the connection was refused"},
	{"connection refused", flows.ErrorConnect, "connect", "refused", "the connection was refused"},
	{"actively refused", flows.ErrorConnect, "connect", "refused", "the connection was refused"},
	{"econnrefused", flows.ErrorConnect, "connect", "refused", "the connection was refused"},
	{"connect call failed", flows.ErrorConnect, "connect", "refused", "the connection was refused"},
	{"err_unsafe_port", flows.ErrorConnect, "connect", "forbidden", "the browser does not open this port"},
	{"err_address_unreachable", flows.ErrorConnect, "connect", "unreachable", "the address cannot be reached"},
	{"err_address_invalid", flows.ErrorConnect, "connect", "unreachable", "the address is not valid"},
	{"err_internet_disconnected", flows.ErrorConnect, "connect", "unreachable", "there was no network"},
	{"err_network_changed", flows.ErrorReset, "wait", "network-changed", "the network changed during the call"},
	{"err_network_io_suspended", flows.ErrorReset, "wait", "network-changed", "the machine went to sleep during the call"},
	{"err_network_access_denied", flows.ErrorConnect, "connect", "forbidden", "this machine's firewall forbade the call"},
	{"ns_error_offline", flows.ErrorConnect, "connect", "unreachable", "the browser was offline"},
	{"no route to host", flows.ErrorConnect, "connect", "unreachable", "there is no route to the host"},
	{"network is unreachable", flows.ErrorConnect, "connect", "unreachable", "there is no route to the network"},
	{"ehostunreach", flows.ErrorConnect, "connect", "unreachable", "there is no route to the host"},
	{"enetunreach", flows.ErrorConnect, "connect", "unreachable", "there is no route to the network"},

	{"err_connection_timed_out", flows.ErrorTimeout, "connect", "", "the connection did not open in time"},
	{"connect timeout", flows.ErrorTimeout, "connect", "", "the connection did not open in time"},
	{"connection timed out", flows.ErrorTimeout, "connect", "", "the connection did not open in time"},
	{"connect timed out", flows.ErrorTimeout, "connect", "", "the connection did not open in time"},
	{"dial tcp", flows.ErrorTimeout, "connect", "", "the connection did not open"},
	{"err_timed_out", flows.ErrorTimeout, "wait", "", "no answer came in time"},
	{"ns_error_net_timeout", flows.ErrorTimeout, "wait", "", "no answer came in time"},
	{"deadline exceeded", flows.ErrorTimeout, "wait", "", "no answer came in time"},
	{"etimedout", flows.ErrorTimeout, "connect", "", "the connection did not open in time"},
	{"timed out", flows.ErrorTimeout, "wait", "", "no answer came in time"},
	{"timeout", flows.ErrorTimeout, "wait", "", "no answer came in time"},
	{"time-out", flows.ErrorTimeout, "wait", "", "no answer came in time"},

	{"err_empty_response", flows.ErrorReset, "wait", "empty-answer", "the connection was closed without an answer"},
	{"empty reply", flows.ErrorReset, "wait", "empty-answer", "the connection was closed without an answer"},
	{"err_connection_reset", flows.ErrorReset, "wait", "reset", "the connection was reset"},
	{"ns_error_net_reset", flows.ErrorReset, "wait", "reset", "the connection was reset"},
	{"ns_error_net_interrupt", flows.ErrorReset, "receive", "truncated", "the connection was interrupted"},
	{"ns_error_net_partial_transfer", flows.ErrorReset, "receive", "truncated", "the answer was cut short"},
	{"err_content_length_mismatch", flows.ErrorReset, "receive", "truncated", "the answer was cut short"},
	{"err_incomplete_chunked", flows.ErrorReset, "receive", "truncated", "the answer was cut short"},
	{"incomplete chunked", flows.ErrorReset, "receive", "truncated", "the answer was cut short"},
	{"before the response was complete", flows.ErrorReset, "receive", "truncated", "the connection was closed before the answer was complete"},
	{"incompleteread", flows.ErrorReset, "receive", "truncated", "the answer was cut short"},
	{"unexpected eof", flows.ErrorReset, "receive", "truncated", "the connection was closed in the middle"},
	{"err_http2", flows.ErrorReset, "wait", "http2", "the HTTP/2 connection broke"},
	{"err_quic", flows.ErrorReset, "wait", "reset", "the QUIC connection broke"},
	{"http/2 stream", flows.ErrorReset, "wait", "http2", "the HTTP/2 stream broke"},
	{"stream error", flows.ErrorReset, "wait", "http2", "the HTTP/2 stream broke"},
	{"goaway", flows.ErrorReset, "wait", "http2", "the server closed the HTTP/2 connection"},
	{"err_connection_aborted", flows.ErrorReset, "wait", "reset", "the connection was aborted"},
	{"err_connection_closed", flows.ErrorReset, "wait", "empty-answer", "the connection was closed"},
	{"err_socket_not_connected", flows.ErrorReset, "wait", "empty-answer", "the connection was closed"},
	{"connection reset", flows.ErrorReset, "wait", "reset", "the connection was reset"},
	{"reset by peer", flows.ErrorReset, "wait", "reset", "the connection was reset"},
	{"forcibly closed", flows.ErrorReset, "wait", "reset", "the connection was reset"},
	{"econnreset", flows.ErrorReset, "wait", "reset", "the connection was reset"},
	{"socket hang up", flows.ErrorReset, "wait", "empty-answer", "the connection was closed without an answer"},
	{"broken pipe", flows.ErrorReset, "send", "reset", "the connection was closed while sending"},
	{"epipe", flows.ErrorReset, "send", "reset", "the connection was closed while sending"},
	{"remote end closed", flows.ErrorReset, "wait", "empty-answer", "the connection was closed without an answer"},
	{"server disconnected", flows.ErrorReset, "wait", "empty-answer", "the connection was closed without an answer"},
	{"closed by server", flows.ErrorReset, "wait", "empty-answer", "the connection was closed"},
	{"connection closed", flows.ErrorReset, "wait", "empty-answer", "the connection was closed"},
	{"connection was closed", flows.ErrorReset, "wait", "empty-answer", "the connection was closed"},
	{"connection killed", flows.ErrorReset, "wait", "empty-answer", "the connection was cut"},
	{"eof", flows.ErrorReset, "wait", "empty-answer", "the connection was closed"},

	{"err_too_many_redirects", flows.ErrorProtocol, "receive", "redirect-loop", "the redirects did not end"},
	{"redirect_loop", flows.ErrorProtocol, "receive", "redirect-loop", "the redirects did not end"},
	{"err_invalid_http_response", flows.ErrorProtocol, "receive", "not-http", "the answer was no HTTP"},
	{"err_invalid_redirect", flows.ErrorProtocol, "receive", "bad-redirect", "the redirect could not be followed"},
	{"err_unsafe_redirect", flows.ErrorProtocol, "receive", "bad-redirect", "the redirect was not allowed"},
	{"err_unknown_url_scheme", flows.ErrorProtocol, "send", "scheme", "no program is registered for the URL's scheme"},
	{"err_invalid_url", flows.ErrorProtocol, "send", "bad-url", "the URL is not valid"},
	{"err_disallowed_url_scheme", flows.ErrorProtocol, "send", "scheme", "the URL's scheme is not allowed"},
	{"err_response_headers", flows.ErrorProtocol, "receive", "malformed-header", "the headers of the answer were not accepted"},
	{"err_content_decoding", flows.ErrorProtocol, "receive", "malformed-body", "the body could not be decompressed"},
	{"malformed", flows.ErrorProtocol, "receive", "not-http", "the answer was no HTTP"},
	{"cors", flows.ErrorCancelled, "receive", "cors", "the browser withheld the answer from a page of another origin"},
	{"err_aborted", flows.ErrorCancelled, "wait", "aborted", "the call was given up by the browser or the page"},
	{"ns_binding_aborted", flows.ErrorCancelled, "wait", "aborted", "the call was given up by the browser or the page"},
	{"ns_error_abort", flows.ErrorCancelled, "wait", "aborted", "the call was given up by the browser or the page"},
	{"cancel", flows.ErrorCancelled, "wait", "aborted", "the call was given up by the client"},
	{"abort", flows.ErrorCancelled, "wait", "aborted", "the call was given up by the client"},
	{"client disconnected", flows.ErrorCancelled, "wait", "aborted", "the call was given up by the client"},
	{"err_failed", flows.ErrorCancelled, "send", "failed", "the browser failed the call and does not say why"},
	{"err_access_denied", flows.ErrorCancelled, "send", "blocked", "this machine denied the call"},
	{"failed to fetch", flows.ErrorCancelled, "send", "failed", "the browser failed the call and does not say why"},
	{"blocked", flows.ErrorCancelled, "send", "blocked", "the call was blocked"},
	{"refused", flows.ErrorConnect, "connect", "refused", "the connection was refused"},
	{"failed to connect", flows.ErrorConnect, "connect", "unreachable", "the server could not be reached"},
	{"unreachable", flows.ErrorConnect, "connect", "unreachable", "the address cannot be reached"},
	{"reset", flows.ErrorReset, "wait", "reset", "the connection was reset"},
	{"certificate", flows.ErrorTLS, "tls", "unknown-authority", "the certificate was not accepted"},
	{"tls", flows.ErrorTLS, "tls", "handshake", "the TLS connection failed"},
	{"ssl", flows.ErrorTLS, "tls", "handshake", "the TLS connection failed"},
	{"proxy", flows.ErrorProxy, "proxy", "refused", "the proxy failed"},
	{"dns", flows.ErrorDNS, "dns", "not-found", "the host name did not resolve"},
}

// netName is the name behind net:: in a remark, such as err_cert_date_invalid. It is exact,
// where the words around it may speak of anything.
func netName(low string) string {
	_, name, ok := strings.Cut(low, "net::")
	if !ok {
		return ""
	}
	if end := strings.IndexFunc(name, func(r rune) bool { return r != '_' && (r < 'a' || r > 'z') && (r < '0' || r > '9') }); end >= 0 {
		name = name[:end]
	}
	return name
}

// failureOf reads a recorder's remark about a call that got no answer. An empty or
// unknown remark still is a failure: cancelled, with the reason "unknown".
func failureOf(remark string) flows.TransportError {
	low := strings.ToLower(remark)
	for _, text := range [...]string{netName(low), low} {
		for i := range failureSigns {
			s := &failureSigns[i]
			if strings.Contains(text, s.sign) {
				return flows.TransportError{Kind: s.kind, Stage: s.stage, Reason: s.reason, Message: s.text}
			}
		}
	}
	return flows.TransportError{Kind: flows.ErrorCancelled, Stage: "wait", Reason: "unknown",
		Message: "there is no answer in the recording, and no reason"}
}
