// Code generated from profiles by go test -update; DO NOT EDIT.

package provider

var profileTruelayer = profile{
	Name:    "truelayer",
	Title:   "TrueLayer",
	Order:   30,
	Summary: "Payments API. Client credentials; JWT access tokens (at+jwt) for 60 minutes, to be cached and used again.",
	Grants:  []string{"client_credentials"},
	Environments: []environment{{
		Name: "production",
		Endpoints: endpoints{
			Issuer:    "https://auth.truelayer.com",
			Token:     "https://auth.truelayer.com/connect/token",
			JWKS:      "https://auth.truelayer.com/.well-known/openid-configuration/jwks",
			Discovery: "https://auth.truelayer.com/.well-known/openid-configuration",
			API:       "https://api.truelayer.com",
		},
	}, {
		Name:             "sandbox",
		ClientIDPrefixes: []string{"sandbox-"},
		Endpoints: endpoints{
			Issuer:    "https://auth.truelayer-sandbox.com",
			Token:     "https://auth.truelayer-sandbox.com/connect/token",
			JWKS:      "https://auth.truelayer-sandbox.com/.well-known/openid-configuration/jwks",
			Discovery: "https://auth.truelayer-sandbox.com/.well-known/openid-configuration",
			API:       "https://api.truelayer-sandbox.com",
		},
	}},
	Dialect: dialect{
		ClientAuth: "client_secret_post",
		TokenBody:  "form",
	},
	Lifetimes: lifetimes{
		AccessToken: "60m",
	},
	Scopes: []scope{{
		Name:     "payments",
		Meaning:  "single payments and payouts; every request to the Payments API needs it",
		Default:  true,
		Required: true,
	}, {
		Name:    "recurring_payments:sweeping",
		Meaning: "mandates for sweeping variable recurring payments; ask for payments too, or the mandate cannot be used",
	}, {
		Name:    "recurring_payments:commercial",
		Meaning: "mandates for commercial variable recurring payments; ask for payments too, or the mandate cannot be used",
	}, {
		Name:    "signupplus",
		Meaning: "details of the user, collected through a payment (Signup+)",
	}, {
		Name:    "tracking",
		Meaning: "tracking; TrueLayer has to enable it for your client",
	}, {
		Name:    "payouts",
		Meaning: "payouts of the legacy product",
		Legacy:  true,
	}, {
		Name:    "paydirect",
		Meaning: "PayDirect, a legacy product",
		Legacy:  true,
	}},
	Notes: []note{{
		Text: "Cache the access token and use it again for as long as it is valid, less the time that a renewal and one retry take. There is no refresh token: ask for a new access token.",
	}, {
		Text: "Scopes are separated by blanks in the request and in the answer; inside the token the scope claim is a list.",
	}, {
		Step: "exchange",
		Text: "invalid_client comes with status 400, not 401. Check first that credentials and host belong to the same environment: live and sandbox have their own.",
	}, {
		Step: "exchange",
		Text: "The token endpoint takes a form as in the guides, or JSON as in the API description.",
	}, {
		Step: "call",
		Text: "Most Payments API requests must also be signed (Tl-Signature) and carry an idempotency key. A 401 or 403 with a good token may be the signature, not OAuth.",
	}},
	Calls: []call{{
		Name: "List merchant accounts",
		Path: "/v3/merchant-accounts",
		Note: "Reads only. It is not verified that it works without a signed request.",
	}},
	Simulator: simulator{
		AccessTokenFormat: "at+jwt",
		Algorithm:         "RS256",
		Audience:          []string{"payments_api"},
		ScopeClaimArray:   true,
		InvalidClient:     400,
		ExpiresIn:         3600,
		AuthMethods:       []string{"client_secret_post", "client_secret_json"},
	},
	Sources: []source{{
		Claim:   "grant, token endpoint, form body with credentials, scopes and their meaning, 60 minutes, caching, signing; the token's iss, aud, typ, alg and scope list from the example",
		Fields:  []string{"grants", "environments.production.endpoints.token", "dialect.client_auth", "dialect.token_body", "lifetimes", "scopes", "notes", "simulator"},
		Where:   "TrueLayer, Generate a payments access token; https://docs.truelayer.com/docs/generate-a-payments-access-token",
		Checked: "2026-11-21",
		Status:  "documented",
	}, {
		Claim:   "hosts of both environments; JSON bodies; statuses 200, 400 and 500 alone",
		Fields:  []string{"environments.sandbox.endpoints.token", "simulator.auth_methods", "simulator.invalid_client"},
		Where:   "https://docs.truelayer.com/openapi/authentication-server.json",
		Checked: "2026-11-21",
		Status:  "documented",
	}, {
		Claim:   "the scope tracking",
		Fields:  []string{"scopes.tracking"},
		Where:   "https://docs.truelayer.com/docs/generate-a-payment-access-token",
		Checked: "2026-11-21",
		Status:  "documented",
	}, {
		Claim:   "the merchant accounts call",
		Fields:  []string{"calls"},
		Where:   "https://docs.truelayer.com/docs/get-your-merchant-account-transactions-or-payment-sources and https://docs.truelayer.com/docs/migrate-to-payments-v3-merchant-account-requests",
		Checked: "2026-11-21",
		Status:  "documented",
	}, {
		Claim:   "the API hosts",
		Fields:  []string{"environments.production.endpoints.api", "environments.sandbox.endpoints.api"},
		Where:   "https://docs.truelayer.com/openapi/data-api-v1.json, which names them for the Data API",
		Checked: "2026-11-21",
		Status:  "inferred",
	}, {
		Claim:   "the issuer is the token host; client ids of the sandbox begin with sandbox-",
		Fields:  []string{"environments.production.endpoints.issuer", "environments.sandbox.endpoints.issuer", "environments.sandbox.client_id_prefixes"},
		Where:   "claims iss and client_id of the example token in the guide (sandbox); production by analogy",
		Checked: "2026-11-21",
		Status:  "inferred",
	}, {
		Claim:   "metadata document and keys; that reading merchant accounts needs no signature",
		Fields:  []string{"environments.production.endpoints.discovery", "environments.production.endpoints.jwks", "environments.sandbox.endpoints.discovery", "environments.sandbox.endpoints.jwks", "calls.List merchant accounts.note"},
		Where:   "the usual paths of the kind of server that /connect/token points to; nothing in the documents",
		Checked: "2026-11-21",
		Status:  "unverified",
	}},
}
