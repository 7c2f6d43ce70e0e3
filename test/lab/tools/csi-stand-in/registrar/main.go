// Command registrar is a stand-in for csi-node-driver-registrar, whose Go module cannot always be
// fetched: it makes the kubelet of the suites' node know a CSI driver. It takes the flags of the real
// one that charts use, and is meant for no other use.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials/insecure"
	registration "k8s.io/kubelet/pkg/apis/pluginregistration/v1"

	"spiffe-webhook/test/lab/tools/csi-stand-in/internal/program"
)

func main() { program.Main(run) }

func run(ctx context.Context) error {
	address := flag.String("csi-address", "/run/csi/socket", "the driver's socket")
	folder := flag.String("plugin-registration-path", "/registration", "where the kubelet looks for drivers")
	endpoint := flag.String("kubelet-registration-path", "", "the driver's socket as the kubelet sees it")
	port := flag.Int("health-port", 0, "port of /healthz; 0 for none")
	flag.Parse()
	if *endpoint == "" {
		return errors.New("kubelet-registration-path is a required parameter")
	}
	name, err := driverName(ctx, *address)
	if err != nil {
		return fmt.Errorf("error retrieving CSI driver name: %w", err)
	}
	socket := filepath.Join(*folder, name+"-reg.sock")
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	if *port > 0 {
		listener, err := net.Listen("tcp", fmt.Sprintf(":%d", *port))
		if err != nil {
			return err
		}
		go func() { fail(http.Serve(listener, health(socket))) }()
	}
	info := &registration.PluginInfo{Type: registration.CSIPlugin, Name: name, Endpoint: *endpoint, SupportedVersions: []string{"1.0.0"}}
	err = program.Serve(ctx, socket, func(server grpc.ServiceRegistrar) {
		registration.RegisterRegistrationServer(server, &registrar{info: info, fail: fail})
	})
	return errors.Join(err, context.Cause(ctx))
}

// driverName waits for the driver's socket: the containers of a pod start in any order.
func driverName(ctx context.Context, address string) (string, error) {
	everySecond := grpc.ConnectParams{Backoff: backoff.Config{BaseDelay: time.Second, Multiplier: 1, MaxDelay: time.Second}}
	connection, err := grpc.NewClient("unix:"+address, grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithConnectParams(everySecond))
	if err != nil {
		return "", err
	}
	defer connection.Close()
	info, err := csi.NewIdentityClient(connection).GetPluginInfo(ctx, &csi.GetPluginInfoRequest{}, grpc.WaitForReady(true))
	return info.GetName(), err
}

func health(socket string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/healthz", func(response http.ResponseWriter, _ *http.Request) {
		if _, err := os.Stat(socket); err != nil {
			http.Error(response, "registration socket does not exist", http.StatusNotFound)
		}
	})
	return mux
}

type registrar struct {
	registration.UnimplementedRegistrationServer
	info *registration.PluginInfo
	fail context.CancelCauseFunc
}

func (r *registrar) GetInfo(context.Context, *registration.InfoRequest) (*registration.PluginInfo, error) {
	return r.info, nil
}

func (r *registrar) NotifyRegistrationStatus(_ context.Context, status *registration.RegistrationStatus) (*registration.RegistrationStatusResponse, error) {
	if !status.GetPluginRegistered() {
		r.fail(fmt.Errorf("the kubelet refused the driver: %s", status.GetError()))
	}
	return &registration.RegistrationStatusResponse{}, nil
}
