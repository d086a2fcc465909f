//go:build tools

// Pins what `go build github.com/cli/cli/v2/cmd/gh` builds here.
package tools

import _ "github.com/cli/cli/v2/cmd/gh"
