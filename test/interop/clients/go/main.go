// Connects with unmodified Go drivers. One JSON object a line: a request from stdin, its answer to stdout.
//
//	client                                gocql, led by gocql-astra
//	client --cql-proxy PROGRAM VERSION    plain gocql, before it a cql-proxy for each bundle
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"sort"
	"strings"
	"time"

	"github.com/gocql/gocql"
)

type request struct {
	ID            int    `json:"id"`
	Task          string `json:"task"`
	Bundle        string `json:"bundle"`
	Username      string `json:"username"`
	Password      string `json:"password"`
	Keyspace      string `json:"keyspace"`
	Session       string `json:"session"`
	TimeoutMillis int    `json:"timeoutMillis"`
}

type answer struct {
	ID      int      `json:"id"`
	OK      bool     `json:"ok"`
	HostIDs []string `json:"hostIds,omitempty"`
	Words   string   `json:"words,omitempty"`
	Version string   `json:"version,omitempty"`
	Session string   `json:"session,omitempty"`
	Error   string   `json:"error,omitempty"`
}

// A session and whatever it stands on.
type connection struct {
	*gocql.Session
	// whoAmI asks the node that answers for its host id; rounds says how often so that no node is left out.
	whoAmI string
	rounds func(*gocql.Session) int
	close  func()
}

// reader is what reads bundles: gocql-astra or cql-proxy.
type reader struct {
	name    string
	version string
	connect func(request) (*connection, error)
}

func main() {
	reads := reader{"gocql-astra", strings.TrimPrefix(moduleVersion("github.com/datastax/gocql-astra"), "v"), byGocqlAstra}
	if len(os.Args) == 4 && os.Args[1] == "--cql-proxy" {
		reads = reader{"cql-proxy", os.Args[3], byCqlProxy(os.Args[2])}
	}
	sessions := map[string]*connection{}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var asked request
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			panic(err)
		}
		result := within(asked, func() answer { return do(asked, reads, sessions) })
		result.ID, result.OK = asked.ID, result.Error == ""
		if result.OK {
			result.Version = reads.version
		}
		line, err := json.Marshal(result)
		if err != nil {
			panic(err)
		}
		fmt.Println(string(line))
	}
	for _, session := range sessions {
		session.close()
	}
}

func within(asked request, work func() answer) answer {
	done := make(chan answer, 1)
	go func() {
		defer func() {
			if failure := recover(); failure != nil {
				done <- answer{Error: fmt.Sprintf("panic: %v", failure)}
			}
		}()
		done <- work()
	}()
	select {
	case result := <-done:
		return result
	case <-time.After(time.Duration(asked.TimeoutMillis) * time.Millisecond):
		return answer{Error: fmt.Sprintf("timeout: nothing within %d ms", asked.TimeoutMillis)}
	}
}

func do(asked request, reads reader, sessions map[string]*connection) answer {
	switch asked.Task {
	case "query":
		return work(sessions[asked.Session], asked, reads)
	case "close":
		sessions[asked.Session].close()
		return answer{}
	}
	session, err := reads.connect(asked)
	if err != nil {
		return answer{Error: describe(err)}
	}
	if asked.Task == "open" {
		name := fmt.Sprintf("s%d", len(sessions)+1)
		sessions[name] = session
		return answer{Session: name}
	}
	defer session.close()
	if asked.Task == "connect" {
		return answer{HostIDs: session.hostIDs()}
	}
	return work(session, asked, reads)
}

func work(session *connection, asked request, reads reader) answer {
	me, table := reads.name+" "+reads.version, asked.Keyspace+".greetings"
	var words string
	for _, step := range []func() error{
		session.Query("CREATE KEYSPACE IF NOT EXISTS " + asked.Keyspace + " WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}").Exec,
		session.Query("CREATE TABLE IF NOT EXISTS " + table + " (id text PRIMARY KEY, words text)").Exec,
		// gocql prepares whatever has values.
		session.Query("INSERT INTO "+table+" (id, words) VALUES (?, ?)", me, "hello from "+me).Exec,
		func() error { return session.Query("SELECT words FROM "+table+" WHERE id = ?", me).Scan(&words) },
	} {
		if err := step(); err != nil {
			return answer{Error: describe(err)}
		}
	}
	return answer{HostIDs: session.hostIDs(), Words: words}
}

func (session *connection) hostIDs() []string {
	found := map[string]bool{}
	for round := session.rounds(session.Session); round > 0; round-- {
		var id gocql.UUID
		if session.Query(session.whoAmI).Scan(&id) == nil {
			found[id.String()] = true
		}
	}
	ids := []string{}
	for id := range found {
		ids = append(ids, id)
	}
	sort.Strings(ids)
	return ids
}

// describe gives `type: message`, and the causes after ` <- `.
func describe(err error) string {
	text := fmt.Sprintf("%T: %v", err, err)
	for cause := errors.Unwrap(err); cause != nil; cause = errors.Unwrap(cause) {
		text += fmt.Sprintf(" <- %T: %v", cause, cause)
	}
	return text
}

func moduleVersion(module string) string {
	info, _ := debug.ReadBuildInfo()
	for _, dependency := range info.Deps {
		if dependency.Path == module {
			return dependency.Version
		}
	}
	return "unknown"
}
