#!/bin/sh
# Chromium for the browser tests, from Debian's packages, when it is missing and may be installed.
set -eu

if command -v chromium >/dev/null 2>&1; then
    exit 0
fi
if [ "$(id -u)" = 0 ]; then
    as_root=
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    as_root="sudo -n"
else
    as_root=refused
fi
if [ "$as_root" = refused ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "There is no chromium on this machine and none can be installed from here: the browser tests will fail." >&2
    echo "Install it by hand (on Debian: apt-get install chromium fonts-liberation)." >&2
    exit 0
fi
echo "Installing Chromium for the browser tests …"
$as_root apt-get update -qq
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-liberation >/dev/null
