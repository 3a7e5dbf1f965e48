// Code generated from profiles by go test -update; DO NOT EDIT.

package provider

var profileTruelayerData = profile{
	Name:    "truelayer-data",
	Title:   "TrueLayer Data",
	Order:   40,
	Summary: "Bank account data. Authorization code at the root path of the auth host; consent for 90 days, codes for 5 minutes, only the newest token works.",
	Grants:  []string{"authorization_code", "refresh_token"},
	Environments: []environment{{
		Name: "production",
		Endpoints: endpoints{
			Issuer:        "https://auth.truelayer.com",
			Authorization: "https://auth.truelayer.com/",
			Token:         "https://auth.truelayer.com/connect/token",
			JWKS:          "https://auth.truelayer.com/.well-known/openid-configuration/jwks",
			Discovery:     "https://auth.truelayer.com/.well-known/openid-configuration",
			API:           "https://api.truelayer.com",
		},
	}, {
		Name:             "sandbox",
		ClientIDPrefixes: []string{"sandbox-"},
		Endpoints: endpoints{
			Issuer:        "https://auth.truelayer-sandbox.com",
			Authorization: "https://auth.truelayer-sandbox.com/",
			Token:         "https://auth.truelayer-sandbox.com/connect/token",
			JWKS:          "https://auth.truelayer-sandbox.com/.well-known/openid-configuration/jwks",
			Discovery:     "https://auth.truelayer-sandbox.com/.well-known/openid-configuration",
			API:           "https://api.truelayer-sandbox.com",
		},
	}},
	Dialect: dialect{
		ClientAuth:      "client_secret_post",
		TokenBody:       "form",
		PKCEMethod:      "off",
		Rotation:        "if_returned",
		OfflineScope:    "offline_access",
		NewestTokenOnly: true,
	},
	Lifetimes: lifetimes{
		Code:        "5m",
		AccessToken: "60m",
		Consent:     "90d",
		RefreshText: "as long as the consent: 90 days",
	},
	Scopes: []scope{{
		Name:    "info",
		Meaning: "who the user is, as the bank knows it",
		Default: true,
	}, {
		Name:    "accounts",
		Meaning: "account numbers and details",
		Default: true,
	}, {
		Name:    "balance",
		Meaning: "balances; together with accounts or cards",
		Default: true,
	}, {
		Name:    "transactions",
		Meaning: "transactions; together with accounts or cards",
	}, {
		Name:    "cards",
		Meaning: "card numbers and details",
	}, {
		Name:    "direct_debits",
		Meaning: "direct debits of the accounts; open banking providers only",
	}, {
		Name:    "standing_orders",
		Meaning: "standing orders of the accounts; open banking providers only",
	}, {
		Name:    "offline_access",
		Meaning: "get a refresh token, and with it access while the user is away",
		Default: true,
	}},
	Notes: []note{{
		Text: "Authorization stands at the root path of the auth host, not at /authorize or /connect/authorize.",
	}, {
		Step: "authorize_url",
		Text: "To skip the choice of a bank add provider_id; it must be one of those in the parameter providers. Each link works once: build a new one for every attempt. It refuses to be shown in a frame.",
	}, {
		Step: "authorize_url",
		Text: "PKCE is not documented, so it is off. For a first try without a server of your own, https://console.truelayer.com/redirect-page can be the redirect URI: it shows the code, and you paste it here.",
	}, {
		Step: "exchange",
		Text: "A code lives 5 minutes and works once. The error is TrueLayer's own invalid_authorization_code, with status 400; invalid_client too comes with 400.",
	}, {
		Step: "refresh",
		Text: "invalid_grant at a refresh most often means that the user's 90 days of consent are over: connect the user again, a retry does not help.",
	}, {
		Step: "call",
		Text: "Only the newest access token works: after a refresh the earlier ones answer 401, although they have not expired.",
	}},
	Calls: []call{{
		Name: "Token and connection",
		Path: "/data/v1/me",
		Note: "Facts about the access token and the connection; the smallest call that proves the token.",
	}, {
		Name: "Accounts",
		Path: "/data/v1/accounts",
		Note: "Needs the scope accounts.",
	}, {
		Name: "User info",
		Path: "/data/v1/info",
		Note: "Needs the scope info.",
	}},
	Simulator: simulator{
		AccessTokenFormat: "at+jwt",
		Algorithm:         "RS256",
		Audience:          []string{"data_api"},
		ScopeClaimArray:   true,
		InvalidClient:     400,
		InvalidGrantCode:  "invalid_authorization_code",
		ExpiresIn:         3600,
		AuthMethods:       []string{"client_secret_post", "client_secret_json"},
	},
	Sources: []source{{
		Claim:   "authorization at the root path, parameters, single use, no frames",
		Fields:  []string{"environments.production.endpoints.authorization", "grants", "notes"},
		Where:   "https://docs.truelayer.com/docs/generate-an-auth-link and https://docs.truelayer.com/docs/auth-link-basics",
		Checked: "2026-11-21",
		Status:  "documented",
	}, {
		Claim:   "grants, token endpoint and credentials in the form body; hosts of both environments; JSON bodies; statuses",
		Fields:  []string{"environments.production.endpoints.token", "environments.sandbox.endpoints.token", "dialect.client_auth", "dialect.token_body", "simulator.auth_methods", "simulator.invalid_client"},
		Where:   "https://docs.truelayer.com/openapi/authentication-server.json; Generate a payments access token, https://docs.truelayer.com/docs/generate-a-payments-access-token",
		Checked: "2026-11-21",
		Status:  "documented",
	}, {
		Claim:   "code lifetime, invalid_authorization_code, the meaning of invalid_grant, consent for 90 days",
		Fields:  []string{"lifetimes.code", "lifetimes.consent", "lifetimes.refresh_text", "simulator.invalid_grant_code"},
		Where:   "https://docs.truelayer.com/docs/data-api-errors",
		Checked: "2026-11-21",
		Status:  "documented",
	}, {
		Claim:   "only the last access token is valid",
		Fields:  []string{"dialect.newest_token_only"},
		Where:   "https://support.truelayer.com/hc/en-us/articles/360004162458",
		Checked: "2026-11-21",
		Status:  "documented",
	}, {
		Claim:   "offline_access for a refresh token; the scopes and what each opens",
		Fields:  []string{"dialect.offline_scope", "scopes"},
		Where:   "https://docs.truelayer.com/docs/create-a-connection and https://docs.truelayer.com/docs/scopes",
		Checked: "2026-11-21",
		Status:  "documented",
	}, {
		Claim:   "API hosts and the calls",
		Fields:  []string{"environments.production.endpoints.api", "environments.sandbox.endpoints.api", "calls"},
		Where:   "https://docs.truelayer.com/openapi/data-api-v1.json",
		Checked: "2026-11-21",
		Status:  "documented",
	}, {
		Claim:   "the sandbox authorizes at its root path as well; issuer; sandbox- prefix; one hour; the token's form as for payments",
		Fields:  []string{"environments.sandbox.endpoints.authorization", "environments.production.endpoints.issuer", "environments.sandbox.endpoints.issuer", "environments.sandbox.client_id_prefixes", "lifetimes.access_token", "simulator.access_token_format", "simulator.algorithm", "simulator.scope_claim_array", "simulator.expires_in"},
		Where:   "the example token and answer in Generate a payments access token, applied to the Data API",
		Checked: "2026-11-21",
		Status:  "inferred",
	}, {
		Claim:   "metadata document, keys, PKCE, rotation of the refresh token, the audience of Data tokens",
		Fields:  []string{"environments.production.endpoints.discovery", "environments.production.endpoints.jwks", "environments.sandbox.endpoints.discovery", "environments.sandbox.endpoints.jwks", "dialect.pkce_method", "dialect.rotation", "simulator.audience"},
		Where:   "nothing in the documents",
		Checked: "2026-11-21",
		Status:  "unverified",
	}},
}
