// Command oauthlens walks a developer through a provider's OAuth flow step by step.
package main

import (
	"os"

	"oauthlens/ui/program"
)

func main() { os.Exit(program.Main()) }
