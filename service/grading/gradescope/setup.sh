#!/usr/bin/env bash
# Prepares the grader once, when the platform builds its image. It fails loudly: a half-made grader grades nobody.
set -euo pipefail
source=${AUTOGRADER:-/autograder}/source
python=python3
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    apt-get -qq update
    apt-get -qq install -y python3.11 python3.11-venv
    python=python3.11
fi
"$python" -c 'import ensurepip' 2>/dev/null || { apt-get -qq update; apt-get -qq install -y "$(basename "$(readlink -f "$(command -v "$python")")")-venv"; }
"$python" -m venv "$source/environment"
if [ -d "$source/wheels" ]; then
    "$source/environment/bin/python" -m pip install -q --no-index --find-links "$source/wheels" -r "$source/requirements.txt"
else
    "$source/environment/bin/python" -m pip install -q -r "$source/requirements.txt"
fi
"$source/environment/bin/chainrule" --version
