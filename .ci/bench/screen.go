package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/creack/pty"
)

// terminal is a program in a pseudo-terminal that answers nothing, as a slow one would.
type terminal struct {
	cmd  *exec.Cmd
	file *os.File
	mu   sync.Mutex
	seen bytes.Buffer
}

func (b bench) open(name string, args ...string) *terminal {
	t := &terminal{cmd: b.cmd(nil, name, args...)()}
	var err error
	t.file, err = pty.StartWithSize(t.cmd, &pty.Winsize{Rows: 36, Cols: 120})
	check(err)
	go func() {
		buf := make([]byte, 64<<10)
		for {
			n, err := t.file.Read(buf)
			t.mu.Lock()
			t.seen.Write(buf[:n])
			t.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	return t
}

// wait returns how long it took until the text was written.
func (t *terminal) wait(text string) time.Duration {
	start := time.Now()
	for time.Since(start) < 10*time.Second {
		t.mu.Lock()
		found := bytes.Contains(t.seen.Bytes(), []byte(text))
		t.mu.Unlock()
		if found {
			break
		}
		time.Sleep(200 * time.Microsecond)
	}
	return time.Since(start)
}

func (t *terminal) size() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.seen.Len()
}

func (t *terminal) send(keys string) {
	_, err := t.file.WriteString(keys)
	check(err)
}

func (t *terminal) close() {
	t.send("\x03")
	done := make(chan struct{})
	go func() { _ = t.cmd.Wait(); close(done) }() // its exit code tells nothing here
	select {
	case <-done:
	case <-time.After(3 * time.Second):
		_ = t.cmd.Process.Kill()
	}
	_ = t.file.Close()
}

// cpu is the processor time of the process so far, in seconds. The clock ticks of
// /proc/PID/stat would be coarser than what is measured here.
func (t *terminal) cpu() (seconds float64) {
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", t.cmd.Process.Pid)) // the pattern is a good one
	for _, path := range threads {
		if data, err := os.ReadFile(path); err == nil {
			ran, _, _ := strings.Cut(string(data), " ")
			ns, _ := strconv.ParseFloat(ran, 64)
			seconds += ns / 1e9
		}
	}
	return seconds
}

// resident is the resident memory, and how much of it no file backs: of the program's own file
// as much is resident as lies in memory in large pieces, which differs from copy to copy.
func (t *terminal) resident() string {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", t.cmd.Process.Pid))
	if err != nil {
		return "unknown"
	}
	size := map[string]float64{}
	for line := range strings.Lines(string(data)) {
		if name, v, ok := strings.Cut(line, ":"); ok && strings.HasSuffix(strings.TrimSpace(v), " kB") {
			kb, _ := strconv.Atoi(strings.Fields(v)[0])
			size[name] = float64(kb) / 1024
		}
	}
	return fmt.Sprintf("%.1f MiB (%.1f without files)", size["VmRSS"], size["RssAnon"])
}

// screen measures the terminal UI.
func (b bench) screen() {
	var ours, floor, ratios []float64
	for range *runs {
		var pair [2]float64
		for i, name := range []string{"oauthlens", "bare"} {
			start := time.Now()
			t := b.open(name)
			t.wait("PROVIDERS")
			pair[i] = ms(time.Since(start))
			t.close()
		}
		ours, floor, ratios = append(ours, pair[0]), append(floor, pair[1]), append(ratios, pair[0]/pair[1])
	}
	print3("first frame / bare Bubble Tea", median(ours), median(floor), median(ratios), "1.3")
	t := b.open("oauthlens", "truelayer")
	defer t.close()
	t.wait("PROVIDERS")
	for _, step := range []string{"CLIENT", "will be sent", "as received"} {
		t.send("\r")
		t.wait(step)
	}
	time.Sleep(500 * time.Millisecond)
	var bytesOf, paint []float64
	for i := range *runs {
		before, start := t.size(), time.Now()
		t.send([]string{"j", "k"}[i%2])
		for t.size() == before && time.Since(start) < time.Second {
			time.Sleep(200 * time.Microsecond)
		}
		paint = append(paint, ms(time.Since(start)))
		time.Sleep(100 * time.Millisecond)
		bytesOf = append(bytesOf, float64(t.size()-before))
	}
	print1("scroll key, bytes", fmt.Sprintf("%.0f B", median(bytesOf)), "1 kB")
	print1("scroll key, to paint", fmt.Sprintf("%.1f ms", median(paint)), "10 ms")
	cpu := t.cpu()
	time.Sleep(10 * time.Second)
	print1("idle with a countdown", fmt.Sprintf("%.2f %%", (t.cpu()-cpu)*10), "0.3 % of a core")
	print1("resident memory", t.resident(), "30 MiB")
}
