.DEFAULT_GOAL := help
.PHONY: help setup demo up test rules rules-docs rules-mutation bench chaos investigate lint lock
RUN := .venv/bin
# a process that may not keep what it compiles compiles it again at every start: half a second more
unexport PYTHONDONTWRITEBYTECODE

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install the environment and the servers, start nothing
	@deploy/local/bootstrap.sh

demo: setup ## play a whole selection and print what happened
	@$(RUN)/gongjiang demo

up: setup ## start the three services and print their addresses, until Ctrl-C
	@$(RUN)/gongjiang up

test: ## run all tests
	@deploy/local/bootstrap.sh chromium fonts-noto-cjk nginx nodejs
	@$(RUN)/python -m tests

rules: setup ## show where each rule is decided and what proves it: RULE=S10, JSON=1
	@$(RUN)/python -m tests.rules $(if $(RULE),--rule $(RULE)) $(if $(JSON),--json)

rules-docs: setup ## write what is generated of deploy/rules.md and deploy/permissions.md
	@$(RUN)/python -m tests.rules --write

rules-mutation: setup ## break each hard rule once and see a test fail: SEED=1, RULE=S10
	@$(RUN)/python -m tests.rules.mutation $(if $(SEED),--seed $(SEED)) $(if $(RULE),--rule $(RULE))

bench: setup ## measure beside the physical limit and the plain way: .local/bench.json and .svg
	@deploy/local/bootstrap.sh nginx wrk
	@$(RUN)/python -m tests.bench $(BENCH)

chaos: setup ## let everything fail for ten minutes and check the histories: .local/chaos.json
	@$(RUN)/python -m tests.chaos $(CHAOS)

investigate: setup ## play rehearsals with frauds and count what is found: .local/investigate.json
	@$(RUN)/python -m tests.frauds $(INVESTIGATE)

lint: setup ## check style, format and types
	@$(RUN)/ruff check .
	@$(RUN)/ruff format --check .
	@$(RUN)/mypy services shared deploy tests

lock: setup ## write requirements.lock anew from pyproject.toml
	@$(RUN)/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --upgrade \
		--generate-hashes --no-emit-index-url --custom-compile-command "make lock" \
		--quiet --output-file requirements.lock
