// What Grafana's settings of [smtp] say to the libraries that it reads and sends with, or one message sent with them.
// Arguments: `read` or `send`, the file, and the recipient. As pkg/services/notifications/smtp.go has it.
package main

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net"
	"net/mail"
	"os"
	"strconv"

	"gopkg.in/ini.v1"
	gomail "gopkg.in/mail.v2"
)

var policies = map[string]gomail.StartTLSPolicy{
	"NoStartTLS":        gomail.NoStartTLS,
	"MandatoryStartTLS": gomail.MandatoryStartTLS,
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	file, err := ini.Load(os.Args[2])
	check(err)
	smtp := file.Section("smtp")
	value := func(name string) string { return smtp.Key(name).String() }
	host, port, err := net.SplitHostPort(value("host"))
	check(err)
	number, err := strconv.Atoi(port)
	check(err)
	dialer := gomail.NewDialer(host, number, value("user"), value("password"))
	dialer.TLSConfig = &tls.Config{InsecureSkipVerify: smtp.Key("skip_verify").MustBool(false), ServerName: host}
	dialer.StartTLSPolicy = policies[value("startTLS_policy")]
	dialer.LocalName = value("ehlo_identity")
	if os.Args[1] == "read" {
		values := map[string]interface{}{
			"host": host, "port": number, "user": dialer.Username, "password": dialer.Password, "at_once": dialer.SSL,
			"policy": dialer.StartTLSPolicy, "skip_verify": dialer.TLSConfig.InsecureSkipVerify, "name": dialer.LocalName,
			"from_address": value("from_address"), "from_name": value("from_name"), "cert_file": value("cert_file"),
			"key_file": value("key_file"), "reply_to": file.Section("smtp.static_headers").Key("Reply-To").String(),
		}
		check(json.NewEncoder(os.Stdout).Encode(values))
		return
	}
	message := gomail.NewMessage()
	from := mail.Address{Name: value("from_name"), Address: value("from_address")}
	message.SetHeader("From", from.String())
	message.SetHeader("To", os.Args[3])
	message.SetBody("text/plain", "hello")
	check(dialer.DialAndSend(message))
}
