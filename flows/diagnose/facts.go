package diagnose

import (
	"slices"
	"strings"
	"time"

	"oauthlens/flows"
)

// fact is what is known about a provider, found by a host of the traffic. It is used
// beside the profile, since a recording has none. Providers that have a profile have no
// entry here: what is known of them is read from it, see [Case.fact].
type fact struct {
	name  string
	hosts []string // a host itself or the end of one, at a dot
	// codeLife is the documented lifetime of an authorization code.
	codeLife time.Duration
	// consent is how long a user's consent lasts.
	consent time.Duration
	// separator between scopes; empty: a blank.
	separator string
	// noRefresh: no refresh token by design.
	noRefresh bool
	// offline names what must be asked for to get a refresh token: "scope:NAME" or
	// "param:NAME=VALUE"; alternatives are separated by '|'.
	offline string
	// reconsent: without prompt=consent a second login gives no refresh token.
	reconsent bool
	// jsonToken: token requests are JSON; bothToken: JSON and form are taken.
	jsonToken, bothToken bool
	// getToken: the token request is a GET; queryToken: the API takes the token in the query.
	getToken, queryToken bool
	newestOnly           bool
	// apiHosts and header: the API there wants this header beside the token.
	apiHosts []string
	header   string
	// scheme of the Authorization header, or the header that takes its place.
	scheme, tokenHeader string
	// members that a callback must carry.
	members []string
	// guidIsID: a GUID sent as secret is the identifier of the secret.
	guidIsID bool
	// testing: an app in testing loses its refresh tokens after seven days.
	testing bool
	// assertionAud is the audience of a JWT that serves as client secret.
	assertionAud string
	// issuers that its tokens and metadata name though the host is another.
	issuers []string
	// basicOnly: the client must authenticate with HTTP Basic.
	basicOnly bool
	// sources say where the fields come from. A field that none of them names is general
	// knowledge: it was not looked up, and findings that rest on it say so.
	sources []source
	// profile of the provider, from which the fact was made; nil: it stands below.
	profile *flows.Provider
}

// source names the page, or the program that works against the provider, in which fields
// were read. All were read in November 2026, see checkedOn.
type source struct{ fields, where string }

// checkedOn is the day on which the sources were read last.
const checkedOn = "2026-11-21"

// Programs that work against many providers, read at one commit.
const (
	inNango      = "NangoHQ/nango at 2f4c0af, packages/providers/providers.yaml"
	inSocialCore = "python-social-auth/social-core at 3bb06ab, social_core/backends"
	inGoOAuth2   = "golang/oauth2 at 89ff2e1, internal/token.go"
)

// The names of the fields in sources, with what they are in a profile.
var factFields = pairs{
	{"code", "lifetimes.code"}, {"consent", "lifetimes.consent"}, {"separator", "dialect.scope_separator"}, {"no refresh", "grants"}, {"offline", "dialect.offline_scope"},
	{"reconsent", ""}, {"json", "dialect.token_body"}, {"get", ""}, {"query token", ""}, {"newest only", "dialect.newest_token_only"}, {"api header", ""}, {"scheme", "dialect.auth_scheme"},
	{"token header", ""}, {"members", ""}, {"secret id", ""}, {"testing", ""}, {"assertion audience", ""}, {"issuers", ""}, {"basic", "dialect.client_auth"},
}

// sourced tells whether somebody looked the field up.
func (f *fact) sourced(field string) bool {
	if f.profile != nil {
		return profileSourced(f.profile, factFields.of(field))
	}
	for _, s := range f.sources {
		for _, name := range strings.Split(s.fields, ", ") {
			if name == field {
				return true
			}
		}
	}
	return false
}

// fields are the names of the fields that the fact has.
func (f *fact) fields() []string {
	var out []string
	for name, set := range map[string]bool{
		"code": f.codeLife > 0, "consent": f.consent > 0, "separator": f.separator != "", "no refresh": f.noRefresh, "offline": f.offline != "", "reconsent": f.reconsent,
		"json": f.jsonToken || f.bothToken, "get": f.getToken, "query token": f.queryToken, "newest only": f.newestOnly, "api header": f.header != "", "scheme": f.scheme != "",
		"token header": f.tokenHeader != "", "members": len(f.members) > 0, "secret id": f.guidIsID, "testing": f.testing, "assertion audience": f.assertionAud != "",
		"issuers": len(f.issuers) > 0, "basic": f.basicOnly,
	} {
		if set {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// as names the provider as the one that a statement about the field is about, and says
// when nobody has checked that statement.
func (f *fact) as(field string) string {
	switch {
	case f.sourced(field):
		return f.name
	case f.profile != nil:
		return f.name + " (not verified, as its profile says)"
	}
	return f.name + " (general knowledge, not checked)"
}

const minute = time.Minute

var facts = []fact{
	{name: "Stytch", hosts: []string{"stytch.com", "stytch.dev"}, codeLife: 10 * minute, offline: "scope:offline_access", bothToken: true,
		sources: []source{{"offline, json", "https://stytch.com/docs/api-reference/b2b/api/connected-apps/exchange-authorization-code"}}},
	{name: "Google", hosts: []string{"google.com", "googleapis.com"}, codeLife: 10 * minute, offline: "param:access_type=offline", reconsent: true, testing: true, issuers: []string{"https://accounts.google.com", "accounts.google.com"},
		sources: []source{{"offline, reconsent", "https://unified.to/blog/why_google_oauth_returns"}, {"testing", "https://www.nango.dev/blog/google-oauth-invalid-grant-token-has-been-expired-or-revoked"}}},
	{name: "Entra", hosts: []string{"microsoftonline.com", "login.windows.net", "microsoft.com", "microsoftonline.us", "microsoftonline.cn"}, codeLife: 10 * minute, offline: "scope:offline_access", guidIsID: true, issuers: []string{"https://sts.windows.net/", "https://login.microsoftonline.com/"}},
	{name: "GitHub", hosts: []string{"github.com"}, codeLife: 10 * minute, noRefresh: true,
		sources: []source{{"no refresh", "https://docs.github.com/apps/managing-oauth-apps/troubleshooting-oauth-app-access-token-request-errors/"}}},
	{name: "Slack", hosts: []string{"slack.com"}, codeLife: 10 * minute, noRefresh: true, separator: ",",
		sources: []source{{"separator, no refresh", "https://docs.slack.dev/reference/methods/oauth.v2.access"}}},
	{name: "Shopify", hosts: []string{"myshopify.com", "shopify.com"}, noRefresh: true, separator: ",", jsonToken: true, bothToken: true, tokenHeader: "X-Shopify-Access-Token", members: []string{"shop", "hmac"},
		sources: []source{{"separator, no refresh, token header, members", "https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens/offline-access-tokens"}}},
	{name: "LinkedIn", hosts: []string{"linkedin.com"}, codeLife: 30 * minute, noRefresh: true,
		sources: []source{{"no refresh", "https://learn.microsoft.com/en-us/linkedin/shared/authentication/programmatic-refresh-tokens"}}},
	{name: "Notion", hosts: []string{"notion.com", "notion.so"}, noRefresh: true, jsonToken: true, apiHosts: []string{"api.notion.com"}, header: "Notion-Version", basicOnly: true,
		sources: []source{{"json, basic, no refresh, api header", inNango}}},
	{name: "Facebook", hosts: []string{"facebook.com"}, noRefresh: true, separator: ",", getToken: true, queryToken: true,
		sources: []source{{"get, no refresh", inSocialCore}}},
	{name: "Instagram", hosts: []string{"instagram.com", "threads.net"}, noRefresh: true, separator: ",", getToken: true, queryToken: true,
		sources: []source{{"separator", inNango}}},
	{name: "Okta", hosts: []string{"okta.com", "oktapreview.com", "okta-emea.com"}, codeLife: 5 * minute, offline: "scope:offline_access"},
	{name: "Auth0", hosts: []string{"auth0.com"}, codeLife: 10 * minute, offline: "scope:offline_access", bothToken: true,
		sources: []source{{"json", "https://github.com/auth0/auth0-spa-js/issues/822"}}},
	{name: "Atlassian", hosts: []string{"atlassian.com"}, offline: "scope:offline_access", jsonToken: true, bothToken: true,
		sources: []source{{"json", "https://developer.atlassian.com/cloud/oauth/getting-started/refresh-tokens/"}}},
	{name: "Xero", hosts: []string{"xero.com"}, codeLife: 5 * minute, offline: "scope:offline_access", apiHosts: []string{"api.xero.com/api.xro", "api.xero.com/payroll", "api.xero.com/files", "api.xero.com/projects", "api.xero.com/assets"}, header: "Xero-Tenant-Id",
		sources: []source{{"offline, api header", "https://community.xero.com/developer/discussion/127920775"}}},
	{name: "Intuit", hosts: []string{"intuit.com"}, codeLife: 10 * minute, members: []string{"realmId"},
		sources: []source{{"members", "https://github.com/airbytehq/airbyte/issues/7296"}}},
	{name: "Dropbox", hosts: []string{"dropbox.com", "dropboxapi.com"}, offline: "param:token_access_type=offline",
		sources: []source{{"offline", inNango}}},
	{name: "Reddit", hosts: []string{"reddit.com"}, offline: "param:duration=permanent", separator: ", ", basicOnly: true,
		sources: []source{{"offline, separator", inNango}, {"basic", inGoOAuth2}}},
	{name: "Zoho", hosts: []string{"zoho.com", "zoho.eu", "zoho.in", "zohoapis.com", "zohoapis.eu", "zohoapis.in", "zoho.com.au"}, offline: "param:access_type=offline", separator: ",", scheme: "Zoho-oauthtoken",
		sources: []source{{"offline, scheme", inNango}}},
	{name: "Salesforce", hosts: []string{"salesforce.com", "force.com"}, codeLife: 15 * minute, offline: "scope:refresh_token|scope:offline_access"},
	{name: "Strava", hosts: []string{"strava.com"}, separator: ",",
		sources: []source{{"separator", inNango}}},
	{name: "TikTok", hosts: []string{"tiktok.com", "tiktokapis.com"}, separator: ",",
		sources: []source{{"separator", "https://developers.tiktok.com/doc/oauth-error-handling"}}},
	{name: "Square", hosts: []string{"squareup.com", "squareupsandbox.com"}, codeLife: 5 * minute, jsonToken: true, bothToken: true,
		sources: []source{{"json", "https://developer.squareup.com/reference/square/o-auth/obtain-token"}}},
	{name: "PayPal", hosts: []string{"paypal.com"}, basicOnly: true,
		sources: []source{{"basic", inGoOAuth2}}},
	{name: "Feishu", hosts: []string{"feishu.cn", "larksuite.com"}, codeLife: 5 * minute, offline: "scope:offline_access", jsonToken: true,
		sources: []source{{"code, offline, json", "https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/authentication-management/access-token/get-user-access-token.md"}}},
	{name: "DingTalk", hosts: []string{"dingtalk.com"}, jsonToken: true, tokenHeader: "x-acs-dingtalk-access-token",
		sources: []source{{"json", "https://help.dingtalk.io/open/development/obtain-user-token"}}},
	{name: "WeChat", hosts: []string{"weixin.qq.com"}, codeLife: 5 * minute, separator: ",", getToken: true, queryToken: true,
		sources: []source{{"get, separator", "https://wohugb.gitbooks.io/wechat/content/authorize/step_two.html"}}},
	{name: "QQ", hosts: []string{"graph.qq.com"}, separator: ",", getToken: true, queryToken: true,
		sources: []source{{"get", inSocialCore}}},
	{name: "Weibo", hosts: []string{"weibo.com"}, noRefresh: true, queryToken: true, getToken: true,
		sources: []source{{"no refresh", inSocialCore}}},
	{name: "Twitch", hosts: []string{"twitch.tv"}, apiHosts: []string{"api.twitch.tv"}, header: "Client-Id",
		sources: []source{{"api header", inSocialCore}}},
	{name: "Apple", hosts: []string{"appleid.apple.com"}, codeLife: 5 * minute, assertionAud: "https://appleid.apple.com",
		sources: []source{{"assertion audience", "https://fluffy.es/how-to-solve-invalid_client-error-in-sign-in-with-apple/"}}},
	{name: "Figma", hosts: []string{"figma.com"}, separator: ",", basicOnly: true,
		sources: []source{{"separator, basic", inNango}}},
	{name: "Fitbit", hosts: []string{"fitbit.com"}, codeLife: 10 * minute, basicOnly: true,
		sources: []source{{"basic", inNango}}},
	{name: "Zoom", hosts: []string{"zoom.us"}, codeLife: 10 * minute},
	{name: "Twitter", hosts: []string{"api.twitter.com", "api.x.com", "twitter.com", "x.com"}, codeLife: 30 * time.Second, offline: "scope:offline.access"},
	{name: "GitLab", hosts: []string{"gitlab.com"}, codeLife: 10 * minute},
	{name: "HubSpot", hosts: []string{"hubspot.com", "hubapi.com"}},
	{name: "Discord", hosts: []string{"discord.com"}, codeLife: 10 * minute},
	{name: "Spotify", hosts: []string{"spotify.com"}, codeLife: 10 * minute},
	{name: "Withings", hosts: []string{"withings.com", "withings.net"}, codeLife: 30 * time.Second, separator: ","},
	{name: "Monday", hosts: []string{"monday.com"}, noRefresh: true},
}

// factFor finds what the table knows by a host; nil if nothing.
func factFor(host string) *fact {
	for i := range facts {
		for _, h := range facts[i].hosts {
			if hostIs(host, h) {
				return &facts[i]
			}
		}
	}
	return nil
}

// hostIs: the host itself, or a name under it.
func hostIs(host, suffix string) bool {
	return host == suffix || len(host) > len(suffix) && strings.HasSuffix(host, suffix) && host[len(host)-len(suffix)-1] == '.'
}

// world is one environment of a provider: its hosts, the prefixes of its client ids.
type world struct {
	family, env string
	hosts       []string
	prefixes    []string
	guess       bool // read from a name, not known
	// where hosts and prefixes were read; empty: general knowledge.
	where string
}

// known says what a statement about the environment rests on, if nobody has checked it.
func (w *world) known() string {
	if w.where == "" && !w.guess {
		return " (general knowledge, not checked)"
	}
	return ""
}

var worlds = []world{
	{family: "Stytch", env: "test", hosts: []string{"customers.stytch.dev", "test.stytch.com", "app.staging.trusspayments.com", "api.staging.trusspayments.com", "staging.trusspayments.com"}, prefixes: []string{"connected-app-test-", "project-test-"}, where: "Truss OAuth Integration Guide, steps 1 and 3; https://stytch.com/docs/b2b/api/connected-app-access-token"},
	{family: "Stytch", env: "live", hosts: []string{"customers.stytch.com", "api.stytch.com", "app.trusspayments.com", "api.trusspayments.com"}, prefixes: []string{"connected-app-live-", "project-live-"}, where: "Truss OAuth Integration Guide, steps 1 and 3; https://stytch.com/docs/b2b/api/connected-app-access-token"},
	{family: "TrueLayer", env: "sandbox", hosts: []string{"truelayer-sandbox.com"}, prefixes: []string{"sandbox-"}, where: "https://docs.truelayer.com/openapi/authentication-server.json; the example token of Generate a payments access token"},
	{family: "TrueLayer", env: "production", hosts: []string{"truelayer.com"}, where: "https://docs.truelayer.com/openapi/authentication-server.json"},
	{family: "Square", env: "sandbox", hosts: []string{"connect.squareupsandbox.com", "squareupsandbox.com"}, prefixes: []string{"sandbox-sq0idb-", "sandbox-sq0csb-"}, where: "https://developer.squareup.com/reference/square/o-auth/obtain-token"},
	{family: "Square", env: "production", hosts: []string{"connect.squareup.com", "squareup.com"}, prefixes: []string{"sq0idp-", "sq0csp-"}, where: "https://developer.squareup.com/reference/square/o-auth/obtain-token"},
	{family: "PayPal", env: "sandbox", hosts: []string{"api-m.sandbox.paypal.com", "api.sandbox.paypal.com", "www.sandbox.paypal.com", "sandbox.paypal.com"}, where: inNango},
	{family: "PayPal", env: "live", hosts: []string{"api-m.paypal.com", "api.paypal.com", "www.paypal.com", "paypal.com"}, where: inNango},
	{family: "Salesforce", env: "sandbox", hosts: []string{"test.salesforce.com", "sandbox.my.salesforce.com"}, where: inNango},
	{family: "Salesforce", env: "production", hosts: []string{"login.salesforce.com"}, where: inNango},
	{family: "Zoho", env: "com", hosts: []string{"accounts.zoho.com", "zohoapis.com"}, where: inNango},
	{family: "Zoho", env: "eu", hosts: []string{"accounts.zoho.eu", "zohoapis.eu"}, where: inNango},
	{family: "Zoho", env: "in", hosts: []string{"accounts.zoho.in", "zohoapis.in"}, where: inNango},
	{family: "Zoho", env: "com.au", hosts: []string{"accounts.zoho.com.au", "zohoapis.com.au"}, where: inNango},
	{family: "Okta", env: "preview", hosts: []string{"oktapreview.com"}},
	{family: "Okta", env: "production", hosts: []string{"okta.com"}},
	{family: "Entra", env: "US government", hosts: []string{"login.microsoftonline.us"}},
	{family: "Entra", env: "China", hosts: []string{"login.chinacloudapi.cn", "login.partner.microsoftonline.cn"}},
	{family: "Entra", env: "public", hosts: []string{"login.microsoftonline.com"}},
	{family: "Adyen", env: "test", hosts: []string{"adyen-test.com", "ca-test.adyen.com"}},
	{family: "DocuSign", env: "demo", hosts: []string{"account-d.docusign.com", "demo.docusign.net"}},
	{family: "DocuSign", env: "production", hosts: []string{"account.docusign.com"}},
}

// worldOf finds the environment of a host. The longest match wins: a sandbox may be a
// name under the production's.
func worldOf(host string) *world {
	var best *world
	length := 0
	for i := range worlds {
		for _, h := range worlds[i].hosts {
			if hostIs(host, h) && len(h) > length {
				best, length = &worlds[i], len(h)
			}
		}
	}
	return best
}

// sampleHosts serve nobody: names that RFC 2606 sets aside, and the usual stand-ins for
// one's own. Those of a provider's documentation stand in its profile.
var sampleHosts = []string{"example.com", "example.org", "example.net", "example.edu",
	"your-domain.com", "yourdomain.com", "your-domain", "yourdomain", "your-tenant.auth0.com", "yourtenant.auth0.com", "your-domain.auth0.com", "yourdomain.okta.com", "your-domain.okta.com",
	"your-company.com", "yourcompany.com", "mycompany.com", "yourapp.com", "your-app.com", "my-domain.com", "authorization-server.com", "auth.yourdomain.com", "your-subdomain.zendesk.com",
	"your-instance.service-now.com", "youroktadomain", "{yourdomain}", "{domain}", "{tenant}", "dev-123456.okta.com", "contoso.com"}

// isSampleHost tells that nobody can have been given this host.
func isSampleHost(host string, more []string) bool {
	if host == "" || strings.HasSuffix(host, ".test") {
		return false
	}
	plain := percentDecode(host)
	if strings.ContainsAny(plain, "${}<>[") && !strings.HasPrefix(plain, "[") {
		return true
	}
	for _, list := range [...][]string{sampleHosts, more} {
		for _, s := range list {
			if hostIs(plain, strings.ToLower(s)) {
				return true
			}
		}
	}
	for _, label := range strings.Split(plain, ".") {
		switch strings.Trim(label, "-_") {
		case "your-domain", "yourdomain", "your-tenant", "yourtenant", "your-company", "yourcompany", "your-org", "yourorg", "your-subdomain", "yoursubdomain",
			"your-project", "yourproject", "your-shop", "yourshop", "your-store", "your-instance", "tenant-name", "my-tenant", "shop-name", "projectdomain":
			return true
		}
	}
	return false
}
