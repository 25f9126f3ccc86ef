#!/usr/bin/env bash
# Gradescope runs this once, as root, when it builds the image.
set -euo pipefail
root="${AUTOGRADER_ROOT:-/autograder}"

# The course needs Python 3.11 or newer. The image's own is taken if it is; else the newest that the
# image's packages have.
python=""
for version in 3.13 3.12 3.11; do
    if command -v "python$version" > /dev/null && "python$version" -c 'import ensurepip'; then
        python="python$version"
        break
    fi
done
if [ -z "$python" ]; then
    apt-get update
    for version in 3.13 3.12 3.11; do
        if apt-get install -y "python$version" "python$version-venv"; then
            python="python$version"
            break
        fi
    done
fi
if [ -z "$python" ]; then
    echo "No Python 3.11 or newer: choose a newer base image in the assignment's settings."
    exit 1
fi

"$python" -m venv "$root/environment"
"$root/environment/bin/python" -m pip install uv
# uv takes PyTorch without its gigabytes for graphics cards.
cd "$root/source"
UV_TORCH_BACKEND=cpu "$root/environment/bin/uv" pip install \
    --python "$root/environment/bin/python" -r requirements.txt
