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
	JSON   bool   `name:"json" help:"print how it stands then as JSON"`
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
	said, err := w.vaultDone(v, g)
	switch {
	case err != nil:
		return vaultError(err)
	case g.JSON:
		st := v.Status()
		return printJSON(w, map[string]any{"schema": "oauthlens/vault@1", "protection": st.Protection, "locked": st.Locked, "text": st.Sentence})
	}
	fmt.Fprintln(w.Stdout, said)
	return nil
}

// vaultDone does what was asked of the vault and says what came of it.
func (w *World) vaultDone(v *vault.Vault, g vaultGrammar) (string, error) {
	has := v.HasKey()
	switch g.Action {
	case "status":
		return v.Status().Sentence, nil
	case "lock":
		if !has {
			return "there is no key, so there is nothing to lock", nil
		}
		return "the vault is locked, for every process", v.Lock()
	case "unlock":
		return w.vaultUnlock(v)
	case "passphrase":
		return "the passphrase protects the key from now on", w.vaultPassphrase(v)
	case "forget":
		if !g.Yes {
			return "", usageError("forget destroys the key: everything sealed becomes unreadable for good; add --yes to confirm it")
		}
		if !has {
			return "there is no key, so nothing was sealed that could be forgotten", v.Forget()
		}
		return "the key is destroyed: what was sealed cannot be read any more", v.Forget()
	}
	return "", usageError("vault takes status, lock, unlock, passphrase or forget, not %q", g.Action)
}

// vaultError gives an error of the vault its exit code.
func vaultError(err error) error {
	var known *exitError
	if errors.As(err, &known) {
		return err
	}
	for _, kind := range []error{vault.ErrWrongPassphrase, vault.ErrNoPassphrase, vault.ErrNoKey, vault.ErrLocked} {
		if errors.Is(err, kind) {
			return usageError("%v", err)
		}
	}
	return &exitError{code: headless.ExitMachine, text: err.Error()}
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
			return err
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
	return v.SetPassphrase(first)
}

func (w *World) askPassphrase(prompt string) (string, error) {
	text, err := w.askHidden(prompt)
	if err != nil && !interrupted(err) {
		return "", &exitError{code: headless.ExitMachine, text: err.Error()}
	}
	return text, err
}
