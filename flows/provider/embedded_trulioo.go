// Code generated from profiles by go test -update; DO NOT EDIT.

package provider

var profileTrulioo = profile{
	Name:        "trulioo",
	Title:       "Trulioo Platform",
	Order:       50,
	Summary:     "Identity verification (Workflow Studio). Client credentials; the answer is documented with Token, TokenType and ExpiresIn instead of access_token.",
	Grants:      []string{"client_credentials"},
	SampleHosts: []string{"auth-api-primary.dev.trulioo.com"},
	Environments: []environment{{
		Name: "production",
		Endpoints: endpoints{
			Token: "https://auth-api.trulioo.com/connect/token",
		},
		Notes: []note{{
			Text: "One token host is documented for all uses. What a request may do depends on the credentials that Trulioo gave you, not on the host.",
		}},
	}},
	Dialect: dialect{
		ClientAuth: "client_secret_post",
		TokenBody:  "form",
		Fields: fieldPaths{
			AccessToken:  []string{"$.Token", "$.access_token", "$.Result.Token"},
			TokenType:    []string{"$.TokenType", "$.token_type", "$.Result.TokenType"},
			ExpiresIn:    []string{"$.ExpiresIn", "$.expires_in", "$.Result.ExpiresIn"},
			RefreshToken: []string{"$.refresh_token", "$.Result.RefreshToken"},
			Scope:        []string{"$.scope"},
		},
		ExpiryFromToken: true,
	},
	Lifetimes: lifetimes{
		AccessToken: "60m",
	},
	Scopes: []scope{{
		Name:     "workflow.studio.api",
		Meaning:  "the Platform API (Workflow Studio)",
		Default:  true,
		Required: true,
	}},
	Notes: []note{{
		Text: "A new token does not invalidate the old one: fetch the next before the old one ends, and leave some time for it.",
	}, {
		Step: "exchange",
		Text: "The scope workflow.studio.api must be asked for. The Normalized API has a profile of its own, trulioo-napi.",
	}, {
		Step: "exchange",
		Text: "The documentation writes Token, TokenType and ExpiresIn; the server software behind it usually writes access_token, token_type and expires_in. Both are read.",
	}, {
		Step: "exchange",
		Text: "The sample sends client_secret=12345%3B. The secret is 12345; and %3B is its form encoding. Store the plain secret: one that is stored encoded is sent as 12345%253B and refused.",
	}, {
		Step: "exchange",
		Text: "Other samples of the documentation send JSON, labelled as a form, or members named ClientId and ClientSecret. Copied as they are, they are refused.",
	}, {
		Step: "exchange",
		Text: "The raw request in the documentation names the host auth-api-primary.dev.trulioo.com. It is a development host: use auth-api.trulioo.com.",
	}, {
		Step: "call",
		Text: "An expired token gives 401. When it ends stands in the answer, and in the token itself as exp.",
	}},
	Simulator: simulator{
		AccessTokenFormat:    "jwt",
		Algorithm:            "RS256",
		Audience:             []string{"workflow.studio.api"},
		TokenTypeValue:       "bearer",
		InvalidClient:        400,
		ExpiresIn:            3599,
		OmitErrorDescription: true,
	},
	Sources: []source{{
		Claim:   "token endpoint, form body, scope, the members of the answer, one hour, exp in the token, 401 after the end, old tokens stay valid, the sample host and secret",
		Fields:  []string{"grants", "sample_hosts", "environments.production", "dialect.client_auth", "dialect.token_body", "dialect.expiry_from_token", "dialect.fields", "lifetimes", "scopes", "notes", "simulator"},
		Where:   "Trulioo, Authentication; https://developer.trulioo.com/reference/authentication-recipe",
		Checked: "2026-11-21",
		Status:  "documented",
	}, {
		Claim:   "the enveloped spelling Result.Token, of the Identity Enrollment service",
		Fields:  []string{"dialect.fields.access_token", "dialect.fields.token_type", "dialect.fields.expires_in", "dialect.fields.refresh_token"},
		Where:   "https://developer.trulioo.com/v3/docs/token-authentication",
		Checked: "2026-11-21",
		Status:  "documented",
	}, {
		Claim:   "errors are a bare code with status 400, as documented for the Normalized API at the same endpoint",
		Fields:  []string{"simulator.invalid_client", "simulator.omit_error_description"},
		Where:   "https://developer.trulioo.com/reference/authentication",
		Checked: "2026-11-21",
		Status:  "inferred",
	}, {
		Claim:   "which spelling is sent for workflow.studio.api; that the token is a JWT for that audience; metadata document, keys, revocation",
		Fields:  []string{"dialect.fields.access_token", "simulator.access_token_format", "simulator.audience", "simulator.algorithm"},
		Where:   "contradictory or absent in the documents; a token request would tell",
		Checked: "2026-11-21",
		Status:  "unverified",
	}},
}
