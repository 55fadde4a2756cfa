#!/bin/sh
# The fast half of CI; the first failure ends it.
set -eu
cd "$(dirname "$0")/.."
bin=$PWD/.venv/bin

step() { printf '\n== %s\n' "$*"; }

step lock
"$bin/python" -m tools.check_lock
step format
"$bin/ruff" format --check --quiet .
step lint
"$bin/ruff" check --quiet .
step imports
"$bin/lint-imports"
step dependencies
for package in contracts runtime pages cli services/*/; do
    if ! words=$(cd "$package" && "$bin/deptry" --no-ansi src 2>&1); then
        printf '%s\n%s\n' "$package" "$words"
        exit 1
    fi
done
step types
"$bin/mypy" --strict contracts runtime pages cli services infra tools tests conftest.py
step generated files
"$bin/python" -m tools.generate --check
step words
"$bin/python" -m tools.words --check
# CI runs these once, with all others.
if [ "${NRM_FAST:-yes}" = yes ]; then
    step fast tests
    "$bin/python" -m pytest -q -m "not integration and not flow and not fault and not browser and not e2e"
fi
