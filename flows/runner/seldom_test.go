package runner

import "oauthlens/flows"

// seldomMet is what must come of the faults of framing, of certificates that look right,
// of TLS alerts and of proxies that answer for the server.
func seldomMet() map[string]expectation {
	fine := expectation{status: 200, complete: true}
	out := map[string]expectation{
		"upgrade-101":          {status: 101, complete: true},
		"status-600":           {status: 600, complete: true},
		"status-999":           {status: 999, complete: true},
		"not-modified":         {status: 304, complete: true},
		"no-content-with-body": {status: 204, complete: true},
		"cookies-hostile":      {status: 503, complete: true},
		"retry-negative":       {status: 503, complete: true},
		"retry-absurd":         {status: 429, complete: true},
		"challenge-hostile":    {status: 401, complete: true},
		"status-099":           {kind: flows.ErrorProtocol, stage: "receive", reason: "malformed-header", status: 99, problem: "malformed"},
		"reason-1mb":           {kind: flows.ErrorProtocol, stage: "receive", reason: "header-too-large", status: 200, problem: "header is incomplete"},
		"bare-returns":         {kind: flows.ErrorReset, stage: "receive", reason: "truncated", status: 200, problem: "header is incomplete"},
		"length-largest":       {kind: flows.ErrorReset, stage: "receive", reason: "truncated", status: 200, problem: "2 of 9223372036854775807 bytes"},
		"zstd":                 {status: 200, problem: `"zstd" is not known`},
		"coding-hostile":       {status: 200, problem: `\x1b]0;owned\x07" is not known`},
		"gzip-nine-times":      {status: 200, problem: "9 content codings"},
		"gzip-name":            {status: 200, problem: "is not; it is kept as it came"},
		"gzip-checksum":        {status: 200, problem: "only in part"},
		"half-closed":          {kind: flows.ErrorReset, stage: "wait", reason: "empty-answer"},
		"drip-header":          {kind: flows.ErrorTimeout, stage: "receive", problem: "no status line", timeout: short},
		"hang-in-trailer":      {kind: flows.ErrorTimeout, stage: "receive", status: 200, problem: "ended after", timeout: short},

		"tls-alert-no-protocol":         {kind: flows.ErrorProtocol, stage: "tls", reason: "http2-only"},
		"tls-alert-certificate":         {kind: flows.ErrorTLS, stage: "tls", reason: "certificate-required"},
		"tls-expired-intermediate":      {kind: flows.ErrorTLS, stage: "tls", reason: "expired"},
		"tls-intermediate-no-authority": {kind: flows.ErrorTLS, stage: "tls", reason: "unknown-authority"},
		"tls-name-constraint":           {kind: flows.ErrorTLS, stage: "tls", reason: "unknown-authority"},
		"tls-client-usage":              {kind: flows.ErrorTLS, stage: "tls", reason: "unknown-authority"},
		"tls-no-names":                  {kind: flows.ErrorTLS, stage: "tls", reason: "wrong-name"},
		"tls-hostile-names":             {kind: flows.ErrorTLS, stage: "tls", reason: "wrong-name"},
		"tls-many-names":                {kind: flows.ErrorTLS, stage: "tls", reason: "wrong-name"},
		"tls-wrong-record":              {kind: flows.ErrorTLS, stage: "tls", reason: "handshake"},
		"tls-bad-record":                {kind: flows.ErrorProtocol, stage: "receive", status: 200, problem: "25 of 500"},

		"proxy-page":          {kind: flows.ErrorProtocol, stage: "receive", reason: "not-http", problem: "no status line"},
		"proxy-redirect":      {kind: flows.ErrorProxy, stage: "proxy", reason: "proxy-refused", status: 302, complete: true, problem: "answer of the proxy"},
		"proxy-502":           {kind: flows.ErrorProxy, stage: "proxy", reason: "proxy-refused", status: 502, complete: true, problem: "answer of the proxy"},
		"proxy-auth-hostile":  {kind: flows.ErrorProxy, stage: "proxy", reason: "proxy-auth", status: 407, complete: true, problem: "answer of the proxy"},
		"proxy-header-2mb":    {kind: flows.ErrorProxy, stage: "proxy", reason: "proxy-refused"},
		"proxy-closes-tunnel": {kind: flows.ErrorReset, stage: "wait", reason: "empty-answer"},
		"proxy-hang-tunnel":   {kind: flows.ErrorTimeout, stage: "wait", timeout: short},
	}
	for _, name := range []string{"interim-2000", "interim-199", "no-reason", "version-9", "http10", "bare-line-feeds", "folded", "folded-length", "nul-in-header", "eight-bit-header",
		"return-in-header", "date-1970", "date-9999", "date-hostile", "type-200kb", "lengths-equal", "length-and-chunks", "chunks-10", "chunk-extension", "chunks-of-one", "chunks-300000", "trailers",
		"second-answer", "x-gzip", "gzip-twice", "gzip-two-fields", "identity", "deflate-bare", "unasked", "reset-after-answer", "open-after-answer",
		"tls-no-close", "tls-no-close-no-length", "tls-long-chain", "proxy-interim", "proxy-length"} {
		out[name] = fine
	}
	for _, name := range []string{"version-word", "version-2", "folded-first", "blank-before-colon", "nameless-header",
		"length-negative", "length-plus", "length-hex", "length-empty", "length-overflow", "length-list", "chunks-twice", "transfer-gzip"} {
		out[name] = expectation{kind: flows.ErrorProtocol, stage: "receive", reason: "malformed-header", status: 200, problem: "malformed"}
	}
	for _, name := range []string{"status-000", "status-signed", "status-long"} {
		out[name] = expectation{kind: flows.ErrorProtocol, stage: "receive", reason: "malformed-header", problem: "no status line"}
	}
	for _, name := range []string{"chunk-extension-1mb", "chunk-size-large", "chunk-size-negative", "trailers-hostile", "trailers-5mb"} {
		out[name] = expectation{kind: flows.ErrorProtocol, stage: "receive", reason: "malformed-body", status: 200, problem: "ended after"}
	}
	for _, name := range []string{"close", "unexpected", "handshake", "unknown-authority", "denied", "decode", "version", "internal", "fallback", "cancelled", "unrecognised-name", "unknown"} {
		out["tls-alert-"+name] = expectation{kind: flows.ErrorTLS, stage: "tls", reason: "handshake"}
	}
	return out
}
