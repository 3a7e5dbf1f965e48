// Code generated from profiles by go test -update; DO NOT EDIT.

package provider

var profileTrustwill = profile{
	Name:    "trustwill",
	Title:   "TrustWILL",
	Order:   20,
	Summary: "Shop reviews (Trustoo Open API). JSON token requests, every answer in an envelope, and an API call makes the authorization URL.",
	Grants:  []string{"authorization_code", "client_credentials", "refresh_token"},
	Environments: []environment{{
		Name: "production",
		Endpoints: endpoints{
			Authorization: "https://rapi.trustoo.io/api/v1/openapi/oauth/authorize",
			AuthorizeURL:  "https://rapi.trustoo.io/api/v1/openapi/get_oauth_authorize_url",
			Token:         "https://rapi.trustoo.io/api/v1/openapi/oauth/token",
			Revocation:    "https://rapi.trustoo.io/api/v1/openapi/oauth_revoke_token",
			API:           "https://rapi.trustoo.io",
		},
		Notes: []note{{
			Text: "There is no sandbox in the documentation: tests run against the live service, with a test client and a test shop.",
		}},
	}},
	Dialect: dialect{
		ClientAuth:        "client_secret_json",
		TokenBody:         "json",
		PKCEMethod:        "off",
		AuthorizeDelivery: "url_from_api",
		CodeInBody:        true,
		OmitResponseType:  true,
		GrantParams: []grantParam{{
			Grant:   "client_credentials",
			Name:    "myshopify_domain",
			Value:   "example.myshopify.com",
			Meaning: "the shop that the token is for; shop_id does as well",
		}},
		Fields: fieldPaths{
			AccessToken:      []string{"$.data.access_token"},
			TokenType:        []string{"$.data.token_type"},
			ExpiresIn:        []string{"$.data.expires_in"},
			RefreshToken:     []string{"$.data.refresh_token"},
			IDToken:          []string{"$.data.id_token"},
			Scope:            []string{"$.data.scope"},
			Error:            []string{"$.code"},
			ErrorDescription: []string{"$.message"},
			RequestID:        []string{"$.request_id"},
			AuthorizeURL:     []string{"$.data.authorize_url"},
			Code:             []string{"$.data.code"},
			State:            []string{"$.data.state"},
		},
		Success: &predicate{
			Path:         "$.code",
			Equals:       "0",
			AbsentPasses: true,
		},
		Rotation:   "if_returned",
		ServerTime: "$.time",
	},
	Lifetimes: lifetimes{
		AccessToken: "60m",
	},
	Scopes: []scope{{
		Name:    "read_reviews",
		Meaning: "read the reviews of the shop",
		Default: true,
	}, {
		Name:    "read_shop_install_status",
		Meaning: "ask whether a shop has installed the platform; checked in the platform's configuration",
	}},
	Notes: []note{{
		Text: "Success is decided inside the body: code is 0. A failure may well come with status 200.",
	}, {
		Text: "Codes and tokens are 16 bytes in base64 with + / and =. A + that is not percent-encoded in a URL or form arrives as a blank: about 3 codes in 10 contain one, so the failure comes and goes.",
	}, {
		Step: "authorize_url",
		Text: "The URL is not built here: get_oauth_authorize_url answers with it. Its parameters are client_id, redirect_uri, state and scope: no response_type, and no PKCE.",
	}, {
		Step: "authorize",
		Text: "The merchant must be signed in: the authorization endpoint needs the merchant's session, which only a browser has.",
	}, {
		Step: "authorize",
		Text: "Two generations of the documentation disagree: one redirects to redirect_uri with the code, the other answers 200 with the code in data.code. Which one is live is not verified; both are understood.",
	}, {
		Step: "exchange",
		Text: "Credentials are members of the JSON body. The sample's header authorization: <api-key> is an artefact of the documentation tool: sending it may switch the server to another kind of authentication.",
	}, {
		Step: "exchange",
		Text: "client_credentials works only for special platforms, those with skip_shop_oauth=1, and names the shop by shop_id or myshopify_domain in the token request.",
	}, {
		Step: "exchange",
		Text: "The member time is the server's clock in Unix seconds, to be compared with yours.",
	}, {
		Step: "revoke",
		Text: "The answer is an empty object without an envelope, and that is a success.",
	}, {
		Step: "call",
		Text: "An Authorization header that is not empty means OAuth. Without it the API expects the older HMAC signature (Public-Token, Sign, Timestamp, valid for 15 minutes).",
	}},
	Calls: []call{{
		Name: "Authorization info",
		Path: "/api/v1/openapi/get_shop_authorization_info",
		Query: []param{{
			Name:  "shop_id",
			Value: "59730165893",
		}, {
			Name:  "myshopify_domain",
			Value: "example.myshopify.com",
		}},
		Auth: "client_query",
		Note: "Tells whether the shop has authorized the platform, and with which scopes. Put your own shop in. The client secret goes into the URL, where proxies and logs see it: that is how it is documented.",
	}, {
		Name: "Installation status",
		Path: "/api/v1/openapi/get_shop_install_status",
		Query: []param{{
			Name:  "shop_id",
			Value: "72738668786",
		}, {
			Name:  "myshopify_domain",
			Value: "example.myshopify.com",
		}},
		Auth: "client_query",
		Note: "Tells whether the shop has ever installed the platform; does not tell whether the authorization still holds. Put your own shop in.",
	}, {
		Name:    "Disconnect",
		Method:  "POST",
		Path:    "/api/v1/openapi/oauth/disconnect",
		Note:    "Removes the platform's authorization for the shop of the token. Afterwards the merchant has to authorize again.",
		Revokes: true,
	}, {
		Name:    "Cancel authorization",
		Method:  "POST",
		Path:    "/api/v1/openapi/oauth/cancel",
		Auth:    "client_json",
		Note:    "Not verified: the documentation lists this call, but its path and parameters could not be read, and the path here follows its neighbours. Compare with the provider's page before sending.",
		Revokes: true,
	}},
	Simulator: simulator{
		AccessTokenFormat: "base64",
		ExpiresIn:         3600,
		AuthMethods:       []string{"client_secret_json"},
		SkipShopOAuth:     true,
	},
	Sources: []source{{
		Claim:   "token endpoint, JSON body with credentials in it, grants, skip_shop_oauth, the envelope and the place of each token member, expires_in 3600",
		Fields:  []string{"grants", "environments.production.endpoints.token", "environments.production.endpoints.api", "dialect.client_auth", "dialect.token_body", "dialect.fields.access_token", "dialect.fields.token_type", "dialect.fields.expires_in", "dialect.fields.refresh_token", "dialect.fields.scope", "dialect.fields.request_id", "lifetimes", "simulator", "notes"},
		Where:   "TrustWILL, OAuth2 Get / Refresh Access Token, modified 2026-06-24; https://apidoc.trustoo.io/api-477412680",
		Checked: "2026-11-21",
		Status:  "documented",
	}, {
		Claim:   "shop_id and myshopify_domain in the token request",
		Fields:  []string{"dialect.grant_params"},
		Where:   "https://1k2ym4ddz9.apifox.cn/api-463211751, an older draft of the page",
		Checked: "2026-11-21",
		Status:  "documented",
	}, {
		Claim:   "the call that answers with the authorization URL, its parameters and its envelope",
		Fields:  []string{"environments.production.endpoints.authorize_url", "dialect.authorize_delivery", "dialect.omit_response_type", "dialect.fields.authorize_url", "dialect.success"},
		Where:   "https://apidoc.trustoo.io/api-463211749",
		Checked: "2026-11-21",
		Status:  "documented",
	}, {
		Claim:   "the authorization endpoint; redirect in the newer page, code in the body in the older one",
		Fields:  []string{"environments.production.endpoints.authorization", "dialect.code_in_body", "dialect.fields.code", "dialect.fields.state"},
		Where:   "https://apidoc.trustoo.io/api-463211750 and https://apidoc.trustoo.io/api-477412678",
		Checked: "2026-11-21",
		Status:  "documented",
	}, {
		Claim:   "revocation, and its answer without an envelope; base64 tokens",
		Fields:  []string{"environments.production.endpoints.revocation", "dialect.success.absent_passes", "simulator.access_token_format"},
		Where:   "https://apidoc.trustoo.io/api-473401718",
		Checked: "2026-11-21",
		Status:  "documented",
	}, {
		Claim:   "authorization info, installation status and disconnect; the scopes named there",
		Fields:  []string{"calls.Authorization info", "calls.Installation status", "calls.Disconnect", "scopes"},
		Where:   "https://apidoc.trustoo.io/api-477412683, https://apidoc.trustoo.io/api-477412684, https://apidoc.trustoo.io/api-477412682",
		Checked: "2026-11-21",
		Status:  "documented",
	}, {
		Claim:   "time is the server's clock in Unix seconds",
		Fields:  []string{"dialect.server_time"},
		Where:   "https://apidoc.trustoo.io/api-473401720: 66 seconds after authorized_at in the same answer",
		Checked: "2026-11-21",
		Status:  "inferred",
	}, {
		Claim:   "that there is no sandbox host; separator and full list of scopes; rotation; PKCE; an ID token; codes and statuses of failures; path of the cancel call",
		Fields:  []string{"environments.production.notes", "dialect.pkce_method", "dialect.rotation", "dialect.fields.id_token", "dialect.fields.error", "dialect.fields.error_description", "calls.Cancel authorization"},
		Where:   "not documented, or on pages that could not be read",
		Checked: "2026-11-21",
		Status:  "unverified",
	}},
}
