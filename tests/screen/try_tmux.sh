#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# `tcplab try`: a program of the learner's runs again when it is saved, with what was typed; the editor is opened at the
# lit line and gives the terminal back.
. tests/fixtures/lib.sh
needs_terminal 'try in a terminal'
command -v cc >/dev/null || { skip "try: no compiler here" && exit 0; }
at_exit() { terminal_end; }
patience=30
own=$(realpath tests/own)

sees() {
    if until_true shows "$2"; then ok "$1"; else not_ok "$1" "$(screen)"; fi
}
# begin COLUMNS ROWS ARGUMENT...: a lab that tries.
begin() {
    terminal_end
    tmux new-session -d -x "$1" -y "$2" "cd '$here' && exec env -i PATH='$PATH' HOME='$here' LC_ALL=C.UTF-8 \
        TERM=screen-256color XDG_STATE_HOME='$here/state' EDITOR='$here/editor' '$tcplab' try ${*:3}"
}
cat >"$here/editor" <<'END'
#!/bin/sh
echo "told $*" >"$0.told"
echo "the editor has the terminal"
read -r words
[ "$words" = save ] && sed -i 's/listen(listener, [0-9]*)/listen(listener, 6)/' "$2"
exit 0
END
chmod +x "$here/editor"
cp "$own/waits.c" "$here/echo.c"

for size in '80 24' '100 30' '120 40'; do
    begin $size echo.c poll 7001
    sees "the source is there at $size" ' echo.c '
    sees "its calls are beside it at $size" 'listen(3, 8)'
done

# ---- what is saved runs again, with what was typed --------------------------------------------------------------------

until_true shows 'nobody connects'
keys c
sees "a hand connects to the port that the program has chosen" 'c1 connect server:7001'
until_true shows 'accept(3, NULL)'
sed 's/listen(listener, 8)/listen(listener, 9)/' "$own/waits.c" >"$here/echo.c"
sees "a file that was written runs again" 'listen(3, 9)'
sees "with what was typed" 'c1 connect server:7001'
sees "once more in its place among the calls" 'accept(3, NULL)'
sed 's/listen(listener, 8)/listen(listener, 7)/' "$own/waits.c" >"$here/other" && mv "$here/other" "$here/echo.c"
sees "a file that another was renamed to runs again" 'listen(3, 7)'
sed 's/listen(listener, 8)/listen(listener, nowhere)/' "$own/waits.c" >"$here/echo.c"
sees "what does not compile stands below its line" "error: 'nowhere' undeclared"
sees "the status says that it went wrong" 'went wrong'
echo nothing >"$here/notes.txt"
cp "$own/waits.c" "$here/echo.c"
sees "and is over once it compiles" 'listen(3, 8)'
lacks_error() { lacks 'undeclared'; }
if until_true lacks_error; then ok "nothing of the error is left"; else not_ok "nothing of the error is left" "$(screen)"; fi

# ---- the editor -------------------------------------------------------------------------------------------------------

line=$(grep -n 'poll(&one, 1, -1)' "$here/echo.c" | cut -d: -f1)
until_true shows '… blocked' || until_true shows 'does nothing'
keys E
sees "E gives the terminal to the editor" 'the editor has the terminal'
is "at the line that is lit" "$(cat "$here/editor.told")" "told +$line $here/echo.c"
text save
keys Enter
sees "what it saved runs, and the screen is the lab's again" 'listen(3, 6)'
sees "all of it" 'Sockets'

# ---- pairs, and what cannot be tried ------------------------------------------------------------------------------------

cp "$own/client.c" "$here/client.c"
begin 120 40 echo.c poll 7000 client.c 192.0.2.1 7000
sees "a client runs beside it" '> gone'
sees "and the server that it talks to" 'close(4)'
like "no file of that name" "$("$tcplab" try "$here/nothing.c" 2>&1 </dev/null)" 'no file .*nothing.c|not a terminal'
exit $status
