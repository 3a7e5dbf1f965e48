package vault

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"oauthlens/flows"
)

// secretFile is one client secret on disk: its name in clear, the value sealed.
type secretFile struct {
	Name   string `json:"name"`
	Sealed []byte `json:"sealed"`
}

// secretWord is what a client secret is called in its mask.
const secretWord = "client_secret"

func (v *Vault) secretsDir() string { return filepath.Join(v.dir, "secrets") }

// secretPath names the file by a hash: a name may hold any character.
func (v *Vault) secretPath(name string) string {
	sum := sha256.Sum256([]byte(name))
	return filepath.Join(v.secretsDir(), hex.EncodeToString(sum[:16])+".json")
}

func secretData(name string) []byte { return []byte("oauthlens client secret\x00" + name) }

// PutSecret seals a client secret under a name, "provider/environment", in place of an
// earlier one. [ErrNoKey] or [ErrLocked] if it cannot be sealed; it is then not saved.
func (v *Vault) PutSecret(name string, secret flows.Secret) error {
	sealed, err := v.Seal([]byte(secret.RevealSecret()), secretData(name))
	if err != nil {
		return err
	}
	data, err := json.Marshal(secretFile{Name: name, Sealed: sealed})
	if err != nil {
		return err
	}
	return v.unusable(writeOver(v.secretPath(name), data))
}

// GetSecret returns the secret kept under the name, masked under key; false if there
// is none.
func (v *Vault) GetSecret(name string, key flows.FingerprintKey) (flows.Secret, bool, error) {
	file, err := readSecret(v.secretPath(name))
	if errors.Is(err, os.ErrNotExist) {
		return flows.Secret{}, false, nil
	}
	if err != nil {
		return flows.Secret{}, false, err
	}
	plain, err := v.Open(file.Sealed, secretData(name))
	if err != nil {
		return flows.Secret{}, false, err
	}
	return flows.NewSecret(key, secretWord, string(plain)), true, nil
}

// DeleteSecret removes the secret kept under the name, if there is one. It needs no key.
func (v *Vault) DeleteSecret(name string) error {
	return unlessNotExist(erase(v.secretPath(name)))
}

// SecretNames lists under which names secrets are kept, sorted. It needs no key.
func (v *Vault) SecretNames() ([]string, error) {
	entries, err := os.ReadDir(v.secretsDir())
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var names []string
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), ".json") {
			continue
		}
		if file, err := readSecret(filepath.Join(v.secretsDir(), entry.Name())); err == nil {
			names = append(names, file.Name)
		}
	}
	sort.Strings(names)
	return names, nil
}

// Secrets returns all client secrets, for the last scan of an export. Those that do not
// open are left out.
func (v *Vault) Secrets(key flows.FingerprintKey) ([]flows.Secret, error) {
	names, err := v.SecretNames()
	if err != nil {
		return nil, err
	}
	var out []flows.Secret
	for _, name := range names {
		secret, ok, err := v.GetSecret(name, key)
		if errors.Is(err, ErrLocked) || errors.Is(err, ErrNoKey) {
			return nil, err
		}
		if err == nil && ok {
			out = append(out, secret)
		}
	}
	return out, nil
}

// largestSecretFile bounds what is read of one.
const largestSecretFile = 1 << 20

func readSecret(path string) (secretFile, error) {
	f, err := os.Open(path)
	if err != nil {
		return secretFile{}, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, largestSecretFile))
	if err != nil {
		return secretFile{}, err
	}
	var file secretFile
	if err := json.Unmarshal(data, &file); err != nil {
		return secretFile{}, errors.New("a saved client secret is damaged: save it again from the Client step")
	}
	return file, nil
}
