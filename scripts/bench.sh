#!/usr/bin/env bash
# Measures the program that `make run` serves and writes docs/benchmarks.md. Takes about three minutes.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --quiet -p server
node scripts/bench.mjs
