#!/bin/sh
# make-venv.sh FOLDER: a virtual environment of the first Python that is new enough.
#
# Set PYTHON to choose one yourself.
set -eu

folder=$1

new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

python=
for candidate in ${PYTHON:-} python3.11 python3.12 python3.13 python3.14 python3 python; do
    if new_enough "$candidate"; then
        python=$candidate
        break
    fi
done
if [ -z "$python" ]; then
    echo "Casefinder needs Python 3.11 or newer, and found none. Install one, or name it: make run PYTHON=/path/to/python3.11" >&2
    exit 1
fi

echo "Making $folder with $("$python" --version) …"
# Debian takes `ensurepip` out of Python; its pip can still furnish an environment from outside.
if ! "$python" -m venv "$folder" >/dev/null 2>&1; then
    rm -rf "$folder"
    "$python" -m venv --without-pip "$folder"
    "$python" -m pip --python "$folder/bin/python" install --quiet pip
fi
