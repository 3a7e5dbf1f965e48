// Code generated from profiles by go test -update; DO NOT EDIT.

package provider

var profileCustom = profile{
	Name:    "custom",
	Title:   "Custom",
	Order:   1000,
	Summary: "Any OAuth 2.0 server: give its issuer, or its endpoints.",
	Grants:  []string{"authorization_code", "client_credentials", "refresh_token"},
	Environments: []environment{{
		Name: "custom",
	}},
	Dialect: dialect{
		ClientAuth: "client_secret_basic",
		TokenBody:  "form",
		PKCEMethod: "S256",
		Fields: fieldPaths{
			RefreshExpiresIn: []string{"$.refresh_token_expires_in", "$.refresh_expires_in"},
		},
		Rotation: "if_returned",
	},
	Notes: []note{{
		Text: "With an issuer the endpoints are read from its metadata document (OpenID Connect Discovery, RFC 8414), and each try is shown.",
	}, {
		Step: "exchange",
		Text: "The client authenticates by HTTP Basic, which every server must support (RFC 6749 section 2.3.1). If the server wants the credentials in the body, choose client_secret_post.",
	}},
	Simulator: simulator{
		AccessTokenFormat: "jwt",
		Algorithm:         "RS256",
		Audience:          []string{"https://api.example.test"},
		IssueIDToken:      true,
		InvalidClient:     401,
	},
	Sources: []source{{
		Claim:   "what the specifications say",
		Where:   "RFC 6749, RFC 7636, RFC 8414, OpenID Connect Discovery 1.0",
		Checked: "2026-11-21",
		Status:  "documented",
	}},
}
