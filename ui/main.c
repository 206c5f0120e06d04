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
#include "ui/command_line.h"
#include "ui/guard.h"
#include "ui/lines/notes.h"
#include "ui/lines/run.h"
#include "ui/pager.h"
#include "net/base/plain.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

static const char license[] = N_("License GPL-3.0-or-later: <https://gnu.org/licenses/gpl.html>\n"
                                 "You are free to change and redistribute it.\n"
                                 "There is no warranty, as far as the law allows.\n");

/* ---- what it is -------------------------------------------------------------------------------------------------- */

/* Its address is known to who distributes it (HOMEPAGE of the Makefile). */
static int say_version(void)
{
    static const char homepage[] = TCPLAB_HOMEPAGE;
    bool is_said = printf("tcplab %s\n%s", TCPLAB_VERSION, _(license)) > 0;
    if (*homepage)
        is_said = printf(_("Home page: <%s>\n"), homepage) > 0 && is_said;
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
            printf("    %-28s  %s\n", word, _(parameter.help));
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
        fputs(net_program_text(program), stdout);
        ui_pager_end();
        return 0;
    }
    if (!name) {
        ui_wrong("source of what? `tcplab programs` lists them");
        return 2;
    }
    lab_nearest_init(&nearest, name);
    for (size_t i = 0; i < net_program_count; i++)
        lab_nearest_offer(&nearest, net_programs[i].name);
    ui_wrong("there is no program %s%s", name, lab_nearest_hint(&nearest));
    return 2;
}

/* tcplab exec HOST -- COMMAND... */
static int run_exec(const struct ui_command_line *line, char *words[], int count)
{
    struct net_error err;
    int64_t host;
    if (count < 1) {
        ui_wrong("exec on which host? as in: tcplab exec client -- nc 192.0.2.1 12345");
        return 2;
    }
    if (lab_word_host(words[0], &host, &err) < 0) {
        fprintf(stderr, "tcplab: %s\n", err.text);
        return 2;
    }
    int first = count > 1 && strcmp(words[1], "--") == 0 ? 2 : 1;
    if (first >= count) {
        ui_wrong("exec what? a command is missing, as in: tcplab exec client -- nc 192.0.2.1 12345");
        return 2;
    }
    signal(SIGXFSZ, SIG_DFL);
    int status = net_exec(line->lab_pid, (enum net_host)host, words + first, &err);
    if (status < 0)
        fprintf(stderr, "tcplab: %s\n", err.text);
    return status < 0 ? 2 : status;
}

static int run_headless(struct ui_command_line *line, const char *const *files, int count)
{
    line->run.files = files;
    line->run.file_count = (size_t)count;
    line->run.out = stdout;
    line->run.err = stderr;
    line->run.export = &line->export;
    if (!line->run.commands && count == 0) {
        ui_wrong("run what? a script, - for standard input, or a lesson, as in: tcplab run 3.1");
        return 2;
    }
    ui_guard(false);
    return lab_run(&line->run);
}

static int open_screen(struct ui_command_line *line, const char *const *words, int count)
{
    if (count > 1) {
        ui_wrong("`%s` is one word too many", words[1]);
        return 2;
    }
    if (line->run.json || line->run.quiet || line->run.verbose || line->run.limit_ns || line->run.unexplained) {
        ui_wrong("--json, -q, -v, --limit and --unexplained are for `tcplab run` and -c");
        return 2;
    }
    line->screen.open = count ? words[0] : NULL;
    if (!line->grade.has_seed && getrandom(&line->screen.seed, sizeof line->screen.seed, 0) < 0)
        line->screen.seed = 0;
    ui_guard(!line->lines);
    return line->lines ? ui_lines_run(&line->screen) : ui_run(&line->screen);
}

static int try_files(struct ui_command_line *line, const char *const *words, int count)
{
    if (count == 0) {
        ui_wrong("try what? a file of yours, as in: tcplab try my_server.c 7000");
        return 2;
    }
    line->screen.try_words = words;
    line->screen.try_count = (size_t)count;
    line->screen.try_commands = line->run.commands;
    return open_screen(line, NULL, 0);
}

/* tcplab present [LESSON|FILE] */
static int present(struct ui_command_line *line, const char *const *words, int count)
{
    line->screen.presents = true;
    if (count == 1 && !lab_is_place(words[0])) {
        line->screen.saved_run = words[0];
        return open_screen(line, NULL, 0);
    }
    return open_screen(line, words, count);
}

/* tcplab progress: what is kept, without a lab. */
static int show_progress(const struct ui_command_line *line, const char *const *words, int count)
{
    struct lab_lessons lessons;
    struct net_error err, note;
    const char *file = line->screen.lessons_file, *learner = line->screen.learner;
    if (count > 0) {
        ui_wrong("`%s` is one word too many", words[0]);
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
        ui_wrong("%s what? a file that `save` has written", command);
    else
        ui_wrong("`%s` is one word too many", words[1]);
    return NULL;
}

static int export_saved(const struct ui_command_line *line, const char *file)
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

static int show_saved(const struct ui_command_line *line, const char *const *words, int count)
{
    struct net_error err;
    const char *file = saved_file("show", words, count);
    if (!file)
        return 2;
    if (line->export.file.name)
        return export_saved(line, file);
    ui_pager_begin();
    int result = line->run.json ? lab_saved_print_json(file, stdout, &err) : lab_saved_print(file, stdout, &err);
    if (ui_pager_end() || result == 0)
        return 0;
    fprintf(stderr, "tcplab: %s\n", err.text);
    return 2;
}

static int open_saved(struct ui_command_line *line, const char *const *words, int count)
{
    line->screen.saved_run = saved_file("open", words, count);
    return line->screen.saved_run ? open_screen(line, NULL, 0) : 2;
}

/* What all that is about tasks takes from the command line. */
static const struct lab_grade_spec *task_spec(struct ui_command_line *line)
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
static int print_task(struct ui_command_line *line, const char *const *words, int count)
{
    static const char parts[] = "text starter hint answer begin";
    int part = count > 1 ? lab_word_index(parts, words[1]) : LAB_TASK_TEXT;
    int64_t hints = 1;
    if (count < 1) {
        ui_wrong("which task? `tcplab tasks` lists them");
        return 2;
    }
    if (part < 0 || count > 3 || (count == 3 && lab_word_number(words[2], 1, INT32_MAX, &hints, NULL) < 0)) {
        ui_wrong("`%s`: expected starter, hint, hint N, answer, or begin", words[count > 2 ? 2 : 1]);
        return 2;
    }
    line->grade.task = words[0];
    return lab_task_print(task_spec(line), (enum lab_task_part)part, (size_t)hints);
}

static int run_grade(struct ui_command_line *line, const char *const *words, int count)
{
    struct lab_grade_spec *grade = &line->grade;
    if (!grade->task) {
        ui_wrong("grade for which task? as in: tcplab grade my.c --task 3.3/reap; `tcplab tasks` lists them");
        return 2;
    }
    if (count > 1 || (count == 0 && !grade->line && !grade->call)) {
        ui_wrong("grade what? one program, or one folder of them; of a mystery, --line or --call");
        return 2;
    }
    grade->path = count ? words[0] : NULL;
    ui_guard(false);
    return lab_grade(task_spec(line));
}

/* tcplab define WORD */
static int define(const struct ui_command_line *line, const char *const *words, int count)
{
    struct lab_lessons lessons;
    struct net_error err;
    const char *file = line->screen.lessons_file;
    char word[200] = "", *text = NULL;
    for (int i = 0; i < count; i++)
        lab_append(word, sizeof word, *word ? " %s" : "%s", words[i]);
    if (!*word) {
        ui_wrong("define what? a word, as in: tcplab define CLOSE_WAIT");
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
static int check_lessons(struct ui_command_line *line, const char *const *words, int count)
{
    if (count == 0 || strcmp(words[0], "check") != 0) {
        ui_wrong("`lessons` is for `tcplab lessons check FILE`: the lab itself lists them");
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
    ui_wrong("there is no command %s%s", word, lab_nearest_hint(&nearest));
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
static bool prints_lessons(const struct ui_command_line *line, const char *command)
{
    static const char *const commands[] = {"run", "progress", "define", "tasks", "task", "grade"};
    bool prints = line->run.commands != NULL;
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        prints |= strcmp(command, commands[i]) == 0;
    return prints;
}

/* Letters first, then the language of the lab's own sentences: also what is wrong with the command line is said in it.
 */
static void choose_messages(struct ui_command_line *line, int argc, char *argv[])
{
    lab_locale_begin(line->missing_locale, sizeof line->missing_locale);
    line->is_translated = lab_locale_messages(ui_command_line_language(argc, argv));
}

/* The language of the lessons. -1: it was asked for, and is not there. */
static int choose_language(struct ui_command_line *line, const char *command)
{
    struct net_error note;
    const char *missing = line->missing_locale;
    int found = lab_lessons_language(line->asked_language, line->screen.lessons_file, line->language,
                                     sizeof line->language, &note);
    if (found < 0 && !line->is_translated)
        return ui_wrong("--lang %s: %s", line->asked_language, note.text);
    if (found < 0) /* a file of lessons need not be translated: it may be in that language itself */
        *note.text = '\0';
    if (*note.text)
        snprintf(line->locale_note, sizeof line->locale_note, "%s", note.text);
    else if (*missing && (line->is_translated || *line->language))
        snprintf(
            line->locale_note, sizeof line->locale_note,
            _("The locale %s is not on this machine, and C.UTF-8 stands in for it. `sudo localedef -i %.*s -f UTF-8 "
              "%s` makes it."),
            missing, (int)strcspn(missing, ".@"), missing, missing);
    if (*note.text && prints_lessons(line, command))
        fprintf(stderr, "tcplab: %s\n", note.text);
    line->screen.language = line->run.language = *line->language ? line->language : NULL;
    line->screen.locale_note = *line->locale_note ? line->locale_note : NULL;
    return 0;
}

static int carry_out(struct ui_command_line *line, const char **words, int count)
{
    const char *command = count ? words[0] : "";
    if (strcmp(command, "-") == 0) {
        line->lines = true;
        command = --count ? *++words : "";
    }
    if (line->lines && (line->run.commands || (count && strcmp(command, "free") != 0 && !lab_is_place(command)))) {
        ui_wrong("a lab in lines takes a lesson or `free`, as in: tcplab - 3.1");
        return 2;
    }
    keep_descriptors(command);
    if (choose_language(line, command) < 0)
        return 2;
    if (strcmp(command, "exec") == 0)
        return run_exec(line, (char **)words + 1, count - 1);
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
        return count == 1 ? ui_notes_follow() : (ui_wrong("`%s` is one word too many", words[1]), 2);
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
    fprintf(stderr, "tcplab: %s\n", _("standard output cannot be written to any more"));
    return 2;
}

int main(int argc, char **argv)
{
    signal(SIGXFSZ, SIG_IGN); /* beyond `ulimit -f`, write() fails, and says so */
    struct ui_command_line line = {0};
    const char **words = calloc((size_t)argc + 1, sizeof *words);
    int count = 0, status = 2;
    choose_messages(&line, argc, argv);
    if (words && ui_command_line_read(&line, argc, argv, words, &count) == 0 &&
        ui_command_line_check(&line, count ? words[0] : "") == 0) {
        if (line.help)
            status = after_output(ui_command_line_help());
        else if (line.version)
            status = after_output(say_version());
        else
            status = after_output(carry_out(&line, words, count));
    }
    free(words);
    return status;
}
