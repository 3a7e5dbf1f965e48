package diagnose

import (
	"strings"

	"oauthlens/flows"
)

// pageHint is what an application's error page may say about a cause that the recording
// does not show, since it happened between two servers.
type pageHint struct {
	code   string
	groups []string // each must be said
	not    string   // and none of these
}

// pageHints stand in the order in which they are tried: the first that fits names the
// cause of a page.
var pageHints = []pageHint{
	{"dns-failure", []string{"enotfound|no such host|name or service not known|could not resolve|eai_again|getaddrinfo|unknownhost"}, ""},
	{"tls-expired", []string{"certificate", "has expired|is expired|not yet valid|cert_has_expired"}, ""},
	{"tls-name-mismatch", []string{"certificate|altname", "altnames|hostname mismatch|does not match|valid for"}, ""},
	{"tls-untrusted", []string{"self signed certificate|self-signed certificate|unable to verify the first certificate|unknown authority|unable to get local issuer|pkix path|certificate verify failed|certificate is not trusted"}, ""},
	{"connection-reset", []string{"econnreset|connection reset|socket hang up|broken pipe"}, ""},
	{"server-unreachable", []string{"econnrefused|connection refused|etimedout|timed out|i/o timeout|no route to host|connect timeout|deadline exceeded"}, "session|login timed out"},
	{"token-hash-mismatch", []string{"at_hash|c_hash"}, ""},
	{"nonce-mismatch", []string{"nonce", "mismatch|match|invalid|missing|expected|different|not found"}, "dpop"},
	{"signing-key-unknown", []string{"kid|signing key|key id|jwk|public key", "no key|unable to find|not found|no matching|unknown|could not find|cannot find|no applicable"}, ""},
	{"signature-invalid", []string{"signature", "verif|invalid|mismatch|fail|wrong"}, "hmac|state|request signature"},
	{"issuer-tenant-template", []string{"{tenantid}|{tenant}|{tid}"}, ""},
	{"issuer-mismatch", []string{"issuer|issued by|iss claim|\"iss\"|'iss'| iss ", "mismatch|match|different|expected|invalid|unexpected|does not"}, "certificate"},
	{"id-token-other-client", []string{"aud claim|audience|\"aud\"|'aud'| aud ", "mismatch|match|invalid|expected|unexpected|does not|wrong"}, ""},
	{"redirect-uri-changed", []string{"redirect_uri|redirect uri", "mismatch|match|differ|invalid"}, ""},
	{"code-reused", []string{"code", "already been used|already used|already redeemed|been redeemed|used already"}, ""},
	{"code-expired", []string{"code", "has expired|is expired|expired code|code expired"}, "invalid or expired|expired or invalid|or has expired"},
	{"pkce-verifier-mismatch", []string{"code_verifier|code verifier|pkce", "mismatch|match|fail|invalid"}, "missing|required"},
	{"client-secret-expired", []string{"client secret|aadsts7000222", "expired"}, ""},
	{"client-type-mismatch", []string{"aadsts7000218|aadsts700025|client_secret is missing"}, ""},
	{"opaque-token-as-jwt", []string{"jwt malformed|wrong number of segments|not enough segments|invalid compact|three parts"}, ""},
}

// pageHit names what a rule's hint says of the pages on which applications refused a
// callback. Where the exchange is recorded, the recording is asked instead.
func (c *Case) pageHits(code string) []Hit {
	var out []Hit
	for _, b := range c.backs {
		m := b.msg
		if m == nil || m.failed == nil || m.failed.layer != layerStatus || m.callback != nil {
			continue
		}
		hint := hintOf(m.failed.text)
		if hint == "issuer-mismatch" && b.attempt != nil && sharedEndpoint(b.attempt.request.url) {
			hint = "issuer-tenant-template"
		}
		if hint != code || len(b.exchanges) > 0 && (!strings.HasPrefix(code, "issuer-") || len(c.metas) > 0 || b.attempt == nil || !b.attempt.exchanged()) {
			continue
		}
		missing := "the application's own request is not in the trace"
		if len(b.exchanges) > 0 {
			missing = "the metadata that the application compares with is not in the trace"
		}
		out = append(out, hit(m, flows.Likely, c.said(m), missing))
	}
	return out
}

// sharedEndpoint: an endpoint of Entra for all tenants, whose metadata has a template for
// an issuer.
func sharedEndpoint(t target) bool {
	f := factFor(t.host)
	return f != nil && f.guidIsID && (strings.HasPrefix(t.path, "/common/") || strings.HasPrefix(t.path, "/organizations/") || strings.HasPrefix(t.path, "/consumers/"))
}

// hintOf is the code that a page's text hints at; empty if none.
func hintOf(text string) string {
	for _, h := range pageHints {
		if says(text, h.groups...) && (h.not == "" || !says(text, h.not)) {
			if h.code == "issuer-mismatch" && slashOnly(text) {
				return "issuer-trailing-slash"
			}
			return h.code
		}
	}
	return ""
}

// slashOnly: the page quotes two URLs that differ only by the slash at the end.
func slashOnly(text string) bool {
	var urls []string
	for _, w := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" \"'`,;()<>“”", r) }) {
		if strings.HasPrefix(w, "http") {
			urls = append(urls, w)
		}
	}
	for i, a := range urls {
		for _, b := range urls[i+1:] {
			if a != b && strings.TrimSuffix(a, "/") == strings.TrimSuffix(b, "/") {
				return true
			}
		}
	}
	return false
}
