package vault

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"oauthlens/flows"
)

// FingerprintKey returns the key of this installation's fingerprints, kept in a file of
// mode 0600 in dir and made at the first need. It is random; it opens nothing, but with
// it a guess at a secret could be compared with a fingerprint. On an error the caller
// can go on with a random key of its own, whose fingerprints nobody else shares.
func FingerprintKey(dir string) (flows.FingerprintKey, error) {
	path := filepath.Join(dir, "fingerprint.key")
	key, err := readFingerprintKey(path)
	if !errors.Is(err, os.ErrNotExist) {
		return key, err
	}
	if _, err := rand.Read(key[:]); err != nil {
		return key, err
	}
	err = writeNew(path, []byte(hex.EncodeToString(key[:])+"\n"))
	if errors.Is(err, os.ErrExist) {
		return readFingerprintKey(path)
	}
	return key, err
}

func readFingerprintKey(path string) (flows.FingerprintKey, error) {
	f, err := os.Open(path)
	if err != nil {
		return flows.FingerprintKey{}, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, 1024))
	if err != nil {
		return flows.FingerprintKey{}, err
	}
	raw, err := hex.DecodeString(strings.TrimSpace(string(data)))
	if err != nil || len(raw) != len(flows.FingerprintKey{}) {
		return flows.FingerprintKey{}, errors.New("the fingerprint key " + path + " is damaged: remove it, and a new one is made; fingerprints will then differ from earlier ones")
	}
	return flows.FingerprintKey(raw), nil
}
