package standin_test

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"google.golang.org/grpc"
	registration "k8s.io/kubelet/pkg/apis/pluginregistration/v1"
)

type nodeRegistrar struct {
	*process
	socket, health string
	registration.RegistrationClient
}

// startRegistrar is for the driver whose socket is, or will be, in folder.
func startRegistrar(t *testing.T, folder string) *nodeRegistrar {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	free.Close()
	port := free.Addr().(*net.TCPAddr).Port
	r := &nodeRegistrar{
		socket: filepath.Join(folder, "csi.spiffe.io-reg.sock"),
		health: fmt.Sprintf("http://127.0.0.1:%d/healthz", port),
	}
	r.process = start(t, filepath.Join(programs, "registrar"),
		"-csi-address="+folder+"/csi.sock", "-plugin-registration-path="+folder,
		"-kubelet-registration-path=/var/lib/kubelet/plugins/csi.spiffe.io/csi.sock",
		fmt.Sprintf("-health-port=%d", port))
	r.RegistrationClient = registration.NewRegistrationClient(dial(t, r.socket))
	return r
}

func (r *nodeRegistrar) offered(t *testing.T) *registration.PluginInfo {
	t.Helper()
	info, err := r.GetInfo(t.Context(), &registration.InfoRequest{}, grpc.WaitForReady(true))
	if err != nil {
		t.Fatal(err)
	}
	return info
}

func (r *nodeRegistrar) notify(t *testing.T, status *registration.RegistrationStatus) {
	t.Helper()
	// The answer to a refusal may be lost: the registrar ends.
	_, err := r.NotifyRegistrationStatus(t.Context(), status)
	if status.PluginRegistered {
		equal(t, "error", err, nil)
	}
}

func TestRegistrar(t *testing.T) {
	t.Run("offers the driver to the kubelet", func(t *testing.T) {
		info := startRegistrar(t, startDriver(t).folder).offered(t)
		equal(t, "type", info.GetType(), "CSIPlugin")
		equal(t, "name", info.GetName(), "csi.spiffe.io")
		equal(t, "endpoint", info.GetEndpoint(), "/var/lib/kubelet/plugins/csi.spiffe.io/csi.sock")
		equal(t, "versions", info.GetSupportedVersions(), []string{"1.0.0"})
	})

	t.Run("waits for a driver that starts later", func(t *testing.T) {
		d := startDriver(t)
		d.stop(t)
		r := startRegistrar(t, d.folder)
		time.Sleep(200 * time.Millisecond)
		equal(t, "socket is there", exists(r.socket), false)
		restartDriver(t, d.folder)
		equal(t, "name", r.offered(t).GetName(), "csi.spiffe.io")
	})

	t.Run("is healthy while its socket is there", func(t *testing.T) {
		r := startRegistrar(t, startDriver(t).folder)
		r.offered(t)
		for _, wanted := range []int{http.StatusOK, http.StatusNotFound} {
			response, err := http.Get(r.health)
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
			equal(t, "status", response.StatusCode, wanted)
			os.Remove(r.socket)
		}
	})

	t.Run("goes on once the kubelet has registered the driver", func(t *testing.T) {
		r := startRegistrar(t, startDriver(t).folder)
		r.offered(t)
		r.notify(t, &registration.RegistrationStatus{PluginRegistered: true})
		r.offered(t)
		equal(t, "exit code at SIGTERM", r.stop(t), 0)
	})

	t.Run("fails when the kubelet refuses the driver", func(t *testing.T) {
		r := startRegistrar(t, startDriver(t).folder)
		r.offered(t)
		r.notify(t, &registration.RegistrationStatus{Error: "no such version"})
		equal(t, "exit code", r.end(t), 1)
		contains(t, "log", r.stderr.String(), "the kubelet refused the driver: no such version")
		equal(t, "socket is there", exists(r.socket), false)
	})

	t.Run("takes its socket away at SIGTERM", func(t *testing.T) {
		r := startRegistrar(t, startDriver(t).folder)
		r.offered(t)
		equal(t, "exit code", r.stop(t), 0)
		equal(t, "socket is there", exists(r.socket), false)
	})

	t.Run("ends at once at SIGTERM while it waits for a driver", func(t *testing.T) {
		folder := shortFolder()
		defer os.RemoveAll(folder)
		silent, err := net.Listen("unix", folder+"/csi.sock")
		if err != nil {
			t.Fatal(err)
		}
		defer silent.Close()
		r := startRegistrar(t, folder)
		if _, err := silent.Accept(); err != nil {
			t.Fatal(err)
		}
		equal(t, "exit code", r.stop(t), 0)
	})

	t.Run("does not start without the path that the kubelet is to use", func(t *testing.T) {
		p := start(t, filepath.Join(programs, "registrar"))
		equal(t, "exit code", p.end(t), 1)
		contains(t, "log", p.stderr.String(), "kubelet-registration-path is a required parameter")
	})
}
