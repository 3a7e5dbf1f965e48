package provider

// The structs of this file are the schema of a profile. Tags: toml is the key; need is
// "yes" for a member that must be there; form names the rule of forms.go that a string
// (or each string of a list) must follow; doc is the sentence of the reference.

type profile struct {
	Name         string        `toml:"name" need:"yes" form:"name" doc:"what is typed on the command line; also the name of the file"`
	Title        string        `toml:"title" need:"yes" form:"text" doc:"the provider's name as it writes itself"`
	Order        int           `toml:"order" doc:"place in the catalogue, ascending; profiles without one come after those with one, by title"`
	Summary      string        `toml:"summary" need:"yes" form:"text" doc:"one sentence: what it is, and what is peculiar about its OAuth"`
	Grants       []string      `toml:"grants" need:"yes" form:"grant" doc:"grants that can be walked, the default first"`
	SampleHosts  []string      `toml:"sample_hosts" form:"host" doc:"hosts that stand in the provider's documentation but serve nobody"`
	Environments []environment `toml:"environments" need:"yes" doc:"one table for each set of endpoints"`
	Dialect      dialect       `toml:"dialect" doc:"how requests are written and answers are read; what is left out is as the specifications say"`
	Lifetimes    lifetimes     `toml:"lifetimes" doc:"as documented; leave out what is not"`
	Scopes       []scope       `toml:"scopes" doc:"scopes that the provider documents"`
	Defaults     defaults      `toml:"defaults" doc:"what a new run starts with"`
	Notes        []note        `toml:"notes" doc:"facts worth reading before a step"`
	Calls        []call        `toml:"calls" doc:"ready-made requests of the Call step"`
	Simulator    simulator     `toml:"simulator" doc:"how the embedded simulator imitates the provider"`
	Sources      []source      `toml:"sources" need:"yes" doc:"where the claims of this file come from"`
}

type environment struct {
	Name             string    `toml:"name" need:"yes" form:"environment" doc:"sandbox, production, or a name of your own"`
	ClientIDPrefixes []string  `toml:"client_id_prefixes" form:"text" doc:"client ids of this environment begin with one of these"`
	Endpoints        endpoints `toml:"endpoints" doc:"absolute URLs, in the terms of RFC 8414 section 2"`
	Notes            []note    `toml:"notes" doc:"facts about this environment alone"`
}

type endpoints struct {
	Issuer        string `toml:"issuer" form:"url" doc:"the issuer identifier"`
	Authorization string `toml:"authorization" form:"url" doc:"authorization endpoint, where the browser goes"`
	AuthorizeURL  string `toml:"authorize_url" form:"url" doc:"an API call that answers with the authorization URL"`
	Token         string `toml:"token" form:"url" doc:"token endpoint"`
	Revocation    string `toml:"revocation" form:"url" doc:"revocation endpoint (RFC 7009)"`
	Introspection string `toml:"introspection" form:"url" doc:"introspection endpoint (RFC 7662)"`
	UserInfo      string `toml:"userinfo" form:"url" doc:"UserInfo endpoint (OpenID Connect)"`
	JWKS          string `toml:"jwks" form:"url" doc:"the provider's public keys (RFC 7517)"`
	Discovery     string `toml:"discovery" form:"url" doc:"metadata document, when its URL is known"`
	PAR           string `toml:"par" form:"url" doc:"pushed authorization requests (RFC 9126)"`
	Device        string `toml:"device" form:"url" doc:"device authorization endpoint (RFC 8628)"`
	API           string `toml:"api" form:"url" doc:"base URL of the resource server"`
}

type dialect struct {
	ClientAuth        string       `toml:"client_auth" form:"client_auth" doc:"how the client authenticates at the token endpoint; default client_secret_basic"`
	BasicEncoding     string       `toml:"basic_encoding" form:"basic_encoding" doc:"client id and secret in HTTP Basic: form-encoded first (rfc6749, the default) or raw"`
	TokenBody         string       `toml:"token_body" form:"body" doc:"body of token requests; default form"`
	ScopeSeparator    string       `toml:"scope_separator" form:"separator" doc:"between scopes, before percent-encoding; default one blank"`
	OmitScope         []string     `toml:"omit_scope" form:"grant" doc:"grants whose token request carries no scope although scopes are granted"`
	PKCE              string       `toml:"pkce" form:"support" doc:"whether the server wants PKCE; leave it out when that is not known"`
	PKCEMethod        string       `toml:"pkce_method" form:"pkce_method" doc:"used unless the user says otherwise; default S256, off when pkce is refused"`
	AuthorizeDelivery string       `toml:"authorize_delivery" form:"delivery" doc:"how the authorization URL is made: here (browser, the default), or by an API call (url_from_api, needs the endpoint authorize_url)"`
	CodeInBody        bool         `toml:"code_in_body" doc:"the authorization endpoint may answer 200 with the code in the body"`
	OmitResponseType  bool         `toml:"omit_response_type" doc:"leave response_type out of the authorization request"`
	AuthorizeParams   []param      `toml:"authorize_params" doc:"constants added to the authorization request"`
	TokenParams       []param      `toml:"token_params" doc:"constants added to every token request"`
	GrantParams       []grantParam `toml:"grant_params" doc:"parameters that the token request of one grant needs; the value is an example to be replaced"`
	TokenHeaders      []param      `toml:"token_headers" doc:"header fields added to every token request"`
	Fields            fieldPaths   `toml:"fields" doc:"where each field stands in an answer: paths, the first that exists wins"`
	Success           *predicate   `toml:"success" doc:"holds for an answer that is a success; without it the status decides"`
	Failure           *predicate   `toml:"failure" doc:"holds for an answer that is a failure, whatever its status; tested first"`
	Rotation          string       `toml:"rotation" form:"rotation" doc:"what a refresh does to the refresh token; default if_returned"`
	OfflineScope      string       `toml:"offline_scope" form:"scope" doc:"scope that must be asked for to get a refresh token"`
	RevokeAuth        string       `toml:"revoke_auth" form:"client_auth" doc:"client authentication of revocation; default as client_auth"`
	RevokeBody        string       `toml:"revoke_body" form:"body" doc:"body of revocation; default as token_body"`
	ExpiryFromToken   bool         `toml:"expiry_from_token" doc:"when the answer has no lifetime, the exp claim of the access token counts"`
	ServerTime        string       `toml:"server_time" form:"path" doc:"path of a member with the server's clock in Unix seconds"`
	NewestTokenOnly   bool         `toml:"newest_token_only" doc:"a new access token makes the older ones invalid"`
	AuthScheme        string       `toml:"auth_scheme" form:"token" doc:"scheme of the Authorization header at the API; default Bearer"`
}

type fieldPaths struct {
	AccessToken      []string `toml:"access_token" form:"path" doc:"default $.access_token"`
	TokenType        []string `toml:"token_type" form:"path" doc:"default $.token_type"`
	ExpiresIn        []string `toml:"expires_in" form:"path" doc:"default $.expires_in"`
	RefreshToken     []string `toml:"refresh_token" form:"path" doc:"default $.refresh_token"`
	RefreshExpiresIn []string `toml:"refresh_expires_in" form:"path" doc:"no default"`
	IDToken          []string `toml:"id_token" form:"path" doc:"default $.id_token"`
	Scope            []string `toml:"scope" form:"path" doc:"default $.scope"`
	Error            []string `toml:"error" form:"path" doc:"default $.error"`
	ErrorDescription []string `toml:"error_description" form:"path" doc:"default $.error_description"`
	RequestID        []string `toml:"request_id" form:"path" doc:"no default"`
	AuthorizeURL     []string `toml:"authorize_url" form:"path" doc:"in the answer of the authorize_url call; default $.authorize_url"`
	Code             []string `toml:"code" form:"path" doc:"in the answer of an authorization endpoint with code_in_body; default $.code"`
	State            []string `toml:"state" form:"path" doc:"likewise; default $.state"`
}

type predicate struct {
	Path         string `toml:"path" need:"yes" form:"path" doc:"the member that is tested"`
	Equals       string `toml:"equals" need:"yes" form:"any" doc:"its text: a number as written, a string without quotes"`
	AbsentPasses bool   `toml:"absent_passes" doc:"the test holds when the member does not exist"`
}

type lifetimes struct {
	Code          string `toml:"code" form:"duration" doc:"authorization code"`
	AccessToken   string `toml:"access_token" form:"duration" doc:"access token"`
	RefreshToken  string `toml:"refresh_token" form:"duration" doc:"refresh token"`
	RefreshExtend string `toml:"refresh_extend" form:"duration" doc:"what each use of the refresh token adds to its life"`
	Consent       string `toml:"consent" form:"duration" doc:"the user's consent"`
	RefreshText   string `toml:"refresh_text" form:"text" doc:"the rule in words"`
}

type scope struct {
	Name     string   `toml:"name" need:"yes" form:"scope" doc:"as sent"`
	Meaning  string   `toml:"meaning" need:"yes" form:"text" doc:"what it allows, for a person"`
	Default  bool     `toml:"default" doc:"asked for unless the user says otherwise"`
	Required bool     `toml:"required" doc:"nothing works without it"`
	Legacy   bool     `toml:"legacy" doc:"of an older product"`
	Grants   []string `toml:"grants" form:"grant" doc:"only with these grants; default all"`
}

type defaults struct {
	RedirectURI string `toml:"redirect_uri" form:"redirect_uri" doc:"default http://127.0.0.1:53682/callback"`
}

type note struct {
	Step string `toml:"step" form:"step" doc:"the step at which it is shown; default the catalogue"`
	Text string `toml:"text" need:"yes" form:"text" doc:"one or two sentences"`
}

type call struct {
	Name    string  `toml:"name" need:"yes" form:"text" doc:"what the list shows"`
	Method  string  `toml:"method" form:"method" doc:"default GET"`
	Path    string  `toml:"path" need:"yes" form:"call_path" doc:"joined to the endpoint api, or an absolute URL"`
	Query   []param `toml:"query" doc:"query parameters"`
	Headers []param `toml:"headers" doc:"header fields"`
	Body    string  `toml:"body" form:"body_text" doc:"sent as it is"`
	Auth    string  `toml:"auth" form:"call_auth" doc:"what proves who is calling; default token"`
	Note    string  `toml:"note" form:"text" doc:"what to know before sending it"`
	Revokes bool    `toml:"revokes" doc:"the call ends the authorization: its tokens stop working"`
}

type param struct {
	Name  string `toml:"name" need:"yes" form:"text" doc:"before any encoding"`
	Value string `toml:"value" need:"yes" form:"any" doc:"before any encoding"`
}

type grantParam struct {
	Grant   string `toml:"grant" need:"yes" form:"grant" doc:"the grant whose token request carries it"`
	Name    string `toml:"name" need:"yes" form:"text" doc:"before any encoding"`
	Value   string `toml:"value" need:"yes" form:"text" doc:"an example, which the simulator accepts"`
	Meaning string `toml:"meaning" need:"yes" form:"text" doc:"what to put in, in words"`
}

type simulator struct {
	AccessTokenFormat    string   `toml:"access_token_format" form:"access_token_format" doc:"default opaque"`
	Algorithm            string   `toml:"algorithm" form:"algorithm" doc:"of the tokens it signs; default RS256"`
	Audience             []string `toml:"audience" form:"text" doc:"aud of access tokens"`
	ScopeClaimArray      bool     `toml:"scope_claim_array" doc:"the scope claim is a list, not a string"`
	TokenTypeValue       string   `toml:"token_type_value" form:"token" doc:"token_type in answers; default Bearer"`
	IssueIDToken         bool     `toml:"issue_id_token" doc:"issues an ID token when openid was asked for"`
	Members              []param  `toml:"members" doc:"members added to token answers; the value is JSON text, such as 200 or \"abc\""`
	InvalidClient        int      `toml:"invalid_client" doc:"HTTP status of invalid_client; default 401"`
	InvalidGrantCode     string   `toml:"invalid_grant_code" form:"token" doc:"the provider's own error code for a bad authorization code; default invalid_grant"`
	ExpiresIn            int      `toml:"expires_in" doc:"seconds in the answer; default the documented life of an access token"`
	GrantedScope         string   `toml:"granted_scope" form:"text" doc:"answered whatever was asked for"`
	AuthMethods          []string `toml:"auth_methods" form:"client_auth" doc:"client authentication that its token endpoint accepts; default client_auth alone"`
	OmitErrorDescription bool     `toml:"omit_error_description" doc:"an error answer is a bare code"`
	SkipShopOAuth        bool     `toml:"skip_shop_oauth" doc:"the demo client may use client credentials without a merchant's consent"`
}

type source struct {
	Claim   string   `toml:"claim" need:"yes" form:"text" doc:"what the source supports, in words"`
	Fields  []string `toml:"fields" form:"field" doc:"the keys of this file that it supports, such as dialect.pkce or environments.sandbox.endpoints; default all"`
	Where   string   `toml:"where" need:"yes" form:"text" doc:"a URL, or the name and version of a document"`
	Checked string   `toml:"checked" need:"yes" form:"date" doc:"when that was read"`
	Status  string   `toml:"status" need:"yes" form:"source_status" doc:"how sure it is"`
}
