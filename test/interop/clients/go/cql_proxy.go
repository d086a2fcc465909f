package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/gocql/gocql"
)

// byCqlProxy starts a proxy for each connection, on a port of its own, and ends it with it.
func byCqlProxy(program string) func(request) (*connection, error) {
	return func(asked request) (*connection, error) {
		patience := time.Duration(asked.TimeoutMillis) * time.Millisecond
		proxy, err := startProxy(program, asked, patience)
		if err != nil {
			return nil, err
		}
		cluster := gocql.NewCluster(proxy.address)
		cluster.Timeout, cluster.ConnectTimeout = patience, patience
		cluster.ProtoVersion = 4
		session, err := cluster.CreateSession()
		if err != nil {
			proxy.end()
			return nil, fmt.Errorf("%w (cql-proxy: %s)", err, proxy.said())
		}
		return &connection{
			session,
			// The proxy answers for system.local itself, unless it does not recognise it.
			"SELECT host_id FROM system/**/.local",
			func(*gocql.Session) int { return 20 },
			func() { session.Close(); proxy.end() },
		}, nil
	}
}

type proxy struct {
	address string
	process *exec.Cmd
	ended   chan struct{}
	mutex   sync.Mutex
	output  bytes.Buffer
}

func startProxy(program string, asked request, patience time.Duration) (*proxy, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	username, password := credentials(asked)
	started := &proxy{address: address, ended: make(chan struct{})}
	started.process = exec.Command(program, "--astra-bundle", asked.Bundle, "--bind", address)
	// Older versions do not know the timeouts, and ignore them here.
	started.process.Env = append(os.Environ(), "USERNAME="+username, "PASSWORD="+password,
		"ASTRA_TIMEOUT="+patience.String(), "CONNECT_TIMEOUT="+patience.String())
	started.process.Stdout, started.process.Stderr = started, started
	if err := started.process.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = started.process.Wait()
		close(started.ended)
	}()
	for deadline := time.After(patience); ; {
		select {
		case <-started.ended:
			return nil, errors.New("cql-proxy: " + started.said())
		case <-deadline:
			started.end()
			return nil, errors.New("cql-proxy does not listen: " + started.said())
		case <-time.After(20 * time.Millisecond):
			if listening(address) {
				return started, nil
			}
		}
	}
}

func (proxy *proxy) Write(chunk []byte) (int, error) {
	proxy.mutex.Lock()
	defer proxy.mutex.Unlock()
	return proxy.output.Write(chunk)
}

// said is the beginning of its output; a panic's stack follows it.
func (proxy *proxy) said() string {
	proxy.mutex.Lock()
	defer proxy.mutex.Unlock()
	lines := strings.Split(strings.TrimSpace(proxy.output.String()), "\n")
	if len(lines) > 6 {
		lines = lines[:6]
	}
	return strings.Join(lines, " <- ")
}

func (proxy *proxy) end() {
	_ = proxy.process.Process.Kill()
	<-proxy.ended
}

func listening(address string) bool {
	connection, err := net.Dial("tcp", address)
	if err != nil {
		return false
	}
	_ = connection.Close()
	return true
}

func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer listener.Close()
	return listener.Addr().String(), nil
}
