package capture

import (
	"strings"
	"testing"

	"oauthlens/flows"
)

// answerOf is the body of the only answer of a paste.
func answerOf(r Result) string {
	if steps := r.Trace.Steps(); len(steps) == 1 && steps[0].Exchange.Response != nil {
		return string(steps[0].Exchange.Response.Body)
	}
	return ""
}

// TestAnswersWithinText: JSON in what programs print around it, and in what they make of it.
func TestAnswersWithinText(t *testing.T) {
	const failed = `{"error":"invalid_grant","error_description":"code expired"}`
	const issued = `{"access_token":"abc","token_type":"Bearer"}`
	escaped := strings.ReplaceAll(failed, `"`, `\"`)
	for _, c := range []struct{ name, text, body, mended string }{
		{"a log in JSON with the body as text", `{"level":"error","msg":"the token endpoint said","body":"` + escaped + `"}`, failed, "taken out"},
		{"a log in JSON with Go's error", `{"level":"error","msg":"exchange","error":"oauth2: \"invalid_grant\" \"code expired\""}`, failed, "taken out"},
		{"Go's error", `2026/11/20 10:00:00 oauth2: "invalid_grant" "code expired"`, failed, "taken out"},
		{"Go's error without a description", `oauth2: "invalid_client"`, `{"error":"invalid_client"}`, "taken out"},
		{"Go's error with the body", "oauth2: cannot fetch token: 400 Bad Request\nResponse: " + failed, failed, "taken out"},
		{"logfmt", `level=error msg="exchange" body="` + escaped + `"`, failed, "taken out"},
		{"a container's log", "app_1  | 10:00:01 answer: " + issued, issued, "taken out"},
		{"escaped as a whole", strings.ReplaceAll(issued, `"`, `\"`), issued, "escapes of a string"},
		{"quoted by a shell", "'" + issued + "'", issued, "taken out"},
		{"behind a guard", ")]}',\n" + issued, issued, "taken out"},
		{"without braces", strings.Trim(issued, "{}"), issued, "the braces"},
		{"without braces, with a comma", strings.Trim(issued, "{}") + ",\n", issued, "the braces"},
		{"in a list of one", "[" + issued + "]", issued, "only element"},
		{"a form in quotes", `"access_token=abc&token_type=bearer"`, "access_token=abc&token_type=bearer", ""},
		{"a form from a page", "access_token=abc&amp;token_type=bearer", "access_token=abc&token_type=bearer", "&amp;"},
	} {
		r, _ := recognise(t, c.text)
		if got := answerOf(r); r.Kind != KindTokenResponse || got != c.body {
			t.Errorf("%s: taken for %s (%s)\n got %s\nwant %s", c.name, r.Kind, r.What, got, c.body)
		}
		if said := strings.Join(r.Mended, "; "); c.mended == "" && said != "" || !strings.Contains(said, c.mended) {
			t.Errorf("%s: mended %q, want %q", c.name, said, c.mended)
		}
	}
}

// TestFormsWithinText: the values of a form in a log or a program are what was sent, neither
// encoded twice nor with the quotes around them.
func TestFormsWithinText(t *testing.T) {
	for _, c := range []struct{ name, text, url, body string }{
		{"a program", `const r = await fetch(tokenUrl, {body: "grant_type=client_credentials&client_secret=s3cret-s3cret"}) // https://id.test/token`, "https://id.test/token", "grant_type=client_credentials&client_secret=s3cret-s3cret"},
		{"an encoded URL in it", "sent grant_type=authorization_code&redirect_uri=https%3A%2F%2Fapp.test%2Fcb&code=a to the endpoint", "", "grant_type=authorization_code&redirect_uri=https%3A%2F%2Fapp.test%2Fcb&code=a"},
		{"a URL in a program", `post("https://id.test/token"); grant_type=client_credentials&client_id=a`, "https://id.test/token", "grant_type=client_credentials&client_id=a"},
	} {
		r, steps := recognise(t, c.text)
		if r.Kind != KindDocSample || steps != "exchange POST" {
			t.Errorf("%s: taken for %s (%s) with %s", c.name, r.Kind, r.What, steps)
			continue
		}
		checkRequest(t, r.Trace.Steps()[0].Exchange.Request, "POST", c.url, c.body, "")
	}
}

// TestRefusedWithAWord: what cannot be inspected, and why; no value of it is repeated.
func TestRefusedWithAWord(t *testing.T) {
	const secret = "s3cret-of-nobody"
	for name, c := range map[string]struct{ text, want string }{
		"a log without anything":    {`{"level":"info","msg":"started","port":8080,"key":"` + secret + `"}`, "a line of a log with the members level, msg, port, key"},
		"two objects in a list":     {`[{"a":"` + secret + `"},{"b":1}]`, "a JSON array of 2 objects"},
		"a session of Charles":      {`[{"status":"COMPLETE","method":"POST","protocolVersion":"HTTP/1.1","host":"id.test","request":{"body":{"text":"client_secret=` + secret + `"}}}]`, "a session of Charles"},
		"settings in a file":        {"CLIENT_ID=app\nCLIENT_SECRET=" + secret + "\nREDIRECT_URI=https://app.test/cb\n", "the settings of a client"},
		"settings with a prefix":    {"OAUTH_CLIENT_ID=app\nOAUTH_CLIENT_SECRET=" + secret + "\n", "the settings of a client"},
		"settings in YAML":          {"oauth2:\n  client-id: app\n  client-secret: " + secret + "\n", "the settings of a client"},
		"an event of a server":      {"type=CODE_TO_TOKEN_ERROR, clientId=app, error=invalid_code, grant_type=authorization_code, code=" + secret, "a text of 1 line"},
		"a word about a secret":     {"the client secret is " + secret + " and it does not work", "a text of 1 line"},
		"an environment of Postman": {`{"id":"x","name":"env","values":[{"key":"client_secret","value":"` + secret + `"}]}`, "members id, name, values"},
	} {
		_, err := Read([]byte(c.text), Options{Now: now})
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestRoutesInFragments: the parameters behind a route are a callback's also in a recording.
func TestRoutesInFragments(t *testing.T) {
	r := mustRead(t, har(
		entry(0, get(authorizeA), redirect("https://app.example.test/#/cb?code=code-of-a-000000&state=state-of-a-000000")),
		entry(1, get("https://app.example.test/#/cb?code=code-of-a-000000&state=state-of-a-000000"), answer(200, "ok")),
	))
	if got := shape(r); got != "1:authorize 1:callback" {
		t.Errorf("%s", got)
	}
	if s := r.Trace.Steps()[1]; s.Kind != flows.StepCallback {
		t.Errorf("%s", s.Kind)
	}
}
