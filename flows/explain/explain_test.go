package explain

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"oauthlens/flows"
)

// The lists below are written from the specifications and registries, not from the
// tables: a name that is missing from a table fails here.

func TestEveryStandardParameter(t *testing.T) {
	for in, names := range map[Context]string{
		InAuthorize: `response_type client_id redirect_uri scope state
			code_challenge code_challenge_method
			response_mode nonce display prompt max_age ui_locales claims_locales id_token_hint login_hint acr_values claims registration
			request request_uri resource authorization_details dpop_jkt vtr trust_chain issuer_state
			client_metadata dcql_query transaction_data wallet_nonce request_uri_method verifier_info expected_origins response_uri`,
		InCallback: `code state error error_description error_uri iss id_token access_token token_type expires_in session_state response vp_token logout_token sid`,
		InToken: `grant_type code redirect_uri client_id client_secret code_verifier refresh_token scope username password
			assertion client_assertion client_assertion_type device_code resource audience
			subject_token subject_token_type actor_token actor_token_type requested_token_type authorization_details auth_req_id
			claim_token claim_token_format pct rpt ticket ace_profile nonce1 ace_client_recipientid req_cnf pre-authorized_code tx_code`,
		InRevoke:     `token token_type_hint client_id client_secret client_assertion client_assertion_type`,
		InIntrospect: `token token_type_hint client_id client_secret`,
		InDevice: `client_id scope client_secret login_hint_token id_token_hint binding_message user_code requested_expiry
			client_notification_token`,
		InPAR:    `client_id client_secret redirect_uri response_type scope state code_challenge code_challenge_method request nonce client_assertion request_uri`,
		InLogout: `id_token_hint logout_hint client_id post_logout_redirect_uri state ui_locales`,
	} {
		for _, name := range strings.Fields(names) {
			if e, ok := Param(name, in); !ok || e.Name != name || e.Kind != KindParam {
				t.Errorf("%s in %s is not explained", name, in)
			}
		}
	}
}

func TestContextChoosesTheText(t *testing.T) {
	for _, tc := range []struct {
		name string
		in   Context
		want string // part of Short
		from Context
	}{
		{"redirect_uri", InAuthorize, "at the exchange", InAuthorize},
		{"redirect_uri", InToken, "must equal", InToken},
		{"code", InCallback, "to be exchanged", InCallback},
		{"code", InToken, "spent", InToken},
		{"state", InAuthorize, "compared at the callback", InAuthorize},
		{"state", InCallback, "must equal", InCallback},
		{"client_secret", InRevoke, "proves", InToken},
		{"client_secret", InPAR, "proves", InToken},
		{"scope", InPAR, "what access", InAuthorize},
		{"code", "", "spent", InToken},
	} {
		if e, _ := Param(tc.name, tc.in); !strings.Contains(e.Short, tc.want) || e.Context != tc.from {
			t.Errorf("%s in %q: %q from %q", tc.name, tc.in, e.Short, e.Context)
		}
	}
	if _, ok := Param("no_such_parameter", InToken); ok {
		t.Error("an unknown parameter is explained")
	}
}

func TestEveryHeader(t *testing.T) {
	for _, name := range strings.Fields(`Authorization Content-Type Cache-Control Pragma Date WWW-Authenticate Retry-After Location DPoP DPoP-Nonce
		Set-Cookie Cookie Age Strict-Transport-Security Accept Host Content-Length Content-Encoding Transfer-Encoding User-Agent Origin Referer
		Expires ETag Vary Allow Server Via Connection Access-Control-Allow-Origin X-Frame-Options Content-Security-Policy Referrer-Policy
		Proxy-Authenticate Sec-Fetch-Dest Sec-Purpose X-Request-Id cf-mitigated`) {
		for _, spelling := range []string{name, strings.ToLower(name), strings.ToUpper(name)} {
			if _, ok := Header(spelling); !ok {
				t.Errorf("header %s is not explained", spelling)
			}
		}
	}
}

func TestEveryRegisteredClaim(t *testing.T) {
	// RFC 7519 4.1; OpenID Connect Core 2, 3.1.3.6, 3.3.2.11, 5.1, 5.6.2; RFC 9068 2.2; RFC
	// 8693 4; RFC 7800; RFC 9449 4.2; RFC 7662 2.2; RFC 8417.
	for _, name := range strings.Fields(`iss sub aud exp nbf iat jti
		azp nonce auth_time acr amr at_hash c_hash s_hash sid
		name given_name family_name middle_name nickname preferred_username profile picture website email email_verified
		gender birthdate zoneinfo locale phone_number phone_number_verified address updated_at _claim_names _claim_sources
		client_id scope roles groups entitlements act may_act cnf htm htu ath
		active username token_type events toe txn authorization_details vot vtm
		scp tid oid realm_access resource_access
		sub_jwk sip_from_tag sip_date sip_callid sip_cseq_num sip_via_branch orig dest mky rph attest origid jcard div opt sph msgi rcd rcdi crn
		vc vp ace_profile cnonce exi token_introspection rdap_allowed_purposes rdap_dnt_allowed sig_val_claims atc sub_id
		cdniv cdnicrit cdniip cdniuc cdniets cdnistt cdnistd
		verified_claims place_of_birth nationalities birth_family_name birth_given_name birth_middle_name salutation title msisdn also_known_as
		_sd _sd_alg sd_hash vct vct#integrity status status_list ttl
		eat_nonce ueid sueids oemid hwmodel hwversion swname swversion oemboot dbgstat location eat_profile submods uptime bootcount bootseed
		dloas manifests measurements measres intuse
		jwks metadata constraints crit metadata_policy metadata_policy_crit trust_marks trust_mark_issuers trust_mark_owners trust_mark_type
		authority_hints source_endpoint delegation ref keys`) {
		if _, ok := Claim(name); !ok {
			t.Errorf("claim %s is not explained", name)
		}
	}
	for _, private := range []string{"https://example.com/roles", "urn:example:claim"} {
		if e, ok := Claim(private); !ok || e.Name != private {
			t.Errorf("private claim %s is not explained", private)
		}
	}
	if _, ok := Claim("unheard_of"); ok {
		t.Error("an unknown claim is explained")
	}
}

func TestEveryHeaderMember(t *testing.T) {
	for _, name := range strings.Fields(`alg jku jwk kid x5u x5c x5t x5t#S256 typ cty crit enc zip epk apu apv iv tag p2s p2c b64 nonce url iss sub aud`) {
		if _, ok := JOSE(name); !ok {
			t.Errorf("JOSE header member %s is not explained", name)
		}
	}
	for _, name := range strings.Fields(`keys kty use key_ops alg kid x5u x5c x5t x5t#S256 n e crv x y d k`) {
		if _, ok := KeyMember(name); !ok {
			t.Errorf("key member %s is not explained", name)
		}
	}
}

func TestEveryError(t *testing.T) {
	for spec, names := range map[string]string{
		"RFC 6749 4.1.2.1": `invalid_request unauthorized_client access_denied unsupported_response_type invalid_scope server_error temporarily_unavailable`,
		"RFC 6749 5.2":     `invalid_request invalid_client invalid_grant unauthorized_client unsupported_grant_type invalid_scope`,
		"RFC 6750 3.1":     `invalid_request invalid_token insufficient_scope`,
		"RFC 7009 2.2.1":   `unsupported_token_type`,
		"RFC 7591 3.2.2":   `invalid_redirect_uri invalid_client_metadata invalid_software_statement unapproved_software_statement`,
		"RFC 8628 3.5":     `authorization_pending slow_down access_denied expired_token`,
		"RFC 8707 2":       `invalid_target`,
		"RFC 9101, 9126":   `invalid_request_uri invalid_request_object request_not_supported request_uri_not_supported`,
		"RFC 9449":         `invalid_dpop_proof use_dpop_nonce`,
		"RFC 9396, 9470":   `invalid_authorization_details insufficient_user_authentication`,
		"OIDC":             `interaction_required login_required account_selection_required consent_required registration_not_supported unmet_authentication_requirements`,
		"CIBA":             `expired_login_hint_token unknown_user_id missing_user_code invalid_user_code invalid_binding_message transaction_failed`,
		"ACE":              `unsupported_pop_key incompatible_ace_profiles`,
		"UMA":              `need_info request_denied request_submitted`,
		"credentials": `invalid_credential_request unknown_credential_configuration unknown_credential_identifier invalid_proof invalid_nonce
			invalid_encryption_parameters credential_request_denied invalid_transaction_id issuance_pending
			vp_formats_not_supported invalid_request_uri_method invalid_transaction_data wallet_unavailable`,
		"federation":  `invalid_issuer invalid_subject invalid_trust_anchor invalid_trust_chain invalid_metadata not_found unsupported_parameter`,
		"attestation": `invalid_client_attestation use_attestation_challenge insufficient_authorization redirect_to_web`,
		"providers":   `invalid_authorization_code redirect_uri_mismatch bad_verification_code incorrect_client_credentials invalid_code missing_scope AADSTS700016 AADSTS7000215`,
	} {
		for _, code := range strings.Fields(names) {
			if _, ok := Error(code); !ok {
				t.Errorf("%s: %s is not explained", spec, code)
			}
		}
	}
	if e, ok := Error("AADSTS99999"); !ok || e.Name != "AADSTS99999" {
		t.Error("a number of a known family is not explained")
	}
	for _, no := range []string{"AADSTS", "AADSTSx", "", "nope"} {
		if _, ok := Error(no); ok {
			t.Errorf("%q is explained", no)
		}
	}
}

// TestNamesOfOtherFieldsAreNoGuess: a claim of calls or devices is not what a member of an
// API's answer means.
func TestNamesOfOtherFieldsAreNoGuess(t *testing.T) {
	for _, name := range strings.Fields("location keys dest div metadata") {
		if e, ok := Field(name); ok {
			t.Errorf("the member %s of an answer is taken for %q", name, e.Short)
		}
		if _, ok := Claim(name); !ok {
			t.Errorf("the claim %s is not explained", name)
		}
	}
	if e, _ := Field("title"); e.Spec != "RFC 9457 section 3.1.3" {
		t.Errorf("title is %+v", e)
	}
}

func TestEveryField(t *testing.T) {
	for _, name := range strings.Fields(`access_token token_type expires_in refresh_token scope id_token issued_token_type authorization_details
		error error_description error_uri device_code user_code verification_uri verification_uri_complete interval request_uri active
		Token TokenType ExpiresIn data Result code message time request_id status_code refresh_expires_in expires_at
		sub exp username email`) {
		if _, ok := Field(name); !ok {
			t.Errorf("field %s is not explained", name)
		}
	}
	for _, name := range strings.Fields(`issuer authorization_endpoint token_endpoint jwks_uri registration_endpoint scopes_supported response_types_supported
		response_modes_supported grant_types_supported token_endpoint_auth_methods_supported token_endpoint_auth_signing_alg_values_supported
		service_documentation ui_locales_supported op_policy_uri op_tos_uri revocation_endpoint revocation_endpoint_auth_methods_supported
		revocation_endpoint_auth_signing_alg_values_supported introspection_endpoint introspection_endpoint_auth_methods_supported
		introspection_endpoint_auth_signing_alg_values_supported code_challenge_methods_supported signed_metadata
		userinfo_endpoint subject_types_supported id_token_signing_alg_values_supported claims_supported
		pushed_authorization_request_endpoint require_pushed_authorization_requests device_authorization_endpoint
		authorization_response_iss_parameter_supported dpop_signing_alg_values_supported end_session_endpoint
		userinfo_encryption_alg_values_supported userinfo_encryption_enc_values_supported request_object_encryption_alg_values_supported
		request_object_encryption_enc_values_supported require_signed_request_object introspection_signing_alg_values_supported
		introspection_encryption_alg_values_supported introspection_encryption_enc_values_supported authorization_signing_alg_values_supported
		authorization_encryption_alg_values_supported authorization_encryption_enc_values_supported frontchannel_logout_session_supported
		backchannel_logout_session_supported backchannel_token_delivery_modes_supported backchannel_user_code_parameter_supported
		backchannel_authentication_request_signing_alg_values_supported client_registration_types_supported federation_registration_endpoint
		signed_jwks_uri jwks organization_name contacts logo_uri policy_uri organization_uri protected_resources prompt_values_supported`) {
		if _, ok := Metadata(name); !ok {
			t.Errorf("metadata %s is not explained", name)
		}
	}
}

func TestEveryValueOfTheVocabulary(t *testing.T) {
	for _, k := range []flows.StepKind{
		flows.StepDiscovery, flows.StepJWKS, flows.StepAuthorizeURL, flows.StepPAR, flows.StepAuthorize, flows.StepCallback, flows.StepExchange,
		flows.StepDevice, flows.StepRefresh, flows.StepRevoke, flows.StepIntrospect, flows.StepUserInfo, flows.StepCall, flows.StepOther,
	} {
		if _, ok := Step(k); !ok {
			t.Errorf("step %s is not explained", k)
		}
		if ContextOf(k) == "" {
			t.Errorf("step %s has no context", k)
		}
	}
	for _, g := range []flows.Grant{flows.GrantAuthorizationCode, flows.GrantClientCredentials, flows.GrantRefreshToken, flows.GrantBasic} {
		if _, ok := Grant(g); !ok {
			t.Errorf("grant %s is not explained", g)
		}
	}
	for _, m := range []flows.AuthMethod{flows.AuthBasic, flows.AuthPost, flows.AuthJSON, flows.AuthNone} {
		if _, ok := Auth(m); !ok {
			t.Errorf("method %s is not explained", m)
		}
	}
	for _, s := range strings.Fields("configure authorize callback exchange refresh use revoke discovery token transport environment") {
		if _, ok := Stage(s); !ok {
			t.Errorf("stage %s is not explained", s)
		}
	}
	for _, s := range strings.Fields("form algorithm header type key signature issuer audience azp time nonce at_hash c_hash s_hash") {
		if _, ok := Check(s); !ok {
			t.Errorf("check %s is not explained", s)
		}
	}
	for _, s := range strings.Fields("catalogue client token claims") {
		if _, ok := Lookup(KindStep, s); !ok {
			t.Errorf("pane %s is not explained", s)
		}
	}
	for _, s := range strings.Fields("dns connect proxy tls send wait receive") {
		if _, ok := Timing(s); !ok {
			t.Errorf("timing %s is not explained", s)
		}
	}
}

func TestValues(t *testing.T) {
	for _, s := range strings.Fields("openid profile email address phone offline_access") {
		if _, ok := Scope(s); !ok {
			t.Errorf("scope %s is not explained", s)
		}
	}
	// RFC 7518 section 3.1 and the usual ones of sections 4.1 and 5.1.
	for _, s := range strings.Fields("HS256 HS384 HS512 RS256 RS384 RS512 ES256 ES384 ES512 PS256 PS384 PS512 none EdDSA RSA-OAEP RSA-OAEP-256 ECDH-ES dir A128GCM A256GCM A128CBC-HS256") {
		if _, ok := Algorithm(s); !ok {
			t.Errorf("algorithm %s is not explained", s)
		}
	}
	for _, f := range []flows.TokenFormat{flows.FormatJWT, flows.FormatOpaque, flows.FormatJWE} {
		if _, ok := Format(f); !ok {
			t.Errorf("format %s is not explained", f)
		}
	}
	for code := 100; code < 600; code++ {
		if e, ok := Status(code); !ok || e.Name != strconv.Itoa(code) || e.What == "" || e.Short == "" {
			t.Errorf("status %d: %+v", code, e)
		}
	}
	for _, name := range []string{"99", "600", "x", ""} {
		if _, ok := Lookup(KindStatus, name); ok {
			t.Errorf("status %q is explained", name)
		}
	}
}

var sentenceEnd = regexp.MustCompile(`[.?!] `)

// The texts themselves: none is empty, none is too long for a pane, none ends oddly.
func TestTextsAreWellFormed(t *testing.T) {
	seen := map[key]bool{}
	for _, e := range All() {
		k := key{e.Kind, e.Context, fold(e.Kind, e.Name)}
		if seen[k] {
			t.Errorf("%s %s %s is explained twice", e.Kind, e.Context, e.Name)
		}
		seen[k] = true
		if e.Name == "" || e.Short == "" || e.What == "" || e.Reader == "" || e.Spec == "" {
			t.Errorf("%s %s: something is empty: %+v", e.Kind, e.Name, e)
		}
		if strings.HasSuffix(e.Short, ".") || len(e.Short) > 44 {
			t.Errorf("%s %s: short text %q (%d characters)", e.Kind, e.Name, e.Short, len(e.Short))
		}
		checkSentences(t, e, e.What, 3)
		if e.Trap != "" {
			checkSentences(t, e, e.Trap, 2)
		}
	}
}

func checkSentences(t *testing.T, e Entry, text string, most int) {
	t.Helper()
	sentences := sentenceEnd.Split(text, -1)
	if len(sentences) > most || len(text) > 300 {
		t.Errorf("%s %s: %d sentences, %d characters", e.Kind, e.Name, len(sentences), len(text))
	}
	for _, s := range sentences {
		if len(s) > 240 {
			t.Errorf("%s %s: a sentence of %d characters", e.Kind, e.Name, len(s))
		}
	}
	if !strings.HasSuffix(text, ".") || strings.TrimSpace(text) != text || strings.Contains(text, "  ") {
		t.Errorf("%s %s: odd text %q", e.Kind, e.Name, text)
	}
}

var specForm = regexp.MustCompile(`^(RFC \d+( (section|appendix) [0-9A-Z][0-9.]*)?|(OpenID|OAuth|UMA|JWT|W3C) .+|Fetch Standard|HTML Standard|provider)$`)

func TestSpecificationsAreNamedTheSameWay(t *testing.T) {
	for _, e := range All() {
		if !specForm.MatchString(e.Spec) {
			t.Errorf("%s %s: specification %q", e.Kind, e.Name, e.Spec)
		}
		if strings.HasPrefix(e.Spec, "RFC") && Link(e.Spec) == "" {
			t.Errorf("%s has no address", e.Spec)
		}
	}
}

func TestLinks(t *testing.T) {
	for spec, want := range map[string]string{
		"RFC 6749 section 4.1.3":                  "https://www.rfc-editor.org/rfc/rfc6749#section-4.1.3",
		"RFC 6749 4.1.3; RFC 8252 7.3":            "https://www.rfc-editor.org/rfc/rfc6749#section-4.1.3",
		"RFC 7636 4.1-4.3":                        "https://www.rfc-editor.org/rfc/rfc7636#section-4.1",
		"RFC 6749 4.1.1, 4.1.3":                   "https://www.rfc-editor.org/rfc/rfc6749#section-4.1.1",
		"RFC 6749 App. B":                         "https://www.rfc-editor.org/rfc/rfc6749#appendix-B",
		"RFC 9112 appendix C.2.2":                 "https://www.rfc-editor.org/rfc/rfc9112#appendix-C.2.2",
		"RFC 1034":                                "https://www.rfc-editor.org/rfc/rfc1034",
		"OpenID Connect Core 1.0 section 3.1.3.7": "https://openid.net/specs/openid-connect-core-1_0.html#rfc.section.3.1.3.7",
		"OIDC Core 3.1.2.6":                       "https://openid.net/specs/openid-connect-core-1_0.html#rfc.section.3.1.2.6",
		"OIDC Discovery 4.3; RFC 8414 3.3":        "https://openid.net/specs/openid-connect-discovery-1_0.html#rfc.section.4.3",
		"RFC 9449 sections 4.3, 8":                "https://www.rfc-editor.org/rfc/rfc9449#section-4.3",
		"RFC 7636 sections 4.1 to 4.3":            "https://www.rfc-editor.org/rfc/rfc7636#section-4.1",
		"OpenID Connect Core section 3.1.3.3":     "https://openid.net/specs/openid-connect-core-1_0.html#rfc.section.3.1.3.3",
		"RFC 6265bis section 5":                   "https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis",
		"Fetch; RFC 9700 section 2.1":             "https://fetch.spec.whatwg.org/",
		"RFC xyz":                                 "",
		"provider":                                "",
		"":                                        "",
	} {
		if got := Link(spec); got != want {
			t.Errorf("Link(%q) = %q, want %q", spec, got, want)
		}
	}
}

func TestLinksOfSeveral(t *testing.T) {
	got := Links("RFC 6749 section 1.5; OpenID Connect Core section 11; provider")
	want := []string{"https://www.rfc-editor.org/rfc/rfc6749#section-1.5", "https://openid.net/specs/openid-connect-core-1_0.html#rfc.section.11"}
	if !slices.Equal(got, want) {
		t.Errorf("links %q", got)
	}
	if got := Links(""); got != nil {
		t.Errorf("links of nothing %q", got)
	}
}

func TestShort(t *testing.T) {
	for _, tc := range []struct {
		kind Kind
		name string
		want string
	}{
		{KindParam, "client_id", "who is asking"},
		{KindParam, "redirect_uri", "must match byte for byte at the exchange"},
		{KindHeader, "cache-control", "no-store: keep no copy"},
		{KindClaim, "exp", "when it expires"},
		{KindField, "exp", "when it expires"},
		{KindError, "AADSTS1", "the provider's error number"},
		{KindJOSE, "alg", "how it is signed"},
		{KindParam, "unknown", ""},
		{"no such kind", "client_id", ""},
		{"parameter callback", "code", "to be exchanged at once"},
		{"parameter token", "code", "spent by this request"},
		{"callback", "state", "must equal what was sent"},
		{"authorize", "client_id", "who is asking"},
		{KindClaim, "signature", "whether it is genuine"},
		{KindClaim, "nonce", "must equal what was sent"},
		{KindCheck, "nonce", "whether it answers this request"},
	} {
		if got := Short(tc.kind, tc.name); got != tc.want {
			t.Errorf("Short(%s, %s) = %q, want %q", tc.kind, tc.name, got, tc.want)
		}
	}
}

func TestLookupFindsEveryEntry(t *testing.T) {
	for _, e := range All() {
		got, ok := Lookup(e.Kind, e.Name)
		if !ok || !strings.EqualFold(got.Name, e.Name) {
			t.Errorf("%s %s is not found", e.Kind, e.Name)
		}
		if e.Kind == KindParam {
			if got, ok := Param(e.Name, e.Context); !ok || got != e {
				t.Errorf("%s in %s gives the text of %s", e.Name, e.Context, got.Context)
			}
		}
	}
}
