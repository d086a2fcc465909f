//go:build tools

// Pins what `go build github.com/nektos/act` builds here.
package tools

import _ "github.com/nektos/act"
