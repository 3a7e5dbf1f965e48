package capture

import (
	"strings"
	"testing"

	"oauthlens/flows"
)

// TestCode: the calls that browsers copy and that people write, with what is sent. An
// empty loss means that nothing was lost.
func TestCode(t *testing.T) {
	const token, form = "https://id.test/connect/token", "application/x-www-form-urlencoded"
	for _, c := range []struct {
		name, text        string
		method, url, body string
		headers           string // "Name: value", one a line
		loss              string
	}{
		{"fetch as Chrome copies it", "fetch(\"https://id.test/connect/token\", {\n  \"headers\": {\n    \"accept\": \"*/*\",\n    \"content-type\": \"application/x-www-form-urlencoded\"\n  },\n  \"referrer\": \"https://app.test/\",\n  \"body\": \"grant_type=authorization_code&code=a%2Bb\",\n  \"method\": \"POST\",\n  \"mode\": \"cors\",\n  \"credentials\": \"omit\"\n});",
			"POST", token, "grant_type=authorization_code&code=a%2Bb", "accept: */*\ncontent-type: " + form + "\nReferer: https://app.test/", ""},
		{"fetch as Firefox copies it", "await fetch(\"https://id.test/connect/token\", {\n    \"credentials\": \"omit\",\n    \"headers\": {\n        \"User-Agent\": \"Mozilla/5.0 (X11; rv:132.0)\",\n        \"Content-Type\": \"application/json\"\n    },\n    \"body\": \"{\\\"grant_type\\\":\\\"client_credentials\\\"}\",\n    \"method\": \"POST\"\n});",
			"POST", token, `{"grant_type":"client_credentials"}`, "Content-Type: application/json", ""},
		{"fetch without a body", "fetch(\"https://api.test/me\", {\"headers\": {\"authorization\": \"Bearer abc\"}, \"body\": null, \"method\": \"GET\"});", "GET", "https://api.test/me", "", "authorization: Bearer abc", ""},
		{"fetch of a URL alone", "fetch('https://api.test/me')", "GET", "https://api.test/me", "", "", ""},
		{"fetch by hand, JSON", "const r = await fetch(`https://id.test/connect/token`, {\n  method: 'post', // the exchange\n  headers: { 'Content-Type': 'application/json', },\n  body: JSON.stringify({ grant_type: 'client_credentials', n: 3, ok: true, list: ['a', 'b'] }),\n})",
			"POST", token, `{"grant_type":"client_credentials","n":3,"ok":true,"list":["a","b"]}`, "Content-Type: application/json", ""},
		{"fetch by hand, form", "fetch('https://id.test/connect/token', {method:'POST', body: new URLSearchParams({grant_type:'authorization_code', code: 'a+b/c=', scope: 'x y'}).toString()})",
			"POST", token, "grant_type=authorization_code&code=a%2Bb%2Fc%3D&scope=x+y", "Content-Type: " + form, ""},
		{"what a program computes", "fetch('https://id.test/connect/token', {method:'POST', headers: {Authorization: 'Basic ' + btoa(id + ':' + secret)}, body: JSON.stringify({client_id: 'a', client_secret: process.env.SECRET, code})})",
			"POST", token, `{"client_id":"a"}`, "", computedLoss},
		{"a computed body", "fetch('https://id.test/connect/token', {method:'POST', body})", "POST", token, "", "", computedLoss},
		{"a template with a hole", "fetch(`https://${host}.id.test/x`)", "GET", "https://${host}.id.test/x", "", "", computedLoss},
		{"escapes", `fetch("https:\/\/id.test\/connect\/token", {"method":"POST","body":"a=\u00e9\"\\&b=\x41"})`, "POST", token, "a=é\"\\&b=A", "", ""},
		{"a fetch cut short", "fetch(\"https://id.test/connect/token\", {\"method\": \"POST\", \"body\": \"grant_type=client_cre", "POST", token, "grant_type=client_cre", "", ""},
		{"PowerShell as Chrome copies it", "$session = New-Object Microsoft.PowerShell.Commands.WebRequestSession\n$session.UserAgent = \"Mozilla/5.0\"\n$session.Cookies.Add((New-Object System.Net.Cookie(\"a\", \"b\", \"/\", \"id.test\")))\nInvoke-WebRequest -UseBasicParsing -Uri \"https://id.test/connect/token\" `\n-Method \"POST\" `\n-WebSession $session `\n-Headers @{\n\"Accept\"=\"*/*\"\n  \"Sec-Fetch-Mode\"=\"cors\"\n} `\n-ContentType \"application/x-www-form-urlencoded\" `\n-Body \"code=a`\"b&client_secret=x`$y``z\"",
			"POST", token, "code=a\"b&client_secret=x$y`z", "Accept: */*\nSec-Fetch-Mode: cors\nContent-Type: " + form, ""},
		{"PowerShell by hand", "Invoke-RestMethod -Method Post -Uri https://id.test/connect/token -Body @{ grant_type = \"client_credentials\"; client_id = 'it''s'; 'scope' = \"a b\" } | ConvertTo-Json",
			"POST", token, "grant_type=client_credentials&client_id=it%27s&scope=a+b", "Content-Type: " + form, ""},
		{"PowerShell with variables", "$r = Invoke-RestMethod $uri -Method Post\nInvoke-RestMethod -Uri \"https://id.test/connect/token\" -Headers @{Authorization=\"Bearer $token\"} -Body ($body | ConvertTo-Json)", "GET", token, "", "", computedLoss},
		{"PowerShell, positional", "invoke-webrequest https://api.test/me -Headers @{ Authorization = 'Bearer abc' }", "GET", "https://api.test/me", "", "Authorization: Bearer abc", ""},
		{"PowerShell by its alias", "$r = irm https://id.test/connect/token -Method Post -Body 'a=b'", "POST", token, "a=b", "Content-Type: " + form, ""},
		{"PowerShell by the name of curl", "curl -Uri https://id.test/connect/token -Method POST -Body @{a='b'}", "POST", token, "a=b", "Content-Type: " + form, ""},
		{"PowerShell by the name of wget", "wget https://id.test/connect/token -UseBasicParsing -Method:Put", "PUT", token, "", "", ""},
		{"PowerShell, assigned before", "$body = @{\n  grant_type = 'client_credentials'\n  client_id  = \"app\"\n}\n$URL = \"https://id.test\"\nInvoke-RestMethod -Uri \"$url/connect/token\" -Method Post -Body $body", "POST", token,
			"grant_type=client_credentials&client_id=app", "Content-Type: " + form, ""},
		{"PowerShell, splatted", "$params = @{ Uri = 'https://id.test/connect/token'; Method = 'Post'; Headers = @{ Accept = '*/*' }; Body = 'a=b' }\nInvoke-RestMethod @params -UserAgent me", "POST", token, "a=b",
			"Accept: */*\nUser-Agent: me\nContent-Type: " + form, ""},
		{"PowerShell, written as JSON", "$body = @{ a = 'b' }\nInvoke-RestMethod https://id.test/connect/token -Method Post -ContentType 'application/json' -Body ($body | ConvertTo-Json -Depth 5)", "POST", token, `{"a":"b"}`,
			"Content-Type: application/json", ""},
		{"PowerShell, assigned as JSON", "$body = @{ a = 'b' } | ConvertTo-Json\nInvoke-RestMethod https://id.test/connect/token -Method Post -ContentType 'application/json' -Body $body", "POST", token, `{"a":"b"}`,
			"Content-Type: application/json", ""},
		{"PowerShell, a member of a variable", "$body = @{ a = 'b' }\nInvoke-RestMethod https://id.test/connect/token -Method Post -Body $body.a", "POST", token, "", "", computedLoss},
		{"PowerShell, compared and not assigned", "if ($body -eq 1) { $body == 'a=b' }\nInvoke-RestMethod https://id.test/connect/token -Method Post -Body $body", "POST", token, "", "", computedLoss},
		{"PowerShell, an unknown within a string", "$a = 'x'\nInvoke-RestMethod https://id.test/connect/token -Headers @{ Authorization = \"Bearer $a$b\" }", "GET", token, "", "Authorization: Bearer x$b", computedLoss},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, _ := recognise(t, c.text)
			steps := r.Trace.Steps()
			if r.Kind != KindCode || len(steps) != 1 {
				t.Fatalf("taken for %s (%s) with %d steps", r.Kind, r.What, len(steps))
			}
			checkRequest(t, steps[0].Exchange.Request, c.method, c.url, c.body, c.headers)
			if strings.Join(r.Losses, "; ") != c.loss {
				t.Errorf("losses %q, want %q", r.Losses, c.loss)
			}
		})
	}
}

func checkRequest(t *testing.T, q flows.Request, method, url, body, headers string) {
	t.Helper()
	if q.Method != method || q.URL != url || string(q.Body) != body {
		t.Errorf("got %s %s %q\nwant %s %s %q", q.Method, q.URL, q.Body, method, url, body)
	}
	for _, h := range strings.Split(headers, "\n") {
		if name, value, ok := strings.Cut(h, ": "); ok && q.Headers.Get(name) != value {
			t.Errorf("%s: %q, want %q", name, q.Headers.Get(name), value)
		}
	}
}

// TestOtherCommands: what is near to curl.
func TestOtherCommands(t *testing.T) {
	const token, form = "https://id.test/token", "Content-Type: application/x-www-form-urlencoded"
	for _, c := range []struct{ name, text, method, url, body, headers string }{
		{"curl in PowerShell", "curl.exe -X POST https://id.test/token `\n  -H \"Accept: */*\" `\n  -d \"grant_type=client_credentials\"", "POST", token, "grant_type=client_credentials", "Accept: */*\n" + form},
		{"a pipe into curl", "echo ignored | curl -H 'Accept: */*' https://id.test/token -d grant_type=client_credentials", "POST", token, "grant_type=client_credentials", form},
		{"behind cd", "cd /tmp && curl https://id.test/token -d grant_type=client_credentials", "POST", token, "grant_type=client_credentials", form},
		{"wget", "wget -qO- --post-data \"grant_type=client_credentials&client_id=a\" https://id.test/token", "POST", token, "grant_type=client_credentials&client_id=a", form},
		{"wget with names", "wget --method=POST --header='Accept: */*' --body-data='a=b' --user=app --password=s3cret -O out.json https://id.test/token", "POST", token, "a=b", "Accept: */*\nAuthorization: Basic YXBwOnMzY3JldA=="},
		{"wget of a page", "wget https://id.test/token", "GET", token, "", ""},
		{"a user without a password", "curl -u app: https://id.test/token -d a=b", "POST", token, "a=b", "Authorization: Basic YXBwOg=="},
		{"a user whose password curl asks for", "curl -u app https://id.test/token -d a=b", "POST", token, "a=b", ""},
		{"a JWT in the URL", "curl 'https://api.test/me?access_token=" + jwt + "'", "GET", "https://api.test/me?access_token=" + jwt, "", ""},
		{"a URL in the data", "curl https://id.test/token --data-urlencode 'redirect_uri=https://app.test/cb?code=x'", "POST", token, "redirect_uri=https%3A%2F%2Fapp.test%2Fcb%3Fcode%3Dx", form},
	} {
		t.Run(c.name, func(t *testing.T) { checkRequest(t, onlyRequest(t, c.text), c.method, c.url, c.body, c.headers) })
	}
	if r, _ := recognise(t, "wget --post-file=/etc/passwd https://id.test/token"); len(r.Losses) != 1 || len(r.Trace.Steps()[0].Exchange.Request.Body) > 0 {
		t.Errorf("losses %q", r.Losses)
	}
}

// TestWrappedPastes: the same thing in what programs, pages and hands put around it. What
// was done is said; the near misses keep what they are.
func TestWrappedPastes(t *testing.T) {
	const answer = `{"access_token":"abc","token_type":"Bearer","expires_in":3600}`
	const callback = "https://app.test/cb?code=SplxlOBeZQQY&state=xyz"
	for _, c := range []struct {
		name, text string
		kind       Kind
		mended     string // a part of what is said; empty: nothing is
		body       string // of the answer, or the URL
	}{
		{"an answer", answer, KindTokenResponse, "", answer},
		{"pasted twice", answer + answer, KindTokenResponse, "pasted 2 times", answer},
		{"pasted twice, apart", answer + "\n\n" + answer, KindTokenResponse, "pasted", answer},
		{"two answers", answer + "\n" + strings.Replace(answer, "abc", "def", 1), KindTokenResponse, "a second JSON value", answer},
		{"rubbish behind", answer + " done", KindTokenResponse, "", answer + " done"},
		{"as a JSON string", `"{\"access_token\":\"abc\",\"token_type\":\"Bearer\"}"`, KindTokenResponse, "within a JSON string", `{"access_token":"abc","token_type":"Bearer"}`},
		{"printed by Python", `{'access_token': 'abc', 'expires_in': 3600, 'refresh_token': None, 'ok': True}`, KindTokenResponse, "written as JSON", `{"access_token":"abc","expires_in":3600,"refresh_token":null,"ok":true}`},
		{"printed by Node", "{\n  access_token: 'a\\'b',\n  token_type: \"Bearer\",\n}", KindTokenResponse, "written as JSON", `{"access_token":"a'b","token_type":"Bearer"}`},
		{"JSON cut short", answer[:30], KindTokenResponse, "", answer[:30]},
		{"JSONP with a comment", "/**/cb(" + answer + ");", KindTokenResponse, "", "/**/cb(" + answer + ");"},
		{"a form with a byte-order mark", "\xef\xbb\xbfaccess_token=abc&token_type=bearer", KindTokenResponse, "byte-order mark", "access_token=abc&token_type=bearer"},
		{"a callback twice", callback + " " + callback, KindCallbackURL, "pasted 2 times", callback},
		{"a callback twice, glued", callback + callback, KindCallbackURL, "pasted 2 times", callback},
		{"a callback thrice, in lines", callback + "\n" + callback + "\n" + callback, KindCallbackURL, "pasted 3 times", callback},
		{"a callback in percent signs", "https%3A%2F%2Fapp.test%2Fcb%3Fcode%3DSplxlOBeZQQY%26state%3Dxyz", KindCallbackURL, "percent-encoded as a whole", callback},
		{"a callback with an encoded URL in it", callback + "&u=https%3A%2F%2Fa.test", KindCallbackURL, "", callback + "&u=https%3A%2F%2Fa.test"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, _ := recognise(t, c.text)
			if r.Kind != c.kind {
				t.Fatalf("taken for %s (%s)", r.Kind, r.What)
			}
			if said := strings.Join(r.Mended, "; "); c.mended == "" && said != "" || !strings.Contains(said, c.mended) {
				t.Errorf("mended %q, want %q", said, c.mended)
			}
			x := r.Trace.Steps()[0].Exchange
			got := x.Request.URL
			if x.Response != nil {
				got = string(x.Response.Body)
			}
			if got != c.body {
				t.Errorf("got  %s\nwant %s", got, c.body)
			}
		})
	}
	for _, twice := range []string{jwt + jwt, jwt + "\n" + jwt, jwt + " " + jwt} {
		if r, _ := recognise(t, twice); r.Kind != KindJWT || len(r.Tokens) != 1 || r.Tokens[0].RevealSecret() != jwt {
			t.Errorf("a JWT pasted twice is %s with %d tokens: %q", r.Kind, len(r.Tokens), r.Mended)
		}
	}
}

// FuzzLiterals: no text makes the readers of programs fail or stand still.
func FuzzLiterals(f *testing.F) {
	for _, s := range []string{"fetch('https://a.test',{a:[1,{b:`c${d}`}],e:f(g)})", "Invoke-WebRequest -Uri \"https://a.test\" -Body @{a=(1);'b'=$c} `\n-x", "{'a': u'b', \"c\": {}", "fetch(\"https://a.b\",{\"\\", "wget --post-data=a 'https://a.test"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, text := range []string{s, "fetch('https://a.test'," + s, "Invoke-RestMethod https://a.test " + s, "{" + s, "wget https://a.test " + s} {
			r, err := Read([]byte(text), Options{Now: now})
			if err == nil && r.What == "" {
				t.Errorf("%q: no name", text)
			}
		}
	})
}
