package command

import (
	"errors"
	"fmt"

	"oauthlens/flows"
	"oauthlens/flows/visible"
	"oauthlens/store"
	"oauthlens/store/vault"
)

// load reads a run, and asks for the vault's passphrase if that is all that is missing.
func (w *World) load(read func() (flows.Trace, error)) (flows.Trace, error) {
	t, err := read()
	if !errors.Is(err, vault.ErrLocked) || !w.Archive.NeedsPassphrase() || !w.canAsk() {
		return t, err
	}
	v, err := w.Archive.Vault()
	if err != nil {
		return t, err
	}
	text, err := w.askHidden("passphrase of the vault: ")
	if err != nil {
		return t, err
	}
	if err := v.Unlock(text); err != nil {
		return t, &store.Problem{Kind: store.ErrUsage, Sentence: err.Error(), Err: err}
	}
	return read()
}

// askHidden asks for a passphrase; a signal gives the echo back.
func (w *World) askHidden(prompt string) (string, error) {
	w.hearSignals()
	return w.ReadPassphrase(prompt)
}

func (w *World) canAsk() bool { return w.ReadPassphrase != nil && w.StdinTerminal }

// offerUnlock asks for the vault's passphrase before a run or the screen begins, for those
// who set one: without it runs are kept without their secrets, and earlier ones stay
// closed. An empty line goes on without; only ctrl+c and a signal are errors.
func (w *World) offerUnlock() error {
	if w.Archive == nil || !w.canAsk() || !w.Archive.NeedsPassphrase() {
		return nil
	}
	v, err := w.Archive.Vault()
	if err != nil || !v.Status().Locked {
		return nil
	}
	for range 3 {
		text, err := w.askHidden("passphrase of the vault (enter goes on without): ")
		if interrupted(err) {
			return err
		}
		if err != nil || text == "" || v.Unlock(text) == nil {
			return nil
		}
		fmt.Fprintln(w.Stderr, visible.Line(vault.ErrWrongPassphrase.Error()))
	}
	return nil
}

// vaultUnlock takes back a lock. A passphrase unlocks one process only, so it is no more
// than tried here.
func (w *World) vaultUnlock(v *vault.Vault) (string, error) {
	if !w.Archive.NeedsPassphrase() {
		return "the vault is unlocked: its key is in the system's keyring", v.Unlock("")
	}
	text, err := w.askPassphrase("passphrase: ")
	if err != nil {
		return "", err
	}
	return "the passphrase is right: it is asked for whenever a sealed run is opened", v.Unlock(text)
}
