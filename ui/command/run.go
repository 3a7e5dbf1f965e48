package command

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/launch"
	"oauthlens/ui/headless"
)

// seconds is a duration flag that also takes bare seconds.
type seconds time.Duration

// UnmarshalText reads "5s", "2m" or "5".
func (s *seconds) UnmarshalText(text []byte) error {
	if n, err := strconv.ParseFloat(string(text), 64); err == nil {
		*s = seconds(n * float64(time.Second))
	} else {
		d, err := time.ParseDuration(string(text))
		if err != nil {
			return usageError("%q is no duration: write 5s, 2m or bare seconds", text)
		}
		*s = seconds(d)
	}
	if *s <= 0 {
		return usageError("%q is no duration to wait: it must be more than zero", text)
	}
	return nil
}

// walkFlags are the flags of a run, however it is walked.
type walkFlags struct {
	Env       string `help:"simulator, sandbox, production (default: simulator)" placeholder:"NAME"`
	Simulated bool   `help:"serve the chosen environment's endpoints from the simulator"`
	Grant     string `help:"authorization_code, client_credentials, refresh_token or basic (default: the profile's first)" placeholder:"NAME"`

	ClientID         string `name:"client-id" help:"client id (or OAUTHLENS_CLIENT_ID)" placeholder:"ID"`
	ClientSecretFile string `name:"client-secret-file" help:"file with the client secret, - for standard input (or OAUTHLENS_CLIENT_SECRET)" placeholder:"FILE"`
	RefreshTokenFile string `name:"refresh-token-file" help:"file with a refresh token, - for standard input (or OAUTHLENS_REFRESH_TOKEN)" placeholder:"FILE"`

	Scope       []string `help:"scope to ask for, repeatable; split at blanks" placeholder:"S"`
	RedirectURI string   `name:"redirect-uri" help:"redirect URI (default http://127.0.0.1:53682/callback)" placeholder:"URI"`
	Param       []string `help:"set or add a parameter of the authorization request" placeholder:"K=V"`
	NoParam     []string `name:"no-param" help:"leave a parameter out of the authorization request" placeholder:"K"`
	TokenParam  []string `name:"token-param" help:"set or add a parameter of the token request" placeholder:"K=V"`

	Issuer       string `help:"issuer, whose metadata is discovered" placeholder:"URL"`
	AuthorizeURL string `name:"authorize-url" help:"authorization endpoint" placeholder:"URL"`
	TokenURL     string `name:"token-url" help:"token endpoint" placeholder:"URL"`
	JWKSURL      string `name:"jwks-url" help:"key set" placeholder:"URL"`
	RevokeURL    string `name:"revoke-url" help:"revocation endpoint" placeholder:"URL"`

	Auth string `help:"client authentication: client_secret_basic (basic), client_secret_post (post), client_secret_json (json), none" placeholder:"METHOD"`
	PKCE string `name:"pkce" help:"S256, plain or off (default: the profile's)" placeholder:"METHOD"`

	Fault    string `help:"make this go wrong at the simulator" placeholder:"NAME"`
	Scenario string `help:"simulator: code-in-body, raw-code or planted" placeholder:"NAME"`
	Call     string `help:"call this API URL with the token" placeholder:"URL"`

	Timeout         seconds `help:"bound on each request (default 30s)" placeholder:"DUR"`
	CallbackTimeout seconds `name:"callback-timeout" help:"bound on the wait for the callback (default 5m)" placeholder:"DUR"`
}

// runFlags are the flags of one run without a person; compare takes them too.
type runFlags struct {
	walkFlags

	Callback  string `help:"pasted callback URL instead of the listener, - for standard input" placeholder:"URL"`
	NoBrowser bool   `name:"no-browser" help:"do not open a browser"`
	Approve   bool   `help:"consent at the simulator without a browser"`

	Refresh int  `help:"refresh so many times after the exchange" placeholder:"N"`
	Revoke  bool `help:"revoke the token at the end"`
	Yes     bool `help:"confirm sending to production"`

	JSON        bool `name:"json" help:"print the JSON document"`
	ShowSecrets bool `name:"show-secrets" help:"print values unmasked"`
}

type runGrammar struct {
	runFlags
	Provider string `arg:"" help:"provider, see oauthlens providers"`
	Events   bool   `help:"print one JSON object a line as things happen, the document last"`
	Print    string `help:"print one bare value: access_token, refresh_token, id_token or header" placeholder:"WHAT"`
	Plain    bool   `help:"prose lines only"`
}

func runCommand(ctx context.Context, w *World, args []string) error {
	var g runGrammar
	done, err := parse(w, "run", "Walk one flow without the screen. Standard output carries the result only.", &g, args)
	if done || err != nil {
		return err
	}
	switch g.Print {
	case "", "access_token", "refresh_token", "id_token", "header":
	default:
		return usageError("--print takes access_token, refresh_token, id_token or header, not %q", g.Print)
	}
	stdin := &onceReader{world: w}
	run, err := g.open(ctx, w, stdin)
	if err != nil {
		return err
	}
	defer run.Close()
	if err := g.check(&run.Start, w); err != nil {
		return err
	}
	if !run.Start.Simulated { // a simulated run has no secret that is one
		if err := w.offerUnlock(); err != nil {
			return err
		}
	}
	if g.Events || run.Start.Grant == flows.GrantAuthorizationCode || w.HearSignalsSoon == nil {
		w.hearSignals() // whoever reads what is told before the end may answer with one
	} else {
		w.HearSignalsSoon()
	}
	deps := w.headlessDeps(run)
	code := headless.Run(ctx, run.ID, &run.Start, g.options(w, stdin), deps)
	if deps.Recorder != nil && deps.Recorder.Flush() == nil { // else it was told that it is not saved
		w.tellKeeping(run.ID)
	}
	if code != headless.ExitOK {
		return &exitError{code: code}
	}
	return nil
}

// open makes the run ready that the flags ask for.
func (g *runGrammar) open(ctx context.Context, w *World, stdin *onceReader) (*launch.Run, error) {
	p, err := w.find(g.Provider)
	if err != nil {
		return nil, err
	}
	req, err := g.request(w, p, stdin)
	if err != nil {
		return nil, err
	}
	if w.Launcher.Prepare(req) {
		collectLate()
	}
	boundMemory()
	kept, err := w.withKept(ctx, req, true)
	if err != nil {
		return nil, err
	}
	if kept {
		fmt.Fprintf(w.Stderr, "using the client settings kept for %s\n", keptFor(*p, req.Environment))
	}
	w.knowTheirs(req)
	return w.Launcher.Open(ctx, req)
}

func (w *World) headlessDeps(run *launch.Run) headless.Deps {
	d := headless.Deps{Performer: run, Diagnose: w.Diagnose, Now: w.Launcher.Clock, Stdout: w.Stdout, Stderr: w.Stderr, Cause: w.Cause}
	if w.Archive != nil {
		keeper := w.Archive.Keep(run.ID)
		d.Recorder, d.Consult = keeper, keeper.Consult
	} else {
		d.Recorder = unkept{}
	}
	return d
}

// unkept stands in for a history that has no place.
type unkept struct{}

func (unkept) Append(flows.Record) {}

func (unkept) Finish(flows.Outcome, string, time.Time, time.Time) {}

func (unkept) Flush() error { return errors.New("no home folder is known: set OAUTHLENS_HOME") }

func (g *runGrammar) options(w *World, stdin *onceReader) headless.Options {
	o := headless.Options{JSON: g.JSON, Events: g.Events, Print: g.Print, ShowSecrets: g.ShowSecrets, Refreshes: g.Refresh, Revoke: g.Revoke,
		Call: g.Call != "", Approve: g.Approve, NoBrowser: g.NoBrowser, Confirm: g.Yes}
	if g.Fault == "rotated-refresh-reused" {
		o.Refreshes = max(o.Refreshes, 2)
	}
	switch g.Callback {
	case "":
	case "-":
		o.Callback = func() (string, error) { return stdin.callback() }
	default:
		o.Callback = func() (string, error) { return g.Callback, nil }
	}
	return o
}

// request turns flags, variables and files into what the launcher takes.
func (f *runFlags) request(w *World, p *flows.Provider, stdin *onceReader) (*launch.Request, error) {
	if f.Refresh < 0 {
		return nil, usageError("--refresh takes how many times, 0 or more, not %d", f.Refresh)
	}
	if f.Callback == "-" && (f.ClientSecretFile == "-" || f.RefreshTokenFile == "-") {
		return nil, usageError("standard input (-) can stand for one file only")
	}
	r, err := f.walkFlags.request(w, p, stdin)
	r.PasteOnly = f.Callback != ""
	return r, err
}

// request turns the flags of a walk into what the launcher takes, and fills in which
// environment they mean.
func (f *walkFlags) request(w *World, p *flows.Provider, stdin *onceReader) (*launch.Request, error) {
	f.Env = cmp.Or(f.Env, launch.DefaultEnvironment(*p)) // its name is part of the variables' names
	r := &launch.Request{Provider: *p, Environment: f.Env, Simulated: f.Simulated, Grant: flows.Grant(f.Grant), Scenario: f.Scenario,
		Endpoints: flows.Endpoints{Issuer: f.Issuer, Authorization: f.AuthorizeURL, Token: f.TokenURL, JWKS: f.JWKSURL, Revocation: f.RevokeURL}}
	if f.ClientSecretFile == "-" && f.RefreshTokenFile == "-" {
		return r, usageError("standard input (-) can stand for one file only")
	}
	if err := f.checkURLs(); err != nil {
		return r, err
	}
	s := &r.Settings
	s.ClientID = cmp.Or(f.ClientID, w.variable(f.Env, "CLIENT_ID"))
	var err error
	if r.ClientSecret, err = w.secret(f.ClientSecretFile, "--client-secret-file", w.variable(f.Env, "CLIENT_SECRET"), stdin); err != nil {
		return r, err
	}
	s.SecretFrom = w.secretFrom(f)
	if r.RefreshToken, err = w.secret(f.RefreshTokenFile, "--refresh-token-file", w.variable(f.Env, "REFRESH_TOKEN"), stdin); err != nil {
		return r, err
	}
	if s.AuthMethod, err = authMethod(f.Auth); err != nil {
		return r, err
	}
	if s.PKCE, err = pkceMethod(f.PKCE); err != nil {
		return r, err
	}
	for _, v := range f.Scope {
		s.Scopes = append(s.Scopes, strings.Fields(v)...)
	}
	if len(f.Scope) > 0 && s.Scopes == nil {
		s.Scopes = []string{} // --scope "" asks for none
	}
	s.RedirectURI, s.CallURL, s.Fault = f.RedirectURI, f.Call, f.Fault
	s.RequestTimeout, s.CallbackTimeout = time.Duration(f.Timeout), time.Duration(f.CallbackTimeout)
	if s.AuthorizeEdits, err = edits(f.Param, "--param"); err != nil {
		return r, err
	}
	for _, name := range f.NoParam {
		s.AuthorizeEdits = append(s.AuthorizeEdits, flows.ParamEdit{Op: flows.EditRemove, Name: name})
	}
	s.TokenEdits, err = edits(f.TokenParam, "--token-param")
	return r, err
}

// checkURLs refuses a URL to which nothing could be sent, or not what it looks like. The
// error does not repeat it: it may hold a password.
func (f *walkFlags) checkURLs() error {
	for _, u := range []struct {
		flag, value string
		problem     func(string) string
	}{
		{"--issuer", f.Issuer, flows.IssuerProblem}, {"--authorize-url", f.AuthorizeURL, flows.EndpointProblem}, {"--token-url", f.TokenURL, flows.EndpointProblem},
		{"--jwks-url", f.JWKSURL, flows.EndpointProblem}, {"--revoke-url", f.RevokeURL, flows.EndpointProblem}, {"--call", f.Call, flows.URLProblem},
	} {
		if u.value == "" || u.flag == "--call" && !strings.Contains(u.value, "://") { // a path of the provider's API
			continue
		}
		if why := u.problem(u.value); why != "" {
			return usageError("%s %s: give a plain http or https URL", u.flag, why)
		}
	}
	return nil
}

// secretFrom says where the flags and variables have the client secret from.
func (w *World) secretFrom(f *walkFlags) string {
	switch own := variableName(f.Env, "CLIENT_SECRET"); {
	case f.ClientSecretFile == "-":
		return "standard input"
	case f.ClientSecretFile != "":
		return "the file " + f.ClientSecretFile
	case w.Getenv(own) != "":
		return own
	case w.Getenv("OAUTHLENS_CLIENT_SECRET") != "":
		return "OAUTHLENS_CLIENT_SECRET"
	}
	return ""
}

// check refuses what can be known to fail before anything is sent.
func (g *runGrammar) check(start *flows.RunStarted, w *World) error {
	s := start.Settings
	if s.ClientID == "" {
		return usageError("no client id for %s (%s): set %s or give --client-id", start.Provider.Title, start.Environment.Name, variables(start.Environment.Name, "CLIENT_ID"))
	}
	if start.Credentials.ClientSecret.IsZero() && s.AuthMethod != flows.AuthNone {
		return usageError("no client secret for %s (%s): set %s or give --client-secret-file, or --auth none for a public client", start.Provider.Title, start.Environment.Name, variables(start.Environment.Name, "CLIENT_SECRET"))
	}
	if start.Grant == flows.GrantRefreshToken && start.Credentials.RefreshToken.IsZero() {
		return usageError("the refresh_token grant starts with a refresh token: set OAUTHLENS_REFRESH_TOKEN or give --refresh-token-file")
	}
	if start.Grant == flows.GrantBasic && start.Environment.Endpoints.API == "" && s.CallURL == "" {
		return usageError("which API is to be called is not known: give --call URL")
	}
	if g.Refresh > 0 && (start.Grant == flows.GrantClientCredentials || start.Grant == flows.GrantBasic) {
		return usageError("--refresh: this grant issues no refresh token; ask for a new token instead")
	}
	if e := start.Environment.Endpoints; g.Revoke && e.Revocation == "" && e.Token != "" {
		return usageError("--revoke: %s documents no revocation endpoint: give one with --revoke-url", start.Provider.Title)
	}
	if headless.NeedsYes(start) && !g.Yes {
		return usageError("this run sends to production of %s: add --yes to confirm it", start.Provider.Title)
	}
	if u, err := url.Parse(s.RedirectURI); start.Grant == flows.GrantAuthorizationCode && (err != nil || u.Scheme == "" || strings.ContainsAny(s.RedirectURI, " \t\r\n")) {
		return usageError("--redirect-uri %q is no absolute URI: give one such as %s", s.RedirectURI, launch.DefaultRedirectURI)
	}
	if g.Approve && !headless.CanApprove(start) {
		return usageError("--approve consents at the simulator only: leave it out and use the browser")
	}
	return nil
}

// variable reads OAUTHLENS_<ENV>_<NAME>, else OAUTHLENS_<NAME>.
func (w *World) variable(env, name string) string {
	return cmp.Or(w.Getenv(variableName(env, name)), w.Getenv("OAUTHLENS_"+name))
}

// variables names what would set a value, for the error that it is missing.
func variables(env, name string) string {
	general := "OAUTHLENS_" + name
	if own := variableName(env, name); own != general {
		return general + " (or " + own + ")"
	}
	return general
}

func variableName(env, name string) string {
	if env == "" {
		return "OAUTHLENS_" + name
	}
	return "OAUTHLENS_" + strings.ToUpper(strings.ReplaceAll(env, "-", "_")) + "_" + name
}

// secret reads a secret from a file or standard input, without the line break at its end
// that editors add; everything else is kept, since a blank may be the fault looked for.
func (w *World) secret(file, flag, fallback string, stdin *onceReader) (string, error) {
	if file == "" {
		return fallback, nil
	}
	var data []byte
	var err error
	if file == "-" {
		data, err = stdin.all()
	} else {
		data, err = w.ReadFile(file)
	}
	if err != nil {
		return "", usageError("%s: %v", flag, err)
	}
	text := strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r")
	if text == "" {
		return "", usageError("%s: the file is empty", flag)
	}
	return text, nil
}

func authMethod(name string) (flows.AuthMethod, error) {
	switch name {
	case "":
		return "", nil
	case "basic", string(flows.AuthBasic):
		return flows.AuthBasic, nil
	case "post", string(flows.AuthPost):
		return flows.AuthPost, nil
	case "json", string(flows.AuthJSON):
		return flows.AuthJSON, nil
	case string(flows.AuthNone):
		return flows.AuthNone, nil
	}
	return "", usageError("--auth takes client_secret_basic, client_secret_post, client_secret_json or none, not %q", name)
}

func pkceMethod(name string) (flows.PKCEMethod, error) {
	switch m := flows.PKCEMethod(name); m {
	case "", flows.PKCES256, flows.PKCEPlain, flows.PKCEOff:
		return m, nil
	}
	return "", usageError("--pkce takes S256, plain or off, not %q", name)
}

// edits reads k=v flags. The first value of a name replaces the profile's, the others are
// added, so that order and repeats are kept.
func edits(values []string, flag string) ([]flows.ParamEdit, error) {
	var out []flows.ParamEdit
	seen := map[string]bool{}
	for _, v := range values {
		name, value, ok := strings.Cut(v, "=")
		if !ok || name == "" {
			return nil, usageError("%s takes name=value, not %q", flag, v)
		}
		op := flows.EditSet
		if seen[name] {
			op = flows.EditAdd
		}
		seen[name] = true
		out = append(out, flows.ParamEdit{Op: op, Name: name, Value: value})
	}
	return out, nil
}

// maxInput bounds what is read from standard input, in bytes.
const maxInput = 1 << 20

// onceReader is standard input, which can stand for one thing.
type onceReader struct {
	world *World
	data  []byte
	err   error
	read  bool
}

// all reads it to its end; a second reader gets the same.
func (o *onceReader) all() ([]byte, error) {
	if !o.read {
		o.read = true
		o.data, o.err = io.ReadAll(io.LimitReader(o.world.Stdin, maxInput))
	}
	return o.data, o.err
}

// callback reads a pasted callback: to the end of the input, or from a keyboard up to the
// end of the line.
func (o *onceReader) callback() (string, error) {
	if !o.world.StdinTerminal {
		data, err := o.all()
		return string(data), err
	}
	line, err := bufio.NewReader(io.LimitReader(o.world.Stdin, maxInput)).ReadString('\n')
	if line != "" {
		err = nil
	}
	return line, err
}
