package explain

import (
	"testing"
	"time"

	"oauthlens/flows"
)

func TestPage(t *testing.T) {
	e, _ := Param("scope", InAuthorize)
	page := e.Page(odd())
	var headings []string
	for i, p := range page {
		if i == 0 || p.Heading != "" { // the remarks about a provider share one heading
			headings = append(headings, p.Heading)
		}
	}
	want := []string{"", "Read by", "Usual mistake", "At this provider", "Defined in"}
	if len(headings) != len(want) {
		t.Fatalf("headings %q", headings)
	}
	for i := range want {
		if headings[i] != want[i] {
			t.Errorf("heading %d is %q", i, headings[i])
		}
	}
	if len(page) <= len(want) {
		t.Errorf("one remark only in %+v", page)
	}
	if page[len(page)-1].Link != "https://www.rfc-editor.org/rfc/rfc6749#section-3.3" {
		t.Errorf("link %q", page[len(page)-1].Link)
	}
	own, _ := Field("expireIn")
	page = own.Page(flows.Provider{})
	if last := page[len(page)-1]; len(page) != 3 || last.Text != "not standardised: the provider's own" || last.Link != "" {
		t.Errorf("page of a provider's own member: %+v", page)
	}
	exp, _ := Claim("exp")
	for _, p := range exp.Page(flows.Provider{Lifetimes: flows.Lifetimes{AccessToken: time.Hour}}) {
		if p.Heading == "At this provider" && p.Text != "An access token lives 1 hour." {
			t.Errorf("the heading is said again: %q", p.Text)
		}
	}
	for _, e := range All() {
		for _, p := range e.Page(odd()) {
			if p.Text == "" {
				t.Errorf("%s %s: empty part %q", e.Kind, e.Name, p.Heading)
			}
		}
	}
}
