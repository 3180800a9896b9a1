# 漓云. Two commands: `make run` serves the demo city, `make test` proves everything.
# Logic lives in scripts/; this file only says what depends on what.

SHELL := /bin/bash
export PATH := $(HOME)/.cargo/bin:$(PATH)
LISTEN ?= 127.0.0.1:8080
say = @printf '\033[36m[make]\033[0m %s\n'

.PHONY: help run test test-openstack bench setup lint fmt proofs openapi web release

help: ## what there is to run
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 18

run: ## install what is missing, build, serve the demo city at http://127.0.0.1:8080
	@scripts/setup.sh run
	@$(MAKE) --no-print-directory web/dist/index.html
	$(say) "构建服务端,首次约 4 分钟 (building the server)"
	@cargo build --workspace --bins
	$(say) "启动 (starting): http://$(LISTEN)"
	@exec target/debug/liyun serve --demo --listen $(LISTEN)

test: ## install what tests need and pass everything
	@scripts/setup.sh test
	@scripts/test.sh

test-openstack: ## bring up a real OpenStack control plane, pass the driver contract and the whole case on it, take it down
	@scripts/openstack/test.sh

bench: ## measure and write docs/benchmarks.md
	@scripts/setup.sh bench
	@$(MAKE) --no-print-directory web/dist/index.html
	@scripts/bench.sh

setup: ## only install what is missing
	@scripts/setup.sh test

lint: ## format, rustc and clippy, as the tests want them
	@scripts/test.sh format lint

fmt: ## format the Rust code
	@cargo fmt --all

proofs: ## write docs/proofs and schema.sql anew; read the difference before you commit it
	@UPDATE_PROOFS=1 cargo nextest run -p domain -p app -p server proof printed_table schema_sql

openapi: ## write openapi.json and the page's types anew
	@cargo build --quiet --workspace --bins && target/debug/liyun openapi > target/openapi.json && cp target/openapi.json crates/server/openapi.json
	@npm run --prefix web --silent gen

web: web/dist/index.html ## build the page where its sources changed

release: ## the program as it is shipped: target/release/liyun
	@scripts/setup.sh run
	@$(MAKE) --no-print-directory web/dist/index.html
	cargo build --release -p server

web_sources := $(shell find web/src web/public web/index.html web/vite.config.ts web/package-lock.json -type f 2>/dev/null)
web/dist/index.html: $(web_sources)
	$(say) "构建网页 (building the page)"
	@npm run --prefix web --silent build
	@touch $@
