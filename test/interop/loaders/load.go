// Loads each bundle named on standard input as cql-proxy's astra/bundle.go does, up to the first connection.
package main

import (
	"archive/zip"
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
)

var names = []string{"config.json", "cert", "key", "ca.crt"}

func load(path string) error {
	archive, err := zip.OpenReader(path)
	if err != nil {
		return err
	}
	defer archive.Close()
	files := map[string][]byte{}
	for _, entry := range archive.File {
		for _, name := range names {
			if entry.Name != name {
				continue
			}
			reader, err := entry.Open()
			if err != nil {
				return err
			}
			if files[name], err = io.ReadAll(reader); err != nil {
				return err
			}
		}
	}
	for _, name := range names {
		if files[name] == nil {
			return fmt.Errorf("bundle missing '%s' file", name)
		}
	}
	config := struct {
		Host string `json:"host"`
		Port int    `json:"port"`
	}{}
	if err := json.Unmarshal(files["config.json"], &config); err != nil {
		return err
	}
	if !x509.NewCertPool().AppendCertsFromPEM(files["ca.crt"]) {
		return fmt.Errorf("the provided CA cert could not be added to the root CA pool")
	}
	_, err = tls.X509KeyPair(files["cert"], files["key"])
	return err
}

func main() {
	input := bufio.NewScanner(os.Stdin)
	for input.Scan() {
		if err := load(strings.TrimSpace(input.Text())); err != nil {
			fmt.Println(strings.ReplaceAll(err.Error(), "\n", " "))
		} else {
			fmt.Println("ok")
		}
	}
}
