// Command driver is a stand-in for the SPIFFE CSI driver, whose Go module cannot always be fetched:
// the suites that run pods on a real node need its inline volumes. It takes the flags, answers the
// calls and refuses the volumes of spiffe-csi 0.2.12, and is meant for no other use.
//
// Two things differ: the mount itself is read-only, where the real driver leaves that to the kubelet
// and to the source, and a request with a staging path is refused, where the real one ignores it.
// It needs Linux 5.12.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"os"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"spiffe-webhook/test/lab/tools/csi-stand-in/internal/program"
)

func main() { program.Main(run) }

func run(ctx context.Context) error {
	var d driver
	flag.StringVar(&d.socketDir, "workload-api-socket-dir", "", "directory to mount into pods")
	flag.StringVar(&d.name, "plugin-name", "csi.spiffe.io", "name of the driver")
	socket := flag.String("csi-socket-path", "/spiffe-csi/csi.sock", "socket to answer the kubelet on")
	nodeID := flag.String("node-id", "", "name of the node; overrides -node-id-env")
	nodeIDEnv := flag.String("node-id-env", "MY_NODE_NAME", "variable that holds the node's name")
	flag.Parse()
	d.nodeID = cmp.Or(*nodeID, os.Getenv(*nodeIDEnv))
	if d.nodeID == "" {
		return errors.New("node ID is required")
	}
	if d.socketDir == "" {
		return errors.New("workload API socket directory is required")
	}
	return program.Serve(ctx, *socket, func(server grpc.ServiceRegistrar) {
		csi.RegisterIdentityServer(server, &d)
		csi.RegisterNodeServer(server, &d)
	})
}

type driver struct {
	csi.UnimplementedIdentityServer
	csi.UnimplementedNodeServer
	name, nodeID, socketDir string
}

func (d *driver) GetPluginInfo(context.Context, *csi.GetPluginInfoRequest) (*csi.GetPluginInfoResponse, error) {
	return &csi.GetPluginInfoResponse{Name: d.name, VendorVersion: "0.0.0-stand-in"}, nil
}

func (*driver) GetPluginCapabilities(context.Context, *csi.GetPluginCapabilitiesRequest) (*csi.GetPluginCapabilitiesResponse, error) {
	return &csi.GetPluginCapabilitiesResponse{}, nil
}

func (*driver) Probe(context.Context, *csi.ProbeRequest) (*csi.ProbeResponse, error) {
	return &csi.ProbeResponse{}, nil
}

func (*driver) NodeGetCapabilities(context.Context, *csi.NodeGetCapabilitiesRequest) (*csi.NodeGetCapabilitiesResponse, error) {
	able := func(rpc csi.NodeServiceCapability_RPC_Type) *csi.NodeServiceCapability {
		return &csi.NodeServiceCapability{Type: &csi.NodeServiceCapability_Rpc{Rpc: &csi.NodeServiceCapability_RPC{Type: rpc}}}
	}
	return &csi.NodeGetCapabilitiesResponse{Capabilities: []*csi.NodeServiceCapability{
		able(csi.NodeServiceCapability_RPC_VOLUME_CONDITION),
		able(csi.NodeServiceCapability_RPC_GET_VOLUME_STATS),
	}}, nil
}

func (d *driver) NodeGetInfo(context.Context, *csi.NodeGetInfoRequest) (*csi.NodeGetInfoResponse, error) {
	return &csi.NodeGetInfoResponse{NodeId: d.nodeID}, nil
}

func (d *driver) NodePublishVolume(_ context.Context, request *csi.NodePublishVolumeRequest) (*csi.NodePublishVolumeResponse, error) {
	capability := request.GetVolumeCapability()
	mount, mode := capability.GetMount(), capability.GetAccessMode()
	if err := refuse([]rule{
		{request.GetVolumeId() == "", "request missing required volume id"},
		{request.GetTargetPath() == "", "request missing required target path"},
		{capability == nil, "request missing required volume capability"},
		{capability.GetAccessType() == nil, "request missing required volume capability access type"},
		{mount == nil || mount.GetFsType() != "" || len(mount.GetMountFlags()) > 0, "request volume capability access type must be a simple mount"},
		{mode == nil, "request missing required volume capability access mode"},
		{mode.GetMode() == csi.VolumeCapability_AccessMode_SINGLE_NODE_READER_ONLY, "request volume capability access mode is not valid"},
		{!request.GetReadonly(), "pod.spec.volumes[].csi.readOnly must be set to 'true'"},
		{request.GetVolumeContext()["csi.storage.k8s.io/ephemeral"] != "true", "only ephemeral volumes are supported"},
		{request.GetStagingTargetPath() != "", "request has a staging target path, but volumes are not staged"},
	}); err != nil {
		return nil, err
	}
	if err := publish(d.socketDir, request.GetTargetPath()); err != nil {
		return nil, status.Error(codes.Internal, err.Error())
	}
	return &csi.NodePublishVolumeResponse{}, nil
}

func (*driver) NodeUnpublishVolume(_ context.Context, request *csi.NodeUnpublishVolumeRequest) (*csi.NodeUnpublishVolumeResponse, error) {
	if err := refuse([]rule{
		{request.GetVolumeId() == "", "request missing required volume id"},
		{request.GetTargetPath() == "", "request missing required target path"},
	}); err != nil {
		return nil, err
	}
	if err := unpublish(request.GetTargetPath()); err != nil {
		return nil, status.Error(codes.Internal, err.Error())
	}
	return &csi.NodeUnpublishVolumeResponse{}, nil
}

func (*driver) NodeGetVolumeStats(_ context.Context, request *csi.NodeGetVolumeStatsRequest) (*csi.NodeGetVolumeStatsResponse, error) {
	condition := &csi.VolumeCondition{Message: "mounted"}
	if err := check(request.GetVolumePath()); err != nil {
		condition = &csi.VolumeCondition{Abnormal: true, Message: err.Error()}
	}
	return &csi.NodeGetVolumeStatsResponse{VolumeCondition: condition}, nil
}

// A rule that a request breaks is told in the words of spiffe-csi, which checks them in this order.
type rule struct {
	broken   bool
	sentence string
}

func refuse(rules []rule) error {
	for _, r := range rules {
		if r.broken {
			return status.Error(codes.InvalidArgument, r.sentence)
		}
	}
	return nil
}
