// Command least is the floor of one client-credentials request: net/http and nothing else.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
)

func main() {
	r, err := http.PostForm(os.Args[1], url.Values{"grant_type": {"client_credentials"}, "client_id": {"id"}, "client_secret": {"secret"}})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		os.Exit(1)
	}
	var answer map[string]any
	if json.Unmarshal(body, &answer) != nil {
		os.Exit(1)
	}
	fmt.Println(r.StatusCode, answer["token_type"])
}
