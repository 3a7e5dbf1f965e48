package compare

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/rawjson"
)

// megabyte is a JSON answer of at least a megabyte; odd makes every fifth element differ.
func megabyte(odd bool) string {
	var b strings.Builder
	b.WriteString(`{"results":[`)
	for i := 0; b.Len() < 1<<20; i++ {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"account_id":"acc-%08d","name":"Somebody \"%d\"","amount":%d.25,"tags":["a","b"],"nested":{"currency":"GBP","ok":true,"none":null}`, i, i, i)
		if odd && i%5 == 0 {
			b.WriteString(`,"extra":{"deep":[1,2,3]}`)
		}
		b.WriteByte('}')
	}
	b.WriteString(`],"next":"x"}`)
	return b.String()
}

func callTrace(body string) flows.Trace {
	f := newFlow()
	t := f.trace()
	for i, r := range t.Records {
		if e, ok := r.Event.(flows.ExchangeFinished); ok && e.Exchange.Step == flows.StepCall {
			e.Exchange.Response.Body = []byte(body)
			t.Records[i].Event = e
		}
	}
	return t
}

// TestLargeBodies: the structure of large bodies is compared, none of their values is.
func TestLargeBodies(t *testing.T) {
	c := Traces(callTrace(megabyte(false)), callTrace(megabyte(true)), Options{})
	var got []string
	for _, d := range c.Of("call") {
		got = append(got, string(d.Verdict)+" "+d.Path)
	}
	if want := []string{"suspicious call.response.body$.results[].extra"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	// a large answer beside a small one: still the structure
	small := `{"results":[{"account_id":"1","name":"x","amount":"2","tags":[],"nested":{"currency":"GBP","ok":true,"none":null}}],"next":"y"}`
	c = Traces(callTrace(megabyte(false)), callTrace(small), Options{})
	got = nil
	for _, d := range c.Of("call") {
		got = append(got, d.Rule+" "+d.Path)
	}
	if want := []string{"member-type call.response.body$.results[].amount"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// BenchmarkMegabyte compares two runs with answers of a megabyte each: under 50 ms.
func BenchmarkMegabyte(b *testing.B) {
	one, other := callTrace(megabyte(false)), callTrace(megabyte(true))
	for b.Loop() {
		Traces(one, other, Options{})
	}
}

// BenchmarkFlow compares two ordinary runs.
func BenchmarkFlow(b *testing.B) {
	one, other := newFlow().trace(), newFlow().other().trace()
	for b.Loop() {
		Traces(one, other, Options{})
	}
}

// structure is the paths and kinds that a full reading gives.
func structure(data []byte) (map[string]rawjson.Kind, bool) {
	doc, err := rawjson.Parse(data)
	if err != nil || len(doc.Problems) > 0 || doc.Root.Kind > rawjson.Array {
		return nil, false
	}
	w := walker{prefix: "response.body", area: areaJOSE}
	w.side = &testPair("").a
	w.walk(doc.Root, "$", "")
	out := map[string]rawjson.Kind{}
	for _, f := range w.facts {
		out[f.path] = f.kind
	}
	return out, true
}

// FuzzScanner: the quick reading sees the paths and types that the full reading sees, and
// hostile input does not bring it down.
func FuzzScanner(f *testing.F) {
	for _, s := range []string{`{"a":1}`, `[{"a":[]},{"a":[1]}]`, `{"a\u0062":{"x y":null},"":[[[]]]}`, `{"a":null,"b":[null,1]}`, `{"a":`, `[1,`, "\xef\xbb\xbf{}", `{"a":{"b":1},"c":[{"b":"}"},{"b":"\\\""}]}`, `[]x`, `{"a":01}`, strings.Repeat("[", 300)} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		facts := largeFacts(data, nil)
		want, ok := structure(data)
		if !ok {
			return
		}
		got := map[string]rawjson.Kind{}
		for _, one := range facts {
			if one.area != areaForm {
				got[one.path] = one.kind
			}
		}
		for path, kind := range want {
			if got[path] != kind && len(path) <= longestPath {
				t.Errorf("%s is %s, the full reading says %s", path, got[path], kind)
			}
		}
		if len(got) > len(want) {
			t.Errorf("%d paths, the full reading has %d", len(got), len(want))
		}
	})
}

// TestManyMembers: an object with many names does not cost the square of their number.
func TestManyMembers(t *testing.T) {
	var b strings.Builder
	b.WriteByte('{')
	for i := range 60000 {
		fmt.Fprintf(&b, `"k%d":{"v":%d},`, i, i)
	}
	b.WriteString(`"end":1}`)
	facts := largeFacts([]byte(b.String()), nil)
	if len(facts) > maxShapes+10 {
		t.Errorf("%d facts", len(facts))
	}
}

// TestHostileTraces: what is missing or broken on one side is compared as far as it goes.
func TestHostileTraces(t *testing.T) {
	whole := newFlow().trace()
	for name, b := range map[string]flows.Trace{
		"nothing":       {},
		"only begun":    {Records: whole.Records[:1]},
		"a paste":       flows.Trace{}.Append(time.Now(), flows.Imported{What: "a paste"}),
		"no answer":     flows.Trace{}.Append(time.Now(), flows.ExchangeFinished{Exchange: flows.Exchange{Step: flows.StepExchange, Error: &flows.TransportError{Kind: flows.ErrorDNS, Message: "no such host"}}}),
		"an odd answer": flows.Trace{}.Append(time.Now(), flows.ExchangeFinished{Exchange: flows.Exchange{Step: flows.StepExchange, Response: &flows.Response{Status: 200, Body: []byte(`{"access_token":"a.b.c","expires_in":{}}`)}}}),
	} {
		t.Run(name, func(t *testing.T) {
			for _, c := range []Comparison{Traces(whole, b, Options{}), Traces(b, whole, Options{}), Traces(b, b, Options{})} {
				for _, d := range c.Differences {
					if d.Why == "" || d.Path == "" || d.Step == "" || d.Rule == "unknown" {
						t.Errorf("%+v", d)
					}
				}
			}
			if c := Traces(b, b, Options{}); len(c.Differences) != 0 {
				t.Errorf("it differs from itself: %+v", c.Differences)
			}
		})
	}
}

// FuzzTraces: whatever two servers answer, the comparison ends, says why, shows nothing
// unbounded, and is the same from both sides.
func FuzzTraces(f *testing.F) {
	for _, s := range []string{`{"access_token":"abcdefgh","expires_in":1}`, `{"error":"invalid_grant","error_description":"x"}`, `<html>`, `access_token=abcdefgh&expires_in=5`,
		`{"access_token":"eyJhbGciOiJub25lIn0.eyJhdWQiOlsiYSIsImIiXSwiZXhwIjoxfQ.","scope":["a"]}`, `{"keys":[{"kty":"RSA"}],"issuer":"https://x","scopes_supported":[1,{}]}`, ``} {
		f.Add([]byte(s), []byte(`{"access_token":"12345678","scope":"a b","data":{"a":[{"b":null}]}}`))
	}
	steps := []flows.StepKind{flows.StepDiscovery, flows.StepExchange, flows.StepJWKS, flows.StepCall, flows.StepRefresh}
	begun := newFlow().trace().Records[:1:1]
	trace := func(body []byte) flows.Trace {
		t := flows.Trace{Records: begun}
		for _, s := range steps {
			t = t.Append(time.Unix(0, 0), flows.ExchangeFinished{Exchange: flows.Exchange{Step: s, Response: &flows.Response{Status: 200, Body: body, Headers: flows.Headers{{Name: string(body[:min(9, len(body))]), Value: "x"}}}}})
		}
		return t
	}
	f.Fuzz(func(t *testing.T, a, b []byte) {
		c, back := Traces(trace(a), trace(b), Options{}), Traces(trace(b), trace(a), Options{})
		if len(c.Suspicious()) != len(back.Suspicious()) || len(c.Differences) != len(back.Differences) {
			t.Errorf("%d of %d differences are suspicious, the other way round %d of %d", len(c.Suspicious()), len(c.Differences), len(back.Suspicious()), len(back.Differences))
		}
		for _, d := range c.Differences {
			if d.Why == "" || len(d.Why) > maxWhy+8 || len(d.A) > maxShown+8 || len(d.B) > maxShown+8 || len(d.Path) > maxShown+8 {
				t.Errorf("%+v", d)
			}
		}
		if c := Traces(trace(a), trace(a), Options{}); len(c.Differences) > 0 {
			t.Errorf("it differs from itself: %+v", c.Differences)
		}
	})
}

// TestMembersBelowALongName: neither it nor they have a path of their own, and the others do.
func TestMembersBelowALongName(t *testing.T) {
	long := strings.Repeat("k", 500_000)
	var b strings.Builder
	b.WriteString(`{"short":1,"` + long + `":{"a":1`)
	for i := 0; b.Len() < 1<<20; i++ {
		fmt.Fprintf(&b, `,"a%d":1`, i)
	}
	b.WriteString("}}")
	size := 0
	for _, f := range largeFacts([]byte(b.String()), nil) {
		size += len(f.path) + len(f.parent)
	}
	if size > 4*longestPath {
		t.Errorf("the paths have %d bytes", size)
	}
	w := walker{area: areaMember, prefix: "response.body"}
	doc, err := rawjson.Parse([]byte(`{"short":1,"` + long[:30_000] + `":{"a":1,"b":2}}`))
	if err != nil {
		t.Fatal(err)
	}
	if w.walk(doc.Root, "$", ""); len(w.facts) != 2 || w.facts[1].name != "short" {
		t.Errorf("%d facts", len(w.facts))
	}
}
