package program

import (
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"regexp"
	"strings"
	"time"
)

// A user with a browser, as far as sign-in and consent pages need one: it keeps cookies,
// follows redirects, and fills in and sends the first form of each page.

var (
	formTag   = regexp.MustCompile(`(?is)<form\b([^>]*)>(.*?)</form>`)
	fieldTag  = regexp.MustCompile(`(?is)<(?:input|button)\b([^>]*)>`)
	attribute = regexp.MustCompile(`(?is)([a-z-]+)\s*=\s*"([^"]*)"`)
)

func attributes(tag string) map[string]string {
	out := map[string]string{}
	for _, m := range attribute.FindAllStringSubmatch(tag, -1) {
		out[strings.ToLower(m[1])] = html.UnescapeString(m[2])
	}
	return out
}

// maxPages bounds a sign-in that goes round in circles.
const maxPages = 10

// visitAsUser opens a URL and sends forms until a page has none. It returns that page.
func visitAsUser(start string) (string, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return "", err
	}
	client := &http.Client{Jar: jar, Timeout: 20 * time.Second}
	response, err := client.Get(start)
	for range maxPages {
		if err != nil {
			return "", err
		}
		page, readErr := io.ReadAll(io.LimitReader(response.Body, 1<<20))
		_ = response.Body.Close() // it was read
		if readErr != nil {
			return "", readErr
		}
		form := formTag.FindStringSubmatch(string(page))
		if form == nil {
			return string(page), nil
		}
		target, parseErr := response.Request.URL.Parse(attributes(form[1])["action"])
		if parseErr != nil {
			return "", parseErr
		}
		response, err = client.PostForm(target.String(), fill(form[2]))
	}
	return "", fmt.Errorf("still a form after %d pages", maxPages)
}

// fill answers the fields of a form and presses its first button.
func fill(form string) url.Values {
	values, pressed := url.Values{}, false
	for _, m := range fieldTag.FindAllStringSubmatch(form, -1) {
		a := attributes(m[1])
		button := a["type"] == "submit" || strings.HasPrefix(strings.ToLower(m[0]), "<button")
		switch {
		case a["name"] == "" || button && pressed:
		case button:
			pressed = true
			values.Set(a["name"], a["value"])
		case a["type"] == "text" || a["type"] == "password":
			values.Set(a["name"], "somebody")
		default:
			values.Add(a["name"], a["value"])
		}
	}
	return values
}

// openAsUser stands in for the desktop's launcher: xdg-open URL.
func openAsUser() {
	for _, entry := range os.Environ() {
		if name, _, _ := strings.Cut(entry, "="); strings.HasSuffix(name, "SECRET") || strings.HasSuffix(name, "REFRESH_TOKEN") {
			fmt.Fprintln(os.Stderr, "the browser inherits "+name)
			os.Exit(1)
		}
	}
	if _, err := visitAsUser(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
