package explain

// scopes are the scope values that mean the same at many providers; the others are in
// the provider's profile.
var scopes = []row{
	{"openid", "asks for an ID token", "Turns the request into a login: the answer has an ID token that says who the user is.", server, "OpenID Connect Core 1.0 section 3.1.2.1", "Without it profile and email have no effect."},
	{"profile", "name and other basics", "The user's name, picture and other basic claims.", server, "OpenID Connect Core 1.0 section 5.4", ""},
	{"email", "e-mail address", "The user's e-mail address and whether it was checked.", server, "OpenID Connect Core 1.0 section 5.4", ""},
	{"address", "postal address", "The user's postal address.", server, "OpenID Connect Core 1.0 section 5.4", ""},
	{"phone", "telephone number", "The user's telephone number and whether it was checked.", server, "OpenID Connect Core 1.0 section 5.4", ""},
	{"offline_access", "asks for a refresh token", "Asks for access while the user is away, which means a refresh token.", server, "OpenID Connect Core 1.0 section 11", "Some providers grant it only together with prompt=consent."},
	{"offline", "asks for a refresh token", "The provider's word for offline_access.", server, nonStandard, ""},
	{"device_sso", "one login for all apps of the device", "Asks for a device secret with which other applications of the same maker can log in on this device.", server, "OpenID Connect Native SSO 1.0", ""},
	{"uma_protection", "manage protected resources", "Lets an API register the resources that the server protects (UMA).", server, "UMA 2.0 Federated Authorization", ""},
}

// algorithms are the values of alg and enc.
var algorithms = []row{
	{"RS256", "RSA with SHA-256", "A signature by an RSA key. The issuer signs with the private half, everybody verifies with the public one.", apiOr, "RFC 7518 section 3.3", ""},
	{"RS384", "RSA with SHA-384", "A signature by an RSA key, over a longer hash.", apiOr, "RFC 7518 section 3.3", ""},
	{"RS512", "RSA with SHA-512", "A signature by an RSA key, over a longer hash.", apiOr, "RFC 7518 section 3.3", ""},
	{"PS256", "RSA-PSS with SHA-256", "A signature by an RSA key in the newer form, which banks often demand.", apiOr, "RFC 7518 section 3.5", ""},
	{"PS384", "RSA-PSS with SHA-384", "A signature by an RSA key in the newer form, over a longer hash.", apiOr, "RFC 7518 section 3.5", ""},
	{"PS512", "RSA-PSS with SHA-512", "A signature by an RSA key in the newer form, over a longer hash.", apiOr, "RFC 7518 section 3.5", ""},
	{"ES256", "ECDSA on P-256", "A signature by a key on the curve P-256: short and common.", apiOr, "RFC 7518 section 3.4", "The signature is two numbers side by side, 64 bytes, not the ASN.1 form of other tools."},
	{"ES384", "ECDSA on P-384", "A signature by a key on the curve P-384.", apiOr, "RFC 7518 section 3.4", ""},
	{"ES512", "ECDSA on P-521", "A signature by a key on the curve P-521.", apiOr, "RFC 7518 section 3.4", "The curve has 521 bits, not 512."},
	{"ES256K", "ECDSA on secp256k1", "A signature by a key on the curve of the crypto-currencies.", apiOr, "RFC 8812 section 3.2", ""},
	{"EdDSA", "Ed25519", "A signature by an Ed25519 key.", apiOr, "RFC 8037 section 3.1", ""},
	{"Ed25519", "Ed25519", "A signature by an Ed25519 key, under its newer name.", apiOr, "RFC 9864 section 2.2", ""},
	{"HS256", "shared secret with SHA-256", "A keyed hash with a secret that both sides have. Whoever can verify it can also make it.", apiOr, "RFC 7518 section 3.2", "Under a public key anybody can make it: refuse it there."},
	{"HS384", "shared secret with SHA-384", "A keyed hash with a secret that both sides have.", apiOr, "RFC 7518 section 3.2", "Under a public key anybody can make it: refuse it there."},
	{"HS512", "shared secret with SHA-512", "A keyed hash with a secret that both sides have.", apiOr, "RFC 7518 section 3.2", "Under a public key anybody can make it: refuse it there."},
	{"none", "not signed at all", "No signature: anybody could have written the token.", apiOr, "RFC 7518 section 3.6", "Refuse it always."},
	{"RSA-OAEP", "key encrypted by RSA", "The key of the content is encrypted with the audience's RSA key.", api, "RFC 7518 section 4.3", ""},
	{"RSA-OAEP-256", "key encrypted by RSA", "The key of the content is encrypted with the audience's RSA key, with SHA-256.", api, "RFC 7518 section 4.3", ""},
	{"RSA1_5", "key encrypted by RSA, old form", "The key of the content is encrypted in an old form that leaks under attack.", api, "RFC 7518 section 4.2", "Use RSA-OAEP instead."},
	{"ECDH-ES", "key agreed on a curve", "Both sides compute the key of the content from keys on a curve.", api, "RFC 7518 section 4.6", ""},
	{"dir", "a key that both have", "The content is encrypted directly with a key that both sides have.", api, "RFC 7518 section 4.5", ""},
	{"A128GCM", "AES with 128 bits", "The content is encrypted with AES in the mode GCM.", api, "RFC 7518 section 5.3", ""},
	{"A256GCM", "AES with 256 bits", "The content is encrypted with AES in the mode GCM.", api, "RFC 7518 section 5.3", ""},
	{"A128CBC-HS256", "AES with 128 bits and a check", "The content is encrypted with AES in the mode CBC, with a keyed hash over it.", api, "RFC 7518 section 5.2.3", ""},
	{"A256CBC-HS512", "AES with 256 bits and a check", "The content is encrypted with AES in the mode CBC, with a keyed hash over it.", api, "RFC 7518 section 5.2.5", ""},
}

// statuses are HTTP status codes with what they mean in an OAuth flow.
var statuses = []row{
	{"200", "it worked, says HTTP", "The request worked, as far as HTTP is concerned.", client, "RFC 9110 section 15.3.1", "Some providers report errors under 200: look into the body."},
	{"201", "created", "The request worked and made something new.", client, "RFC 9110 section 15.3.2", ""},
	{"204", "it worked, nothing to say", "The request worked and there is no body.", client, "RFC 9110 section 15.3.5", ""},
	{"301", "moved for good", "The address has changed for good.", client, "RFC 9110 section 15.4.2", "A library that follows it turns a POST into a GET and loses the body."},
	{"302", "go there next", "The browser is sent to the address in Location. This is how the login page answers.", browser, "RFC 9110 section 15.4.3", "A token request must not follow it."},
	{"303", "go there next, with GET", "The browser is sent to the address in Location, with a GET.", browser, "RFC 9110 section 15.4.4", ""},
	{"307", "send the same request there", "The same request, with its body, is to be sent to the address in Location.", client, "RFC 9110 section 15.4.8", "With a token request the secret would go there too."},
	{"308", "send the same request there, for good", "The same request, with its body, is to be sent to the address in Location from now on.", client, "RFC 9110 section 15.4.9", "With a token request the secret would go there too."},
	{"400", "the request is wrong", "The server refuses the request as it is; at a token endpoint the body says why, in error.", client, "RFC 6749 section 5.2", ""},
	{"401", "who are you?", "The credentials are missing or not good: at the token endpoint the client's, at an API the token's.", client, "RFC 9110 section 15.5.2", "WWW-Authenticate says more."},
	{"403", "you may not", "The credentials are good, but they do not permit this.", client, "RFC 9110 section 15.5.4", "A firewall in front of the provider says 403 too; look at the body and Server."},
	{"404", "nothing there", "There is nothing at this address.", client, "RFC 9110 section 15.5.5", "At a token endpoint it means a wrong address or a wrong tenant."},
	{"405", "not with this method", "The address exists, but not for this method.", client, "RFC 9110 section 15.5.6", "A token endpoint wants POST."},
	{"407", "the proxy wants a password", "A proxy on the way, not the provider, wants credentials.", client, "RFC 9110 section 15.5.8", ""},
	{"413", "the body is too big", "The body of the request is too big.", client, "RFC 9110 section 15.5.14", ""},
	{"414", "the address is too long", "The address is too long for the server.", client, "RFC 9110 section 15.5.15", "Push the parameters (PAR) or shorten state."},
	{"415", "not in this format", "The server does not read bodies of this Content-Type.", client, "RFC 9110 section 15.5.16", "JSON was sent where a form is wanted, or the reverse."},
	{"429", "too many requests", "Too many requests in too short a time. Retry-After says how long to wait.", client, "RFC 6585 section 4", ""},
	{"431", "the headers are too big", "The headers are too big for the server; usually it is the token or the cookies.", client, "RFC 6585 section 5", ""},
	{"500", "the server broke down", "The server failed.", client, "RFC 9110 section 15.6.1", "Do not send the same code again at once: it may have been spent."},
	{"502", "a gateway got nonsense", "A gateway in front of the server got no proper answer from it.", client, "RFC 9110 section 15.6.3", ""},
	{"503", "not available now", "The server is overloaded or under maintenance.", client, "RFC 9110 section 15.6.4", ""},
	{"504", "a gateway waited in vain", "A gateway in front of the server waited for an answer in vain.", client, "RFC 9110 section 15.6.5", "The request may have been carried out all the same."},
	{"511", "log in to the network first", "The network wants a login of its own before anything gets through, as in a hotel.", user, "RFC 6585 section 6", ""},
}

// formats are how a token can be read.
var formats = []row{
	{"jwt", "readable and signed", "The token is a JWT: anybody can read its claims, and the issuer's key shows whether they are genuine.", apiOr, "RFC 7519 section 3", ""},
	{"opaque", "a reference, not readable", "The token is a reference that means something only to the server that issued it. There is nothing in it to decode.", server, "RFC 6749 section 1.4", "That is no fault: ask the introspection endpoint if there is one."},
	{"jwe", "encrypted", "The token is encrypted: only its audience has the key to read it.", api, "RFC 7516 section 3", ""},
}
