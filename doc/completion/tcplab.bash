# SPDX-License-Identifier: GPL-3.0-or-later
# Completion of tcplab's command line for bash. Installed where bash-completion finds it by the command's name.

_tcplab() {
    local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command= i
    local export='--export --from --to --blanks --quiet'
    local options='--net --bind --lessons --only --lang --notes --learner --seed --plain --lines --json --quiet --verbose --limit --unexplained --help --version -c -h -V -q -v'
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        --net | --bind | --lessons | --learner | --seed | --limit | --lab | --export | --from | --to | -c) ((i++)) ;;
        -*) ;;
        *)
            command=${COMP_WORDS[i]}
            break
            ;;
        esac
    done
    COMPREPLY=()
    case $previous in
    --net) mapfile -t COMPREPLY < <(compgen -W 'auto tun veth loopback' -- "$word") && return ;;
    --lessons | --export) mapfile -t COMPREPLY < <(compgen -f -- "$word") && return ;;
    --bind | --limit | --lab | --learner | --seed | --from | --to | -c) return ;;
    esac
    case $command in
    '') mapfile -t COMPREPLY < <(compgen -W "$options run try present notes open show exec progress lessons define programs source free 3." -- "$word") ;;
    run) mapfile -t COMPREPLY < <(compgen -W "$options" -f -- "$word") ;;
    lessons) mapfile -t COMPREPLY < <(compgen -W check -f -- "$word") ;;
    open | try) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
    show) mapfile -t COMPREPLY < <(compgen -W "$export" -f -- "$word") ;;
    source) mapfile -t COMPREPLY < <(compgen -W "$(tcplab programs 2>/dev/null | grep -o '^[a-z_]*')" -- "$word") ;;
    exec)
        case $previous in
        exec) mapfile -t COMPREPLY < <(compgen -W '--lab server client' -- "$word") ;;
        server | client) mapfile -t COMPREPLY < <(compgen -W '--' -- "$word") ;;
        *) mapfile -t COMPREPLY < <(compgen -c -- "$word") ;;
        esac
        ;;
    esac
}
complete -F _tcplab tcplab
