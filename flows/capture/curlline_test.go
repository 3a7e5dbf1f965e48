package capture

import (
	"strings"
	"testing"
)

// TestCurlInAShell: what stands around the command and its words is no part of the
// request, and what the shell or curl would take from elsewhere is said.
func TestCurlInAShell(t *testing.T) {
	const token, form = "https://id.test/token", "Content-Type: application/x-www-form-urlencoded"
	const grant = "grant_type=client_credentials"
	for _, c := range []struct{ name, text, method, url, body, headers, loss string }{
		{"output to a file", "curl -d " + grant + " https://id.test/token > out.json 2>/dev/null", "POST", token, grant, form, ""},
		{"output in one word", "curl https://id.test/token -d " + grant + " >out.json 2>&1", "POST", token, grant, form, ""},
		{"both outputs", "curl https://id.test/token -d " + grant + " &> out.json", "POST", token, grant, form, ""},
		{"added to a file", "curl https://id.test/token -d " + grant + " >> out.json", "POST", token, grant, form, ""},
		{"in the background", "curl https://id.test/token -d " + grant + " & echo done", "POST", token, grant, form, ""},
		{"a here-document", "curl https://id.test/token -d @- <<EOF\n" + grant + "\nEOF\necho done", "POST", token, grant, form, ""},
		{"a here-document, quoted and with options behind", "curl https://id.test/token --data-binary @- <<-'END' -H 'Accept: */*'\n\ta=b\n\tEND\n", "POST", token, "\ta=b\n", "Accept: */*\n" + form, ""},
		{"a here-string", "curl https://id.test/token -d @- <<<'a=b'", "POST", token, "a=b", form, ""},
		{"a file for standard input", "curl https://id.test/token -d @- < body.txt", "POST", token, "", form, bodyInFile},
		{"placeholders in angle brackets", "curl https://id.test/token -u <client id>:<client_secret> -d code=<CODE> -d " + grant, "POST", token, "code=<CODE>&" + grant,
			"Authorization: Basic PGNsaWVudCBpZD46PGNsaWVudF9zZWNyZXQ+", ""},
		{"a variable in front", "HTTPS_PROXY=http://127.0.0.1:1 A=b curl -k https://id.test/token -d '" + grant + "'", "POST", token, grant, form, ""},
		{"timed", "time sudo -E curl https://id.test/token -d '" + grant + "'", "POST", token, grant, form, ""},
		{"in a container", "docker run --rm curlimages/curl:8.1 -s https://id.test/token -d '" + grant + "'", "POST", token, grant, form, ""},
		{"in a pod", "kubectl exec -it web-0 -- curl -s https://id.test/token -d '" + grant + "'", "POST", token, grant, form, ""},
		{"at the prompt of bash", "me@host:~/src$ curl https://id.test/token -d '" + grant + "'", "POST", token, grant, form, ""},
		{"at the prompt of cmd.exe", `C:\Users\me>curl.exe https://id.test/token -d "` + grant + `"`, "POST", token, grant, form, ""},
		{"at the prompt of PowerShell", `PS C:\Users\me> curl.exe https://id.test/token -d "` + grant + `"`, "POST", token, grant, form, ""},
		{"quotes doubled for cmd.exe", `curl "https://id.test/token" -H "Content-Type: application/json" --data-raw "{""grant_type"":""client_credentials"",""a"":""b c""}"`, "POST", token,
			`{"grant_type":"client_credentials","a":"b c"}`, "Content-Type: application/json", ""},
		{"percent signs in quotes for cmd.exe", `curl "https://id.test/token" --data-raw "redirect_uri=https"%"3A"%"2F"%"2Fapp.test"`, "POST", token, "redirect_uri=https%3A%2F%2Fapp.test", form, ""},
		{"a quote that is not closed", "curl https://id.test/token -d '" + grant, "POST", token, grant, form, "a quote is never closed"},
		{"an ampersand within a URL", "curl https://api.test/x?a=b&c=d", "GET", "https://api.test/x?a=b&c=d", "", "", ""},
		{"a body in a file", "curl https://id.test/token -d @body.txt", "POST", token, "", form, bodyInFile},
		{"a body in a file and more", "curl https://id.test/token -d @body.txt -d a=b", "POST", token, "a=b", form, bodyInFile},
		{"raw data that begins with @", "curl https://id.test/token --data-raw @a", "POST", token, "@a", form, ""},
		{"JSON in a file", "curl https://id.test/token --json @body.json", "POST", token, "", "Content-Type: application/json\nAccept: application/json", bodyInFile},
		{"a parameter in a file", "curl https://id.test/token --data-urlencode a=b --data-urlencode client_secret@secret.txt", "POST", token, "a=b", form, partInFile},
		{"encoded without a name", "curl https://id.test/token --data-urlencode '=a b' --data-urlencode 'c d'", "POST", token, "a%20b&c%20d", form, ""},
		{"a part in a file", "curl https://id.test/token -F client_assertion=@jwt.txt -F b=@x", "POST", token, "", "Content-Type: multipart/form-data; boundary=" + curlBoundary, partInFile},
		{"headers in a file", "curl https://id.test/token -H @headers.txt -d a=b", "POST", token, "a=b", form, headersInFile},
		{"headers taken out", "curl https://id.test/token -H 'Content-Type:' -H 'User-Agent: ' -A me -H 'X-Empty;' -d a=b", "POST", token, "a=b", "Content-Type: \nUser-Agent: \nX-Empty: ", ""},
		{"an upload", "curl -T up.txt https://api.test/files", "PUT", "https://api.test/files", "", "", bodyInFile},
		{"an upload by another method", "curl -X PATCH -T up.txt https://api.test/files", "PATCH", "https://api.test/files", "", "", bodyInFile},
		{"a user without a password", "curl -u app https://id.test/token -d a=b", "POST", token, "a=b", "Authorization: ", passwordAsked},
		{"a query", "curl -G https://id.test/a?x=1 -d b=2 --url-query 'c=3 4'", "GET", "https://id.test/a?x=1&c=3%204&b=2", "", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, _ := recognise(t, c.text)
			steps := r.Trace.Steps()
			if r.Kind != KindCurl || len(steps) != 1 {
				t.Fatalf("taken for %s (%s) with %d steps", r.Kind, r.What, len(steps))
			}
			q := steps[0].Exchange.Request
			if strings.HasPrefix(c.name, "a part in a file") {
				q.Body = nil
			}
			checkRequest(t, q, c.method, c.url, c.body, c.headers)
			if said := strings.Join(r.Losses, "; "); c.loss == "" && said != "" || !strings.Contains(said, c.loss) {
				t.Errorf("losses %q, want %q", said, c.loss)
			}
			if strings.HasSuffix(c.headers, "Content-Type: ") && q.Headers.Has("Content-Type") {
				t.Error("a header that was taken out is there")
			}
		})
	}
}

// TestSeveralRequests: requests that one text makes, each with what is its own.
func TestSeveralRequests(t *testing.T) {
	for name, text := range map[string]string{
		"--next":   "curl https://id.test/token -d grant_type=client_credentials --next https://api.test/me -H 'Authorization: Bearer abc'",
		"-:":       "curl https://id.test/token -d grant_type=client_credentials -: -H 'Authorization: Bearer abc' https://api.test/me",
		"and":      "curl https://id.test/token -d grant_type=client_credentials && curl https://api.test/me -H 'Authorization: Bearer abc'",
		"lines":    "curl https://id.test/token -d grant_type=client_credentials > a.json\ncurl https://api.test/me -H 'Authorization: Bearer abc'",
		"cmd.exe":  "curl ^\"https://id.test/token^\" -d ^\"grant_type=client_credentials^\" &\r\ncurl ^\"https://api.test/me^\" -H ^\"Authorization: Bearer abc^\"",
		"sessions": "$ curl https://id.test/token -d grant_type=client_credentials\n$ curl https://api.test/me -H 'Authorization: Bearer abc'\n",
	} {
		r, steps := recognise(t, text)
		if steps != "exchange POST, call GET" || r.Kind != KindCurl {
			t.Errorf("%s: %s (%s) with %s", name, r.Kind, r.What, steps)
			continue
		}
		first, second := r.Trace.Steps()[0].Exchange.Request, r.Trace.Steps()[1].Exchange.Request
		checkRequest(t, first, "POST", "https://id.test/token", "grant_type=client_credentials", "Authorization: ")
		checkRequest(t, second, "GET", "https://api.test/me", "", "Authorization: Bearer abc\nContent-Type: ")
	}
}

// TestCurlTalks: what curl printed under the command is its answer.
func TestCurlTalks(t *testing.T) {
	const command = "$ curl -v https://id.test/token -d grant_type=client_credentials\n"
	for name, c := range map[string]struct {
		output string
		status int
		body   string
	}{
		"-v":                        {"* Connected to id.test\n> POST /token HTTP/1.1\n> Host: id.test\n>\n* uploaded\n< HTTP/1.1 401 Unauthorized\n< Content-Type: application/json\n<\n{\"error\":\"x\"}\n* left intact\n", 401, `{"error":"x"}`},
		"-v without remarks":        {"> POST /token HTTP/2\n> Host: id.test\n>\n< HTTP/2 400\n< content-type: application/json\n<\n{\"error\":\"x\"}", 400, `{"error":"x"}`},
		"-i":                        {"HTTP/1.1 200 OK\nContent-Type: application/json\n\n{\"error\":\"x\"}\n", 200, `{"error":"x"}`},
		"-i behind a 100":           {"HTTP/1.1 100 Continue\n\nHTTP/1.1 200 OK\nContent-Type: application/json\n\n{\"error\":\"x\"}\n", 200, `{"error":"x"}`},
		"the body alone":            {"{\"error\":\"x\"}\n$ ", 0, `{"error":"x"}`},
		"the body, and another one": {"{\"error\":\"x\"}\n{\"error\":\"y\"}", 0, `{"error":"x"}`},
	} {
		r, steps := recognise(t, command+c.output)
		if steps != "exchange POST" || !strings.HasSuffix(r.What, "and what came back") {
			t.Errorf("%s: %s with %s", name, r.What, steps)
			continue
		}
		if x := r.Trace.Steps()[0].Exchange.Response; x == nil || x.Status != c.status || string(x.Body) != c.body {
			t.Errorf("%s: %+v", name, x)
		}
	}
	for _, silence := range []string{"curl: (6) Could not resolve host: id.test", "* Could not resolve host: id.test", ""} {
		if r, _ := recognise(t, command+silence); r.Trace.Steps()[0].Exchange.Response != nil {
			t.Errorf("%q is taken for an answer", silence)
		}
	}
}

// TestCurlIsNoProse: the word alone makes no command.
func TestCurlIsNoProse(t *testing.T) {
	for _, text := range []string{"you can use curl to get https://id.test/x?a=b", "libcurl failed (curl 8.1)", "curl", "see man curl; then go on"} {
		if r, err := Read([]byte(text), Options{Now: now}); err == nil && r.Kind == KindCurl {
			t.Errorf("%q is taken for %s", text, r.What)
		}
	}
}
