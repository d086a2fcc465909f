module example

go 1.23

require (
	github.com/apache/cassandra-gocql-driver/v2 v2.0.1
	github.com/datastax/gocql-astra/v2 v{{minimumVersion}}
)
