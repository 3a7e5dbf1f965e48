package program

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// How the scripts look into JSON documents.

// lookup finds the values at a path of dots: member names, indexes (-1 is the last), and
// stars for every element.
func lookup(v any, path string) []any {
	if path == "" {
		return []any{v}
	}
	name, rest, _ := strings.Cut(path, ".")
	var out []any
	switch v := v.(type) {
	case map[string]any:
		if member, ok := v[name]; ok {
			out = lookup(member, rest)
		}
	case []any:
		i, err := strconv.Atoi(name)
		if i < 0 {
			i += len(v)
		}
		for at, element := range v {
			if name == "*" || err == nil && at == i {
				out = append(out, lookup(element, rest)...)
			}
		}
	}
	return out
}

func find(ts *testscript.TestScript, file, path string) []any {
	var v any
	if err := json.Unmarshal([]byte(ts.ReadFile(file)), &v); err != nil {
		ts.Fatalf("%s: %v", file, err)
	}
	return lookup(v, path)
}

// scalar is a value as a script writes it: text bare, everything else as JSON.
func scalar(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	data, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(data)
}

func jsonGet(ts *testscript.TestScript, neg bool, args []string) {
	arguments(ts, neg, args, 3)
	got := find(ts, args[0], args[1])
	if len(got) != 1 {
		ts.Fatalf("%d values at %s", len(got), args[1])
	}
	if scalar(got[0]) != args[2] {
		ts.Fatalf("%s is %s, not %s", args[1], scalar(got[0]), args[2])
	}
}

func jsonHas(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("takes 3 arguments")
	}
	var seen []string
	has := false
	for _, v := range find(ts, args[0], args[1]) {
		seen = append(seen, scalar(v))
		has = has || scalar(v) == args[2]
	}
	if has == neg {
		ts.Fatalf("%s is %q", args[1], seen)
	}
}

func jsonCount(ts *testscript.TestScript, neg bool, args []string) {
	arguments(ts, neg, args, 3)
	got := find(ts, args[0], args[1])
	if len(got) != 1 {
		ts.Fatalf("%d values at %s", len(got), args[1])
	}
	list, ok := got[0].([]any)
	if !ok || fmt.Sprint(len(list)) != args[2] {
		ts.Fatalf("%s is %s, not a list of %s", args[1], scalar(got[0]), args[2])
	}
}
