package explain

import (
	"testing"

	"oauthlens/flows"
)

func TestPage(t *testing.T) {
	e, _ := Param("scope", InAuthorize)
	page := e.Page(odd())
	var headings []string
	for _, p := range page {
		headings = append(headings, p.Heading)
	}
	want := []string{"", "Read by", "Usual mistake", "At this provider", "Defined in"}
	if len(headings) != len(want) {
		t.Fatalf("headings %q", headings)
	}
	for i := range want {
		if headings[i] != want[i] || page[i].Text == "" {
			t.Errorf("part %d is %+v", i, page[i])
		}
	}
	if page[4].Link != "https://www.rfc-editor.org/rfc/rfc6749#section-3.3" {
		t.Errorf("link %q", page[4].Link)
	}
	own, _ := Field("expireIn")
	page = own.Page(flows.Provider{})
	if last := page[len(page)-1]; len(page) != 3 || last.Text != "not standardised: the provider's own" || last.Link != "" {
		t.Errorf("page of a provider's own member: %+v", page)
	}
	for _, e := range All() {
		for _, p := range e.Page(odd()) {
			if p.Text == "" {
				t.Errorf("%s %s: empty part %q", e.Kind, e.Name, p.Heading)
			}
		}
	}
}
