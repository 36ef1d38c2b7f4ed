// The keys of the section s in `file`, read by the library of Grafana and Gitea, as JSON.
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
	for _, key := range file.Section("s").Keys() {
		out[key.Name()] = key.String()
	}
	json.NewEncoder(os.Stdout).Encode(out)
}
