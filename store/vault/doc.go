// Package vault keeps secrets at rest: it seals the payloads of the history and the
// client secrets with AES-256-GCM under one random data key.
//
// The data key is in the keyring of the operating system, or, where there is none (a
// server, a container, a session over SSH), in a file wrapped by a passphrase with
// age's scrypt recipient. Which of the two, or neither, is said by [Vault.Status] in a
// sentence. Without a key nothing is sealed, and nothing secret is saved: that is
// always possible, and no error.
//
// What is sealed is bound to its place by additional data. A wrong passphrase is told
// from a right one and from nothing else, and an unlock is whole or did not happen.
// The package never writes a raw secret or the bare data key to a file, and puts
// neither into an error.
package vault
