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

// parsed is made at the first call and never changed.
var parsed = sync.OnceValues(parseEmbedded)

func parseEmbedded() ([]loadedFile, error) {
	files, err := fs.Glob(embedded, "profiles/*.toml")
	if err != nil {
		return nil, err
	}
	out := make([]loadedFile, 0, len(files))
	for _, file := range files {
		data, err := embedded.ReadFile(file)
		if err != nil {
			return nil, err
		}
		// The vocabulary of embedded profiles is checked by the tests, not at every start.
		p, err := decode(data)
		if err != nil {
			return nil, fmt.Errorf("embedded profile %s: %w", file, err)
		}
		out = append(out, loadedFile{profile: p, file: file, source: data})
	}
	sortFiles(out)
	return out, nil
}

func sortFiles(files []loadedFile) {
	slices.SortStableFunc(files, func(a, b loadedFile) int {
		return cmp.Or(cmp.Compare(a.profile.order(), b.profile.order()), strings.Compare(strings.ToLower(a.profile.Title), strings.ToLower(b.profile.Title)))
	})
}

// Embedded returns the profiles of the program in the order of the catalogue. They are
// parsed once, and the caller may change what it gets. The error is a defect of the build, never of the user.
func Embedded() ([]flows.Provider, error) {
	files, err := parsed()
	if err != nil {
		return nil, err
	}
	return providersOf(files), nil
}

func providersOf(files []loadedFile) []flows.Provider {
	out := make([]flows.Provider, len(files))
	for i, f := range files {
		out[i] = f.profile.convert()
	}
	return out
}

// Catalogue is the embedded profiles and the user's own, in the order in which they
// are shown: by order, then by title.
type Catalogue struct{ files []loadedFile }

// NewCatalogue combines the embedded profiles with those of the user's folder. A nil
// fsys means that there is no such folder. A profile of the user that takes the name of
// an embedded one is refused: a run that says "truss" must mean the same everywhere, in
// a history and in somebody else's terminal. The error is a defect of the build.
func NewCatalogue(fsys fs.FS, dir string) (Catalogue, []Problem, error) {
	own, err := parsed()
	if err != nil {
		return Catalogue{}, nil, err
	}
	c := Catalogue{files: slices.Clone(own)}
	if fsys == nil {
		return c, nil, nil
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
	return c, problems, nil
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
		return c.files[i].profile.convert(), nil
	}
	shown := quoteShort(name)
	if near := Nearest(name, c.Names()); len(near) > 0 {
		return flows.Provider{}, fmt.Errorf("%w %s: did you mean %s?", ErrUnknown, shown, strings.Join(near, " or "))
	}
	return flows.Provider{}, fmt.Errorf("%w %s: there are %s", ErrUnknown, shown, strings.Join(c.Names(), ", "))
}

// Source returns the profile's file as it was written.
func (c Catalogue) Source(name string) ([]byte, bool) {
	if i := c.index(name); i >= 0 {
		return slices.Clone(c.files[i].source), true
	}
	return nil, false
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
func Source(name string) ([]byte, bool) {
	files, err := parsed()
	if err != nil {
		return nil, false
	}
	return Catalogue{files: files}.Source(name)
}

// EmbeddedNamed returns one profile of the program, parsed alone: a short run needs no
// other. ok is false for a name that is not embedded.
func EmbeddedNamed(name string) (p flows.Provider, ok bool) {
	data, err := embedded.ReadFile("profiles/" + name + ".toml")
	if err != nil {
		return flows.Provider{}, false
	}
	raw, err := decode(data)
	if err != nil {
		return flows.Provider{}, false
	}
	return raw.convert(), true
}
