package vault

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/hex"
)

// A sealed value is: one byte, the version; eight bytes, the id of the key; twelve
// bytes, a random nonce; the ciphertext; sixteen bytes, the tag. Version and id are
// authenticated with the additional data.
const (
	sealVersion  = 1
	idLength     = 8
	headerLength = 1 + idLength
)

func (k *dataKey) aead() (cipher.AEAD, error) {
	block, err := aes.NewCipher(k[:])
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

func (k *dataKey) header() []byte {
	id, err := hex.DecodeString(k.id())
	if err != nil {
		panic("vault: the id of a key is hexadecimal: " + err.Error())
	}
	return append([]byte{sealVersion}, id...)
}

func (k *dataKey) seal(plain, additional []byte) ([]byte, error) {
	aead, err := k.aead()
	if err != nil {
		return nil, err
	}
	header := k.header()
	return aead.Seal(bytes.Clone(header), nil, plain, append(header, additional...)), nil
}

func (k *dataKey) open(sealed, additional []byte) ([]byte, error) {
	header := k.header()
	if len(sealed) < headerLength || sealed[0] != sealVersion {
		return nil, ErrChanged
	}
	if !bytes.Equal(sealed[:headerLength], header) {
		return nil, ErrOtherKey
	}
	aead, err := k.aead()
	if err != nil {
		return nil, err
	}
	plain, err := aead.Open(nil, nil, sealed[headerLength:], append(header, additional...))
	if err != nil {
		return nil, ErrChanged
	}
	return plain, nil
}

// CanSeal tells that there is a key and that it is not locked; it may be when Seal looks.
func (v *Vault) CanSeal() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	_, err := v.unlocked()
	return err == nil
}

// Seal encrypts plain and binds it to the additional data. [ErrNoKey] or [ErrLocked]
// if there is no key to do it with.
func (v *Vault) Seal(plain, additional []byte) ([]byte, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	key, err := v.unlocked()
	if err != nil {
		return nil, err
	}
	return key.seal(plain, additional)
}

// Open decrypts what Seal made with the same additional data: [ErrOtherKey] if it was
// sealed under a key that was forgotten, [ErrChanged] if a byte of it or its place is
// another.
func (v *Vault) Open(sealed, additional []byte) ([]byte, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	key, err := v.unlocked()
	if err != nil {
		return nil, err
	}
	return key.open(sealed, additional)
}
