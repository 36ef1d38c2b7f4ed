// What Mattermost's EmailSettings say to Go's own client of SMTP, or one message sent by it.
// Arguments: `read` or `send`, the file, and the recipient. In the order of server/platform/shared/mail/mail.go.
package main

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net"
	"net/mail"
	"net/smtp"
	"os"
	"time"
)

// Mattermost's own types: a number where a text belongs is refused.
type settings struct {
	SMTPServer, SMTPPort, SMTPUsername, SMTPPassword, ConnectionSecurity string
	FeedbackName, FeedbackEmail, ReplyToAddress                          string
	EnableSMTPAuth, SkipServerCertificateVerification                    bool
	SMTPServerTimeout                                                    int
}

type configuration struct {
	EmailSettings   settings
	SupportSettings struct{ SupportEmail string }
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func connection(own settings, secure *tls.Config) net.Conn {
	dialer := &net.Dialer{Timeout: time.Duration(own.SMTPServerTimeout) * time.Second}
	address := own.SMTPServer + ":" + own.SMTPPort
	if own.ConnectionSecurity == "TLS" {
		connected, err := tls.DialWithDialer(dialer, "tcp", address, secure)
		check(err)
		return connected
	}
	connected, err := dialer.Dial("tcp", address)
	check(err)
	return connected
}

func main() {
	text, err := os.ReadFile(os.Args[2])
	check(err)
	var all configuration
	check(json.Unmarshal(text, &all))
	if os.Args[1] == "read" {
		check(json.NewEncoder(os.Stdout).Encode(all))
		return
	}
	own := all.EmailSettings
	secure := &tls.Config{ServerName: own.SMTPServer, InsecureSkipVerify: own.SkipServerCertificateVerification}
	name := own.SMTPServer + ":" + own.SMTPPort
	client, err := smtp.NewClient(connection(own, secure), name)
	check(err)
	if own.ConnectionSecurity == "STARTTLS" {
		client.StartTLS(secure) // what it says of an error is not looked at there
	}
	if own.EnableSMTPAuth {
		check(client.Auth(smtp.PlainAuth("", own.SMTPUsername, own.SMTPPassword, name)))
	}
	check(client.Mail(own.FeedbackEmail))
	check(client.Rcpt(os.Args[3]))
	body, err := client.Data()
	check(err)
	from := mail.Address{Name: own.FeedbackName, Address: own.FeedbackEmail}
	_, err = fmt.Fprintf(body, "From: %s\r\nTo: %s\r\n\r\nhello\r\n", from.String(), os.Args[3])
	check(err)
	check(body.Close())
	client.Quit()
}
