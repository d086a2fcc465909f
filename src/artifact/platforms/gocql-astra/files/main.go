package main

import (
	"cmp"
	"fmt"
	"log"
	"os"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"
	gocqlastra "github.com/datastax/gocql-astra/v2"
)

func main() {
	bundle := cmp.Or(os.Getenv("SCB_BUNDLE"), "{{bundleFile}}")
{{#password}}
	username, password := os.Getenv("SCB_USERNAME"), os.Getenv("SCB_PASSWORD")
{{/password}}
{{^password}}
	// Cassandra 5.0 knows us by the certificate, asks for a password all the same, and takes any.
	username, password := "unused", "unused"
{{/password}}
	cluster, err := gocqlastra.NewClusterFromBundle(bundle, username, password, 10*time.Second)
	if err != nil {
		log.Fatal(err)
	}
{{^password}}
	// gocql answers only authenticators that it is told of.
	cluster.Authenticator = gocql.PasswordAuthenticator{
		Username: username, Password: password,
		AllowedAuthenticators: []string{"org.apache.cassandra.auth.MutualTlsAuthenticator"},
	}
{{/password}}
{{#keyspace}}
	cluster.Keyspace = "{{keyspace}}"
{{/keyspace}}
	session, err := gocql.NewSession(*cluster)
	if err != nil {
		log.Fatal(err)
	}
	defer session.Close()

	var name, version string
	if err := session.Query("SELECT cluster_name, release_version FROM system.local").Scan(&name, &version); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s runs Cassandra %s\n", name, version)
}
