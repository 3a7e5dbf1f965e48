package vault

import (
	"os"
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
