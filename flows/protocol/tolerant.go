package protocol

import "oauthlens/flows"

// Tolerant is the dialect for traffic whose provider is not known: the standard's names
// first, then the spellings and envelopes that providers are known to use.
func Tolerant() flows.Dialect {
	return flows.Dialect{Fields: flows.FieldPaths{
		AccessToken: []string{"$.access_token", "$.accessToken", "$.Token", "$.token", "$.data.access_token", "$.data.accessToken", "$.Result.Token",
			"$.result.access_token", "$.body.access_token", "$.alipay_system_oauth_token_response.access_token", "$.authed_user.access_token"},
		TokenType:        []string{"$.token_type", "$.tokenType", "$.TokenType", "$.data.token_type", "$.Result.TokenType", "$.body.token_type"},
		ExpiresIn:        []string{"$.expires_in", "$.expiresIn", "$.expireIn", "$.ExpiresIn", "$.data.expires_in", "$.Result.ExpiresIn", "$.body.expires_in"},
		RefreshToken:     []string{"$.refresh_token", "$.refreshToken", "$.RefreshToken", "$.data.refresh_token", "$.Result.RefreshToken", "$.body.refresh_token"},
		RefreshExpiresIn: []string{"$.refresh_token_expires_in", "$.refresh_expires_in", "$.x_refresh_token_expires_in", "$.refreshTokenExpiresIn"},
		IDToken:          []string{"$.id_token", "$.idToken", "$.data.id_token"},
		Scope:            []string{"$.scope", "$.Scope", "$.scopes", "$.data.scope", "$.body.scope"},
	}}
}
