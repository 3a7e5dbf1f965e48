// Package jose reads JSON Web Tokens and judges them, as two separate acts.
//
// [Decode] takes a token apart without trusting it: it never fails on what can still
// be shown, and it lists everything that had to be mended or is against the
// specification. [JWT.Claims] reads the registered claims with the same patience.
// [ParseJWKS] does the same for a key set: one broken key does not lose the others.
//
// [Verify] then says what may be believed. Unlike a library that guards an
// application, it does not stop at the first problem: each check stands on its own
// and all of them are reported, because the reader wants to know everything that is
// wrong, not only that something is.
//
// Which algorithm may be used is decided by a closed table of this package before a
// key is touched, never by the token's header alone (RFC 8725 section 3.1); "none" is
// refused, and so is HMAC where the keys are public ones. The signature itself is
// checked by the signing methods of golang-jwt; keys are read here, since a key that is not
// used is to be told with the reason.
//
// The package must not fetch anything: "jku", "x5u" and "jwk" in a header are reported
// and never followed. It reads no clock (the time is a field of [Expect]), and no text
// that it makes contains a token, a signature, a nonce or a code.
package jose
