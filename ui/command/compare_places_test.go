package command_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"oauthlens/ui/headless"
)

// TestCompareProviders: two providers are walked by a grant that both have, and what their
// profiles declare is expected.
func TestCompareProviders(t *testing.T) {
	h := newHouse(t)
	code, doc, stderr := h.compared("truss", "trustwill")
	if code != headless.ExitFailed || doc.A.Name != "Truss" || doc.B.Name != "TrustWILL" || doc.A.Grant != doc.B.Grant || doc.A.Outcome != "succeeded" || doc.B.Outcome != "succeeded" || len(doc.Planted) != 0 {
		t.Errorf("exit code %d, %+v %+v %q: %s", code, doc.A, doc.B, doc.Planted, stderr)
	}
	if got, want := rules(doc), []string{"error-code", "iss-missing", "provider-pkce", "status", "token-format", "token-type-spelling"}; !slices.Equal(slices.Sorted(slices.Values(got)), want) {
		t.Errorf("suspicious by %q, want %q", got, want)
	}
	for _, d := range doc.Differences {
		if d.Verdict == "suspicious" && slices.Contains([]string{"exchange.url", "exchange.request.client_authentication", "token.scope", "token.access_token.source", "authorize_url.request.params.scope"}, d.Path) {
			t.Errorf("%s is suspicious between providers: %s", d.Path, d.Why)
		}
	}
	if code, doc, _ := h.compared("truss", "truelayer", "--env", "production,sandbox", "--simulated"); doc.A.Environment != "production" || doc.B.Environment != "sandbox" || doc.A.Outcome != "succeeded" || doc.B.Outcome != "succeeded" {
		t.Errorf("exit code %d, %+v %+v", code, doc.A, doc.B)
	}
	if code, doc, _ := h.compared("truss", "truss", "--simulated", "--plant", "none"); code != headless.ExitOK || doc.A.Name != "sandbox" || doc.B.Name != "production" {
		t.Errorf("one provider twice: exit code %d, %+v %+v", code, doc.A, doc.B)
	}
}

// TestCompareStatic: the profiles are compared without any run, and the metadata documents
// where that is wished and confirmed; nothing else is sent, and nothing is recorded.
func TestCompareStatic(t *testing.T) {
	h := newHouse(t)
	code, doc, _ := h.compared("truss", "--static")
	if code != headless.ExitOK || doc.Expected < 8 || doc.Suspicious != 0 || doc.A.Run != "" || doc.A.Outcome != "" {
		t.Errorf("exit code %d, %+v", code, doc.A)
	}
	if code, out, _ := h.does("", nil, "compare", "truss", "truelayer", "--static"); code != headless.ExitOK || !strings.Contains(out, "https://app.trusspayments.com/oauth/authorize") || !strings.Contains(out, "truelayer.com") {
		t.Errorf("exit code %d\n%s", code, out)
	}
	if code, doc, _ := h.compared("truss", "trustwill", "--static"); code != headless.ExitFailed || !slices.Equal(rules(doc), []string{"provider-pkce"}) {
		t.Errorf("exit code %d, rules %q", code, rules(doc))
	}
	code, doc, _ = h.compared("truss", "--static", "--metadata", "--simulated")
	if want := []string{"algorithms-supported", "auth-methods", "endpoint-missing", "iss-promise", "pkce", "scopes-supported", "security-headers"}; code != headless.ExitFailed || !slices.Equal(slices.Sorted(slices.Values(rules(doc))), want) {
		t.Errorf("exit code %d, rules %q", code, rules(doc))
	}
	if code, _, stderr := h.does("", nil, "compare", "last", "last~1"); code != headless.ExitUsage || !strings.Contains(stderr, "no run") {
		t.Errorf("a static comparison was recorded: %d %s", code, stderr)
	}
}

// TestCompareStaticAsksTheServers: the two documents are fetched from the servers that the
// profile names, one request each.
func TestCompareStaticAsksTheServers(t *testing.T) {
	h := newHouse(t)
	var asked [2][]string
	var urls [2]string
	for i, members := range []string{`,"code_challenge_methods_supported":["S256"]`, ""} {
		mux := http.NewServeMux()
		mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
			asked[i] = append(asked[i], r.Method+" "+r.URL.Path)
			w.Header().Set("Content-Type", "application/json")
			base := "http://" + r.Host
			if _, err := w.Write([]byte(`{"issuer":"` + base + `","token_endpoint":"` + base + `/token"` + members + `}`)); err != nil {
				t.Error(err)
			}
		})
		server := httptest.NewServer(mux)
		t.Cleanup(server.Close)
		urls[i] = server.URL
	}
	profile := cellProfile(urls[0]+"/token\"\nissuer = \""+urls[0], urls[1]+"/token\"\nissuer = \""+urls[1])
	code, out, stderr := h.does(profile, nil, "compare", "acme", "--env", "sandbox,production", "--static", "--metadata", "--json")
	var doc headless.CompareJSON
	if err := json.Unmarshal([]byte(out), &doc); err != nil {
		t.Fatalf("%v: %s %s", err, out, stderr)
	}
	if code != headless.ExitFailed || !slices.Equal(rules(doc), []string{"pkce"}) {
		t.Errorf("exit code %d, rules %q", code, rules(doc))
	}
	for i, got := range asked {
		if !slices.Equal(got, []string{"GET /.well-known/openid-configuration"}) {
			t.Errorf("side %d was asked %q", i, got)
		}
	}
}

// TestCompareStaticSaysWhatItCouldNotRead: two metadata documents that are not there do not
// differ, but nobody is left to think that they were compared.
func TestCompareStaticSaysWhatItCouldNotRead(t *testing.T) {
	h := newHouse(t)
	server := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	url := server.URL
	profile := cellProfile(url+"/a/token\"\nissuer = \""+url+"/a", url+"/b/token\"\nissuer = \""+url+"/b")
	code, out, stderr := h.does(profile, nil, "compare", "acme", "--env", "sandbox,production", "--static", "--metadata")
	if code != headless.ExitOK {
		t.Errorf("exit code %d: %s", code, out)
	}
	for _, want := range []string{"sandbox: there is no metadata document to read: the server answered with status 404", "production: there is no metadata document to read"} {
		if !strings.Contains(stderr, want) {
			t.Errorf("%q is not said: %s", want, stderr)
		}
	}
}

// TestCompareRefusesPlaces: what the words of the command line cannot mean is said in one
// line.
func TestCompareRefusesPlaces(t *testing.T) {
	h := newHouse(t)
	for want, args := range map[string][]string{
		"truss is a provider and last a run":        {"truss", "last"},
		"truss is a provider and abcdef12 a run":    {"abcdef12", "truss"},
		"did you mean truss":                        {"truelayer", "truzz"},
		"cannot be compared alone":                  {"last~1"},
		"two recorded runs are compared as they":    {"last", "last~1", "--static"},
		"--metadata belongs to --static":            {"truss", "--metadata"},
		"fetches the metadata from production":      {"truss", "--static", "--metadata"},
		"has no metadata document to fetch":         {"trustwill", "--static", "--metadata", "--env", "simulator,simulator"},
		"TrueLayer has no environment \"nowhere\"":  {"truss", "truelayer", "--env", "simulator,nowhere"},
		"--env takes two environments":              {"truss", "truelayer", "--env", "a,b,c"},
		"no client secret for Truss (production)":   {"truss", "truelayer", "--env", "production", "--client-id", "x"},
		"unknown provider \"zzz\": there are truss": {"zzz", "yyy"},
	} {
		code, out, stderr := h.does("", nil, append([]string{"compare"}, args...)...)
		if code != headless.ExitUsage || out != "" || !strings.Contains(stderr, want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%q: exit code %d, %q %q, want %q", args, code, out, stderr, want)
		}
	}
}

// TestCompareInterrupted: an interrupt ends both sides at once; the document is still
// printed, both are cancelled, and that they did not come to their ends is no difference.
func TestCompareInterrupted(t *testing.T) {
	h := newHouse(t)
	ctx, cancel := context.WithCancel(t.Context())
	asked := make(chan bool, 2)
	release := make(chan bool)
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		asked <- true
		<-release
	}))
	go func() {
		<-asked
		<-asked // both requests are under way
		cancel()
	}()
	code, out, stderr := h.doesUntil(ctx, cellProfile(server.URL+"/a", server.URL+"/b"), map[string]string{"OAUTHLENS_CLIENT_ID": "x", "OAUTHLENS_CLIENT_SECRET": "y"},
		"compare", "acme", "--env", "sandbox,production", "--json")
	close(release)
	server.Close()
	var doc headless.CompareJSON
	if err := json.Unmarshal([]byte(out), &doc); err != nil {
		t.Fatalf("%v: %s %s", err, out, stderr)
	}
	if code != 130 || doc.A.Outcome != "cancelled" || doc.B.Outcome != "cancelled" || doc.Suspicious != 0 {
		t.Errorf("exit code %d, %s and %s, suspicious by %q: %s", code, doc.A.Outcome, doc.B.Outcome, rules(doc), stderr)
	}
}

// TestCompareRedactedRuns: runs that were kept without their secrets are compared by what
// is left, and that is said.
func TestCompareRedactedRuns(t *testing.T) {
	h := newHouse(t)
	for range 2 {
		if code, out, stderr := h.does("", nil, "run", "truss", "--approve", "--no-browser", "--json"); code != headless.ExitOK {
			t.Fatalf("%d %s %s", code, out, stderr)
		}
	}
	code, doc, stderr := h.compared("last", "last~1")
	if code != headless.ExitOK || doc.Suspicious != 0 || doc.A.Run == "" || doc.A.Run == doc.B.Run {
		t.Errorf("exit code %d, %+v %+v, rules %q: %s", code, doc.A, doc.B, rules(doc), stderr)
	}
	if code, out, _ := h.does("", nil, "compare", "last", "last"); code != headless.ExitOK || !strings.Contains(out, "one run, laid beside itself") {
		t.Errorf("a run and itself: exit code %d\n%s", code, out)
	}
}
