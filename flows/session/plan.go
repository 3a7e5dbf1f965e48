package session

import (
	"cmp"
	"slices"
	"strings"

	"oauthlens/flows"
	"oauthlens/flows/protocol"
)

// Can tells why the action cannot be carried out now, in a sentence that says what to do
// first; empty: it can.
func (s Session) Can(a flows.Action) string {
	if why := s.busy(a); why != "" {
		return why
	}
	if why := s.withoutSecrets(a); why != "" {
		return why
	}
	return cmp.Or(s.lacks(a), s.unconfirmed(a))
}

// lacks names what an action needs and the run has not.
func (s Session) lacks(a flows.Action) string {
	switch a {
	case flows.ActDiscover:
		return cmp.Or(need(s.env.Endpoints.Issuer != "" || s.env.Endpoints.Discovery != "", "no issuer is known: give one with --issuer, or set the endpoints"),
			s.unusableIssuer())
	case flows.ActPrepare, flows.ActAuthorizeURL, flows.ActRestart:
		return s.canAuthorize()
	case flows.ActOpenBrowser, flows.ActListen:
		return need(s.built != nil, "no authorization URL yet: finish step 2")
	case flows.ActApprove:
		if s.built == nil {
			return "no authorization URL yet: finish step 2"
		}
		return cmp.Or(
			need(s.start.Simulated || IsLoopback(s.built.URL), "only the simulator's user can be played: open the browser with o"),
			need(!s.onItsWay(), "the consent was given: the callback is on its way"),
			need(!s.Deaf(), "nothing listens for the callback since the wait was cancelled: start again with ctrl+r"))
	case flows.ActExchange:
		return s.canExchange()
	case flows.ActRefresh:
		return cmp.Or(s.unknown(s.env.Endpoints.Token, "token_endpoint", "the token endpoint is not known: "+s.give("--token-url, or --issuer to discover it")),
			unusable("the token endpoint", s.env.Endpoints.Token, flows.EndpointProblem),
			need(!s.refreshToken().IsZero(), "there is no refresh token: none was issued"))
	case flows.ActRevoke:
		return cmp.Or(need(s.Token() != nil, "no token yet: finish the exchange first"),
			s.unknown(s.env.Endpoints.Revocation, "revocation_endpoint", s.start.Provider.Title+" documents no revocation endpoint"))
	case flows.ActIntrospect:
		return cmp.Or(need(s.Token() != nil, "no token yet: finish the exchange first"),
			s.unknown(s.env.Endpoints.Introspection, "introspection_endpoint", "no introspection endpoint is known"))
	case flows.ActUserInfo:
		return cmp.Or(need(s.Token() != nil, "no token yet: finish the exchange first"),
			s.unknown(s.env.Endpoints.UserInfo, "userinfo_endpoint", "no userinfo endpoint is known"))
	case flows.ActCall:
		_, ok := s.call()
		return cmp.Or(need(s.Token() != nil || s.start.Grant == flows.GrantBasic, "no token yet: finish the exchange first"),
			need(ok, "no API call is known here: set a URL with e"))
	case flows.ActVerify:
		return cmp.Or(need(s.Token() != nil, "no token yet: finish the exchange first"),
			need(s.env.Endpoints.JWKS != "" || s.env.Endpoints.Issuer != "" || s.env.Endpoints.Discovery != "", "neither a JWKS URL nor an issuer is known"),
			need(s.env.Endpoints.JWKS != "" || s.unusableIssuer() == "", s.unusableIssuer()),
			s.withoutKeys())
	case flows.ActCancel:
		return need(s.ended == nil, "nothing is under way")
	}
	return ""
}

// withoutSecrets: of a run that was kept without its secrets there are masks only, which
// nobody takes.
func (s Session) withoutSecrets(a flows.Action) string {
	var sent []flows.Secret
	switch a {
	case flows.ActRefresh:
		sent = append(sent, s.secret, s.refreshToken())
	case flows.ActExchange:
		sent = append(sent, s.secret)
		if s.callback != nil {
			sent = append(sent, flows.NewSecret(s.start.Fingerprints, "code", s.callback.Reading.Code))
		}
	case flows.ActVerify:
		if t := s.Token(); t != nil {
			sent = append(sent, t.AccessToken, t.IDToken)
		}
	case flows.ActRevoke, flows.ActIntrospect, flows.ActUserInfo, flows.ActCall:
		if t := s.Token(); t != nil {
			sent = append(sent, t.AccessToken)
		}
	}
	masked := slices.ContainsFunc(sent, func(x flows.Secret) bool { return flows.IsMask(x.RevealSecret()) })
	return need(!masked, "this run was kept without its secrets, so nothing of it can be sent or verified: start a new one")
}

func need(ok bool, why string) string {
	if ok {
		return ""
	}
	return why
}

// unknown says why there is no endpoint to ask, if there is none: the metadata names one
// that is not used, and why; else what the caller says.
func (s Session) unknown(endpoint, member, otherwise string) string {
	if endpoint != "" {
		return ""
	}
	if s.metadata == nil {
		return otherwise
	}
	for _, p := range s.metadata.Problems {
		if p.Field != member || p.Code != protocol.EndpointUnusable {
			continue
		}
		flag := map[string]string{"authorization_endpoint": "--authorize-url", "token_endpoint": "--token-url", "revocation_endpoint": "--revoke-url", "jwks_uri": "--jwks-url"}[member]
		if flag == "" {
			return "the metadata's " + p.Text + ": have the server's metadata corrected"
		}
		return "the metadata's " + p.Text + ": " + s.give(flag)
	}
	return otherwise
}

// withoutKeys says why no key set can be asked for, when every place of the metadata was
// looked at.
func (s Session) withoutKeys() string {
	if why := s.unknown(s.env.Endpoints.JWKS, "jwks_uri", ""); why != "" {
		return why
	}
	_, _, ok := s.previewKeys()
	return need(ok, "the metadata names no key set (jwks_uri): "+s.give("--jwks-url"))
}

// give says how an endpoint is given: the screen has fields for those of a server that no
// profile describes, and elsewhere there are flags alone.
func (s Session) give(flags string) string {
	if s.env.Name == flows.EnvCustom {
		return "type it at step 1, the client, with e, or on the command line give " + flags
	}
	return "on the command line give " + flags
}

// unusableIssuer says why the metadata of the issuer stands nowhere.
func (s Session) unusableIssuer() string {
	return unusable("the issuer", s.env.Endpoints.Issuer, flows.IssuerProblem)
}

// unusable says what is wrong with a URL that was given; nothing of one that was not.
func unusable(what, rawURL string, problem func(string) string) string {
	if rawURL == "" || problem(rawURL) == "" {
		return ""
	}
	return what + " " + problem(rawURL)
}

func (s Session) busy(a flows.Action) string {
	switch a {
	case flows.ActCancel, flows.ActConfirm, flows.ActEnd, flows.ActListen:
		return ""
	}
	if a == flows.ActPrepare || a == flows.ActAuthorizeURL || a == flows.ActRestart {
		// a second one would open a second listener, and the URL would name the first
		if why := need(!s.building, "the authorization URL is being built"); why != "" {
			return why
		}
	}
	return need(s.inFlight == nil, "a request is under way: wait, or cancel it with esc")
}

func (s Session) canAuthorize() string {
	missing := s.env.Endpoints.Authorization == ""
	if s.asksForURL() {
		missing = s.env.Endpoints.AuthorizeURL == ""
	}
	return cmp.Or(need(s.start.Grant == flows.GrantAuthorizationCode, "this grant has no authorization request"),
		s.clientMissing(), need(!missing, s.unknown("", "authorization_endpoint", "the authorization endpoint is not known: "+s.give("--authorize-url, or --issuer to discover it"))),
		unusable("the authorization endpoint", s.env.Endpoints.Authorization, flows.EndpointProblem))
}

func (s Session) canExchange() string {
	if why := cmp.Or(s.clientMissing(), s.unknown(s.env.Endpoints.Token, "token_endpoint", "the token endpoint is not known: "+s.give("--token-url, or --issuer to discover it")),
		unusable("the token endpoint", s.env.Endpoints.Token, flows.EndpointProblem)); why != "" {
		return why
	}
	switch s.start.Grant {
	case flows.GrantClientCredentials:
		return ""
	case flows.GrantAuthorizationCode:
		return cmp.Or(need(s.callback != nil, "no code yet: finish the callback first"),
			need(s.callback == nil || s.callback.Reading.Code != "", "the provider answered with an error, there is no code to exchange"))
	}
	return "this grant has no exchange"
}

// clientMissing says which identifier or secret is not there.
func (s Session) clientMissing() string {
	return cmp.Or(need(s.settings.ClientID != "", "no client id yet: type it at step 1, the client, with e, or set OAUTHLENS_CLIENT_ID"),
		need(!s.secret.IsZero() || s.settings.AuthMethod == flows.AuthNone, "no client secret yet: type it at step 1, the client, with e, or set OAUTHLENS_CLIENT_SECRET"))
}

// Next is the natural next action; false when the flow waits for somebody, or is at its
// end.
func (s Session) Next() (flows.Action, bool) {
	if s.inFlight != nil || s.ended != nil {
		return "", false
	}
	if s.NeedsDiscovery() && s.Can(flows.ActDiscover) == "" && len(s.tries) == 0 {
		return flows.ActDiscover, true
	}
	switch s.start.Grant {
	case flows.GrantAuthorizationCode:
		if a, ok, decided := s.nextInCodeFlow(); decided {
			return a, ok
		}
	case flows.GrantClientCredentials:
		if s.Token() == nil {
			return flows.ActExchange, !s.tried(flows.StepExchange)
		}
	case flows.GrantRefreshToken:
		if s.Token() == nil {
			return flows.ActRefresh, !s.tried(flows.StepRefresh)
		}
	case flows.GrantBasic:
		return flows.ActCall, !s.tried(flows.StepCall) && s.Can(flows.ActCall) == ""
	}
	return s.nextWithToken()
}

func (s Session) nextInCodeFlow() (a flows.Action, ok, decided bool) {
	switch {
	case s.Token() != nil:
		return "", false, false
	case s.drawn == nil:
		return flows.ActAuthorizeURL, true, true
	case s.built == nil:
		return flows.ActAuthorizeURL, s.Prepared() && !s.tried(flows.StepAuthorizeURL), true
	case s.callback == nil && s.start.Simulated && !s.tried(flows.StepAuthorize):
		return flows.ActApprove, true, true
	case s.callback == nil && !s.start.Simulated && s.browser == nil:
		return flows.ActOpenBrowser, true, true
	case s.callback == nil:
		return "", false, true
	case s.callback.Reading.Code != "" && !s.tried(flows.StepExchange):
		return flows.ActExchange, true, true
	}
	return "", false, true
}

func (s Session) nextWithToken() (flows.Action, bool) {
	for _, c := range []struct {
		action flows.Action
		done   bool
	}{
		{flows.ActVerify, s.keys.Known || s.tried(flows.StepJWKS) || s.Token().Format != flows.FormatJWT && s.Token().IDToken.IsZero()},
		{flows.ActCall, s.tried(flows.StepCall)},
		{flows.ActRefresh, s.tried(flows.StepRefresh)},
		{flows.ActRevoke, s.tried(flows.StepRevoke)},
	} {
		if !c.done && s.Can(c.action) == "" {
			return c.action, true
		}
	}
	return "", false
}

func (s Session) tried(k flows.StepKind) bool {
	_, ok := s.results[k]
	return ok
}

// NeedsDiscovery tells that an endpoint of this grant is not known although an issuer is.
func (s Session) NeedsDiscovery() bool {
	e := s.env.Endpoints
	if e.Issuer == "" || s.metadata != nil {
		return false
	}
	return s.start.Grant != flows.GrantBasic && (e.Token == "" || s.start.Grant == flows.GrantAuthorizationCode && e.Authorization == "")
}

// asksForURL tells that a call of the provider answers with the authorization URL.
func (s Session) asksForURL() bool {
	return s.start.Provider.Dialect.AuthorizeDelivery == flows.DeliverURLFromAPI
}

// Prepared tells that everything in the call that answers with the authorization URL is
// known, so that it can be shown as it will be sent, and that there is no URL yet.
func (s Session) Prepared() bool {
	decided := s.listener != nil || s.listenFailed != nil || !s.listens()
	return s.asksForURL() && s.drawn != nil && s.built == nil && decided
}

// listens tells that the callback is listened for on this machine.
func (s Session) listens() bool { return IsLoopback(s.settings.RedirectURI) && !s.PasteOnly() }

// onItsWay tells that the simulated user was sent back to the redirect URI and the hit is
// not reported yet: a second consent now would bring a second code.
func (s Session) onItsWay() bool {
	r, ok := s.results[flows.StepAuthorize]
	if !ok || !r.OK() || s.callback != nil || len(s.hits) > s.heard || s.listener == nil {
		return false
	}
	location := r.Exchange.Response.Headers.Get("Location")
	return r.Exchange.Response.Status/100 == 3 && strings.HasPrefix(location, s.settings.RedirectURI)
}

// Waiting tells that the flow waits for the browser.
func (s Session) Waiting() bool {
	return s.start.Grant == flows.GrantAuthorizationCode && s.built != nil && s.callback == nil && s.ended == nil && (s.listener != nil || s.browser != nil)
}

// PasteOnly tells that no listener is wanted: the callback is pasted.
func (s Session) PasteOnly() bool { return s.settings.CallbackTimeout < 0 }

// SwitchedOn is the session without what the user switched off, whose requests tell where that
// would stand.
func (s Session) SwitchedOn() Session {
	s = s.own()
	for _, edits := range []*[]flows.ParamEdit{&s.settings.AuthorizeEdits, &s.settings.TokenEdits, &s.settings.HeaderEdits} {
		*edits = slices.DeleteFunc(slices.Clone(*edits), func(e flows.ParamEdit) bool { return e.Op == flows.EditRemove })
	}
	return s
}

// AuthorizeParams lists the parameters of the authorization request as it would be built now.
func (s Session) AuthorizeParams() []flows.Param {
	params, _ := protocol.AuthorizeParams(s.authorizeInput())
	return params
}

// Preview is the exact request that the action would send now. Of a run that was kept without
// its secrets there is none: a mask in the place of a token is no request that anybody sends.
func (s Session) Preview(a flows.Action) (flows.Request, flows.StepKind, bool) {
	if a != flows.ActVerify && s.withoutSecrets(a) != "" { // which fetches the keys, and sends no secret
		return flows.Request{}, "", false
	}
	in := s.tokenInput()
	in.Secret = s.sentSecret()
	switch a {
	case flows.ActExchange:
		return s.previewExchange(in)
	case flows.ActRefresh:
		if s.refreshToken().IsZero() {
			return flows.Request{}, "", false
		}
		return protocol.Refresh(in, s.refreshToken().RevealSecret()), flows.StepRefresh, true
	case flows.ActRevoke:
		if t := s.Token(); t != nil && s.env.Endpoints.Revocation != "" {
			if !t.RefreshToken.IsZero() {
				return protocol.Revoke(in, t.RefreshToken.RevealSecret(), "refresh_token"), flows.StepRevoke, true
			}
			return protocol.Revoke(in, t.AccessToken.RevealSecret(), "access_token"), flows.StepRevoke, true
		}
	case flows.ActIntrospect:
		if t := s.Token(); t != nil && s.env.Endpoints.Introspection != "" {
			return protocol.Introspect(in, t.AccessToken.RevealSecret()), flows.StepIntrospect, true
		}
	case flows.ActCall, flows.ActUserInfo:
		return s.previewCall(in, a)
	case flows.ActVerify:
		return s.previewKeys()
	case flows.ActDiscover:
		r, ok := s.previewDiscovery()
		return r, flows.StepDiscovery, ok
	case flows.ActAuthorizeURL:
		if s.Prepared() {
			return protocol.AuthorizeURLCall(s.authorizeInput()), flows.StepAuthorizeURL, true
		}
	}
	return flows.Request{}, "", false
}

func (s Session) previewExchange(in protocol.TokenInput) (flows.Request, flows.StepKind, bool) {
	switch {
	case s.start.Grant == flows.GrantClientCredentials:
		return protocol.ClientCredentials(in), flows.StepExchange, true
	case s.built == nil || s.drawn == nil || s.callback == nil || s.callback.Reading.Code == "":
		return flows.Request{}, "", false
	}
	verifier := ""
	if s.settings.PKCE != flows.PKCEOff && s.settings.PKCE != "" {
		verifier = s.sentVerifier()
	}
	return protocol.CodeExchange(in, s.callback.Reading.Code, s.exchangeRedirectURI(), verifier), flows.StepExchange, true
}

func (s Session) previewCall(in protocol.TokenInput, a flows.Action) (flows.Request, flows.StepKind, bool) {
	c := protocol.CallInput{TokenInput: in}
	if t := s.Token(); t != nil {
		c.AccessToken, c.TokenType = t.AccessToken.RevealSecret(), t.TokenType
	} else if s.start.Grant != flows.GrantBasic {
		return flows.Request{}, "", false
	}
	if a == flows.ActUserInfo {
		c.Call = flows.APICall{Name: "userinfo", Path: s.env.Endpoints.UserInfo}
		return protocol.APIRequest(c), flows.StepUserInfo, s.env.Endpoints.UserInfo != ""
	}
	call, ok := s.call()
	c.Call = call
	return protocol.APIRequest(c), flows.StepCall, ok
}

// call is the API call of the Call step: the user's URL, or the profile's.
func (s Session) call() (flows.APICall, bool) {
	if s.settings.CallURL != "" {
		c := flows.APICall{Name: "your URL", Method: "GET", Path: s.settings.CallURL}
		if s.start.Grant == flows.GrantBasic {
			c.Auth = "basic"
		}
		return c, true
	}
	calls := s.Calls()
	if len(calls) == 0 {
		return flows.APICall{}, false
	}
	i := s.settings.CallIndex
	if i < 0 || i >= len(calls) {
		i = 0
	}
	return calls[i], true
}

// Calls lists what can be called in this environment: the profile's calls, and where there
// are none the UserInfo endpoint of an OpenID Connect run.
func (s Session) Calls() []flows.APICall {
	if s.env.Endpoints.API != "" && len(s.start.Provider.Calls) > 0 {
		return s.start.Provider.Calls
	}
	if s.env.Endpoints.UserInfo == "" || !slices.Contains(s.authorized(), "openid") {
		return nil
	}
	return []flows.APICall{{Name: "userinfo", Path: s.env.Endpoints.UserInfo, Note: "Tells who signed in (OpenID Connect Core section 5.3)."}}
}
