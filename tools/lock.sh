#!/bin/sh
# Resolves the workspace once and writes every requirements.lock from that one resolution:
# all packages for development, and one per service for its container. Hashes, no addresses.
set -eu
cd "$(dirname "$0")/.."
export UV_PYTHON_DOWNLOADS=never
uv=.venv/bin/uv

# Nothing younger than a week: young packages are the risky ones.
$uv lock --quiet --upgrade --exclude-newer "7 days"
export_to() {
    file=$1
    shift
    $uv export --frozen --quiet --no-emit-workspace --no-header \
        --format requirements-txt --output-file "$file" "$@"
}
export_to requirements.lock --all-packages --all-groups
for service in services/*/; do
    export_to "${service}requirements.lock" --package "nrm-$(basename "$service")" --no-default-groups
done
.venv/bin/python -m tools.check_lock
