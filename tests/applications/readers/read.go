// The keys in `file`, each with its section, read by the library of Grafana and Gitea, as JSON.
package main

import (
	"encoding/json"
	"os"

	"gopkg.in/ini.v1"
)

func main() {
	file, err := ini.Load("file")
	if err != nil {
		panic(err)
	}
	out := map[string]string{}
	for _, section := range file.Sections() {
		for _, key := range section.Keys() {
			out[section.Name()+"."+key.Name()] = key.String()
		}
	}
	json.NewEncoder(os.Stdout).Encode(out)
}
