package main

import (
	"time"

	gocqlastra "github.com/datastax/gocql-astra"
	"github.com/gocql/gocql"
)

func byGocqlAstra(asked request) (*connection, error) {
	patience := time.Duration(asked.TimeoutMillis) * time.Millisecond
	username, password := credentials(asked)
	cluster, err := gocqlastra.NewClusterFromBundle(asked.Bundle, username, password, patience)
	if err != nil {
		return nil, err
	}
	cluster.Timeout, cluster.ConnectTimeout = patience, patience
	// gocql tells its password to authenticators that it knows, and not to Cassandra's for certificates.
	cluster.Authenticator = gocql.PasswordAuthenticator{Username: username, Password: password, AllowedAuthenticators: []string{
		"org.apache.cassandra.auth.PasswordAuthenticator",
		"org.apache.cassandra.auth.MutualTlsAuthenticator",
	}}
	session, err := gocql.NewSession(*cluster)
	if err != nil {
		return nil, err
	}
	return &connection{session, "SELECT host_id FROM system.local", roundsOverPeers, session.Close}, nil
}

// credentials are demanded even where the certificate is the login and nobody asks for them.
func credentials(asked request) (username, password string) {
	if asked.Username == "" {
		return "unused", "unused"
	}
	return asked.Username, asked.Password
}

// roundsOverPeers: the policy goes round robin over all nodes.
func roundsOverPeers(session *gocql.Session) int {
	return 5 * (1 + session.Query("SELECT peer FROM system.peers").Iter().NumRows())
}
