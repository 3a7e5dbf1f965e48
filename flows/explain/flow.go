package explain

// grants are the values of grant_type, and what this program shows beside them.
var grants = []row{
	{"authorization_code", "a user logs in and consents", "The user logs in at the provider and consents; the client gets a code through the browser and exchanges it for tokens. The password never reaches the client.", server, "RFC 6749 section 4.1", "The code works once and for minutes only."},
	{"client_credentials", "the application acts for itself", "The application asks for a token in its own name, with its own secret. No user takes part, so there is no consent and no refresh token.", server, "RFC 6749 section 4.4", "When the token expires, ask again; there is nothing to refresh."},
	{"refresh_token", "a new token without the user", "A refresh token from an earlier answer is exchanged for a new access token.", server, "RFC 6749 section 6", "Two refreshes at the same time can void both tokens."},
	{"basic", "name and password with every call", "No OAuth at all: the API takes name and password with every call, in the Basic header. There is no token and nothing expires.", api, "RFC 7617 section 2", "A bearer token at such an API gives 401, and the reverse too."},
	{"password", "out of use: the user's password", "The client takes the user's password and exchanges it for a token. It is out of use, since the client sees the password.", server, "RFC 6749 section 4.3", ""},
	{"implicit", "out of use: token in the address", "The token comes straight back in the address. It is out of use, since addresses leak.", client, "RFC 6749 section 4.2", ""},
	{"urn:ietf:params:oauth:grant-type:device_code", "login on another screen", "A device without a browser shows a code; the user types it in elsewhere while the device polls.", server, "RFC 8628 section 3.4", ""},
	{"urn:ietf:params:oauth:grant-type:token-exchange", "one token for another", "A token is exchanged for another one, for another API or in somebody's name.", server, "RFC 8693 section 2.1", ""},
	{"urn:ietf:params:oauth:grant-type:jwt-bearer", "a signed statement for a token", "A signed JWT takes the place of the user's consent.", server, "RFC 7523 section 2.1", ""},
	{"urn:ietf:params:oauth:grant-type:saml2-bearer", "a SAML statement for a token", "A signed SAML document takes the place of the user's consent.", server, "RFC 7522 section 2.1", ""},
	{"urn:openid:params:grant-type:ciba", "login on the user's phone", "The client starts the login in the background, and the user confirms it on the phone.", server, "OpenID CIBA Core 1.0 section 10.1", ""},
	{"urn:ietf:params:oauth:grant-type:uma-ticket", "a permission ticket for a token", "A ticket of a protected resource is exchanged for a token that opens it (UMA).", server, "UMA 2.0 Grant section 3.3.1", ""},
}

// authMethods are the ways in which a client proves who it is.
var authMethods = []row{
	{"client_secret_basic", "id and secret in the Basic header", "Client id and secret, each form-encoded, joined by a colon and put into the Authorization header in base64.", server, "RFC 6749 section 2.3.1", "Special characters must be form-encoded first, which many libraries and some servers leave out."},
	{"client_secret_post", "id and secret in the form", "Client id and secret as parameters of the form body.", server, "RFC 6749 section 2.3.1", "Sending them in the header as well is an error at strict servers."},
	{"client_secret_json", "id and secret in a JSON body", "Client id and secret as members of a JSON body. No standard has it, but some providers do.", server, nonStandard, ""},
	{"none", "a public client: no secret", "The client has no secret, because it could not keep one: an application on the user's machine or in the browser.", server, "RFC 7591 section 2", "PKCE is a must then."},
	{"client_secret_jwt", "a JWT keyed with the secret", "A short-lived JWT, made with the secret, proves that the client has it without sending it.", server, "OpenID Connect Core 1.0 section 9", ""},
	{"private_key_jwt", "a JWT signed by the client's key", "A short-lived JWT, signed by a key that never leaves the client.", server, "OpenID Connect Core 1.0 section 9", "A clock that is off makes it expired or not yet valid."},
	{"tls_client_auth", "a TLS client certificate", "A certificate of a trusted authority in the TLS handshake.", server, "RFC 8705 section 2.1", ""},
	{"self_signed_tls_client_auth", "the client's own certificate", "A self-made certificate, registered beforehand, in the TLS handshake.", server, "RFC 8705 section 2.2", ""},
}

// steps are the kinds of steps of a flow, by flows.StepKind.
var steps = []row{
	{"discovery", "the server describes itself", "The client reads the provider's metadata: where its endpoints are and what it can do.", client, "RFC 8414 section 3", "The issuer in it must be exactly the one that was asked for."},
	{"jwks", "the keys for signatures", "The client fetches the public keys with which the provider's tokens can be verified.", client, "RFC 7517 section 5", "Fetch them again when a token names an unknown key, not with every token."},
	{"authorize_url", "the address for the browser", "The client builds the address of the login page, with all it asks for. Nothing is sent yet; the user's browser will open it.", browser, "RFC 6749 section 4.1.1", "Each value is encoded once; quotes are needed around it in a shell."},
	{"par", "the request is sent beforehand", "The client sends the parameters to the provider directly and gets a short reference for the browser.", server, "RFC 9126 section 2", ""},
	{"authorize", "the user logs in and consents", "The browser is at the provider: the user logs in and decides what the application may do.", user, "RFC 6749 section 4.1.1", "What happens here is not seen by the client."},
	{"callback", "the browser comes back", "The provider sends the browser back to the redirect URI, with a code or an error. The client compares state before anything else.", client, "RFC 6749 section 4.1.2", "Somebody must be listening at exactly this address."},
	{"exchange", "credentials become tokens", "The client sends the code, or its own credentials, to the token endpoint and gets the tokens. This goes straight to the server, not through the browser.", server, "RFC 6749 section 4.1.3", "A code that was sent is spent, even if the answer got lost."},
	{"device", "login on another screen", "The client shows a code that the user types in on another screen, and polls until it is done.", user, "RFC 8628 section 3.1", ""},
	{"refresh", "a new access token", "The client exchanges the refresh token for a new access token before the old one expires.", server, "RFC 6749 section 6", "Store a new refresh token before using the new access token."},
	{"revoke", "the tokens are ended", "The client tells the provider that it no longer needs the tokens.", server, "RFC 7009 section 2", "A JWT may go on working at the API until it expires."},
	{"introspect", "the token is looked up", "The provider is asked whether a token is good right now, and what it permits.", server, "RFC 7662 section 2", ""},
	{"userinfo", "who the user is", "The client shows the access token and gets claims about the user.", server, "OpenID Connect Core 1.0 section 5.3", "Its sub must be that of the ID token."},
	{"call", "the token at work", "One request to the API with the access token. It shows whether the token is worth anything.", api, "RFC 6750 section 2.1", ""},
	{"other", "not part of the flow", "Recorded traffic that is no part of an OAuth flow.", "nobody", "RFC 9110 section 9", ""},
}

// panes are the parts of the walk that are no step of the protocol.
var panes = []row{
	{"catalogue", "the known providers", "The providers that this program knows, with their environments and grants. Each is one profile: facts with their sources.", user, "RFC 6749 section 1.1", ""},
	{"client", "who is asking", "What identifies the application at the provider: client id, secret, redirect URI and the scopes to ask for. The provider hands them out at registration.", user, "RFC 6749 section 2", "Each environment has its own; they do not work in another."},
	{"token", "what the provider gave", "The token answer, field by field, with the place where each one stood and what deviates from the standard.", client, "RFC 6749 section 5.1", "Compare the granted scopes with those that were asked for."},
	{"lineage", "which token came of which", "The tokens of one login and what they came of: the code was exchanged for the first, each refresh token for the next. A code or a replaced refresh token that is sent once more looks like theft, so a careful server then ends all of them.", client, "RFC 9700 section 4.14.2", "Two copies of an application that share a refresh token end each other's tokens that way."},
	{"claims", "what the token says", "A token that is a JWT, taken apart: header, claims, and every check of them on its own. Reading it is not yet believing it.", apiOr, "RFC 7519 section 7.2", "An access token is written for the API; a client should not depend on its claims."},
}

// clocks are what follows from the end of a token.
var clocks = []row{
	{"refresh window", "from when on to refresh", "The time shortly before the access token ends. A refresh that is sent in it comes early enough for the token never to be missing, and late enough not to be sent for nothing. It opens so long before the end as a refresh and one retry may take, and at most a tenth of the token's life.", client, "RFC 6749 section 1.5", "A client that waits for the first 401 fails a call each time the token ends."},
	{"automatic refresh", "the refresh is sent by itself", "This program sends the refresh by itself when the refresh window opens, once for each token, whatever screen is shown. A refresh that fails is not repeated, so that a server that is down or refuses is not asked again and again. A run that is reopened from the history has it off.", "this program", "RFC 6749 section 6", "Two programs that refresh the same token can void it for both."},
}

// checks are what package jose verifies in a JWT.
var checks = []row{
	{"form", "whether it is a proper JWT", "Whether the token has three parts in base64url, with JSON objects as header and claims and times as numbers.", apiOr, "RFC 7519 section 7.2", "Line breaks and padding get in by copying."},
	{"algorithm", "whether it may be signed like this", "Whether the signature is of a kind that only the issuer can make. none and shared secrets under public keys are refused.", apiOr, "RFC 8725 section 3.1", "The reader decides which algorithms count, never the token."},
	{"header", "whether it asks for odd things", "Whether the header demands something unknown (crit) or brings its own keys or addresses of keys.", apiOr, "RFC 8725 section 3.10", "Keys that the token brings along prove nothing."},
	{"type", "whether it is the right kind of token", "Whether typ says that the token is made for something else, such as an access token where an ID token belongs.", apiOr, "RFC 8725 section 3.11", ""},
	{"key", "whether the issuer has this key", "Whether the issuer's key set has the key that the token names, and whether that key is for signatures of this kind.", apiOr, "RFC 7515 section 4.1.4", "After a change of keys the set must be fetched again."},
	{"signature", "whether it is genuine", "Whether the issuer's key made this signature over exactly these claims.", apiOr, "RFC 7515 section 5.2", "Without this check nothing else in the token means anything."},
	{"issuer", "whether the right server made it", "Whether iss is exactly the issuer that was expected.", apiOr, "RFC 7519 section 4.1.1", "A slash at the end makes it another issuer."},
	{"audience", "whether it is meant for us", "Whether aud names the one who reads the token: the client for an ID token, the API for an access token.", apiOr, "RFC 7519 section 4.1.3", ""},
	{"azp", "whether it was issued to us", "Whether the ID token was issued to this client, where it says to whom.", client, "OpenID Connect Core 1.0 section 3.1.3.7", ""},
	{"time", "whether it is good now", "Whether the token is neither expired nor from the future, by this machine's clock and with a little leeway.", apiOr, "RFC 7519 section 4.1.4", "A clock that is off makes good tokens fail."},
	{"nonce", "whether it answers this request", "Whether the nonce in the ID token is that of this authorization request.", client, "OpenID Connect Core 1.0 section 3.1.3.7", ""},
	{"at_hash", "whether the access token belongs to it", "Whether the hash in the ID token is that of the access token beside it.", client, "OpenID Connect Core 1.0 section 3.1.3.6", ""},
	{"c_hash", "whether the code belongs to it", "Whether the hash in the ID token is that of the code beside it.", client, "OpenID Connect Core 1.0 section 3.3.2.11", ""},
	{"s_hash", "whether the state belongs to it", "Whether the hash in the ID token is that of the state of this request.", client, "OpenID Financial-grade API 1.0, Part 2", ""},
}

// stages are where the cause of a finding lies.
var stages = []row{
	{"configure", "what was set up", "Client id, secret, addresses and redirect URI as they were entered, before anything is sent.", client, "RFC 6749 section 2", ""},
	{"authorize", "the request to the login page", "The address that the browser opens, and what the provider says to it.", server, "RFC 6749 section 4.1.1", ""},
	{"callback", "the way back", "The browser's return to the client, with state, iss and code.", client, "RFC 6749 section 4.1.2", ""},
	{"exchange", "the token request", "The request that turns a code or credentials into tokens, and its answer.", server, "RFC 6749 section 4.1.3", ""},
	{"refresh", "the next token", "Getting a new access token with the refresh token.", server, "RFC 6749 section 6", ""},
	{"use", "the call to the API", "The access token at the API.", api, "RFC 6750 section 2", ""},
	{"revoke", "ending the tokens", "Revocation, and what still works afterwards.", server, "RFC 7009 section 2", ""},
	{"discovery", "metadata and keys", "What the provider publishes about itself: addresses, issuer, keys.", client, "RFC 8414 section 3", ""},
	{"token", "what is in the token", "Signature, header and claims of a JWT.", apiOr, "RFC 7519 section 7.2", ""},
	{"transport", "the network", "Name resolution, connection, TLS, proxies: everything below HTTP.", library, "RFC 9110 section 4.2.2", ""},
	{"environment", "this machine", "The clock, the shell, the browser and its extensions.", "this program", "RFC 8252 section 8", ""},
}

// timings are the stages of one exchange.
var timings = []row{
	{"timings", "where the time went", "How long this request took, and each of its parts: finding the address, the connection, the encryption, the wait for the first byte, the body.", "this program", "RFC 9110 section 9", ""},
	{"dns", "finding the address", "How long it took to find the address of the host.", "this program", "RFC 1034", ""},
	{"connect", "reaching the host", "How long it took until the connection stood.", "this program", "RFC 9293 section 3.5", ""},
	{"proxy", "asking the proxy", "How long the proxy took to open the way to the host.", "this program", "RFC 9110 section 9.3.6", ""},
	{"tls", "agreeing on encryption", "How long the handshake took in which certificate and keys are agreed on.", "this program", "RFC 8446 section 2", ""},
	{"send", "sending the request", "How long it took to send the request.", "this program", "RFC 9112 section 3", ""},
	{"wait", "the server thinks", "How long it took from the request to the first byte of the answer.", "this program", "RFC 9112 section 4", "A long wait is the server's work, not the network's."},
	{"receive", "reading the answer", "How long it took to read the answer to its end.", "this program", "RFC 9112 section 6", ""},
}
