// Routes connections as Traefik does, by its own code: the decoder of its file provider, its rules, its routers and its
// TCP proxy. What is missing is the program around them, whose modules the Go proxy does not have. Arguments: traefik.yaml.
package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/traefik/paerser/file"
	ptypes "github.com/traefik/paerser/types"
	"github.com/traefik/traefik/v3/pkg/config/dynamic"
	"github.com/traefik/traefik/v3/pkg/config/runtime"
	tcpmiddleware "github.com/traefik/traefik/v3/pkg/server/middleware/tcp"
	tcprouter "github.com/traefik/traefik/v3/pkg/server/router/tcp"
	tcpservice "github.com/traefik/traefik/v3/pkg/server/service/tcp"
	"github.com/traefik/traefik/v3/pkg/tcp"
	"github.com/traefik/traefik/v3/pkg/tls"
)

// What of the static configuration is rendered; the decoder refuses any other member.
type staticConfiguration struct {
	EntryPoints map[string]*struct {
		Address   string
		Transport *struct {
			RespondingTimeouts *struct{ ReadTimeout ptypes.Duration }
		}
	}
	Providers *struct {
		File *struct {
			Filename string
			Watch    bool
		}
	}
	Log *struct{ Level string }
}

func main() {
	if err := serve(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(path string) error {
	var static staticConfiguration
	if err := file.Decode(path, &static); err != nil {
		return fmt.Errorf("static configuration: %w", err)
	}
	var written dynamic.Configuration
	if err := file.Decode(static.Providers.File.Filename, &written); err != nil {
		return fmt.Errorf("dynamic configuration: %w", err)
	}
	router, err := routerOf(written, "cql")
	if err != nil {
		return err
	}
	entry := static.EntryPoints["cql"]
	listener, err := net.Listen("tcp", entry.Address)
	if err != nil {
		return err
	}
	for {
		connection, err := listener.Accept()
		if err != nil {
			return err
		}
		// as Traefik's entry points do before they hand a connection over
		deadline := time.Now().Add(time.Duration(entry.Transport.RespondingTimeouts.ReadTimeout))
		if err := connection.SetReadDeadline(deadline); err != nil {
			return err
		}
		go router.ServeTCP(connection.(*net.TCPConn))
	}
}

func routerOf(written dynamic.Configuration, entryPoint string) (*tcprouter.Router, error) {
	transport := &dynamic.TCPServersTransport{}
	transport.SetDefaults()
	dialers := tcp.NewDialerManager(nil)
	dialers.Update(map[string]*dynamic.TCPServersTransport{"default@internal": transport})
	configuration := runtime.NewConfig(written)
	services := tcpservice.NewManager(configuration, dialers)
	middlewares := tcpmiddleware.NewBuilder(configuration.TCPMiddlewares)
	manager := tcprouter.NewManager(configuration, services, middlewares, nil, nil, tls.NewManager(nil), nil)
	router := manager.BuildHandlers(context.Background(), []string{entryPoint})[entryPoint]
	for name, each := range configuration.TCPRouters {
		if len(each.Err) > 0 {
			return nil, fmt.Errorf("router %s: %v", name, each.Err)
		}
	}
	for name, each := range configuration.TCPServices {
		if each.Err != nil {
			return nil, fmt.Errorf("service %s: %w", name, each.Err)
		}
	}
	return router, nil
}
