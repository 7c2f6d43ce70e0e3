// Package program holds what both stand-ins do: they serve gRPC on a unix socket until SIGTERM.
package program

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"syscall"

	"google.golang.org/grpc"
	"google.golang.org/grpc/status"
)

// Main runs a program until it fails, with exit code 1, or is told to end.
func Main(run func(context.Context) error) {
	slog.SetDefault(slog.New(slog.NewJSONHandler(os.Stderr, nil)))
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if err := run(ctx); err != nil && ctx.Err() == nil {
		slog.Error(err.Error())
		os.Exit(1)
	}
}

// Serve answers until ctx ends, and then removes the socket at once. It takes the place of a socket
// that a killed program left, and logs one line a call.
func Serve(ctx context.Context, socket string, register func(grpc.ServiceRegistrar)) error {
	if err := os.Remove(socket); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	listener, err := net.Listen("unix", socket)
	if err != nil {
		return err
	}
	server := grpc.NewServer(grpc.UnaryInterceptor(logged))
	register(server)
	defer context.AfterFunc(ctx, server.Stop)()
	return server.Serve(listener)
}

// A volume's context holds tokens of the pod, and so it is never written.
func logged(ctx context.Context, request any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	response, err := handler(ctx, request)
	line := []any{"code", status.Code(err).String(), "error", status.Convert(err).Message()}
	if volume, ok := request.(interface {
		GetVolumeId() string
		GetTargetPath() string
	}); ok {
		line = append(line, "volumeId", volume.GetVolumeId(), "targetPath", volume.GetTargetPath())
	}
	slog.Info(info.FullMethod, line...)
	return response, err
}
