package report

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"oauthlens/flows"
	"oauthlens/flows/visible"
)

// longestBody is how much of a body a Markdown report shows, in bytes.
const longestBody = 8 << 10

// Markdown writes the run as a report for an issue or a mail: what it was, the
// findings, then every request and answer.
func Markdown(t flows.Trace, r Redactor, findings ...flows.Finding) []byte {
	w := &markdownWriter{r: r}
	w.head(t)
	w.findings(findings)
	for i, s := range t.Steps() {
		w.step(i, s)
	}
	if lines := LineageLines(Lineage(t, t.EndedAt()), t.EndedAt()); len(lines) > 0 {
		w.printf("\n## Tokens at the end of the run\n\n")
		w.fence("", r.String(strings.Join(lines, "\n")))
	}
	w.printf("\nSecrets are replaced by their name, length and fingerprint; equal fingerprints are equal values.\n")
	return []byte(w.b.String())
}

type markdownWriter struct {
	r Redactor
	b strings.Builder
}

func (w *markdownWriter) printf(format string, a ...any) { fmt.Fprintf(&w.b, format, a...) }

func (w *markdownWriter) head(t flows.Trace) {
	title := "OAuth run"
	start, live := t.Start()
	if live {
		title = start.Provider.Title
		if title == "" {
			title = start.Provider.Name
		}
		title += ": " + string(start.Grant)
	}
	w.printf("# %s\n\n", w.prose(title))
	w.printf("- run: %s\n", w.code(string(t.Run)))
	if live {
		w.printf("- provider: %s, environment: %s\n", w.code(start.Provider.Name), w.code(start.Environment.Name))
	}
	w.printf("- started: %s, ended: %s\n", day(t.StartedAt()), day(t.EndedAt()))
	for _, record := range t.Records {
		switch e := record.Event.(type) {
		case flows.Imported:
			w.printf("- taken from: %s\n", w.prose(e.What))
		case flows.RunEnded:
			why := ""
			if e.Why != "" {
				why = ": " + w.prose(e.Why)
			}
			w.printf("- outcome: %s%s\n", w.prose(string(e.Outcome)), why)
		}
	}
}

func day(t time.Time) string {
	if t.IsZero() {
		return "not known"
	}
	return t.UTC().Format("2006-01-02 15:04:05 UTC")
}

func (w *markdownWriter) findings(findings []flows.Finding) {
	if len(findings) == 0 {
		return
	}
	w.printf("\n## Findings\n")
	for _, f := range findings {
		f = f.Numbered(stepNumber)
		w.printf("\n### %s: %s\n\n", f.Severity, w.prose(f.Title.Text))
		w.printf("%s, %s\n", w.code(f.Code), w.prose(string(f.Confidence)))
		for _, e := range f.Evidence {
			w.printf("- %s\n", w.prose(e.Text))
		}
		for _, part := range []struct{ name, text string }{{"Cause", f.Cause.Text}, {"Fix", f.Fix.Text}, {"Specification", f.Spec}} {
			if part.text != "" {
				w.printf("\n%s: %s\n", part.name, w.prose(part.text))
			}
		}
	}
}

func (w *markdownWriter) step(i int, s flows.Step) {
	x := s.Exchange
	w.printf("\n## %s\n\n", w.prose(stepTitle(i, s)))
	switch {
	case s.Kind == flows.StepAuthorizeURL:
		w.fence("", w.r.String(x.Request.URL))
		return
	case s.Callback != nil:
		w.printf("%s: %s\n\n", w.prose(string(s.Callback.Verdict)), w.prose(s.Callback.Why))
	case x.Duration() > 0:
		w.printf("%s, took %s\n\n", day(x.Started), x.Duration().Round(100*time.Microsecond))
	}
	w.fence("http", w.r.String(string(x.Request.Method+" "+x.Request.URL+" "+version(x.Request.Version)+"\n")+headerLines(x.Request.Headers))+w.body(x.Request.Body))
	if x.Response != nil {
		w.printf("\n")
		head := fmt.Sprintf("%s %d %s\n", version(x.Response.Version), x.Response.Status, x.Response.StatusText)
		w.fence("http", w.r.String(head+headerLines(x.Response.Headers))+w.body(x.Response.Body))
		if x.Response.Problem != "" {
			w.printf("\nThe body: %s\n", w.prose(x.Response.Problem))
		}
	}
	if x.Error != nil {
		w.printf("\nFailed (%s): %s\n", w.prose(string(x.Error.Kind)), w.prose(x.Error.Message))
	}
}

func headerLines(h flows.Headers) string {
	var b strings.Builder
	for _, f := range h {
		b.WriteString(f.Name + ": " + f.Value + "\n")
	}
	return b.String()
}

// body is masked whole before it is cut, so that no half of a secret is left.
func (w *markdownWriter) body(body []byte) string {
	if len(body) == 0 {
		return ""
	}
	masked := w.r.String(string(body))
	if len(masked) <= longestBody {
		return "\n" + masked
	}
	cut := longestBody
	for cut > 0 && !utf8.RuneStart(masked[cut]) {
		cut--
	}
	return fmt.Sprintf("\n%s\n... %d more bytes", masked[:cut], len(masked)-cut)
}

// fence writes a code block whose fence is longer than any run of backticks inside.
func (w *markdownWriter) fence(language, text string) {
	text = strings.TrimRight(visible.Text(text), "\n")
	fence := strings.Repeat("`", max(3, longestRun(text)+1))
	w.printf("%s%s\n%s\n%s\n", fence, language, text, fence)
}

// code is a code span.
func (w *markdownWriter) code(s string) string {
	s = visible.Line(w.r.String(s))
	if strings.TrimSpace(s) == "" {
		return "(none)"
	}
	ticks := strings.Repeat("`", longestRun(s)+1)
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") {
		s = " " + s + " "
	}
	return ticks + s + ticks
}

func longestRun(s string) int {
	longest, run := 0, 0
	for i := range len(s) {
		if s[i] != '`' {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	return longest
}

var markdownMarks = strings.NewReplacer(`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "<", `&lt;`, ">", `&gt;`, "&", "&amp;",
	"|", `\|`, "#", `\#`, "~", `\~`, "!", `\!`, "@", "&#64;")

// prose is running text: nothing in it is a link, a tag, a mention or a heading.
func (w *markdownWriter) prose(s string) string {
	return markdownMarks.Replace(visible.Line(w.r.String(s)))
}
