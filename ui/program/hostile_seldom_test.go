package program

import "strings"

// seldomKinds is the kind of error of the faults of framing, of certificates that look
// right, of TLS alerts and of proxies that answer for the server.
func seldomKinds() map[string]string {
	out := map[string]string{
		"bare-returns": "reset", "length-largest": "reset", "half-closed": "reset", "proxy-closes-tunnel": "reset",
		"drip-header": "timeout", "hang-in-trailer": "timeout", "proxy-hang-tunnel": "timeout",
		"tls-alert-no-protocol": "protocol", "tls-bad-record": "protocol", "proxy-page": "protocol",
	}
	for kind, names := range map[string]string{
		"protocol": `status-000 status-099 status-signed status-long reason-1mb version-word version-2 folded-first blank-before-colon nameless-header
			length-negative length-plus length-hex length-empty length-overflow length-list chunks-twice transfer-gzip
			chunk-extension-1mb chunk-size-large chunk-size-negative trailers-hostile trailers-5mb`,
		"tls": `tls-alert-certificate tls-expired-intermediate tls-intermediate-no-authority tls-name-constraint tls-client-usage tls-no-names tls-hostile-names
			tls-many-names tls-wrong-record tls-alert-close tls-alert-unexpected tls-alert-handshake tls-alert-unknown-authority tls-alert-denied tls-alert-decode
			tls-alert-version tls-alert-internal tls-alert-fallback tls-alert-cancelled tls-alert-unrecognised-name tls-alert-unknown`,
		"proxy": "proxy-redirect proxy-502 proxy-auth-hostile proxy-header-2mb",
	} {
		for name := range strings.FieldsSeq(names) {
			out[name] = kind
		}
	}
	return out
}

// seldomReadable are those of them through which a right answer still shines.
func seldomReadable() []string {
	return strings.Fields(`interim-2000 interim-199 no-reason version-9 http10 bare-line-feeds folded folded-length nul-in-header eight-bit-header return-in-header
		date-1970 date-9999 date-hostile type-200kb lengths-equal length-and-chunks chunk-extension chunks-of-one chunks-300000 trailers second-answer
		x-gzip gzip-twice gzip-two-fields identity deflate-bare coding-hostile gzip-checksum unasked reset-after-answer open-after-answer
		tls-no-close tls-no-close-no-length tls-long-chain proxy-interim proxy-length
		content-utf7 content-nul-behind content-blanks-900kb content-trailing-comma content-lines`)
}

// seldomRefusals answer with 4xx or 5xx, or with a status beyond.
func seldomRefusals() []string {
	return strings.Fields("cookies-hostile retry-negative retry-absurd challenge-hostile status-600 status-999 content-echo")
}

// tokenless are the answers of the token endpoint in which no token can be found.
func tokenless() []string {
	return strings.Fields("value-token-empty value-token-null value-token-number value-token-object value-error-beside")
}
