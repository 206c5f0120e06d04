// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * The command line of tcplab. It is read before the guard is started and before anything else is made, so that a
 * mistake in it costs nothing.
 */

#include "lab/base/locale.h"
#include "lab/base/nearest.h"
#include "lab/base/text.h"
#include "lab/book/glossary.h"
#include "lab/book/lessons.h"
#include "lab/check.h"
#include "lab/export/export.h"
#include "lab/language/word.h"
#include "lab/grade.h"
#include "lab/run.h"
#include "lab/saved.h"
#include "net/data/program.h"
#include "net/engine.h"
#include "ui/app/run.h"
#include "ui/guard.h"
#include "ui/lines/notes.h"
#include "ui/lines/run.h"
#include "ui/pager.h"
#include "net/base/plain.h"

#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

static const char usage[] =
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
    "       tcplab source NAME                   print the source of one\n";

static const char version[] = "tcplab " TCPLAB_VERSION "\n"
                              "License GPL-3.0-or-later: <https://gnu.org/licenses/gpl.html>\n"
                              "You are free to change and redistribute it.\n"
                              "There is no warranty, as far as the law allows.\n";

static const char options_help[] =
    "\n"
    "  --net tun|veth|loopback|auto   how the hosts are made; auto takes the best that this machine allows\n"
    "  --bind IP         with --net loopback: the address that servers listen on (127.0.0.1)\n"
    "  --lessons FILE    the lessons of FILE, or of each FILE.md of a folder, too; of two with one number FILE's\n"
    "  --only            with --lessons: without the built-in ones\n"
    "  --lang LANGUAGE   the language of the lessons, ko or en, whatever the locale says\n"
    "  --notes           show what the lessons have for teachers\n"
    "  --learner NAME    keep the progress of this one of several learners\n"
    "  --plain           no colours, lines of ASCII\n"
    "  --lines           the lab as lines of text, as `tcplab -`\n"
    "  --json            without a screen: the journal as JSON Lines; `progress` as one object\n"
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
    "lists its commands.\n";

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

struct command_line {
    struct ui_options screen;
    struct lab_run_spec run;
    struct lab_export export;
    uint64_t from_ns, to_ns; /* of what is exported; to_ns 0: to its end */
    struct lab_grade_spec grade;
    int lab_pid;
    const char *asked_language;
    char language[LAB_LANGUAGE_BYTES], locale_note[300];
    bool help, version, bound;
    bool lines;   /* no screen, but a lab in lines of text */
    bool is_exec; /* what follows the host is not ours to read */
};

/* ---- options ----------------------------------------------------------------------------------------------------- */

static int wrong(const char *format, ...) __attribute__((format(printf, 1, 2)));

static int wrong(const char *format, ...)
{
    char sentence[300];
    va_list args;
    va_start(args, format);
    vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    net_plain(sentence, sizeof sentence);
    fprintf(stderr, "tcplab: %s", sentence);
    fputs("\ntcplab: `tcplab --help` shows how it is called\n", stderr);
    return -1;
}

static int take_net(struct command_line *line, const char *word)
{
    static const char names[] = "auto tun veth loopback";
    static const enum net_mode modes[] = {NET_MODE_AUTO, NET_MODE_TUN, NET_MODE_VETH, NET_MODE_LOOPBACK};
    int index = lab_word_index(names, word);
    if (index < 0)
        return wrong("--net %s: expected auto, tun, veth or loopback", word);
    line->screen.mode = line->run.mode = modes[index];
    return 0;
}

static int take_bind(struct command_line *line, const char *word)
{
    struct net_ip ip;
    if (!net_ip_read(word, &ip))
        return wrong("--bind %s: expected an address such as 127.0.0.1 or 0.0.0.0", word);
    line->screen.bind_ip = line->run.bind_ip = ip;
    line->screen.binds_all = line->run.binds_all = net_ip_is_any(ip);
    line->bound = true;
    return 0;
}

static int take_limit(struct command_line *line, const char *word)
{
    struct net_error err;
    if (lab_word_time(word, &line->run.limit_ns, &err) == 0 && line->run.limit_ns > 0)
        return 0;
    return wrong("--limit %s: expected a time such as 60s or 5min", word);
}

/* What the part of a run is told by. */
static int take_time(const char *option, const char *word, uint64_t *out_ns)
{
    struct net_error err;
    if (lab_word_time(word, out_ns, &err) == 0)
        return 0;
    return wrong("%s %s: expected a time such as 200ms or 2.5s", option, word);
}

static int take_learner(struct command_line *line, const char *word)
{
    line->screen.learner = word;
    if (lab_learner_is_valid(word))
        return 0;
    return wrong("--learner %.60s: expected a name of letters, digits, - and _, at most %d of them", word,
                 LAB_LEARNER_BYTES);
}

static int take_lab(struct command_line *line, const char *word)
{
    int64_t pid;
    if (lab_word_number(word, 1, INT32_MAX, &pid, NULL) < 0)
        return wrong("--lab %s: expected the process id of a running lab", word);
    line->lab_pid = (int)pid;
    return 0;
}

static int take_seed(struct command_line *line, const char *word)
{
    int64_t seed;
    if (lab_word_number(word, 0, INT64_MAX, &seed, NULL) < 0)
        return wrong("--seed %s: expected a number", word);
    line->grade.seed = line->run.seed = line->screen.seed = (uint64_t)seed;
    line->grade.has_seed = true;
    return 0;
}

static int take_line(struct command_line *line, const char *word)
{
    int64_t number;
    if (lab_word_number(word, 1, INT32_MAX, &number, NULL) < 0)
        return wrong("--line %s: expected the number of a line", word);
    line->grade.line = word;
    return 0;
}

static int unknown_option(char *const argv[])
{
    const char *word = argv[optind - 1];
    struct lab_nearest nearest;
    if (optopt && optopt < 256 && word[1] != '-') {
        char letter[3] = {'-', (char)optopt, '\0'};
        return optopt == 'c' ? wrong("-c needs commands behind it, as in: tcplab -c 'server single | client'")
                             : wrong("there is no option %s", letter);
    }
    if (optopt)
        return wrong("%s needs a value behind it", word);
    lab_nearest_init(&nearest, word + 2);
    for (const struct option *o = options; o->name; o++)
        lab_nearest_offer(&nearest, o->name);
    if (*lab_nearest_hint(&nearest))
        return wrong("there is no option %s; did you mean --%s?", word, nearest.best);
    return wrong("there is no option %s", word);
}

static int take_option(struct command_line *line, int option, char *const argv[])
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

/* Options of this command and words in any order; but exec's own end at the host. words: as many as argv. */
static int read_words(struct command_line *line, int argc, char *argv[], const char **words, int *count)
{
    int option;
    opterr = 0;
    optind = 1;
    while ((option = getopt_long(argc, argv, "-:c:hqvV", options, NULL)) != -1) {
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
static int check_export(const struct command_line *line, const char *command)
{
    bool has_part = line->from_ns || line->to_ns;
    if (!line->export.file.name)
        return has_part || line->export.blanks
                   ? wrong("--from, --to and --blanks are for `tcplab show FILE --export NAME`")
                   : 0;
    enum lab_export_kind kind = lab_export_kind_of(line->export.file.name);
    bool runs = strcmp(command, "run") == 0 || line->run.commands, shows = strcmp(command, "show") == 0;
    if (!runs && !shows)
        return wrong("--export is for `tcplab show`, `tcplab run` and -c; the lab has the command `export`");
    if (runs && has_part)
        return wrong("--from and --to are for `tcplab show FILE --export NAME`: `save` the run first");
    if (runs && kind == LAB_EXPORT_CAPTURE)
        return wrong("--export of what is run is for NAME.html, NAME.svg or NAME.md: for %s a script has `export`",
                     line->export.file.name);
    if (line->export.blanks && kind != LAB_EXPORT_MARKDOWN)
        return wrong("--blanks are for a hand-out, NAME.md: %s is none", line->export.file.name);
    if (has_part && kind == LAB_EXPORT_CAPTURE)
        return wrong("--from and --to are for NAME.html, NAME.svg or NAME.md: %s is a capture file",
                     line->export.file.name);
    if (line->to_ns && line->to_ns < line->from_ns)
        return wrong("--to comes before --from");
    return 0;
}

static int check(const struct command_line *line)
{
    if (line->bound && line->run.mode != NET_MODE_LOOPBACK)
        return wrong("--bind is for --net loopback: the hosts of the lab have addresses of their own");
    if (line->run.lessons_only && !line->run.lessons_file)
        return wrong("--only goes with --lessons FILE");
    return 0;
}

/* ---- what it is -------------------------------------------------------------------------------------------------- */

/* Its address is known to who distributes it (HOMEPAGE of the Makefile). */
static int say_version(void)
{
    static const char homepage[] = TCPLAB_HOMEPAGE;
    bool is_said = fputs(version, stdout) >= 0;
    if (*homepage)
        is_said = printf("Home page: <%s>\n", homepage) > 0 && is_said;
    return is_said ? 0 : 2;
}

/* ---- what can be done -------------------------------------------------------------------------------------------- */

static int list_programs(void)
{
    struct net_parameter parameter;
    ui_pager_begin();
    for (size_t i = 0; i < net_program_count; i++) {
        printf("%s\n", net_programs[i].name);
        for (size_t n = 0; net_program_parameter(&net_programs[i], n, &parameter) == 0; n++) {
            char word[80];
            snprintf(word, sizeof word, "%s=%s", parameter.name, parameter.preset);
            printf("    %-28s  %s\n", word, parameter.help);
        }
    }
    ui_pager_end();
    return 0;
}

static int print_source(const char *name)
{
    const struct net_program *program = name ? net_program_find(name) : NULL;
    struct lab_nearest nearest;
    if (program) {
        ui_pager_begin();
        fwrite(program->source, 1, program->source_bytes, stdout);
        ui_pager_end();
        return 0;
    }
    if (!name) {
        wrong("source of what? `tcplab programs` lists them");
        return 2;
    }
    lab_nearest_init(&nearest, name);
    for (size_t i = 0; i < net_program_count; i++)
        lab_nearest_offer(&nearest, net_programs[i].name);
    wrong("there is no program %s%s", name, lab_nearest_hint(&nearest));
    return 2;
}

/* tcplab exec HOST -- COMMAND... */
static int run_exec(const struct command_line *line, char *words[], int count)
{
    struct net_error err;
    int64_t host;
    if (count < 1) {
        wrong("exec on which host? as in: tcplab exec client -- nc 192.0.2.1 12345");
        return 2;
    }
    if (lab_word_host(words[0], &host, &err) < 0) {
        fprintf(stderr, "tcplab: %s\n", err.text);
        return 2;
    }
    int first = count > 1 && strcmp(words[1], "--") == 0 ? 2 : 1;
    if (first >= count) {
        wrong("exec what? a command is missing, as in: tcplab exec client -- nc 192.0.2.1 12345");
        return 2;
    }
    signal(SIGXFSZ, SIG_DFL);
    int status = net_exec(line->lab_pid, (enum net_host)host, words + first, &err);
    if (status < 0)
        fprintf(stderr, "tcplab: %s\n", err.text);
    return status < 0 ? 2 : status;
}

static int run_headless(struct command_line *line, const char *const *files, int count)
{
    line->run.files = files;
    line->run.file_count = (size_t)count;
    line->run.out = stdout;
    line->run.err = stderr;
    line->run.export = &line->export;
    if (!line->run.commands && count == 0) {
        wrong("run what? a script, - for standard input, or a lesson, as in: tcplab run 3.1");
        return 2;
    }
    ui_guard(false);
    return lab_run(&line->run);
}

static int open_screen(struct command_line *line, const char *const *words, int count)
{
    if (count > 1) {
        wrong("`%s` is one word too many", words[1]);
        return 2;
    }
    if (line->run.json || line->run.quiet || line->run.verbose || line->run.limit_ns || line->run.unexplained) {
        wrong("--json, -q, -v, --limit and --unexplained are for `tcplab run` and -c");
        return 2;
    }
    line->screen.open = count ? words[0] : NULL;
    if (!line->grade.has_seed && getrandom(&line->screen.seed, sizeof line->screen.seed, 0) < 0)
        line->screen.seed = 0;
    ui_guard(!line->lines);
    return line->lines ? ui_lines_run(&line->screen) : ui_run(&line->screen);
}

static int try_files(struct command_line *line, const char *const *words, int count)
{
    if (count == 0) {
        wrong("try what? a file of yours, as in: tcplab try my_server.c 7000");
        return 2;
    }
    line->screen.try_words = words;
    line->screen.try_count = (size_t)count;
    line->screen.try_commands = line->run.commands;
    return open_screen(line, NULL, 0);
}

/* tcplab present [LESSON|FILE] */
static int present(struct command_line *line, const char *const *words, int count)
{
    line->screen.presents = true;
    if (count == 1 && !lab_is_place(words[0])) {
        line->screen.saved_run = words[0];
        return open_screen(line, NULL, 0);
    }
    return open_screen(line, words, count);
}

/* tcplab progress: what is kept, without a lab. */
static int show_progress(const struct command_line *line, const char *const *words, int count)
{
    struct lab_lessons lessons;
    struct net_error err, note;
    const char *file = line->screen.lessons_file, *learner = line->screen.learner;
    if (count > 0) {
        wrong("`%s` is one word too many", words[0]);
        return 2;
    }
    if (lab_lessons_gather(file, line->screen.lessons_only, line->screen.language, &lessons, &err) != 0) {
        fprintf(stderr, "tcplab: %s\n", err.text);
        return 2;
    }
    struct lab_progress *progress = lab_progress_load_for(learner, &lessons, &note);
    if (note.text[0])
        fprintf(stderr, "tcplab: %s\n", note.text);
    int status = lab_progress_print(progress, &lessons, learner, line->run.json, stdout);
    lab_progress_free(progress);
    lab_lessons_fini(&lessons);
    return status < 0 ? 2 : 0;
}

/* The file of `open` and `show`; NULL with a sentence. */
static const char *saved_file(const char *command, const char *const *words, int count)
{
    if (count == 1)
        return words[0];
    if (count == 0)
        wrong("%s what? a file that `save` has written", command);
    else
        wrong("`%s` is one word too many", words[1]);
    return NULL;
}

static int export_saved(const struct command_line *line, const char *file)
{
    struct net_error err;
    char said[500];
    if (lab_saved_export(file, &line->export, line->from_ns, line->to_ns ? line->to_ns : UINT64_MAX, said, sizeof said,
                         &err) < 0) {
        fprintf(stderr, "tcplab: %s\n", err.text);
        return 2;
    }
    return line->run.quiet || puts(said) >= 0 ? 0 : 2;
}

static int show_saved(const struct command_line *line, const char *const *words, int count)
{
    struct net_error err;
    const char *file = saved_file("show", words, count);
    if (!file)
        return 2;
    if (line->export.file.name)
        return export_saved(line, file);
    ui_pager_begin();
    int result = lab_saved_print(file, stdout, &err);
    if (ui_pager_end() || result == 0)
        return 0;
    fprintf(stderr, "tcplab: %s\n", err.text);
    return 2;
}

static int open_saved(struct command_line *line, const char *const *words, int count)
{
    line->screen.saved_run = saved_file("open", words, count);
    return line->screen.saved_run ? open_screen(line, NULL, 0) : 2;
}

/* What all that is about tasks takes from the command line. */
static const struct lab_grade_spec *task_spec(struct command_line *line)
{
    struct lab_grade_spec *grade = &line->grade;
    grade->mode = line->run.mode;
    grade->bind_ip = line->run.bind_ip;
    grade->lessons_file = line->run.lessons_file;
    grade->language = line->screen.language;
    grade->learner = line->screen.learner;
    grade->limit_ns = line->run.limit_ns;
    grade->json = line->run.json;
    grade->out = stdout;
    grade->err = stderr;
    return grade;
}

/* tcplab task TASK [starter|hint [N]|answer|begin] */
static int print_task(struct command_line *line, const char *const *words, int count)
{
    static const char parts[] = "text starter hint answer begin";
    int part = count > 1 ? lab_word_index(parts, words[1]) : LAB_TASK_TEXT;
    int64_t hints = 1;
    if (count < 1) {
        wrong("which task? `tcplab tasks` lists them");
        return 2;
    }
    if (part < 0 || count > 3 || (count == 3 && lab_word_number(words[2], 1, INT32_MAX, &hints, NULL) < 0)) {
        wrong("`%s`: expected starter, hint, hint N, answer, or begin", words[count > 2 ? 2 : 1]);
        return 2;
    }
    line->grade.task = words[0];
    return lab_task_print(task_spec(line), (enum lab_task_part)part, (size_t)hints);
}

static int run_grade(struct command_line *line, const char *const *words, int count)
{
    struct lab_grade_spec *grade = &line->grade;
    if (!grade->task) {
        wrong("grade for which task? as in: tcplab grade my.c --task 3.3/reap; `tcplab tasks` lists them");
        return 2;
    }
    if (count > 1 || (count == 0 && !grade->line && !grade->call)) {
        wrong("grade what? one program, or one folder of them; of a mystery, --line or --call");
        return 2;
    }
    grade->path = count ? words[0] : NULL;
    ui_guard(false);
    return lab_grade(task_spec(line));
}

/* tcplab define WORD */
static int define(const struct command_line *line, const char *const *words, int count)
{
    struct lab_lessons lessons;
    struct net_error err;
    const char *file = line->screen.lessons_file;
    char word[200] = "", *text = NULL;
    for (int i = 0; i < count; i++)
        lab_append(word, sizeof word, *word ? " %s" : "%s", words[i]);
    if (!*word) {
        wrong("define what? a word, as in: tcplab define CLOSE_WAIT");
        return 2;
    }
    if (lab_lessons_gather(file, line->screen.lessons_only, line->screen.language, &lessons, &err) == 0) {
        if (lab_lessons_open_glossary(&lessons, &err) == 0)
            text = lab_define(&lessons, word, &err);
        lab_lessons_fini(&lessons);
    }
    if (text)
        fputs(text, stdout);
    else
        fprintf(stderr, "tcplab: %s\n", err.text);
    int status = text ? 0 : 2;
    free(text);
    return status;
}

/* tcplab lessons check [FILE...] */
static int check_lessons(struct command_line *line, const char *const *words, int count)
{
    if (count == 0 || strcmp(words[0], "check") != 0) {
        wrong("`lessons` is for `tcplab lessons check FILE`: the lab itself lists them");
        return 2;
    }
    const struct lab_check_spec check = {.mode = line->run.mode,
                                         .bind_ip = line->run.bind_ip,
                                         .paths = words + 1,
                                         .path_count = (size_t)count - 1,
                                         .limit_ns = line->run.limit_ns,
                                         .quiet = line->run.quiet,
                                         .out = stdout,
                                         .err = stderr};
    ui_guard(false);
    return lab_check(&check);
}

static int unknown_command(const char *word)
{
    static const char *const commands[] = {"run",    "try",      "present", "notes", "open",     "show",
                                           "exec",   "tasks",    "task",    "grade", "progress", "lessons",
                                           "define", "programs", "source",  "free"};
    struct lab_nearest nearest;
    lab_nearest_init(&nearest, word);
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        lab_nearest_offer(&nearest, commands[i]);
    wrong("there is no command %s%s", word, lab_nearest_hint(&nearest));
    return 2;
}

/* What whoever started it has open is no business of the programs in the lab: their numbers begin at 3, and as many are
 * free as a limit says. A command of `exec` gets it, as from env(1). Linux before 5.11 has no such call. */
static void keep_descriptors(const char *command)
{
#ifdef CLOSE_RANGE_CLOEXEC
    if (strcmp(command, "exec") != 0)
        close_range(STDERR_FILENO + 1, ~0u, CLOSE_RANGE_CLOEXEC);
#else
    (void)command;
#endif
}

/* What prints lessons without a screen, on which a note could stand. */
static bool prints_lessons(const struct command_line *line, const char *command)
{
    static const char *const commands[] = {"run", "progress", "define", "tasks", "task", "grade"};
    bool prints = line->run.commands != NULL;
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        prints |= strcmp(command, commands[i]) == 0;
    return prints;
}

/* Letters first, then the language. -1: it was asked for, and is not there. */
static int choose_language(struct command_line *line, const char *command)
{
    struct net_error note;
    char missing[60];
    lab_locale_begin(missing, sizeof missing);
    if (lab_lessons_language(line->asked_language, line->screen.lessons_file, line->language, sizeof line->language,
                             &note) < 0)
        return wrong("--lang %s: %s", line->asked_language, note.text);
    if (*note.text)
        snprintf(line->locale_note, sizeof line->locale_note, "%s", note.text);
    else if (*missing && *line->language)
        snprintf(line->locale_note, sizeof line->locale_note,
                 "The locale %s is not on this machine, and C.UTF-8 stands in for it. `sudo localedef -i %.*s -f UTF-8 "
                 "%s` makes it.",
                 missing, (int)strcspn(missing, ".@"), missing, missing);
    if (*note.text && prints_lessons(line, command))
        fprintf(stderr, "tcplab: %s\n", note.text);
    line->screen.language = line->run.language = *line->language ? line->language : NULL;
    line->screen.locale_note = *line->locale_note ? line->locale_note : NULL;
    return 0;
}

static int carry_out(struct command_line *line, const char **words, int count)
{
    const char *command = count ? words[0] : "";
    if (strcmp(command, "-") == 0) {
        line->lines = true;
        command = --count ? *++words : "";
    }
    if (line->lines && (line->run.commands || (count && strcmp(command, "free") != 0 && !lab_is_place(command)))) {
        wrong("a lab in lines takes a lesson or `free`, as in: tcplab - 3.1");
        return 2;
    }
    keep_descriptors(command);
    if (strcmp(command, "exec") == 0)
        return run_exec(line, (char **)words + 1, count - 1);
    if (choose_language(line, command) < 0)
        return 2;
    if (strcmp(command, "progress") == 0)
        return show_progress(line, words + 1, count - 1);
    if (strcmp(command, "define") == 0)
        return define(line, words + 1, count - 1);
    if (strcmp(command, "lessons") == 0)
        return check_lessons(line, words + 1, count - 1);
    if (strcmp(command, "programs") == 0)
        return list_programs();
    if (strcmp(command, "source") == 0)
        return print_source(count > 1 ? words[1] : NULL);
    if (strcmp(command, "tasks") == 0)
        return lab_tasks_list(task_spec(line));
    if (strcmp(command, "task") == 0)
        return print_task(line, words + 1, count - 1);
    if (strcmp(command, "grade") == 0)
        return run_grade(line, words + 1, count - 1);
    if (strcmp(command, "run") == 0)
        return run_headless(line, words + 1, count - 1);
    if (strcmp(command, "open") == 0)
        return open_saved(line, words + 1, count - 1);
    if (strcmp(command, "show") == 0)
        return show_saved(line, words + 1, count - 1);
    if (strcmp(command, "present") == 0)
        return present(line, words + 1, count - 1);
    if (strcmp(command, "notes") == 0)
        return count == 1 ? ui_notes_follow() : (wrong("`%s` is one word too many", words[1]), 2);
    if (strcmp(command, "try") == 0)
        return try_files(line, words + 1, count - 1);
    if (line->run.commands)
        return run_headless(line, words, count);
    if (count && strcmp(command, "free") != 0 && !lab_is_place(command))
        return unknown_command(command);
    return open_screen(line, words, count);
}

/* What was written has arrived, or the sentence; the status is then that of something that could not be done. */
static int after_output(int status)
{
    if (status != 0 || (fflush(stdout) == 0 && !ferror(stdout)))
        return status; /* what else went wrong is told already */
    fprintf(stderr, "tcplab: standard output cannot be written to any more\n");
    return 2;
}

int main(int argc, char **argv)
{
    signal(SIGXFSZ, SIG_IGN); /* beyond `ulimit -f`, write() fails, and says so */
    struct command_line line = {0};
    const char **words = calloc((size_t)argc + 1, sizeof *words);
    int count = 0, status = 2;
    if (words && read_words(&line, argc, argv, words, &count) == 0 && check(&line) == 0 &&
        check_export(&line, count ? words[0] : "") == 0) {
        if (line.help)
            status = after_output((printf("%s%s", usage, options_help), 0));
        else if (line.version)
            status = after_output(say_version());
        else
            status = after_output(carry_out(&line, words, count));
    }
    free(words);
    return status;
}
