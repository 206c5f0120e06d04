// SPDX-License-Identifier: GPL-3.0-or-later
// The command language without a lab: the table, reading, errors with their place, questions, hints.
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "lab/commands/commands.h"
#include "lab/language/condition.h"
#include "lab/language/hint.h"
#include "lab/language/start.h"
#include "lab/session/session.h"
#include "net/data/call.h"
#include "net/actor/hand.h"

/* ---- the table ---- */

static void every_row_is_whole(void **state)
{
    const struct lab_row *row;
    (void)state;
    for (size_t i = 0; (row = lab_row_at(&lab_language, i)); i++) {
        assert_non_null(row->words);
        assert_non_null(row->run);
        assert_true(*row->words && *row->help && row->group < LAB_GROUPS);
        assert_true((row->slots[0].kind == LAB_SLOT_START) == (row->start != NULL));
        bool optional = false;
        for (size_t s = 0; s < LAB_SLOTS && row->slots[s].kind; s++) {
            assert_true(row->slots[s].name || row->slots[s].words);
            assert_false(optional && !row->slots[s].optional); /* after an optional word none can be demanded */
            optional |= row->slots[s].optional;
        }
    }
}

/* Each row once, group after group. */
static void the_help_has_every_row(void **state)
{
    const struct lab_row *row, *before = NULL;
    size_t count = 0, all = 0;
    (void)state;
    while (lab_row_at(&lab_language, all))
        all++;
    for (; (row = lab_row_in_help(&lab_language, count)); before = row, count++)
        assert_true(!before || before->group == row->group || before->group + 1 == row->group);
    assert_int_equal(count, all);
    assert_int_equal(before->group, LAB_GROUPS - 1);
    for (unsigned group = 0; group < LAB_GROUPS; group++)
        assert_true(*lab_group_title(group));
}

/* Rows of the same words are tried in order, so they have to stand beside each other. */
static void rows_of_the_same_words_stand_together(void **state)
{
    const struct lab_row *row, *before = NULL, *earlier;
    (void)state;
    for (size_t i = 0; (row = lab_row_at(&lab_language, i)); before = row, i++)
        for (size_t k = 0; k + 1 < i && (earlier = lab_row_at(&lab_language, k)); k++)
            if (lab_row_repeats(row, earlier))
                assert_true(lab_row_repeats(row, before));
}

static void forms_show_what_is_taken(void **state)
{
    char text[100];
    (void)state;
    assert_string_equal(lab_row_takes(lab_row_of_verb(&lab_language, "shutdown"), text, sizeof text), "rd|wr|both");
    assert_string_equal(lab_row_takes(lab_row_of_verb(&lab_language, "recv"), text, sizeof text), "[N] [FLAGS]");
    assert_string_equal(lab_row_form(lab_row_of_verb(&lab_language, "close"), text, sizeof text), "HAND[.FD] close");
}

/* ---- reading ---- */

static struct lab_scope scope;
static struct lab_command *commands;
static struct net_error err;
static int column;

static int forget(void **state)
{
    (void)state;
    lab_commands_free(commands);
    commands = NULL;
    lab_scope_fini(&scope);
    return 0;
}

static int setup(void **state)
{
    forget(state);
    lab_scope_add(&scope, "server", false);
    lab_scope_add(&scope, "c1", true);
    return 0;
}

static int read_line(const char *text)
{
    struct lab_place place = {.file = "T", .line = 1, .column = 1, .from = LAB_FROM_PROMPT, .reach = LAB_REACH_USER};
    lab_commands_free(commands);
    commands = NULL;
    memset(&err, 0, sizeof err);
    return lab_command_read(&lab_language, text, &place, &scope, &commands, &column, &err);
}

static void commands_are_joined(void **state)
{
    (void)state;
    assert_int_equal(read_line("hand c2 | c2 connect ; c2.3 send \"a|b\""), 0);
    assert_string_equal(commands->start->name, "c2");
    assert_string_equal(commands->next->actor, "c2");
    assert_int_equal(commands->next->fd, -1);
    assert_int_equal(commands->next->next->fd, 3);
    assert_string_equal(commands->next->next->value[0].text, "a|b");
    assert_string_equal(commands->next->next->text, "c2.3 send \"a|b\"");
    assert_int_equal(commands->next->next->place.column, 24);
    assert_true(commands->next->next->ends_line && !commands->next->ends_line);
    assert_int_equal(read_line("  # nothing"), 0);
    assert_null(commands);
}

static void rows_of_the_same_words(void **state)
{
    (void)state;
    assert_int_equal(read_line("c1 send 3000 bytes"), 0);
    assert_int_equal(commands->value[0].number, 3000);
    assert_int_equal(read_line("c1 send 3000"), 0);
    assert_string_equal(commands->value[0].text, "3000");
    assert_int_equal(read_line("c1 send \"x\" MSG_DONTWAIT+NOSIGNAL"), 0);
    assert_int_equal(commands->value[1].number, NET_MSG_DONTWAIT | NET_MSG_NOSIGNAL);
    assert_int_equal(read_line("wait 200ms"), 0);
    assert_int_equal(commands->value[0].ns, 200000000);
    assert_int_equal(read_line("wait within 5s server recv returns"), 0);
    assert_int_equal(commands->value[0].ns, 5000000000);
    assert_int_equal(commands->condition->kind, LAB_CALL_RETURNS);
    assert_int_equal(read_line("wire duplicate 10%"), 0);
    assert_int_equal(read_line("wire duplicate 10"), 0);
    assert_int_equal(commands->value[1].number, 10);
    assert_int_equal(read_line("wire duplicate #7"), 0);
    assert_int_equal(commands->value[0].number, 7);
}

static void server_and_client_are_both(void **state)
{
    (void)state;
    assert_int_equal(read_line("server single port=7 backlog=3 as process as s9"), 0);
    assert_string_equal(commands->start->program->name, "tcp_server_single");
    assert_string_equal(commands->start->argument[1], "backlog=3");
    assert_int_equal(commands->start->as, NET_AS_PROCESS);
    assert_string_equal(commands->start->name, "s9");
    assert_int_equal(read_line("server fork as thread"), 0);
    assert_int_equal(commands->start->as, NET_AS_THREAD);
    assert_string_equal(commands->start->name, "");
    assert_int_equal(read_line("hand c1 as proces"), -1);
    assert_non_null(strstr(err.text, "did you mean `process`?"));
    assert_int_equal(read_line("server single as threa"), -1);
    assert_int_equal(read_line("server single as three"), 0);
    assert_int_equal(read_line("server single as thread1"), 0);
    assert_int_equal(read_line("hand c1 as c2"), -1);
    assert_int_equal(read_line("server poll repeat=no"), 0);
    assert_int_equal(commands->start->as, NET_AS_USUAL);
    assert_string_equal(commands->start->program->name, "tcp_server_poll");
    assert_int_equal(read_line("server kill"), 0);
    assert_string_equal(commands->actor, "server");
    assert_int_equal(read_line("client hello"), 0);
    assert_string_equal(commands->start->argument[0], "message=hello");
    assert_int_equal(read_line("client \"kill\""), 0);
    assert_string_equal(commands->start->argument[0], "message=kill");
    assert_int_equal(read_line("server single | server2 kill"), 0);
}

static void names_end_with_clear(void **state)
{
    (void)state;
    assert_int_equal(read_line("clear | c1 connect"), -1);
    assert_int_equal(column, 9);
}

struct mistake {
    const char *line;
    int column;
    const char *text; /* a part of the sentence */
};

static void mistakes_are_told(const struct mistake *all, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        setup(NULL);
        if (read_line(all[i].line) == 0)
            fail_msg("`%s` was taken for good", all[i].line);
        if (column != all[i].column || !strstr(err.text, all[i].text))
            fail_msg("`%s`: column %d instead of %d, or the sentence lacks `%s`: %s", all[i].line, column,
                     all[i].column, all[i].text, err.text);
        assert_null(commands);
    }
}

static void a_mistake_has_place_and_nearest(void **state)
{
    static const struct mistake all[] = {
        {"serer single", 1, "did you mean `server`?"},
        {"hand c3 | c3 conect", 14, "did you mean `connect`?"},
        {"c2 connect", 1, "there are server, c1; did you mean `c1`?"},
        {"c1", 3, "a verb is missing"},
        {"c1 frobnicate", 4, "`help` lists the verbs"},
        {"server send \"x\"", 8, "for hands"},
        {"c1.3 kill", 6, "not one of its sockets"},
        {"c1 send", 8, "something is missing"},
        {"c1 send 10 byte", 12, "did you mean `bytes`?"},
        {"c1 recv 10 10", 12, "no flag"},
        {"c1 recv 10 PEEK PEEK", 17, "one word too many"},
        {"c1 recv 10 MSG_PEK", 12, "did you mean `MSG_PEEK`?"},
        {"c1 recv -1", 9, "out of range"},
        {"c1 shutdown write", 13, "rd wr both"},
        {"c1 signal SIGPIP", 11, "did you mean `SIGPIPE`?"},
        {"c1 set SO_LINGR 1 0", 8, "did you mean `SO_LINGER`?"},
        {"c1 set SO_LINGER", 17, "something is missing"},
        {"c1 connect server", 12, "is no address"},
        {"server sngle", 8, "did you mean `single`?"},
        {"server client", 8, "there is no program `client`"},
        {"server single prt=7", 15, "did you mean `port`?"},
        {"server single as", 17, "as what?"},
        {"start single on mars", 17, "the two are server and client"},
        {"hand wire", 6, "a word of the language"},
        {"hand 1c", 6, "a letter first"},
        {"wire", 5, "wire what?"},
        {"wire hodl", 6, "did you mean `hold`?"},
        {"wire loss 200%", 11, "from 0 to 100"},
        {"net srver x", 5, "no host"},
        {"wait 2x", 6, "is no time"},
        {"wait", 5, "something is missing"},
        {"expect within 1s", 17, "a condition"},
        {"hand c3 |", 9, "one is missing after"},
        {"; hand c3", 1, "one is missing before"},
        {"| hand c3", 1, "one is missing before"},
        {"hand c3 | | c3 kill", 11, "one is missing before"},
        {"\"c1\" connect", 1, "not with a text in quotes"},
        {"c1 send \"x", 9, "never closed"},
    };
    (void)state;
    mistakes_are_told(all, sizeof all / sizeof all[0]);
}

/* Nothing of a line is carried out when a later part of it is wrong: it is not even made. */
static void a_line_is_read_whole(void **state)
{
    (void)state;
    assert_int_equal(read_line("hand c3 | hand c4 | c3 nonsense"), -1);
    assert_null(commands);
    assert_int_equal(column, 24);
}

/* ---- conditions ---- */

static const struct lab_condition *condition(const char *text)
{
    char line[200];
    snprintf(line, sizeof line, "expect %s", text);
    if (read_line(line) < 0)
        fail_msg("`%s`: %s", text, err.text);
    return commands->condition;
}

static void conditions_of_calls(void **state)
{
    (void)state;
    assert_int_equal(condition("server recv blocks")->kind, LAB_CALL_BLOCKS);
    assert_int_equal(condition("server recv #2 returns")->nth, 2);
    assert_int_equal(condition("server recv = 0")->number, 0);
    assert_int_equal(condition("server recv = -1 ECONNRESET")->error, 104);
    assert_int_equal(condition("server recv = ECONNRESET")->error, 104);
    assert_int_equal(condition("server recv =-1")->number, -1);
    assert_int_equal(condition("server recv = >0")->compare, LAB_MORE);
    assert_int_equal(condition("server recv >= 3")->compare, LAB_MORE_EQUAL);
    assert_int_equal(condition("c1 recv got \"a\\x00b\"")->byte_count, 3);
    assert_string_equal(condition("c1 recv got \"a\\n\"")->text, "c1 recv got \"a\\n\"");
    assert_int_equal(condition("c1.4 recv = 0")->fd, 4);
    assert_int_equal(condition("c1 recv #2 took >= 1.5s")->number, 1500000000);
    assert_true(condition("c1.3 poll has only IN|HUP")->only);
    assert_int_equal(condition("c1 signal = 0")->kind, LAB_CALL_VALUE);
    assert_int_equal(condition("c1 signal SIGPIPE")->kind, LAB_ACTOR_SIGNAL);
}

static void conditions_of_actors_and_sockets(void **state)
{
    (void)state;
    assert_int_equal(condition("c1.3 state TIME_WAIT")->fd, 3);
    assert_int_equal(condition("c1 was FIN-WAIT-2")->state, NET_STATE_FIN_WAIT2);
    assert_int_equal(condition("c1 state was FIN_WAIT2")->kind, LAB_SOCKET_WAS);
    assert_int_equal(condition("c1 SO_LINGER = 1 5")->option_value.second, 5);
    assert_int_equal(condition("c1 SO_ERROR = ECONNRESET")->number, 104);
    assert_int_equal(condition("c1 SO_RCVTIMEO >= 2s")->number, 2000);
    assert_int_equal(condition("c1 SO_RCVBUF < 5000000000")->compare, LAB_LESS);
    assert_int_equal(condition("c1 TCP_INFO tcpi_rtt<50ms")->number, 50000);
    assert_int_equal(condition("c1.3 send-queue > 0")->kind, LAB_SOCKET_QUEUE);
    assert_int_equal(condition("server ended")->kind, LAB_ACTOR_ENDED);
    assert_true(condition("server ended exit 141")->has_status);
    assert_int_equal(condition("server ended signal SIGPIPE")->error, 13);
    assert_int_equal(condition("children 2 zombie 1")->zombies, 1);
    assert_int_equal(condition("server threads 3")->number, 3);
    assert_true(condition("not server alive")->negated);
}

static void conditions_of_the_wire(void **state)
{
    const struct lab_condition *c;
    (void)state;
    c = condition("segment SYN from client");
    assert_true(c->segments[0].flags_set == NET_SYN && c->segments[0].flags_clear == NET_ACK &&
                c->segments[0].from == NET_CLIENT);
    c = condition("segment SYN+ACK x2");
    assert_true(c->segments[0].flags_set == (NET_SYN | NET_ACK) && lab_condition_bounds(c) && c->number == 2);
    c = condition("segment ACK");
    assert_true(c->segments[0].traits == LAB_SEGMENT_EMPTY);
    assert_true(condition("no segment RST")->negated);
    assert_int_equal(condition("segment")->segments[0].flags_set, 0);
    c = condition("segment FIN to client len>0 win = 0 without PSH+ts then after 50ms within 1s ACK at most 3");
    assert_true(c->segment_count == 2 && c->segments[0].from == NET_SERVER && c->segments[0].claim_count == 3);
    assert_true(c->segments[0].flags_clear == NET_PSH && c->segments[0].claims[2].what == LAB_CLAIM_WITHOUT);
    assert_true(c->segments[1].after_ns == 50000000 && c->segments[1].within_ns == 1000000000);
    assert_true(c->compare == LAB_LESS_EQUAL && c->number == 3);
    assert_true(condition("segment probe at least 2")->compare == LAB_MORE_EQUAL);
    assert_int_equal(condition("sockets server TIME_WAIT 0")->kind, LAB_SOCKETS_IN);
    assert_int_equal(condition("wire waiting >0")->compare, LAB_MORE);
    assert_int_equal(condition("wire cut")->number, NET_WIRE_CUT);
    assert_int_equal(condition("quiet")->kind, LAB_QUIET);
}

static void mistakes_in_conditions(void **state)
{
    static const struct mistake all[] = {
        {"expect", 7, "something is missing"},
        {"expect srver recv = 0", 8, "did you mean `server`?"},
        {"expect server revc = 0", 15, "did you mean `recv`?"},
        {"expect server recv", 19, "blocks, returns"},
        {"expect server recv has POLLIN", 24, "recv answers none"},
        {"expect server poll has POLLUP", 24, "there are POLLIN, POLLOUT, POLLRDHUP, POLLPRI, POLLERR, POLLHUP"},
        {"expect server recv took = 1s", 27, "to the nanosecond"},
        {"expect c1 TCP_INFO rrt = 1", 20, "no field of struct tcp_info; did you mean `rtt`?"},
        {"expect c1 SO_LINGER < 1 0", 23, "no single number"},
        {"expect segment SYN from client to client", 35, "from one host to the other"},
        {"expect segment SYN then", 24, "the segment that comes then"},
        {"expect segment SYN then after 2s within 1s ACK", 44, "after is more than within"},
        {"expect segment PSH without PSH", 31, "both is something and is without it"},
        {"expect segment len>x", 16, "a number from 0"},
        {"expect segment SYN at noon", 23, "least or most"},
        {"expect segment SYN since lunch", 26, "there is no mark `lunch`, nor any other"},
        {"expect quiet since lunch", 20, "there is no mark"},
        {"repeat 0 hand c3", 1, "out of range"},
        {"repeat 200 repeat 200 hand c3", 11, "more than 10000 times"},
        {"repeat 3", 9, "repeat what?"},
        {"hand c3 ; repeat 3 hand c4", 11, "a line of its own"},
        {"let a", 5, "write it as: let port = 12345"},
        {"let 1a = 5", 5, "cannot be a name"},
        {"echo \"$a\" ; echo $a", 18, "there is no variable `a`"},
        {"mark since-when", 6, "cannot be a name"},
        {"expect server recv #0 = 1", 20, "out of range"},
        {"expect server recv #2 blocks", 29, "leave out #2"},
        {"expect server recv = -1 ECONRESET", 25, "did you mean `ECONNRESET`?"},
        {"expect server recv = 0 ECONNRESET", 24, "only behind -1"},
        {"expect server recv = many", 22, "such as 18"},
        {"expect c1 state ESTABLISHD", 17, "did you mean `ESTABLISHED`?"},
        {"expect c1.3 ended", 18, "write c1 instead"},
        {"expect c1 ended exit", 21, "an exit status"},
        {"expect segment SYM", 16, "did you mean `SYN`?"},
        {"expect segment SYN from mars", 25, "a host"},
        {"expect sockets server", 22, "a state"},
        {"expect wire opn", 13, "waiting N"},
        {"expect not", 11, "a condition"},
        {"expect server alive now", 21, "nothing more"},
    };
    (void)state;
    mistakes_are_told(all, sizeof all / sizeof all[0]);
}

static void every_form_of_a_condition_is_listed(void **state)
{
    const struct lab_condition_form *form;
    size_t count = 0;
    (void)state;
    for (; (form = lab_condition_form_at(count)); count++)
        assert_true(*form->form && *form->help);
    assert_true(count >= LAB_CONDITION_KINDS);
}

/* ---- scripts ---- */

static void a_script_is_checked_whole(void **state)
{
    static const struct {
        const char *text, *error; /* NULL: none */
    } all[] = {
        {"server single\nhand c1\nc1 connect\nexpect server recv blocks\n", NULL},
        {"\n\nhand c1\nc1 conect\n", "F.md:13:4: "},
        {"hand c1\n\nc2 connect", "F.md:12:1: "},
        {"predict \"q\"\nchoice \"a\" later recv = 0\nchoice \"b\" quiet\nhand later\n", NULL},
        {"predict \"q\"\nchoice \"a\" latr recv = 0\nchoice \"b\" quiet\nhand later\n", "F.md:11:12: "},
        {"predict \"q\"\nchoice \"a\" quiet\n", "F.md:10:1: predict needs at least two"},
        {"hand c1\nmark a\nexpect segment since a\n", NULL},
        {"hand c1\nexpect segment since a\nmark a\n", "F.md:11:22: there is no mark `a`"},
        {"let n = c1\nhand $n\n$n connect\n${n}.3 set SO_LINGER 1 0\necho \"$n $$\"\n", NULL},
        {"let n = a longer value\necho \"\" ; echo \"$n\"; hand $m\n",
         "F.md:11:27: there is no variable `m`: there are n"},
        {"repeat 3 hand\nhand c4\n", NULL},
        {"repeat 3 repeat 2 hand\nc6 connect\nc7 connect\n", "F.md:12:1: "},
        {"include no/such.lab\n", "F.md:10:9: no/such.lab cannot be read"},
        {"include .\n", "F.md:10:9: . is no ordinary file"},
        {"hand c1\nchoice \"a\" quiet\n", "F.md:11:1: a choice belongs"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        memset(&err, 0, sizeof err);
        const struct lab_place first = {
            .file = "F.md", .line = 10, .column = 1, .from = LAB_FROM_SCRIPT, .reach = LAB_REACH_USER};
        int result = lab_script_check(&lab_language, &first, all[i].text, NULL, &err);
        assert_int_equal(result, all[i].error ? -1 : 0);
        if (all[i].error && strncmp(err.text, all[i].error, strlen(all[i].error)) != 0)
            fail_msg("%s does not begin with %s", err.text, all[i].error);
    }
}

/* ---- hints ---- */

static void the_hint_follows_the_line(void **state)
{
    char hint[300];
    (void)state;
    lab_hint(&lab_language, "c1 shutd", hint, sizeof hint);
    assert_string_equal(hint, "");
    lab_hint(&lab_language, "c1 shutdown w", hint, sizeof hint);
    assert_non_null(strstr(hint, "HAND[.FD] shutdown rd|wr|both: "));
    lab_hint(&lab_language, "hand c1 | wire delay", hint, sizeof hint);
    assert_non_null(strstr(hint, "wire delay TIME [from HOST]: "));
    lab_hint(&lab_language, "c1 send \"not closed", hint, sizeof hint);
    assert_non_null(strstr(hint, "HAND[.FD] send \"TEXT\""));
    lab_hint(&lab_language, "", hint, sizeof hint);
    assert_string_equal(hint, "");
    lab_hint(&lab_language, "nonsense here", hint, sizeof hint);
    assert_string_equal(hint, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_whole),
        cmocka_unit_test(the_help_has_every_row),
        cmocka_unit_test(rows_of_the_same_words_stand_together),
        cmocka_unit_test(forms_show_what_is_taken),
        cmocka_unit_test_setup_teardown(commands_are_joined, setup, forget),
        cmocka_unit_test_setup_teardown(rows_of_the_same_words, setup, forget),
        cmocka_unit_test_setup_teardown(server_and_client_are_both, setup, forget),
        cmocka_unit_test_setup_teardown(names_end_with_clear, setup, forget),
        cmocka_unit_test_setup_teardown(a_mistake_has_place_and_nearest, setup, forget),
        cmocka_unit_test_setup_teardown(a_line_is_read_whole, setup, forget),
        cmocka_unit_test_setup_teardown(conditions_of_calls, setup, forget),
        cmocka_unit_test_setup_teardown(conditions_of_actors_and_sockets, setup, forget),
        cmocka_unit_test_setup_teardown(conditions_of_the_wire, setup, forget),
        cmocka_unit_test_setup_teardown(mistakes_in_conditions, setup, forget),
        cmocka_unit_test(every_form_of_a_condition_is_listed),
        cmocka_unit_test(a_script_is_checked_whole),
        cmocka_unit_test(the_hint_follows_the_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
