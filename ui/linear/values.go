package linear

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"oauthlens/flows"
	"oauthlens/ui/present"
)

func hasSecret(l present.Line) bool {
	if !l.Copy.Secret.IsZero() {
		return true
	}
	for _, s := range l.Spans {
		if !s.Secret.IsZero() {
			return true
		}
	}
	return false
}

// reveal tells a secret in clear, once, after asking.
func (t *talk) reveal(args string) error {
	name := strings.TrimSpace(args)
	p, ok := t.view.find(name, hasSecret)
	if !ok {
		t.out.sentence(fmt.Sprintf("no secret of the name %q is told in this walk", name))
		return nil
	}
	yes, err := t.yes("This tells " + name + " in clear, here and in every log of this.")
	if err != nil || !yes {
		return err
	}
	t.out.say(sentence(p.line, nil, true))
	return nil
}

// rawOf is what a copy holds, secrets in clear: the user asked for it.
func rawOf(c present.Copy) string {
	if !c.Secret.IsZero() {
		return c.Secret.RevealSecret()
	}
	return c.Text
}

func copyable(l present.Line) bool { return !l.Copy.IsZero() }

// copyValue copies a value with the system's clipboard program.
func (t *talk) copyValue(args string) error {
	name := strings.TrimSpace(args)
	p, ok := t.view.find(name, copyable)
	if !ok {
		t.out.sentence(fmt.Sprintf("nothing of the name %q can be copied", name))
		return nil
	}
	if t.deps.CopyNative == nil {
		t.out.sentence("there is no clipboard here: write puts it into a file")
		return nil
	}
	text := rawOf(p.line.Copy)
	where, err := t.deps.CopyNative(text)
	if err != nil {
		t.out.sentence("not copied: " + err.Error() + "; write puts it into a file")
		return nil
	}
	clear := ""
	if !p.line.Copy.Secret.IsZero() {
		clear = ", in clear,"
	}
	t.out.sentence(fmt.Sprintf("%s copied (%d characters)%s to %s", name, utf8.RuneCountInString(text), clear, where))
	return nil
}

// write writes what was received at the step, or a value, to a new file.
func (t *talk) write(args string) error {
	file, name := split(strings.TrimSpace(args))
	var what present.Copy
	if body := t.view.pane().Response; body != nil {
		what = body()
	} else {
		what = t.view.pane().URL
	}
	if name != "" {
		p, ok := t.view.find(name, copyable)
		if !ok {
			t.out.sentence(fmt.Sprintf("nothing of the name %q can be written", name))
			return nil
		}
		what = p.line.Copy
	}
	switch {
	case what.IsZero():
		t.out.sentence("nothing was received at this step: write FILE NAME writes a value")
		return nil
	case t.deps.WriteFile == nil:
		t.out.sentence("files cannot be written here")
		return nil
	}
	text := rawOf(what)
	path, err := t.deps.WriteFile(filepath.Clean(file), []byte(text))
	if err != nil {
		t.out.sentence("not written: " + err.Error())
		return nil
	}
	t.out.sentence(fmt.Sprintf("%s written to %s (%d bytes)", what.What, path, len(text)))
	return nil
}

// client keeps or forgets the client settings of the run.
func (t *talk) client(alter func(context.Context, flows.Trace) (string, error)) error {
	if alter == nil || t.run.started.Perform == nil {
		t.out.sentence(present.NothingToKeep)
		return nil
	}
	said, err := alter(t.ctx, t.run.session.Trace())
	if err != nil {
		said = "not done: " + err.Error()
	}
	t.out.sentence(said)
	return nil
}
