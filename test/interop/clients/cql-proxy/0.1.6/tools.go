//go:build tools

// Pins what `go build github.com/datastax/cql-proxy` builds here.
package tools

import _ "github.com/datastax/cql-proxy"
