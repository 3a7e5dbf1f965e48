package diagnose

import (
	"strings"

	"oauthlens/flows/rawjson"
)

// fault is a failure that an answer states in its body, whatever its status.
type fault struct {
	code string // as sent
	desc string // as sent
	sub  string // suberror, error_subtype, error_codes
	// canon is the code of the specifications that it amounts to, or empty.
	canon string
	// node is the member that says so, for marks; nil for forms.
	node *rawjson.Node
}

// canonical maps providers' own codes to those of the specifications.
var canonical = pairs{
	{"bad_verification_code", "invalid_grant"}, {"invalid_code", "invalid_grant"}, {"invalid_authorization_code", "invalid_grant"},
	{"invalid_auth_code", "invalid_grant"}, {"bad_auth_code", "invalid_grant"}, {"bad_refresh_token", "invalid_grant"}, {"code_expired", "invalid_grant"},
	{"code_already_used", "invalid_grant"}, {"invalid_refresh_token", "invalid_grant"}, {"token_expired_or_revoked", "invalid_grant"},
	{"expired_refresh_token", "invalid_grant"}, {"refresh_token_expired", "invalid_grant"}, {"40029", "invalid_grant"}, {"40163", "invalid_grant"},
	{"40030", "invalid_grant"}, {"20003", "invalid_grant"}, {"20004", "invalid_grant"}, {"42002", "invalid_grant"}, {"21325", "invalid_grant"},
	{"incorrect_client_credentials", "invalid_client"}, {"bad_client_id", "invalid_client"}, {"bad_client_secret", "invalid_client"},
	{"invalid_client_id", "invalid_client"}, {"invalid_client_secret", "invalid_client"}, {"40013", "invalid_client"}, {"40125", "invalid_client"},
	{"invalid_credentials", "invalid_client"}, {"client_not_found", "invalid_client"}, {"unknown_client", "invalid_client"}, {"deleted_client", "invalid_client"},
	{"invalid_app_id", "invalid_client"}, {"wrong_client_secret", "invalid_client"}, {"bad_redirect_uri", "redirect_uri_mismatch"},
	{"mismatch_redirect_uri_auth_code", "redirect_uri_mismatch"}, {"mismatching_redirect_uri", "redirect_uri_mismatch"}, {"invalid_redirect_uri", "redirect_uri_mismatch"},
	{"redirect_uri_mismatch", "redirect_uri_mismatch"},
	{"missing_scope", "insufficient_scope"}, {"insufficient_permissions", "insufficient_scope"}, {"access_token_scope_insufficient", "insufficient_scope"},
	{"insufficient_scopes", "insufficient_scope"}, {"too_many_requests", "rate_limited"}, {"ratelimited", "rate_limited"}, {"rate_limited", "rate_limited"},
	{"rate_limit_exceeded", "rate_limited"}, {"token_expired", "invalid_token"}, {"expired_access_token", "invalid_token"}, {"invalid_access_token", "invalid_token"},
	{"invalid_auth", "invalid_token"}, {"not_authed", "invalid_token"}, {"invalid_authentication_token", "invalid_token"}, {"invalidauthenticationtoken", "invalid_token"},
	{"bad_scope", "invalid_scope"}, {"invalid_scopes", "invalid_scope"}, {"invalid_scope_requested", "invalid_scope"}, {"invalid_resource", "invalid_target"},
	{"user_denied", "access_denied"}, {"user_cancelled_login", "access_denied"}, {"user_cancelled_authorize", "access_denied"}, {"consent_denied", "access_denied"},
	{"cancelled", "access_denied"}, {"canceled", "access_denied"}, {"user_cancelled", "access_denied"},
	{"internal_error", "server_error"}, {"internal_server_error", "server_error"}, {"service_unavailable", "temporarily_unavailable"},
}

// specified are the codes of the specifications.
const specified words = `invalid_request invalid_client invalid_grant unauthorized_client unsupported_grant_type invalid_scope access_denied
	unsupported_response_type server_error temporarily_unavailable login_required consent_required interaction_required account_selection_required
	authorization_pending slow_down expired_token invalid_token insufficient_scope use_dpop_nonce invalid_dpop_proof invalid_target
	unsupported_token_type redirect_uri_mismatch invalid_request_uri invalid_request_object request_not_supported request_uri_not_supported
	registration_not_supported unmet_authentication_requirements insufficient_user_authentication rate_limited`

// readFault applies the order of tests that is safe for every known dialect: error
// members first, then flags and codes of envelopes. It returns nil where the body does
// not speak of a failure.
func readFault(a *answer, status int) *fault {
	if a.kind == bodyForm {
		return formFault(a.form)
	}
	if a.doc == nil || a.doc.Root == nil || a.doc.Root.Kind != rawjson.Object {
		return nil
	}
	root := a.doc.Root
	for _, at := range []*rawjson.Node{root, root.Member("error_response"), root.Member("data"), root.Member("body")} {
		if at == nil || at.Kind != rawjson.Object {
			continue
		}
		if f := errorMember(at); f != nil {
			return f
		}
	}
	if f := envelopeFault(root); f != nil {
		return f
	}
	if status < 400 {
		return nil
	}
	return plainFault(root)
}

func formFault(p params) *fault {
	code := p.get("error", "errcode", "error_code")
	if code == "" || code == "0" {
		return nil
	}
	return newFault(code, p.get("error_description", "error_message", "errmsg", "error_reason"), "", nil)
}

func newFault(code, desc, sub string, n *rawjson.Node) *fault {
	f := &fault{code: strings.TrimSpace(code), desc: strings.TrimSpace(desc), sub: sub, node: n}
	key := strings.ToLower(strings.ReplaceAll(f.code, "-", "_"))
	switch {
	case specified.has(key):
		f.canon = key
	case canonical.of(key) != "":
		f.canon = canonical.of(key)
	default:
		for _, c := range [...]string{key, strings.ToLower(sub)} {
			if canonical.of(c) != "" {
				f.canon = canonical.of(c)
			}
		}
	}
	return f
}

// descNames are the members that explain an error.
var descNames = []string{"error_description", "error_message", "errorDescription", "message", "Message", "errmsg", "msg", "error_msg", "detail", "Detail", "errorSummary", "reason", "title", "hint"}

func memberText(n *rawjson.Node, names ...string) string {
	for _, name := range names {
		if m := n.Member(name); m != nil && m.Text != "" && m.Kind != rawjson.Null {
			return m.Text
		}
	}
	return ""
}

// errorMember reads "error" as text or object, "error_type", "errors[0]".
func errorMember(n *rawjson.Node) *fault {
	if e := n.Member("error"); e != nil {
		switch e.Kind {
		case rawjson.String:
			if e.Text != "" {
				return newFault(e.Text, memberText(n, descNames...), memberText(n, "suberror", "error_subtype", "needed"), e)
			}
		case rawjson.Number:
			if desc := memberText(n, descNames...); e.Text != "0" && desc != "" {
				return newFault(e.Text, desc, "", e)
			}
		case rawjson.Object:
			code := memberText(e, "status", "code", "type", "error")
			if sub := memberText(e, "type", "reason", "error_subcode"); canonical.of(strings.ToLower(sub)) != "" || specified.has(strings.ToLower(sub)) {
				code = sub
			}
			return newFault(code, memberText(e, descNames...), memberText(e, "type", "reason", "error_subcode"), e)
		}
	}
	if e := n.Member("error_type"); e != nil && e.Kind == rawjson.String && e.Text != "" {
		return newFault(e.Text, memberText(n, descNames...), memberText(n, "error_code"), e)
	}
	if es := n.Member("errors"); es != nil && es.Kind == rawjson.Array && len(es.Children) > 0 {
		e := es.Children[0]
		if e.Kind == rawjson.String {
			return newFault("", e.Text, "", e)
		}
		return newFault(memberText(e, "code", "errorType", "error", "type", "category"), memberText(e, descNames...), memberText(e, "field", "resource"), e)
	} else if es != nil && es.Kind == rawjson.String && es.Text != "" {
		return newFault("", es.Text, "", es)
	}
	return nil
}

// envelopeFault reads ok:false, errcode, code != 0 beside a message, success:false.
func envelopeFault(root *rawjson.Node) *fault {
	if ok := root.Member("ok"); ok != nil && ok.Kind == rawjson.Bool && ok.Text == "false" {
		return newFault("", memberText(root, descNames...), "", ok)
	}
	if s := root.Member("success"); s != nil && s.Kind == rawjson.Bool && s.Text == "false" {
		return newFault(memberText(root, "code", "errorCode"), memberText(root, descNames...), "", s)
	}
	if c := root.Member("errcode"); c != nil && c.Text != "0" && c.Text != "" {
		return newFault(c.Text, memberText(root, descNames...), "", c)
	}
	c := root.Member("code")
	if c == nil || c.Kind != rawjson.Number || c.Text == "0" || c.Text == "200" {
		return nil
	}
	if m := memberText(root, "message", "msg"); m != "" {
		return newFault(c.Text, m, "", c)
	}
	return nil
}

// plainFault reads what else a failed answer may call its reason.
func plainFault(root *rawjson.Node) *fault {
	code := memberText(root, "error_code", "errorCode", "code", "status", "type", "error")
	desc := memberText(root, descNames...)
	if f := root.Member("Fault"); f != nil {
		code, desc = memberText(f, "type"), ""
	}
	if code == "" && desc == "" {
		return nil
	}
	if strings.Trim(code, "0123456789") == "" {
		code = ""
	}
	return newFault(code, desc, "", root)
}

// settleCanon decides what a failure at the token endpoint amounts to when its code is
// not one of the known ones: by its words, then by its status.
func settleCanon(f *fault, text string, status int) string {
	switch {
	case says(text, "redirect_uri|redirect uri|callback url", "mismatch|match|differ"):
		return "redirect_uri_mismatch"
	case says(text, "authorization code|authorizationcode|auth code|authorisation code|verification code|grant code|code is|code has|code was|the code", "invalid|expired|used|redeemed|incorrect|not valid|exist|malformed|bad"):
		return "invalid_grant"
	case says(text, "refresh token|refresh_token", "invalid|expired|revoked|unknown|not found|used|unrecognized|no longer"):
		return "invalid_grant"
	case says(text, "client secret|client_secret|client id|client_id|client authentication|client credentials|app secret|app id|appid|app key|invalid client|api key", "invalid|unknown|incorrect|wrong|mismatch|failed|not found|does not|expired|unrecognized"):
		return "invalid_client"
	case says(text, "grant_type|grant type", "invalid|unsupported|unknown|missing|required|not supported"):
		return "unsupported_grant_type"
	case says(text, "scope", "invalid|unknown|not allowed|not supported|not enabled"):
		return "invalid_scope"
	}
	if status == 401 {
		return "invalid_client"
	}
	return ""
}
