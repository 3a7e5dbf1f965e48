package command_test

import (
	"errors"
	"strings"
	"testing"

	"oauthlens/flows"
	"oauthlens/store/vault"
	"oauthlens/ui/headless"
)

// keyboard answers questions for a passphrase in order.
func (h *house) keyboard(answers ...string) {
	h.ask = func(string) (string, error) {
		if len(answers) == 0 {
			return "", errors.New("nobody answers")
		}
		answer := answers[0]
		answers = answers[1:]
		return answer, nil
	}
}

// TestPassphraseOpensEarlierRuns: a process that did not set the passphrase asks for it
// when a sealed run is opened.
func TestPassphraseOpensEarlierRuns(t *testing.T) {
	first := newHouse(t)
	v, err := vault.Open(first.home, vault.Options{WorkFactor: 4})
	if err == nil {
		err = v.SetPassphrase("correct horse")
	}
	if err == nil {
		v, err = first.archive.Vault()
	}
	if err == nil {
		err = v.Unlock("correct horse")
	}
	if err != nil {
		t.Fatal(err)
	}
	first.run("run", "trulioo", "--json")

	second := houseAt(t, first.home)
	tests := []struct {
		name       string
		answers    []string
		terminal   bool
		args       []string
		want, errs string
	}{
		{"the list needs no key", nil, false, []string{"history"}, "trulioo", ""},
		{"no terminal", []string{"correct horse"}, false, []string{"history", "show", "last"}, "", "the vault is locked"},
		{"wrong passphrase", []string{"wrong"}, true, []string{"export", "last", "--as", "har"}, "", "wrong passphrase"},
		{"status while locked", nil, false, []string{"vault", "status"}, "locked", ""},
		{"vault unlock tries it", []string{"wrong"}, true, []string{"vault", "unlock"}, "", "wrong passphrase"},
		{"right passphrase", []string{"correct horse"}, true, []string{"export", "last", "--as", "har"}, `"version": "1.2"`, ""},
		{"asked once for a process", nil, true, []string{"history", "show", "last", "--json"}, `"outcome": "succeeded"`, ""},
		{"locked again", nil, true, []string{"vault", "lock"}, "locked", ""},
		{"and closed again", nil, true, []string{"history", "show", "last"}, "", "nobody answers"},
	}
	for _, tt := range tests {
		second.terminal = tt.terminal
		second.keyboard(tt.answers...)
		out, errs := second.run(tt.args...)
		if !strings.Contains(out, tt.want) || !strings.Contains(errs, tt.errs) || (tt.want == "") != (out == "") {
			t.Errorf("%s: %q, %q", tt.name, out, errs)
		}
	}
}

// TestVaultSecretsStayOutOfExports: a secret of another provider that strayed into a
// request is known from the vault.
func TestVaultSecretsStayOutOfExports(t *testing.T) {
	h := newHouse(t)
	v, err := vault.Open(h.home, vault.Options{WorkFactor: 4})
	if err == nil {
		err = v.SetPassphrase("p")
	}
	if err == nil {
		v, err = h.archive.Vault()
	}
	if err == nil {
		err = v.Unlock("p")
	}
	if err == nil {
		err = v.PutSecret("truss/production", flows.NewSecret(flows.FingerprintKey{}, "client_secret", "Stray-Value-42"))
	}
	if err != nil {
		t.Fatal(err)
	}
	h.run("run", "trulioo", "--token-param", "note=Stray-Value-42")
	for _, form := range []string{"json", "curl", "har", "markdown"} {
		out, errs := h.run("export", "last", "--as", form)
		if out == "" || strings.Contains(out+errs, "Stray-Value-42") || !strings.Contains(strings.ReplaceAll(out, "%20", " "), "note=") {
			t.Errorf("%s: %s %s", form, out, errs)
		}
	}
}

// TestNobodyAnswersForAPassphrase: where it cannot be asked for, this machine stands in the
// way.
func TestNobodyAnswersForAPassphrase(t *testing.T) {
	h := newHouse(t)
	v, err := vault.Open(h.home, vault.Options{WorkFactor: 4})
	if err == nil {
		err = v.SetPassphrase("correct horse")
	}
	if err != nil {
		t.Fatal(err)
	}
	h = houseAt(t, h.home)
	h.keyboard()
	for _, args := range [][]string{{"vault", "unlock"}, {"vault", "passphrase"}} {
		if out, errs := h.run(args...); h.code != headless.ExitMachine || out != "" || !strings.Contains(errs, "nobody answers") {
			t.Errorf("%q ended with %d: %q, %q", args, h.code, out, errs)
		}
	}
}
