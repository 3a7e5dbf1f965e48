package rawjson

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Path is where the value stands. It is made when it is asked for: the paths of all values
// below one name of a hundred kilobytes are gigabytes.
func (n *Node) Path() string {
	var up []*Node
	for at := n; at.parent != nil; at = at.parent {
		up = append(up, at)
	}
	path := []byte("$")
	for _, at := range slices.Backward(up) {
		if at.parent.Kind == Array {
			path = append(strconv.AppendInt(append(path, '['), int64(at.index), 10), ']')
			continue
		}
		path = append(path, step(at.Name)...)
	}
	return string(path)
}

// Join appends a member name to a path.
func Join(path, name string) string { return path + step(name) }

// step is the step of a path that leads to a member.
func step(name string) string {
	if plainName(name) {
		return "." + name
	}
	return "['" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(name) + "']"
}

func plainName(s string) bool {
	for i, r := range s {
		letter := r == '_' || r == '$' && i > 0 || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
		if !letter && (i == 0 || (r < '0' || r > '9') && r != '-') {
			return false
		}
	}
	return s != ""
}

// PathStep is one step of a path: a member name, or an index when Index >= 0.
type PathStep struct {
	Name  string
	Index int
}

// ParsePath reads a path; the error says at which byte it goes wrong.
func ParsePath(path string) ([]PathStep, error) {
	if !strings.HasPrefix(path, "$") {
		return nil, fmt.Errorf("a path begins with $, this is %q", path)
	}
	var steps []PathStep
	for i := 1; i < len(path); {
		step, n, ok := pathStep(path[i:])
		if !ok {
			return nil, fmt.Errorf("path %q: expected .name, ['name'] or [n] at byte %d", path, i)
		}
		steps = append(steps, step)
		i += n
	}
	return steps, nil
}

func pathStep(s string) (PathStep, int, bool) {
	switch {
	case s[0] == '.':
		end := strings.IndexAny(s[1:], ".[")
		if end < 0 {
			end = len(s) - 1
		}
		return PathStep{Name: s[1 : 1+end], Index: -1}, 1 + end, plainName(s[1 : 1+end])
	case strings.HasPrefix(s, "['"):
		var name strings.Builder
		for i := 2; i < len(s); i++ {
			switch {
			case s[i] == '\\' && i+1 < len(s):
				i++
				name.WriteByte(s[i])
			case s[i] == '\'':
				return PathStep{Name: name.String(), Index: -1}, i + 2, strings.HasPrefix(s[i:], "']")
			default:
				name.WriteByte(s[i])
			}
		}
	case s[0] == '[':
		end := strings.IndexByte(s, ']')
		if end > 1 {
			n, err := strconv.Atoi(s[1:end])
			return PathStep{Index: n}, end + 1, err == nil && n >= 0
		}
	}
	return PathStep{}, 0, false
}
