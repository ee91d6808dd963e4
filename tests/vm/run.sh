#!/usr/bin/env bash
# Runs the kernel and parity tests on a full Debian kernel, which supports all link kinds: `npm run test:vm`.
# Arguments are passed to AVA.
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
# One processor: with more, QEMU may execute code that the kernel is patching, and the kernel crashes. Status 125
# means that the machine failed, not the tests: try once more.
for attempt in 1 2; do
  status=0
  tests/vm/vmrun --cpus 1 --mem 2048 --timeout 3600 -- tests/vm/inside.sh "$@" || status=$?
  ((status == 125)) || exit "$status"
  echo "test:vm: the emulated machine failed (attempt $attempt)" >&2
done
exit 125
