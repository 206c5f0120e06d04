#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Write the sources that put text into the binary; to standard output.
#
#   programs.sh table FILE...    C: net_programs[], one row per chapter program
#   programs.sh text FILE...     assembler: the text of each program
#   programs.sh lessons FILE     assembler: lab_lessons_text[] and lab_lessons_bytes
#   programs.sh translations NAME.LANGUAGE.md...       C: lab_translations[], one row per file
#   programs.sh translated-text NAME.LANGUAGE.md...    assembler: the text of each
#   programs.sh preload FILE     assembler: net_preload_text[] and net_preload_bytes
#   programs.sh page FILE...     assembler: lab_page_css_text[] and the like, by the endings of the files
#
# .incbin needs no limit on the length of a string and no conversion; the text is read-only and NUL-terminated.
set -eu

name_of() {
    name=$(basename "$1" .c)
    case $name in
    [!a-z_]* | *[!a-z0-9_]*)
        echo "$1: a chapter program's name becomes a C name: lower-case letters, digits and _ only" >&2
        exit 1
        ;;
    esac
}

# LESSONS.ko.md: ko
language_of() {
    language=${1%.md}
    language=${language##*.}
    case $language in
    "" | *[!A-Za-z0-9_]*)
        echo "$1: a translation is called NAME.LANGUAGE.md, with a language of letters, digits and _" >&2
        exit 1
        ;;
    esac
    echo "$language"
}

# calls FILE WORD...: "true" where the program has one of these words.
calls() {
    file_=$1
    shift
    for word; do
        ! grep -qF "$word" "$file_" || { echo true && return; }
    done
    echo false
}

# calls_not FILE WORD: "true" where it has not this word.
calls_not() {
    ! grep -qF "$2" "$1" || { echo false && return; }
    echo true
}

# embed SYMBOL FILE
embed() {
    cat <<END
    .globl $1
    .type $1, %object
$1:
    .incbin "$2"
$1_end:
    .byte 0
    .size $1, . - $1
END
}

section() {
    printf '    .section %s\n' "$1"
}

mode=$1
shift
case $mode in
table)
    echo '#include "net/data/program.h"'
    for file; do
        name_of "$file"
        printf 'int program_%s(int argc, char **argv);\nextern const char program_text_%s[];\n' "$name" "$name"
    done
    echo 'const struct net_program net_programs[] = {'
    for file; do
        name_of "$file"
        printf '    {.name = "%s", .main = program_%s, .source = program_text_%s, .source_bytes = %d,\n' \
            "$name" "$name" "$name" "$(wc -c <"$file")"
        printf '     .needs_process = %s, .makes_tasks = %s, .is_client = %s, .takes_ipv6 = %s},\n' \
            "$(calls "$file" 'setrlimit(')" "$(calls "$file" '= fork()' 'pthread_create(')" \
            "$(calls_not "$file" 'listen(')" "$(calls "$file" 'getaddrinfo(')"
    done
    # ISO C has no empty array; the row that closes it is not counted.
    printf '    {.name = NULL},\n};\nconst size_t net_program_count = %d;\n' $#
    ;;
text)
    section .rodata
    for file; do
        name_of "$file"
        embed "program_text_$name" "$file"
    done
    section '.note.GNU-stack,"",%progbits'
    ;;
translations)
    echo '#include "lab/book/translated.h"'
    for file; do
        printf 'extern const char lab_lessons_%s_text[];\n' "$(language_of "$file")"
    done
    echo 'const struct lab_translation lab_translations[] = {'
    for file; do
        language=$(language_of "$file")
        printf '    {.language = "%s", .text = lab_lessons_%s_text, .bytes = %d},\n' "$language" "$language" "$(wc -c <"$file")"
    done
    printf '    {.language = NULL},\n};\n'
    ;;
translated-text)
    section .rodata
    for file; do
        embed "lab_lessons_$(language_of "$file")_text" "$file"
    done
    section '.note.GNU-stack,"",%progbits'
    ;;
page)
    section .rodata
    for file; do
        embed "lab_page_${file##*.}_text" "$file"
    done
    section '.note.GNU-stack,"",%progbits'
    ;;
lessons | preload)
    case $mode in lessons) name=lab_lessons ;; *) name=net_preload ;; esac
    section .rodata
    embed "${name}_text" "$1"
    cat <<END
    .balign 8
    .globl ${name}_bytes
    .type ${name}_bytes, %object
${name}_bytes:
    .dc.a ${name}_text_end - ${name}_text
    .size ${name}_bytes, . - ${name}_bytes
END
    section '.note.GNU-stack,"",%progbits'
    ;;
esac
