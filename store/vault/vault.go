package vault

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
)

// The kinds of refusals, for errors.Is; their texts are sentences.
var (
	ErrNoKey           = errors.New("there is no key: nothing secret is saved; oauthlens vault passphrase makes one")
	ErrLocked          = errors.New("the vault is locked: oauthlens vault unlock opens it")
	ErrWrongPassphrase = errors.New("wrong passphrase")
	ErrNoPassphrase    = errors.New("an empty passphrase protects nothing: give one")
	ErrOtherKey        = errors.New("it was sealed under a key that no longer exists")
	ErrChanged         = errors.New("it does not open: it was changed or moved since it was sealed")
	ErrDamagedKeyFile  = errors.New("the vault's key file is damaged: oauthlens vault forget begins anew, and what was sealed is lost")
)

// errAsks is [ErrLocked] of a key under a passphrase: no command can open it for another.
var errAsks error = lockedByPassphrase{}

type lockedByPassphrase struct{}

func (lockedByPassphrase) Error() string {
	return "the vault is locked: in a terminal its passphrase is asked for"
}

func (lockedByPassphrase) Is(target error) bool { return target == ErrLocked }

// Protection says what keeps the data key.
type Protection string

// The protections.
const (
	ByNothing    Protection = "none"
	ByKeyring    Protection = "keyring"
	ByPassphrase Protection = "passphrase"
)

// Status says what protects the secrets now.
type Status struct {
	Protection Protection
	Locked     bool
	Sentence   string // for a person
}

// Options shape a vault.
type Options struct {
	// Keyring is the system's, see [System]; nil: there is none.
	Keyring Keyring
	// WorkFactor is the scrypt cost of a passphrase as a power of two; 0: 18, about a
	// second.
	WorkFactor int
}

const defaultWorkFactor = 18

// Vault holds the data key while it is unlocked. It is safe for concurrent use.
type Vault struct {
	dir     string
	options Options

	mu      sync.Mutex
	file    *keyFile    // nil: there is no key
	read    os.FileInfo // of file, when it was read
	key     *dataKey    // nil: locked, or not fetched yet
	problem error       // why fetching the key failed
}

type dataKey [32]byte

// Open reads the vault in dir, which need not exist. Neither the keyring nor a
// passphrase is asked for yet.
func Open(dir string, options Options) (*Vault, error) {
	v := &Vault{dir: dir, options: options}
	v.mu.Lock()
	defer v.mu.Unlock()
	return v, v.reload()
}

// reload reads the key file again if another process changed it. The key in memory
// stays only if it still is the file's.
func (v *Vault) reload() error {
	info, err := os.Stat(v.keyPath())
	if errors.Is(err, os.ErrNotExist) {
		v.forgetKey()
		v.file, v.read = nil, nil
		return nil
	}
	if err != nil {
		return v.unusable(err)
	}
	if v.file != nil && os.SameFile(info, v.read) && info.ModTime().Equal(v.read.ModTime()) {
		return nil
	}
	file, err := readKeyFile(v.keyPath())
	if err != nil {
		v.forgetKey()
		v.file = nil
		return v.unusable(err)
	}
	if v.key != nil && (v.key.id() != file.ID || file.Locked || v.file == nil || v.file.Locks != file.Locks) {
		v.forgetKey()
	}
	v.file, v.read, v.problem = file, info, nil
	return nil
}

func (v *Vault) keyPath() string { return filepath.Join(v.dir, "key.json") }

func (v *Vault) forgetKey() {
	if v.key != nil {
		clear(v.key[:])
		v.key = nil
	}
}

// unlocked returns the key, fetched from the keyring at the first need. A keyring that
// failed is not asked again before Unlock.
func (v *Vault) unlocked() (*dataKey, error) {
	if err := v.reload(); err != nil {
		return nil, err
	}
	switch {
	case v.file == nil:
		return nil, ErrNoKey
	case v.key != nil:
		return v.key, nil
	case v.file.Protection == ByPassphrase:
		return nil, errAsks
	case v.file.Locked:
		return nil, ErrLocked
	case v.problem != nil:
		return nil, v.problem
	}
	v.key, v.problem = v.fromKeyring()
	return v.key, v.problem
}

// Status tells what protects the secrets. It may ask the keyring, and so take a moment.
func (v *Vault) Status() Status {
	v.mu.Lock()
	defer v.mu.Unlock()
	_, err := v.unlocked()
	switch {
	case v.file == nil && (err == nil || errors.Is(err, ErrNoKey)):
		sentence := "secrets are not kept: there is no key; oauthlens vault passphrase makes one"
		if v.options.Keyring != nil {
			sentence = "nothing secret is saved yet: the first run makes a key in the system's keyring"
			if _, err := v.options.Keyring.Get("probe"); err != nil && !errors.Is(err, ErrNoEntry) {
				sentence = "runs are kept without their secrets, since the system's keyring is locked or does not answer: unlock it, or make a key with oauthlens vault passphrase"
			}
		}
		return Status{Protection: ByNothing, Locked: true, Sentence: sentence}
	case v.file == nil:
		return Status{Protection: ByNothing, Locked: true, Sentence: err.Error()}
	case err == nil && v.file.Protection == ByKeyring:
		return Status{Protection: ByKeyring, Sentence: "secrets are sealed; the key is in the system's keyring"}
	case err == nil:
		return Status{Protection: ByPassphrase, Sentence: "secrets are sealed; the key is under a passphrase, and unlocked"}
	case errors.Is(err, ErrLocked) && v.file.Protection == ByKeyring:
		return Status{Protection: ByKeyring, Locked: true, Sentence: "locked: the key stays in the system's keyring until it is unlocked; runs are kept without their secrets"}
	case errors.Is(err, ErrLocked):
		return Status{Protection: ByPassphrase, Locked: true, Sentence: "locked: the key is under a passphrase; until it is given, runs are kept without their secrets"}
	}
	return Status{Protection: v.file.Protection, Locked: true, Sentence: err.Error() + "; runs are kept without their secrets"}
}

// HasKey tells that a key was made, locked or not. It asks neither the keyring nor for a
// passphrase.
func (v *Vault) HasKey() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	err := v.reload()
	return err != nil || v.file != nil
}

// NeedsPassphrase tells that the key is under a passphrase that was not given yet.
func (v *Vault) NeedsPassphrase() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.reload() == nil && v.file != nil && v.file.Protection == ByPassphrase && v.key == nil
}

// Lock forgets the key, in every process: it is noted on disk, where the others look before
// they use theirs. With a keyring none takes the key from there until Unlock; a passphrase
// has to be given again.
func (v *Vault) Lock() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := v.reload(); err != nil {
		return err
	}
	v.forgetKey()
	if v.file == nil || v.file.Locked {
		return nil
	}
	locked := *v.file
	locked.Locked = v.file.Protection == ByKeyring
	locked.Locks++
	return v.replaceFile(&locked)
}

// Unlock makes the key available: with the passphrase, or from the keyring, which
// needs none. Any failure of a passphrase is [ErrWrongPassphrase], and leaves the
// vault as it was.
func (v *Vault) Unlock(passphrase string) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := v.reload(); err != nil {
		return err
	}
	if v.file == nil {
		return ErrNoKey
	}
	if v.file.Protection == ByPassphrase {
		key, err := v.file.unwrap(passphrase)
		if err != nil {
			return err
		}
		v.key = key
		return nil
	}
	key, err := v.fromKeyring()
	if err != nil {
		return err
	}
	if v.file.Locked {
		open := *v.file
		open.Locked = false
		if err := v.replaceFile(&open); err != nil {
			return err
		}
	}
	v.key, v.problem = key, nil
	return nil
}

// SetPassphrase puts the key under this passphrase: a new key where there is none, the
// present one otherwise, which then must be unlocked. It leaves the keyring.
func (v *Vault) SetPassphrase(passphrase string) error {
	if passphrase == "" {
		return ErrNoPassphrase
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	key, err := v.keyOrNew()
	if err != nil {
		return err
	}
	factor := v.options.WorkFactor
	if factor == 0 {
		factor = defaultWorkFactor
	}
	file, err := wrapped(key, passphrase, factor)
	if err != nil {
		return err
	}
	before := v.file
	if before != nil {
		file.Locks = before.Locks
	}
	if err := v.writeFile(file, before == nil); err != nil {
		return err
	}
	v.key, v.problem = key, nil
	if before != nil && before.Protection == ByKeyring && v.options.Keyring != nil {
		return unlessAbsent(v.options.Keyring.Delete(before.ID))
	}
	return nil
}

// UseKeyring puts the key into the system's keyring: a new key where there is none, the
// present one otherwise, which then must be unlocked. [ErrNoKeyring] if there is no
// keyring here; then a passphrase is the way, or saving no secrets.
func (v *Vault) UseKeyring() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.options.Keyring == nil {
		return ErrNoKeyring
	}
	key, err := v.keyOrNew()
	if err != nil {
		return err
	}
	if v.file != nil && v.file.Protection == ByKeyring {
		return nil
	}
	id := key.id()
	if err := v.options.Keyring.Set(id, key.text()); err != nil {
		return err
	}
	isNew := v.file == nil
	if err := v.writeFile(&keyFile{Version: 1, Protection: ByKeyring, ID: id}, isNew); err != nil {
		v.options.Keyring.Delete(id)
		return err
	}
	v.key, v.problem = key, nil
	return nil
}

func (v *Vault) keyOrNew() (*dataKey, error) {
	key, err := v.unlocked()
	if errors.Is(err, ErrNoKey) {
		key = new(dataKey)
		_, err = rand.Read(key[:])
	}
	return key, err
}

// writeFile writes the key file; a first one only if no other process was faster, and
// then the other's key counts.
func (v *Vault) writeFile(file *keyFile, first bool) error {
	if !first {
		return v.replaceFile(file)
	}
	data, err := file.encode()
	if err != nil {
		return err
	}
	if err := writeNew(v.keyPath(), data); err != nil {
		if errors.Is(err, os.ErrExist) {
			return errors.New("another process has just made a key: try again")
		}
		return v.unusable(err)
	}
	return v.remember(file)
}

func (v *Vault) replaceFile(file *keyFile) error {
	data, err := file.encode()
	if err != nil {
		return err
	}
	if err := writeOver(v.keyPath(), data); err != nil {
		return v.unusable(err)
	}
	return v.remember(file)
}

func (v *Vault) remember(file *keyFile) error {
	info, err := os.Stat(v.keyPath())
	if err != nil {
		return err
	}
	v.file, v.read = file, info
	return nil
}

// Forget destroys the key and the client secrets: everything that was sealed is
// unreadable from then on. If the keyring does not let its entry go, nothing is
// destroyed and the error says so.
func (v *Vault) Forget() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := v.reload(); err != nil && !errors.Is(err, ErrDamagedKeyFile) {
		return err
	}
	if v.file != nil && v.file.Protection == ByKeyring {
		if v.options.Keyring == nil {
			return ErrNoKeyring
		}
		if err := unlessAbsent(v.options.Keyring.Delete(v.file.ID)); err != nil {
			return err
		}
	}
	v.forgetKey()
	v.file, v.problem = nil, nil
	if err := os.RemoveAll(v.secretsDir()); err != nil {
		return v.unusable(err)
	}
	return v.unusable(unlessNotExist(erase(v.keyPath())))
}

// unusable says in a sentence that the system refused a file of the vault; other errors
// pass unchanged.
func (v *Vault) unusable(err error) error {
	var refused syscall.Errno
	if !errors.As(err, &refused) {
		return err
	}
	return fmt.Errorf("the vault in %s cannot be used (%w): mend its permissions, or choose another folder with OAUTHLENS_HOME", v.dir, refused)
}
