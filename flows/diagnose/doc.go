// Package diagnose names what is wrong in a trace, live or recorded, by rules.
//
// A rule is a value ([Rule]): a stable code, a severity, the stage where the fault
// originates, texts, and a check. A check reads a [Case], which is the trace read once:
// every message with its parameters as sent and as decoded, the authorization requests
// with the callbacks and exchanges that belong to them, the tokens with the calls that
// used them, the clocks. Checks compare recorded values with each other (is the redirect
// URI of the exchange byte-equal to the one of the authorization request, does the
// verifier hash to the challenge, was this code sent before); what a server says about
// its reasons is weaker evidence and is used where nothing better is recorded.
//
// A rule does not know the other rules. Which hit becomes a finding is decided in one
// place, by the precedence of package file precedence.go: each message that failed gets
// the best of the causes that claim it, causes that only explain what a better one
// explains become its evidence, failures that follow from an earlier failure are not
// reported again, and a problem that the client solved by itself is no fault.
//
// The package reads foreign traffic without a profile: its message reader is tolerant
// and knows the names under which providers hide the usual parameters. What is known
// about providers is data: the profiles where there is one, and a table (facts.go) for
// others, in which every field has a source or is told as what nobody has checked.
//
// It is pure: no clock, no network, no files. It must not print a secret: texts name
// lengths, kinds of characters and fingerprints, and quotations of foreign text go
// through the masker.
package diagnose
