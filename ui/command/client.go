package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"oauthlens/flows"
	"oauthlens/flows/launch"
	"oauthlens/flows/session"
	"oauthlens/store"
	"oauthlens/store/vault"
)

// Where a kept client secret is found again.
const (
	fromVault = "vault"
	fromEnv   = "env"
	fromFile  = "file"
)

// secretName is the name of a client secret in the vault.
func secretName(provider, environment string) string { return provider + "/" + environment }

// keepsClients tells whether client settings are kept for an environment: not for the
// simulator, whose client is always ready.
func keepsClients(environment string, simulated bool) bool {
	return environment != "" && environment != flows.EnvSimulator && !simulated
}

// complete tells that a request names a server, a client and its secret: then it is what
// was asked for, and nothing that was kept belongs in it.
func complete(r *launch.Request) bool {
	return (r.Endpoints.Token != "" || r.Endpoints.Issuer != "") && r.Settings.ClientID != "" && r.ClientSecret != ""
}

// keptClient reads the settings kept for the environment of a request. They belong to the
// servers that they were kept with: for endpoints given by hand that are others, there are
// none.
func (w *World) keptClient(ctx context.Context, r *launch.Request) (store.ClientSettings, bool, error) {
	if w.Archive == nil || !keepsClients(r.Environment, r.Simulated) || complete(r) {
		return store.ClientSettings{}, false, nil
	}
	s, err := w.Archive.Store()
	if err != nil {
		return store.ClientSettings{}, false, nil // it is told when the run cannot be kept
	}
	c, ok, err := s.LoadClient(ctx, r.Provider.Name, r.Environment)
	if !ok || err != nil || !sameServers(r.Endpoints, c.Endpoints) {
		return store.ClientSettings{}, false, err
	}
	return c, true, nil
}

// sameServers tells that every endpoint given by hand to which a secret would go is one that
// the settings were kept with.
func sameServers(given, kept flows.Endpoints) bool {
	for _, name := range []string{"issuer", "authorization", "token", "revocation", "introspection", "api"} {
		if e := *given.Named(name); e != "" && e != *kept.Named(name) {
			return false
		}
	}
	return true
}

// withKept fills what a request leaves open with the settings kept from an earlier run.
// The secret is taken along only for the client that it belongs to; mayAsk allows to ask
// for a passphrase that it needs. An error is about the secret: the rest is filled.
func (w *World) withKept(ctx context.Context, r *launch.Request, mayAsk bool) (kept bool, err error) {
	r.Environment = cmp.Or(r.Environment, launch.DefaultEnvironment(r.Provider))
	c, ok, err := w.keptClient(ctx, r)
	if err != nil || !ok {
		return false, err
	}
	for _, name := range flows.EndpointNames() {
		e := r.Endpoints.Named(name)
		*e = cmp.Or(*e, *c.Endpoints.Named(name))
	}
	s := &r.Settings
	s.ClientID = cmp.Or(s.ClientID, c.ClientID)
	s.AuthMethod = cmp.Or(s.AuthMethod, c.AuthMethod)
	s.PKCE = cmp.Or(s.PKCE, c.PKCE)
	s.RedirectURI = cmp.Or(s.RedirectURI, c.RedirectURI)
	s.CallURL = cmp.Or(s.CallURL, c.CallURL)
	if s.Scopes == nil && fitsGrant(c.Scopes, r) {
		s.Scopes = c.Scopes
	}
	s.AuthorizeEdits = append(slices.Clone(c.AuthorizeEdits), s.AuthorizeEdits...)
	s.TokenEdits = append(slices.Clone(c.TokenEdits), s.TokenEdits...)
	s.HeaderEdits = append(slices.Clone(c.HeaderEdits), s.HeaderEdits...)
	if r.ClientSecret == "" && s.ClientID == c.ClientID {
		r.ClientSecret, s.SecretFrom, err = w.keptSecret(c, mayAsk)
	}
	return true, err
}

// fitsGrant tells whether the profile offers the scopes with the grant of this request.
func fitsGrant(scopes []string, r *launch.Request) bool {
	grant := r.Grant
	if grant == "" && len(r.Provider.Grants) > 0 {
		grant = r.Provider.Grants[0]
	}
	for _, known := range r.Provider.Scopes {
		if slices.Contains(scopes, known.Name) && len(known.Grants) > 0 && !slices.Contains(known.Grants, grant) {
			return false
		}
	}
	return true
}

// keptSecret finds a client secret where the settings say.
func (w *World) keptSecret(c store.ClientSettings, mayAsk bool) (secret, from string, err error) {
	switch c.Secret.From {
	case fromEnv:
		return w.Getenv(c.Secret.Name), c.Secret.Name, nil
	case fromFile:
		data, err := w.ReadFile(c.Secret.Name)
		if err != nil {
			return "", "", nil // the run says that it has no secret, and how to give one
		}
		return strings.TrimRight(string(data), "\r\n"), "the file " + c.Secret.Name, nil
	case fromVault:
		v, err := w.Archive.Vault()
		if err != nil {
			return "", "", err
		}
		raw, err := w.vaultSecret(v, secretName(c.Provider, c.Environment), mayAsk)
		return raw, "the vault", err
	}
	return "", "", nil
}

func (w *World) vaultSecret(v *vault.Vault, name string, mayAsk bool) (string, error) {
	read := func() (string, error) {
		secret, _, err := v.GetSecret(name, flows.FingerprintKey{})
		return secret.RevealSecret(), err
	}
	raw, err := read()
	if mayAsk && errors.Is(err, vault.ErrLocked) && w.Archive.NeedsPassphrase() && w.canAsk() {
		text, asking := w.askHidden("passphrase of the vault: ")
		if asking != nil {
			return "", asking
		}
		if err := v.Unlock(text); err != nil {
			return "", usageError("%v", err)
		}
		raw, err = read()
	}
	if err != nil {
		return "", usageError("the client secret kept for %s is out of reach: %v", name, err)
	}
	return raw, nil
}

// clientOf is what of a run is worth keeping for the next; where a value is the profile's
// own, nothing is kept, so that it follows the profile. Where the secret is, is not said.
func clientOf(s session.Session) store.ClientSettings {
	p, g, set := s.Provider(), s.Start().Grant, s.Settings()
	c := store.ClientSettings{Provider: p.Name, Environment: s.Environment().Name, ClientID: set.ClientID,
		AuthorizeEdits: set.AuthorizeEdits, TokenEdits: set.TokenEdits, HeaderEdits: set.HeaderEdits, CallURL: set.CallURL, Endpoints: typedEndpoints(s)}
	if set.AuthMethod != cmp.Or(p.Dialect.ClientAuth, flows.AuthBasic) && !set.AuthFromMetadata {
		c.AuthMethod = set.AuthMethod
	}
	if set.PKCE != cmp.Or(p.Dialect.PKCEMethod, flows.PKCEOff) {
		c.PKCE = set.PKCE
	}
	if set.RedirectURI != cmp.Or(p.Defaults.RedirectURI, launch.DefaultRedirectURI) {
		c.RedirectURI = set.RedirectURI
	}
	if !slices.Equal(set.Scopes, launch.DefaultScopes(p, g)) {
		c.Scopes = set.Scopes
	}
	return c
}

// typedEndpoints are the endpoints of a run that its profile does not have: those that it
// began with or that were typed in, but not what was discovered.
func typedEndpoints(s session.Session) flows.Endpoints {
	var out flows.Endpoints
	profile, _ := s.Provider().Environment(s.Environment().Name) // it may have none of that name
	have := s.Start().Environment.Endpoints
	for _, r := range s.Trace().Records {
		if c, ok := r.Event.(flows.Changed); ok && c.Change.Endpoint != nil {
			if e := have.Named(c.Change.Endpoint.Name); e != nil {
				*e = c.Change.Endpoint.Value
			}
		}
	}
	for _, name := range flows.EndpointNames() {
		if e := *have.Named(name); e != *profile.Endpoints.Named(name) {
			*out.Named(name) = e
		}
	}
	return out
}

// whyNotKept tells why the client settings of a run cannot be kept; empty: they can.
func whyNotKept(s session.Session) string {
	switch env := s.Environment().Name; {
	case s.Start().Simulated:
		return "the simulator's client is always ready: there is nothing to keep"
	case !keepsClients(env, false):
		return "the simulator's client is always ready: there is nothing to keep"
	case env == flows.EnvCustom && typedEndpoints(s) == flows.Endpoints{}:
		return "client settings are kept with their endpoints: none is typed in yet"
	}
	return ""
}

// saveClient keeps the client settings of a run for the next one with the same provider
// and environment, and says what became of the secret.
func (w *World) saveClient(ctx context.Context, s session.Session) (string, error) {
	if why := whyNotKept(s); why != "" {
		return "", errors.New(why)
	}
	history, err := w.Archive.Store()
	if err != nil {
		return "", err
	}
	c := clientOf(s)
	source, remark := w.secretSource(s, c)
	c.Secret = source
	if err := history.SaveClient(ctx, c); err != nil {
		return "", err
	}
	if _, left := c.WithoutSecrets(); len(left) > 0 {
		remark += "; not kept, since it may be a secret: " + strings.Join(left, ", ")
	}
	return fmt.Sprintf("client settings kept for %s; %s", keptFor(s.Provider(), c.Environment), remark), nil
}

// keptFor is what client settings belong to: a provider and its environment, where it has more
// than the one that is called as it is.
func keptFor(p flows.Provider, environment string) string {
	if environment == flows.EnvCustom {
		return p.Title
	}
	return p.Title + ", " + environment
}

// secretSource puts the secret into the vault, if it is not to be found elsewhere, and
// says so.
func (w *World) secretSource(s session.Session, c store.ClientSettings) (store.SecretSource, string) {
	secret := s.ClientSecret()
	if secret.IsZero() {
		return store.SecretSource{From: "none"}, "there is no secret to keep"
	}
	for _, name := range []string{variableName(c.Environment, "CLIENT_SECRET"), "OAUTHLENS_CLIENT_SECRET"} {
		if w.Getenv(name) == secret.RevealSecret() {
			return store.SecretSource{From: fromEnv, Name: name}, "the secret stays in " + name
		}
	}
	v, err := w.Archive.Vault()
	if err == nil {
		err = v.PutSecret(secretName(c.Provider, c.Environment), secret)
	}
	if err != nil {
		return store.SecretSource{From: "typed"}, "the secret is not kept, type it again next time: " + err.Error()
	}
	return store.SecretSource{From: fromVault}, "the secret is sealed in the vault"
}

// forgetClient removes the settings kept for the provider and environment of a run, and
// the secret.
func (w *World) forgetClient(ctx context.Context, s session.Session) (string, error) {
	p, env := s.Provider(), s.Environment().Name
	v, err := w.Archive.Vault()
	if err == nil {
		err = v.DeleteSecret(secretName(p.Name, env))
	}
	history, opening := w.Archive.Store()
	if err = errors.Join(err, opening); err != nil {
		return "", err
	}
	return fmt.Sprintf("nothing is kept any more for %s", keptFor(p, env)), history.DeleteClient(ctx, p.Name, env)
}
