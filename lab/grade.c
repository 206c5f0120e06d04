// SPDX-License-Identifier: GPL-3.0-or-later
// What the judges have said, in words, as a table, and kept.
#include "lab/grade.h"

#include "lab/base/columns.h"
#include "lab/book/answers.h"
#include "lab/judge.h"

#include "net/base/message.h"
#include "net/base/names.h"
#include "net/base/plain.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PASSED, FAILED, COULD_NOT };

struct grading {
    const struct lab_grade_spec *spec;
    struct lab_lessons lessons;
    const struct lab_lesson *lesson;
    const struct lab_assignment *assignment;
    uint64_t seed;
};

static int complain(FILE *err, const char *sentence)
{
    fprintf(err, "tcplab: %s\n", net_message(sentence));
    return COULD_NOT;
}

static int load(const struct lab_grade_spec *spec, struct lab_lessons *out)
{
    struct net_error error;
    const char *file = spec->lessons_file, *language = spec->language;
    if ((file ? lab_lessons_load(file, language, out, &error) : lab_lessons_embedded(language, out, &error)) == 0)
        return 0;
    complain(spec->err, error.text);
    return -1;
}

static const char *text_of(const json_t *judgement, const char *key)
{
    const char *text = json_string_value(json_object_get(judgement, key));
    return text ? text : "";
}

static int status_of(const json_t *judgement)
{
    return (int)json_integer_value(json_object_get(judgement, "status"));
}

/* As tables have it that programs read; whoever shows it to a person looks it up. */
static const char *verdict_of(const json_t *judgement)
{
    static const char *const verdicts[] = {N_("passed"), N_("failed"), N_("not judged")};
    int status = status_of(judgement);
    return verdicts[status >= PASSED && status <= COULD_NOT ? status : COULD_NOT];
}

/* The reason in words; without one, what was seen. */
static const char *reason_of(const json_t *judgement)
{
    const char *reason = text_of(judgement, "reason");
    return *reason ? reason : text_of(judgement, "error");
}

/* ---- one program ---- */

static void show(const json_t *judgement, FILE *out)
{
    const json_t *each;
    size_t i;
    fprintf(out, _("%s  %s  seed %lld\n"), text_of(judgement, "task"), text_of(judgement, "file"),
            (long long)json_integer_value(json_object_get(judgement, "seed")));
    json_array_foreach(json_object_get(judgement, "expectations"), i, each)
    {
        fprintf(out, "  %s  %s\n", json_is_true(json_object_get(each, "held")) ? _("ok    ") : _("FAILED"),
                text_of(each, "text"));
    }
    if (*text_of(judgement, "error"))
        fprintf(out, _("  seen    %s\n"), text_of(judgement, "error"));
    if (*text_of(judgement, "reason"))
        fprintf(out, _("  reason  %s\n"), text_of(judgement, "reason"));
    json_array_foreach(json_object_get(judgement, "notes"), i, each)
    {
        fprintf(out, _("  note    %s\n"), json_string_value(each));
    }
    fprintf(out, "%s\n", _(verdict_of(judgement)));
    if (*text_of(judgement, "run"))
        fprintf(out, _("the run is kept: tcplab open %s\n"), text_of(judgement, "run"));
}

static bool make_folders(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        int result = mkdir(path, 0700);
        *slash = '/';
        if (result < 0 && errno != EEXIST)
            return false;
    }
    return mkdir(path, 0700) == 0 || errno == EEXIST;
}

static bool copy_into(const char *from, int out)
{
    char block[65536];
    ssize_t n = -1;
    int in = open(from, O_RDONLY | O_CLOEXEC);
    while (in >= 0 && (n = read(in, block, sizeof block)) > 0)
        if (write(out, block, (size_t)n) != n) {
            n = -1;
            break;
        }
    if (in >= 0)
        close(in);
    return n == 0;
}

/* Keep the source under the next number that is free; run becomes where its run may be kept, "" nowhere. */
static void keep_answer(const struct grading *g, char *run, size_t room)
{
    enum { ANSWERS_MOST = 10000 };
    char folder[PATH_MAX - 40], path[PATH_MAX];
    struct stat status;
    struct net_error err;
    *run = '\0';
    if (stat(g->spec->path, &status) < 0)
        return;
    if (lab_answers_folder(g->lesson, g->assignment, folder, sizeof folder, &err) < 0) {
        fprintf(g->spec->err, "tcplab: %s\n", err.text);
        return;
    }
    for (int n = 1; n < ANSWERS_MOST; n++) {
        const char *dot = strrchr(g->spec->path, '.');
        bool is_c = S_ISREG(status.st_mode) && dot && strcmp(dot, ".c") == 0;
        snprintf(path, sizeof path, "%s/%d%s", folder, n, is_c ? ".c" : "");
        int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (fd < 0 && errno == EEXIST)
            continue;
        if (fd < 0)
            return;
        if (S_ISREG(status.st_mode) && !copy_into(g->spec->path, fd))
            fprintf(g->spec->err, _("tcplab: the answer could not be kept as %s\n"), path);
        close(fd);
        snprintf(run, room, "%s/%d.tcplab", folder, n);
        return;
    }
}

static void put_progress(const struct grading *g, bool passed)
{
    struct net_error err;
    char key[80];
    struct lab_progress *progress = lab_progress_load_for(g->spec->learner, &g->lessons, NULL);
    lab_assignment_key(g->assignment, key, sizeof key);
    const struct lab_done *before = lab_progress_get(progress, g->lesson->number, key);
    struct lab_done done = {.run = true, .held = passed || (before && before->held)};
    if (lab_progress_put(progress, g->lesson->number, key, &done, &err) < 0)
        complain(g->spec->err, err.text);
    lab_progress_free(progress);
}

static json_t *judge(const struct grading *g, const char *file, const char *run)
{
    const struct lab_judge_spec spec = {.mode = g->spec->mode,
                                        .bind_ip = g->spec->bind_ip,
                                        .lesson = g->lesson,
                                        .assignment = g->assignment,
                                        .file = file,
                                        .seed = g->seed,
                                        .limit_ns = g->spec->limit_ns,
                                        .saved = run && *run ? run : NULL};
    return lab_judge_file(&spec);
}

static int grade_one(const struct grading *g)
{
    char run[PATH_MAX];
    keep_answer(g, run, sizeof run);
    json_t *judgement = judge(g, g->spec->path, run);
    if (!judgement)
        return complain(g->spec->err, "no memory for a judgement");
    int status = status_of(judgement);
    if (g->spec->json) {
        json_dumpf(judgement, g->spec->out, JSON_COMPACT);
        fputc('\n', g->spec->out);
    } else {
        show(judgement, g->spec->out);
    }
    if (status != COULD_NOT)
        put_progress(g, status == PASSED);
    json_decref(judgement);
    return status;
}

/* ---- many ---- */

static bool is_submission(const char *folder, const struct dirent *entry)
{
    char path[PATH_MAX];
    struct stat status;
    const char *dot = strrchr(entry->d_name, '.');
    if (*entry->d_name == '.')
        return false;
    snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
    return stat(path, &status) == 0 && (S_ISDIR(status.st_mode) || (dot && strcmp(dot, ".c") == 0));
}

/* RFC 4180: quoted, with quotes doubled. A field that a spreadsheet would take for a formula begins with a quote. */
static void put_csv(FILE *out, const char *text, const char *end)
{
    fputc('"', out);
    if (*text && strchr("=+-@", *text))
        fputc('\'', out);
    for (; *text; text++) {
        if (*text == '"')
            fputc('"', out);
        fputc(*text, out);
    }
    fprintf(out, "\"%s", end);
}

/* A column of a table, with the two blanks behind it. */
static void put_padded(FILE *out, const char *text, int columns)
{
    int own = lab_columns(text);
    fprintf(out, "%s%*s", text, own < columns ? columns - own + 2 : 2, "");
}

static void show_row(const struct lab_grade_spec *spec, const char *name, const json_t *judgement)
{
    const char *reason = status_of(judgement) == PASSED ? "" : reason_of(judgement);
    if (spec->json) {
        json_dumpf(judgement, spec->out, JSON_COMPACT);
        fputc('\n', spec->out);
    } else if (spec->csv) {
        put_csv(spec->out, name, ",");
        put_csv(spec->out, verdict_of(judgement), ",");
        put_csv(spec->out, reason, ",");
        put_csv(spec->out, text_of(judgement, "run"), "\r\n");
    } else {
        char plain[NAME_MAX + 1];
        snprintf(plain, sizeof plain, "%s", name);
        net_plain(plain, sizeof plain);
        put_padded(spec->out, plain, 24);
        put_padded(spec->out, _(verdict_of(judgement)), 10);
        fprintf(spec->out, "%s\n", reason);
    }
    fflush(spec->out);
}

static int grade_entry(const struct grading *g, const char *runs, const char *name)
{
    char path[PATH_MAX], run[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", g->spec->path, name);
    snprintf(run, sizeof run, "%s/%s.tcplab", runs, name);
    json_t *judgement = judge(g, path, run);
    if (!judgement)
        return complain(g->spec->err, "no memory for a judgement");
    int status = status_of(judgement);
    show_row(g->spec, name, judgement);
    json_decref(judgement);
    return status;
}

static int grade_folder(const struct grading *g)
{
    struct dirent **entries;
    char runs[PATH_MAX - NAME_MAX - 20];
    int count = scandir(g->spec->path, &entries, NULL, alphasort), worst = PASSED, graded = 0;
    if (count < 0)
        return complain(g->spec->err, "the folder cannot be read");
    if (g->spec->runs)
        snprintf(runs, sizeof runs, "%s", g->spec->runs);
    else
        snprintf(runs, sizeof runs, "graded-%s-%s-%" PRIx64, g->lesson->number, g->assignment->name, g->seed);
    if (!make_folders(runs))
        fprintf(g->spec->err, _("tcplab: the runs are not kept: %s: %s\n"), runs, net_errno_text(errno));
    if (g->spec->csv)
        fputs("submission,verdict,reason,run\r\n", g->spec->out);
    else if (!g->spec->json)
        fprintf(g->spec->out, _("%s/%s  seed %llu, runs in %s\n"), g->lesson->number, g->assignment->name,
                (unsigned long long)g->seed, runs);
    for (int i = 0; i < count; i++) {
        if (is_submission(g->spec->path, entries[i])) {
            int status = grade_entry(g, runs, entries[i]->d_name);
            worst = status > worst ? status : worst;
            graded++;
        }
        free(entries[i]);
    }
    free(entries);
    return graded ? worst : complain(g->spec->err, "there is no submission in that folder: no .c file, and no folder");
}

/* ---- what is wrong with it ---- */

static int grade_culprit(const struct grading *g)
{
    const struct lab_grade_spec *spec = g->spec;
    if (!g->assignment->is_mystery)
        return complain(spec->err, "--line and --call are for a mystery: this task takes a program");
    bool is_found = (!spec->line || lab_culprit_has_line(g->assignment, atoi(spec->line))) &&
                    (!spec->call || lab_culprit_has_call(g->assignment, spec->call));
    put_progress(g, is_found);
    if (spec->json)
        fprintf(spec->out, "{\"task\":\"%s/%s\",\"status\":%d,\"passed\":%s}\n", g->lesson->number, g->assignment->name,
                is_found ? PASSED : FAILED, is_found ? "true" : "false");
    else
        fputs(is_found ? _("passed: that is where it goes wrong\n")
                       : _("failed: it does not go wrong there; run it in the lab, and look at what the kernel does\n"),
              spec->out);
    return is_found ? PASSED : FAILED;
}

static bool is_folder_of_submissions(const char *path)
{
    static const char *const names[] = {"Makefile", "makefile", "GNUmakefile"};
    char makefile[PATH_MAX];
    struct stat status;
    if (stat(path, &status) < 0 || !S_ISDIR(status.st_mode))
        return false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(makefile, sizeof makefile, "%s/%s", path, names[i]);
        if (access(makefile, F_OK) == 0)
            return false;
    }
    return true;
}

static uint64_t random_seed(void)
{
    uint32_t seed = 1;
    if (getrandom(&seed, sizeof seed, 0) < 0)
        seed = (uint32_t)net_now_ns();
    return seed;
}

int lab_grade(const struct lab_grade_spec *spec)
{
    struct grading g = {.spec = spec, .seed = spec->has_seed ? spec->seed : random_seed()};
    struct net_error err;
    int status;
    if (load(spec, &g.lessons) < 0)
        return COULD_NOT;
    if (lab_assignment_find(&g.lessons, spec->task, &g.lesson, &g.assignment, &err) < 0)
        status = complain(spec->err, err.text);
    else if (!spec->path)
        status = grade_culprit(&g);
    else if (is_folder_of_submissions(spec->path))
        status = grade_folder(&g);
    else
        status = grade_one(&g);
    lab_lessons_fini(&g.lessons);
    return status;
}

/* ---- tasks ---- */

static void list_one(const struct lab_lesson *lesson, const struct lab_assignment *a, const struct lab_done *done,
                     bool json, FILE *out)
{
    const char *how = !done ? "" : done->held ? _("passed") : _("tried");
    char name[80];
    snprintf(name, sizeof name, "%s/%s", lesson->number, a->name);
    if (json) {
        json_t *all = json_pack("{s:s, s:s, s:b, s:b, s:b}", "task", name, "summary", a->summary, "mystery",
                                a->is_mystery, "tried", done != NULL, "passed", done && done->held);
        json_dumpf(all, out, JSON_COMPACT);
        fputc('\n', out);
        json_decref(all);
    } else {
        int columns = lab_columns(how);
        fprintf(out, "%-22s %s%*s  %s\n", name, how, columns < 7 ? 7 - columns : 0, "", a->summary);
    }
}

int lab_tasks_list(const struct lab_grade_spec *spec)
{
    struct lab_lessons lessons;
    struct net_error error;
    char key[80];
    if (load(spec, &lessons) < 0)
        return COULD_NOT;
    struct lab_progress *progress = lab_progress_load_for(spec->learner, &lessons, NULL);
    int status = 0;
    for (size_t i = 0; i < lessons.lesson_count && status == 0; i++) {
        if (lab_lessons_open(&lessons, i, &error) < 0)
            status = complain(spec->err, error.text);
        const struct lab_lesson *lesson = &lessons.lessons[i];
        for (size_t t = 0; status == 0 && t < lesson->assignment_count; t++) {
            const struct lab_assignment *a = &lesson->assignments[t];
            list_one(lesson, a, lab_progress_get(progress, lesson->number, lab_assignment_key(a, key, sizeof key)),
                     spec->json, spec->out);
        }
    }
    lab_progress_free(progress);
    lab_lessons_fini(&lessons);
    return status;
}

static void print_text(const struct lab_assignment *a, FILE *out)
{
    for (size_t i = 1; i < a->block_count; i++) {
        const struct lab_block *block = &a->blocks[i];
        if (block->kind == LAB_CODE || block->is_note)
            continue;
        if (block->kind == LAB_ITEM)
            fputs("- ", out);
        for (size_t s = 0; s < block->span_count; s++)
            fputs(block->spans[s].text, out);
        fputs("\n\n", out);
    }
}

static int print_answer(const struct grading *g)
{
    char key[80];
    struct lab_progress *progress = lab_progress_load_for(g->spec->learner, &g->lessons, NULL);
    bool is_tried = lab_progress_get(progress, g->lesson->number, lab_assignment_key(g->assignment, key, sizeof key)) !=
                    NULL;
    lab_progress_free(progress);
    if (!is_tried)
        return complain(g->spec->err,
                        "try it first: the answer is shown when `tcplab grade` has seen a program of yours");
    fputs(g->assignment->answer, g->spec->out);
    return 0;
}

static int begin_own(const struct grading *g)
{
    char path[PATH_MAX];
    struct net_error err;
    if (lab_answers_begin(g->lesson, g->assignment, path, sizeof path, &err) < 0)
        return complain(g->spec->err, err.text);
    fprintf(g->spec->out, "%s\n", path);
    return 0;
}

static int print_part(const struct grading *g, enum lab_task_part part, size_t hints)
{
    const struct lab_assignment *a = g->assignment;
    switch (part) {
    case LAB_TASK_TEXT: print_text(a, g->spec->out); return 0;
    case LAB_TASK_STARTER: fputs(a->starter, g->spec->out); return 0;
    case LAB_TASK_HINTS:
        for (size_t i = 0; i < a->hint_count && i < hints; i++)
            fprintf(g->spec->out, "%zu. %s\n", i + 1, a->hints[i]);
        return 0;
    case LAB_TASK_BEGIN: return begin_own(g);
    case LAB_TASK_ANSWER: break;
    }
    return print_answer(g);
}

int lab_task_print(const struct lab_grade_spec *spec, enum lab_task_part part, size_t hints)
{
    struct grading g = {.spec = spec};
    struct net_error error;
    if (load(spec, &g.lessons) < 0)
        return COULD_NOT;
    int status = lab_assignment_find(&g.lessons, spec->task, &g.lesson, &g.assignment, &error) < 0
                     ? complain(spec->err, error.text)
                     : print_part(&g, part, hints);
    lab_lessons_fini(&g.lessons);
    return status;
}
