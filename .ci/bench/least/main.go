// Command least is the floor of one client-credentials request: net/http and nothing else.
// Its arguments are the token endpoint, the client id and the secret.
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
	r, err := http.PostForm(os.Args[1], url.Values{"grant_type": {"client_credentials"}, "client_id": {os.Args[2]}, "client_secret": {os.Args[3]}})
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
