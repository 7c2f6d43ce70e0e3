// Package standin_test calls both stand-ins as the kubelet does. The programs come from the folder
// named by CSI_STAND_IN, or are built first.
package standin_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials/insecure"
)

var programs = os.Getenv("CSI_STAND_IN")

func TestMain(m *testing.M) {
	if programs != "" {
		os.Exit(m.Run())
	}
	programs = shortFolder()
	build := exec.Command("go", "build", "-o", programs+"/", "./driver", "./registrar")
	build.Stderr = os.Stderr
	code := 1
	if build.Run() == nil {
		code = m.Run()
	}
	os.RemoveAll(programs)
	os.Exit(code)
}

// shortFolder has a path short enough for sockets below it, which a test's own folder has not.
func shortFolder() string {
	folder, err := os.MkdirTemp("", "csi-")
	if err != nil {
		panic(err)
	}
	return folder
}

type process struct {
	*exec.Cmd
	stderr bytes.Buffer
	ended  chan error
}

func start(t *testing.T, name string, args ...string) *process {
	t.Helper()
	p := &process{Cmd: exec.Command(name, args...), ended: make(chan error, 1)}
	p.Env = []string{"PATH=" + os.Getenv("PATH"), "MY_NODE_NAME=node-1"}
	p.Stderr = &p.stderr
	p.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { p.ended <- p.Wait() }()
	t.Cleanup(func() { p.Process.Kill() })
	return p
}

// end waits for the program's end and returns its exit code.
func (p *process) end(t *testing.T) int {
	t.Helper()
	select {
	case <-p.ended:
		return p.ProcessState.ExitCode()
	case <-time.After(5 * time.Second):
		t.Fatalf("%s still runs after five seconds", filepath.Base(p.Path))
		return 0
	}
}

func (p *process) stop(t *testing.T) int {
	t.Helper()
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	return p.end(t)
}

func dial(t *testing.T, socket string) *grpc.ClientConn {
	t.Helper()
	often := backoff.Config{BaseDelay: 20 * time.Millisecond, Multiplier: 1, MaxDelay: 20 * time.Millisecond}
	connection, err := grpc.NewClient("unix:"+socket,
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultServiceConfig(`{"methodConfig": [{"name": [{}], "timeout": "20s"}]}`),
		grpc.WithConnectParams(grpc.ConnectParams{Backoff: often}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { connection.Close() })
	return connection
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

func equal(t *testing.T, what string, found, wanted any) {
	t.Helper()
	if fmt.Sprint(found) != fmt.Sprint(wanted) {
		t.Errorf("%s is %v, not %v", what, found, wanted)
	}
}

func contains(t *testing.T, what, text, wanted string) {
	t.Helper()
	if !strings.Contains(text, wanted) {
		t.Errorf("%s lacks %q: %s", what, wanted, text)
	}
}
