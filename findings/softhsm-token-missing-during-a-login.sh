#!/usr/bin/env bash
# SoftHSM 2.6.1 (Debian libsofthsm2 2.6.1-2.1, file backend), seen 2026-12-01.
#
# Several processes may use a token at a time. One would expect a process that calls C_Initialize and C_GetSlotList to
# find it, whatever the others do. While another process logs in, it may not: its slot list has only the empty slot that
# SoftHSM always adds, and later calls of this process agree, because tokens are read once, at C_Initialize. C_Login
# writes the token's file (the flags of wrong PINs), and a reader that meets the file half written leaves the token out
# ("Token integrity check failed" in the log).
#
#   nobody else logs in     the token is found each time
#   another process does    now and then there is no such token
#
# Who looks for a token by its label has to finalize and initialize again before it counts as missing.
#
# Source: ObjectStore and OSToken in src/lib/object_store; SoftHSMv2 issue 757 (open). Wants: bash, apt-get of Debian 12,
# dpkg, python3. Exits 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

apt-get download -qq libsofthsm2=2.6.1-2.1 softhsm2=2.6.1-2.1 >&2
for package in ./*.deb; do dpkg -x "$package" .; done
mkdir tokens
printf 'directories.tokendir = %s/tokens\nobjectstore.backend = file\nlog.level = ERROR\n' "$work" >softhsm2.conf
export SOFTHSM2_CONF="$work/softhsm2.conf" MODULE="$work/usr/lib/softhsm/libsofthsm2.so"
usr/bin/softhsm2-util --module "$MODULE" --init-token --free --label shared --so-pin 0000-so --pin 1234-user >&2

cat >token.py <<'PY'
import ctypes
import os
import sys

library = ctypes.CDLL(os.environ["MODULE"])
Number = ctypes.c_ulong


def call(name, *arguments):
    result = getattr(library, name)(*arguments)
    if result != 0:
        raise OSError(f"{name}: 0x{result:x}")


def shared_slot():
    count = Number()
    call("C_GetSlotList", 1, None, ctypes.byref(count))
    slots = (Number * count.value)()
    call("C_GetSlotList", 1, slots, ctypes.byref(count))
    for slot in slots[: count.value]:
        info = ctypes.create_string_buffer(512)
        try:
            call("C_GetTokenInfo", Number(slot), info)
        except OSError:
            continue
        if info.raw[:32].strip() == b"shared":
            return slot
    return None


def log_in():
    """Logs in and out until it is killed; prints a line after the first time."""
    call("C_Initialize", None)
    slot, session = shared_slot(), Number()
    call("C_OpenSession", Number(slot), Number(6), None, None, ctypes.byref(session))
    is_first = True
    while True:
        call("C_Login", session, Number(1), b"1234-user", Number(9))
        call("C_Logout", session)
        if is_first:
            print("ready", flush=True)
        is_first = False


def is_ever_missing(most):
    """Whether one of at most so many starts does not find the token."""
    for _ in range(most):
        call("C_Initialize", None)
        found = shared_slot()
        call("C_Finalize", None)
        if found is None:
            return True
    return False


if sys.argv[1] == "log-in":
    log_in()
else:
    print("now and then missing" if is_ever_missing(int(sys.argv[2])) else "found each time")
PY

alone=$(python3 token.py look 500)
mkfifo ready
python3 token.py log-in >ready &
other=$!
read -r _ <ready
beside=$(python3 token.py look 20000)
kill "$other"
got="nobody else logs in: $alone
another process does: $beside"
echo "$got"
diff <(echo "$got") - <<'EXPECTED'
nobody else logs in: found each time
another process does: now and then missing
EXPECTED
