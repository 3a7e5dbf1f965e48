package headless

import (
	"context"
	"io"
	"sync"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/crash"
	"oauthlens/flows/session"
)

// Side is one side of a comparison: a run made ready.
type Side struct {
	ID      flows.RunID
	Start   flows.RunStarted
	Options Options
	Deps    Deps
}

// Walked is a run at its end.
type Walked struct {
	Session session.Session
	Code    int
	// Problem says why the walk could not go on, where the trace does not say it itself;
	// Unsaved why it is not in the history. Empty if there is nothing to say.
	Problem, Unsaved string
}

// Pair walks two flows to their ends: at the same time if together, else one after the
// other. One that fails does not keep the other from its end.
func Pair(ctx context.Context, a, b Side, together bool) (Walked, Walked) {
	stderr := &lockedWriter{w: a.Deps.Stderr}
	a.Deps.Stderr, b.Deps.Stderr = stderr, stderr
	if !together {
		first := a.walk(ctx)
		return first, b.walk(ctx)
	}
	var wa, wb Walked
	var both sync.WaitGroup
	var fell [2]*crash.Report
	for i, walk := range []func(){func() { wa = a.walk(ctx) }, func() { wb = b.walk(ctx) }} {
		both.Go(func() {
			defer func() { fell[i] = crash.Of(recover()) }()
			walk()
		})
	}
	both.Wait()
	for _, r := range fell {
		if r != nil {
			panic(r)
		}
	}
	return wa, wb
}

// One walks one flow to its end.
func One(ctx context.Context, s Side) Walked { return s.walk(ctx) }

func (s Side) walk(ctx context.Context) Walked {
	w := walkThrough(ctx, s.ID, &s.Start, s.Options, s.Deps)
	w.save()
	w.settle()
	out := Walked{Session: w.session, Code: w.exitCode()}
	if w.usage != nil {
		out.Problem = w.usage.Error()
	}
	if w.unsaved != nil {
		out.Unsaved = w.unsaved.Error()
	}
	return out
}

// settle waits for what was asked for last, the closing of the listener above all: the next
// walk may need its port.
func (w *walker) settle() {
	limit := time.After(time.Second)
	for w.running > 0 {
		select {
		case <-w.finished:
			w.running--
		case <-w.events:
		case <-limit:
			return
		}
	}
}

// lockedWriter lets two walks write lines of their own.
type lockedWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lockedWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}
