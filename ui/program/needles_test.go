package program

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
)

// A search for secrets that shares nothing with package redact: it looks for pieces of each
// secret in every spelling, so that half a token, or one that a line break cuts, is found too.

// piece is the length of what is looked for, in bytes; of a shorter secret, all of it.
const piece = 16

// needles are the pieces of secrets, with what they are pieces of.
type needles struct {
	pieces  map[string]string
	lengths []int
}

// plainly names the spelling of a value that needs none.
const plainly = "as it is"

// place is something that was written somewhere.
type place struct{ name, text string }

func newNeedles(secrets []secretValue) needles {
	n := needles{pieces: map[string]string{}}
	for _, s := range secrets {
		if parts := strings.Split(s.Raw, "."); len(parts) == 3 && strings.HasPrefix(s.Raw, "eyJ") {
			// The claims of a JWT are no secret, and a copied pane that shows them is in base64
			// too: of a token that is not cut apart the dots are seen.
			n.add("the signature of "+s.Name, parts[2])
			for _, dot := range []int{len(parts[0]), len(parts[0]) + 1 + len(parts[1])} {
				n.add(s.Name, s.Raw[max(0, dot-piece+1):min(len(s.Raw), dot+piece)])
			}
			continue
		}
		n.add(s.Name, s.Raw)
	}
	return n
}

func (n *needles) add(name, raw string) {
	for form, text := range spellings(raw) {
		size := min(piece, len(text))
		if size < 6 {
			continue // it would hit ordinary words
		}
		if !slices.Contains(n.lengths, size) {
			n.lengths = append(n.lengths, size)
		}
		for i := 0; i+size <= len(text); i++ {
			if _, known := n.pieces[text[i:i+size]]; !known || form == plainly {
				n.pieces[text[i:i+size]] = name + " " + form
			}
		}
	}
}

// find names the secrets that the data holds, each once.
func (n needles) find(data []byte) []string {
	var out []string
	for _, size := range n.lengths {
		for i := 0; i+size <= len(data); i++ {
			if name, ok := n.pieces[string(data[i:i+size])]; ok && !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	return out
}

// spellings are the ways in which HTTP, JSON, HTML, terminals and people write a value.
func spellings(raw string) map[string]string {
	query := url.QueryEscape(raw)
	quoted, _ := json.Marshal(raw)
	var percent, escaped strings.Builder
	for i := range len(raw) {
		fmt.Fprintf(&percent, "%%%02X", raw[i])
		fmt.Fprintf(&escaped, `\u%04x`, raw[i])
	}
	units := utf16.Encode([]rune(raw))
	little, big := make([]byte, 0, 2*len(units)), make([]byte, 0, 2*len(units))
	for _, u := range units {
		little, big = binary.LittleEndian.AppendUint16(little, u), binary.BigEndian.AppendUint16(big, u)
	}
	out := map[string]string{
		plainly: raw, "in a query": query, "in a path": url.PathEscape(raw), "in a query, lower case": strings.ToLower(query), "in a query in a query": url.QueryEscape(query),
		"with every byte escaped": percent.String(), "with every byte escaped, lower case": strings.ToLower(percent.String()),
		"in JSON": string(quoted[1 : len(quoted)-1]), "in JSON, slashes escaped": strings.ReplaceAll(raw, "/", `\/`), "in JSON, every character escaped": escaped.String(),
		"in HTML": html.EscapeString(raw), "in hexadecimal": hex.EncodeToString([]byte(raw)), "in hexadecimal, upper case": strings.ToUpper(hex.EncodeToString([]byte(raw))),
		"in UTF-16, little endian": string(little), "in UTF-16, big endian": string(big), "backwards": backwards(raw),
	}
	// base64 depends on what stands before: Basic credentials have a client id there.
	for shift := range 3 {
		for name, encoding := range map[string]*base64.Encoding{"in base64": base64.RawStdEncoding, "in base64url": base64.RawURLEncoding} {
			text := encoding.EncodeToString(append(make([]byte, shift), raw...))
			from, to := []int{0, 2, 3}[shift], len(text)
			if (shift+len(raw))%3 != 0 {
				to-- // its last character depends on what follows
			}
			out[fmt.Sprint(name, ", shifted by ", shift)] = text[min(from, to):to]
		}
	}
	return out
}

func backwards(s string) string {
	b := []byte(s)
	slices.Reverse(b)
	return string(b)
}

// knownSecrets reads what the program wrote of its secrets for the test. There must be one.
func knownSecrets(t *testing.T, name string) []secretValue {
	t.Helper()
	var out []secretValue
	data, err := os.ReadFile(name)
	if err == nil {
		err = json.Unmarshal(data, &out)
	}
	if err != nil {
		t.Fatalf("no secret is known: %v", err)
	}
	if len(out) == 0 {
		t.Fatal("no secret was in play, so there is nothing to look for")
	}
	return out
}

func wantClean(t *testing.T, n needles, places ...place) {
	t.Helper()
	for _, p := range places {
		if found := n.find([]byte(p.text)); len(found) > 0 {
			t.Errorf("%s holds %q", p.name, found)
		}
	}
}

// inEveryFile looks through everything below the folders.
func inEveryFile(t *testing.T, n needles, folders ...string) {
	t.Helper()
	for _, folder := range folders {
		err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			data, err := os.ReadFile(path)
			wantClean(t, n, place{"the file " + filepath.Base(path), string(data)}, place{"the name of a file", path})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestTheSearchFindsWhatIsThere: each spelling, whole, cut, and at the worst places.
func TestTheSearchFindsWhatIsThere(t *testing.T) {
	const token, secret, short = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJkZW1vIn0.c2ln/bmF0+dXJlLW9m\"LXRo~aXMtdG9rZW4tb2YtdGhlLXRlc3Q", "S3cr3t/Row+One:7fQ&x", "482913"
	n := newNeedles([]secretValue{{"access_token", token}, {"client_secret", secret}, {"code", short}})
	basic := func(id string) string {
		return base64.StdEncoding.EncodeToString([]byte(id + ":" + url.QueryEscape(secret) + secret))
	}
	leaks := map[string]string{
		"as it is": "x" + token + "y", "half": token[:len(token)/2], "its end": token[44:], "wrapped": secret[:18] + "\r\n│ " + secret[18:], "coloured": "\x1b[31m" + secret[2:19] + "\x1b[0m",
		"short": "code=" + short + "&", "query": "?client_secret=" + url.QueryEscape(secret), "lower": strings.ToLower(url.QueryEscape(secret)), "twice": url.QueryEscape(url.QueryEscape(secret)),
		"json": `{"s":"S3cr3t/Row+One:7fQ\u0026x"}`, "slashes": `{"s":"S3cr3t\/Row+One:7fQ&x"}`, "html": html.EscapeString(secret),
		"basic 0": basic("abc"), "basic 1": basic("abcd"), "basic 2": basic("abcde"), "url": base64.RawURLEncoding.EncodeToString([]byte("a" + token)),
		"hex": hex.EncodeToString([]byte(token)), "HEX": fmt.Sprintf("%X", token), "wide": string(bytes.ReplaceAll([]byte(secret), []byte(""), []byte{0})), "title": "\x1b]0;oauthlens " + short + "\a",
		"sql": "SQLite format 3\x00" + strings.Repeat("\x00", 5000) + secret, "reversed": backwards(token),
	}
	for name, text := range leaks {
		if len(n.find([]byte(text))) == 0 {
			t.Errorf("%s: not found in %q", name, text)
		}
	}
	for name, text := range map[string]string{
		"a mask": "access_token (81 chars, #1a2b3c4d)", "the id of a client": "demo-client S3cr3t", "claims alone": token[21:37], "less than a piece": token[:15] + " " + token[40:50], "nothing": "",
		"another token": "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.", "another code": "code=48291&x=3",
	} {
		if found := n.find([]byte(text)); len(found) > 0 {
			t.Errorf("%s: found %q", name, found)
		}
	}
}
