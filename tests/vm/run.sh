#!/usr/bin/env bash
# Runs the kernel and parity tests on a full Debian kernel, which has the links that others lack: `npm run test:vm`.
# Arguments go to AVA.
set -euo pipefail
cd "$(dirname "$0")/../.."
missing=()
for program in qemu-system-x86_64 busybox modprobe cpio xz zstd; do
  command -v "$program" >/dev/null || missing+=("$program")
done
if ((${#missing[@]})); then
  echo "test:vm: not found: ${missing[*]}" >&2
  echo "on Debian: apt-get install qemu-system-x86 busybox-static kmod cpio xz-utils zstd" >&2
  exit 1
fi
# Emulated processors are slow, and their number does not help much: one file of tests at a time.
exec tests/vm/vmrun --mem 2048 --timeout 1500 -- \
  node_modules/.bin/ava --timeout=10m --concurrency=2 'dist/tests/kernel/**' 'dist/tests/parity/**' "$@"
