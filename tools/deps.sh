#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Make sure that everything is there that tcplab is built from and tested with. On Debian and Ubuntu what is missing is
# installed with apt-get; elsewhere it is named, and the exit status is 1. When nothing is missing, nothing is done.
set -eu
PATH=$PATH:/usr/sbin:/sbin

# What to look for, and the Debian package that brings it.
wanted() {
    cat <<'END'
command cc            gcc
command objcopy       binutils
command msgfmt        gettext
command pkg-config    pkg-config
header  stdio.h       libc6-dev
module  ncursesw      libncurses-dev
module  panelw        libncurses-dev
module  readline      libreadline-dev
module  libmnl        libmnl-dev
module  libdw         libdw-dev
module  libpcap       libpcap-dev
module  jansson       libjansson-dev
module  libzstd       libzstd-dev
module  libcmark-gfm  libcmark-gfm-dev
header  cmark-gfm-core-extensions.h  libcmark-gfm-extensions-dev
module  cmocka        libcmocka-dev
command tmux          tmux
command nc            netcat-openbsd
command telnet        telnet
command ip            iproute2
command ss            iproute2
command tcpdump       tcpdump
command strace        strace
END
}

have() {
    case $1 in
    command) command -v "$2" >/dev/null ;;
    header) printf '#include <%s>\n' "$2" | cc -E -x c - >/dev/null 2>&1 ;;
    module) pkg-config --exists "$2" 2>/dev/null ;;
    esac
}

# One line for each thing that is missing: kind, name, package.
missing() {
    wanted | while read -r kind name package; do
        have "$kind" "$name" || echo "$kind $name $package"
    done
}

lacking=$(missing)
[ -n "$lacking" ] || exit 0

if command -v apt-get >/dev/null; then
    packages=$(echo "$lacking" | awk '!seen[$3]++ {printf "%s ", $3}')
    as_root=
    if [ "$(id -u)" != 0 ]; then
        if ! command -v sudo >/dev/null; then
            echo "these packages are missing, and only root can install them: $packages" >&2
            echo "as root: apt-get install $packages" >&2
            exit 1
        fi
        as_root=sudo
    fi
    echo "installing $packages"
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 update
    # shellcheck disable=SC2086 # a list of words
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 \
        install -y --no-install-recommends $packages
    lacking=$(missing)
    [ -n "$lacking" ] || exit 0
fi

echo 'missing, please install with your package manager:' >&2
echo "$lacking" | awk '
    $1 == "module"  { print "  pkg-config module " $2 }
    $1 == "command" { print "  command " $2 }
    $1 == "header"  { print "  header " $2 }
    { print "      (Debian: " $3 ")" }' >&2
exit 1
