package redact

import (
	"encoding/binary"
	"encoding/json"
	"strings"
	"testing"

	"oauthlens/flows"
)

const wrappedToken = "At.0k-in_a~wrapper"

func maskedBody(t *testing.T, body []byte) string {
	t.Helper()
	x := flows.Exchange{Response: &flows.Response{Body: body}}
	return string(ForTrace(traceWith(x)).Exchange(x).Response.Body)
}

func TestWrappedSecretsAreMasked(t *testing.T) {
	inner := `{"access_token":"` + wrappedToken + `","note":"` + "word" + `"}`
	quoted, _ := json.Marshal(inner)
	twice, _ := json.Marshal(string(quoted))
	for name, body := range map[string]string{
		"an object as the value":    `{"access_token":{"value":"` + wrappedToken + `","type":"bearer"}}`,
		"a list as the value":       `{"access_token":["` + wrappedToken + `"]}`,
		"JSON as a string":          string(quoted),
		"JSON as a string, twice":   string(twice),
		"JSON as a member's string": `{"result":` + string(quoted) + `}`,
	} {
		got := maskedBody(t, []byte(body))
		if strings.Contains(got, wrappedToken) || !strings.Contains(got, "access_token (18 chars, #") {
			t.Errorf("%s: %s", name, got)
		}
		if strings.Contains(body, "bearer") && !strings.Contains(got, "bearer") {
			t.Errorf("%s: a word was masked: %s", name, got)
		}
	}
}

func TestObjectsAboutErrorsStayReadable(t *testing.T) {
	for _, body := range []string{`{"code":{"name":"authorization_pending","id":"E-1234567890123"}}`, `{"token":{"description":"long-words-without-blanks"}}`} {
		if got := maskedBody(t, []byte(body)); got != body {
			t.Error(got)
		}
	}
}

func TestUTF16IsMasked(t *testing.T) {
	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		for _, mark := range []string{"", "\ufeff"} {
			w := wide{order: order}
			body := w.bytes(mark + `{"access_token":"` + wrappedToken + `","name":"Zoë 𝄞"}`)
			x := flows.Exchange{Response: &flows.Response{Body: body}}
			m := ForTrace(traceWith(x))
			got, ok := readWide(m.Bytes(body))
			if !ok || strings.Contains(got.text, wrappedToken) || !strings.Contains(got.text, "access_token (18 chars, #") || !strings.Contains(got.text, "Zoë 𝄞") {
				t.Errorf("%v %q: %q", order, mark, got.text)
			}
			if len(m.Leaks(body)) == 0 || m.Leaks(m.Bytes(body)) != nil {
				t.Errorf("leaks: %v, %v", m.Leaks(body), m.Leaks(m.Bytes(body)))
			}
		}
	}
}

// TestCredentialsAreMaskedBeforeTheyAreSent: a request that is only shown is in no trace.
func TestCredentialsAreMaskedBeforeTheyAreSent(t *testing.T) {
	m := ForTrace(flows.Trace{})
	for _, text := range []string{"Basic aWQ6czNjcjN0LXZhbHVl", "Authorization: Basic aWQ6czNjcjN0LXZhbHVl, then Basic aWQ6czNjcjN0LXZhbHVl"} {
		if got := m.String(text); strings.Contains(got, "aWQ6") || !strings.Contains(got, "Basic credentials (20 chars, #") {
			t.Error(got)
		}
	}
	for _, text := range []string{"Basic words stay", "Basic authentication: RFC 7617", "Basic "} {
		if got := m.String(text); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
}
