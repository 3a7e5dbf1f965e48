// Package archive is the history as the front ends use it: the database opened beside
// whatever else the program does at its start, the vault that seals what is written, and a
// keeper for each run. When the history cannot be used the run goes on without it, and a
// sentence says so.
package archive

import (
	"context"
	"crypto/rand"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/redact"
	"oauthlens/store"
	"oauthlens/store/vault"
)

// keyringPatience is how long the system's keyring may take to answer.
const keyringPatience = 3 * time.Second

// Archive is the history and the vault of one installation. It is safe for concurrent use.
type Archive struct {
	ctx    context.Context
	places store.Places
	getenv func(string) string
	now    func() time.Time

	open  func() (*store.Store, error)
	vault func() (*vault.Vault, error)
	key   func() flows.FingerprintKey

	opened atomic.Pointer[store.Store]

	mu   sync.Mutex
	seen map[flows.RunID]flows.Trace // what was written without a key, for redaction
}

// New makes the archive of these places; ctx bounds what is done in the background. Nothing
// is opened yet.
func New(ctx context.Context, places store.Places, getenv func(string) string, now func() time.Time) *Archive {
	a := &Archive{ctx: ctx, places: places, getenv: getenv, now: now, seen: map[flows.RunID]flows.Trace{}}
	a.vault = sync.OnceValues(a.openVault)
	a.open = sync.OnceValues(a.openStore)
	a.key = sync.OnceValue(a.fingerprintKey)
	return a
}

// openVault puts a new key into the system's keyring at the very first use, if there is
// a keyring. If that fails there simply is no key yet, which the vault's status says.
func (a *Archive) openVault() (*vault.Vault, error) {
	keyring := vault.System(a.getenv, keyringPatience)
	v, err := vault.Open(a.places.Data, vault.Options{Keyring: keyring})
	if err == nil && keyring != nil && !v.HasKey() {
		_ = v.UseKeyring()
	}
	return v, err
}

func (a *Archive) openStore() (*store.Store, error) {
	options := store.Options{Redact: a.redact, Now: a.now}
	if v, err := a.vault(); err == nil {
		options.Sealer = v
	}
	s, err := store.Open(a.ctx, filepath.Join(a.places.Data, store.DatabaseName), options)
	if err == nil {
		a.opened.Store(s)
	}
	return s, err
}

// fingerprintKey is the installation's; when it cannot be kept, one for this process.
func (a *Archive) fingerprintKey() flows.FingerprintKey {
	if err := os.MkdirAll(a.places.Config, 0o700); err == nil {
		if key, err := vault.FingerprintKey(a.places.Config); err == nil {
			return key
		}
	}
	var key flows.FingerprintKey
	_, _ = rand.Read(key[:]) // it never fails; a zero key would still mask
	return key
}

// redact masks an event that cannot be sealed, with every secret that its run showed so
// far, under the run's own key.
func (a *Archive) redact(run flows.RunID, e flows.Event) flows.Event {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.seen[run] = a.seen[run].Append(a.now(), e)
	return redact.ForTrace(a.seen[run]).Event(e)
}

// Warm opens the database in the background.
func (a *Archive) Warm() {
	go func() { _, _ = a.open() }() // the error is told to whoever needs it
}

// Fingerprints is the key of this installation's masks.
func (a *Archive) Fingerprints() flows.FingerprintKey { return a.key() }

// Store opens the history. The error is a sentence.
func (a *Archive) Store() (*store.Store, error) { return a.open() }

// Vault opens the vault.
func (a *Archive) Vault() (*vault.Vault, error) { return a.vault() }

// NeedsPassphrase tells whether the vault's key is under a passphrase, without opening the
// vault, which may have to wait for a keyring.
func (a *Archive) NeedsPassphrase() bool {
	v, err := vault.Open(a.places.Data, vault.Options{})
	return err == nil && v.NeedsPassphrase()
}

// Places are the folders in use.
func (a *Archive) Places() store.Places { return a.places }
