// Connects with the unmodified gocql-astra. Arguments: bundle, "address:port" of a DNS server that knows its host, [user, password].
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net"
	"os"
	"runtime/debug"
	"sort"
	"time"

	gocqlastra "github.com/datastax/gocql-astra"
	"github.com/gocql/gocql"
)

type report struct {
	Driver  string   `json:"driver"`
	HostIDs []string `json:"hostIds"`
	Words   string   `json:"words"`
}

func main() {
	bundle, server := os.Args[1], os.Args[2]
	// With mutual TLS nobody asks for them, but the driver wants some.
	user, password := "unused", "unused"
	if len(os.Args) == 5 {
		user, password = os.Args[3], os.Args[4]
	}
	net.DefaultResolver = &net.Resolver{
		PreferGo: true,
		Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "udp", server)
		},
	}
	cluster, err := gocqlastra.NewClusterFromBundle(bundle, user, password, 10*time.Second)
	check(err)
	cluster.Timeout, cluster.ConnectTimeout = 10*time.Second, 10*time.Second
	session, err := gocql.NewSession(*cluster)
	check(err)
	defer session.Close()

	hostIDs := map[string]bool{}
	for attempt := 0; attempt < 50 && len(hostIDs) < 2; attempt++ {
		var hostID gocql.UUID
		check(session.Query("SELECT host_id FROM system.local").Scan(&hostID))
		hostIDs[hostID.String()] = true
	}
	check(session.Query("CREATE KEYSPACE IF NOT EXISTS shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}").Exec())
	check(session.Query("CREATE TABLE IF NOT EXISTS shop.greetings (id text PRIMARY KEY, words text)").Exec())
	check(session.Query("INSERT INTO shop.greetings (id, words) VALUES (?, ?)", "go", "hello from Go").Exec())
	result := report{Driver: "gocql-astra " + version("github.com/datastax/gocql-astra")}
	check(session.Query("SELECT words FROM shop.greetings WHERE id = ?", "go").Scan(&result.Words))
	for hostID := range hostIDs {
		result.HostIDs = append(result.HostIDs, hostID)
	}
	sort.Strings(result.HostIDs)
	line, err := json.Marshal(result)
	check(err)
	fmt.Println(string(line))
}

func version(module string) string {
	info, _ := debug.ReadBuildInfo()
	for _, dependency := range info.Deps {
		if dependency.Path == module {
			return dependency.Version
		}
	}
	return "unknown"
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
