package vault

import (
	"os"
	"strconv"
	"strings"
	"testing"
)

func TestWhereAKeyringIsExpected(t *testing.T) {
	const nobody = 4_000_000
	tests := []struct {
		system, address string
		want            bool
	}{
		{"linux", "", false}, {"linux", "unix:path=/run/user/1000/bus", true}, {"linux", "autolaunch:", false}, {"linux", "disabled:", false},
		{"freebsd", "", false}, {"darwin", "", true}, {"windows", "", true},
	}
	for _, tt := range tests {
		getenv := func(string) string { return tt.address }
		if got := hasSystemKeyring(tt.system, getenv, nobody); got != tt.want {
			t.Errorf("%s %q: %v", tt.system, tt.address, got)
		}
	}
}

func TestWorkFactorOfAFileIsBounded(t *testing.T) {
	key := &dataKey{1}
	file, err := wrapped(key, "p", 4)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := file.unwrap("p"); err != nil || *got != *key {
		t.Errorf("%v", err)
	}
	file.ID = (&dataKey{2}).id()
	if _, err := file.unwrap("p"); err != ErrWrongPassphrase {
		t.Errorf("another key's id: %v", err)
	}
	hard := &keyFile{ID: key.id(), Wrapped: []byte("age-encryption.org/v1\n-> scrypt AAAAAAAAAAAAAAAAAAAAAA 30\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n--- AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n")}
	if _, err := hard.unwrap("p"); err != ErrWrongPassphrase {
		t.Errorf("a file that asks for an hour of computing: %v", err)
	}
}

func TestInterruptedWriteLeavesTheOldFile(t *testing.T) {
	path := t.TempDir() + "/a"
	if err := writeNew(path, []byte("one")); err != nil {
		t.Fatal(err)
	}
	if err := writeNew(path, []byte("two")); !os.IsExist(err) {
		t.Errorf("overwritten: %v", err)
	}
	if err := writeOver(path, []byte("three")); err != nil {
		t.Fatal(err)
	}
	if data, _ := os.ReadFile(path); string(data) != "three" {
		t.Errorf("%s", data)
	}
	if entries, _ := os.ReadDir(path[:len(path)-2]); len(entries) != 1 {
		t.Errorf("temporary files left: %v", entries)
	}
}

func FuzzDecodeKeyFile(f *testing.F) {
	f.Add([]byte(`{"version":1,"protection":"keyring","id":"0011223344556677"}`))
	f.Add([]byte(`{"version":1,"protection":"passphrase","id":"0011223344556677","wrapped":"YWdl"}`))
	f.Add([]byte(`{"version":2}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := decodeKeyFile(data)
		if err != nil {
			return
		}
		encoded, err := file.encode()
		if err != nil {
			t.Fatal(err)
		}
		if back, err := decodeKeyFile(encoded); err != nil || back.ID != file.ID || back.Locked != file.Locked {
			t.Fatalf("%v", err)
		}
	})
}

// TestAnotherProcessWasFaster: its key counts, and it is not written over.
func TestAnotherProcessWasFaster(t *testing.T) {
	dir := t.TempDir()
	v, err := Open(dir, Options{WorkFactor: 4})
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := wrapped(&dataKey{1}, "p", 4)
	if err != nil {
		t.Fatal(err)
	}
	if err := v.writeFile(theirs, true); err != nil {
		t.Fatal(err)
	}
	ours, err := wrapped(&dataKey{2}, "p", 4)
	if err != nil {
		t.Fatal(err)
	}
	if err := v.writeFile(ours, true); err == nil || err.Error() != "another process has just made a key: try again" {
		t.Errorf("%v", err)
	}
	if file, err := readKeyFile(v.keyPath()); err != nil || file.ID != theirs.ID {
		t.Errorf("the key of the other is gone: %v", err)
	}
}

// TestSealedRecordsThatAreNone: each kind of damage has its error, and none opens.
func TestSealedRecordsThatAreNone(t *testing.T) {
	key, other := &dataKey{1}, &dataKey{2}
	sealed, err := key.seal([]byte("plain"), []byte("run 1"))
	if err != nil {
		t.Fatal(err)
	}
	changed := func(at int) []byte {
		b := append([]byte(nil), sealed...)
		b[at] ^= 1
		return b
	}
	for _, c := range []struct {
		name   string
		key    *dataKey
		sealed []byte
		beside string
		want   error
	}{
		{"whole", key, sealed, "run 1", nil},
		{"empty", key, nil, "run 1", ErrChanged},
		{"cut in its header", key, sealed[:headerLength-1], "run 1", ErrChanged},
		{"its header alone", key, sealed[:headerLength], "run 1", ErrChanged},
		{"another version", key, changed(0), "run 1", ErrChanged},
		{"another key", other, sealed, "run 1", ErrOtherKey},
		{"another run", key, sealed, "run 2", ErrChanged},
		{"a bit changed", key, changed(len(sealed) - 1), "run 1", ErrChanged},
		{"cut", key, sealed[:len(sealed)-1], "run 1", ErrChanged},
	} {
		plain, err := c.key.open(c.sealed, []byte(c.beside))
		if err != c.want || (err == nil) != (string(plain) == "plain") {
			t.Errorf("%s: %q %v", c.name, plain, err)
		}
	}
}

// TestPassphrasesAreHardToTry: what wraps the key costs a second for every guess.
func TestPassphrasesAreHardToTry(t *testing.T) {
	v, err := Open(t.TempDir(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := v.SetPassphrase("a passphrase"); err != nil {
		t.Fatal(err)
	}
	file, err := readKeyFile(v.keyPath())
	if err != nil {
		t.Fatal(err)
	}
	var factor int
	lines := strings.SplitN(string(file.Wrapped), "\n", 3)
	if fields := strings.Fields(lines[1]); len(fields) == 4 && fields[1] == "scrypt" {
		factor, _ = strconv.Atoi(fields[3])
	}
	if factor != 18 {
		t.Errorf("the work factor is %d: %.60q", factor, lines[1])
	}
}
