package standin_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// A driver in a mount namespace of its own, as its container has one. What it mounts below pods
// propagates to node, as Bidirectional mount propagation brings it to the kubelet.
type nodeDriver struct {
	*process
	folder, socket string
	identity       csi.IdentityClient
	node           csi.NodeClient
}

const mounts = `mount --bind "$0/pods" "$0/pods" && mount --make-shared "$0/pods" &&
	mount --bind "$0/pods" "$0/node" && exec "$@"`

func startDriver(t *testing.T, args ...string) *nodeDriver {
	t.Helper()
	folder := shortFolder()
	t.Cleanup(func() { os.RemoveAll(folder) })
	for _, name := range []string{"agent", "pods", "node"} {
		if err := os.Mkdir(filepath.Join(folder, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	listener, err := net.Listen("unix", folder+"/agent/agent.sock")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return restartDriver(t, folder, args...)
}

func restartDriver(t *testing.T, folder string, args ...string) *nodeDriver {
	t.Helper()
	d := &nodeDriver{folder: folder, socket: folder + "/csi.sock"}
	d.process = start(t, "unshare", append([]string{
		"--map-root-user", "--mount", "sh", "-c", mounts, folder, filepath.Join(programs, "driver"),
		"-workload-api-socket-dir=" + folder + "/agent", "-plugin-name=csi.spiffe.io",
		"-csi-socket-path=" + d.socket, "-node-id-env=MY_NODE_NAME",
	}, args...)...)
	connection := dial(t, d.socket)
	d.identity, d.node = csi.NewIdentityClient(connection), csi.NewNodeClient(connection)
	_, err := d.identity.Probe(t.Context(), &csi.ProbeRequest{}, grpc.WaitForReady(true))
	if err != nil {
		t.Fatal(err, d.stderr.String())
	}
	return d
}

func (d *nodeDriver) target(name string) string { return filepath.Join(d.folder, "pods", name) }

// seen is a path as the driver's mount namespace has it.
func (d *nodeDriver) seen(path string) string {
	return fmt.Sprintf("/proc/%d/root%s", d.Process.Pid, path)
}

// mounted lists the options of all mounts at a path.
func (d *nodeDriver) mounted(t *testing.T, path string) []string {
	t.Helper()
	table, err := os.ReadFile(fmt.Sprintf("/proc/%d/mountinfo", d.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	options := []string{}
	for line := range strings.Lines(string(table)) {
		if fields := strings.Fields(line); fields[4] == path {
			options = append(options, strings.Split(fields[5], ",")[0])
		}
	}
	return options
}

func (d *nodeDriver) publish(t *testing.T, request *csi.NodePublishVolumeRequest) {
	t.Helper()
	if _, err := d.node.NodePublishVolume(t.Context(), request); err != nil {
		t.Fatal(err)
	}
}

func (d *nodeDriver) unpublish(t *testing.T, target string) {
	t.Helper()
	request := &csi.NodeUnpublishVolumeRequest{VolumeId: "csi-1", TargetPath: target}
	if _, err := d.node.NodeUnpublishVolume(t.Context(), request); err != nil {
		t.Fatal(err)
	}
}

func (d *nodeDriver) condition(t *testing.T, path string) *csi.VolumeCondition {
	t.Helper()
	request := &csi.NodeGetVolumeStatsRequest{VolumeId: "csi-1", VolumePath: path}
	stats, err := d.node.NodeGetVolumeStats(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	return stats.GetVolumeCondition()
}

// volume is what the kubelet asks for on behalf of an inline csi.spiffe.io volume.
func volume(target string) *csi.NodePublishVolumeRequest {
	return &csi.NodePublishVolumeRequest{
		VolumeId:   "csi-1",
		TargetPath: target,
		Readonly:   true,
		VolumeCapability: &csi.VolumeCapability{
			AccessType: &csi.VolumeCapability_Mount{Mount: &csi.VolumeCapability_MountVolume{}},
			AccessMode: &csi.VolumeCapability_AccessMode{Mode: csi.VolumeCapability_AccessMode_SINGLE_NODE_WRITER},
		},
		VolumeContext: map[string]string{"csi.storage.k8s.io/ephemeral": "true"},
	}
}

func TestDriver(t *testing.T) {
	d := startDriver(t)

	t.Run("says its name, its node and what it can do", func(t *testing.T) {
		plugin, err := d.identity.GetPluginInfo(t.Context(), &csi.GetPluginInfoRequest{})
		equal(t, "error", err, nil)
		equal(t, "name", plugin.GetName(), "csi.spiffe.io")
		whole, err := d.identity.GetPluginCapabilities(t.Context(), &csi.GetPluginCapabilitiesRequest{})
		equal(t, "error", err, nil)
		equal(t, "number of capabilities", len(whole.GetCapabilities()), 0)
		info, err := d.node.NodeGetInfo(t.Context(), &csi.NodeGetInfoRequest{})
		equal(t, "error", err, nil)
		equal(t, "node", info.GetNodeId(), "node-1")
		able, err := d.node.NodeGetCapabilities(t.Context(), &csi.NodeGetCapabilitiesRequest{})
		equal(t, "error", err, nil)
		names := []string{}
		for _, capability := range able.GetCapabilities() {
			names = append(names, capability.GetRpc().GetType().String())
		}
		equal(t, "capabilities", names, []string{"VOLUME_CONDITION", "GET_VOLUME_STATS"})
	})

	t.Run("publishes the agent's directory read-only, on the node too", func(t *testing.T) {
		d.publish(t, volume(d.target("a")))
		for _, path := range []string{d.target("a"), filepath.Join(d.folder, "node", "a")} {
			equal(t, "mount", d.mounted(t, path), []string{"ro"})
			err := os.WriteFile(d.seen(path)+"/written", nil, 0o600)
			equal(t, "a write's error is EROFS", errors.Is(err, syscall.EROFS), true)
			connection, err := net.Dial("unix", d.seen(path)+"/agent.sock")
			if err != nil {
				t.Fatal(err)
			}
			connection.Close()
		}
		equal(t, "mount outside of the driver's namespace", exists(d.target("a")+"/agent.sock"), false)
	})

	t.Run("leaves the agent's own directory writable", func(t *testing.T) {
		d.publish(t, volume(d.target("b")))
		equal(t, "error", os.WriteFile(d.seen(d.folder+"/agent/written"), nil, 0o600), nil)
		equal(t, "what the agent wrote is seen", exists(d.seen(d.target("b"))+"/written"), true)
	})

	t.Run("mounts once however often it is asked", func(t *testing.T) {
		for range 3 {
			d.publish(t, volume(d.target("c")))
		}
		equal(t, "mounts", len(d.mounted(t, d.target("c"))), 1)
	})

	t.Run("reports the condition of a volume", func(t *testing.T) {
		d.publish(t, volume(d.target("d")))
		mounted := d.condition(t, d.target("d"))
		equal(t, "abnormal", mounted.GetAbnormal(), false)
		equal(t, "message", mounted.GetMessage(), "mounted")
		for _, path := range []string{d.target("absent"), d.folder + "/agent"} {
			other := d.condition(t, path)
			equal(t, "abnormal", other.GetAbnormal(), true)
			equal(t, "message", other.GetMessage(), "volume path is not mounted")
		}
	})

	t.Run("takes away the mount and its directory, and is content when there is none", func(t *testing.T) {
		target := d.target("e")
		d.publish(t, volume(target))
		for range 2 {
			d.unpublish(t, target)
			equal(t, "mounts", len(d.mounted(t, target)), 0)
			equal(t, "directory is there", exists(target), false)
		}
		equal(t, "agent's socket is there", exists(d.folder+"/agent/agent.sock"), true)
	})

	t.Run("takes away a directory that a reboot left without its mount", func(t *testing.T) {
		target := d.target("f")
		equal(t, "error", os.Mkdir(target, 0o755), nil)
		d.unpublish(t, target)
		equal(t, "directory is there", exists(target), false)
	})

	t.Run("says why it cannot mount", func(t *testing.T) {
		_, err := d.node.NodePublishVolume(t.Context(), volume(d.target("no/parent")))
		equal(t, "code", status.Code(err), codes.Internal)
		contains(t, "message", err.Error(), "unable to create target path")
	})
}

func TestDriverRefusesAVolume(t *testing.T) {
	d := startDriver(t)
	for name, row := range map[string]struct {
		change   func(*csi.NodePublishVolumeRequest)
		sentence string
	}{
		"without an id": {
			func(r *csi.NodePublishVolumeRequest) { r.VolumeId = "" },
			"request missing required volume id",
		},
		"without a target": {
			func(r *csi.NodePublishVolumeRequest) { r.TargetPath = "" },
			"request missing required target path",
		},
		"without a capability": {
			func(r *csi.NodePublishVolumeRequest) { r.VolumeCapability = nil },
			"request missing required volume capability",
		},
		"without an access type": {
			func(r *csi.NodePublishVolumeRequest) { r.VolumeCapability.AccessType = nil },
			"request missing required volume capability access type",
		},
		"that is a block device": {
			func(r *csi.NodePublishVolumeRequest) {
				r.VolumeCapability.AccessType = &csi.VolumeCapability_Block{Block: &csi.VolumeCapability_BlockVolume{}}
			},
			"request volume capability access type must be a simple mount",
		},
		"with a file system type": {
			func(r *csi.NodePublishVolumeRequest) { r.VolumeCapability.GetMount().FsType = "ext4" },
			"request volume capability access type must be a simple mount",
		},
		"with mount flags": {
			func(r *csi.NodePublishVolumeRequest) { r.VolumeCapability.GetMount().MountFlags = []string{"exec"} },
			"request volume capability access type must be a simple mount",
		},
		"without an access mode": {
			func(r *csi.NodePublishVolumeRequest) { r.VolumeCapability.AccessMode = nil },
			"request missing required volume capability access mode",
		},
		"whose access mode is for readers only": {
			func(r *csi.NodePublishVolumeRequest) {
				r.VolumeCapability.AccessMode.Mode = csi.VolumeCapability_AccessMode_SINGLE_NODE_READER_ONLY
			},
			"request volume capability access mode is not valid",
		},
		"that is not readOnly": {
			func(r *csi.NodePublishVolumeRequest) { r.Readonly = false },
			"pod.spec.volumes[].csi.readOnly must be set to 'true'",
		},
		"that is persistent": {
			func(r *csi.NodePublishVolumeRequest) { r.VolumeContext["csi.storage.k8s.io/ephemeral"] = "false" },
			"only ephemeral volumes are supported",
		},
		"when the kubelet does not say that it is ephemeral": {
			func(r *csi.NodePublishVolumeRequest) { r.VolumeContext = nil },
			"only ephemeral volumes are supported",
		},
		"with a staging path": {
			func(r *csi.NodePublishVolumeRequest) { r.StagingTargetPath = "/staging" },
			"request has a staging target path, but volumes are not staged",
		},
	} {
		t.Run(name, func(t *testing.T) {
			request := volume(d.target("refused"))
			row.change(request)
			_, err := d.node.NodePublishVolume(t.Context(), request)
			equal(t, "code", status.Code(err), codes.InvalidArgument)
			equal(t, "message", status.Convert(err).Message(), row.sentence)
			equal(t, "directory is there", exists(d.target("refused")), false)
		})
	}
	for sentence, request := range map[string]*csi.NodeUnpublishVolumeRequest{
		"request missing required volume id":   {TargetPath: d.target("a")},
		"request missing required target path": {VolumeId: "csi-1"},
	} {
		t.Run("to be taken away, "+sentence, func(t *testing.T) {
			_, err := d.node.NodeUnpublishVolume(t.Context(), request)
			equal(t, "code", status.Code(err), codes.InvalidArgument)
			equal(t, "message", status.Convert(err).Message(), sentence)
		})
	}
}

func TestDriverProgram(t *testing.T) {
	t.Run("logs one line of JSON a call, and no secret", func(t *testing.T) {
		d := startDriver(t)
		request := volume(d.target("a"))
		request.VolumeContext["csi.storage.k8s.io/serviceAccount.tokens"] = "hush-token"
		request.Secrets = map[string]string{"key": "hush-secret"}
		request.PublishContext = map[string]string{"key": "hush-publish"}
		d.publish(t, request)
		request.Readonly = false
		_, err := d.node.NodePublishVolume(t.Context(), request)
		equal(t, "code", status.Code(err), codes.InvalidArgument)
		equal(t, "exit code", d.stop(t), 0)
		lines := strings.Split(strings.TrimSpace(d.stderr.String()), "\n")
		equal(t, "lines", len(lines), 3)
		last := map[string]any{}
		for _, line := range lines {
			equal(t, "error of "+line, json.Unmarshal([]byte(line), &last), nil)
		}
		equal(t, "call", last["msg"], "/csi.v1.Node/NodePublishVolume")
		equal(t, "code", last["code"], "InvalidArgument")
		equal(t, "target", last["targetPath"], d.target("a"))
		equal(t, "a secret is written", strings.Contains(d.stderr.String(), "hush"), false)
	})

	t.Run("ends at once at SIGTERM and takes its socket away", func(t *testing.T) {
		d := startDriver(t)
		equal(t, "exit code", d.stop(t), 0)
		equal(t, "socket is there", exists(d.socket), false)
	})

	t.Run("takes the place of a socket that a killed driver left", func(t *testing.T) {
		d := startDriver(t)
		equal(t, "error", d.Process.Kill(), nil)
		d.end(t)
		equal(t, "socket is there", exists(d.socket), true)
		restartDriver(t, d.folder)
	})

	t.Run("prefers -node-id to the variable", func(t *testing.T) {
		d := startDriver(t, "-node-id=node-2")
		info, err := d.node.NodeGetInfo(t.Context(), &csi.NodeGetInfoRequest{})
		equal(t, "error", err, nil)
		equal(t, "node", info.GetNodeId(), "node-2")
	})

	for sentence, args := range map[string][]string{
		"node ID is required":                       {"-workload-api-socket-dir=/tmp", "-node-id-env=NONE"},
		"workload API socket directory is required": {"-node-id=node-1"},
	} {
		t.Run("does not start, "+sentence, func(t *testing.T) {
			p := start(t, filepath.Join(programs, "driver"), args...)
			equal(t, "exit code", p.end(t), 1)
			contains(t, "log", p.stderr.String(), sentence)
		})
	}
}
