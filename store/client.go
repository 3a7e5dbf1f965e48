package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
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
	CallURL        string            `json:"call_url,omitempty"`
}

// secretParameters are the request parameters whose values are secrets; an edit that
// sets one is not kept. State and nonce are drawn anew for every flow.
const secretParameters = " client_secret client_assertion assertion password code code_verifier refresh_token access_token id_token token subject_token actor_token state nonce request "

func withoutSecrets(edits []flows.ParamEdit) []flows.ParamEdit {
	var out []flows.ParamEdit
	for _, e := range edits {
		name := strings.ToLower(e.Name)
		secret := strings.Contains(secretParameters, " "+name+" ") || strings.HasSuffix(name, "secret") || strings.HasSuffix(name, "password")
		if e.Op == flows.EditRemove || !secret {
			out = append(out, e)
		}
	}
	return out
}

func (c ClientSettings) clean() ClientSettings {
	c.AuthorizeEdits, c.TokenEdits = withoutSecrets(c.AuthorizeEdits), withoutSecrets(c.TokenEdits)
	return c
}

// SaveClient keeps the settings for their provider and environment, in place of
// earlier ones. Parameter edits that would set a secret are left out.
func (s *Store) SaveClient(ctx context.Context, c ClientSettings) error {
	data, err := json.Marshal(c.clean())
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
