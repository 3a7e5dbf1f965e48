package vault_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zalando/go-keyring"

	"oauthlens/flows"
	"oauthlens/store/vault"
)

var testKey = flows.FingerprintKey{9}

// ring is a keyring in memory that can be made to refuse.
type ring struct {
	entries map[string]string
	refuse  error
	asked   int
}

func newRing() *ring { return &ring{entries: map[string]string{}} }

func (r *ring) Get(name string) (string, error) {
	r.asked++
	if r.refuse != nil {
		return "", r.refuse
	}
	value, ok := r.entries[name]
	if !ok {
		return "", vault.ErrNoEntry
	}
	return value, nil
}

func (r *ring) Set(name, value string) error {
	if r.refuse == nil {
		r.entries[name] = value
	}
	return r.refuse
}

func (r *ring) Delete(name string) error {
	if r.refuse != nil {
		return r.refuse
	}
	if _, ok := r.entries[name]; !ok {
		return vault.ErrNoEntry
	}
	delete(r.entries, name)
	return nil
}

func open(t *testing.T, dir string, k vault.Keyring) *vault.Vault {
	t.Helper()
	v, err := vault.Open(dir, vault.Options{Keyring: k, WorkFactor: 4})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func seal(t *testing.T, v *vault.Vault) []byte {
	t.Helper()
	sealed, err := v.Seal([]byte("RawAccessTokenRawAccessToken"), []byte("run 1 seq 2"))
	must(t, err)
	return sealed
}

func opens(v *vault.Vault, sealed []byte) error {
	plain, err := v.Open(sealed, []byte("run 1 seq 2"))
	if err == nil && string(plain) != "RawAccessTokenRawAccessToken" {
		return errors.New("opened to something else")
	}
	return err
}

func TestWithoutAKeyNothingIsSaved(t *testing.T) {
	v := open(t, filepath.Join(t.TempDir(), "vault"), nil)
	_, err := v.Seal([]byte("x"), nil)
	for name, err := range map[string]error{"seal": err, "put": v.PutSecret("truss/sandbox", flows.NewSecret(testKey, "client_secret", "x")),
		"unlock": v.Unlock("x"), "secrets": func() error { _, err := v.Secrets(testKey); return err }()} {
		if name != "secrets" && !errors.Is(err, vault.ErrNoKey) || name == "secrets" && err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	status := v.Status()
	if v.HasKey() || v.NeedsPassphrase() {
		t.Error("there is no key, and no passphrase to be asked for")
	}
	if status.Protection != vault.ByNothing || !strings.Contains(status.Sentence, "secrets are not kept") {
		t.Errorf("%+v", status)
	}
	if err := v.UseKeyring(); !errors.Is(err, vault.ErrNoKeyring) {
		t.Errorf("no keyring: %v", err)
	}
	must(t, v.Lock())
	must(t, v.Forget())
}

func TestKeyInTheKeyring(t *testing.T) {
	dir, k := filepath.Join(t.TempDir(), "vault"), newRing()
	v := open(t, dir, k)
	must(t, v.UseKeyring())
	must(t, v.UseKeyring())
	if len(k.entries) != 1 {
		t.Fatalf("%d entries in the keyring", len(k.entries))
	}
	sealed := seal(t, v)
	again := open(t, dir, k)
	must(t, opens(again, sealed))
	if s := again.Status(); s.Protection != vault.ByKeyring || s.Locked {
		t.Errorf("%+v", s)
	}

	must(t, again.Lock())
	for name, other := range map[string]*vault.Vault{"the one that locked": again, "one that held the key": v, "a new one": open(t, dir, k)} {
		if err := opens(other, sealed); !errors.Is(err, vault.ErrLocked) {
			t.Errorf("%s: %v", name, err)
		}
		if s := other.Status(); !s.Locked || s.Protection != vault.ByKeyring {
			t.Errorf("%s: %+v", name, s)
		}
	}
	must(t, v.Unlock(""))
	must(t, opens(v, sealed))
	must(t, opens(again, sealed))
}

func TestKeyringThatRefuses(t *testing.T) {
	dir, k := filepath.Join(t.TempDir(), "vault"), newRing()
	must(t, open(t, dir, k).UseKeyring())
	k.refuse = vault.ErrKeyring
	v := open(t, dir, k)
	for range 5 {
		if _, err := v.Seal(nil, nil); !errors.Is(err, vault.ErrKeyring) {
			t.Errorf("locked keyring: %v", err)
		}
	}
	if k.asked != 1 {
		t.Errorf("a refusing keyring was asked %d times", k.asked)
	}
	if s := v.Status(); !s.Locked || strings.Contains(s.Sentence, "\n") {
		t.Errorf("%+v", s)
	}
	if err := v.Forget(); !errors.Is(err, vault.ErrKeyring) {
		t.Errorf("forget with a refusing keyring: %v", err)
	}
	k.refuse = nil
	must(t, v.Unlock(""))
	seal(t, v)

	k.entries = map[string]string{}
	if err := opens(open(t, dir, k), nil); !errors.Is(err, vault.ErrNoEntry) {
		t.Errorf("entry gone: %v", err)
	}
	fresh := filepath.Join(t.TempDir(), "vault")
	k.refuse = vault.ErrKeyring
	if err := open(t, fresh, k).UseKeyring(); !errors.Is(err, vault.ErrKeyring) {
		t.Errorf("set refused: %v", err)
	}
	if s := open(t, fresh, k).Status(); s.Protection != vault.ByNothing {
		t.Errorf("a key that nobody holds: %+v", s)
	}
}

func TestKeyUnderAPassphrase(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "vault")
	v := open(t, dir, nil)
	if err := v.SetPassphrase(""); !errors.Is(err, vault.ErrNoPassphrase) {
		t.Errorf("empty passphrase: %v", err)
	}
	must(t, v.SetPassphrase("correct horse"))
	sealed := seal(t, v)

	again := open(t, dir, nil)
	if s := again.Status(); s.Protection != vault.ByPassphrase || !s.Locked || !again.NeedsPassphrase() || v.NeedsPassphrase() || !again.HasKey() {
		t.Errorf("%+v", s)
	}
	for _, wrong := range []string{"", "correct hors", "correct horse ", "CORRECT HORSE", strings.Repeat("x", 100_000)} {
		if err := again.Unlock(wrong); err != vault.ErrWrongPassphrase {
			t.Errorf("%.20q: %v", wrong, err)
		}
		if err := opens(again, sealed); !errors.Is(err, vault.ErrLocked) {
			t.Errorf("after %.20q: %v", wrong, err)
		}
	}
	if err := again.SetPassphrase("mine now"); !errors.Is(err, vault.ErrLocked) {
		t.Errorf("a new passphrase on a locked vault: %v", err)
	}
	must(t, again.Unlock("correct horse"))
	must(t, opens(again, sealed))
	if err := again.Unlock("wrong"); err != vault.ErrWrongPassphrase || opens(again, sealed) != nil {
		t.Errorf("a wrong passphrase on an unlocked vault: %v", err)
	}

	must(t, again.SetPassphrase("battery staple"))
	must(t, opens(again, sealed))
	must(t, again.Lock())
	if err := again.Unlock("correct horse"); err != vault.ErrWrongPassphrase {
		t.Errorf("the old passphrase: %v", err)
	}
	must(t, again.Unlock("battery staple"))
	must(t, opens(again, sealed))
}

// TestALockIsForEveryProcess: one that has the key under a passphrase loses it too, and gets
// it back by the passphrase alone; what did not change keeps it.
func TestALockIsForEveryProcess(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "vault")
	v, other := open(t, dir, nil), open(t, dir, nil)
	must(t, v.SetPassphrase("correct horse"))
	sealed := seal(t, v)
	must(t, other.Unlock("correct horse"))
	must(t, other.SetPassphrase("battery staple")) // the key is the same
	must(t, opens(v, sealed))
	for _, locker := range []*vault.Vault{open(t, dir, nil), v, other} {
		must(t, v.Unlock("battery staple"))
		must(t, other.Unlock("battery staple"))
		must(t, locker.Lock())
		for name, has := range map[string]*vault.Vault{"the one": v, "the other": other} {
			if err := opens(has, sealed); !errors.Is(err, vault.ErrLocked) || !has.NeedsPassphrase() || !has.Status().Locked {
				t.Errorf("%s still opens: %v", name, err)
			}
			if _, err := has.Seal([]byte("x"), nil); !errors.Is(err, vault.ErrLocked) {
				t.Errorf("%s still seals: %v", name, err)
			}
		}
	}
	must(t, v.Unlock("battery staple"))
	must(t, v.SetPassphrase("third"))
	must(t, opens(v, sealed))
	if err := opens(other, sealed); !errors.Is(err, vault.ErrLocked) {
		t.Errorf("a new passphrase unlocked another process: %v", err)
	}
}

func TestMovingBetweenKeyringAndPassphrase(t *testing.T) {
	dir, k := filepath.Join(t.TempDir(), "vault"), newRing()
	v := open(t, dir, k)
	must(t, v.UseKeyring())
	sealed := seal(t, v)
	must(t, v.SetPassphrase("p"))
	if len(k.entries) != 0 {
		t.Error("the keyring still has the key")
	}
	must(t, opens(v, sealed))
	must(t, v.UseKeyring())
	must(t, opens(open(t, dir, k), sealed))
	data, err := os.ReadFile(filepath.Join(dir, "key.json"))
	must(t, err)
	for _, value := range k.entries {
		if bytes.Contains(data, []byte(value)) || bytes.Contains(data, []byte("wrapped")) {
			t.Errorf("the key file holds a key: %s", data)
		}
	}
}

func TestSealedValuesAreBound(t *testing.T) {
	v := open(t, filepath.Join(t.TempDir(), "vault"), nil)
	must(t, v.SetPassphrase("p"))
	sealed := seal(t, v)
	if bytes.Contains(sealed, []byte("RawAccess")) || bytes.Equal(sealed, seal(t, v)) {
		t.Error("sealed twice to the same bytes, or not at all")
	}
	if _, err := v.Open(sealed, []byte("run 1 seq 3")); !errors.Is(err, vault.ErrChanged) {
		t.Errorf("moved: %v", err)
	}
	for i := range sealed {
		changed := bytes.Clone(sealed)
		changed[i] ^= 1
		if err := opens(v, changed); !errors.Is(err, vault.ErrChanged) && !errors.Is(err, vault.ErrOtherKey) {
			t.Fatalf("byte %d changed: %v", i, err)
		}
		if err := opens(v, sealed[:i]); err == nil {
			t.Fatalf("cut off at %d", i)
		}
	}
}

func TestForgetMakesEverythingUnreadable(t *testing.T) {
	for name, set := range map[string]func(*vault.Vault) error{
		"keyring":    (*vault.Vault).UseKeyring,
		"passphrase": func(v *vault.Vault) error { return v.SetPassphrase("p") },
	} {
		t.Run(name, func(t *testing.T) {
			dir, k := filepath.Join(t.TempDir(), "vault"), newRing()
			v := open(t, dir, k)
			must(t, set(v))
			sealed := seal(t, v)
			must(t, v.PutSecret("truss/sandbox", flows.NewSecret(testKey, "client_secret", "hunter22")))
			other := open(t, dir, k)
			if other.Status().Locked {
				must(t, other.Unlock("p"))
			}
			must(t, opens(other, sealed))
			must(t, v.Forget())
			for _, each := range []*vault.Vault{v, other} {
				if err := opens(each, sealed); !errors.Is(err, vault.ErrNoKey) {
					t.Errorf("after forget: %v", err)
				}
			}
			if names, err := v.SecretNames(); err != nil || len(names) != 0 {
				t.Errorf("secrets left: %v, %v", names, err)
			}
			if len(k.entries) != 0 {
				t.Error("the keyring still has the key")
			}
			must(t, set(v))
			if err := opens(v, sealed); !errors.Is(err, vault.ErrOtherKey) {
				t.Errorf("under a new key: %v", err)
			}
		})
	}
}

func TestClientSecrets(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "vault")
	v := open(t, dir, nil)
	must(t, v.SetPassphrase("p"))
	names := []string{"truss/sandbox", "truss/production", "../../etc/passwd", "a\x00b"}
	for _, name := range names {
		must(t, v.PutSecret(name, flows.NewSecret(testKey, "client_secret", "secret of "+name)))
	}
	must(t, v.PutSecret("truss/sandbox", flows.NewSecret(testKey, "client_secret", "hunter22")))
	got, ok, err := v.GetSecret("truss/sandbox", testKey)
	if err != nil || !ok || got != flows.NewSecret(testKey, "client_secret", "hunter22") {
		t.Errorf("%v %v %v", got, ok, err)
	}
	slices.Sort(names)
	if listed, err := v.SecretNames(); err != nil || !slices.Equal(listed, names) {
		t.Errorf("%q, %v", listed, err)
	}
	if all, err := v.Secrets(testKey); err != nil || len(all) != len(names) {
		t.Errorf("%d secrets, %v", len(all), err)
	}
	must(t, v.DeleteSecret("truss/sandbox"))
	must(t, v.DeleteSecret("truss/sandbox"))
	if _, ok, err := v.GetSecret("truss/sandbox", testKey); ok || err != nil {
		t.Errorf("deleted: %v %v", ok, err)
	}
	must(t, v.Lock())
	if _, _, err := v.GetSecret("truss/production", testKey); !errors.Is(err, vault.ErrLocked) {
		t.Errorf("locked: %v", err)
	}
	if _, err := v.Secrets(testKey); !errors.Is(err, vault.ErrLocked) {
		t.Errorf("scan while locked: %v", err)
	}
	swapped := swapSecrets(t, dir)
	must(t, v.Unlock("p"))
	if _, _, err := v.GetSecret(swapped, testKey); !errors.Is(err, vault.ErrChanged) {
		t.Errorf("a secret moved to another name: %v", err)
	}
	noneInFiles(t, dir, "hunter22", "secret of ")
}

// swapSecrets puts one secret's file in another's place and returns the victim.
func swapSecrets(t *testing.T, dir string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "secrets", "*.json"))
	must(t, err)
	if len(files) != 3 {
		t.Fatalf("files %v", files)
	}
	for _, name := range []string{"truss/production", "../../etc/passwd"} {
		for _, file := range files {
			data, err := os.ReadFile(file)
			must(t, err)
			if bytes.Contains(data, []byte(`"name":"`+name+`"`)) {
				continue
			}
			for _, victim := range files {
				if v, _ := os.ReadFile(victim); bytes.Contains(v, []byte(`"name":"`+name+`"`)) {
					must(t, os.WriteFile(victim, data, 0o600))
					return name
				}
			}
		}
	}
	t.Fatal("nothing to swap")
	return ""
}

func noneInFiles(t *testing.T, dir string, texts ...string) {
	t.Helper()
	must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		if d.IsDir() {
			return nil
		}
		data, err := os.ReadFile(path)
		for _, text := range texts {
			if bytes.Contains(data, []byte(text)) {
				t.Errorf("%s holds %q", path, text)
			}
		}
		return err
	}))
}

func TestDamagedKeyFile(t *testing.T) {
	good := `{"version":1,"protection":"passphrase","id":"0011223344556677","wrapped":"YWdl"}`
	tests := []struct{ name, data, want string }{
		{"empty", "", "damaged"}, {"no JSON", "age-encryption.org/v1", "damaged"}, {"no id", `{"version":1,"protection":"keyring"}`, "damaged"},
		{"no key", `{"version":1,"protection":"passphrase","id":"0011223344556677"}`, "damaged"},
		{"strange protection", strings.Replace(good, "passphrase", "prayer", 1), "damaged"},
		{"newer", strings.Replace(good, "1", "2", 1), "newer oauthlens"}, {"no version", strings.Replace(good, `"version":1,`, "", 1), "damaged"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			must(t, os.WriteFile(filepath.Join(dir, "key.json"), []byte(tt.data), 0o600))
			v, err := vault.Open(dir, vault.Options{})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v", err)
			}
			if _, err := v.Seal(nil, nil); err == nil {
				t.Error("sealed with a damaged key file")
			}
			if err := v.SetPassphrase("p"); err == nil {
				t.Error("a damaged key file was replaced")
			}
		})
	}
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "key.json"), []byte(good), 0o600))
	v := open(t, dir, nil)
	if err := v.Unlock("p"); err != vault.ErrWrongPassphrase {
		t.Errorf("a wrapped key that is none: %v", err)
	}
	must(t, v.Forget())
	must(t, v.SetPassphrase("p"))
}

func TestUnwritableFolder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(file, nil, 0o600))
	v, err := vault.Open(filepath.Join(file, "vault"), vault.Options{WorkFactor: 4})
	if err == nil {
		err = v.SetPassphrase("p")
	}
	if err == nil {
		t.Error("a key was made in a folder that is none")
	}
	if _, err := v.Seal([]byte("x"), nil); err == nil {
		t.Error("sealed with a key that was not kept")
	}
	if _, err := vault.FingerprintKey(filepath.Join(file, "config")); err == nil {
		t.Error("a fingerprint key was kept in a folder that is none")
	}
}

func TestFingerprintKey(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "config")
	keys := make([]flows.FingerprintKey, 8)
	var wait sync.WaitGroup
	for i := range keys {
		wait.Go(func() {
			key, err := vault.FingerprintKey(dir)
			if err != nil {
				t.Error(err)
			}
			keys[i] = key
		})
	}
	wait.Wait()
	for _, key := range keys {
		if key != keys[0] || key == (flows.FingerprintKey{}) {
			t.Error("callers got different keys, or the zero key")
		}
	}
	noneInFiles(t, dir)
	must(t, os.WriteFile(filepath.Join(dir, "fingerprint.key"), []byte("short"), 0o600))
	if _, err := vault.FingerprintKey(dir); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("damaged: %v", err)
	}
}

func TestSystemKeyring(t *testing.T) {
	keyring.MockInit()
	bus := func(name string) string {
		if name == "DBUS_SESSION_BUS_ADDRESS" {
			return "unix:path=/nowhere"
		}
		return ""
	}
	k := vault.System(bus, 5*time.Second)
	if k == nil {
		t.Fatal("no keyring")
	}
	dir := filepath.Join(t.TempDir(), "vault")
	v := open(t, dir, k)
	must(t, v.UseKeyring())
	sealed := seal(t, v)
	must(t, opens(open(t, dir, k), sealed))
	must(t, v.Forget())
	if _, err := k.Get("x"); !errors.Is(err, vault.ErrNoEntry) {
		t.Errorf("no entry: %v", err)
	}
	keyring.MockInitWithError(errors.New("quoted: hunter2"))
	for name, err := range map[string]error{"set": k.Set("x", "hunter2"), "delete": k.Delete("x"), "use": v.UseKeyring()} {
		if !errors.Is(err, vault.ErrKeyring) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", name, err)
		}
	}
	keyring.MockInitWithError(keyring.ErrUnsupportedPlatform)
	if err := k.Set("x", "y"); !errors.Is(err, vault.ErrNoKeyring) {
		t.Errorf("no keyring: %v", err)
	}
}

func FuzzOpenSealed(f *testing.F) {
	v, err := vault.Open(filepath.Join(f.TempDir(), "vault"), vault.Options{WorkFactor: 4})
	if err != nil {
		f.Fatal(err)
	}
	if err := v.SetPassphrase("p"); err != nil {
		f.Fatal(err)
	}
	sealed, err := v.Seal([]byte("plain"), []byte("place"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sealed, []byte("place"))
	f.Add([]byte{1}, []byte(""))
	f.Fuzz(func(t *testing.T, data, place []byte) {
		plain, err := v.Open(data, place)
		if err == nil && (!bytes.Equal(data, sealed) || string(place) != "place" || string(plain) != "plain") {
			t.Fatalf("opened something that was never sealed: %q", plain)
		}
	})
}

// TestAKeyringThatDoesNotAnswerIsSaid before any key is made: no first run will make one.
func TestAKeyringThatDoesNotAnswerIsSaid(t *testing.T) {
	k := newRing()
	v := open(t, t.TempDir(), k)
	if s := v.Status().Sentence; !strings.Contains(s, "the first run makes a key") {
		t.Error(s)
	}
	k.refuse = vault.ErrKeyring
	if s := v.Status().Sentence; !strings.Contains(s, "locked or does not answer") || !strings.Contains(s, "oauthlens vault passphrase") {
		t.Error(s)
	}
}
