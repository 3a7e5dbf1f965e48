package store

import (
	"path/filepath"
	"runtime"
	"testing"
)

func TestPlaces(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the paths below are those of the other systems")
	}
	tests := []struct {
		name, system, home string
		env                map[string]string
		want               Places
	}{
		{"usual", "linux", "/home/a", nil, Places{"/home/a/.config/oauthlens", "/home/a/.local/share/oauthlens"}},
		{"XDG", "linux", "/home/a", map[string]string{"XDG_CONFIG_HOME": "/c", "XDG_DATA_HOME": "/d"}, Places{"/c/oauthlens", "/d/oauthlens"}},
		{"relative XDG counts for nothing", "linux", "/home/a", map[string]string{"XDG_CONFIG_HOME": "c", "XDG_DATA_HOME": "./d"}, Places{"/home/a/.config/oauthlens", "/home/a/.local/share/oauthlens"}},
		{"XDG without a home", "linux", "", map[string]string{"XDG_CONFIG_HOME": "/c", "XDG_DATA_HOME": "/d"}, Places{"/c/oauthlens", "/d/oauthlens"}},
		{"no home", "linux", "", nil, Places{}},
		{"half a home", "linux", "", map[string]string{"XDG_CONFIG_HOME": "/c"}, Places{}},
		{"macOS", "darwin", "/Users/a", nil, Places{"/Users/a/Library/Application Support/oauthlens", "/Users/a/Library/Application Support/oauthlens"}},
		{"Windows", "windows", "/u", map[string]string{"AppData": "/u/Roaming", "LocalAppData": "/u/Local"}, Places{"/u/Roaming/oauthlens", "/u/Local/oauthlens"}},
		{"Windows without its variables", "windows", "/u", nil, Places{"/u/AppData/Roaming/oauthlens", "/u/AppData/Local/oauthlens"}},
	}
	for _, tt := range tests {
		got, err := placesOn(tt.system, func(name string) string { return tt.env[name] }, tt.home)
		if got != tt.want || (err == nil) != (tt.want != Places{}) {
			t.Errorf("%s: %+v, %v", tt.name, got, err)
		}
	}
}

func TestOwnHomeHoldsEverything(t *testing.T) {
	env := map[string]string{"OAUTHLENS_HOME": "/o", "XDG_CONFIG_HOME": "/c", "XDG_DATA_HOME": "/d"}
	got, err := PlacesFrom(func(name string) string { return env[name] }, "/home/a")
	if err != nil || got.Config != got.Data || filepath.Base(got.Data) != "o" {
		t.Errorf("%+v, %v", got, err)
	}
	env["OAUTHLENS_HOME"] = "relative"
	if got, err := PlacesFrom(func(name string) string { return env[name] }, ""); err != nil || !filepath.IsAbs(got.Data) {
		t.Errorf("%+v, %v", got, err)
	}
}
