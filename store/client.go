package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"oauthlens/flows"
)

// SecretSource says where a client secret comes from; it never holds the secret.
type SecretSource struct {
	From string `json:"from"`           // "vault", "env", "file", "typed", "none"
	Name string `json:"name,omitempty"` // the variable or the file
}

// ClientSettings are what the person at the keyboard chose for a provider and
// environment, kept for the next run. They stand in clear: no secret may be in them.
type ClientSettings struct {
	Provider       string            `json:"-"`
	Environment    string            `json:"-"`
	ClientID       string            `json:"client_id,omitempty"`
	Secret         SecretSource      `json:"secret"`
	AuthMethod     flows.AuthMethod  `json:"auth_method,omitempty"`
	PKCE           flows.PKCEMethod  `json:"pkce,omitempty"`
	RedirectURI    string            `json:"redirect_uri,omitempty"`
	Scopes         []string          `json:"scopes"` // nil: the profile's
	AuthorizeEdits []flows.ParamEdit `json:"authorize_edits,omitempty"`
	TokenEdits     []flows.ParamEdit `json:"token_edits,omitempty"`
	HeaderEdits    []flows.ParamEdit `json:"header_edits,omitempty"`
	CallURL        string            `json:"call_url,omitempty"`
	// Endpoints are those that were typed in, in place of the profile's or where it has none.
	// Client and secret belong to them.
	Endpoints flows.Endpoints `json:"endpoints,omitzero"`
}

// secretParameters are the request parameters whose values are secrets although their names
// do not say so; an edit that sets one is not kept. State and nonce are drawn anew for every
// flow.
const secretParameters = " code authcode state nonce request dpop authorization proxy-authorization cookie "

// carriesSecret tells by its name that the value of a parameter or header may be a secret.
func carriesSecret(name string) bool {
	name = strings.ToLower(name)
	if strings.Contains(secretParameters, " "+name+" ") {
		return true
	}
	for _, word := range []string{"secret", "password", "passphrase", "assertion", "token", "verifier", "apikey", "api_key", "api-key", "x-auth", "credential"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}

// WithoutSecrets leaves out what may carry a secret, and names it.
func (c ClientSettings) WithoutSecrets() (clean ClientSettings, left []string) {
	edits := func(in []flows.ParamEdit) (out []flows.ParamEdit) {
		for _, e := range in {
			if e.Op != flows.EditRemove && carriesSecret(e.Name) {
				left = append(left, e.Name)
				continue
			}
			out = append(out, e)
		}
		return out
	}
	c.AuthorizeEdits, c.TokenEdits, c.HeaderEdits = edits(c.AuthorizeEdits), edits(c.TokenEdits), edits(c.HeaderEdits)
	if urlCarriesSecret(c.CallURL) {
		c.CallURL, left = "", append(left, "the URL of the call")
	}
	for _, name := range flows.EndpointNames() {
		if e := c.Endpoints.Named(name); urlCarriesSecret(*e) {
			*e, left = "", append(left, "the "+name+" endpoint")
		}
	}
	return c, left
}

func urlCarriesSecret(raw string) bool {
	u, err := url.Parse(raw)
	if err != nil {
		return raw != ""
	}
	if _, has := u.User.Password(); has {
		return true
	}
	for name := range u.Query() {
		if carriesSecret(name) {
			return true
		}
	}
	return false
}

// SaveClient keeps the settings for their provider and environment, in place of
// earlier ones. What may carry a secret is left out, see [ClientSettings.WithoutSecrets].
func (s *Store) SaveClient(ctx context.Context, c ClientSettings) error {
	clean, _ := c.WithoutSecrets()
	data, err := json.Marshal(clean)
	if err != nil {
		return fmt.Errorf("client settings: %w", err)
	}
	return s.transact(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO clients (provider, environment, settings) VALUES (?, ?, ?)
			ON CONFLICT (provider, environment) DO UPDATE SET settings = excluded.settings`, c.Provider, c.Environment, string(data))
		return err
	})
}

// LoadClient returns the settings kept for a provider and environment; false if there
// are none.
func (s *Store) LoadClient(ctx context.Context, provider, environment string) (ClientSettings, bool, error) {
	var data string
	err := s.db.QueryRowContext(ctx, `SELECT settings FROM clients WHERE provider = ? AND environment = ?`, provider, environment).Scan(&data)
	if err == sql.ErrNoRows {
		return ClientSettings{}, false, nil
	}
	if err != nil {
		return ClientSettings{}, false, s.failed(err)
	}
	c := ClientSettings{Provider: provider, Environment: environment}
	if err := json.Unmarshal([]byte(data), &c); err != nil {
		return ClientSettings{}, false, &Problem{Kind: ErrDamaged, Err: err,
			Sentence: "the client settings of " + provider + " " + environment + " cannot be read: save them again from the Client step"}
	}
	return c, true, nil
}

// DeleteClient forgets the settings of a provider and environment, if there are any.
func (s *Store) DeleteClient(ctx context.Context, provider, environment string) error {
	return s.transact(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM clients WHERE provider = ? AND environment = ?`, provider, environment)
		return err
	})
}
