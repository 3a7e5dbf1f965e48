package diagnose

import (
	"fmt"
	"strings"
)

// Markdown writes the documentation of the rules, one section a stage, one entry a code.
func Markdown(rules []Rule) string {
	var b strings.Builder
	b.WriteString("# Findings\n\nGenerated from the rules of `flows/diagnose` by `go test ./flows/diagnose -run Docs -update`; do not edit.\n\n")
	b.WriteString("A finding names the cause, not the symptom: it stands at the stage where the fault originates. **error**: the flow stops or must not be trusted; " +
		"**warning**: it works now, but something is lost, weak or will break; **info**: good to know. A finding is *certain* only when the evidence leaves no other reading, " +
		"else *likely*, or *possible* when several causes are left.\n")
	stage := Stage("")
	for _, r := range rules {
		if r.Stage != stage {
			stage = r.Stage
			fmt.Fprintf(&b, "\n## %s\n", stage)
		}
		live := ""
		if r.LiveOnly {
			live = " · live runs only"
		}
		fmt.Fprintf(&b, "\n### `%s`\n\n%s. **%s**%s · %s\n\n%s\n\n- Why: %s\n- Fix: %s\n- Found: %s\n- Left alone: %s\n", r.Code, r.Title, r.Severity, live, r.Spec, r.Doc, r.Cause, r.Fix, r.Bad, r.Good)
	}
	b.WriteString(knowledge())
	return b.String()
}

// knowledge lists what is known of providers without a profile, and where it was read.
func knowledge() string {
	var b strings.Builder
	b.WriteString("\n## What is known of providers\n\nSome rules know more than a recording shows. Of a provider with a profile it is read from the profile; of these others from a table, whose sources were read on " +
		checkedOn + ". What nobody has checked is general knowledge, and a finding that rests on it says so.\n\n| provider | known | source |\n|---|---|---|\n")
	for i := range facts {
		f := &facts[i]
		var rest []string
		for _, field := range f.fields() {
			if !f.sourced(field) {
				rest = append(rest, field)
			}
		}
		for _, s := range f.sources {
			fmt.Fprintf(&b, "| %s | %s | %s |\n", f.name, s.fields, s.where)
		}
		if len(rest) > 0 {
			fmt.Fprintf(&b, "| %s | %s | general knowledge |\n", f.name, strings.Join(rest, ", "))
		}
	}
	return b.String()
}
