#!/usr/bin/env bash
# Makes the references again that R computes, beside this script or in the folder given: `make golden`.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
out="$(cd "${1:-$here}" && pwd)"
cd "$here"
for script in conditions t_tests multiplicity beside classes sensitivity bootstrap compare power paired relative clustered crossed many; do
  Rscript --vanilla "$script.R" > "$out/$script.json.new"
  mv "$out/$script.json.new" "$out/$script.json"
done
