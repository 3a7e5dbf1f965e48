package program

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"testing"
)

// How the architecture test reads the project's source.

// room is a package of the project, by its folder.
type room struct {
	dir   string
	files []source
}

type source struct {
	name    string // from the top of the project
	test    bool
	lines   int
	imports []string
	tree    *ast.File
	set     *token.FileSet
}

const module = "oauthlens"

// readHouse parses every Go file of the project.
func readHouse(t *testing.T, fsys fs.FS) map[string]*room {
	t.Helper()
	rooms := map[string]*room{}
	set := token.NewFileSet()
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "dist"):
			return fs.SkipDir
		case d.IsDir() || path.Ext(name) != ".go":
			return nil
		}
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		tree, err := parser.ParseFile(set, name, text, parser.ParseComments)
		if err != nil {
			return err
		}
		s := source{name: name, test: strings.HasSuffix(name, "_test.go"), lines: strings.Count(string(text), "\n"), tree: tree, set: set}
		for _, spec := range tree.Imports {
			p, _ := strconv.Unquote(spec.Path.Value)
			s.imports = append(s.imports, p)
		}
		dir := strings.TrimPrefix(path.Dir(name), ".")
		if rooms[dir] == nil {
			rooms[dir] = &room{dir: dir}
		}
		rooms[dir].files = append(rooms[dir].files, s)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return rooms
}

// ours is the folder of an import of the project.
func ours(p string) (dir string, ok bool) {
	if p == module {
		return "", true
	}
	return strings.CutPrefix(p, module+"/")
}

func under(dir, parent string) bool { return dir == parent || strings.HasPrefix(dir, parent+"/") }

func standard(p string) bool { return !strings.Contains(strings.SplitN(p, "/", 2)[0], ".") }

// imports calls f for every import outside of tests.
func (r *room) imports(f func(s source, p string)) {
	for _, s := range r.files {
		for _, p := range s.imports {
			if !s.test {
				f(s, p)
			}
		}
	}
}

// reaches tells whether a room imports another one, itself or through others.
func reaches(rooms map[string]*room, from, to string) bool {
	seen := map[string]bool{}
	var walk func(dir string) bool
	walk = func(dir string) bool {
		found := false
		if seen[dir] || rooms[dir] == nil {
			return false
		}
		seen[dir] = true
		rooms[dir].imports(func(_ source, p string) {
			if d, ok := ours(p); ok && !found {
				found = d == to || walk(d)
			}
		})
		return found
	}
	return walk(from)
}

func (s source) span(n ast.Node) int {
	return s.set.Position(n.End()).Line - s.set.Position(n.Pos()).Line + 1
}

// tables are the lines of a function that are data: a long table is no long function.
func (s source) tables(f *ast.FuncDecl) int {
	lines := 0
	ast.Inspect(f, func(n ast.Node) bool {
		if c, ok := n.(*ast.CompositeLit); ok {
			lines += s.span(c) - 1
			return false
		}
		return true
	})
	return lines
}

// inspect walks the code outside of tests.
func inspect(rooms map[string]*room, f func(dir string, s source, n ast.Node)) {
	for dir, r := range rooms {
		for _, s := range r.files {
			if !s.test {
				ast.Inspect(s.tree, func(n ast.Node) bool { f(dir, s, n); return true })
			}
		}
	}
}

// selected is the package and name of a selector such as time.Now, or "".
func selected(n ast.Node) string {
	sel, ok := n.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	x, ok := sel.X.(*ast.Ident)
	if !ok {
		return ""
	}
	return x.Name + "." + sel.Sel.Name
}

func (s source) at(n ast.Node) string { return s.set.Position(n.Pos()).String() }
