package redact

import (
	"encoding/base64"
	"encoding/json"
	"html"
	"net/url"
	"slices"
	"strings"
)

// encodings lists the spellings of a value in messages, without repeats.
func encodings(raw string) []string {
	var out []string
	if strings.Trim(raw, unreserved) == "" { // every spelling is the value itself
		out = []string{raw, strings.ToLower(raw)}
	} else {
		out = spellings(raw)
	}
	if len(raw) >= minLoose {
		// a final group of base64 depends on what follows, so only whole groups are searched
		out = append(out, base64.StdEncoding.EncodeToString([]byte(raw)))
	}
	uniq := out[:0]
	for _, s := range out {
		if s != "" && !slices.Contains(uniq, s) {
			uniq = append(uniq, s)
		}
	}
	return uniq
}

// unreserved are the characters that neither a URL (RFC 3986 section 2.3) nor JSON nor a page
// spells in another way.
const unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"

// spellings lists those of a value in URLs, JSON and pages.
func spellings(raw string) []string {
	quoted, _ := json.Marshal(raw)
	plainQuoted := plainJSON(string(quoted))
	query := url.QueryEscape(raw)
	path := strings.ReplaceAll(query, "+", "%20")
	return []string{raw, query, path, url.QueryEscape(query), strings.ToLower(path),
		string(quoted[1 : len(quoted)-1]), plainQuoted[1 : len(plainQuoted)-1],
		strings.ReplaceAll(plainQuoted[1:len(plainQuoted)-1], "/", `\/`),
		html.EscapeString(raw), url.PathEscape(raw)}
}

// plainJSON is a JSON string as others than encoding/json write it.
func plainJSON(quoted string) string {
	if !strings.Contains(quoted, `\u00`) {
		return quoted
	}
	return strings.NewReplacer(`\u0026`, "&", `\u003c`, "<", `\u003e`, ">").Replace(quoted)
}
