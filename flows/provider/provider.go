// Package provider turns provider profiles, TOML files, into values of
// [flows.Provider].
//
// A profile is everything that the engine knows about one authorization server:
// endpoints per environment, the dialect it speaks in terms of a closed vocabulary,
// lifetimes, scopes, remarks worth reading, what its simulation looks like, and the
// source of each claim. The profiles of the program are embedded; a user's own lie in
// a folder. One provider is one file: adding one takes no Go.
//
// Loading is strict, because a misspelt key that is silently ignored is a wrong
// request an hour later: unknown, misspelt and duplicate keys, values of the wrong
// type, words outside the vocabulary, relative URLs and missing members are each a
// [Problem] with line, column and what was expected. All problems of a file are
// reported, not the first, and a wrong file never takes the right ones with it.
//
// The vocabulary is defined once, by the struct tags of schema.go and the forms of
// forms.go; the checks and the reference in docs/providers.md are both made from them.
//
// The package has no templates and no expressions, and it must not get them: what the
// vocabulary cannot say is Go, in packages protocol and simulator. It opens no file but
// through an fs.FS that the caller gives it, and never the network.
package provider
