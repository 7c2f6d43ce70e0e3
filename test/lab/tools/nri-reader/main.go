// Command nri-reader reads mount annotations as NRI's device-injector plugin does: the same fields, by the same
// version of the same package. Lines of JSON in, a string each; lines of JSON out: what the plugin's reader makes of
// it, what another reader of the same language does, and what kubectl makes of the text as a manifest.
package main

import (
	"bufio"
	"encoding/json"
	"log"
	"os"

	other "gopkg.in/yaml.v3"
	"sigs.k8s.io/yaml"
)

// mount is the plugin's own (containerd/nri plugins/device-injector/device-injector.go).
type mount struct {
	Source      string   `json:"source"`
	Destination string   `json:"destination"`
	Type        string   `json:"type"`
	Options     []string `json:"options"`
}

type answer struct {
	// Mounts is null where the reader fails: then the plugin refuses to create the container.
	Mounts []mount `json:"mounts"`
	Other  []mount `json:"other"`
	// Value is null where kubectl's reader fails.
	Value json.RawMessage `json:"value"`
}

func read(text string) answer {
	mounts := []mount{}
	if err := yaml.Unmarshal([]byte(text), &mounts); err != nil {
		mounts = nil
	}
	others := []mount{}
	if err := other.Unmarshal([]byte(text), &others); err != nil {
		others = nil
	}
	value, err := yaml.YAMLToJSONStrict([]byte(text))
	if err != nil {
		value = nil
	}
	return answer{Mounts: mounts, Other: others, Value: value}
}

func main() {
	in := json.NewDecoder(bufio.NewReader(os.Stdin))
	out := bufio.NewWriter(os.Stdout)
	answers := json.NewEncoder(out)
	for in.More() {
		var text string
		if err := in.Decode(&text); err != nil {
			log.Fatal(err)
		}
		if err := answers.Encode(read(text)); err != nil {
			log.Fatal(err)
		}
	}
	if err := out.Flush(); err != nil {
		log.Fatal(err)
	}
}
