package vault

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"

	"filippo.io/age"
)

// keyFile is what stands on disk about the data key. With a keyring it is only the
// name of the entry.
type keyFile struct {
	Version    int        `json:"version"`
	Protection Protection `json:"protection"`
	ID         string     `json:"id"` // of the data key
	Locked     bool       `json:"locked,omitempty"`
	Locks      int        `json:"locks,omitempty"`   // how often it was locked: a process that has the key looks whether it is more
	Wrapped    []byte     `json:"wrapped,omitempty"` // an age file
}

// id names the key without giving it away: the key is random, so nothing can be tried.
func (k *dataKey) id() string {
	sum := sha256.Sum256(append([]byte("oauthlens data key\x00"), k[:]...))
	return hex.EncodeToString(sum[:8])
}

func (k *dataKey) text() string { return base64.StdEncoding.EncodeToString(k[:]) }

func keyFromText(text, id string) (*dataKey, bool) {
	raw, err := base64.StdEncoding.DecodeString(text)
	return keyFromBytes(raw, id, err)
}

func keyFromBytes(raw []byte, id string, err error) (*dataKey, bool) {
	if err != nil || len(raw) != len(dataKey{}) {
		return nil, false
	}
	key := dataKey(raw)
	if key.id() != id {
		return nil, false
	}
	return &key, true
}

func (f *keyFile) encode() ([]byte, error) { return json.Marshal(f) }

// largestKeyFile bounds what is read; a real one has some 400 bytes.
const largestKeyFile = 64 << 10

func readKeyFile(path string) (*keyFile, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, largestKeyFile))
	if err != nil {
		return nil, err
	}
	return decodeKeyFile(data)
}

func decodeKeyFile(data []byte) (*keyFile, error) {
	var file keyFile
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, ErrDamagedKeyFile
	}
	if file.Version > 1 {
		return nil, errors.New("the vault's key file was written by a newer oauthlens: use that one")
	}
	known := file.Protection == ByKeyring || file.Protection == ByPassphrase && len(file.Wrapped) > 0
	if raw, err := hex.DecodeString(file.ID); err != nil || len(raw) != idLength || file.Version != 1 || !known {
		return nil, ErrDamagedKeyFile
	}
	return &file, nil
}

// wrapped puts the key under a passphrase.
func wrapped(key *dataKey, passphrase string, workFactor int) (*keyFile, error) {
	recipient, err := age.NewScryptRecipient(passphrase)
	if err != nil {
		return nil, ErrNoPassphrase
	}
	recipient.SetWorkFactor(workFactor)
	var b bytes.Buffer
	w, err := age.Encrypt(&b, recipient)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(key[:]); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return &keyFile{Version: 1, Protection: ByPassphrase, ID: key.id(), Wrapped: b.Bytes()}, nil
}

// hardestWorkFactor bounds what a file can make this program compute: four seconds.
const hardestWorkFactor = 20

// unwrap gives one error for every failure, so that nothing can be learnt from it.
func (f *keyFile) unwrap(passphrase string) (*dataKey, error) {
	identity, err := age.NewScryptIdentity(passphrase)
	if err != nil {
		return nil, ErrWrongPassphrase
	}
	identity.SetMaxWorkFactor(hardestWorkFactor)
	r, err := age.Decrypt(bytes.NewReader(f.Wrapped), identity)
	if err != nil {
		return nil, ErrWrongPassphrase
	}
	raw, err := io.ReadAll(io.LimitReader(r, int64(len(dataKey{}))+1))
	key, ok := keyFromBytes(raw, f.ID, err)
	if !ok {
		return nil, ErrWrongPassphrase
	}
	return key, nil
}

// writeNew writes a file of mode 0600 that must not exist: whole or not at all.
func writeNew(path string, data []byte) error {
	temporary, err := writeTemporary(path, data)
	if err != nil {
		return err
	}
	defer os.Remove(temporary)
	return os.Link(temporary, path)
}

// writeOver replaces a file: whole or not at all.
func writeOver(path string, data []byte) error {
	temporary, err := writeTemporary(path, data)
	if err != nil {
		return err
	}
	if err := os.Rename(temporary, path); err != nil {
		os.Remove(temporary)
		return err
	}
	return nil
}

func writeTemporary(path string, data []byte) (string, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return "", err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err != nil {
		os.Remove(f.Name())
		return "", err
	}
	return f.Name(), nil
}

// erase overwrites a small file before it removes it; a disk that writes elsewhere
// keeps the old bytes, but they are wrapped or only a name.
func erase(path string) error {
	if info, err := os.Lstat(path); err == nil && info.Mode().IsRegular() {
		if f, err := os.OpenFile(path, os.O_WRONLY, 0); err == nil {
			f.Write(make([]byte, min(info.Size(), largestKeyFile)))
			f.Sync()
			f.Close()
		}
	}
	return os.Remove(path)
}

func unlessNotExist(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}
