package program

import (
	"fmt"
	"go/ast"
	"os"
	"path"
	"regexp"
	"slices"
	"sort"
	"strings"
	"testing"
	"testing/fstest"
)

// The rules of docs/architecture.md, by their numbers. They are read from the source with
// go/parser, so that files of other systems and build tags are judged too and nothing has
// to be built.

// pure rooms are functions of their arguments: no sockets, files, goroutines, clock or
// chance.
var pure = []string{
	"flows", "flows/capture", "flows/compare", "flows/crash", "flows/diagnose", "flows/explain", "flows/jose", "flows/protocol", "flows/provider",
	"flows/rawjson", "flows/redact", "flows/report", "flows/session", "flows/visible", "ui/present", "ui/tui/keys",
}

// clocks may read the time themselves; everybody else is told it.
var clocks = []string{"", "ui/program", "flows/launch", "flows/runner", "flows/runner/faultserver", "flows/simulator", "store", "store/archive", "store/vault"}

// The exceptions, each with its reason.
var (
	longFiles = map[string]string{
		"store/conformance_test.go": "one suite that every store passes reads best in one place",
		"store/vault/vault_test.go": "every way of opening and locking one vault, with the same few helpers",
	}
	wideInterfaces = map[string]string{
		"ui/tui Flow": "a run or a recording behind the walk: four questions that are always asked together",
		"ui/tui view": "unexported; what the one model asks of each screen, and nobody else implements it",
	}
)

const (
	maxFile     = 450 // lines
	maxFunction = 80
	maxMain     = 100
)

// rule is one sentence of the house and what breaks it.
type rule struct {
	name   string
	breaks func(rooms map[string]*room) []string
}

func eachImport(judge func(dir string, s source, p string) string) func(map[string]*room) []string {
	return func(rooms map[string]*room) (out []string) {
		for dir, r := range rooms {
			r.imports(func(s source, p string) {
				if why := judge(dir, s, p); why != "" {
					out = append(out, fmt.Sprintf("%s imports %s: %s", s.name, p, why))
				}
			})
		}
		return out
	}
}

// system names the imports by which a program touches the world.
func system(p string) bool {
	switch p {
	case "net", "os", "syscall", "crypto/tls", "database/sql", "crypto/rand", "math/rand", "math/rand/v2":
		return true
	}
	return under(p, "net/http") || under(p, "os") || under(p, "golang.org/x/net")
}

func rules() []rule {
	return []rule{
		{"1 flows is a vocabulary", eachImport(func(dir string, _ source, p string) string {
			if dir == "flows" && !standard(p) {
				return "flows imports the standard library only"
			}
			if _, project := ours(p); dir == "flows" && project {
				return "flows imports the standard library only"
			}
			return ""
		})},
		{"2 pure rooms touch nothing", eachImport(func(dir string, _ source, p string) string {
			if slices.Contains(pure, dir) && system(p) {
				return dir + " is pure"
			}
			return ""
		})},
		{"2 pure rooms start nothing and read no clock", impureCode},
		{"3 the network belongs to runner and simulator", eachImport(func(dir string, _ source, p string) string {
			if (p == "net" || p == "crypto/tls" || under(p, "net/http")) && !under(dir, "flows/runner") && dir != "flows/simulator" {
				return "only runner and simulator open connections"
			}
			return ""
		})},
		{"4 the simulator shares no parser with the client", strangers},
		{"4 x/oauth2 and go-oidc judge, in tests only", eachImport(func(_ string, _ source, p string) string {
			if under(p, "golang.org/x/oauth2") || under(p, "github.com/coreos/go-oidc") {
				return "they are oracles for tests"
			}
			return ""
		})},
		{"5 imports point down", eachImport(upwards)},
		{"6 the toolkit stays under ui/tui", eachImport(func(dir string, _ source, p string) string {
			toolkit := under(p, "charm.land") || under(p, "github.com/charmbracelet")
			headless := dir == "ui/headless" && (under(p, "github.com/charmbracelet/colorprofile") || under(p, "github.com/charmbracelet/x/ansi"))
			if toolkit && !under(dir, "ui/tui") && !headless {
				return "a screen is drawn under ui/tui only"
			}
			return ""
		})},
		{"7 interfaces are small", bigInterfaces},
		{"files and functions of readable size", tooLong},
		{"rooms are named after what they hold", vagueNames},
		{"the time and the context come from outside", ambient},
	}
}

func strangers(rooms map[string]*room) (out []string) {
	for _, other := range []string{"flows/protocol", "flows/session", "flows/jose"} {
		if reaches(rooms, "flows/simulator", other) {
			out = append(out, "flows/simulator reaches "+other)
		}
		if reaches(rooms, other, "flows/simulator") {
			out = append(out, other+" reaches flows/simulator")
		}
	}
	return out
}

// wires tells the rooms that put the program together: main.go, and what it calls.
func wires(dir string) bool { return dir == "" || dir == "ui/program" }

// frontEnd is the front end that a room belongs to; empty: none.
func frontEnd(dir string) string {
	for _, f := range []string{"ui/tui", "ui/linear", "ui/headless"} {
		if under(dir, f) {
			return f
		}
	}
	return ""
}

// upwards tells why an import between rooms goes the wrong way.
func upwards(dir string, _ source, p string) string {
	to, ok := ours(p)
	switch {
	case !ok:
	case under(dir, "flows") && (under(to, "ui") || under(to, "store") || to == ""):
		return "flows knows neither front ends nor the store"
	case dir == "store/archive" && (to == "flows/redact" || to == "flows/protocol" || to == "flows/crash"): // it masks what is not sealed, knows a sent code, and outlives a mistake
	case under(dir, "store") && to != "flows" && !under(to, "store"):
		return "store imports flows only"
	case dir == "ui/linear" && to == "ui/tui/keys": // the actions have one name in both
	case frontEnd(dir) != "" && frontEnd(to) != "" && frontEnd(dir) != frontEnd(to):
		return "the front ends do not know each other"
	case to == "ui/program" && dir != "":
		return "only main.go calls the program"
	case under(to, "ui/command") && !wires(dir):
		return "only main calls the commands"
	case dir == "ui/present" && under(to, "ui"):
		return "present is below the front ends"
	case to == "flows/simulator" && dir != "flows/launch" && dir != "ui/command":
		return "the simulator is started by launch and by the simulate command"
	case to == "flows/runner" && dir != "flows/launch" && !wires(dir):
		return "effects are performed through launch"
	case to == "flows/launch" && dir != "ui/command" && !wires(dir):
		return "runs are made ready by the commands"
	}
	return ""
}

func impureCode(rooms map[string]*room) (out []string) {
	timers := []string{"time.Now", "time.Since", "time.Until", "time.Sleep", "time.After", "time.AfterFunc", "time.Tick", "time.NewTimer", "time.NewTicker"}
	inspect(rooms, func(dir string, s source, n ast.Node) {
		if !slices.Contains(pure, dir) {
			return
		}
		if _, ok := n.(*ast.GoStmt); ok {
			out = append(out, s.at(n)+": a goroutine in a pure room")
		}
		if name := selected(n); slices.Contains(timers, name) {
			out = append(out, s.at(n)+": "+name+" in a pure room")
		}
	})
	return out
}

func ambient(rooms map[string]*room) (out []string) {
	inspect(rooms, func(dir string, s source, n ast.Node) {
		switch name := selected(n); {
		case name == "time.Now" && !slices.Contains(clocks, dir):
			out = append(out, s.at(n)+": time.Now outside the boundary")
		case (name == "context.Background" || name == "context.TODO") && !wires(dir):
			out = append(out, s.at(n)+": "+name+" below main")
		}
	})
	return out
}

// bigInterfaces finds interfaces of more than three methods. A sealed one has an
// unexported method and is a closed set of values, not an interface to be implemented.
func bigInterfaces(rooms map[string]*room) (out []string) {
	inspect(rooms, func(dir string, s source, n ast.Node) {
		spec, ok := n.(*ast.TypeSpec)
		if !ok {
			return
		}
		i, ok := spec.Type.(*ast.InterfaceType)
		if !ok {
			return
		}
		methods, sealed := 0, false
		for _, m := range i.Methods.List {
			methods += len(m.Names)
			for _, name := range m.Names {
				sealed = sealed || !name.IsExported()
			}
		}
		if _, excused := wideInterfaces[dir+" "+spec.Name.Name]; methods > 3 && !sealed && !excused {
			out = append(out, fmt.Sprintf("%s: interface %s has %d methods", s.at(n), spec.Name.Name, methods))
		}
	})
	return out
}

func tooLong(rooms map[string]*room) (out []string) {
	for _, r := range rooms {
		for _, s := range r.files {
			limit := maxFile
			if s.name == "main.go" {
				limit = maxMain
			}
			if _, excused := longFiles[s.name]; s.lines > limit && !excused && !ast.IsGenerated(s.tree) {
				out = append(out, fmt.Sprintf("%s has %d lines, more than %d", s.name, s.lines, limit))
			}
			for _, d := range s.tree.Decls {
				f, ok := d.(*ast.FuncDecl)
				if !ok || ast.IsGenerated(s.tree) {
					continue
				}
				if lines := s.span(f) - s.tables(f); lines > maxFunction {
					out = append(out, fmt.Sprintf("%s %s has %d lines, more than %d", s.name, f.Name.Name, lines, maxFunction))
				}
			}
		}
	}
	return out
}

func vagueNames(rooms map[string]*room) (out []string) {
	for dir, r := range rooms {
		switch path.Base(dir) {
		case "util", "utils", "common", "types", "helpers", "misc", "shared", "base":
			out = append(out, dir+" says nothing about what it holds")
		}
		if top := strings.SplitN(dir, "/", 2)[0]; top != "" && top != "flows" && top != "store" && top != "ui" {
			out = append(out, dir+": code lives under flows, store and ui")
		}
		documented, code := false, false
		for _, s := range r.files {
			documented = documented || !s.test && s.tree.Doc != nil
			code = code || !s.test
		}
		if code && !documented {
			out = append(out, dir+" has no package comment")
		}
	}
	return out
}

func TestArchitecture(t *testing.T) {
	rooms := readHouse(t, os.DirFS("../.."))
	for _, dir := range []string{"flows", "flows/session", "flows/simulator", "ui/headless", "ui/linear", "ui/tui", "store"} {
		if rooms[dir] == nil {
			t.Errorf("the room %s was not found: is the test run at the top of the project?", dir)
		}
	}
	for _, r := range rules() {
		t.Run(r.name, func(t *testing.T) {
			broken := r.breaks(rooms)
			sort.Strings(broken)
			for _, text := range broken {
				t.Error(text)
			}
		})
	}
	oracles := 0
	for _, s := range rooms["flows/simulator"].files {
		if s.test && slices.Contains(s.imports, "golang.org/x/oauth2") {
			oracles++
		}
	}
	if oracles == 0 {
		t.Error("4: no test lets golang.org/x/oauth2 complete a flow against the simulator")
	}
}

// TestArchitectureCatches breaks each rule once, so that a rule that never fires is seen.
func TestArchitectureCatches(t *testing.T) {
	long := "// Package p is long.\npackage p\n\nfunc f() {\n" + strings.Repeat("\t_ = 0\n", maxFunction) + "}\n"
	for _, c := range []struct{ rule, file, code string }{
		{"1 flows is a vocabulary", "flows/a.go", `import _ "oauthlens/flows/jose"`},
		{"1 flows is a vocabulary", "flows/a.go", `import _ "github.com/pelletier/go-toml/v2"`},
		{"2 pure rooms touch nothing", "flows/session/a.go", `import _ "os"`},
		{"2 pure rooms touch nothing", "flows/diagnose/a.go", `import _ "net/http"`},
		{"2 pure rooms start nothing and read no clock", "flows/jose/a.go", `import "time"; var now = time.Now`},
		{"2 pure rooms start nothing and read no clock", "ui/present/a.go", `func f() { go f() }`},
		{"3 the network belongs to runner and simulator", "ui/headless/a.go", `import _ "net/http/httputil"`},
		{"3 the network belongs to runner and simulator", "flows/launch/a.go", `import _ "net"`},
		{"4 the simulator shares no parser with the client", "flows/simulator/a.go", `import _ "oauthlens/flows/protocol"`},
		{"4 x/oauth2 and go-oidc judge, in tests only", "flows/runner/a.go", `import _ "golang.org/x/oauth2"`},
		{"5 imports point down", "store/a.go", `import _ "oauthlens/flows/session"`},
		{"5 imports point down", "ui/tui/screen/a.go", `import _ "oauthlens/ui/headless"`},
		{"5 imports point down", "ui/linear/a.go", `import _ "oauthlens/ui/tui/screen"`},
		{"5 imports point down", "ui/headless/a.go", `import _ "oauthlens/ui/linear"`},
		{"5 imports point down", "flows/report/a.go", `import _ "oauthlens/ui/present"`},
		{"6 the toolkit stays under ui/tui", "ui/headless/a.go", `import _ "charm.land/lipgloss/v2"`},
		{"7 interfaces are small", "store/a.go", `type all interface { A(); B(); C(); D() }`},
		{"files and functions of readable size", "flows/jose/a.go", strings.TrimPrefix(long, "// Package p is long.\npackage p\n")},
		{"rooms are named after what they hold", "flows/util/a.go", `var x = 1`},
		{"the time and the context come from outside", "ui/tui/a.go", `import "time"; var now = time.Now()`},
		{"the time and the context come from outside", "store/a.go", `import "context"; var c = context.Background()`},
	} {
		rooms := readHouse(t, fstest.MapFS{c.file: &fstest.MapFile{Data: []byte("package p\n" + c.code + "\n")}})
		i := slices.IndexFunc(rules(), func(r rule) bool { return r.name == c.rule })
		if i < 0 {
			t.Fatalf("there is no rule %q", c.rule)
		}
		if len(rules()[i].breaks(rooms)) == 0 {
			t.Errorf("%s: %s with %q was let through", c.rule, c.file, c.code)
		}
	}
}

// TestEveryRoomIsDocumented holds the table of docs/architecture.md to the folders.
func TestEveryRoomIsDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	rooms := readHouse(t, os.DirFS("../.."))
	for dir := range rooms {
		short := strings.TrimPrefix(dir, "ui/tui/")
		if dir != "" && !strings.Contains(string(text), "`"+dir+"`") && !strings.Contains(string(text), "`"+short+"`") {
			t.Errorf("%s is not in docs/architecture.md", dir)
		}
	}
	for _, m := range regexp.MustCompile("(?m)^\\| `((?:flows|store|ui)[a-z/]*)`").FindAllStringSubmatch(string(text), -1) {
		if rooms[m[1]] == nil {
			t.Errorf("docs/architecture.md names %s, which is not there", m[1])
		}
	}
}
