#!/usr/bin/env bash
# Measures the program as it is shipped (release) and writes docs/benchmarks.md. Two minutes, after the build.
# LIYUN=target/debug/liyun measures another one.
set -euo pipefail
cd "$(dirname "$0")/.."
[ -n "${LIYUN:-}" ] || cargo build --release --quiet -p server --bin liyun
node scripts/bench.mjs
