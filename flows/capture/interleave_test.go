package capture

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"oauthlens/flows"
)

// login is a whole flow of its own user at a server of its own; hops are the seconds
// between its entries.
func login(name string, server string, start float64, hops []float64, withState bool) []string {
	at := start
	i := 0
	next := func() float64 {
		at += hops[i%len(hops)]
		i++
		return at
	}
	state := ""
	if withState {
		state = "&state=state-of-" + name + "-0123456789"
	}
	authorize := "https://" + server + "/authorize?response_type=code&client_id=client-" + name + "&redirect_uri=https%3A%2F%2Fapp.test%2Fcb" + state + "&nonce=" + name
	back := "https://app.test/cb?code=code-of-" + name + "-0123456789" + state
	access, refresh := "access-of-"+name+"-0123456789", "refresh-of-"+name+"-0123456789"
	tokens := func(n int) string {
		return answer(200, fmt.Sprintf(`{"access_token":"%s-%d","refresh_token":"%s-%d"}`, access, n, refresh, n))
	}
	sid := "sid=session-of-" + name + "-0123456789"
	return []string{
		entry(next(), get("https://app.test/login?as="+name), redirect(authorize)),
		entry(next(), get(authorize), answer(302, "", "Set-Cookie", sid+"; Path=/", "Location", "/signin?s="+name)),
		entry(next(), get("https://"+server+"/signin?s="+name, "Cookie", sid), answer(200, "<html>")),
		entry(next(), post("https://"+server+"/signin?s="+name, "user=u", "Cookie", sid), redirect(back)),
		entry(next(), get(back), answer(200, "ok")),
		entry(next(), post("https://"+server+"/token", "grant_type=authorization_code&client_id=client-"+name+"&code=code-of-"+name+"-0123456789"), tokens(1)),
		entry(next(), get("https://api.test/me", "Authorization", "Bearer "+access+"-1"), answer(200, "{}")),
		entry(next(), post("https://"+server+"/token", "grant_type=refresh_token&client_id=client-"+name+"&refresh_token="+refresh+"-1"), tokens(2)),
		entry(next(), get("https://api.test/me", "Authorization", "Bearer "+access+"-2"), answer(200, "{}")),
	}
}

// However many logins run at once, and in whatever order the recorder lists them, each
// comes out as one flow with all its steps in order.
func TestInterleavedLogins(t *testing.T) {
	const want = "other authorize other other callback exchange call refresh call"
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 5).Draw(t, "logins")
		servers := rapid.IntRange(1, 3).Draw(t, "servers")
		var entries []string
		for i := range n {
			hops := rapid.SliceOfN(rapid.Float64Range(0.02, 5), 9, 9).Draw(t, "hops")
			start := rapid.Float64Range(0, 20).Draw(t, "start")
			entries = append(entries, login(fmt.Sprintf("n%d", i), fmt.Sprintf("id%d.test", i%servers), start, hops, rapid.Bool().Draw(t, "state"))...)
		}
		order := rapid.Permutation(entries).Draw(t, "order")
		r, err := Read([]byte(har(order...)), Options{Now: now})
		if err != nil {
			t.Fatal(err)
		}
		if r.Flows() != n {
			t.Fatalf("%d flows of %d logins", r.Flows(), n)
		}
		got := map[int][]string{}
		users := map[int]map[string]bool{}
		for _, s := range r.Trace.Steps() {
			got[s.Flow] = append(got[s.Flow], string(s.Kind))
			if users[s.Flow] == nil {
				users[s.Flow] = map[string]bool{}
			}
			users[s.Flow][user(s.Exchange)] = true
		}
		for flow, steps := range got {
			if strings.Join(steps, " ") != want || len(users[flow]) != 1 {
				t.Fatalf("flow %d of %v: %s", flow, users[flow], strings.Join(steps, " "))
			}
		}
	})
}

// user reads whose exchange it is from the names that login puts everywhere.
func user(x flows.Exchange) string {
	all := x.Request.URL + string(x.Request.Body) + x.Request.Headers.Get("Authorization")
	for i := range 5 {
		if name := fmt.Sprintf("n%d", i); strings.Contains(all, "-"+name+"-") || strings.Contains(all, "="+name) || strings.Contains(all, "client-"+name) {
			return name
		}
	}
	return "?"
}
