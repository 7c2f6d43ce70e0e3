#!/bin/sh
# The entry of .pre-commit-hooks.yaml: installs the pinned dependencies once into pre-commit's clone, then checks.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
if [ ! -d "$root/node_modules" ]; then
  npm ci --prefix "$root" --omit=dev --ignore-scripts --no-audit --no-fund >&2
fi
# A commit may change no manifest at all.
exec node "$root/src/bin.js" check --allow-empty "$@"
