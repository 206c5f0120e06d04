// SPDX-License-Identifier: GPL-3.0-or-later
// The process that judges, and what it sends to the one that asked.
//
// The judging process is forked before anything else is made, writes its judgement into a pipe, and is over. If it
// dies, the pipe ends without one: then the program could not be judged, and that is said. The run is saved in its
// folder and copied by the parent, since the judging process can write nowhere else.
#include "lab/base/file.h"
#include "lab/judge.h"

#include "lab/commands/commands.h"
#include "lab/session/session.h"

#include "net/base/children.h"
#include "net/base/confine.h"
#include "net/base/message.h"
#include "net/base/names.h"
#include "net/base/plain.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const uint64_t LIMIT_NS = 60000000000;
enum { COULD_NOT = 2 };

struct judging {
    const struct lab_judge_spec *spec;
    struct lab_session *session;
    json_t *judgement, *expectations, *notes;
    uint64_t seed; /* of the judge that is at work: each has ports and words of its own */
    char saved[340];
};

static void put_status(struct judging *j, int status, const char *error)
{
    json_object_set_new(j->judgement, "status", json_integer(status));
    json_object_set_new(j->judgement, "passed", json_boolean(status == 0));
    if (error && *error)
        json_object_set_new(j->judgement, "error", json_string(error));
}

static void put_note(struct judging *j, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void put_note(struct judging *j, const char *format, ...)
{
    char sentence[500];
    va_list args;
    va_start(args, format);
    vsnprintf(sentence, sizeof sentence, net_message(format), args);
    va_end(args);
    net_plain(sentence, sizeof sentence);
    json_array_append_new(j->notes, json_string(sentence));
}

/* ---- in the process that judges ---- */

/* What the journal says of expectations since index `from`. */
static void take_expectations(struct judging *j, size_t from)
{
    const struct lab_journal *journal = lab_session_journal(j->session);
    for (size_t i = from; i < lab_journal_count(journal); i++) {
        const struct net_event *ev = lab_journal_at(journal, i);
        if (ev->kind != NET_EV_NOTE ||
            (ev->u.note.kind != LAB_NOTE_EXPECT_HELD && ev->u.note.kind != LAB_NOTE_EXPECT_FAILED))
            continue;
        const char *text = (const char *)ev->data, *end = memchr(text, '\n', ev->data_bytes);
        json_t *string = json_stringn(text, end ? (size_t)(end - text) : ev->data_bytes);
        json_array_append_new(
            j->expectations, json_pack("{s:o*, s:b}", "text", string, "held", ev->u.note.kind == LAB_NOTE_EXPECT_HELD));
    }
}

static const struct lab_actor *find_yours(const struct lab_state *state)
{
    for (size_t i = state->actor_count; i-- > 0;)
        if (strcmp(state->actors[i].name, "yours") == 0)
            return &state->actors[i];
    return NULL;
}

/* A server at another port than the one that it was told. */
static void note_port(struct judging *j, const struct lab_actor *yours)
{
    const struct lab_state *state = lab_session_state(j->session);
    const struct lab_socket *wrong = NULL;
    for (size_t i = 0; i < state->socket_count; i++) {
        const struct lab_socket *s = &state->sockets[i];
        if (s->owner_actor != yours->id || s->now.state != NET_STATE_LISTEN)
            continue;
        if (s->now.local_port == lab_judge_port(j->seed))
            return;
        wrong = s;
    }
    if (wrong)
        put_note(j, "it listens at port %u, and was told to listen at port %u", wrong->now.local_port,
                 lab_judge_port(j->seed));
}

/* What else is known of a program that failed. */
static void take_notes(struct judging *j)
{
    const struct lab_actor *yours = find_yours(lab_session_state(j->session));
    if (!yours)
        return;
    if (!yours->alive && yours->end.how == NET_END_SIGNAL)
        put_note(j, "it was ended by %s", net_signal_name(yours->end.signo));
    else if (!yours->alive)
        put_note(j, "it has ended, with status %d", yours->end.status);
    else
        note_port(j, yours);
}

static bool is_over(const struct lab_session *s)
{
    enum lab_script_state state = lab_session_script_state(s);
    return state == LAB_SCRIPT_DONE || state == LAB_SCRIPT_FAILED || state == LAB_SCRIPT_NONE ||
           lab_session_quit_asked(s);
}

static bool is_told_to_end(void)
{
    return (net_signal_taken() & (UINT64_C(1) << SIGINT | UINT64_C(1) << SIGTERM | UINT64_C(1) << SIGHUP)) != 0;
}

/* False: it took too long, or somebody wants this to end. */
static bool carry_out(struct judging *j)
{
    uint64_t deadline_ns = net_now_ns() + (j->spec->limit_ns ? j->spec->limit_ns : LIMIT_NS);
    while (!is_over(j->session)) {
        lab_session_wait(j->session, -1, deadline_ns);
        if (is_told_to_end() || lab_session_broken(j->session)) {
            put_status(j, COULD_NOT, _("it was interrupted"));
            return false;
        }
        if (!is_over(j->session) && net_now_ns() >= deadline_ns) {
            put_status(j, 1, _("the experiment was not over in its time: --limit gives it more"));
            return false;
        }
    }
    lab_session_poll(j->session);
    return true;
}

/* The judge has spoken. */
static bool take_verdict(struct judging *j)
{
    const struct lab_session *s = j->session;
    if (lab_session_script_skipped(s)) {
        put_status(j, COULD_NOT, lab_session_script_error(s)->text);
        return false;
    }
    if (lab_session_script_state(s) == LAB_SCRIPT_DONE)
        return true;
    /* There is no wire, no compiler, or none of the files: nobody's fault but the machine's. */
    const int code = lab_session_script_error(s)->code;
    bool is_machine = code == ENODEV || (code == ENOENT && !find_yours(lab_session_state(s)));
    put_status(j, is_machine ? COULD_NOT : 1, lab_session_script_error(s)->text);
    if (*lab_session_script_reason(s))
        json_object_set_new(j->judgement, "reason", json_string(lab_session_script_reason(s)));
    take_notes(j);
    return false;
}

/* One judge; false: there is no need for the others. */
static bool run_judge(struct judging *j, size_t i)
{
    const struct lab_judge *judge = &j->spec->assignment->judges[i];
    struct lab_place place = {.file = "LESSONS.md", .line = judge->line, .column = 1, .from = LAB_FROM_SCRIPT};
    struct net_error err;
    j->seed = j->spec->seed + i;
    char *script = lab_judge_script(judge->script, j->spec->file, j->seed);
    bool goes_on = false;
    size_t from = lab_journal_count(lab_session_journal(j->session));
    if (!script || (i > 0 && lab_session_clear(j->session, &err) < 0) ||
        lab_session_start_script(j->session, script, &place, false, false, &err) < 0)
        put_status(j, COULD_NOT, script ? err.text : _("no memory"));
    else if (carry_out(j))
        goes_on = take_verdict(j);
    take_expectations(j, from);
    free(script);
    return goes_on;
}

static void judge_all(struct judging *j)
{
    struct lab_session_spec spec = {.language = &lab_language,
                                    .mode = j->spec->mode,
                                    .bind_ip = j->spec->bind_ip,
                                    .headless = true,
                                    .yours = j->spec->file};
    struct net_error err;
    j->session = lab_session_open(&spec, &err);
    if (!j->session) {
        put_status(j, COULD_NOT, err.text);
        return;
    }
    put_status(j, 0, NULL);
    for (size_t i = 0; i < j->spec->assignment->judge_count; i++)
        if (!run_judge(j, i))
            break;
    const struct lab_file_wish wish = {.name = j->saved, .reach = LAB_REACH_USER, .replace = true, .headless = true};
    if (lab_journal_save(lab_session_journal(j->session), lab_session_start_ns(j->session),
                         net_mode_name(lab_session_engine(j->session)->hosts.mode), &wish, NULL, &err) < 0)
        put_note(j, "the run is not saved: %s", err.text);
    lab_session_close(j->session);
}

/* ---- between the two ---- */

static json_t *new_judgement(const struct lab_judge_spec *spec)
{
    char task[100];
    snprintf(task, sizeof task, "%s/%s", spec->lesson->number, spec->assignment->name);
    json_t *file = json_string(spec->file);
    return json_pack("{s:o, s:s, s:I, s:i, s:b}", "file", file ? file : json_string("?"), "task", task, "seed",
                     (json_int_t)spec->seed, "status", COULD_NOT, "passed", 0);
}

/* In the new process, which does nothing else. */
static _Noreturn void be_judge(const struct lab_judge_spec *spec, const char *folder, int out)
{
    struct judging j = {
        .spec = spec, .judgement = new_judgement(spec), .expectations = json_array(), .notes = json_array()};
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    snprintf(j.saved, sizeof j.saved, "%s/run", folder);
    setenv("TMPDIR", folder, 1);
    if (net_confine(NET_CONFINED_LAB, folder) < 0)
        put_note(&j, "this kernel cannot keep it to a folder (no Landlock): it could write where you may");
    judge_all(&j);
    json_object_set_new(j.judgement, "expectations", j.expectations);
    json_object_set_new(j.judgement, "notes", j.notes);
    json_dumpfd(j.judgement, out, JSON_COMPACT);
    net_children_end();
    _exit(0);
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *where)
{
    (void)status;
    (void)kind;
    (void)where;
    return remove(path);
}

/* Never over what is there: a run that was kept is kept. */
static bool copy(const char *from, const char *to)
{
    char block[65536];
    ssize_t n = -1;
    int in = open(from, O_RDONLY | O_CLOEXEC),
        out = in < 0 ? -1 : open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    while (out >= 0 && (n = read(in, block, sizeof block)) > 0)
        if (write(out, block, (size_t)n) != n)
            break;
    if (in >= 0)
        close(in);
    if (out >= 0 && close(out) < 0)
        n = -1;
    return n == 0;
}

static json_t *listen_to(const struct lab_judge_spec *spec, int in, pid_t judge)
{
    FILE *file = fdopen(in, "r");
    json_t *judgement = file ? json_loadf(file, 0, NULL) : NULL;
    if (file)
        fclose(file);
    else
        close(in);
    while (waitpid(judge, NULL, 0) < 0 && errno == EINTR)
        ;
    if (judgement)
        return judgement;
    judgement = new_judgement(spec);
    json_object_set_new(judgement, "error", json_string(_("the lab that judged it has ended without a judgement")));
    return judgement;
}

json_t *lab_judge_file(const struct lab_judge_spec *given)
{
    struct lab_judge_spec spec = *given;
    const char *under = getenv("TMPDIR");
    char folder[300], saved[320], *whole = realpath(spec.file, NULL);
    int ends[2];
    json_t *judgement;
    snprintf(folder, sizeof folder, "%s/tcplab-judge.XXXXXX", under && *under == '/' ? under : "/tmp");
    if (!whole || !mkdtemp(folder) || pipe2(ends, O_CLOEXEC) < 0) {
        judgement = new_judgement(&spec);
        char why[400];
        snprintf(why, sizeof why, _("cannot begin with %.100s: %s"), spec.file, net_errno_text(errno));
        json_object_set_new(judgement, "error", json_string(why));
        free(whole);
        return judgement;
    }
    spec.file = whole;
    fflush(NULL);
    pid_t judge = fork();
    if (judge == 0)
        be_judge(&spec, folder, ends[1]);
    close(ends[1]);
    spec.file = given->file;
    judgement = listen_to(&spec, ends[0], judge);
    json_object_set_new(judgement, "file", json_string(given->file));
    snprintf(saved, sizeof saved, "%s/run", folder);
    if (spec.saved && copy(saved, spec.saved))
        json_object_set_new(judgement, "run", json_string(spec.saved));
    nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    free(whole);
    return judgement;
}
