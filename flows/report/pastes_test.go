package report_test

import (
	"encoding/base64"
	"net/url"
	"strings"
	"testing"

	"oauthlens/flows/capture"
	"oauthlens/flows/redact"
	"oauthlens/flows/report"
)

// TestSecretsOfPastes: whatever form a recording or a paste has, the secret in it is in no
// document and in no export of it.
func TestSecretsOfPastes(t *testing.T) {
	const secret = "Zq7-abcDEF~0123456789_end"
	encode := base64.StdEncoding.EncodeToString
	basic := encode([]byte("app:" + secret))
	har := func(request, response string) string {
		return `{"log":{"version":"1.2","creator":{"name":"x","version":"1"},"entries":[{"startedDateTime":"2026-11-21T12:00:00.000Z","time":1,"request":{"httpVersion":"HTTP/1.1","cookies":[],"queryString":[],"headersSize":-1,"bodySize":-1,` + request +
			`},"response":{"httpVersion":"HTTP/1.1","statusText":"OK","cookies":[],"redirectURL":"","headersSize":-1,"bodySize":-1,` + response + `},"cache":{},"timings":{"send":0,"wait":1,"receive":0}}]}}`
	}
	plain := `"method":"GET","url":"https://as.test/x","headers":[]`
	none := `"status":200,"headers":[],"content":{"size":0,"mimeType":"text/plain","text":""}`
	post := func(data string) string {
		return `"method":"POST","url":"https://as.test/token","headers":[{"name":"Content-Type","value":"application/x-www-form-urlencoded"}],"postData":` + data
	}
	answer := func(content string) string {
		return `"status":200,"headers":[{"name":"Content-Type","value":"application/json"}],"content":` + content
	}
	token := `{"access_token":"` + secret + `","token_type":"Bearer","expires_in":3600}`
	tests := []struct{ name, text string }{
		{"a form", "grant_type=client_credentials&client_id=app&client_secret=" + secret},
		{"a callback", "https://app.test/cb?code=" + secret + "&state=s-123456"},
		{"a callback in a fragment", "https://app.test/cb#access_token=" + secret + "&token_type=bearer"},
		{"an answer", token},
		{"an answer in words", "the server said:\n\n" + token + "\n"},
		{"half an answer", token[:len(token)-20]},
		{"an opaque token", secret},
		{"a header", "Authorization: Bearer " + secret},
		{"Basic", "Authorization: Basic " + basic},
		{"a message", "POST /token HTTP/1.1\r\nHost: as.test\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\ngrant_type=refresh_token&refresh_token=" + secret},
		{"a message with an answer", "GET /x HTTP/1.1\r\nHost: as.test\r\n\r\nHTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n" + token},
		{"curl -d", "curl https://as.test/token -d grant_type=client_credentials -d client_secret=" + secret},
		{"curl -u", "curl -u app:" + secret + " https://as.test/token -d grant_type=client_credentials"},
		{"curl --user=", "curl --user='app:" + secret + "' https://as.test/token -d grant_type=client_credentials"},
		{"curl -F", "curl https://as.test/token -F grant_type=client_credentials -F client_secret=" + secret},
		{"curl --form-string", "curl https://as.test/token --form-string grant_type=client_credentials --form-string client_secret=" + secret},
		{"curl -H", "curl -H 'Authorization: Bearer " + secret + "' https://api.test/me"},
		{"curl -H, an API's key", "curl -H 'X-Api-Key: " + secret + "' https://api.test/me"},
		{"curl --oauth2-bearer", "curl --oauth2-bearer " + secret + " https://api.test/me"},
		{"curl -b", "curl -b 'sid=" + secret + "' https://api.test/me"},
		{"curl --json", `curl --json '{"client_secret":"` + secret + `"}' https://as.test/token`},
		{"curl --data-urlencode", "curl --data-urlencode 'client_secret=" + secret + "' https://as.test/token"},
		{"curl -G", "curl -G https://as.test/x --data-urlencode 'access_token=" + secret + "'"},
		{"curl --url-query", "curl --url-query access_token=" + secret + " https://as.test/x"},
		{"curl, a password in the URL", "curl https://app:" + secret + "@as.test/x"},
		{"curl, a proxy's password", "curl -x http://me:" + secret + "@proxy.test:3128 https://as.test/x"},
		{"curl --proxy-user", "curl --proxy-user me:" + secret + " https://as.test/x"},
		{"curl --pass", "curl --cert c.pem --pass " + secret + " https://as.test/x"},
		{"curl, an unknown option", "curl --unknown-secret=" + secret + " https://as.test/x"},
		{"curl with an answer", "$ curl -s https://as.test/token -d grant_type=client_credentials\n" + token + "\n"},
		{"curl for cmd.exe", "curl ^\"https://as.test/token^\" ^\n  --data-raw ^\"client_secret=" + secret + "^\""},
		{"wget", "wget --post-data='client_secret=" + secret + "' https://as.test/token"},
		{"wget --password", "wget --user=app --password=" + secret + " https://as.test/x"},
		{"wget --header", "wget --header='Authorization: Bearer " + secret + "' https://as.test/x"},
		{"HTTPie", "http --form POST https://as.test/token client_secret=" + secret},
		{"PowerShell", "Invoke-RestMethod -Uri 'https://as.test/token' -Method Post -Body 'client_secret=" + secret + "'"},
		{"PowerShell, a table", "Invoke-RestMethod -Uri 'https://as.test/x' -Headers @{ Authorization = \"Bearer " + secret + "\" }"},
		{"fetch", `fetch("https://as.test/token", { "method": "POST", "body": "client_secret=` + secret + `" });`},
		{"fetch, a header", `fetch("https://as.test/x", { "headers": { "authorization": "Bearer ` + secret + `" } });`},
		{"Python", "requests.post('https://as.test/token', data={'grant_type': 'client_credentials', 'client_secret': '" + secret + "'})"},
		{"a HAR's form", har(post(`{"mimeType":"application/x-www-form-urlencoded","text":"client_secret=`+secret+`"}`), none)},
		{"a HAR's parameters", har(post(`{"mimeType":"application/x-www-form-urlencoded","params":[{"name":"client_secret","value":"`+secret+`"}]}`), none)},
		{"a HAR's parts", har(post(`{"mimeType":"multipart/form-data","params":[{"name":"client_secret","value":"`+secret+`"}]}`), none)},
		{"a HAR's answer", har(plain, answer(`{"size":1,"mimeType":"application/json","text":"`+strings.ReplaceAll(token, `"`, `\"`)+`"}`))},
		{"a HAR's answer in base64", har(plain, answer(`{"size":1,"mimeType":"application/json","encoding":"base64","text":"`+encode([]byte(token))+`"}`))},
		{"a HAR's URL", har(`"method":"GET","url":"https://app.test/cb?code=`+secret+`&state=s","headers":[]`, none)},
		{"a HAR's header", har(`"method":"GET","url":"https://as.test/x","headers":[{"name":"Authorization","value":"Bearer `+secret+`"}]`, none)},
		{"a HAR's cookie", har(`"method":"GET","url":"https://as.test/x","headers":[{"name":"Cookie","value":"sid=`+secret+`"}]`, none)},
		{"a HAR's redirect", har(plain, `"status":302,"headers":[{"name":"Location","value":"https://app.test/cb?code=`+secret+`"}],"content":{"size":0,"mimeType":""}`)},
		{"a HAR's status text", har(plain, strings.Replace(none, `"status":200`, `"status":200,"statusText":"OK access_token=`+secret+`"`, 1))},
		{"a HAR's remark", strings.Replace(har(plain, none), `"cache":{}`, `"cache":{},"comment":"used client_secret=`+secret+`"`, 1)},
		{"a HAR's error", strings.Replace(har(plain, none), `"cache":{}`, `"cache":{},"_error":"net::ERR for https://as.test/?access_token=`+secret+`"`, 1)},
		{"an environment", "CLIENT_ID=app\nCLIENT_SECRET=" + secret + "\n"},
		{"a JSON of settings", `{"client_id":"app","client_secret":"` + secret + `"}`},
		{"a log", `12:00:00 POST https://as.test/token grant_type=refresh_token refresh_token=` + secret},
		{"a URL with one in it", "https://as.test/authorize?response_type=code&client_id=a&redirect_uri=" + url.QueryEscape("https://app.test/cb?access_token="+secret)},
	}
	var refused []string // it is said that they are nothing, without quoting them
	for _, tt := range tests {
		r, err := capture.Read([]byte(tt.text), capture.Options{Now: noon})
		if err != nil {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("%s: %v", tt.name, err)
			}
			refused = append(refused, tt.name)
			continue
		}
		m := redact.ForTrace(r.Trace, r.Tokens...)
		document, err := report.Encode(report.Inspect(r, nil, m, noon), true)
		if err != nil {
			t.Fatal(err)
		}
		forms := map[string]string{"json": string(document)}
		for _, format := range report.Formats() {
			data, err := report.Write(format, r.Trace, m)
			if err != nil {
				t.Errorf("%s: %v", tt.name, err)
			}
			forms[string(format)] = string(data)
		}
		for form, text := range forms {
			for _, part := range []string{secret, secret[:12], url.QueryEscape(secret), basic, encode([]byte(secret))} {
				if strings.Contains(text, part) {
					t.Errorf("%s (%s) as %s: %s", tt.name, r.Kind, form, text)
					break
				}
			}
		}
	}
	if got := strings.Join(refused, ", "); got != "a header, Basic, HTTPie, Python, an environment, a JSON of settings" {
		t.Errorf("not read: %s", got)
	}
}
