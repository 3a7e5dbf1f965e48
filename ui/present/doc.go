// Package present turns a run and the time of day into what a person reads: rails,
// panes, rows, labels, tones and countdowns. It is pure and knows no terminal: the
// full-screen interface paints its values, and the plain front end prints them as prose.
//
// A [Walk] is rebuilt after every event and every second. It is cheap, because the
// content of a tab is built only when it is looked at, and its lines are made only when
// they are painted.
//
// The package must not read a clock, touch a file or a socket, or decide anything about
// the protocol: it shows what package session and package diagnose found.
package present
