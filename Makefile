# Twelve targets and no more. `make up` and `make test` need nothing before them.

.PHONY: setup check test up down reset status bench contracts migrate lock new-service

PREPARE := @sh tools/setup.sh
# Bytecode is compiled at set-up and never left out: processes start three times as fast.
PYTHON := env -u PYTHONDONTWRITEBYTECODE .venv/bin/python

# Environment from requirements.lock in .venv; PostgreSQL, Java and Kafka's jars if they are missing.
setup:
	$(PREPARE)
	@$(PYTHON) -m infra.local engines

# Format, lint, imports, dependencies, types, generated files, then the tests that need no engine.
check:
	$(PREPARE)
	@sh tools/check.sh

# All tests in one run: fast ones, engines, flows, faults, the whole system. FULL=1: each fault alone.
test:
	$(PREPARE)
	@NRM_FULL=$(FULL) $(PYTHON) -m pytest

# The whole system, with a demonstration; ONCE=1 stops everything afterwards.
up:
	$(PREPARE)
	@$(PYTHON) -m infra.local up $(if $(filter-out 0,$(ONCE)),--once)

# Stop it, from another terminal.
down:
	$(PREPARE)
	@$(PYTHON) -m infra.local down

# Stop it and forget its data.
reset:
	$(PREPARE)
	@$(PYTHON) -m infra.local reset

# One line per process; succeeds only when all are ready.
status:
	$(PREPARE)
	@$(PYTHON) -m infra.local status

# Speeds beside what bounds them; also written to .nrm/bench.json.
bench:
	$(PREPARE)
	@$(PYTHON) -m tools.bench

# Write schemas, AsyncAPI documents and examples that are missing.
contracts:
	$(PREPARE)
	@$(PYTHON) -m tools.generate
	@$(PYTHON) -m tools.keep_names

# Apply one service's migrations to the copy that is up: make migrate SERVICE=referral
migrate:
	$(PREPARE)
	@$(PYTHON) -m infra.local migrate $(SERVICE)

# Resolve anew and write every requirements.lock.
lock:
	$(PREPARE)
	@sh tools/lock.sh

# A folder with a service's rooms, registered everywhere: make new-service NAME=access
new-service:
	$(PREPARE)
	@$(PYTHON) -m tools.new_service $(NAME)
