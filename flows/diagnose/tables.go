package diagnose

import "strings"

// The tables of this package are asked of once or twice in a run. They are searched as they
// stand in the program, so that nothing is made of them before.

// words is a list of them between white space.
type words string

// has tells whether the word is on the list.
func (l words) has(word string) bool { return l.place(word) > 0 }

// place is where the word stands, counted from one; zero: it is not on the list.
func (l words) place(word string) int {
	n := 0
	for w := range strings.FieldsSeq(string(l)) {
		if n++; w == word {
			return n
		}
	}
	return 0
}

// pairs leads from words to words.
type pairs [][2]string

// of is what the key leads to; empty: nowhere.
func (p pairs) of(key string) string {
	for _, pair := range p {
		if pair[0] == key {
			return pair[1]
		}
	}
	return ""
}

// lists leads from words to several.
type lists []struct {
	key  string
	list []string
}

// of is what the key leads to.
func (l lists) of(key string) []string {
	for _, group := range l {
		if group.key == key {
			return group.list
		}
	}
	return nil
}
