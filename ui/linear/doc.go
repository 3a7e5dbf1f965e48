// Package linear is the screen's twin in lines of prose: the catalogue and the walk of a
// run, told one after the other and never painted again. It is for a person who listens to
// a screen reader, for a terminal that cannot move its cursor, for a log and for a pipe.
//
// What is told comes from package present, as on the screen; [sentence] says a line of a
// pane in words, with what a glyph or a column means put into them. What can be done is the
// table of [commands]: an empty line does the natural next thing, and every other command
// is a word, or the key that does the same on the screen, since the sentences of the
// program name keys. A step that was told before is not told again when something happens
// to it, only what is new.
//
// Events are taken and kept as on the screen: appended to the history before they are told
// and before their effects are performed. Lines are read only when they can be acted on,
// so that a whole walk can be piped in.
//
// The package must not paint (no escape sequence, no cursor movement), decide anything
// about the protocol, or know the other two front ends; of the screen it knows the table
// of bindings alone, by which both name their actions.
package linear
