# Two commands are enough: `make demo` shows the product, `make test` proves it. Each makes .venv when there is none.
PY ?= python3
UV := $(shell command -v uv 2>/dev/null)
BIN := .venv/bin
SLACK_DATA := tests/sandbox/steward_sandbox/slack/data

# Compiled modules are kept: every process that a test starts would compile everything again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo test test-slow test-all lint format soak bench bench-rules pictures quiet first-round mutants docs slack-schema clean

help: ## List what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

$(BIN)/python:
	$(if $(UV),$(UV) venv -q --no-python-downloads .venv,$(PY) -m venv .venv)

.venv/.run .venv/.dev: .venv/.%: pyproject.toml tests/sandbox/pyproject.toml | $(BIN)/python
	$(if $(UV),$(UV) pip install -q --compile-bytecode -p .venv,$(BIN)/python -m pip install -q --disable-pip-version-check) -e ".$(if $(filter dev,$*),[dev])" -e tests/sandbox
	@touch $@

demo: .venv/.run ## See the whole loop on sandboxes, in a few seconds
	$(BIN)/steward demo

test: .venv/.dev ## Run the fast tests, in about three minutes on two cores
	$(BIN)/python -m pytest -n 3 --dist worksteal -q

test-slow: .venv/.dev ## Run the slow tests (killed processes, two services, whole demos), in under six
	$(BIN)/python -m pytest -n 2 --dist worksteal -q -m "slow and not soak"

test-all: test test-slow ## Run both

lint: .venv/.dev ## Check style, types, architecture, dependencies and the shipped configuration
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/deptry .
	$(BIN)/steward rules check config/rules.yaml
	$(BIN)/steward check-config config/steward.example.yaml

format: .venv/.dev ## Put the code into its usual form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

soak: .venv/.dev ## Run the long tests: every kill point, many more random steps
	$(BIN)/python -m pytest -q -m soak

bench: .venv/.dev ## Measure against other tools, and rewrite docs/benchmarks.md
	$(BIN)/python benchmarks/run.py

bench-rules: .venv/.dev ## Measure the rules on real backlogs, where they are
	$(BIN)/python benchmarks/rule_quality.py

quiet: .venv/.dev ## Count what the service says in a year of a real team
	$(BIN)/python benchmarks/quiet_year.py
	$(BIN)/python benchmarks/quiet_year.py --above 3

pictures: .venv/.dev ## Draw the pictures of the documentation from the demo
	$(BIN)/python benchmarks/pictures.py

first-round: .venv/.dev ## Print what a first round would ask about the next items of recorded backlogs
	$(BIN)/python benchmarks/first_round.py

mutants: .venv/.dev ## Make mistakes on purpose and count those that no test notices
	$(BIN)/python benchmarks/mutants.py

docs: .venv/.run ## Generate the rule pages, the JSON schemas, the English texts of the rules and the table of read findings
	$(BIN)/steward rules docs docs/rules
	$(BIN)/steward schemas config --page docs/configuration.md --rule-texts config/messages/en.findings.yaml
	$(BIN)/python benchmarks/findings_read.py > /dev/null

slack-schema: ## Generate the JSON schema of Slack messages from Slack's own types, with npm
	cd $$(mktemp -d) && cp $(CURDIR)/$(SLACK_DATA)/block-kit.ts . \
		&& npm install --no-audit --no-fund @slack/types@3.2.0 ts-json-schema-generator@2.4.0 \
		&& npx ts-json-schema-generator --path block-kit.ts --type '*' --jsDoc none -o $(CURDIR)/$(SLACK_DATA)/block-kit-schema.json \
		&& cp node_modules/@slack/types/LICENSE $(CURDIR)/$(SLACK_DATA)/block-kit-LICENSE.txt

clean: ## Remove everything that was built
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis mutants dist build
