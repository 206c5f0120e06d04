// SPDX-License-Identifier: GPL-3.0-or-later
// The Source pane: the line that is marked can be read whole, however narrow the pane is.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/data/program.h"
#include "tests/fixtures/screen_app.h"

/* The longest line of a program, and its number. */
static const char *longest_line(const char *source, int *number)
{
    const char *longest = source;
    int at = 1;
    *number = 1;
    for (const char *line = source; *line; line += strcspn(line, "\n") + 1, at++)
        if (strcspn(line, "\n") > strcspn(longest, "\n")) {
            longest = line;
            *number = at;
        }
    return longest;
}

static void the_marked_line_is_whole(void **state)
{
    const struct net_program *program = net_program_find("tcp_server_single");
    struct ui_pane pane = {.view = &ui_view_source, .top = -1, .wants_event = -1, .wants_socket = -1};
    char line[256], *rest = line;
    int number;
    (void)state;
    snprintf(line, sizeof line, "%s", longest_line(program->source, &number));
    *strchr(line, '\n') = '\0';
    assert_true(strlen(line) > 60);
    uint32_t server = fake_actor(&fake, "server", "tcp_server_single", NET_SERVER);
    fake_enter(&fake, server, (struct net_ev_call){.call = NET_CALL_ACCEPT, .fd = 3, .line = (uint16_t)number}, NULL,
               0);
    char *seen = fake_draw(&pane, &fake.model, 12, 46);
    for (const char *word; (word = strsep(&rest, " "));)
        if (*word && !strstr(seen, word))
            fail_msg("\"%s\" is not on the screen:\n%s", word, seen);
    free(seen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {AT_80x24(the_marked_line_is_whole)};
    return cmocka_run_group_tests(tests, make_home, remove_home);
}
