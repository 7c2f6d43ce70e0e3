package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// publish leaves a mount that is there: a restarted kubelet publishes every volume again.
func publish(source, target string) error {
	if err := os.Mkdir(target, 0o777); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("unable to create target path %q: %w", target, err)
	}
	if mounted(target) {
		return nil
	}
	if err := bindReadOnly(source, target); err != nil {
		return fmt.Errorf("unable to mount %q: %w", target, err)
	}
	return nil
}

// unpublish succeeds when there is no mount or no directory: a reboot takes the mounts away.
func unpublish(target string) error {
	if mounted(target) {
		if err := unix.Unmount(target, 0); err != nil {
			return fmt.Errorf("unable to unmount %q: %w", target, err)
		}
	}
	if err := os.Remove(target); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("unable to remove target path %q: %w", target, err)
	}
	return nil
}

func check(path string) error {
	if !mounted(path) {
		return errors.New("volume path is not mounted")
	}
	if _, err := os.ReadDir(path); err != nil {
		return fmt.Errorf("unable to list contents of volume path: %w", err)
	}
	return nil
}

func mounted(path string) bool {
	var stat unix.Statx_t
	err := unix.Statx(unix.AT_FDCWD, path, unix.AT_SYMLINK_NOFOLLOW, 0, &stat)
	return err == nil && stat.Attributes&unix.STATX_ATTR_MOUNT_ROOT != 0
}

// bindReadOnly makes the mount read-only before it is seen anywhere: flags that a remount sets later
// would not reach the node, to which mounts made here propagate.
func bindReadOnly(source, target string) error {
	tree, err := unix.OpenTree(unix.AT_FDCWD, source, unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC)
	if err != nil {
		return err
	}
	defer unix.Close(tree)
	readOnly := &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY}
	if err := unix.MountSetattr(tree, "", unix.AT_EMPTY_PATH, readOnly); err != nil {
		return err
	}
	return unix.MoveMount(tree, "", unix.AT_FDCWD, target, unix.MOVE_MOUNT_F_EMPTY_PATH)
}
