//go:build tools

// Pins what `go build github.com/rhysd/actionlint/cmd/actionlint` builds here.
package tools

import _ "github.com/rhysd/actionlint/cmd/actionlint"
