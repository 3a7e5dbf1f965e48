package redact

import "strings"

// secretNames maps a parameter, member or header name, lower-case and without '_' and
// '-', to the name that its mask carries.
var secretNames = map[string]string{
	"clientsecret": "client_secret", "appsecret": "client_secret", "secret": "client_secret",
	"code": "code", "authcode": "code", "authorizationcode": "code", "spapioauthcode": "code",
	"codeverifier": "code_verifier",
	"accesstoken":  "access_token", "token": "token", "refreshtoken": "refresh_token", "idtoken": "id_token",
	"idtokenhint": "id_token", "subjecttoken": "token", "actortoken": "token", "logintoken": "token",
	"devicecode": "device_code", "clientassertion": "client_assertion", "assertion": "assertion",
	"password": "password", "passphrase": "passphrase", "apikey": "api_key", "xapikey": "api_key",
	"xshopifyaccesstoken": "access_token", "xamzaccesstoken": "access_token", "xacsdingtalkaccesstoken": "access_token",
	"fbexchangetoken": "token", "publictoken": "token", "dpop": "dpop_proof", "privatekey": "private_key",
	"registrationaccesstoken": "token", "userassertion": "assertion", "xauthtoken": "token", "xcsrftoken": "csrf_token",
	"otp": "otp", "passwd": "password", "pwd": "password", "xgoogapikey": "api_key",
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

var plainName = strings.NewReplacer("_", "", "-", "", ".", "")

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
	name = plainName.Replace(name)
	if n, ok := secretNames[name]; ok {
		return n, true
	}
	for _, ending := range secretEndings {
		if strings.HasSuffix(name, ending[0]) {
			return ending[1], ending[1] != ""
		}
	}
	return "", false
}
