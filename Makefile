# Two commands set everything up: `make demo` and `make test`. The rest are the presets under shorter names.
MAKEFLAGS += --no-print-directory
SHELL := /bin/bash
FUZZ_SECONDS ?= 60
ARGS ?=
PROOFS ?=

.PHONY: build demo test prove bench-retrieval fuzzers fuzz coverage format clean dependencies-build dependencies-test
.DEFAULT_GOAL := build
# What is missing is installed before anything is configured; Ninja brings the parallel work.
.NOTPARALLEL:

build: dependencies-build build/release/build.ninja
	@scripts/build release

# Builds what is shipped and shows it at work: a PostgreSQL that gets into trouble and is healed.
# Standard output is the demonstration's alone, so that ARGS=--json can be piped.
demo: dependencies-build build/release/build.ninja
	@scripts/build release selfheal >&2
	@build/release/src/selfheal demo $(ARGS)

# Everything that must hold before a commit: unit and PostgreSQL tests under ASan and UBSan, and the house rules.
test: dependencies-test build/dev/build.ninja
	@scripts/build dev
	@scripts/run_tests dev

# Measures every figure the documents claim and writes it into docs/figures.md. PROOFS="name …" measures only those.
prove: dependencies-test build/release/build.ninja
	@scripts/build release
	@tests/prove/record_figures $(PROOFS)

# How well memory finds past trouble, with and without its parts (vectors, words, runbooks), and how fast.
bench-retrieval: dependencies-build build/release/build.ninja
	@tests/prove/retrieval

fuzzers: dependencies-build build/fuzz/build.ninja
	@scripts/build fuzz fuzzers

fuzz: fuzzers
	@scripts/fuzz $(FUZZ_SECONDS)

coverage: dependencies-test build/coverage/build.ninja
	@scripts/build coverage
	@scripts/coverage

format: dependencies-test
	@git ls-files -z -co --exclude-standard '*.cpp' '*.h' | xargs -0 clang-format-19 -i

clean:
	rm -rf build

dependencies-build dependencies-test: dependencies-%:
	@scripts/install_deps $* >&2

# Configured once; afterwards Ninja repeats it by itself when a CMakeLists.txt changed.
build/%/build.ninja: CMakePresets.json
	@mkdir -p build/logs
	@echo "configuring $* …" >&2
	@cmake --preset $* >build/logs/configure-$*.log 2>&1 || { tail -n 25 build/logs/configure-$*.log >&2; \
	  echo "configuring $* failed; the whole output is in build/logs/configure-$*.log" >&2; exit 1; }
	@touch $@
