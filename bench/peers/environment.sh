# What bench/compare-peers and bench/compare-solvers share: $python has bench/peers/requirements.txt
# installed. Sourced by bash with $root set to the checkout and `set -euo pipefail`.
# FJORD_PEERS_PYTHON names such a Python; without it a virtual environment is made in
# bench/target/peers-venv. FJORD_DATA is the folder of published data.
peers=$root/bench/peers

if [[ -n ${FJORD_PEERS_PYTHON:-} ]]; then
  python=$FJORD_PEERS_PYTHON
else
  venv=$root/bench/target/peers-venv
  python=$venv/bin/python
  if [[ ! -e $venv/complete ]] || ! cmp -s "$peers/requirements.txt" "$venv/complete"; then
    printf 'installing bench/peers/requirements.txt into %s ...\n' "$venv" >&2
    mkdir -p "$root/bench/target"
    python3 -m venv "$venv"
    "$python" -m pip install --quiet --requirement "$peers/requirements.txt"
    # What torchcfm requires besides are tools for single cells and images, which nothing here uses.
    "$python" -m pip install --quiet --no-deps torchcfm==1.0.7
    cp "$peers/requirements.txt" "$venv/complete"
  fi
fi
export FJORD_DATA=${FJORD_DATA:-$root/../shared/data}
export PYTHONDONTWRITEBYTECODE=1
