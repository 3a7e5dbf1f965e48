package program

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestSecurityPageNamesTests: each promise of docs/security.md is held by tests that are
// there.
func TestSecurityPageNamesTests(t *testing.T) {
	page, err := os.ReadFile("../../docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{}
	err = fs.WalkDir(os.DirFS("../.."), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, "_test.go") {
			return err
		}
		text, err := os.ReadFile(filepath.Join("..", "..", name))
		for _, m := range regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`).FindAllSubmatch(text, -1) {
			there[string(m[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	promises := 0
	for line := range strings.Lines(string(page)) {
		names := regexp.MustCompile("`((?:Test|Fuzz)\\w+)`").FindAllStringSubmatch(line, -1)
		for _, m := range names {
			if !there[m[1]] {
				t.Errorf("docs/security.md names %s, which is no test", m[1])
			}
		}
		if strings.HasPrefix(line, "| ") && len(names) > 0 {
			promises++
		}
	}
	if promises < 15 {
		t.Errorf("only %d promises name their tests", promises)
	}
}

// readers are the functions that read foreign bytes, and the fuzz target of each. What is
// named like a reader and reads nothing foreign has the reason instead.
func readers() map[string]string {
	return map[string]string{
		"flows.DecodeEvent": "FuzzDecodeEvent", "rawjson.Parse": "FuzzParse", "provider.Load": "FuzzLoad", "provider.LoadFolder": "FuzzLoad",
		"jose.Decode": "FuzzDecode", "jose.ReadClaims": "FuzzDecode", "jose.ParseJWKS": "FuzzParseJWKS",
		"protocol.ReadUserInfo": "FuzzReadClaims", "protocol.ReadIntrospection": "FuzzReadClaims",
		"protocol.ReadAnswer": "FuzzReadToken", "protocol.ReadToken": "FuzzReadToken", "protocol.ParsePaste": "FuzzParsePaste",
		"protocol.ReadMetadata": "FuzzReadMetadata", "protocol.ReadAuthorizeURLCall": "FuzzReadMetadata",
		"protocol.JudgeCallback": "FuzzJudgeCallback", "protocol.ReadCallback": "FuzzJudgeCallback", "protocol.DecodeForm": "FuzzJudgeCallback",
		"capture.Read": "FuzzPaste", "capture.ReadFrom": "FuzzPaste",
		"rawjson.ParsePath": "paths are those of profiles, and FuzzLoad reads them", "explain.Parse": "the names of kinds are the program's own",
		"store.Load": "FuzzDecodeEvent", "store.LoadClient": "what it reads was written by the program itself",
	}
}

// unexported are readers that no other room calls.
func unexported() map[string]string {
	return map[string]string{
		"runner": "FuzzAnswer FuzzVisit FuzzFindForm FuzzUndo", "redact": "FuzzLearn FuzzMask", "visible": "FuzzLine", "capture": "FuzzHAR FuzzCurl FuzzURL",
		"report": "FuzzRender FuzzCurlQuoting", "diagnose": "FuzzRun", "vault": "FuzzDecodeKeyFile FuzzOpenSealed", "frame": "FuzzFrameNeverExceedsItsSize", "simulator": "FuzzServe",
	}
}

// TestEveryReaderIsFuzzed: a function that is named like a reader has a fuzz target, or a
// reason, and every target is there.
func TestEveryReaderIsFuzzed(t *testing.T) {
	there, met := map[string]bool{}, map[string]bool{}
	err := fs.WalkDir(os.DirFS("../.."), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") || strings.Contains(name, "faultserver") || !strings.HasPrefix(name, "flows/") && !strings.HasPrefix(name, "store/") && !strings.HasPrefix(name, "ui/") {
			return err
		}
		text, err := os.ReadFile(filepath.Join("..", "..", name))
		room := filepath.Base(filepath.Dir(name))
		if strings.HasSuffix(name, "_test.go") {
			for _, m := range regexp.MustCompile(`(?m)^func (Fuzz\w+)\(`).FindAllSubmatch(text, -1) {
				there[string(m[1])] = true
			}
			return err
		}
		if strings.HasPrefix(name, "ui/") {
			return err
		}
		for _, m := range regexp.MustCompile(`(?m)^func (?:\(\w+ \*?([A-Z]\w*)\) )?((?:Parse|Read|Decode|Load|Judge)[A-Za-z]*)\(`).FindAllSubmatch(text, -1) {
			reader := room + "." + string(m[2])
			if string(m[2]) == "ReadOnly" {
				continue
			}
			met[reader] = true
			if readers()[reader] == "" {
				t.Errorf("%s: the reader %s has no fuzz target", name, reader)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for reader, target := range readers() {
		if !met[reader] {
			t.Errorf("there is no reader %s", reader)
		}
		if strings.HasPrefix(target, "Fuzz") && !there[target] {
			t.Errorf("%s: there is no %s", reader, target)
		}
	}
	for room, targets := range unexported() {
		for target := range strings.FieldsSeq(targets) {
			if !there[target] {
				t.Errorf("%s: there is no %s", room, target)
			}
		}
	}
}
