// Package store keeps the history of runs: every trace, written event by event into
// one SQLite database, so that a killed process loses nothing that was already shown,
// and several processes can write at once. Beside the traces stand the client settings
// of each provider and environment, and the hashes of codes and refresh tokens that
// were sent, so that a reuse is recognised across runs.
//
// In clear stand only what the list of runs needs: ids, kind, provider, environment,
// grant, outcome, the finding's code and times. The payload of an event is sealed by a
// [Sealer]; with no key it is written after redaction, and the run is marked so. With
// neither a sealer nor a redaction nothing is written at all.
//
// Durability: the write-ahead log with synchronous=NORMAL hands every commit to the
// operating system before Append returns, so kill -9 at any moment loses nothing that
// Append acknowledged. A power cut may lose the last commits, never the database.
//
// The package reads no clock for the order of runs: a clock that was set back changes
// neither ids nor order. It imports package flows and the database driver, and nothing
// of the user interface; it never writes raw secrets that the sealer did not seal.
package store
