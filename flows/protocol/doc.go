// Package protocol holds one small pure function pair per protocol step: one builds the
// request, one reads the answer. One file per specification or step.
//
// A request is built completely, byte for byte, before anything is sent: what the
// functions return is what is shown, edited, copied and then written. Reading is tolerant
// and keeps account: every field says from which raw path it came, and every deviation
// from the specification or from the profile is listed. A problem in the protocol is a
// value ([Failure], [flows.Deviation]), never a Go error.
//
// The package has no sockets, files, goroutines, clock or randomness.
package protocol
