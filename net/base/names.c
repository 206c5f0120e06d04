// SPDX-License-Identifier: GPL-3.0-or-later
// Names of errno and of signals come from libc's own numbers, so that they are right on every architecture. What has
// two names (EAGAIN, EWOULDBLOCK) shows under the one that the manual pages use, and is found under both.

#include "net/base/names.h"

#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* ---- errno ------------------------------------------------------------------------------------------------------- */

/* Second names, found and completed but never shown. */
static const struct alias {
    const char *name;
    int number;
} errno_aliases[] = {{"EWOULDBLOCK", EWOULDBLOCK}, {"ENOTSUP", ENOTSUP}, {"EDEADLOCK", EDEADLOCK}};

static const char *const errno_names[] = {
#define ROW(error) [error] = #error
    ROW(EPERM),
    ROW(ENOENT),
    ROW(ESRCH),
    ROW(EINTR),
    ROW(EIO),
    ROW(ENXIO),
    ROW(E2BIG),
    ROW(ENOEXEC),
    ROW(EBADF),
    ROW(ECHILD),
    ROW(EAGAIN),
    ROW(ENOMEM),
    ROW(EACCES),
    ROW(EFAULT),
    ROW(ENOTBLK),
    ROW(EBUSY),
    ROW(EEXIST),
    ROW(EXDEV),
    ROW(ENODEV),
    ROW(ENOTDIR),
    ROW(EISDIR),
    ROW(EINVAL),
    ROW(ENFILE),
    ROW(EMFILE),
    ROW(ENOTTY),
    ROW(ETXTBSY),
    ROW(EFBIG),
    ROW(ENOSPC),
    ROW(ESPIPE),
    ROW(EROFS),
    ROW(EMLINK),
    ROW(EPIPE),
    ROW(EDOM),
    ROW(ERANGE),
    ROW(EDEADLK),
    ROW(ENAMETOOLONG),
    ROW(ENOLCK),
    ROW(ENOSYS),
    ROW(ENOTEMPTY),
    ROW(ELOOP),
    ROW(ENOMSG),
    ROW(EIDRM),
    ROW(ECHRNG),
    ROW(EL2NSYNC),
    ROW(EL3HLT),
    ROW(EL3RST),
    ROW(ELNRNG),
    ROW(EUNATCH),
    ROW(ENOCSI),
    ROW(EL2HLT),
    ROW(EBADE),
    ROW(EBADR),
    ROW(EXFULL),
    ROW(ENOANO),
    ROW(EBADRQC),
    ROW(EBADSLT),
    ROW(EBFONT),
    ROW(ENOSTR),
    ROW(ENODATA),
    ROW(ETIME),
    ROW(ENOSR),
    ROW(ENONET),
    ROW(ENOPKG),
    ROW(EREMOTE),
    ROW(ENOLINK),
    ROW(EADV),
    ROW(ESRMNT),
    ROW(ECOMM),
    ROW(EPROTO),
    ROW(EMULTIHOP),
    ROW(EDOTDOT),
    ROW(EBADMSG),
    ROW(EOVERFLOW),
    ROW(ENOTUNIQ),
    ROW(EBADFD),
    ROW(EREMCHG),
    ROW(ELIBACC),
    ROW(ELIBBAD),
    ROW(ELIBSCN),
    ROW(ELIBMAX),
    ROW(ELIBEXEC),
    ROW(EILSEQ),
    ROW(ERESTART),
    ROW(ESTRPIPE),
    ROW(EUSERS),
    ROW(ENOTSOCK),
    ROW(EDESTADDRREQ),
    ROW(EMSGSIZE),
    ROW(EPROTOTYPE),
    ROW(ENOPROTOOPT),
    ROW(EPROTONOSUPPORT),
    ROW(ESOCKTNOSUPPORT),
    ROW(EOPNOTSUPP),
    ROW(EPFNOSUPPORT),
    ROW(EAFNOSUPPORT),
    ROW(EADDRINUSE),
    ROW(EADDRNOTAVAIL),
    ROW(ENETDOWN),
    ROW(ENETUNREACH),
    ROW(ENETRESET),
    ROW(ECONNABORTED),
    ROW(ECONNRESET),
    ROW(ENOBUFS),
    ROW(EISCONN),
    ROW(ENOTCONN),
    ROW(ESHUTDOWN),
    ROW(ETOOMANYREFS),
    ROW(ETIMEDOUT),
    ROW(ECONNREFUSED),
    ROW(EHOSTDOWN),
    ROW(EHOSTUNREACH),
    ROW(EALREADY),
    ROW(EINPROGRESS),
    ROW(ESTALE),
    ROW(EUCLEAN),
    ROW(ENOTNAM),
    ROW(ENAVAIL),
    ROW(EISNAM),
    ROW(EREMOTEIO),
    ROW(EDQUOT),
    ROW(ENOMEDIUM),
    ROW(EMEDIUMTYPE),
    ROW(ECANCELED),
    ROW(ENOKEY),
    ROW(EKEYEXPIRED),
    ROW(EKEYREVOKED),
    ROW(EKEYREJECTED),
    ROW(EOWNERDEAD),
    ROW(ENOTRECOVERABLE),
    ROW(ERFKILL),
    ROW(EHWPOISON)
#undef ROW
};

static const char *errno_name_or_null(int error)
{
    return error > 0 && (size_t)error < COUNT(errno_names) ? errno_names[error] : NULL;
}

const char *net_errno_name(int error)
{
    static _Thread_local char unnamed[24];
    const char *name = errno_name_or_null(error);
    if (name)
        return name;
    snprintf(unnamed, sizeof unnamed, "errno %d", error);
    return unnamed;
}

const char *net_errno_text(int error)
{
#ifdef __GLIBC__
    const char *text = strerrordesc_np(error); /* not translated, and safe in any thread */
#else
    const char *text = strerror(error); /* musl: the same */
#endif
    return text ? text : "unknown error";
}

int net_errno_number(const char *name)
{
    for (int error = 1; (size_t)error < COUNT(errno_names); error++) {
        const char *known = errno_name_or_null(error);
        if (known && strcasecmp(known, name) == 0)
            return error;
    }
    for (size_t i = 0; i < COUNT(errno_aliases); i++)
        if (strcasecmp(errno_aliases[i].name, name) == 0)
            return errno_aliases[i].number;
    return 0;
}

const char *net_errno_name_at(size_t i)
{
    for (int error = 1; (size_t)error < COUNT(errno_names); error++) {
        const char *known = errno_name_or_null(error);
        if (known && i-- == 0)
            return known;
    }
    return i < COUNT(errno_aliases) ? errno_aliases[i].name : NULL;
}

/* ---- signals ----------------------------------------------------------------------------------------------------- */

static const char *const signal_names[] = {
#define ROW(signal) [signal] = #signal
    ROW(SIGHUP),  ROW(SIGINT),    ROW(SIGQUIT), ROW(SIGILL),  ROW(SIGTRAP), ROW(SIGABRT), ROW(SIGBUS),  ROW(SIGFPE),
    ROW(SIGKILL), ROW(SIGUSR1),   ROW(SIGSEGV), ROW(SIGUSR2), ROW(SIGPIPE), ROW(SIGALRM), ROW(SIGTERM), ROW(SIGCHLD),
    ROW(SIGCONT), ROW(SIGSTOP),   ROW(SIGTSTP), ROW(SIGTTIN), ROW(SIGTTOU), ROW(SIGURG),  ROW(SIGXCPU), ROW(SIGXFSZ),
    ROW(SIGPROF), ROW(SIGVTALRM), ROW(SIGIO),   ROW(SIGPWR),  ROW(SIGSYS),  ROW(SIGWINCH)
#undef ROW
};
static const struct alias signal_aliases[] = {{"SIGPOLL", SIGPOLL}, {"SIGIOT", SIGIOT}, {"SIGCLD", SIGCHLD}};

const char *net_signal_name(int signo)
{
    static _Thread_local char unnamed[24];
    if (signo > 0 && (size_t)signo < COUNT(signal_names) && signal_names[signo])
        return signal_names[signo];
    if (signo >= SIGRTMIN && signo <= SIGRTMAX)
        snprintf(unnamed, sizeof unnamed, signo == SIGRTMIN ? "SIGRTMIN" : "SIGRTMIN+%d", signo - SIGRTMIN);
    else
        snprintf(unnamed, sizeof unnamed, "SIG %d", signo);
    return unnamed;
}

/* A decimal number, all of it, from low to high; -1 otherwise. */
static int whole_number(const char *text, int low, int high)
{
    char *end;
    if (!isdigit((unsigned char)*text))
        return -1;
    long value = strtol(text, &end, 10);
    return *end == '\0' && value >= low && value <= high ? (int)value : -1;
}

int net_signal_number(const char *name)
{
    int number = whole_number(name, 1, SIGRTMAX);
    if (number > 0)
        return number;
    if (strncasecmp(name, "SIG", 3) == 0)
        name += 3;
    for (size_t i = 1; i < COUNT(signal_names); i++)
        if (signal_names[i] && strcasecmp(signal_names[i] + 3, name) == 0)
            return (int)i;
    for (size_t i = 0; i < COUNT(signal_aliases); i++)
        if (strcasecmp(signal_aliases[i].name + 3, name) == 0)
            return signal_aliases[i].number;
    if (strcasecmp(name, "RTMIN") == 0)
        return SIGRTMIN;
    if (strncasecmp(name, "RTMIN+", 6) != 0)
        return 0;
    number = whole_number(name + 6, 0, SIGRTMAX - SIGRTMIN);
    return number < 0 ? 0 : SIGRTMIN + number;
}

const char *net_signal_name_at(size_t i)
{
    for (size_t signo = 1; signo < COUNT(signal_names); signo++)
        if (signal_names[signo] && i-- == 0)
            return signal_names[signo];
    return NULL;
}
