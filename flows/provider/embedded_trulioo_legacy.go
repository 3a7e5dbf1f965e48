// Code generated from profiles by go test -update; DO NOT EDIT.

package provider

var profileTruliooLegacy = profile{
	Name:    "trulioo-legacy",
	Title:   "Trulioo Legacy",
	Order:   70,
	Summary: "Identity verification (legacy Normalized API). No OAuth: user name and password as HTTP Basic on every call.",
	Grants:  []string{"basic"},
	Environments: []environment{{
		Name: "production",
		Endpoints: endpoints{
			API: "https://api.globaldatacompany.com",
		},
		Notes: []note{{
			Text: "Trulioo has global and regional hosts; take the one that your contract and your compliance rules name.",
		}},
	}},
	Dialect: dialect{
		ClientAuth:    "client_secret_basic",
		BasicEncoding: "raw",
		AuthScheme:    "Basic",
	},
	Notes: []note{{
		Text: "There is no token, and nothing expires: the header is built once from user name and password. Whoever reads it can use it, so treat it like the password.",
	}, {
		Step: "call",
		Text: "The header is Basic and base64 of user:password, with the values as they are. It is an encoding, not encryption.",
	}, {
		Step: "call",
		Text: "A Bearer token here gives 401, and so does this header at version 3: then use the profile trulioo-napi.",
	}},
	Calls: []call{{
		Name: "Test authentication",
		Path: "/connection/v1/testauthentication",
		Headers: []param{{
			Name:  "Accept",
			Value: "application/json",
		}},
		Auth: "basic",
		Note: "Answers with a greeting that names the user when the credentials are good.",
	}},
	Simulator: simulator{
		InvalidClient: 401,
	},
	Sources: []source{{
		Claim:   "HTTP Basic from user name and password, unencoded before base64; the test call",
		Fields:  []string{"grants", "dialect", "calls", "notes", "environments.production.notes"},
		Where:   "https://developer.trulioo.com/reference/keys-and-authentication-2; Trulioo, Authentication, https://developer.trulioo.com/reference/authentication-recipe",
		Checked: "2026-11-21",
		Status:  "documented",
	}, {
		Claim:   "the global host",
		Fields:  []string{"environments.production.endpoints.api"},
		Where:   "a request on https://developer.trulioo.com/docs/api-integration",
		Checked: "2026-11-21",
		Status:  "documented",
	}, {
		Claim:   "status 401 for wrong credentials",
		Fields:  []string{"simulator.invalid_client"},
		Where:   "https://developer.trulioo.com/reference/authentication-recipe says so for the wrong kind of authentication",
		Checked: "2026-11-21",
		Status:  "inferred",
	}},
}
