package store

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
)

// Places are the program's two folders.
type Places struct {
	Config string // config.toml, providers/, the fingerprint key
	Data   string // the history, the vault
}

// Names of the program's folder and of the database in it.
const (
	folderName = "oauthlens"
	// DatabaseName is the name of the history in Places.Data.
	DatabaseName = "history.db"
)

// PlacesFrom finds the folders: both are OAUTHLENS_HOME if it is set; else
// "oauthlens" under XDG_CONFIG_HOME and XDG_DATA_HOME; else the system's usual places
// below home. A relative XDG path is passed over, as its specification asks; a relative
// OAUTHLENS_HOME is taken from the working directory. Nothing is created.
func PlacesFrom(getenv func(string) string, home string) (Places, error) {
	if own := getenv("OAUTHLENS_HOME"); own != "" {
		abs, err := filepath.Abs(own)
		if err != nil {
			return Places{}, err
		}
		return Places{Config: abs, Data: abs}, nil
	}
	return placesOn(runtime.GOOS, getenv, home)
}

func placesOn(system string, getenv func(string) string, home string) (Places, error) {
	config, data := getenv("XDG_CONFIG_HOME"), getenv("XDG_DATA_HOME")
	defaultConfig, defaultData := usualFolders(system, getenv, home)
	if !filepath.IsAbs(config) {
		config = defaultConfig
	}
	if !filepath.IsAbs(data) {
		data = defaultData
	}
	if config == "" || data == "" {
		return Places{}, errors.New("no home folder is known: set OAUTHLENS_HOME")
	}
	return Places{Config: filepath.Join(config, folderName), Data: filepath.Join(data, folderName)}, nil
}

func usualFolders(system string, getenv func(string) string, home string) (config, data string) {
	switch system {
	case "windows":
		config, data = getenv("AppData"), getenv("LocalAppData")
		if config == "" && home != "" {
			config = filepath.Join(home, "AppData", "Roaming")
		}
		if data == "" && home != "" {
			data = filepath.Join(home, "AppData", "Local")
		}
		return config, data
	}
	if home == "" {
		return "", ""
	}
	if system == "darwin" {
		support := filepath.Join(home, "Library", "Application Support")
		return support, support
	}
	return filepath.Join(home, ".config"), filepath.Join(home, ".local", "share")
}

// makeFolder creates the folder for nobody but the user. A folder that exists keeps its
// permissions: it may be one that the user chose and shares.
func makeFolder(path string) error { return os.MkdirAll(path, 0o700) }
