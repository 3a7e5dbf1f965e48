package present

import (
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/rawjson"
	"oauthlens/flows/redact"
	"oauthlens/flows/session"
)

// answeredWith is a run whose call was answered with this body.
func answeredWith(body string) session.Session {
	at := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	t := flows.Trace{Run: "00112233445566aa"}
	t = t.Append(at, flows.RunStarted{Grant: flows.GrantClientCredentials, Environment: flows.Environment{Name: "sandbox"}, Settings: flows.Settings{ClientID: "a"}})
	t = t.Append(at, flows.ExchangeFinished{ID: 1, Exchange: flows.Exchange{Step: flows.StepExchange, Started: at, Ended: at,
		Request:  flows.Request{Method: "POST", URL: "https://as.example/token", Headers: flows.Headers{}, Body: []byte("grant_type=client_credentials")},
		Response: &flows.Response{Status: 200, Body: []byte(body), BodyBytes: int64(len(body)), BodyComplete: true}}})
	return session.Replay(t)
}

// bodyBuilder is a builder that knows one secret.
func bodyBuilder() *builder {
	return &builder{moment: time.Unix(1_700_000_000, 0), mask: redact.New(flows.FingerprintKey{}, map[string]string{"s3cret-of-the-client": "client_secret"})}
}

// TestLinesOfATextAreMadeAsTheyAreLookedAt: every line is the one that stands in the text,
// wherever it stands, and what is beyond the bound is counted.
func TestLinesOfATextAreMadeAsTheyAreLookedAt(t *testing.T) {
	for _, n := range []int{0, 1, atOnce, atOnce + 1, maxLines, maxLines + 1000} {
		var text, want strings.Builder
		for i := range n {
			line := fmt.Sprintf("line %d", i)
			switch {
			case i%1000 == 7:
				line += " s3cret-of-the-client"
			case i%1000 == 8:
				line = strings.Repeat(line, longLine)
			}
			text.WriteString(line + map[bool]string{true: "\r\n", false: "\n"}[i%2 == 0])
			if i < maxLines {
				want.WriteString(strings.ReplaceAll(line, "s3cret-of-the-client", "client_secret (20 chars, #e3aef9bb)") + "\n")
			}
		}
		lines := bodyBuilder().code([]byte(text.String())).opened()
		if n > maxLines {
			fmt.Fprintf(&want, "… %d more lines are not shown here\n", n+1-maxLines)
		}
		var got strings.Builder
		for i := range lines.Len() {
			for _, s := range lines.At(i).Spans {
				if s.Tone == SecretTone {
					if s.Secret.RevealSecret() != "s3cret-of-the-client" {
						t.Error("the secret cannot be revealed")
					}
					got.WriteString("client_secret (20 chars, #e3aef9bb)")
					continue
				}
				got.WriteString(s.Text)
			}
			got.WriteByte('\n')
		}
		if got.String() != want.String() {
			t.Errorf("%d lines: %d bytes are shown, want %d", n, got.Len(), want.Len())
		}
	}
}

// TestLinesOfADocumentAreMadeAsTheyAreLookedAt: line by line the same as made at once.
func TestLinesOfADocumentAreMadeAsTheyAreLookedAt(t *testing.T) {
	long := strings.Repeat("long ", longLine)
	piece := `{"a":[1,{},[],null,{"b":"` + long[:40] + `","exp":1700000600}],"s":"s3cret-of-the-client","l":"x"}`
	text := `[` + piece + strings.Repeat(`,`+piece, 400) + `,"` + long + `"` + strings.Repeat(`,[{"":{"more":1}}]`, 6000) + `]`
	b := bodyBuilder()
	doc, err := rawjson.Parse([]byte(text))
	if err != nil || len(doc.Problems) != 0 {
		t.Fatal(err, doc.Problems)
	}
	shown, depth, values, brackets := map[string]int{}, 0, 0, 0
	lines := named("claim", b.json(doc)).opened()
	if lines.Len() < maxLines || lines.Len() > maxLines+rawjson.MaxDepth+1 {
		t.Fatal(lines.Len(), "lines")
	}
	for i := range lines.Len() - 1 {
		l := lines.At(i)
		if l.many != nil || l.Kind != Code {
			t.Fatalf("line %d: %+v", i, l)
		}
		if l.Explain.Name != "" && l.Explain.Kind != "claim" {
			t.Fatalf("line %d is explained as a %s", i, l.Explain.Kind)
		}
		said := ""
		for _, s := range l.Spans {
			said += s.Text
		}
		switch bare := strings.TrimSuffix(said, ","); {
		case strings.HasSuffix(bare, "{}"), strings.HasSuffix(bare, "[]"):
			values++
		case strings.HasSuffix(bare, "{"), strings.HasSuffix(bare, "["):
			values++
			brackets++
		case bare == "}" || bare == "]":
			brackets--
			depth++
		default:
			values++
		}
		if l.Path != "" {
			shown[l.Path]++
		}
		if i%97 == 0 && !reflect.DeepEqual(l, lines.At(i)) {
			t.Fatalf("line %d is another one when it is looked at again", i)
		}
	}
	all := 0
	again, _ := rawjson.Parse([]byte(text))
	again.Root.Walk(func(*rawjson.Node) { all++ })
	left := lines.At(lines.Len() - 1).Spans[0].Text
	if want := fmt.Sprintf("… %d more values are not shown here", all-values); left != want || brackets != 0 {
		t.Errorf("%q, want %q; %d brackets are open", left, want, brackets)
	}
	note := ""
	for i := range lines.Len() {
		if l := lines.At(i); l.Path == "$[399].a[4].exp" {
			note = l.Note
		}
	}
	if note != "2023-11-14 22:23:20 UTC  in 10 min" {
		t.Errorf("the date beside a number reads %q", note)
	}
	if !b.timed.Load() {
		t.Error("the content says how soon, and is not built again")
	}
}

// megabytes are bodies of a megabyte of which hostile servers are fond.
func megabytes() map[string]string {
	fill := func(open, piece, shut string) string {
		return open + strings.Repeat(piece, (1<<20-len(open)-len(shut))/len(piece)) + shut
	}
	return map[string]string{
		"line breaks":             fill("", " \n", `{"access_token":"x"}`),
		"lines of one character":  fill("", "x\n", ""),
		"one line":                fill(`{"a":"`, "y", `"}`),
		"small values":            fill(`{"a":[0`, ",0", "]}"),
		"a member again":          fill(`{"a":1`, `,"a":1`, "}"),
		"deep":                    strings.Repeat("[", 1<<19),
		"ladders":                 fill("[0", ","+strings.Repeat("[", 240)+strings.Repeat("]", 240), "]"),
		"zeros below a long name": fill(`{"`+strings.Repeat("k", 100_000)+`":[0`, ",0", "]}"),
	}
}

// TestTabsOfAMegabyteAreSmall: what stays of all tabs once they are built, and everything
// that they are made of, is a few times the body.
func TestTabsOfAMegabyteAreSmall(t *testing.T) {
	for name, body := range megabytes() {
		s := answeredWith(body)
		mask := redact.ForTrace(s.Trace())
		w := Run(s, nil, mask, s.Trace().EndedAt().Add(time.Minute))
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		var tabs []Lines
		for _, tab := range w.Panes[1].Tabs {
			tabs = append(tabs, tab.Build())
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		kept := int64(after.HeapAlloc) - int64(before.HeapAlloc)
		if kept > 8<<20 {
			t.Errorf("%s: %d KiB stay of %d tabs", name, kept>>10, len(tabs))
		}
		for _, lines := range tabs { // what is looked at is there
			for i := 0; i < lines.Len(); i += 1 + lines.Len()/50 {
				if l := lines.At(i); l.many != nil {
					t.Errorf("%s: line %d stands for others", name, i)
				}
			}
		}
	}
}

// BenchmarkTabsOfMegabytes is what the bytes and the reading of a hostile megabyte cost.
func BenchmarkTabsOfMegabytes(b *testing.B) {
	for name, body := range megabytes() {
		s := answeredWith(body)
		w := Run(s, nil, redact.ForTrace(s.Trace()), s.Trace().EndedAt().Add(time.Minute))
		for _, tab := range w.Panes[1].Tabs[:2] {
			b.Run(name+"/"+tab.Name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					tab.Build()
				}
			})
		}
	}
}

// BenchmarkAWindowOfAMegabyte is what it costs to look at forty lines at the end, which is
// more than a scroll key does.
func BenchmarkAWindowOfAMegabyte(b *testing.B) {
	for name, body := range megabytes() {
		s := answeredWith(body)
		w := Run(s, nil, redact.ForTrace(s.Trace()), s.Trace().EndedAt().Add(time.Minute))
		for _, tab := range w.Panes[1].Tabs[:2] {
			lines := tab.Build()
			b.Run(name+"/"+tab.Name, func(b *testing.B) {
				for b.Loop() {
					for i := max(0, lines.Len()-40); i < lines.Len(); i++ {
						lines.At(i)
					}
				}
			})
		}
	}
}
