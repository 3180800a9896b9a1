#!/usr/bin/env bash
# Everything that must hold, one stage after another; a failed stage does not hide the ones behind it.
#
# The last line sums the tests of all runners: "123 passed, 0 failed". Exit 0 only where all is well.
# scripts/test.sh [STAGE…] runs only these: format web unit lint rust api stories
set -uo pipefail
cd "$(dirname "$0")/.."
export CARGO_TERM_COLOR=${CARGO_TERM_COLOR:-auto} NO_UPDATE_NOTIFIER=1
# One compilation for lint, tests and program: clippy's driver compiles as rustc does and speaks up besides.
# `cargo clippy` would check every dependency once more, which takes minutes on two cores.
driver=$(rustup which clippy-driver 2>/dev/null || command -v clippy-driver) && export RUSTC_WORKSPACE_WRAPPER=$driver
[ -z "${CI:-}" ] || export CARGO_INCREMENTAL=0

logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
passed=0 failed=0 broken=() began=$SECONDS

# run NAME WHAT COMMAND…: prints what happens, keeps the output for counting, remembers a failure.
run() {
  local name=$1 what=$2 start=$SECONDS
  shift 2
  printf '\n\033[36m[test]\033[0m %s — %s\n' "$name" "$what"
  if "$@" 2>&1 | tee "$logs/$name"; then
    printf '\033[32m[test]\033[0m %s: %s s\n' "$name" "$((SECONDS - start))"
  else
    broken+=("$name")
    printf '\033[31m[test]\033[0m %s 失败 (failed): %s s\n' "$name" "$((SECONDS - start))"
  fi
}

# count NAME: adds a runner's own figures. Each knows one form of summary.
count() {
  local text ok bad
  text=$(sed 's/\x1b\[[0-9;]*m//g' "$logs/$1" 2>/dev/null)
  ok=$(sum 's/^ *Summary \[.*\] .* run: ([0-9]+) passed.*/\1/p; s/^test result: .* ([0-9]+) passed; .*/\1/p; s/^ *Tests .*[^0-9]([0-9]+) passed.*/\1/p; s/^ *([0-9]+) passed \(.*/\1/p')
  bad=$(sum 's/^ *Summary \[.* ([0-9]+) failed.*/\1/p; s/^test result: .* ([0-9]+) failed; .*/\1/p; s/^ *Tests +([0-9]+) failed.*/\1/p; s/^ *([0-9]+) failed$/\1/p')
  passed=$((passed + ok)) failed=$((failed + bad))
}
# why NAME: the lines that say what failed, so that they stand at the end, where a log cut short still has them.
why() {
  sed 's/\x1b\[[0-9;]*m//g' "$logs/$1" 2>/dev/null |
    grep -E '^ *[0-9]+\) |^ *(Error|Locator|Expected|Received|Timeout):|^ *(FAIL|TIMEOUT|SIG[A-Z]+) |panicked at|^(error|warning)(\[|:)|^ *(×|AssertionError)' |
    awk '!seen[$0]++' | head -30
}
sum() { sed -nE "$1" <<<"$text" | awk '{ s += $1 } END { print s + 0 }'; }

wanted() { [ ${#stages[@]} -eq 0 ] || [[ " ${stages[*]} " == *" $1 "* ]]; }
stages=("$@")

rust_tests() {
  # One PostgreSQL for the run, without fsync; where nextest is absent, cargo's own runner does it too.
  # Always the whole workspace: a part of it would build the dependencies again, with other features.
  cargo build --quiet --workspace --bins || return 1
  if cargo nextest --version >/dev/null 2>&1; then
    target/debug/with-postgres cargo nextest run --workspace --no-fail-fast || return 1
  else
    target/debug/with-postgres cargo test --workspace --no-fail-fast || return 1
  fi
}

# The page's types are generated from openapi.json, and that from the program: neither may drift.
api_drift() {
  local fresh=$logs/openapi.json
  cargo build --quiet --workspace --bins && target/debug/liyun openapi >"$fresh" || return 1
  diff -u crates/server/openapi.json "$fresh" | head -60
  cmp -s crates/server/openapi.json "$fresh" || { echo "openapi.json 过期 (stale); run: make openapi"; return 1; }
  (cd web && npx --no-install openapi-typescript ../crates/server/openapi.json -o "$logs/schema.d.ts" >/dev/null) || return 1
  cmp -s web/src/api/schema.d.ts "$logs/schema.d.ts" || { echo "schema.d.ts 过期 (stale); run: make openapi"; return 1; }
  echo "openapi.json, schema.d.ts: up to date"
}

web_checks() { npm run --prefix web --silent check && npm run --prefix web --silent build && npm run --prefix web --silent size; }

# Compiles everything there is; one warning fails. Cargo repeats the warnings of what is compiled already.
lint() {
  local log=$logs/warnings
  [ -n "${RUSTC_WORKSPACE_WRAPPER:-}" ] || { echo "clippy 未安装 (missing); run: rustup component add clippy"; return 1; }
  cargo build --workspace --all-targets 2>&1 | tee "$log" || return 1
  ! sed 's/\x1b\[[0-9;]*m//g' "$log" | grep -qE '^(warning|error)'
}

wanted format && run format "cargo fmt --check" cargo fmt --all --check
# The page comes first: the program is compiled once, with the page in it.
wanted web && run web "vue-tsc, build, size of the first page" web_checks
wanted unit && { run unit "vitest" env NO_COLOR=1 npm run --prefix web --silent test; count unit; }
wanted lint && run lint "everything compiles, no warning of rustc or clippy" lint
wanted rust && { run rust "all Rust tests, tidy among them, over one private PostgreSQL" rust_tests; count rust; }
wanted api && run api "openapi.json and the page's types" api_drift
if wanted stories; then
  run program "the program the stories use" cargo build --quiet --workspace --bins
  run stories "Playwright in Chromium" env NO_COLOR=1 npm run --prefix web --silent e2e
  count stories
fi

# A stage that failed without a counted test (a lint, a build) counts as one.
for name in ${broken[@]+"${broken[@]}"}; do
  case $name in rust | unit | stories) [ "$failed" -gt 0 ] || failed=1 ;; *) failed=$((failed + 1)) ;; esac
done
printf '\n'
for name in ${broken[@]+"${broken[@]}"}; do why "$name"; done
[ ${#broken[@]} -eq 0 ] || printf '\033[31m[test]\033[0m 未通过 (not passed): %s\n' "${broken[*]}"
printf '[test] %s s\n%s passed, %s failed\n' "$((SECONDS - began))" "$passed" "$failed"
[ ${#broken[@]} -eq 0 ]
