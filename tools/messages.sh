#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Every sentence that the lab says, as a template for catalogues, to standard output.
#
# A sentence is marked by _() or N_(), or stands as the format of one of the functions below, each with the number of
# that argument; net/base/message.h says when which.
set -eu
cd "$(dirname "$0")/.."
sayers='
net_fail:4 lab_fault:6 lab_doing_wait:4 lab_doing_fail:2 lab_reply:2 lab_reply_about:3 lab_why_is:2
ui_app_say:3 ui_lines_say:2 ui_wrong:1 LAB_PLURAL:2,3 fail:3 differ:4 complain:2 put_note:2 say:2'
keywords=
for sayer in $sayers; do
    keywords="$keywords --keyword=$sayer"
done
# The time of making is left out: a template changes when a sentence does.
# shellcheck disable=SC2046,SC2086 # lists of words
xgettext --from-code=UTF-8 --language=C --sort-by-file --add-location=file --add-comments=TRANSLATORS: --no-wrap \
    --package-name=tcplab --keyword= --keyword=_ --keyword=N_ $keywords --output=- \
    $({ find net lab ui -name '*.[ch]' ! -path 'net/programs/*'; echo tools/lists.c; } | sort) |
    sed '/^"POT-Creation-Date:/d'
