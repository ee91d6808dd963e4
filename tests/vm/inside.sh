#!/usr/bin/env bash
# What the emulated machine runs: first what needs a kernel without nf_tables, then the tests. Arguments go to AVA.
set -euo pipefail
loader=$(cat /proc/sys/kernel/modprobe)
echo /bin/false >/proc/sys/kernel/modprobe
node dist/tests/vm/without-nftables.js
echo "$loader" >/proc/sys/kernel/modprobe
# Emulated processors are slow: two files of tests at a time.
exec node_modules/.bin/ava --timeout=10m --concurrency=2 'dist/tests/**/*.kernel.test.js' 'dist/tests/**/*.parity.test.js' "$@"
