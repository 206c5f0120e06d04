// SPDX-License-Identifier: GPL-3.0-or-later
// Options and words of the command line, and the sentences for what is wrong with them.
#include "ui/command_line.h"

#include "lab/base/nearest.h"
#include "lab/base/text.h"
#include "lab/language/word.h"
#include "net/base/message.h"
#include "net/base/plain.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

static const char usage[] = N_(
    "usage: tcplab [OPTIONS] [LESSON]            open the lab, or lesson 3.1, or experiment 3.1.2, or `free`\n"
    "       tcplab - [OPTIONS] [LESSON]          the same as lines of text, for a screen reader, a serial line, "
    "`script`\n"
    "       tcplab [OPTIONS] -c 'COMMANDS'       carry out commands without a screen\n"
    "       tcplab run [OPTIONS] FILE...         run scripts (- is standard input), lessons (FILE.md), 3.1 or 3.1.2\n"
    "       tcplab try [OPTIONS] FILE [ARGUMENT...]...   a lab on programs of yours; saving one runs it again\n"
    "       tcplab present [OPTIONS] [LESSON]    a lesson, or a saved run, to a class, slide by slide, with votes\n"
    "       tcplab notes                         in a second terminal: the notes of the lesson that is presented\n"
    "       tcplab open FILE                     look at a run that `save` has written\n"
    "       tcplab show FILE                     print what happened in it, one line each\n"
    "       tcplab show FILE --export NAME       write it as NAME.html, NAME.svg, NAME.md or a capture file\n"
    "       tcplab exec [--lab PID] HOST -- COMMAND...   run a command on a host of a running lab: server or client\n"
    "       tcplab progress [--json]             how far the learner is, lesson by lesson\n"
    "       tcplab tasks                         list the tasks of the lessons, and what you have done of them\n"
    "       tcplab task TASK [starter|hint [N]|answer]   what there is to do, as in 3.3/reap; C to begin with\n"
    "       tcplab task TASK begin               make a file of your own of the starter, and say its name\n"
    "       tcplab grade FILE.c --task TASK      let the kernel judge a program of yours; a FOLDER has many\n"
    "       tcplab grade --task TASK --line N    say which line, or with --call NAME which call, of a mystery is "
    "wrong\n"
    "       tcplab define WORD                   what a word means: a state, an error, an option, a term of the "
    "lessons\n"
    "       tcplab lessons check [FILE...]       all that is wrong with lessons of yours, then every experiment and "
    "task\n"
    "       tcplab programs                      list the chapter programs and their parameters\n"
    "       tcplab source NAME                   print the source of one\n");

static const char options_help[] = N_(
    "\n"
    "  --net tun|veth|loopback|auto   how the hosts are made; auto takes the best that this machine allows\n"
    "  --bind IP         with --net loopback: the address that servers listen on (127.0.0.1)\n"
    "  --lessons FILE    the lessons of FILE, or of each FILE.md of a folder, too; of two with one number FILE's\n"
    "  --only            with --lessons: without the built-in ones\n"
    "  --lang LANGUAGE   the language, ko or en, whatever the locale says\n"
    "  --notes           show what the lessons have for teachers\n"
    "  --learner NAME    keep the progress of this one of several learners\n"
    "  --plain           no colours, lines of ASCII\n"
    "  --lines           the lab as lines of text, as `tcplab -`\n"
    "  --json            without a screen: the journal as JSON Lines, `show` too; `progress` as one object\n"
    "  -q, --quiet       without a screen: only what went wrong\n"
    "  -v, --verbose     without a screen: show what happens in lessons too\n"
    "  --limit TIME      without a screen: how long a script may take (60s)\n"
    "  --export NAME     `show`, `run`, -c: write a page (.html), its ladder (.svg), a hand-out (.md) or a capture "
    "file (any "
    "other)\n"
    "  --from TIME, --to TIME   `show --export`: only that part of the run\n"
    "  --blanks          `show --export NAME.md`: numbered blanks where the answers stand\n"
    "  --task TASK       grade: the task, as `tcplab tasks` lists it\n"
    "  --seed N          the choices of questions in the order of N, so that a class has the same letters (0: as "
    "written);\n"
    "                    grade: the same ports and words again; otherwise they are new each time\n"
    "  --csv             grade a folder: a table for a spreadsheet\n"
    "  --runs FOLDER     grade a folder: where the runs are kept\n"
    "  --unexplained     without a screen: count what `explain` could not find out\n"
    "  -h, --help; -V, --version\n"
    "\n"
    "Exit status without a screen: 0 every expectation held, 1 one did not, 2 it could not run.\n"
    "Nothing outside of the lab is changed but files that you name, and no privilege is needed. `help` inside the lab "
    "lists its commands.\n");

enum option_id {
    OPTION_NET = 256,
    OPTION_BIND,
    OPTION_LESSONS,
    OPTION_NOTES,
    OPTION_ONLY,
    OPTION_LANG,
    OPTION_LEARNER,
    OPTION_PLAIN,
    OPTION_LINES,
    OPTION_JSON,
    OPTION_LIMIT,
    OPTION_UNEXPLAINED,
    OPTION_LAB,
    OPTION_EXPORT,
    OPTION_FROM,
    OPTION_TO,
    OPTION_BLANKS,
    OPTION_TASK,
    OPTION_SEED,
    OPTION_CSV,
    OPTION_RUNS,
    OPTION_LINE,
    OPTION_CALL
};

static const struct option options[] = {
    {"net", required_argument, NULL, OPTION_NET},
    {"bind", required_argument, NULL, OPTION_BIND},
    {"lessons", required_argument, NULL, OPTION_LESSONS},
    {"only", no_argument, NULL, OPTION_ONLY},
    {"lang", required_argument, NULL, OPTION_LANG},
    {"notes", no_argument, NULL, OPTION_NOTES},
    {"learner", required_argument, NULL, OPTION_LEARNER},
    {"plain", no_argument, NULL, OPTION_PLAIN},
    {"lines", no_argument, NULL, OPTION_LINES},
    {"json", no_argument, NULL, OPTION_JSON},
    {"quiet", no_argument, NULL, 'q'},
    {"verbose", no_argument, NULL, 'v'},
    {"limit", required_argument, NULL, OPTION_LIMIT},
    {"unexplained", no_argument, NULL, OPTION_UNEXPLAINED},
    {"lab", required_argument, NULL, OPTION_LAB},
    {"export", required_argument, NULL, OPTION_EXPORT},
    {"from", required_argument, NULL, OPTION_FROM},
    {"to", required_argument, NULL, OPTION_TO},
    {"blanks", no_argument, NULL, OPTION_BLANKS},
    {"task", required_argument, NULL, OPTION_TASK},
    {"seed", required_argument, NULL, OPTION_SEED},
    {"csv", no_argument, NULL, OPTION_CSV},
    {"runs", required_argument, NULL, OPTION_RUNS},
    {"line", required_argument, NULL, OPTION_LINE},
    {"call", required_argument, NULL, OPTION_CALL},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {NULL, 0, NULL, 0},
};

static const char letters[] = "-:c:hqvV";

/* ---- options ----------------------------------------------------------------------------------------------------- */

int ui_wrong(const char *format, ...)
{
    char sentence[900];
    va_list args;
    va_start(args, format);
    vsnprintf(sentence, sizeof sentence, net_message(format), args);
    va_end(args);
    net_plain(sentence, sizeof sentence);
    fprintf(stderr, "tcplab: %s\ntcplab: %s\n", sentence, _("`tcplab --help` shows how it is called"));
    return -1;
}

static int take_net(struct ui_command_line *line, const char *word)
{
    static const char names[] = "auto tun veth loopback";
    static const enum net_mode modes[] = {NET_MODE_AUTO, NET_MODE_TUN, NET_MODE_VETH, NET_MODE_LOOPBACK};
    int index = lab_word_index(names, word);
    if (index < 0)
        return ui_wrong("--net %s: expected auto, tun, veth or loopback", word);
    line->screen.mode = line->run.mode = modes[index];
    return 0;
}

static int take_bind(struct ui_command_line *line, const char *word)
{
    struct net_ip ip;
    if (!net_ip_read(word, &ip))
        return ui_wrong("--bind %s: expected an address such as 127.0.0.1 or 0.0.0.0", word);
    line->screen.bind_ip = line->run.bind_ip = ip;
    line->screen.binds_all = line->run.binds_all = net_ip_is_any(ip);
    line->bound = true;
    return 0;
}

static int take_limit(struct ui_command_line *line, const char *word)
{
    struct net_error err;
    if (lab_word_time(word, &line->run.limit_ns, &err) == 0 && line->run.limit_ns > 0)
        return 0;
    return ui_wrong("--limit %s: expected a time such as 60s or 5min", word);
}

/* What the part of a run is told by. */
static int take_time(const char *option, const char *word, uint64_t *out_ns)
{
    struct net_error err;
    if (lab_word_time(word, out_ns, &err) == 0)
        return 0;
    return ui_wrong("%s %s: expected a time such as 200ms or 2.5s", option, word);
}

static int take_learner(struct ui_command_line *line, const char *word)
{
    line->screen.learner = word;
    if (lab_learner_is_valid(word))
        return 0;
    return ui_wrong("--learner %.60s: expected a name of letters, digits, - and _, at most %d of them", word,
                    LAB_LEARNER_BYTES);
}

static int take_lab(struct ui_command_line *line, const char *word)
{
    int64_t pid;
    if (lab_word_number(word, 1, INT32_MAX, &pid, NULL) < 0)
        return ui_wrong("--lab %s: expected the process id of a running lab", word);
    line->lab_pid = (int)pid;
    return 0;
}

static int take_seed(struct ui_command_line *line, const char *word)
{
    int64_t seed;
    if (lab_word_number(word, 0, INT64_MAX, &seed, NULL) < 0)
        return ui_wrong("--seed %s: expected a number", word);
    line->grade.seed = line->run.seed = line->screen.seed = (uint64_t)seed;
    line->grade.has_seed = true;
    return 0;
}

static int take_line(struct ui_command_line *line, const char *word)
{
    int64_t number;
    if (lab_word_number(word, 1, INT32_MAX, &number, NULL) < 0)
        return ui_wrong("--line %s: expected the number of a line", word);
    line->grade.line = word;
    return 0;
}

static int unknown_option(char *const argv[])
{
    const char *word = argv[optind - 1];
    struct lab_nearest nearest;
    if (optopt && optopt < 256 && word[1] != '-') {
        char letter[3] = {'-', (char)optopt, '\0'};
        return optopt == 'c' ? ui_wrong("-c needs commands behind it, as in: tcplab -c 'server single | client'")
                             : ui_wrong("there is no option %s", letter);
    }
    if (optopt)
        return ui_wrong("%s needs a value behind it", word);
    lab_nearest_init(&nearest, word + 2);
    for (const struct option *o = options; o->name; o++)
        lab_nearest_offer(&nearest, o->name);
    if (*lab_nearest_hint(&nearest))
        return ui_wrong("there is no option %s; did you mean --%s?", word, nearest.best);
    return ui_wrong("there is no option %s", word);
}

static int take_option(struct ui_command_line *line, int option, char *const argv[])
{
    switch (option) {
    case OPTION_NET: return take_net(line, optarg);
    case OPTION_BIND: return take_bind(line, optarg);
    case OPTION_LIMIT: return take_limit(line, optarg);
    case OPTION_LAB: return take_lab(line, optarg);
    case OPTION_FROM: return take_time("--from", optarg, &line->from_ns);
    case OPTION_TO: return take_time("--to", optarg, &line->to_ns);
    case OPTION_EXPORT:
        line->export.file = (struct lab_file_wish){
            .name = optarg, .reach = LAB_REACH_USER, .replace = true, .headless = true};
        return 0;
    case OPTION_BLANKS: line->export.blanks = true; return 0;
    case OPTION_LESSONS: line->screen.lessons_file = line->run.lessons_file = optarg; return 0;
    case OPTION_ONLY: line->screen.lessons_only = line->run.lessons_only = true; return 0;
    case OPTION_LANG: line->asked_language = optarg; return 0;
    case OPTION_NOTES: line->screen.notes = true; return 0;
    case OPTION_LEARNER: return take_learner(line, optarg);
    case OPTION_TASK: line->grade.task = optarg; return 0;
    case OPTION_SEED: return take_seed(line, optarg);
    case OPTION_CSV: line->grade.csv = true; return 0;
    case OPTION_RUNS: line->grade.runs = optarg; return 0;
    case OPTION_LINE: return take_line(line, optarg);
    case OPTION_CALL: line->grade.call = optarg; return 0;
    case OPTION_PLAIN: line->screen.plain = true; return 0;
    case OPTION_LINES: line->lines = true; return 0;
    case OPTION_JSON: line->run.json = true; return 0;
    case OPTION_UNEXPLAINED: line->run.unexplained = true; return 0;
    case 'h': line->help = true; return 0;
    case 'V': line->version = true; return 0;
    case 'q': line->run.quiet = true; return 0;
    case 'v': line->run.verbose = true; return 0;
    case 'c': line->run.commands = optarg; return 0;
    default: return unknown_option(argv);
    }
}

const char *ui_command_line_language(int argc, char *argv[])
{
    const char *language = NULL;
    bool is_exec = false;
    int option, count = 0;
    opterr = 0;
    optind = 1;
    while ((option = getopt_long(argc, argv, letters, options, NULL)) != -1) {
        if (option == OPTION_LANG)
            language = optarg;
        if (option != 1)
            continue;
        if (count++ == 0)
            is_exec = strcmp(optarg, "exec") == 0;
        else if (is_exec)
            break;
    }
    return language;
}

int ui_command_line_read(struct ui_command_line *line, int argc, char *argv[], const char **words, int *count)
{
    int option;
    opterr = 0;
    optind = 1;
    while ((option = getopt_long(argc, argv, letters, options, NULL)) != -1) {
        if (option != 1 && take_option(line, option == ':' ? '?' : option, argv) < 0)
            return -1;
        if (option != 1)
            continue;
        words[(*count)++] = optarg;
        if (*count == 1 && strcmp(optarg, "exec") == 0)
            line->is_exec = true;
        else if (line->is_exec)
            break;
    }
    while (optind < argc)
        words[(*count)++] = argv[optind++];
    return 0;
}

/* What there is of --export and its options goes together. */
static int check_export(const struct ui_command_line *line, const char *command)
{
    bool has_part = line->from_ns || line->to_ns;
    if (!line->export.file.name)
        return has_part || line->export.blanks
                   ? ui_wrong("--from, --to and --blanks are for `tcplab show FILE --export NAME`")
                   : 0;
    enum lab_export_kind kind = lab_export_kind_of(line->export.file.name);
    bool runs = strcmp(command, "run") == 0 || line->run.commands, shows = strcmp(command, "show") == 0;
    if (!runs && !shows)
        return ui_wrong("--export is for `tcplab show`, `tcplab run` and -c; the lab has the command `export`");
    if (runs && has_part)
        return ui_wrong("--from and --to are for `tcplab show FILE --export NAME`: `save` the run first");
    if (runs && kind == LAB_EXPORT_CAPTURE)
        return ui_wrong("--export of what is run is for NAME.html, NAME.svg or NAME.md: for %s a script has `export`",
                        line->export.file.name);
    if (line->export.blanks && kind != LAB_EXPORT_MARKDOWN)
        return ui_wrong("--blanks are for a hand-out, NAME.md: %s is none", line->export.file.name);
    if (has_part && kind == LAB_EXPORT_CAPTURE)
        return ui_wrong("--from and --to are for NAME.html, NAME.svg or NAME.md: %s is a capture file",
                        line->export.file.name);
    if (line->to_ns && line->to_ns < line->from_ns)
        return ui_wrong("--to comes before --from");
    return 0;
}

static int check_hosts(const struct ui_command_line *line)
{
    if (line->bound && line->run.mode != NET_MODE_LOOPBACK)
        return ui_wrong("--bind is for --net loopback: the hosts of the lab have addresses of their own");
    if (line->run.lessons_only && !line->run.lessons_file)
        return ui_wrong("--only goes with --lessons FILE");
    return 0;
}

int ui_command_line_check(const struct ui_command_line *line, const char *command)
{
    return check_hosts(line) == 0 ? check_export(line, command) : -1;
}

int ui_command_line_help(void)
{
    printf("%s%s", _(usage), _(options_help));
    return 0;
}
