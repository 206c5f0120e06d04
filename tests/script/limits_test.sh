#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Too little of everything, and places where something is missing: each run ends, well or with a sentence, and leaves
# nothing. A share of the rows; all of them with SOAK set. (A sanitizer needs the address space that ulimit -v takes.)
. tests/fixtures/lib.sh
can_have 'limits' "$tcplab" || exit 0
export TCPLAB_MARK=$here HOME=$here XDG_STATE_HOME=$here/state XDG_RUNTIME_DIR=$here/run
mkdir "$here/run"
short='server single; hand c1; c1 connect; c1 send "x"; wait 20ms; show sockets'
children='server fork as process; client hello as process; wait within 5s client ended'
crowd='server epoll; clients 100; wait within 15s clients ended; show state'
patience=20

marked() { grep -lzs "TCPLAB_MARK=$here" /proc/[0-9]*/environ | while IFS=/ read -r _ _ pid _; do
    [ "$(readlink "/proc/$pid/exe" 2>/dev/null)" != "$tcplab" ] || echo "$pid"
done; }
none_marked() { [ -z "$(marked)" ]; }

# ended NAME STATUS: how the run whose outputs are in $here/out and $here/err has ended; $wrong is empty when well.
ended() {
    wrong=
    case $2 in
    0 | 1) ;;
    2) grep -q '^tcplab: ' "$here/err" || wrong='status 2 without a sentence' ;;
    # Nothing of ours has run yet where the loader, or the kernel, has no room for it.
    127) grep -q 'error while loading' "$here/err" || wrong='status 127' ;;
    *) wrong="status $2" ;;
    esac
    ! grep -qE 'the lab was ended|Sanitizer|runtime error' "$here/err" || wrong+=' it crashed'
    until_true none_marked || wrong+=" left: $(marked | xargs)"
    verdict "$1" "${wrong:+$wrong
$(tail -n 5 "$here/err")}"
}

# limited NAME OPTION VALUE COMMANDS: with this ulimit.
limited() {
    (
        ulimit -c 0
        ulimit "$2" "$3" && exec timeout -k 5 100 "$tcplab" -q -c "$4"
    ) >"$here/out" 2>"$here/err" </dev/null
    ended "$1 $3" $?
}
is_sanitized=$(grep -c -m 1 -aE 'lib[at]san|(Address|Thread)Sanitizer' "$tcplab")
# rows OPTION NAME COMMANDS VALUE...: the first of them for every day.
rows() {
    local value values=("${@:4}")
    [ -n "${SOAK-}" ] || values=("$4" "$5")
    for value in "${values[@]}"; do
        limited "$2" "$1" "$value" "$3"
    done
}
rows -n 'descriptors' "$short" 12 24 4 5 6 8 10 14 16 18 20 22 28 32 40 48 64
rows -n 'descriptors, a crowd' "$crowd" 40 64 16 20 24 32 48
rows -f 'length of a file' "$short; save $here/limited.tcplab replace" 1 4 64
rows -i 'signals that wait' "$short" 0 1
if [ "$is_sanitized" = 0 ]; then
    rows -v 'address space' "$short" 20000 400000 4000 6000 8000 10000 15000 40000 60000 100000 200000 800000 1200000 1500000
    rows -v 'address space, children' "$children" 200000 800000 400000 1400000
    rows -d 'data' "$short" 1000 10000 0 100 400
    rows -s 'stack' "$short" 64 256 128 1024
fi
[ ! -e "$here/limited.tcplab" ] || "$tcplab" show "$here/limited.tcplab" >"$here/out" 2>"$here/err"
ended 'what was saved within such a limit can be read' $?

# An ordinary user's number of processes is that of the user, whoever's they are: a user that has no others.
if [ "$(id -u)" = 0 ] && ordinary_lab; then
    for most in 1 4 ${SOAK:+2 3 5 6 8 10 15}; do
        # shellcheck disable=SC2016 # The other shell's
        setpriv --reuid=31004 --regid=31004 --clear-groups --no-new-privs env -i "PATH=$PATH" "TCPLAB_MARK=$here" \
            bash -c 'ulimit -u "$1"; exec timeout -k 5 100 "$2" -q -c "$3"' x "$most" "$here/tcplab" "$children" \
            >"$here/out" 2>"$here/err" </dev/null
        got=$?
        # timeout itself cannot fork.
        if grep -q '^timeout: fork' "$here/err"; then ok "processes $most: none for anybody"; else ended "processes $most" $got; fi
    done
fi

# ---- places ---------------------------------------------------------------------------------------------------------

# place NAME SETUP COMMANDS: in mounts of its own.
place() {
    unshare -rm bash -c "$2
        exec timeout -k 5 100 '$tcplab' -q -c \"\$1\"" x "$3" >"$here/out" 2>"$here/err" </dev/null
    ended "$1" $?
}
mkdir "$here/place"
if unshare -rm mount -t tmpfs none "$here/place" 2>/dev/null; then
    place 'no /proc' 'mount -t tmpfs none /proc' "$short"
    place 'no /sys' 'mount -t tmpfs none /sys' "$short"
    place 'no /dev/net/tun' 'mount -t tmpfs none /dev/net' "$short"
    place 'a home that cannot be written' "mount -t tmpfs -o ro none '$here/place'; export HOME='$here/place' XDG_STATE_HOME='$here/place'" "$short"
    place 'a full disk' "mount -t tmpfs -o size=16k none '$here/place'; head -c 16k /dev/zero >'$here/place/fill'" \
        "$short; save $here/place/run.tcplab"
    like 'a full disk: it says so' "$(cat "$here/err")" 'No space left|ENOSPC|no room'
    # The old file is there, and nothing beside it.
    unshare -rm bash -c "mount -t tmpfs -o size=16k none '$here/place'; cd '$here/place'; echo precious >old
        head -c 1M /dev/zero >fill 2>/dev/null; '$tcplab' -q -c '$short; save old replace' 2>/dev/null; cat old; ls -A" >"$here/out"
    is 'a full disk loses nothing' "$(xargs <"$here/out")" 'precious fill old'
else
    skip 'places: no mounts of its own for this user'
fi
"$tcplab" -c "$short" >/dev/full 2>"$here/err"
is 'a full output' "$? $(grep -c '^tcplab: ' "$here/err")" '2 1'
"$tcplab" -q -c "$short" <&- >&- 2>&-
is 'no outputs at all' "$?" 0

# ---- time -----------------------------------------------------------------------------------------------------------

# A lab that is stopped while it waits for a timer of the kernel's, and goes on.
stopped() { [ -z "$(marked | xargs -r ps -o stat= -p | grep -v '^T')" ]; }
"$tcplab" -c 'server single; hand c1; c1 connect; c1 set SO_KEEPALIVE 1; c1 set TCP_KEEPIDLE 1; c1 recv; mark here; wait within 60s segment probe since here' \
    >"$here/out" 2>"$here/err" &
waits() { grep -q 'wait within' "$here/out"; }
until_true waits || not_ok 'it waits' "$(cat "$here/out" "$here/err")"
marked | xargs -r kill -STOP
until_true stopped || not_ok 'it stands' "$(marked | xargs -r ps -o pid,stat,cmd -p)"
marked | xargs -r kill -CONT
wait $!
ended 'stopped in the middle of a wait for a probe' $?

exit $status
