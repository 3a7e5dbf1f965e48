package diagnose

import (
	"strings"
	"time"
)

// fact is what is known about a provider, found by a host of the traffic. It is used
// beside the profile, since a recording has none.
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
}

const minute = time.Minute

var facts = []fact{
	{name: "TrueLayer", hosts: []string{"truelayer.com", "truelayer-sandbox.com"}, codeLife: 5 * minute, consent: 90 * 24 * time.Hour, offline: "scope:offline_access", bothToken: true, newestOnly: true},
	{name: "Truss", hosts: []string{"trusspayments.com"}, codeLife: 10 * minute, offline: "scope:offline_access", bothToken: true},
	{name: "Stytch", hosts: []string{"stytch.com", "stytch.dev"}, codeLife: 10 * minute, offline: "scope:offline_access", bothToken: true},
	{name: "Trustoo", hosts: []string{"trustoo.io"}, jsonToken: true},
	{name: "Trulioo", hosts: []string{"trulioo.com"}, noRefresh: true},
	{name: "Google", hosts: []string{"google.com", "googleapis.com"}, codeLife: 10 * minute, offline: "param:access_type=offline", reconsent: true, testing: true, issuers: []string{"https://accounts.google.com", "accounts.google.com"}},
	{name: "Entra", hosts: []string{"microsoftonline.com", "login.windows.net", "microsoft.com", "microsoftonline.us", "microsoftonline.cn"}, codeLife: 10 * minute, offline: "scope:offline_access", guidIsID: true, issuers: []string{"https://sts.windows.net/", "https://login.microsoftonline.com/"}},
	{name: "GitHub", hosts: []string{"github.com"}, codeLife: 10 * minute, noRefresh: true},
	{name: "Slack", hosts: []string{"slack.com"}, codeLife: 10 * minute, noRefresh: true, separator: ","},
	{name: "Shopify", hosts: []string{"myshopify.com", "shopify.com"}, noRefresh: true, separator: ",", jsonToken: true, bothToken: true, tokenHeader: "X-Shopify-Access-Token", members: []string{"shop", "hmac"}},
	{name: "LinkedIn", hosts: []string{"linkedin.com"}, codeLife: 30 * minute, noRefresh: true},
	{name: "Notion", hosts: []string{"notion.com", "notion.so"}, noRefresh: true, jsonToken: true, apiHosts: []string{"api.notion.com"}, header: "Notion-Version", basicOnly: true},
	{name: "Facebook", hosts: []string{"facebook.com"}, noRefresh: true, separator: ",", getToken: true, queryToken: true},
	{name: "Instagram", hosts: []string{"instagram.com", "threads.net"}, noRefresh: true, separator: ",", getToken: true, queryToken: true},
	{name: "Okta", hosts: []string{"okta.com", "oktapreview.com", "okta-emea.com"}, codeLife: 5 * minute, offline: "scope:offline_access"},
	{name: "Auth0", hosts: []string{"auth0.com"}, codeLife: 10 * minute, offline: "scope:offline_access", bothToken: true},
	{name: "Atlassian", hosts: []string{"atlassian.com"}, offline: "scope:offline_access", jsonToken: true, bothToken: true},
	{name: "Xero", hosts: []string{"xero.com"}, codeLife: 5 * minute, offline: "scope:offline_access", apiHosts: []string{"api.xero.com/api.xro", "api.xero.com/payroll", "api.xero.com/files", "api.xero.com/projects", "api.xero.com/assets"}, header: "Xero-Tenant-Id"},
	{name: "Intuit", hosts: []string{"intuit.com"}, codeLife: 10 * minute, members: []string{"realmId"}},
	{name: "Dropbox", hosts: []string{"dropbox.com", "dropboxapi.com"}, offline: "param:token_access_type=offline"},
	{name: "Reddit", hosts: []string{"reddit.com"}, offline: "param:duration=permanent", separator: ", ", basicOnly: true},
	{name: "Zoho", hosts: []string{"zoho.com", "zoho.eu", "zoho.in", "zohoapis.com", "zohoapis.eu", "zohoapis.in", "zoho.com.au"}, offline: "param:access_type=offline", separator: ",", scheme: "Zoho-oauthtoken"},
	{name: "Salesforce", hosts: []string{"salesforce.com", "force.com"}, codeLife: 15 * minute, offline: "scope:refresh_token|scope:offline_access"},
	{name: "Strava", hosts: []string{"strava.com"}, separator: ","},
	{name: "TikTok", hosts: []string{"tiktok.com", "tiktokapis.com"}, separator: ","},
	{name: "Square", hosts: []string{"squareup.com", "squareupsandbox.com"}, codeLife: 5 * minute, jsonToken: true, bothToken: true},
	{name: "PayPal", hosts: []string{"paypal.com"}, basicOnly: true},
	{name: "Feishu", hosts: []string{"feishu.cn", "larksuite.com"}, codeLife: 5 * minute, offline: "scope:offline_access", jsonToken: true},
	{name: "DingTalk", hosts: []string{"dingtalk.com"}, jsonToken: true, tokenHeader: "x-acs-dingtalk-access-token"},
	{name: "WeChat", hosts: []string{"weixin.qq.com"}, codeLife: 5 * minute, separator: ",", getToken: true, queryToken: true},
	{name: "QQ", hosts: []string{"graph.qq.com"}, separator: ",", getToken: true, queryToken: true},
	{name: "Weibo", hosts: []string{"weibo.com"}, noRefresh: true, queryToken: true, getToken: true},
	{name: "Twitch", hosts: []string{"twitch.tv"}, apiHosts: []string{"api.twitch.tv"}, header: "Client-Id"},
	{name: "Apple", hosts: []string{"appleid.apple.com"}, codeLife: 5 * minute, assertionAud: "https://appleid.apple.com"},
	{name: "Amazon", hosts: []string{"amazon.com", "sellingpartnerapi-na.amazon.com", "sellingpartnerapi-eu.amazon.com"}, apiHosts: nil},
	{name: "Figma", hosts: []string{"figma.com"}, separator: ",", basicOnly: true},
	{name: "Fitbit", hosts: []string{"fitbit.com"}, codeLife: 10 * minute, basicOnly: true},
	{name: "Zoom", hosts: []string{"zoom.us"}, codeLife: 10 * minute},
	{name: "Twitter", hosts: []string{"api.twitter.com", "api.x.com", "twitter.com", "x.com"}, codeLife: 30 * time.Second, offline: "scope:offline.access"},
	{name: "GitLab", hosts: []string{"gitlab.com"}, codeLife: 10 * minute},
	{name: "HubSpot", hosts: []string{"hubspot.com", "hubapi.com"}},
	{name: "Discord", hosts: []string{"discord.com"}, codeLife: 10 * minute},
	{name: "Spotify", hosts: []string{"spotify.com"}, codeLife: 10 * minute},
	{name: "Withings", hosts: []string{"withings.com", "withings.net"}, codeLife: 30 * time.Second, separator: ","},
	{name: "Monday", hosts: []string{"monday.com"}, noRefresh: true},
}

// factFor finds what is known by a host; nil if nothing.
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
}

var worlds = []world{
	{family: "Stytch", env: "test", hosts: []string{"customers.stytch.dev", "test.stytch.com", "app.staging.trusspayments.com", "api.staging.trusspayments.com", "staging.trusspayments.com"}, prefixes: []string{"connected-app-test-", "project-test-"}},
	{family: "Stytch", env: "live", hosts: []string{"customers.stytch.com", "api.stytch.com", "app.trusspayments.com", "api.trusspayments.com"}, prefixes: []string{"connected-app-live-", "project-live-"}},
	{family: "TrueLayer", env: "sandbox", hosts: []string{"truelayer-sandbox.com"}, prefixes: []string{"sandbox-"}},
	{family: "TrueLayer", env: "production", hosts: []string{"truelayer.com"}},
	{family: "Square", env: "sandbox", hosts: []string{"connect.squareupsandbox.com", "squareupsandbox.com"}, prefixes: []string{"sandbox-sq0idb-", "sandbox-sq0csb-"}},
	{family: "Square", env: "production", hosts: []string{"connect.squareup.com", "squareup.com"}, prefixes: []string{"sq0idp-", "sq0csp-"}},
	{family: "PayPal", env: "sandbox", hosts: []string{"api-m.sandbox.paypal.com", "api.sandbox.paypal.com", "www.sandbox.paypal.com", "sandbox.paypal.com"}},
	{family: "PayPal", env: "live", hosts: []string{"api-m.paypal.com", "api.paypal.com", "www.paypal.com", "paypal.com"}},
	{family: "Salesforce", env: "sandbox", hosts: []string{"test.salesforce.com", "sandbox.my.salesforce.com"}},
	{family: "Salesforce", env: "production", hosts: []string{"login.salesforce.com"}},
	{family: "Zoho", env: "com", hosts: []string{"accounts.zoho.com", "zohoapis.com"}},
	{family: "Zoho", env: "eu", hosts: []string{"accounts.zoho.eu", "zohoapis.eu"}},
	{family: "Zoho", env: "in", hosts: []string{"accounts.zoho.in", "zohoapis.in"}},
	{family: "Zoho", env: "com.au", hosts: []string{"accounts.zoho.com.au", "zohoapis.com.au"}},
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

// sampleHosts serve nobody: they are printed in documentation.
var sampleHosts = []string{"auth.foundation.dev.trusspayments.com", "auth-api-primary.dev.trulioo.com", "example.com", "example.org", "example.net", "example.edu",
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
