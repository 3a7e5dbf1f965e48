package explain

// tokenParams are the parameters of token requests by the standards.
var tokenParams = []row{
	{"grant_type", "which kind of exchange", "What is being exchanged for a token: a code, a refresh token, the client's own credentials. It decides which other parameters belong here.", server, "RFC 6749 section 4.1.3",
		"The value is spelt with an underscore: authorization_code, refresh_token, client_credentials."},
	{"code", "spent by this request", "The authorization code from the callback. It works once, for this client, and usually for a few minutes at most.", server, "RFC 6749 section 4.1.3",
		"A second try with the same code fails, even after a timeout; start again at the authorization URL."},
	{"redirect_uri", "must equal the authorization request's", "The same redirect URI as in the authorization request, byte for byte. Nobody is redirected: the server only compares.", server, "RFC 6749 section 4.1.3",
		"A difference gives invalid_grant, which says nothing about the redirect URI."},
	{"client_id", "who is asking", "The public name of the application. With Basic authentication it stands in the header instead.", server, "RFC 6749 section 2.3.1",
		"It must be the client that the code or refresh token was issued to."},
	{"client_secret", "proves who is asking", "The password of the application. It never leaves the server side, and it never belongs in an address.", server, "RFC 6749 section 2.3.1",
		"A blank or line break at its end, or an id copied instead of the value, is refused as invalid_client."},
	{"code_verifier", "the secret behind the challenge", "The secret whose fingerprint was sent as code_challenge. The server computes the fingerprint again and compares.", server, "RFC 7636 section 4.5",
		"It must be the one of this attempt; a verifier made anew cannot match."},
	{"refresh_token", "exchanged for a new access token", "The long-lived token from an earlier answer. It gets new access tokens without the user.", server, "RFC 6749 section 6",
		"If the answer has a new one, the old one may be dead: store the new one before using it."},
	{"scope", "may ask for less, never for more", "The permissions wanted. On a refresh it may only name what was granted before, and it can be left out.", server, "RFC 6749 section 3.3", ""},
	{"username", "the user's own name", "The user's login name, in the grant that hands the user's password to the client. That grant is out of use.", server, "RFC 6749 section 4.3.2", ""},
	{"password", "the user's own password", "The user's password, in the grant that hands it to the client. That grant is out of use.", server, "RFC 6749 section 4.3.2", "Never type the password of an account that matters."},
	{"client_assertion", "proves who is asking, by signature", "A short-lived JWT signed by the client's key that takes the place of a secret.", server, "RFC 7521 section 4.2",
		"Its aud must be what the server wants (its issuer or token endpoint), and its jti must be new each time."},
	{"client_assertion_type", "what kind of assertion it is", "Says what kind of assertion authenticates the client; for a JWT it is urn:ietf:params:oauth:client-assertion-type:jwt-bearer.", server, "RFC 7521 section 4.2", ""},
	{"assertion", "a signed statement instead of a code", "A JWT or SAML document that stands for the user's consent in the assertion grants.", server, "RFC 7521 section 4.1", ""},
	{"device_code", "which device is asking", "The secret name of this device login. The client polls with it until the user has finished on another screen.", server, "RFC 8628 section 3.4",
		"Poll no faster than interval says, else slow_down."},
	{"resource", "which API the token is for", "The address of the API that the token is meant for.", server, "RFC 8707 section 2", ""},
	{"audience", "which API the token is for", "The logical name of the API that the token is meant for.", server, "RFC 8693 section 2.1", ""},
	{"subject_token", "the token to be exchanged", "The token that is exchanged for another one: it says in whose name the new one is to be.", server, "RFC 8693 section 2.1", ""},
	{"subject_token_type", "what kind of token that is", "The kind of the subject token, as a URN.", server, "RFC 8693 section 2.1", ""},
	{"actor_token", "who acts for the subject", "A token of the party that acts on behalf of the subject.", server, "RFC 8693 section 2.1", ""},
	{"actor_token_type", "what kind of token that is", "The kind of the actor token, as a URN.", server, "RFC 8693 section 2.1", ""},
	{"requested_token_type", "what kind is wanted", "The kind of token that is wanted in exchange, as a URN.", server, "RFC 8693 section 2.1", ""},
	{"authorization_details", "what access, in detail", "Permissions as JSON objects; here they may narrow what was granted.", server, "RFC 9396 section 6", ""},
	{"auth_req_id", "which login on another device", "The name of a login that was started in the background (CIBA) and is being waited for.", server, "OpenID CIBA Core 1.0 section 10.1", ""},
	{"ticket", "which permission is asked for", "The permission ticket of a User-Managed Access request.", server, "UMA 2.0 Grant section 3.3.1", ""},
	{"rpt", "an earlier token to be upgraded", "An earlier requesting-party token (UMA) that shall get more permissions.", server, "UMA 2.0 Grant section 3.3.1", ""},
	{"pct", "claims saved earlier", "A token for claims that the server saved earlier (UMA).", server, "UMA 2.0 Grant section 3.3.1", ""},
	{"claim_token", "claims about the asker", "Claims about the requesting party, in the format that claim_token_format names (UMA).", server, "UMA 2.0 Grant section 3.3.1", ""},
}

// tokenProviderParams are in common use without being standardised.
var tokenProviderParams = []row{
	{"shop_id", "which shop", "The provider's number of the shop that the token is for.", server, nonStandard, ""},
	{"myshopify_domain", "which shop", "The shop's own host name, by which the provider finds the merchant.", server, nonStandard, ""},
	{"account_id", "which account", "The account that the token is for.", server, nonStandard, ""},
	{"appid", "who is asking", "The provider's name for client_id.", server, nonStandard, ""},
	{"secret", "proves who is asking", "The provider's name for client_secret.", server, nonStandard, ""},
	{"client_key", "who is asking", "The provider's name for client_id.", server, nonStandard, ""},
	{"auth_code", "spent by this request", "The provider's name for the authorization code.", server, nonStandard, ""},
	{"expiring", "asks for a token that expires", "Asks for an access token that expires and a refresh token with it, where the provider's older tokens never did.", server, nonStandard, ""},
}

var revokeParams = []row{
	{"token", "the token to be ended", "The refresh token or access token that shall stop working. Ending the refresh token usually ends the whole grant.", server, "RFC 7009 section 2.1",
		"The answer is 200 even for a token that the server never heard of."},
	{"token_type_hint", "which kind it is", "Tells the server whether it is an access_token or a refresh_token, so that it finds it faster. A wrong hint must not matter.", server, "RFC 7009 section 2.1", ""},
}

var introspectParams = []row{
	{"token", "the token to be looked up", "The token that the server is asked about.", server, "RFC 7662 section 2.1", ""},
	{"token_type_hint", "which kind it is", "Tells the server whether it is an access_token or a refresh_token.", server, "RFC 7662 section 2.1", ""},
}

var deviceParams = []row{
	{"client_id", "who is asking", "The public name of the application that runs on the device.", server, "RFC 8628 section 3.1", ""},
	{"scope", "what access is asked for", "The permissions that the device asks for.", server, "RFC 8628 section 3.1", ""},
}

var parParams = []row{
	{"request_uri", "must not be sent here", "This is what the endpoint answers with; in the pushed request itself it is forbidden.", server, "RFC 9126 section 2.1", ""},
}

var logoutParams = []row{
	{"id_token_hint", "whose session ends", "The ID token of the session that shall end, so that the provider need not ask.", server, "OpenID Connect RP-Initiated Logout 1.0 section 2", ""},
	{"post_logout_redirect_uri", "where to go afterwards", "Where the browser is sent after the logout. It must be registered, separately from the redirect URI.", server, "OpenID Connect RP-Initiated Logout 1.0 section 2", ""},
	{"logout_hint", "whose session ends", "A hint about the user who is logging out.", server, "OpenID Connect RP-Initiated Logout 1.0 section 2", ""},
	{"client_id", "who is asking", "The public name of the application.", server, "OpenID Connect RP-Initiated Logout 1.0 section 2", ""},
	{"state", "compared afterwards", "A value that comes back with the browser after the logout.", client, "OpenID Connect RP-Initiated Logout 1.0 section 2", ""},
	{"ui_locales", "languages of the pages", "The languages that the user prefers for the logout page.", server, "OpenID Connect RP-Initiated Logout 1.0 section 2", ""},
}
