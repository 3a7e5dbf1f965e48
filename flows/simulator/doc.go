// Package simulator is the other side of every flow: the providers on loopback, each an
// authorization server and a small API made from the same [flows.Provider] profile
// that the client reads, plus a [Scenario] that says what goes wrong.
//
// It is a real server. It listens on real sockets, signs with real keys, keeps codes,
// grants and tokens with their lives, and refuses what an authorization server must
// refuse: an unknown client, another redirect URI, a code that was used before, a
// verifier that does not fit its challenge. Any application can be pointed at it; its
// consent page works in any browser, without script.
//
// What is peculiar about a provider comes from the fields of its profile only. There
// is no provider's name in this package: a profile that somebody writes tomorrow is
// served by the code of today.
//
// The package reads requests and builds answers by its own means and imports none of
// the rooms that the client is made of (protocol, session, jose, rawjson). A simulator
// made of the client's parser would agree with the client's mistakes, and every test
// of the two together would prove nothing.
//
// It must not do anything but serve: it opens no connection, reads no file, and keeps
// its state in memory, bounded, until it is closed. Its signing keys are published in
// this project; a token that verifies with them proves nothing to anybody.
//
// Choices that the profiles leave open, and that are made here:
//
//   - The issuer is the profile's, under the prefix of the environment. A provider
//     whose access tokens are JWTs gets an issuer, a metadata document and a JWKS even
//     if its profile has none, since signatures could not be verified otherwise.
//   - A profile that accepts refreshes "if_returned" (the rule of Stytch Connected
//     Apps) gives public clients a new refresh token at each use and lets confidential
//     clients keep theirs.
//   - A provider with a success predicate reports its failures with status 200.
//   - A challenge is honoured wherever it is not refused: [flows.Support] empty counts
//     as optional.
//   - The fault error-under-200 answers with temporarily_unavailable, so that the root
//     finding is provider-error.
package simulator
