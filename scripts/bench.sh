#!/usr/bin/env bash
# Measures the program as it is shipped (release) and writes docs/benchmarks.md. Two minutes, after the build.
# LIYUN=target/debug/liyun measures another one, as LIYUN_RECONCILE does for the reconciliation.
set -euo pipefail
cd "$(dirname "$0")/.."
[ -n "${LIYUN:-}" ] || cargo build --release --quiet -p server --bin liyun
[ -n "${LIYUN_RECONCILE:-}" ] || cargo build --release --quiet -p testkit --bin reconcile-bench
# Both are measured, whichever misses its targets.
missed=0
node scripts/bench.mjs || missed=$?
node scripts/bench-reconcile.mjs || missed=$?
exit "$missed"
