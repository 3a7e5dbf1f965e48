package program

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"oauthlens/flows/runner/faultserver"
)

// The scripts of testdata/script run the real program. Beside testscript's own commands
// they have:
//
//	exec code N PROGRAM ARG...  the program ends with exit code N
//	fault NAME FAULT            starts a server with this fault, its URL is $NAME
//	freeport NAME               $NAME is host:port of a port that is free
//	taken NAME                  the same of a port that is taken
//	waitport HOST:PORT          waits until somebody listens there
//	jsonget FILE PATH WANT      the value at the path, such as steps.0.step or findings.-1.code
//	jsonhas FILE PATH WANT      one of the values at a path with stars, such as steps.*.step
//	jsoncount FILE PATH N       how many elements the array has
//	lastline FILE NEW           NEW is FILE's last line
//	replace FILE OLD NEW        the first OLD in FILE becomes NEW
//	clean FILE                  FILE holds no character that steers a terminal
func TestMain(m *testing.M) {
	beOtherwise()
	beProgram()
	if signal.Ignored(syscall.SIGHUP) {
		// Under nohup the programs started here would ignore it too; a caught one is reset.
		signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP)
	}
	testscript.Main(m, map[string]func(){
		"oauthlens": func() {
			askNameServer()
			debug.SetTraceback("all")
			time.AfterFunc(time.Minute, func() { panic("the program did not end within a minute") })
			os.Exit(Main())
		},
		"code":     expectCode,
		"xdg-open": openAsUser, // what the program calls to open a browser on Linux
	})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Setenv("OAUTHLENS_HOME", e.WorkDir+"/home")
			e.Setenv("HOME", e.WorkDir)
			e.Setenv(programNameServer, nameServer())
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"fault": startFault, "freeport": freePort, "taken": takenPort, "waitport": waitPort,
			"jsonget": jsonGet, "jsonhas": jsonHas, "jsoncount": jsonCount, "lastline": lastLine, "clean": clean, "replace": replace,
		},
	})
}

// expectCode runs a program and holds it to an exit code. Signals are passed on, since a
// script knows this process only.
func expectCode() {
	want := os.Args[1]
	program := exec.Command(os.Args[2], os.Args[3:]...)
	program.Stdin, program.Stdout, program.Stderr = os.Stdin, os.Stdout, os.Stderr
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if err := program.Start(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(99)
	}
	go func() {
		for s := range signals {
			if os.Getenv("SIGNAL") == "TERM" {
				s = syscall.SIGTERM // which testscript cannot send
			}
			_ = program.Process.Signal(s) // it may have ended
		}
	}()
	err := program.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(99)
	}
	if got := fmt.Sprint(program.ProcessState.ExitCode()); got != want {
		fmt.Fprintf(os.Stderr, "exit code %s, want %s\n", got, want)
		os.Exit(99)
	}
}

// arguments holds a command of a script to its number of arguments.
func arguments(ts *testscript.TestScript, neg bool, args []string, n int) {
	if neg || len(args) != n {
		ts.Fatalf("takes %d arguments and no negation", n)
	}
}

func startFault(ts *testscript.TestScript, neg bool, args []string) {
	arguments(ts, neg, args, 2)
	fault, ok := faultserver.ByName(args[1])
	if !ok {
		ts.Fatalf("there is no fault %q", args[1])
	}
	server, err := faultserver.Start(context.Background(), fault, faultserver.Options{})
	ts.Check(err)
	ts.Defer(server.Close)
	ts.Setenv(args[0], server.URL)
}

func freePort(ts *testscript.TestScript, neg bool, args []string) {
	arguments(ts, neg, args, 1)
	for range 100 {
		// below the ports that systems give to whoever asks for any, so that nobody gets it meanwhile
		if l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", 10240+rand.IntN(20000))); err == nil {
			ts.Setenv(args[0], l.Addr().String())
			ts.Check(l.Close())
			return
		}
	}
	ts.Fatalf("no port is free")
}

func takenPort(ts *testscript.TestScript, neg bool, args []string) {
	arguments(ts, neg, args, 1)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { _ = l.Close() }) // nothing was accepted
	ts.Setenv(args[0], l.Addr().String())
}

func waitPort(ts *testscript.TestScript, neg bool, args []string) {
	arguments(ts, neg, args, 1)
	for range 500 {
		if c, err := net.Dial("tcp", args[0]); err == nil {
			ts.Check(c.Close())
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	ts.Fatalf("nobody listens at %s", args[0])
}

func lastLine(ts *testscript.TestScript, neg bool, args []string) {
	arguments(ts, neg, args, 2)
	lines := strings.Split(strings.TrimSpace(ts.ReadFile(args[0])), "\n")
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(lines[len(lines)-1]), 0o600))
}

func replace(ts *testscript.TestScript, neg bool, args []string) {
	arguments(ts, neg, args, 3)
	text := ts.ReadFile(args[0])
	if !strings.Contains(text, args[1]) {
		ts.Fatalf("%s does not hold %q", args[0], args[1])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Replace(text, args[1], args[2], 1)), 0o600))
}

func clean(ts *testscript.TestScript, neg bool, args []string) {
	arguments(ts, neg, args, 1)
	if at := hostile(ts.ReadFile(args[0])); at != "" {
		ts.Fatalf("%s holds %s", args[0], at)
	}
}

// hostile names the first character of a text that a terminal would obey, or "".
func hostile(text string) string {
	for i, r := range text {
		switch {
		case r == '\n':
		case r < ' ', r == 0x7f, r >= 0x80 && r < 0xa0, r >= 0x200b && r <= 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2060 && r <= 0x206f, r == 0xfeff:
			return fmt.Sprintf("%U at byte %d", r, i)
		}
	}
	return ""
}
