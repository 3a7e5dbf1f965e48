package command

import (
	"context"
	"errors"
	"fmt"

	"oauthlens/store/vault"
	"oauthlens/ui/headless"
)

type vaultGrammar struct {
	Action string `arg:"" help:"status, lock, unlock, passphrase or forget"`
	JSON   bool   `name:"json" help:"status: print JSON"`
	Yes    bool   `help:"forget: yes, make everything sealed unreadable"`
}

func vaultCommand(_ context.Context, w *World, args []string) error {
	var g vaultGrammar
	done, err := parse(w, "vault", "What protects the secrets at rest.", &g, args)
	if done || err != nil {
		return err
	}
	if w.Archive == nil {
		return &exitError{code: headless.ExitMachine, text: "no home folder is known: set OAUTHLENS_HOME"}
	}
	v, err := w.Archive.Vault()
	if err != nil {
		return &exitError{code: headless.ExitMachine, text: err.Error()}
	}
	switch g.Action {
	case "status":
		return w.vaultStatus(v, g.JSON)
	case "lock":
		return vaultResult(w, v.Lock(), "the vault is locked")
	case "unlock":
		return w.vaultUnlock(v)
	case "passphrase":
		return w.vaultPassphrase(v)
	case "forget":
		if !g.Yes {
			return usageError("forget destroys the key: everything sealed becomes unreadable for good; add --yes to confirm it")
		}
		return vaultResult(w, v.Forget(), "the key is destroyed: what was sealed cannot be read any more")
	}
	return usageError("vault takes status, lock, unlock, passphrase or forget, not %q", g.Action)
}

func vaultResult(w *World, err error, done string) error {
	switch {
	case err == nil:
		fmt.Fprintln(w.Stdout, done)
		return nil
	case errors.Is(err, vault.ErrWrongPassphrase), errors.Is(err, vault.ErrNoPassphrase), errors.Is(err, vault.ErrNoKey), errors.Is(err, vault.ErrLocked):
		return usageError("%v", err)
	}
	return &exitError{code: headless.ExitMachine, text: err.Error()}
}

func (w *World) vaultStatus(v *vault.Vault, asJSON bool) error {
	st := v.Status()
	if asJSON {
		return printJSON(w, map[string]any{"schema": "oauthlens/vault@1", "protection": st.Protection, "locked": st.Locked, "text": st.Sentence})
	}
	fmt.Fprintln(w.Stdout, st.Sentence)
	return nil
}

// vaultPassphrase unlocks with the passphrase, or sets a new one. The passphrase is asked
// for without echo; it is no flag and no variable, which other programs could read.
func (w *World) vaultPassphrase(v *vault.Vault) error {
	if st := v.Status(); st.Protection == vault.ByPassphrase && st.Locked {
		text, err := w.askPassphrase("passphrase: ")
		if err != nil {
			return err
		}
		if err := v.Unlock(text); err != nil {
			return vaultResult(w, err, "")
		}
	}
	first, err := w.askPassphrase("new passphrase: ")
	if err != nil {
		return err
	}
	second, err := w.askPassphrase("once more: ")
	if err != nil {
		return err
	}
	if first != second {
		return usageError("the two passphrases differ: nothing was changed")
	}
	return vaultResult(w, v.SetPassphrase(first), "the passphrase protects the key from now on")
}

func (w *World) askPassphrase(prompt string) (string, error) {
	text, err := w.ReadPassphrase(prompt)
	if err != nil && err != error(errInterrupted) {
		return "", &exitError{code: headless.ExitMachine, text: err.Error()}
	}
	return text, err
}
