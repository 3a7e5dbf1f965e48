// Package intake stands between the terminal and Bubble Tea, and lets through what a
// person or an honest terminal sends: characters, keys, the mouse, pastes, and the answers
// to what the program asks.
//
// The toolkit's reader trusts its input. It looks through everything that it has not
// understood yet at every new piece, so that a sequence of a megabyte takes minutes; it
// goes on with nothing behind a sequence that it does not know until the terminal is
// silent; it keeps a paste of any length, three times over; a sequence with more numbers
// than it has room for makes it panic, outside of every net; and a paste that does not end
// swallows ctrl+c. So nothing reaches it that is not complete, short and of a known form
// ([sieve]). It takes nothing away from the terminal's mode, which stays Bubble Tea's.
//
// A lone escape byte is a key only when nothing follows it. Whether something does is asked
// of the system here, for [shortly], and the key is then handed on in a form that the
// toolkit does not have to wait for: esc is seen sooner.
package intake

import (
	"os"
	"time"
)

const (
	// shortly is how long the rest of a sequence may take behind its first byte or two,
	// which are keys by themselves.
	shortly = 25 * time.Millisecond
	// patiently is the same for what can be no key: it is dropped then.
	patiently = 250 * time.Millisecond
	// piece is what is read at once, in bytes. What it becomes fits into the 4 KiB that the
	// toolkit reads at once, also if all of it is keys with alt.
	piece = 512
)

// terminal is the input as the toolkit sees it: a file, for its mode and for its being
// waited for, whose reading is sieved.
type terminal struct {
	*os.File
	sieve sieve
	in    [piece]byte
}

// Read waits for input and returns what the sieve lets through of it, which may be nothing.
// It is called when there is something to read.
func (t *terminal) Read(p []byte) (int, error) {
	for len(t.sieve.out) == 0 {
		n, err := t.File.Read(t.in[:])
		if err != nil {
			return 0, err
		}
		t.sieve.take(t.in[:n])
		grace := t.sieve.grace()
		if grace == 0 {
			break
		}
		if !readable(t.Fd(), grace) {
			t.sieve.idle()
			break
		}
	}
	n := copy(p, t.sieve.out)
	t.sieve.out = append(t.sieve.out[:0], t.sieve.out[n:]...)
	return n, nil
}
