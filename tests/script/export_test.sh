#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# `export` of a run whose peers and people wrote what could become markup: the page, the picture and the hand-out are
# well-formed, say what `tcplab show` says, line by line, and hold nothing but text of it; a part is a part; the page
# works in a real browser, where there is one.
. tests/fixtures/lib.sh
can_have 'export' "$tcplab" || exit 0

cat >"$here/run.lab" <<'END'
hand s1 on server
s1 bind 12345
s1 listen
hand c1
c1 connect
s1 accept
c1 send "<script>window.peer=1</script><img src=x onerror='window.peer=2'>"
s1.4 recv
c1 send "|*_`[a](http://x.example)\x1b[31m\x00"
expect s1 recv #1 > 0
echo "<b class='peer'>\x1b]0;x\x07 www.x.example"
s1.4 recv
c1 close
s1.4 recv
s1.4 send "late"
s1.4 send "later"
wait s1 ended
hand s2 on server
s2 bind 12345
s2 listen
hand c2
c2 connect
wire cut
c2 send "lost"
c2 recv
END
# What turns the direction of writing (U+202E), a byte that is no UTF-8, and letters that may stay.
printf 'echo "\xe2\x80\xaetxt \xff \xea\xb0\x80"\n' >>"$here/run.lab"
printf '%s\n' "export $here/now.html" "export $here/now.svg" "export $here/now.md blanks" "save $here/run.tcplab" >>"$here/run.lab"
"$tcplab" run "$here/run.lab" >"$here/out" 2>"$here/err"
verdict "a script exports" "$([ $? -eq 0 ] && [ -s "$here/now.html" ] && [ -s "$here/now.svg" ] && [ -s "$here/now.md" ] || tail -n 3 "$here/err")"
for name in html svg md; do
    "$tcplab" show "$here/run.tcplab" --export "$here/run.$name" >"$here/said" 2>&1 || not_ok "show --export NAME.$name" "$(cat "$here/said")"
done
"$tcplab" show "$here/run.tcplab" >"$here/show"

# ---- the same as `show` -------------------------------------------------------------------------------------------------

# Blanks are no matter; what cannot be shown stands as an escape in the files alone.
squeeze() { sed 's/  */ /g; s/^ //; s/ $//'; }
# Time, who, what, because: each row of the page is one line of it.
of_html() {
    sed -n 's/^<tr role="row" class=[^>]*><th [^>]*>\([^<]*\)<\/th><td [^>]*>\([^<]*\)<\/td>.*<code class="text[^>]*>\([^<]*\)<\/code>\(.*\)$/\1 \2 \3\4/p' "$1" |
        sed 's/<span class="because">because \([^<]*\)<\/span>/  (because \1)/; s/<[^>]*>.*//' |
        sed "s/&lt;/</g; s/&gt;/>/g; s/&quot;/\"/g; s/&#39;/'/g; s/&amp;/\&/g" | squeeze
}
of_show() { sed 's/\xe2\x80\xae/\\u202e/g; s/\xff/\\xff/g' "$1" | squeeze; }
# Columns of the table below "What happened".
of_markdown() {
    sed -n '/^### What happened/,/^### Connection/p' "$1" | grep '^| [0-9]' | sed 's/\\|/\x01/g' |
        awk -F ' [|] ' '{ sub(/^[|] /, "", $1); sub(/ [|]$/, "", $4); print $1, $2, $3 ($4 == "" ? "" : "  (because " $4 ")") }' |
        sed 's/ *|$//; s/\x01/|/g; s/\\\([][\\`*_{}()<>#|~!$@:.&+=-]\)/\1/g' | squeeze
}
verdict "a page says what show says, line by line" "$(diff <(of_show "$here/show") <(of_html "$here/run.html") | head -n 6)"
verdict "a hand-out says what show says, line by line" "$(diff <(of_show "$here/show") <(of_markdown "$here/run.md") | head -n 6)"
verdict "there is something to compare" "$([ "$(wc -l <"$here/show")" -gt 60 ] || wc -l <"$here/show")"
# Segments alone have a time of their own in the ladder.
segments=$(grep -cE '^ *[0-9.]+  wire +#[0-9]+ (client|server|router)' "$here/show")
is "the picture has an arrow for each segment" "$(grep -cE '^<g class="(segment|reset)">' "$here/run.svg")" "$segments"

# ---- well-formed, and nothing but text ----------------------------------------------------------------------------------

if command -v xmllint >/dev/null; then
    for file in run.html now.html run.svg now.svg; do
        verdict "$file is well-formed" "$(xmllint --noout --nonet "$here/$file" 2>&1 | head -n 3)"
    done
else
    skip "well-formed pages: xmllint is missing (libxml2-utils)"
fi
for file in run.html run.svg run.md now.md; do
    verdict "$file holds no control character, no turned text, nothing but UTF-8" \
        "$(LC_ALL=C grep -nP '[\x00-\x08\x0b-\x1f\x7f]|\xe2\x80[\xaa-\xae]' "$here/$file" | head -n 2
        iconv -f UTF-8 -t UTF-8 "$here/$file" 2>&1 >/dev/null)"
    verdict "$file keeps the letters of other languages" "$([ "$file" != run.html ] || grep -q $'\xea\xb0\x80' "$here/$file" || echo missing)"
done
is "the page has one script, which is ours" "$(grep -c '<script' "$here/run.html") $(grep -ciE '<img|<b class|onerror=.[^&]*>' <(grep '^<tr' "$here/run.html"))" '1 0'
verdict "the page names no other file and no address" "$(grep -nE '(src|href|action|url)[=(]' "$here/run.html" | grep -v '^[0-9]*:<tr' | head -n 3)"
verdict "the hand-out makes no tag, no link and no cell of it" "$(grep -nE '(^|[^\\])(<script|<img|\[a\]|`\[)|[^\\]://|www\.' "$here/run.md" | head -n 3)"

# ---- blanks -------------------------------------------------------------------------------------------------------------

verdict "blanks are numbered, one after the other" \
    "$(diff <(grep -oE '_{8} \([0-9]+\)' "$here/now.md" | grep -oE '[0-9]+') <(seq "$(grep -oE '_{8} \([0-9]+\)' "$here/now.md" | wc -l)") | head -n 3)"
verdict "with blanks no state, result or reason is told" "$(grep -nE 'ESTABLISHED|CLOSE_WAIT|SIGPIPE|EPIPE|expect |\) = -?[0-9]|because' "$here/now.md" | head -n 3)"
refuses() {
    "$tcplab" "${@:3}" >"$here/said" 2>&1
    is "$1" "$? $(grep -c "$2" "$here/said")" '2 1'
}
refuses "blanks are for a hand-out" 'hand-out' show "$here/run.tcplab" --export "$here/x.html" --blanks
refuses "a part is for a page" 'capture file' show "$here/run.tcplab" --export "$here/x.pcap" --from 1s
refuses "a part has an order" 'comes before' show "$here/run.tcplab" --export "$here/x.html" --from 2s --to 1s
refuses "an empty part is no page" 'nothing has happened' show "$here/run.tcplab" --export "$here/x.html" --from 500min
refuses "a place that cannot be written" 'ENOENT' show "$here/run.tcplab" --export "$here/none/x.html"
ln -s /dev/full "$here/full.html"
refuses "a link is not written through" 'is a symbolic link' show "$here/run.tcplab" --export "$here/full.html"
verdict "what was refused left no file" "$(ls "$here" | grep '^x')"

# ---- a part, and too much -----------------------------------------------------------------------------------------------

middle=$(awk 'NR == 30 { print $1 }' "$here/show")
"$tcplab" show "$here/run.tcplab" --export "$here/part.html" --from "$middle" >/dev/null
verdict "a part begins where it was asked" "$(diff <(of_show <(awk -v from="$middle" '$1 >= from' "$here/show")) <(of_html "$here/part.html") | head -n 4)"
{
    echo 'hand c1'
    for ((i = 0; i < 2100; i++)); do echo "echo $i"; done
    echo "export $here/large.html"
} >"$here/large.lab"
"$tcplab" run "$here/large.lab" >"$here/out" 2>&1
is "a run too large says what is left out, and how to choose" \
    "$(of_html "$here/large.html" | wc -l) $(grep -c 'rows after .* are left out\. .* export FILE from' "$here/large.html" "$here/out" | grep -c ':1$')" '2000 2'

"$tcplab" -q run 3.1.1 3.1.2 --export "$here/lessons.html" >"$here/out" 2>&1
is "each experiment that was run has a part of its own" "$(grep -c '^<h2>experiment 3\.1 ' "$here/lessons.html") $(grep -c '^<section' "$here/lessons.html")" '2 2'

# ---- what an experiment asks --------------------------------------------------------------------------------------------

# A lesson whose texts and choices could become markup, and one with a table, a list and code.
cat >"$here/lesson.md" <<'END'
## 9.1 Lesson

### Experiment: <b>Asked</b>

Look at **recv** & `a < b | c`, <script>window.peer=3</script>:

- one
- two

| a | b |
| --- | --- |
| `x` | [y](http://y.example) |

```c
if (a < b && c) return;
```

> Note: for teachers alone.

```lab
hand s1 on server
s1 bind 12345
s1 listen
hand c1
predict "What does <i>connect</i> return?"
choice "<u>0</u>" c1 connect = 0
choice "-1 ECONNREFUSED" c1 connect = -1 ECONNREFUSED
because "There is a & listener <there>."
choice "it blocks" c1 connect blocks
because "A SYN was answered."
c1 connect
expect c1 connect = 0
```

It was the **kernel** that answered.
END
"$tcplab" --lessons "$here/lesson.md" --only run 9.1 --export "$here/asked.html" >"$here/out" 2>&1
"$tcplab" --lessons "$here/lesson.md" --only run 9.1 --export "$here/asked.md" >>"$here/out" 2>&1
"$tcplab" --lessons "$here/lesson.md" --only run 9.1 --export "$here/blanks.md" --blanks >>"$here/out" 2>&1
in_file() { # NAME FILE TEXT...: each text stands in it, in this order
    local name=$1 file=$2 at=0 line text
    shift 2
    for text; do
        line=$(awk -v from="$at" 'NR > from' "$here/$file" | grep -nF -m 1 -- "$text" | cut -d : -f 1)
        [ -n "$line" ] || { not_ok "$name" "$file has not, behind line $at: $text"; return; }
        at=$((at + line - 1))
    done
    ok "$name"
}
in_file "a page has the text, the question, its choices, the answer and why" asked.html 'Look at <strong>recv</strong>' \
    '<code>a &lt; b | c</code>' '<li class="depth0">' '<td><code>x</code></td>' 'if (a &lt; b &amp;&amp; c) return;' \
    'What does &lt;i&gt;connect' '<b>a</b> &lt;u&gt;0' '<b>c</b> it blocks' '<details class="answer">' 'Kernel: <b>a</b> &lt;u&gt;0' \
    'Nothing was answered before it ran' 'Why not <b>b</b> -1 ECONNREFUSED: There is a &amp; listener' 'It was the <strong>kernel' \
    '<table role="table" class="run">'
in_file "a hand-out asks first, and answers behind everything else" asked.md 'Look at **recv**' '- one' '| `x` |' '    if (a < b && c) return;' \
    '### Question' 'connect' '- a) \<u>0' '- c) it blocks' '### The wire' '### What happened' '### Answer' '- Kernel: a)' \
    '- Why not b) ' '### Why' 'It was the **kernel** that answered.'
in_file "with blanks it asks" blanks.md '### Question' '- c) it blocks' 'Your answer: ________ (1)' '### The wire'
verdict "and does not answer" "$(grep -nE '### Answer|### Why|the \*\*kernel|Kernel:|There is a|expect' "$here/blanks.md" | head -n 3)"
verdict "notes for teachers go to nobody" "$(grep -n 'for teachers alone' "$here"/{asked.html,asked.md,blanks.md} | head -n 3)"
verdict "a lesson makes no tag, no link and no cell" "$(grep -nE '<(script>window|i>|u>|b>Asked)' "$here/asked.html" | head -n 3
    grep -nE '(^|[^\`])(<script|<i>|<u>|\[y\])|[^\]://' "$here/asked.md" | head -n 3)"
if command -v xmllint >/dev/null; then
    verdict "a page that asks is well-formed" "$(xmllint --noout --nonet "$here/asked.html" 2>&1 | head -n 3)"
fi
"$tcplab" -q run 3.5b.5 --export "$here/two.html" >"$here/out" 2>&1
is "a page has all questions of its experiment, and the answer to each" \
    "$(grep -c '<h3>Question' "$here/two.html") $(grep -c '^<p>Kernel: ' "$here/two.html")" '2 2'

# ---- a browser ----------------------------------------------------------------------------------------------------------

browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome)
if [ -z "$browser" ] || ! command -v python3 >/dev/null; then
    skip "the page in a browser: chromium or python3 is missing"
else
    for width in 360 1200; do
        python3 tests/fixtures/browser.py "$browser" "$here/run.html" $width "$here/shot.png" 2>&1 || status=1
        python3 tests/fixtures/browser.py "$browser" "$here/asked.html" $width "$here/asked-$width.png" lesson 2>&1 || status=1
    done
fi
exit $status
