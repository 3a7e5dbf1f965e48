// Code generated from profiles by go test -update; DO NOT EDIT.

package provider

var profileTruss = profile{
	Name:        "truss",
	Title:       "Truss",
	Order:       10,
	Summary:     "Payments. Authorization code; the token endpoint is hosted by Stytch, on another host than the sign-in pages.",
	Grants:      []string{"authorization_code", "refresh_token"},
	SampleHosts: []string{"auth.foundation.dev.trusspayments.com", "api.foundation.dev.trusspayments.com"},
	Environments: []environment{{
		Name:             "production",
		ClientIDPrefixes: []string{"connected-app-live-"},
		Endpoints: endpoints{
			Issuer:        "https://bold-jester-7561.customers.stytch.com",
			Authorization: "https://app.trusspayments.com/oauth/authorize",
			Token:         "https://bold-jester-7561.customers.stytch.com/v1/oauth2/token",
			Revocation:    "https://bold-jester-7561.customers.stytch.com/v1/oauth2/revoke",
			Introspection: "https://bold-jester-7561.customers.stytch.com/v1/oauth2/introspect",
			UserInfo:      "https://bold-jester-7561.customers.stytch.com/v1/oauth2/userinfo",
			JWKS:          "https://bold-jester-7561.customers.stytch.com/.well-known/jwks.json",
			Discovery:     "https://bold-jester-7561.customers.stytch.com/.well-known/openid-configuration",
		},
		Notes: []note{{
			Text: "Truss has announced that the production token endpoint will move to a trusspayments.com host. When token requests stop working one day, look at the guide first.",
		}},
	}, {
		Name:             "sandbox",
		ClientIDPrefixes: []string{"connected-app-test-"},
		Endpoints: endpoints{
			Issuer:        "https://vine-fire-5666.customers.stytch.dev",
			Authorization: "https://app.staging.trusspayments.com/oauth/authorize",
			Token:         "https://vine-fire-5666.customers.stytch.dev/v1/oauth2/token",
			Revocation:    "https://vine-fire-5666.customers.stytch.dev/v1/oauth2/revoke",
			Introspection: "https://vine-fire-5666.customers.stytch.dev/v1/oauth2/introspect",
			UserInfo:      "https://vine-fire-5666.customers.stytch.dev/v1/oauth2/userinfo",
			JWKS:          "https://vine-fire-5666.customers.stytch.dev/.well-known/jwks.json",
			Discovery:     "https://vine-fire-5666.customers.stytch.dev/.well-known/openid-configuration",
		},
		Notes: []note{{
			Text: "Test users and companies must be signed up and onboarded in staging exactly as they would be in production, or the sign-in ends before consent.",
		}},
	}},
	Dialect: dialect{
		ClientAuth: "client_secret_post",
		TokenBody:  "form",
		PKCE:       "optional",
		PKCEMethod: "S256",
		Fields: fieldPaths{
			Error:            []string{"$.error", "$.error_type"},
			ErrorDescription: []string{"$.error_description", "$.error_message"},
			RequestID:        []string{"$.request_id"},
		},
		Rotation:     "if_returned",
		OfflineScope: "offline_access",
	},
	Lifetimes: lifetimes{
		AccessToken:   "60m",
		RefreshToken:  "6mo",
		RefreshExtend: "3mo",
		RefreshText:   "6 months, +3 months per use",
	},
	Scopes: []scope{{
		Name:    "payment_intent.inbound:read",
		Meaning: "read inbound payment intents",
	}, {
		Name:    "payment_intent.inbound:write",
		Meaning: "create and change inbound payment intents",
		Default: true,
	}, {
		Name:    "offline_access",
		Meaning: "get a refresh token, and with it access while the user is away",
		Default: true,
	}, {
		Name:    "openid",
		Meaning: "get an ID token that says who signed in",
	}},
	Notes: []note{{
		Text: "Users must be onboarded with Truss before they can authorize an application: one who is not fails before the consent page, and there is no OAuth error code for it.",
	}, {
		Text: "Client id, client secret and each redirect URI are arranged with Truss; there is no self-service registration.",
	}, {
		Step: "authorize_url",
		Text: "The authorization endpoint and the token endpoint live on different hosts. That is right here, and no sign of a mix-up.",
	}, {
		Step: "authorize_url",
		Text: "Without the scope offline_access there is no refresh token, and the user has to sign in again after 60 minutes.",
	}, {
		Step: "authorize_url",
		Text: "Truss's guide does not mention PKCE; Stytch, which issues the tokens, documents it: a request that carries a code_challenge must be followed by the code_verifier.",
	}, {
		Step: "exchange",
		Text: "Truss's API reference prints auth.foundation.dev.trusspayments.com as the host of the token endpoint. It is a development host: use the one of the integration guide.",
	}, {
		Step: "exchange",
		Text: "The audience (aud) of an access token is the id of Truss's Stytch project, not your client id. The audience of an ID token is your client id.",
	}, {
		Step: "refresh",
		Text: "A new refresh token comes only by the rotation setting of the client: keep the old one when none comes, and store a new one whenever it does. Stytch documents that confidential clients, as these are, get none.",
	}, {
		Step: "refresh",
		Text: "Truss states a life of 6 months plus 3 per use; Stytch's own pages state 3 months plus 3. Plan for the shorter one.",
	}, {
		Step: "revoke",
		Text: "Revoking the refresh token also revokes the access token that was issued with it. The answer is a JSON object where RFC 7009 expects nothing.",
	}, {
		Step: "call",
		Text: "Truss documents no public API host for production or sandbox; the samples name a development host. Use the one that Truss gives you, with your own URL.",
	}},
	Calls: []call{{
		Name: "Company",
		Path: "/v1/company/",
		Note: "Reads the company of the signed-in user. The host is not documented: against Truss itself give your own URL.",
	}},
	Simulator: simulator{
		AccessTokenFormat: "jwt",
		Algorithm:         "RS256",
		Audience:          []string{"project-test-11111111-2222-4333-8444-555555555555"},
		TokenTypeValue:    "bearer",
		IssueIDToken:      true,
		Members: []param{{
			Name:  "status_code",
			Value: "200",
		}},
		InvalidClient: 401,
	},
	Sources: []source{{
		Claim:   "authorization and token endpoints, parameters, client credentials in the form body, scopes, lifetimes, the announced move, onboarding",
		Fields:  []string{"grants", "environments.production.endpoints.authorization", "environments.production.endpoints.token", "environments.production.notes", "environments.sandbox.endpoints.authorization", "environments.sandbox.endpoints.token", "environments.sandbox.notes", "dialect.client_auth", "dialect.token_body", "dialect.rotation", "dialect.offline_scope", "lifetimes", "scopes", "notes"},
		Where:   "Truss OAuth Integration Guide, version 1.0, January 2026; https://docs.trusspayments.com/guides/authentication/oauth-integration-guide",
		Checked: "2026-11-21",
		Status:  "documented",
	}, {
		Claim:   "token_type is written bearer, in lower case; the host printed in the API reference",
		Fields:  []string{"simulator.token_type_value", "sample_hosts"},
		Where:   "https://docs.trusspayments.com/api-references/tag/authentication/post/v1/oauth2/token",
		Checked: "2026-11-21",
		Status:  "documented",
	}, {
		Claim:   "the company call; the development host of the API samples",
		Fields:  []string{"calls", "sample_hosts"},
		Where:   "https://docs.trusspayments.com/guides/partner-payment-portal and https://docs.trusspayments.com/api-references/tag/inbound-payment-intents/post/v1/payment-intents/inbound",
		Checked: "2026-11-21",
		Status:  "documented",
	}, {
		Claim:   "PKCE as the authorization server takes it; no new refresh token for confidential clients; aud is the project id; extra members request_id and status_code; RS256",
		Fields:  []string{"dialect.pkce", "dialect.pkce_method", "dialect.fields.request_id", "simulator.access_token_format", "simulator.algorithm", "simulator.audience", "simulator.issue_id_token", "simulator.members"},
		Where:   "https://stytch.com/docs/b2b/api/connected-app-access-token and https://stytch.com/docs/api-reference/b2b/api/connected-apps/exchange-authorization-code",
		Checked: "2026-11-21",
		Status:  "documented",
	}, {
		Claim:   "issuer, keys, revocation, introspection, UserInfo and metadata stand at Stytch's paths of the project domain",
		Fields:  []string{"environments.production.endpoints", "environments.sandbox.endpoints"},
		Where:   "https://stytch.com/docs/b2b/api/connected-app-openid-configuration, applied to the hosts of Truss's guide",
		Checked: "2026-11-21",
		Status:  "inferred",
	}, {
		Claim:   "client ids begin with connected-app-test- in test and connected-app-live- in live projects",
		Fields:  []string{"environments.production.client_id_prefixes", "environments.sandbox.client_id_prefixes"},
		Where:   "samples on stytch.com/docs (test); a third party's schema (live)",
		Checked: "2026-11-21",
		Status:  "restated",
	}, {
		Claim:   "the shape of token endpoint errors (error or error_type) and their statuses",
		Fields:  []string{"dialect.fields.error", "dialect.fields.error_description", "simulator.invalid_client"},
		Where:   "not documented by Truss; Stytch documents error_type for its API in general: https://stytch.com/docs/b2b/api/errors/400",
		Checked: "2026-11-21",
		Status:  "unverified",
	}},
}
