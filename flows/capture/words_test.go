package capture

import (
	"strings"
	"testing"

	"oauthlens/flows"
)

// TestOptionsThatTakeAValue: the value of an option is no URL, and an option without one
// swallows none.
func TestOptionsThatTakeAValue(t *testing.T) {
	for _, o := range strings.Fields(`output proxy proxy-user cert cert-type key key-type pass cacert capath max-time connect-timeout retry retry-delay retry-max-time write-out cookie-jar
		dump-header range resolve connect-to interface ciphers tls13-ciphers tls-max max-redirs noproxy preproxy socks5 socks5-hostname socks4 limit-rate unix-socket dns-servers aws-sigv4 proto
		proto-default proto-redir trace trace-ascii stderr netrc-file pinnedpubkey engine keepalive-time local-port expect100-timeout delegation curves request-target variable variables output-dir
		rate doh-url hostpubsha256 service-name proxy-header time-cond`) {
		checkRequest(t, onlyRequest(t, "curl --"+o+" https://value.test https://id.test/token -d a=b"), "POST", "https://id.test/token", "a=b", "")
	}
	for _, o := range strings.Split("oxUEmwcDryYzCQtP", "") {
		checkRequest(t, onlyRequest(t, "curl -"+o+" https://value.test https://id.test/token -d a=b"), "POST", "https://id.test/token", "a=b", "")
	}
	for _, o := range []string{"--silent", "-s", "-k", "--location", "--fail-with-body", "-sSLk", "--compressed", "--http2", "--"} {
		checkRequest(t, onlyRequest(t, "curl "+o+" https://id.test/token -d a=b"), "POST", "https://id.test/token", "a=b", "")
	}
	for _, o := range strings.Fields("-O -o -P -T -t --output-document --output-file --timeout --tries --ca-certificate --certificate --private-key") {
		checkRequest(t, onlyRequest(t, "wget "+o+" https://value.test https://id.test/token --post-data a=b"), "POST", "https://id.test/token", "a=b", "")
	}
	for option, want := range map[string]string{"-U me": "User-Agent: me", "--user-agent=me": "User-Agent: me", "--referer https://r.test": "Referer: https://r.test", "--http-user=a --http-password=b": "Authorization: Basic YTpi"} {
		checkRequest(t, onlyRequest(t, "wget "+option+" https://id.test/token --body-data=a=b --method=put"), "PUT", "https://id.test/token", "a=b", want)
	}
}

// TestNamesOfParameters: those by which lines of names and values are known, in any spelling.
func TestNamesOfParameters(t *testing.T) {
	for _, name := range strings.Fields(`client_secret redirect_uri code code_verifier refresh_token scope response_type state code_challenge code_challenge_method audience resource client_assertion
		client_assertion_type assertion username password nonce appid secret device_code token token_type_hint`) {
		for _, spelled := range []string{name, strings.ReplaceAll(name, "_", "-"), strings.ToUpper(name)} {
			r, _ := recognise(t, "grant_type: x\nclient_id: y\n"+spelled+": the-value")
			x := r.Trace.Steps()[0].Exchange
			if all := string(x.Request.Body) + x.Request.URL; r.Kind != KindDocSample || !strings.Contains(all, spelled+"=the-value") {
				t.Errorf("%s: %s %q", spelled, r.What, all)
			}
		}
	}
}

// TestEndpointsOfTheMetadata: what a discovery document in the recording names is known by
// its URL, whatever the URL looks like.
func TestEndpointsOfTheMetadata(t *testing.T) {
	const metadata = `{"issuer":"https://id.test","authorization_endpoint":"https://id.test/e1","token_endpoint":"https://id.test/e2","userinfo_endpoint":"https://id.test/e3","jwks_uri":"https://id.test/e4",` +
		`"revocation_endpoint":"https://id.test/e5","introspection_endpoint":"https://id.test/e6","pushed_authorization_request_endpoint":"https://id.test/e7","device_authorization_endpoint":"https://id.test/e8"}`
	for _, c := range []struct {
		request string
		want    flows.StepKind
	}{
		{get("https://id.test/e1?x=y"), flows.StepAuthorize}, {post("https://id.test/e2", "a=b"), flows.StepExchange}, {get("https://id.test/e3"), flows.StepUserInfo}, {get("https://id.test/e4"), flows.StepJWKS},
		{post("https://id.test/e5", "a=b"), flows.StepRevoke}, {post("https://id.test/e6", "a=b"), flows.StepIntrospect}, {post("https://id.test/e7", "a=b"), flows.StepPAR}, {post("https://id.test/e8", "a=b"), flows.StepDevice},
		{get("https://id.test/e9"), flows.StepOther}, {get("https://id.test/e5"), flows.StepOther}, {get("https://id.test/e1"), flows.StepOther},
	} {
		r := mustRead(t, har(entry(0, get("https://id.test/.well-known/openid-configuration"), answer(200, metadata)), entry(1, c.request, answer(404, ""))))
		if steps := r.Trace.Steps(); steps[0].Kind != flows.StepDiscovery || steps[1].Kind != c.want {
			t.Errorf("%s: %s, want %s", c.request, steps[1].Kind, c.want)
		}
	}
}

// TestRedirectURIsAreComparedLoosely: without case, a last slash, and the spelling of
// loopback, since a hit on one of them is what the recording shows.
func TestRedirectURIsAreComparedLoosely(t *testing.T) {
	const authorize = "https://id.test/authorize?response_type=code&client_id=a&state=s-123456&redirect_uri="
	for _, c := range []struct{ registered, reached string }{
		{"http%3A%2F%2F127.0.0.1%3A3000%2Fcb", "http://localhost:3000/cb"}, {"http%3A%2F%2Flocalhost%3A3000%2Fcb", "http://[::1]:3000/cb"}, {"https%3A%2F%2Fapp.test%2FCB%2F", "https://app.test/cb"},
		{"https%253A%252F%252Fapp.test%252Fcb", "https://app.test/cb"}, {"https%3A%2F%2Fapp.test%2Fcb", "https://APP.test/cb/"},
	} {
		r := mustRead(t, har(entry(0, get(authorize+c.registered), answer(200, "")), entry(1, get(c.reached+"?session_state=x"), answer(200, ""))))
		if got := r.Trace.Steps()[1].Kind; got != flows.StepCallback {
			t.Errorf("%s reached as %s: %s", c.registered, c.reached, got)
		}
	}
	r := mustRead(t, har(entry(0, get(authorize+"https%3A%2F%2Fapp.test%2Fcb"), answer(200, "")), entry(1, get("https://app.test/other?session_state=x"), answer(200, ""))))
	if got := r.Trace.Steps()[1].Kind; got != flows.StepOther {
		t.Errorf("another page: %s", got)
	}
}
