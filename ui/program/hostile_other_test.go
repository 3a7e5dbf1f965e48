//go:build !unix

package program

import "testing"

// Signals and pseudo-terminals of this kind are those of Unix.

func handRows(_ *testing.T, b *table, _ string) { b.not("signals") }

func screenRows(_ *testing.T, b *table, _ string) { b.not("terminal: hand") }

func timeRows(_ *testing.T, b *table, _ string) { b.not("terminal: clock") }

func waitRows(_ *testing.T, b *table, _ string) { b.not("cancelling") }

func aroundRows(_ *testing.T, b *table, _ string) { b.not("surroundings") }
