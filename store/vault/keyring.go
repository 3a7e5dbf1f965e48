package vault

import (
	"errors"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/zalando/go-keyring"
)

// Keyring is the operating system's store of secrets. An entry that is not there gives
// [ErrNoEntry]; a keyring that is not there [ErrNoKeyring].
type Keyring interface {
	Get(name string) (string, error)
	Set(name, value string) error
	Delete(name string) error
}

// The refusals of a keyring.
var (
	ErrNoEntry   = errors.New("the system's keyring no longer has the key: what was sealed cannot be read; oauthlens vault forget begins anew")
	ErrNoKeyring = errors.New("there is no keyring here: set a passphrase with oauthlens vault passphrase, or go on without saving secrets")
	ErrKeyring   = errors.New("the system's keyring refuses: unlock it, or set a passphrase with oauthlens vault passphrase")
)

const service = "oauthlens"

type systemKeyring struct{ timeout time.Duration }

// System returns the keyring of the operating system, or nil where there is none to
// be seen. Its calls end after the timeout, for a keyring may wait for a person.
func System(getenv func(string) string, timeout time.Duration) Keyring {
	if !hasSystemKeyring(runtime.GOOS, getenv, os.Getuid()) {
		return nil
	}
	return systemKeyring{timeout: timeout}
}

// hasSystemKeyring looks for a session bus: without one the keyring library would try
// to start a bus of its own, on which no keyring lives.
func hasSystemKeyring(system string, getenv func(string) string, uid int) bool {
	if system == "darwin" || system == "windows" {
		return true
	}
	if address := getenv("DBUS_SESSION_BUS_ADDRESS"); address != "" && address != "autolaunch:" && !strings.HasPrefix(address, "disabled") {
		return true
	}
	_, err := os.Stat("/run/user/" + strconv.Itoa(uid) + "/bus")
	return err == nil
}

type keyringAnswer struct {
	value string
	err   error
}

func (k systemKeyring) ask(question func() (string, error)) (string, error) {
	answers := make(chan keyringAnswer, 1)
	go func() {
		defer func() {
			if recover() != nil { // the bus is foreign, and what it made a library do may quote a key
				answers <- keyringAnswer{err: ErrKeyring}
			}
		}()
		value, err := question()
		answers <- keyringAnswer{value, err}
	}()
	timer := time.NewTimer(k.timeout)
	defer timer.Stop()
	select {
	case a := <-answers:
		return a.value, keyringError(a.err)
	case <-timer.C:
		return "", ErrKeyring
	}
}

// keyringError keeps the library's text out of what people read: it may quote its
// input.
func keyringError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, keyring.ErrNotFound):
		return ErrNoEntry
	case errors.Is(err, keyring.ErrUnsupportedPlatform):
		return ErrNoKeyring
	}
	return ErrKeyring
}

func (k systemKeyring) Get(name string) (string, error) {
	return k.ask(func() (string, error) { return keyring.Get(service, name) })
}

func (k systemKeyring) Set(name, value string) error {
	_, err := k.ask(func() (string, error) { return "", keyring.Set(service, name, value) })
	return err
}

func (k systemKeyring) Delete(name string) error {
	_, err := k.ask(func() (string, error) { return "", keyring.Delete(service, name) })
	return err
}

func unlessAbsent(err error) error {
	if errors.Is(err, ErrNoEntry) {
		return nil
	}
	return err
}

func (v *Vault) fromKeyring() (*dataKey, error) {
	if v.options.Keyring == nil {
		return nil, ErrNoKeyring
	}
	text, err := v.options.Keyring.Get(v.file.ID)
	if err != nil {
		return nil, err
	}
	key, ok := keyFromText(text, v.file.ID)
	if !ok {
		return nil, ErrNoEntry
	}
	return key, nil
}
