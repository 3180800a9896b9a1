#!/usr/bin/env bash
# Measures the program that `make run` serves and writes docs/benchmarks.md. Takes about three minutes.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --quiet --workspace --bins
node scripts/bench.mjs
