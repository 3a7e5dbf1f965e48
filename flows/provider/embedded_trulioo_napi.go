// Code generated from profiles by go test -update; DO NOT EDIT.

package provider

var profileTruliooNapi = profile{
	Name:        "trulioo-napi",
	Title:       "Trulioo NAPI",
	Order:       60,
	Summary:     "Identity verification (Normalized API v3). Client credentials without a scope parameter; opaque tokens for 30 minutes, errors as bare codes with status 400.",
	Grants:      []string{"client_credentials"},
	SampleHosts: []string{"auth-api-primary.dev.trulioo.com"},
	Environments: []environment{{
		Name: "production",
		Endpoints: endpoints{
			Token: "https://auth-api.trulioo.com/connect/token",
			API:   "https://api.trulioo.com",
		},
		Notes: []note{{
			Text: "One token host is documented for all uses. What a request may do depends on the credentials that Trulioo gave you, not on the host.",
		}},
	}},
	Dialect: dialect{
		ClientAuth: "client_secret_post",
		TokenBody:  "form",
		OmitScope:  []string{"client_credentials"},
	},
	Lifetimes: lifetimes{
		AccessToken: "30m",
	},
	Scopes: []scope{{
		Name:    "napi.api",
		Meaning: "the Normalized API",
		Default: true,
	}},
	Notes: []note{{
		Text: "The request carries no scope, and the answer says napi.api: that is the whole grant, not a part of it.",
	}, {
		Text: "Client id and client secret come from your customer success manager at Trulioo.",
	}, {
		Step: "exchange",
		Text: "invalid_client means a wrong id or a wrong secret, and comes with status 400 where the specification has 401. unsupported_grant_type means a misspelt grant_type. Neither has a description.",
	}, {
		Step: "exchange",
		Text: "The examples of the documentation contain curly quotes around values. JSON does not: an example that is copied as it stands cannot be parsed.",
	}, {
		Step: "exchange",
		Text: "Another page of the documentation sends scope=napi.api as well. Both are documented; add the parameter when yours is refused.",
	}, {
		Step: "call",
		Text: "The older API takes HTTP Basic and no token: see the profile trulioo-legacy. A Bearer token there, or Basic here, gives 401.",
	}},
	Calls: []call{{
		Name: "Test authentication",
		Path: "/v3/connection/testauthentication",
		Note: "Answers with a greeting when the token is good. Host and path of version 3 are not verified.",
	}},
	Simulator: simulator{
		AccessTokenFormat:    "opaque",
		TokenTypeValue:       "Bearer",
		InvalidClient:        400,
		ExpiresIn:            1800,
		GrantedScope:         "napi.api",
		OmitErrorDescription: true,
	},
	Sources: []source{{
		Claim:   "token endpoint, form body without scope, members of the answer, 1800 seconds, opaque token, errors with status 400 and no description",
		Fields:  []string{"grants", "environments.production.endpoints.token", "environments.production.notes", "dialect.client_auth", "dialect.token_body", "dialect.omit_scope", "lifetimes", "scopes", "notes", "simulator"},
		Where:   "Trulioo, Authentication, section Normalized API Authentication; https://developer.trulioo.com/reference/authentication-recipe",
		Checked: "2026-11-21",
		Status:  "documented",
	}, {
		Claim:   "the same with scope=napi.api in the request",
		Fields:  []string{"notes"},
		Where:   "https://developer.trulioo.com/reference/authentication",
		Checked: "2026-11-21",
		Status:  "documented",
	}, {
		Claim:   "the development host printed in a sample",
		Fields:  []string{"sample_hosts"},
		Where:   "https://developer.trulioo.com/reference/authentication-recipe",
		Checked: "2026-11-21",
		Status:  "documented",
	}, {
		Claim:   "host and path of the test call",
		Fields:  []string{"environments.production.endpoints.api", "calls"},
		Where:   "the documents name the call but not its address in version 3",
		Checked: "2026-11-21",
		Status:  "unverified",
	}},
}
