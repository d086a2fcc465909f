// Package auth is for HTTP, of which nothing is served here.
package auth
