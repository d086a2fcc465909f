// Package dns01 is what of ACME's library the routing code names; no certificate is asked for here.
package dns01

import "strings"

// UnFqdn takes the last dot off a name.
func UnFqdn(name string) string { return strings.TrimSuffix(name, ".") }
