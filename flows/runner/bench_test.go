package runner

import (
	"bytes"
	"io"
	"net/http"
	"testing"
	"time"

	"oauthlens/flows"
)

// BenchmarkExchange is one POST over a new connection, by hand and by net/http, against
// the same server.
func BenchmarkExchange(b *testing.B) {
	s, r := startFault(b, "none")
	b.Run("runner", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			x := r.send(b.Context(), flows.StepExchange, post(s.URL), time.Minute)
			if x.Error != nil || x.Response.Status != 200 {
				b.Fatal(x.Error)
			}
		}
	})
	b.Run("http.Transport", func(b *testing.B) {
		b.ReportAllocs()
		transport := &http.Transport{DisableKeepAlives: true}
		for b.Loop() {
			sent := post(s.URL)
			request, err := http.NewRequestWithContext(b.Context(), sent.Method, sent.URL, bytes.NewReader(sent.Body))
			if err != nil {
				b.Fatal(err)
			}
			response, err := transport.RoundTrip(request)
			if err != nil {
				b.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, response.Body)
			_ = response.Body.Close()
		}
	})
}
