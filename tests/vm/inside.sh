#!/usr/bin/env bash
# Runs inside the emulated machine: first the check that needs a kernel without nf_tables, with module loading
# disabled, then the tests. Arguments are passed to AVA.
set -euo pipefail
loader=$(cat /proc/sys/kernel/modprobe)
echo /bin/false >/proc/sys/kernel/modprobe
node dist/tests/vm/without-nftables.js
echo "$loader" >/proc/sys/kernel/modprobe
# Nothing loads these on demand.
modprobe -a mpls_router mpls_iptunnel tun || true
# Emulation is slow: run two test files at a time, and leave out those that do not depend on what the kernel supports: of
# arguments, those that start dozens of programs or make dozens of namespaces, and one that depends on timing.
exec node_modules/.bin/ava --timeout=10m --concurrency=2 \
  'dist/tests/**/*.kernel.test.js' 'dist/tests/**/*.parity.test.js' \
  '!dist/tests/**/{arguments,missing-arguments,unknown-options}.*' \
  '!dist/tests/lib/{hints,netns/{directory,inherited-files,launcher,strange-names,sys,way-back}}.*' \
  '!dist/tests/lib/{nftables/packets,uplink/{forward,resolv-conf,subnet}}.*' "$@"
