package provider

import (
	"io/fs"
	"os"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"

	"oauthlens/flows"

	"oauthlens/flows/runner/faultserver"
)

func testFile(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestBadProfiles changes one thing of a right profile and expects the one problem that
// names it: place, text and what was expected.
func TestBadProfiles(t *testing.T) {
	tests := []struct {
		what string
		old  string // replaced once; empty: new is appended
		new  string
		want string
	}{
		{"misspelt key", "title = ", "titel = ",
			`acme.toml:4:1: unknown key "titel" (expected title)`},
		{"misspelt key in a table", "scope_separator", "scope_seperator",
			`acme.toml:27:1: unknown key "dialect.scope_seperator" (expected scope_separator)`},
		{"key of the wrong case", "client_auth =", "Client_Auth =",
			`acme.toml:26:1: unknown key "dialect.Client_Auth" (expected client_auth)`},
		{"unknown key with nothing near", "rotation =", "zzz =",
			`acme.toml:29:1: unknown key "dialect.zzz" (expected one of client_auth, basic_encoding`},
		{"unknown table", "", "\n[quirks]\nx = 1\n",
			`acme.toml:76:2: unknown key "quirks" (expected one of name, title`},
		{"unknown key in an element of a list", "meaning = \"read invoices\"", "meaning = \"read invoices\"\ndefautl = true",
			`acme.toml:50:1: unknown key "scopes[0].defautl" (expected default)`},
		{"unknown key in an inline table", `{ name = "limit", value = "1" }`, `{ nam = "limit", name = "limit", value = "1" }`,
			`acme.toml:64:12: unknown key "calls[0].query[0].nam" (expected name)`},
		{"endpoint with a password", "https://login.acme.test/oauth/token", "https://me:Pw99@login.acme.test/oauth/token",
			`acme.toml:12:9: environments[0].endpoints.token holds a user or a password before the host`},
		{"endpoint in Cyrillic letters", "https://login.acme.test/oauth/token", "https://login.\u0430cme.test/oauth/token",
			`acme.toml:12:9: environments[0].endpoints.token names a host that is written in letters beyond ASCII, which can look like others: in ASCII it is login.xn--cme-5cd.test`},
		{"duplicate key", "rotation = \"always\"", "rotation = \"always\"\nrotation = \"never\"",
			`acme.toml:30:1: duplicate: key rotation is already defined (expected each key once)`},
		{"duplicate table", "", "\n[dialect]\n",
			`acme.toml:76:2: duplicate: table dialect already exists (expected each key once)`},
		{"not TOML", "rotation = \"always\"", "rotation = always",
			`acme.toml:29:12: `},
		{"unterminated string", "under status 200.\"", "under status 200.",
			`acme.toml:5:86: basic strings cannot have new lines`},
		{"number for a text", `title = "Acme Billing"`, "title = 7",
			`acme.toml:4:9: title is a whole number (expected a text in quotes)`},
		{"text for a number", `name = "acme"`, "name = \"acme\"\norder = \"1\"",
			`acme.toml:4:9: order is a text in quotes (expected a whole number)`},
		{"text for a list", `grants = ["authorization_code", "refresh_token"]`, `grants = "authorization_code"`,
			`acme.toml:6:10: grants is a text in quotes (expected a list)`},
		{"table for a list of tables", "[[scopes]]\nname = \"invoices:read\"\nmeaning = \"read invoices\"\ndefault = true\n\n[[scopes]]", "[scopes]",
			`acme.toml:47:2: scopes is a table (expected a list)`},
		{"text for true or false", "default = true\n\n[[scopes]]", "default = \"yes\"\n\n[[scopes]]",
			`acme.toml:50:11: scopes[0].default is a text in quotes (expected true or false)`},
		{"date for a text", `checked = "2026-11-21"`, `checked = 2026-11-21`,
			`acme.toml:73:11: sources[0].checked is a date (expected a text in quotes)`},
		{"missing member", "title = \"Acme Billing\"\n", "",
			`acme.toml:1:1: the file has no title (expected title: a text that is not empty)`},
		{"missing sources", "[[sources]]\nclaim = \"everything above\"\nwhere = \"Acme developer guide, version 3, https://docs.acme.test/oauth\"\nchecked = \"2026-11-21\"\nstatus = \"documented\"\n", "",
			`acme.toml:1:1: the file has no sources (expected sources: one or more [[sources]] tables)`},
		{"missing member of a table", "meaning = \"read invoices\"\n", "",
			`acme.toml:47:3: scopes[0] has no meaning (expected meaning: a text that is not empty)`},
		{"word outside the vocabulary", `client_auth = "client_secret_basic"`, `client_auth = "client_secret_basci"`,
			`acme.toml:26:15: dialect.client_auth is "client_secret_basci" (expected one of client_secret_basic, client_secret_post, client_secret_json, none; nearest is client_secret_basic)`},
		{"word outside a list's vocabulary", `"authorization_code", "refresh_token"`, `"authorization_code", "implicit"`,
			`acme.toml:6:33: grants[1] is "implicit" (expected one of authorization_code, client_credentials, refresh_token, basic)`},
		{"http endpoint", "https://login.acme.test/oauth/token", "http://login.acme.test/oauth/token",
			`acme.toml:12:9: environments[0].endpoints.token is "http://login.acme.test/oauth/token" (expected an absolute https URL, or http on a loopback address, without user information or fragment)`},
		{"bad path", `"$.ok"`, `"ok"`,
			`acme.toml:39:8: dialect.failure.path is "ok" (expected a path such as $.data.access_token, $['a b'] or $.list[0])`},
		{"bad duration", `"30m"`, `"30min"`,
			`acme.toml:44:16: lifetimes.access_token is "30min" (expected a whole number and a unit: 45s, 60m, 24h, 90d, 6mo or 1y (a month counts 30 days, a year 365))`},
		{"escape sequence", `title = "Acme Billing"`, `title = "Acme \u001b[31m"`,
			`acme.toml:4:9: title contains a control or invisible character (expected text that can be shown on one line)`},
		{"bidi override", `title = "Acme Billing"`, "title = \"Acme \u202e\"",
			`acme.toml:4:9: title contains a control or invisible character`},
		{"name of a command", `name = "acme"`, `name = "run"`,
			`acme.toml:3:8: name is "run" (expected lower-case letters, digits and single hyphens, beginning with a letter, at most 32, and not the name of a command)`},
		{"name other than the file's", `name = "acme"`, `name = "acme-2"`,
			`acme.toml:3:8: name is "acme-2" in the file acme.toml (expected "acme", or a file of that name)`},
		{"environment called simulator", `name = "sandbox"`, `name = "simulator"`,
			`acme.toml:17:8: environments[1].name is "simulator" (expected lower-case letters, digits and single hyphens, and not simulator)`},
		{"environment twice", `name = "sandbox"`, `name = "production"`,
			`acme.toml:17:8: duplicate: environments has "production" twice (expected each name once)`},
		{"scope twice", `name = "offline"`, `name = "invoices:read"`,
			`duplicate: scopes has "invoices:read" twice`},
		{"no token endpoint", "token = \"https://login.acme.test/oauth/token\"\n", "",
			`acme.toml:10:15: environment production has no token endpoint (expected token: an absolute https URL)`},
		{"no authorization endpoint", "authorization = \"https://login.acme.test/oauth/authorize\"\n", "",
			`acme.toml:10:15: environment production has no authorization endpoint`},
		{"offline scope that is no scope", `offline_scope = "offline"`, `offline_scope = "offline_access"`,
			`acme.toml:30:17: offline_scope offline_access is not among the scopes (expected a [[scopes]] table of that name)`},
		{"credentials in a JSON body of a form", `client_auth = "client_secret_basic"`, `client_auth = "client_secret_json"`,
			`acme.toml:26:15: client_auth is client_secret_json but token_body is not json (expected token_body = "json")`},
		{"form credentials in a JSON body", `client_auth = "client_secret_basic"`, "client_auth = \"client_secret_post\"\ntoken_body = \"json\"",
			`acme.toml:26:15: client_auth is client_secret_post but token_body is json (expected client_secret_json`},
		{"required PKCE that is off", `pkce = "required"`, "pkce = \"required\"\npkce_method = \"off\"",
			`acme.toml:29:15: pkce_method is off but pkce is required (expected S256 or plain)`},
		{"refused PKCE that is on", `pkce = "required"`, "pkce = \"refused\"\npkce_method = \"S256\"",
			`acme.toml:29:15: pkce_method is S256 but pkce is refused (expected off, or none)`},
		{"URL from an API without its endpoint", `rotation = "always"`, "rotation = \"always\"\nauthorize_delivery = \"url_from_api\"",
			`acme.toml:10:15: environment production has no authorize_url, which authorize_delivery = "url_from_api" needs`},
		{"scope of a grant that is not there", "meaning = \"read invoices\"", "meaning = \"read invoices\"\ngrants = [\"client_credentials\"]",
			`acme.toml:50:1: scope invoices:read is for the grant client_credentials, which the profile does not list (expected a grant of authorization_code, refresh_token)`},
		{"scope omitted for a grant that is not there", `rotation = "always"`, "rotation = \"always\"\nomit_scope = [\"client_credentials\"]",
			`omit_scope names the grant client_credentials, which the profile does not list (expected a grant of authorization_code, refresh_token)`},
		{"parameter of a grant that is not there", "[dialect.fields]", "[[dialect.grant_params]]\ngrant = \"client_credentials\"\nname = \"shop\"\nvalue = \"x\"\nmeaning = \"x\"\n\n[dialect.fields]",
			`acme.toml:34:9: the parameter shop is for the grant client_credentials, which the profile does not list (expected a grant of`},
		{"no grants", `grants = ["authorization_code", "refresh_token"]`, `grants = []`,
			`acme.toml:6:1: grants is an empty list (expected at least one grant)`},
		{"member that is no JSON", `audience = ["https://api.acme.test"]`, `members = [{ name = "x", value = "abc" }]`,
			`acme.toml:68:34: the value of x is "abc" (expected JSON text, such as 200 or "\"abc\"")`},
		{"status out of range", `audience = ["https://api.acme.test"]`, `invalid_client = 40`,
			`acme.toml:68:18: invalid_client is 40 (expected an HTTP status from 200 to 599)`},
		{"negative life", `audience = ["https://api.acme.test"]`, `expires_in = -1`,
			`acme.toml:68:14: expires_in is -1 (expected seconds, 0 or more)`},
		{"source of a field that is not there", `claim = "everything above"`, "claim = \"x\"\nfields = [\"lifetimes\", \"dialect.pcke\"]",
			`acme.toml:72:24: the file has no "dialect.pcke" (expected a key of this file`},
	}
	right := testFile(t, "acme.toml")
	if _, problems := Load("acme.toml", []byte(right)); len(problems) > 0 {
		t.Fatal(problems)
	}
	for _, test := range tests {
		t.Run(test.what, func(t *testing.T) {
			text := right + test.new
			if test.old != "" {
				if !strings.Contains(right, test.old) {
					t.Fatalf("the right profile has no %q", test.old)
				}
				text = strings.Replace(right, test.old, test.new, 1)
			}
			p, problems := Load("acme.toml", []byte(text))
			if len(problems) == 0 {
				t.Fatal("loaded")
			}
			if p.Name != "" {
				t.Error("a provider was returned beside the problem")
			}
			var all []string
			for _, q := range problems {
				all = append(all, q.String())
			}
			if !strings.Contains(strings.Join(all, "\n"), test.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(all, "\n"), test.want)
			}
		})
	}
}

func TestNameAndFile(t *testing.T) {
	right := []byte(testFile(t, "acme.toml"))
	for _, file := range []string{"acme.toml", "a/b/acme.toml", `C:\Users\me\acme.toml`, "-", "acme.txt", "standard input"} {
		if _, problems := Load(file, right); len(problems) > 0 {
			t.Errorf("%s: %v", file, problems)
		}
	}
	for _, file := range []string{"other.toml", "acme/other.toml", `acme\other.toml`} {
		if _, problems := Load(file, right); len(problems) != 1 {
			t.Errorf("%s: %v", file, problems)
		}
	}
}

func TestAllProblemsAreReported(t *testing.T) {
	text := strings.NewReplacer("title =", "titel =", `"$.ok"`, `"ok"`, `"2m"`, `"2 minutes"`).Replace(testFile(t, "acme.toml"))
	_, problems := Load("acme.toml", []byte(text))
	var lines []int
	for _, p := range problems {
		lines = append(lines, p.Line)
	}
	if want := []int{4, 39, 43}; !reflect.DeepEqual(lines, want) {
		t.Errorf("problems in lines %v, want %v: %v", lines, want, problems)
	}
}

func TestLoadBounds(t *testing.T) {
	_, problems := Load("big.toml", make([]byte, MaxFile+1))
	if len(problems) != 1 || !strings.Contains(problems[0].String(), "big.toml: the file has 131073 bytes (expected at most 131072)") {
		t.Errorf("got %v", problems)
	}
	if _, problems := Load("deep.toml", []byte("a = "+strings.Repeat("[", MaxFile-8))); len(problems) == 0 {
		t.Error("a hundred thousand open brackets were accepted")
	}
	for _, text := range []string{"", "\ufeff", "# nothing\n"} {
		if _, problems := Load("empty.toml", []byte(text)); len(problems) < 5 {
			t.Errorf("%q: %v", text, problems)
		}
	}
}

func TestByteOrderMarkAndCarriageReturns(t *testing.T) {
	text := "\ufeff" + strings.ReplaceAll(testFile(t, "acme.toml"), "\n", "\r\n")
	if p, problems := Load("acme.toml", []byte(text)); len(problems) > 0 || p.Name != "acme" {
		t.Errorf("got %v", problems)
	}
}

// TestEveryKeyArrives loads a profile that uses every key of the schema, and looks for
// fields of the vocabulary that stayed empty.
func TestEveryKeyArrives(t *testing.T) {
	text := testFile(t, "everything.toml")
	p, problems := Load("everything.toml", []byte(text))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	zero(t, reflect.ValueOf(p), "Provider")
	missingKeys(t, treeOf([]byte(text)), reflect.TypeFor[profile](), "")
}

// zero reports fields that are empty, in the first element of lists.
func zero(t *testing.T, v reflect.Value, at string) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			zero(t, v.Field(i), at+"."+v.Type().Field(i).Name)
		}
	case reflect.Pointer:
		if v.IsNil() {
			t.Errorf("%s is not set by any key", at)
			return
		}
		zero(t, v.Elem(), at)
	case reflect.Slice:
		if v.Len() == 0 {
			t.Errorf("%s is not set by any key", at)
			return
		}
		zero(t, v.Index(0), at+"[0]")
	default:
		if v.IsZero() && at != "Provider.Dialect.TokenParams[0].Value" {
			t.Errorf("%s is not set by any key", at)
		}
	}
}

func missingKeys(t *testing.T, n *node, typ reflect.Type, at string) {
	if typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	for _, m := range members(typ) {
		child := n.table[m.key]
		switch {
		case child == nil:
			t.Errorf("everything.toml has no %s", join(at, m.key))
		case child.kind == "table":
			missingKeys(t, child, m.typ, join(at, m.key))
		case child.kind == "list" && m.typ.Elem().Kind() == reflect.Struct:
			missingKeys(t, child.items[0], m.typ.Elem(), join(at, m.key))
		}
	}
}

func TestEveryMemberOfTheSchemaIsDescribed(t *testing.T) {
	known := forms()
	var walk func(reflect.Type, string)
	walk = func(typ reflect.Type, at string) {
		if typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice {
			typ = typ.Elem()
		}
		if typ.Kind() != reflect.Struct {
			return
		}
		for _, m := range members(typ) {
			key := join(at, m.key)
			if m.key == "" || m.doc == "" {
				t.Errorf("%s has no key or no sentence", key)
			}
			text := m.typ.Kind() == reflect.String || m.typ.Kind() == reflect.Slice && m.typ.Elem().Kind() == reflect.String
			if _, ok := known[m.form]; ok != text {
				t.Errorf("%s: form %q", key, m.form)
			}
			walk(m.typ, key)
		}
	}
	walk(reflect.TypeFor[profile](), "")
}

func TestLoadFolder(t *testing.T) {
	acme := testFile(t, "acme.toml")
	fsys := fstest.MapFS{
		"conf/providers/acme.toml":     {Data: []byte(acme)},
		"conf/providers/broken.toml":   {Data: []byte("name = ")},
		"conf/providers/misspelt.toml": {Data: []byte(strings.NewReplacer("acme", "misspelt", "dialect]", "dialekt]").Replace(acme))},
		"conf/providers/other.toml":    {Data: []byte(strings.ReplaceAll(acme, `"acme"`, `"other"`))},
		"conf/providers/notes.txt":     {Data: []byte("not a profile")},
		"conf/providers/.#acme.toml":   {Data: []byte("an editor's lock")},
		"conf/providers/dir.toml":      {Mode: fs.ModeDir},
	}
	got, problems := LoadFolder(fsys, "conf/providers")
	if len(got) != 2 || got[0].Name != "acme" || got[1].Name != "other" {
		t.Errorf("loaded %v", names(got))
	}
	var text []string
	for _, p := range problems {
		text = append(text, p.String())
	}
	all := strings.Join(text, "\n")
	for _, want := range []string{
		"conf/providers/broken.toml:1:", "conf/providers/dir.toml: cannot read the file: not a regular file",
		`conf/providers/misspelt.toml:25:2: unknown key "dialekt" (expected dialect)`,
	} {
		if !strings.Contains(all, want) {
			t.Errorf("no problem %q in\n%s", want, all)
		}
	}
}

func names(list []flows.Provider) []string {
	var out []string
	for _, p := range list {
		out = append(out, p.Name)
	}
	return out
}

func TestLoadFolderThatIsNotThere(t *testing.T) {
	if got, problems := LoadFolder(fstest.MapFS{}, "providers"); len(got)+len(problems) != 0 {
		t.Errorf("got %v, %v", got, problems)
	}
	// A file where the folder should be is a problem, not an absence.
	if _, problems := LoadFolder(fstest.MapFS{"providers": {Data: []byte("x")}}, "providers"); len(problems) != 1 {
		t.Errorf("got %v", problems)
	}
}

// FuzzLoad: any bytes give a provider or problems, never a panic; problems point into
// the file and can be painted; a provider that loads is complete.
func FuzzLoad(f *testing.F) {
	for _, data := range profileFiles(f) {
		f.Add(data)
	}
	for _, name := range []string{"acme.toml", "everything.toml"} {
		f.Add([]byte(testFile(f, name)))
	}
	for _, seed := range []string{"", "a.b.c = 1\n[a.b]\n", "[[environments]]\n[[environments.notes]]\n", "notes = [1, {text=\"\"}, [[]]]", "[dialect]\nfields = {a.b = [\"$\"]}\n[dialect.fields.x]\n", "dialect.fields.access_token = 1\n[dialect]", "name = \"\\u001b\"\n\"\\u202e\" = 1\n", "[[scopes]]\n[scopes.x]\n[[scopes.y.z]]\n"} {
		f.Add([]byte(seed))
	}
	for _, a := range faultserver.Answers(f.Context(), "", 4<<10) {
		f.Add(a.Body())
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, problems := Load("x", data)
		lines := strings.Count(string(data), "\n") + 1
		for _, q := range problems {
			if !isPlain(q.String()) {
				t.Errorf("problem cannot be painted: %q", q.String())
			}
			if q.Line < 0 || q.Line > lines || q.Line > 0 && q.Column < 1 {
				t.Errorf("problem outside the file: %v", q)
			}
		}
		if len(problems) == 0 && (p.Name == "" || len(p.Environments) == 0 || len(p.Grants) == 0 || len(p.Sources) == 0) {
			t.Errorf("incomplete provider without a problem: %+v", p)
		}
	})
}
