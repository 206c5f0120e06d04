// SPDX-License-Identifier: GPL-3.0-or-later
// What a teacher asks before a class: all that is wrong with a file of lessons, in one go.
//
// The text first, of all files: nothing is run while one of them has a fault. Then lab_run() for the experiments, and
// lab_judge_file() for starter and answer of every task.
#include "lab/check.h"

#include "lab/base/file.h"
#include "lab/base/text.h"
#include "lab/book/assignments.h"
#include "lab/book/lessons.h"
#include "lab/judge.h"
#include "lab/run.h"

#include "net/base/plain.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FILE_BYTES_MAX = 16 << 20 };

static int complain(const struct lab_check_spec *spec, const char *sentence)
{
    fprintf(spec->err, "tcplab: %s\n", net_message(sentence));
    return LAB_RUN_COULD_NOT;
}

static int worse(int a, int b)
{
    return a > b ? a : b;
}

/* ---- the text ---- */

static int tell_faults(const struct lab_check_spec *spec, struct lab_faults *faults)
{
    int status = faults->count ? LAB_RUN_COULD_NOT : LAB_RUN_HELD;
    for (size_t i = 0; i < faults->count; i++) {
        const struct lab_fault *fault = &faults->items[i];
        char file[300];
        snprintf(file, sizeof file, "%s", fault->file);
        net_plain(file, sizeof file);
        fprintf(spec->out, "%s:%d:%d: %s\n", file, fault->line, fault->column, fault->text);
    }
    lab_faults_fini(faults);
    return status;
}

/* path NULL: the built-in ones. */
static int check_text(const struct lab_check_spec *spec, const char *path)
{
    struct lab_lessons lessons = {0};
    struct lab_faults faults = {0};
    struct net_error err;
    size_t bytes = lab_lessons_bytes;
    FILE *in = path ? lab_file_open(path, false, &err) : NULL;
    char *text = !path ? strndup(lab_lessons_text, bytes)
                 : in  ? lab_file_text(in, path, FILE_BYTES_MAX, &bytes, &err)
                       : NULL;
    if (in)
        fclose(in);
    if (!text)
        return complain(spec, path ? err.text : "no memory for the lessons");
    int result = lab_lessons_check(path ? path : "LESSONS.md", text, bytes, &lessons, &faults, &err);
    free(text);
    lab_lessons_fini(&lessons);
    int status = tell_faults(spec, &faults);
    return result < 0 ? complain(spec, err.text) : status;
}

/* Each translation that lies beside it: its structure, and the words that go into scripts. */
static int check_translations(const struct lab_check_spec *spec, const char *path)
{
    struct lab_paths files = {0};
    struct net_error err;
    int status = LAB_RUN_HELD;
    if (lab_lessons_translations(path, &files, &err) < 0)
        status = complain(spec, err.text);
    for (size_t i = 0; i < files.count; i++) {
        struct lab_lessons lessons = {0};
        struct lab_faults faults = {0};
        if (lab_lessons_check_translation(path, files.items[i], &lessons, &faults, &err) < 0)
            status = complain(spec, err.text);
        lab_lessons_fini(&lessons);
        status = worse(status, tell_faults(spec, &faults));
    }
    lab_paths_fini(&files);
    return status;
}

/* ---- what it claims ---- */

/* In a process of its own, which keeps itself from all files but those of lessons (net/base/confine.h). */
static int run_all(const struct lab_check_spec *spec, const char *path)
{
    const struct lab_run_spec run = {.mode = spec->mode,
                                     .bind_ip = spec->bind_ip,
                                     .lessons_file = path,
                                     .lessons_only = true,
                                     .all_lessons = true,
                                     .limit_ns = spec->limit_ns,
                                     .quiet = spec->quiet,
                                     .tells_judged = true,
                                     .out = spec->out,
                                     .err = spec->err};
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        int result = lab_run(&run);
        fflush(NULL);
        _exit(result);
    }
    int status = 0;
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    if (child > 0 && WIFEXITED(status))
        return WEXITSTATUS(status);
    return child > 0 ? 128 + WTERMSIG(status) : complain(spec, "there is no process to be had for the experiments");
}

static const char *reason_of(const json_t *judgement)
{
    const char *reason = json_string_value(json_object_get(judgement, "reason"));
    if (!reason || !*reason)
        reason = json_string_value(json_object_get(judgement, "error"));
    return reason && *reason ? reason : _("every expectation held");
}

/* The starter has to fail, the answer to pass. */
static void tell_part(const struct lab_check_spec *spec, const struct lab_judge_spec *judge, bool is_starter,
                      bool is_judged, const char *reason)
{
    const char *lesson = judge->lesson->number, *task = judge->assignment->name;
    if (!is_judged)
        fprintf(spec->out,
                is_starter ? _("FAILED   %s/%s: the starter could not be judged: %s\n")
                           : _("FAILED   %s/%s: the answer could not be judged: %s\n"),
                lesson, task, reason);
    else
        fprintf(spec->out,
                is_starter ? _("FAILED   %s/%s: the starter passes, and it should not: %s\n")
                           : _("FAILED   %s/%s: the answer does not pass: %s\n"),
                lesson, task, reason);
}

/* One program of a task, written and judged; what is wrong with the verdict is told. */
static int judge_part(const struct lab_check_spec *spec, const struct lab_judge_spec *judge, bool is_starter)
{
    const char *program = is_starter ? judge->assignment->starter : judge->assignment->answer;
    int expected = is_starter ? LAB_RUN_FAILED : LAB_RUN_HELD;
    FILE *file = fopen(judge->file, "w");
    bool is_written = file && fputs(program, file) >= 0;
    if (!file || fclose(file) != 0 || !is_written)
        return complain(spec, "a program of a task cannot be written into the folder for temporary files");
    json_t *judgement = lab_judge_file(judge);
    int status = (int)json_integer_value(json_object_get(judgement, "status"));
    char reason[600];
    snprintf(reason, sizeof reason, "%s", reason_of(judgement));
    net_plain(reason, sizeof reason);
    if (status == LAB_RUN_COULD_NOT || !judgement || status != expected)
        tell_part(spec, judge, is_starter, status != LAB_RUN_COULD_NOT && judgement, reason);
    json_decref(judgement);
    return status == expected ? LAB_RUN_HELD : status == LAB_RUN_COULD_NOT ? status : LAB_RUN_FAILED;
}

static int judge_task(const struct lab_check_spec *spec, const struct lab_lesson *lesson,
                      const struct lab_assignment *assignment, const char *file)
{
    const struct lab_judge_spec judge = {.mode = spec->mode,
                                         .bind_ip = spec->bind_ip,
                                         .lesson = lesson,
                                         .assignment = assignment,
                                         .file = file,
                                         .seed = 1,
                                         .limit_ns = spec->limit_ns};
    int status = judge_part(spec, &judge, true);
    status = worse(status, judge_part(spec, &judge, false));
    if (status == LAB_RUN_HELD && !spec->quiet)
        fprintf(spec->out, _("ok       %s/%s: the starter fails, the answer passes\n"), lesson->number,
                assignment->name);
    fflush(spec->out);
    return status;
}

static int judge_tasks(const struct lab_check_spec *spec, struct lab_lessons *lessons)
{
    struct net_error err;
    const char *under = getenv("TMPDIR");
    char folder[200], file[220];
    int status = LAB_RUN_HELD;
    snprintf(folder, sizeof folder, "%s/tcplab-check.XXXXXX", under && *under == '/' ? under : "/tmp");
    if (!mkdtemp(folder))
        return complain(spec, "there is no folder for temporary files: set TMPDIR");
    snprintf(file, sizeof file, "%s/yours.c", folder);
    for (size_t i = 0; i < lessons->lesson_count; i++) {
        if (lab_lessons_open(lessons, i, &err) < 0)
            status = complain(spec, err.text);
        const struct lab_lesson *lesson = &lessons->lessons[i];
        for (size_t t = 0; t < lesson->assignment_count; t++)
            status = worse(status, judge_task(spec, lesson, &lesson->assignments[t], file));
    }
    unlink(file);
    rmdir(folder);
    return status;
}

static int check_claims(const struct lab_check_spec *spec, const char *path)
{
    struct lab_lessons lessons = {0};
    struct net_error err;
    int status = run_all(spec, path);
    if (status > LAB_RUN_COULD_NOT)
        return status;
    if ((path ? lab_lessons_load(path, NULL, &lessons, &err) : lab_lessons_embedded(NULL, &lessons, &err)) < 0)
        return complain(spec, err.text);
    status = worse(status, judge_tasks(spec, &lessons));
    lab_lessons_fini(&lessons);
    return status;
}

/* ---- all of them ---- */

static int check_all(const struct lab_check_spec *spec, const char *const *paths, size_t count)
{
    int status = LAB_RUN_HELD;
    for (size_t i = 0; i < count; i++)
        status = worse(status, check_text(spec, paths[i]));
    for (size_t i = 0; i < count && status == LAB_RUN_HELD; i++)
        status = worse(status, check_translations(spec, paths[i]));
    for (size_t i = 0; i < count && status == LAB_RUN_HELD; i++)
        status = worse(status, check_claims(spec, paths[i]));
    return status;
}

int lab_check(const struct lab_check_spec *spec)
{
    static const char *const embedded[] = {NULL};
    struct lab_paths files = {0};
    struct net_error err;
    int status = LAB_RUN_HELD;
    if (spec->path_count == 0)
        return check_all(spec, embedded, 1);
    for (size_t i = 0; i < spec->path_count; i++)
        if (lab_lessons_files(spec->paths[i], &files, &err) < 0)
            status = complain(spec, err.text);
    if (status == LAB_RUN_HELD)
        status = check_all(spec, (const char *const *)files.items, files.count);
    lab_paths_fini(&files);
    return status;
}
