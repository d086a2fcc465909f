// Package tlsalpn01 is what of ACME's library the routing code names; no certificate is asked for here.
package tlsalpn01

// ACMETLS1Protocol is the ALPN name of RFC 8737 §3.
const ACMETLS1Protocol = "acme-tls/1"
