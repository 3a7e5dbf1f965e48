package redact

import "strings"

// secretName maps a parameter, member or header name, lower-case and without '_' and
// '-', to the name that its mask carries; empty: it is not known as a secret's.
func secretName(plain string) string {
	switch plain {
	case "clientsecret", "appsecret", "secret":
		return "client_secret"
	case "code", "authcode", "authorizationcode", "spapioauthcode":
		return "code"
	case "codeverifier":
		return "code_verifier"
	case "accesstoken", "xshopifyaccesstoken", "xamzaccesstoken", "xacsdingtalkaccesstoken":
		return "access_token"
	case "token", "subjecttoken", "actortoken", "logintoken", "fbexchangetoken", "publictoken", "registrationaccesstoken", "xauthtoken":
		return "token"
	case "refreshtoken":
		return "refresh_token"
	case "idtoken", "idtokenhint":
		return "id_token"
	case "devicecode":
		return "device_code"
	case "clientassertion":
		return "client_assertion"
	case "assertion", "userassertion":
		return "assertion"
	case "password", "passwd", "pwd":
		return "password"
	case "passphrase":
		return "passphrase"
	case "apikey", "xapikey", "xgoogapikey":
		return "api_key"
	case "dpop":
		return "dpop_proof"
	case "privatekey":
		return "private_key"
	case "xcsrftoken":
		return "csrf_token"
	case "otp":
		return "otp"
	}
	return ""
}

// secretEndings are what the names end with that servers and clients make up for the same
// things (user_access_token, X-Vault-Token, consumer_secret), the first one that fits; an
// empty name is that of no secret, such as a place in a list of results.
var secretEndings = [...][2]string{
	{"accesstoken", "access_token"}, {"refreshtoken", "refresh_token"}, {"idtoken", "id_token"},
	{"pagetoken", ""}, {"nexttoken", ""}, {"continuationtoken", ""}, {"synctoken", ""}, {"token", "token"},
	{"clientsecret", "client_secret"}, {"consumersecret", "client_secret"}, {"secret", "secret"},
	{"codeverifier", "code_verifier"}, {"assertion", "assertion"}, {"password", "password"},
	{"apikey", "api_key"}, {"secretkey", "secret"}, {"privatekey", "private_key"}, {"subscriptionkey", "api_key"},
}

// plainName is a name without what joins its words.
func plainName(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || r == '-' || r == '.' {
			return -1
		}
		return r
	}, name)
}

// SecretName gives the mask's name for a parameter or member that carries a secret, also
// for one of a list or a map as some frameworks write them (code[], data[code]), and behind
// an ampersand that was escaped for HTML (amp;code).
func SecretName(name string) (string, bool) {
	name = strings.TrimPrefix(strings.ToLower(name), "amp;")
	n, ok := bareSecretName(name)
	for !ok && strings.HasSuffix(name, "]") {
		open := strings.LastIndexByte(name, '[')
		if open < 0 {
			break
		}
		if n, ok = bareSecretName(name[open+1 : len(name)-1]); !ok {
			name = name[:open]
			n, ok = bareSecretName(name)
		}
	}
	return n, ok
}

func bareSecretName(name string) (string, bool) {
	name = plainName(name)
	if n := secretName(name); n != "" {
		return n, true
	}
	for _, ending := range secretEndings {
		if strings.HasSuffix(name, ending[0]) {
			return ending[1], ending[1] != ""
		}
	}
	return "", false
}
