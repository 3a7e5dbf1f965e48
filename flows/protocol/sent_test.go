package protocol_test

import (
	"slices"
	"testing"

	"oauthlens/flows"
	"oauthlens/flows/protocol"
)

func TestSentParams(t *testing.T) {
	tests := []struct {
		name, url, body string
		want            []flows.Param
	}{
		{"form", "https://h/t?x=1", "a=1&b=%20+&a=2", []flows.Param{{Name: "a", Value: "1"}, {Name: "b", Value: "  "}, {Name: "a", Value: "2"}}},
		{"JSON", "https://h/t", ` {"a":"1","n":7,"b":"\u0041"}`, []flows.Param{{Name: "a", Value: "1"}, {Name: "b", Value: "A"}}},
		{"query", "https://h/t?a=1&b", "", []flows.Param{{Name: "a", Value: "1"}, {Name: "b"}}},
		{"nothing", "https://h/t", "", nil},
		{"a JSON list is no object", "https://h/t", `["a=b"]`, []flows.Param{{Name: `["a`, Value: `b"]`}}},
	}
	for _, tt := range tests {
		if got := protocol.SentParams(flows.Request{URL: tt.url, Body: []byte(tt.body)}); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q", tt.name, got)
		}
	}
}
