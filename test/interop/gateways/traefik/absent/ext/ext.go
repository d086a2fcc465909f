// Package ext is empty in Traefik too; its module is published without it.
package ext

// HTTP extends the HTTP configuration of other products.
type HTTP struct{}

// DeepCopyInto has nothing to copy.
func (*HTTP) DeepCopyInto(*HTTP) {}

// Router extends the routers of other products.
type Router struct{}

// DeepCopyInto has nothing to copy.
func (*Router) DeepCopyInto(*Router) {}
