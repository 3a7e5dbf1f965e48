// Package flows is the vocabulary of oauthlens: the plain values that every other
// room speaks in. A run of an OAuth flow is a value, a [Trace]: a list of events in
// the order in which they happened. The screen, the JSON document, the history, the
// comparison, the diagnosis and the exports are functions of a trace.
//
// The package holds values and small pure methods only. It imports nothing but the
// standard library, and neither net/http nor os nor a clock: time is a field of an
// event or an argument.
package flows
