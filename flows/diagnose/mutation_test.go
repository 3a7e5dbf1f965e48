package diagnose

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// harFile is as much of a HAR as the mutations touch.
type harFile struct {
	Log map[string]any `json:"log"`
}

func (h harFile) entries() []any { return h.Log["entries"].([]any) }

// mutation changes how a recording was written down, not what happened.
type mutation struct {
	name  string
	apply func(r *rand.Rand, h harFile)
}

func headers(e any, side string, f func(map[string]any)) {
	list, _ := e.(map[string]any)[side].(map[string]any)["headers"].([]any)
	for _, h := range list {
		f(h.(map[string]any))
	}
}

var mutations = []mutation{
	{"entries in any order", func(r *rand.Rand, h harFile) {
		es := h.entries()
		r.Shuffle(len(es), func(i, j int) { es[i], es[j] = es[j], es[i] })
	}},
	{"header names in another case", func(_ *rand.Rand, h harFile) {
		for _, e := range h.entries() {
			for _, side := range [...]string{"request", "response"} {
				headers(e, side, func(f map[string]any) {
					name := f["name"].(string)
					if up := strings.ToUpper(name); up != name {
						f["name"] = up
					} else {
						f["name"] = strings.ToLower(name)
					}
				})
			}
		}
	}},
	{"bodies in base64", func(_ *rand.Rand, h harFile) {
		for _, e := range h.entries() {
			c, _ := e.(map[string]any)["response"].(map[string]any)["content"].(map[string]any)
			if text, ok := c["text"].(string); ok && c["encoding"] == nil {
				c["text"], c["encoding"] = base64.StdEncoding.EncodeToString([]byte(text)), "base64"
			}
		}
	}},
	{"furniture and analytics between", func(r *rand.Rand, h harFile) {
		es := h.entries()
		for i := range 30 {
			like := es[r.IntN(len(es))].(map[string]any)
			es = append(es, map[string]any{"startedDateTime": like["startedDateTime"], "time": 5,
				"request":  map[string]any{"method": "GET", "url": fmt.Sprintf("https://cdn%d.gray.test/a/state=%d.js?token=x", i, i), "httpVersion": "HTTP/2", "headers": []any{}},
				"response": map[string]any{"status": 404, "statusText": "", "headers": []any{}, "content": map[string]any{"mimeType": "text/javascript", "text": "error invalid_grant"}}})
		}
		h.Log["entries"] = es
	}},
	{"another recorder, no extras", func(_ *rand.Rand, h harFile) {
		h.Log["creator"] = map[string]any{"name": "unknown", "version": "0"}
		delete(h.Log, "pages")
		for _, e := range h.entries() {
			m := e.(map[string]any)
			for _, k := range [...]string{"pageref", "connection", "_resourceType", "_initiator", "_priority", "timings", "cache", "serverIPAddress"} {
				delete(m, k)
			}
		}
	}},
	{"form parameters in another order", func(_ *rand.Rand, h harFile) {
		for _, e := range h.entries() {
			p, _ := e.(map[string]any)["request"].(map[string]any)["postData"].(map[string]any)
			text, _ := p["text"].(string)
			if !strings.HasPrefix(text, "grant_type=") || strings.Contains(text, "kk09") {
				continue
			}
			parts := strings.Split(text, "&")
			for i, j := 0, len(parts)-1; i < j; i, j = i+1, j-1 {
				parts[i], parts[j] = parts[j], parts[i]
			}
			p["text"] = strings.Join(parts, "&")
			delete(p, "params")
		}
	}},
}

// otherNames renames hosts and products. Recordings with tokens or a signed callback keep
// their names, since the signature covers them.
var otherNames = strings.NewReplacer("acme-tools", "zeta-works", "orbitgames", "plume-play", "nordicpay", "sudpay", "fjordbank", "tarnbank", "harborcloud", "quaycloud",
	"medsys", "clinix", "ledgerly", "inkwell", "penfolio-staging", "folio-staging", "Robin", "Kim", "localhost:3000", "localhost:4711", "localhost%3A3000", "localhost%3A4711")

func TestMutations(t *testing.T) {
	cases, want := corpus(t)
	for _, m := range mutations {
		t.Run(m.name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(7, 11))
			var s scores
			for _, name := range sortedKeys(want) {
				var h harFile
				if err := json.Unmarshal(bytes.TrimPrefix(cases[name], bom), &h); err != nil {
					t.Fatal(name, err)
				}
				m.apply(r, h)
				data, err := json.Marshal(h)
				if err != nil {
					t.Fatal(err)
				}
				s.judge(name, want[name], inspect(t, name, data))
			}
			s.require(t)
		})
	}
	t.Run("other names", func(t *testing.T) {
		var s scores
		for _, name := range sortedKeys(want) {
			data := cases[name]
			if !bytes.Contains(data, []byte("eyJ")) && !bytes.Contains(data, []byte("hmac=")) {
				data = []byte(otherNames.Replace(string(data)))
			}
			s.judge(name, want[name], inspect(t, name, data))
		}
		s.require(t)
	})
}
