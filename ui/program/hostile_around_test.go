//go:build unix

package program

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// around is a row: what surrounds the program is odd. The shell prepares it.
type around struct {
	name, shell string // "$0" is the program with its arguments
	env         []string
	code        int
	silent      bool // there is no standard output to read
}

func arounds() []around {
	run := `exec "$0" "$@"`
	return []around{
		{name: "no TERM", shell: `unset TERM; ` + run},
		{name: "TERM=dumb", shell: run, env: []string{"TERM=dumb"}},
		{name: "LANG=C", shell: run, env: []string{"LANG=C", "LC_ALL=C"}},
		{name: "a time zone that is none", shell: run, env: []string{"TZ=../../etc/passwd"}},
		{name: "a time zone far away", shell: run, env: []string{"TZ=Pacific/Kiritimati"}},
		{name: "16 open files", shell: `ulimit -n 16; ` + run},
		{name: "standard input closed", shell: run + ` <&-`},
		{name: "standard error closed", shell: run + ` 2>&-`},
		{name: "standard output closed", shell: run + ` >&-`, silent: true}, // nobody wants to know: Go puts the null device there
		{name: "a full disk behind standard output", shell: run + ` >/dev/full`, code: 3, silent: true},
		{name: "no HOME", shell: `unset HOME OAUTHLENS_HOME; ` + run},
		{name: "a HOME that is a file", shell: run, env: []string{"OAUTHLENS_HOME=/dev/null"}},
		{name: "a HOME that cannot be written", shell: run, env: []string{"OAUTHLENS_HOME=/proc/1/oauthlens"}},
		{name: "no folder for temporary files", shell: run, env: []string{"TMPDIR=/nowhere/at/all"}},
	}
}

func aroundRows(t *testing.T, b *table, home string) {
	for _, row := range arounds() {
		if _, err := os.Stat("/dev/full"); err != nil && strings.Contains(row.shell, "/dev/full") {
			b.not("surroundings")
			continue
		}
		b.row(t, "surroundings", row.name, func(t *testing.T) { tryAround(t, home, row) })
	}
}

func tryAround(t *testing.T, home string, row around) {
	p := newParty(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	args := walkArguments(p, endpoint{}, "", "--json")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", append([]string{"-c", row.shell, self}, args...)...)
	abort(cmd)
	run := &program{cmd: cmd, memory: memory}
	cmd.Env = append(append(cleanEnvironment(home), row.env...), programReport+"="+t.TempDir()+"/report")
	cmd.Stdout, cmd.Stderr = &run.stdout, &run.stderr
	_ = cmd.Run()
	run.code = cmd.ProcessState.ExitCode()
	quiet(t, "standard error", run.stderr.String())
	secretFree(t, "standard error", run.stderr.String())
	p.check(t)
	if run.code != row.code || strings.Contains(run.stderr.String(), "panic") || strings.Contains(run.stderr.String(), "goroutine ") {
		t.Error(run)
	}
	if d := (document{}); !row.silent {
		if d = run.document(t); d.Outcome != "succeeded" {
			t.Error(run)
		}
	}
}
