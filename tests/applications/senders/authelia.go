// What Authelia takes from `notifier.smtp`: the YAML library that it reads with, and Go's own reading of its types.
// Argument: the file. As internal/configuration/schema/notifier.go and internal/notification/smtp_notifier.go have it.
package main

import (
	"encoding/json"
	"fmt"
	"net/mail"
	"net/url"
	"os"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

type secure struct {
	ServerName string `yaml:"server_name"`
	SkipVerify bool   `yaml:"skip_verify"`
	Minimum    string `yaml:"minimum_version"`
}

type notifier struct {
	Address           string `yaml:"address"`
	Timeout           string `yaml:"timeout"`
	Username          string `yaml:"username"`
	Password          string `yaml:"password"`
	Identifier        string `yaml:"identifier"`
	Sender            string `yaml:"sender"`
	DisableRequireTLS bool   `yaml:"disable_require_tls"`
	DisableStartTLS   bool   `yaml:"disable_starttls"`
	TLS               secure `yaml:"tls"`
}

type configuration struct {
	Notifier struct {
		SMTP notifier `yaml:"smtp"`
	} `yaml:"notifier"`
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// The order in which smtp_notifier.go asks.
func mode(own notifier, scheme string) string {
	switch {
	case scheme == "submissions":
		return "implicit_tls"
	case own.DisableStartTLS:
		return "none"
	case own.DisableRequireTLS:
		return "starttls_opportunistic"
	case scheme == "smtp" || scheme == "submission":
		return "starttls"
	}
	return scheme
}

func main() {
	text, err := os.Open(os.Args[1])
	check(err)
	decoder := yaml.NewDecoder(text)
	decoder.KnownFields(true)
	var all configuration
	check(decoder.Decode(&all))
	own := all.Notifier.SMTP
	address, err := url.Parse(own.Address)
	check(err)
	sender, err := mail.ParseAddress(own.Sender)
	check(err)
	// Authelia takes a number and a unit's name, and Go's own notation.
	wait, err := time.ParseDuration(strings.ReplaceAll(own.Timeout, " seconds", "s"))
	check(err)
	check(json.NewEncoder(os.Stdout).Encode(map[string]interface{}{
		"host": address.Hostname(), "port": address.Port(), "mode": mode(own, address.Scheme), "timeout": wait.Seconds(),
		"username": own.Username, "password": own.Password, "identifier": own.Identifier, "skip_verify": own.TLS.SkipVerify,
		"server_name": own.TLS.ServerName, "minimum": own.TLS.Minimum, "address": sender.Address, "name": sender.Name,
	}))
}
