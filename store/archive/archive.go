// Package archive is the history as the front ends use it: the database opened beside
// whatever else the program does at its start, the vault that seals what is written, and a
// keeper for each run. When the history cannot be used the run goes on without it, and a
// sentence says so.
package archive

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/crash"
	"oauthlens/flows/protocol"
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
	now    func() time.Time

	open  func() (*store.Store, error)
	vault func() (*vault.Vault, error)
	// keyring is the system's, nil if there is none.
	keyring func() vault.Keyring
	key     func() flows.FingerprintKey

	options func() store.Options

	spooling sync.Mutex // between keeping beside the database and its opening
	opened   atomic.Pointer[store.Store]
	first    bool        // there was no history before; read after open
	notes    []string    // of the opening; read after open
	made     atomic.Bool // a key was made

	mu      sync.Mutex
	answers map[question]store.Sent

	seen map[flows.RunID]*withheld // of the runs that are written without a key
}

// New makes the archive of these places; ctx bounds what is done in the background. Nothing
// is opened yet.
func New(ctx context.Context, places store.Places, getenv func(string) string, now func() time.Time) *Archive {
	a := &Archive{ctx: ctx, places: places, now: now, seen: map[flows.RunID]*withheld{}, answers: map[question]store.Sent{}}
	a.keyring = sync.OnceValue(func() vault.Keyring { return vault.System(getenv, keyringPatience) })
	a.vault = sync.OnceValues(a.openVault)
	a.open = sync.OnceValues(a.openStore)
	a.key = sync.OnceValue(a.fingerprintKey)
	a.options = sync.OnceValue(a.storeOptions)
	return a
}

func (a *Archive) openVault() (*vault.Vault, error) {
	return vault.Open(a.places.Data, vault.Options{Keyring: a.keyring()})
}

func (a *Archive) openStore() (s *store.Store, err error) {
	defer func() {
		if r := crash.Of(recover()); r != nil { // opened beside the first frame: the run goes on without a history
			s, err = nil, r
		}
	}()
	path := filepath.Join(a.places.Data, store.DatabaseName)
	_, err = os.Lstat(path)
	a.first = errors.Is(err, os.ErrNotExist)
	if s, err = store.Open(a.ctx, path, a.options()); err != nil {
		return nil, err
	}
	a.spooling.Lock()
	defer a.spooling.Unlock()
	waiting := s.TakeIn(a.ctx) // what cannot be taken in now waits on
	a.notes = append(s.Notes(), a.clockNotes(s)...)
	if waiting != nil {
		a.notes = append(a.notes, "runs wait beside the history and are not listed yet: "+waiting.Error())
	}
	a.opened.Store(s)
	return s, nil
}

// clockNotes tell that the clock stands before the newest run. The order of the runs does
// not depend on it.
func (a *Archive) clockNotes(s *store.Store) []string {
	newest, err := s.List(a.ctx, store.Query{Limit: 1})
	if err != nil || len(newest) == 0 {
		return nil // the next operation tells
	}
	back := newest[0].Started.Sub(a.now())
	if back < time.Minute {
		return nil
	}
	return []string{"the clock stands " + back.Round(time.Minute).String() + " before the newest run of the history, so it was set back: runs stay in their order, and how old they are is not known"}
}

// Notes are sentences about what happened when the history was opened, for the person in
// front; before that there are none.
func (a *Archive) Notes() []string {
	if a.opened.Load() == nil {
		return nil
	}
	return slices.Clone(a.notes)
}

// storeOptions let the vault, if there is one, seal what is written.
func (a *Archive) storeOptions() store.Options {
	options := store.Options{Redact: a.redact, Now: a.now}
	if v, err := a.vault(); err == nil {
		options.Sealer = &sealer{archive: a, Vault: v}
	}
	return options
}

// prepareBeside makes pieces of a run ready to be kept beside the database. It says no when
// they have to go to the database; so it does when masking the run met a mistake of ours, and
// the database is to tell of it.
func (a *Archive) prepareBeside(k *Keeper, pieces []piece) (ready bool) {
	defer func() {
		if crash.Of(recover()) != nil {
			ready = false
		}
	}()
	if a.opened.Load() != nil {
		return false
	}
	if k.beside == nil {
		k.beside = store.NewSpool(filepath.Join(a.places.Data, store.DatabaseName), k.run, a.options())
	}
	if k.beside == nil {
		return false
	}
	for _, p := range pieces {
		if p.spool == nil || p.spool(k.beside) != nil {
			return false
		}
	}
	return true
}

// writeBeside keeps what was made ready, before the database is opened here. When it says no
// nothing was kept.
func (a *Archive) writeBeside(k *Keeper) bool {
	a.spooling.Lock() // until then nobody here takes in what is there
	defer a.spooling.Unlock()
	return a.opened.Load() == nil && k.beside.Write() == nil
}

// sealer is the vault, which gets its key when the first event is to be sealed: in the
// system's keyring, if there is one. Without, there is no key until somebody sets a
// passphrase.
type sealer struct {
	*vault.Vault
	archive *Archive
	once    sync.Once
}

// CanSeal is [vault.Vault.CanSeal], once there can be a key.
func (s *sealer) CanSeal() bool {
	s.once.Do(func() {
		if s.archive.keyring() != nil && !s.HasKey() && s.UseKeyring() == nil {
			s.archive.made.Store(true)
		}
	})
	return s.Vault.CanSeal()
}

// Remark says what a person should know of how runs are kept: that a key was made just
// now; that redacted runs are kept without their secrets and why, if a key exists that is
// out of reach, or if this is the first time that anything is kept. Else it is empty.
func (a *Archive) Remark(redacted bool) string {
	v, err := a.vault()
	switch {
	case err != nil:
		return "runs are kept without their secrets: " + err.Error()
	case a.made.Load():
		return "secrets are sealed from now on; their key is in the system's keyring"
	case redacted && (a.first || v.HasKey()):
		return v.Status().Sentence
	}
	return ""
}

// fingerprintKey is the installation's; when it cannot be kept, one for this process.
func (a *Archive) fingerprintKey() flows.FingerprintKey {
	key, err := vault.FingerprintKey(a.places.Config)
	if err != nil && os.MkdirAll(a.places.Config, 0o700) == nil {
		key, err = vault.FingerprintKey(a.places.Config)
	}
	if err == nil {
		return key
	}
	_, _ = rand.Read(key[:]) // it never fails; a zero key would still mask
	return key
}

// withheld is a run that is written without a key.
type withheld struct {
	mask    *redact.Masker // knows every secret that the run showed so far
	dialect flows.Dialect
}

// redact masks an event that cannot be sealed, with every secret that its run showed so
// far, under the run's own key. What of a masked token is no secret goes along: its format
// and its expiry, and of a verifier its challenge, so that the run read again says the same.
func (a *Archive) redact(run flows.RunID, e flows.Event) flows.Event {
	a.mu.Lock()
	defer a.mu.Unlock()
	w := a.seen[run]
	if w == nil {
		w = &withheld{mask: redact.New(flows.FingerprintKey{}, nil)}
		a.seen[run] = w
	}
	w.mask.Learn(e)
	return w.withWhatIsKnown(e, w.mask.Event(e))
}

// withWhatIsKnown adds to a masked event what of it is no secret.
func (w *withheld) withWhatIsKnown(e, masked flows.Event) flows.Event {
	switch e := e.(type) {
	case flows.RunStarted:
		w.dialect = e.Provider.Dialect
	case flows.ExchangeFinished:
		x := masked.(flows.ExchangeFinished)
		x.Exchange.Withheld = w.known(e.Exchange)
		return x
	}
	return masked
}

// known says what of the secrets of a request and its answer is none; nil if nothing.
func (w *withheld) known(x flows.Exchange) *flows.Withheld {
	out := flows.Withheld{ClientID: w.mask.String(protocol.BasicID(x.Request))}
	if x.Step == flows.StepExchange || x.Step == flows.StepRefresh {
		w.knownOfToken(x, &out)
	}
	if out == (flows.Withheld{}) {
		return nil
	}
	return &out
}

// knownOfToken adds what is known of a token request and its answer.
func (w *withheld) knownOfToken(x flows.Exchange, out *flows.Withheld) {
	if t := protocol.ReadToken(protocol.TokenContext{Dialect: w.dialect, ReceivedAt: x.Ended}, x.Response).Token; t != nil {
		out.Format, out.Exp = t.Format, t.TokenExp
	}
	if verifier, _ := protocol.Get(protocol.SentParams(x.Request), "code_verifier"); verifier != "" {
		out.Challenge = protocol.Challenge(flows.PKCES256, verifier)
	}
}

// Redacted tells that something of the run was kept without its secrets in this process,
// since there was no key to seal it with.
func (a *Archive) Redacted(run flows.RunID) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	_, redacted := a.seen[run]
	return redacted
}

// Warm opens the database in the background.
func (a *Archive) Warm() {
	go func() { _, _ = a.open() }() // the error is told to whoever needs it
}

// Fingerprints is the key of this installation's masks.
func (a *Archive) Fingerprints() flows.FingerprintKey { return a.key() }

// Store opens the history, with the runs in it that other processes left beside it. The
// error is a sentence.
func (a *Archive) Store() (*store.Store, error) {
	s, open := a.IfOpen()
	if !open {
		return a.open() // which takes them in
	}
	_ = s.TakeIn(a.ctx) // what cannot be taken in now waits on
	return s, nil
}

// IfOpen is the history if it was opened before: for those who must not wait.
func (a *Archive) IfOpen() (*store.Store, bool) {
	s := a.opened.Load()
	return s, s != nil
}

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
