package provider

import (
	"cmp"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"github.com/pelletier/go-toml/v2"

	"oauthlens/flows"
)

//go:embed profiles/*.toml
var embedded embed.FS

// embeddedProfile is a profile of the program: what its file says, as Go has it, since a
// short run has no time to read the file. A test makes the one from the other.
type embeddedProfile struct {
	file string
	*profile
}

// sorted is made at the first call and never changed.
var sorted = sync.OnceValue(func() []loadedFile {
	out := make([]loadedFile, len(embeddedProfiles))
	for i, p := range embeddedProfiles {
		out[i] = loadedFile{profile: *p.profile, file: p.file}
	}
	sortFiles(out)
	return out
})

func sortFiles(files []loadedFile) {
	slices.SortStableFunc(files, func(a, b loadedFile) int {
		return cmp.Or(cmp.Compare(a.profile.order(), b.profile.order()), strings.Compare(strings.ToLower(a.profile.Title), strings.ToLower(b.profile.Title)))
	})
}

// Embedded returns the profiles of the program in the order of the catalogue. The caller
// may change what it gets.
func Embedded() []flows.Provider { return providersOf(sorted()) }

func providersOf(files []loadedFile) []flows.Provider {
	out := make([]flows.Provider, len(files))
	for i, f := range files {
		out[i] = *f.profile.convert()
	}
	return out
}

// Catalogue is the embedded profiles and the user's own, in the order in which they
// are shown: by order, then by title.
type Catalogue struct{ files []loadedFile }

// NewCatalogue combines the embedded profiles with those of the user's folder. A nil
// fsys means that there is no such folder. A profile of the user that takes the name of
// an embedded one is refused: a run that says "truss" must mean the same everywhere, in
// a history and in somebody else's terminal.
func NewCatalogue(fsys fs.FS, dir string) (Catalogue, []Problem) {
	c := Catalogue{files: slices.Clone(sorted())}
	if fsys == nil {
		return c, nil
	}
	users, problems := loadFolder(fsys, dir)
	for _, u := range users {
		if i := c.index(u.profile.Name); i >= 0 {
			problems = append(problems, Problem{File: u.file, Line: 1, Column: 1,
				Text: "the name " + u.profile.Name + " is taken by a profile of the program", Expected: "a name of its own, such as " + u.profile.Name + "-own"})
			continue
		}
		u.own = true
		c.files = append(c.files, u)
	}
	sortFiles(c.files)
	return c, problems
}

func (c Catalogue) index(name string) int {
	return slices.IndexFunc(c.files, func(f loadedFile) bool { return f.profile.Name == name })
}

// Providers returns all profiles in order.
func (c Catalogue) Providers() []flows.Provider { return providersOf(c.files) }

// Names returns the names of all profiles in order.
func (c Catalogue) Names() []string {
	out := make([]string, len(c.files))
	for i, f := range c.files {
		out[i] = f.profile.Name
	}
	return out
}

// ErrUnknown is the error of Find for a name that no profile has.
var ErrUnknown = errors.New("unknown provider")

// Find returns the profile of that name. The error wraps ErrUnknown and names the
// nearest ones, or all when none is near.
func (c Catalogue) Find(name string) (flows.Provider, error) {
	if i := c.index(name); i >= 0 {
		return *c.files[i].profile.convert(), nil
	}
	shown := quoteShort(name)
	if near := Nearest(name, c.Names()); len(near) > 0 {
		return flows.Provider{}, fmt.Errorf("%w %s: did you mean %s?", ErrUnknown, shown, strings.Join(near, " or "))
	}
	return flows.Provider{}, fmt.Errorf("%w %s: there are %s", ErrUnknown, shown, strings.Join(c.Names(), ", "))
}

// Source returns the profile's file as it was written.
func (c Catalogue) Source(name string) ([]byte, bool) {
	i := c.index(name)
	if i < 0 {
		return nil, false
	}
	if f := c.files[i]; f.own {
		return slices.Clone(f.source), true
	}
	source, err := embedded.ReadFile(c.files[i].file)
	return source, err == nil
}

// Document is a profile as its file has it, under the keys of the file, for output as JSON.
func (c Catalogue) Document(name string) (map[string]any, bool) {
	source, ok := c.Source(name)
	if !ok {
		return nil, false
	}
	var doc map[string]any
	if err := toml.Unmarshal(source, &doc); err != nil {
		return nil, false // a file that was loaded can be read
	}
	return doc, true
}

// Own tells whether the profile comes from the user's folder, and from which file.
func (c Catalogue) Own(name string) (file string, own bool) {
	if i := c.index(name); i >= 0 && c.files[i].own {
		return c.files[i].file, true
	}
	return "", false
}

// Source returns the file of an embedded profile as it was written.
func Source(name string) ([]byte, bool) { return Catalogue{files: sorted()}.Source(name) }

// EmbeddedNamed returns one profile of the program; nil for a name that is not embedded.
func EmbeddedNamed(name string) *flows.Provider {
	for _, e := range embeddedProfiles {
		if e.Name == name {
			return e.convert()
		}
	}
	return nil
}
