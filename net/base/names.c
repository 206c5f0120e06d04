// SPDX-License-Identifier: GPL-3.0-or-later
// Names of errno and of signals come from libc's own numbers, so that they are right on every architecture. What has
// two names (EAGAIN, EWOULDBLOCK) shows under the one that the manual pages use, and is found under both. What they
// mean is said in glibc's words, with translations of our own: libc's depend on what a machine has installed.

#include "net/base/names.h"

#include "net/base/message.h"

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

static const struct meant {
    const char *name, *text;
} errnos[] = {
#define ROW(error, text) [error] = {#error, text}
    ROW(EPERM, N_("Operation not permitted")),
    ROW(ENOENT, N_("No such file or directory")),
    ROW(ESRCH, N_("No such process")),
    ROW(EINTR, N_("Interrupted system call")),
    ROW(EIO, N_("Input/output error")),
    ROW(ENXIO, N_("No such device or address")),
    ROW(E2BIG, N_("Argument list too long")),
    ROW(ENOEXEC, N_("Exec format error")),
    ROW(EBADF, N_("Bad file descriptor")),
    ROW(ECHILD, N_("No child processes")),
    ROW(EAGAIN, N_("Resource temporarily unavailable")),
    ROW(ENOMEM, N_("Cannot allocate memory")),
    ROW(EACCES, N_("Permission denied")),
    ROW(EFAULT, N_("Bad address")),
    ROW(ENOTBLK, N_("Block device required")),
    ROW(EBUSY, N_("Device or resource busy")),
    ROW(EEXIST, N_("File exists")),
    ROW(EXDEV, N_("Invalid cross-device link")),
    ROW(ENODEV, N_("No such device")),
    ROW(ENOTDIR, N_("Not a directory")),
    ROW(EISDIR, N_("Is a directory")),
    ROW(EINVAL, N_("Invalid argument")),
    ROW(ENFILE, N_("Too many open files in system")),
    ROW(EMFILE, N_("Too many open files")),
    ROW(ENOTTY, N_("Inappropriate ioctl for device")),
    ROW(ETXTBSY, N_("Text file busy")),
    ROW(EFBIG, N_("File too large")),
    ROW(ENOSPC, N_("No space left on device")),
    ROW(ESPIPE, N_("Illegal seek")),
    ROW(EROFS, N_("Read-only file system")),
    ROW(EMLINK, N_("Too many links")),
    ROW(EPIPE, N_("Broken pipe")),
    ROW(EDOM, N_("Numerical argument out of domain")),
    ROW(ERANGE, N_("Numerical result out of range")),
    ROW(EDEADLK, N_("Resource deadlock avoided")),
    ROW(ENAMETOOLONG, N_("File name too long")),
    ROW(ENOLCK, N_("No locks available")),
    ROW(ENOSYS, N_("Function not implemented")),
    ROW(ENOTEMPTY, N_("Directory not empty")),
    ROW(ELOOP, N_("Too many levels of symbolic links")),
    ROW(ENOMSG, N_("No message of desired type")),
    ROW(EIDRM, N_("Identifier removed")),
    ROW(ECHRNG, N_("Channel number out of range")),
    ROW(EL2NSYNC, N_("Level 2 not synchronized")),
    ROW(EL3HLT, N_("Level 3 halted")),
    ROW(EL3RST, N_("Level 3 reset")),
    ROW(ELNRNG, N_("Link number out of range")),
    ROW(EUNATCH, N_("Protocol driver not attached")),
    ROW(ENOCSI, N_("No CSI structure available")),
    ROW(EL2HLT, N_("Level 2 halted")),
    ROW(EBADE, N_("Invalid exchange")),
    ROW(EBADR, N_("Invalid request descriptor")),
    ROW(EXFULL, N_("Exchange full")),
    ROW(ENOANO, N_("No anode")),
    ROW(EBADRQC, N_("Invalid request code")),
    ROW(EBADSLT, N_("Invalid slot")),
    ROW(EBFONT, N_("Bad font file format")),
    ROW(ENOSTR, N_("Device not a stream")),
    ROW(ENODATA, N_("No data available")),
    ROW(ETIME, N_("Timer expired")),
    ROW(ENOSR, N_("Out of streams resources")),
    ROW(ENONET, N_("Machine is not on the network")),
    ROW(ENOPKG, N_("Package not installed")),
    ROW(EREMOTE, N_("Object is remote")),
    ROW(ENOLINK, N_("Link has been severed")),
    ROW(EADV, N_("Advertise error")),
    ROW(ESRMNT, N_("Srmount error")),
    ROW(ECOMM, N_("Communication error on send")),
    ROW(EPROTO, N_("Protocol error")),
    ROW(EMULTIHOP, N_("Multihop attempted")),
    ROW(EDOTDOT, N_("RFS specific error")),
    ROW(EBADMSG, N_("Bad message")),
    ROW(EOVERFLOW, N_("Value too large for defined data type")),
    ROW(ENOTUNIQ, N_("Name not unique on network")),
    ROW(EBADFD, N_("File descriptor in bad state")),
    ROW(EREMCHG, N_("Remote address changed")),
    ROW(ELIBACC, N_("Can not access a needed shared library")),
    ROW(ELIBBAD, N_("Accessing a corrupted shared library")),
    ROW(ELIBSCN, N_(".lib section in a.out corrupted")),
    ROW(ELIBMAX, N_("Attempting to link in too many shared libraries")),
    ROW(ELIBEXEC, N_("Cannot exec a shared library directly")),
    ROW(EILSEQ, N_("Invalid or incomplete multibyte or wide character")),
    ROW(ERESTART, N_("Interrupted system call should be restarted")),
    ROW(ESTRPIPE, N_("Streams pipe error")),
    ROW(EUSERS, N_("Too many users")),
    ROW(ENOTSOCK, N_("Socket operation on non-socket")),
    ROW(EDESTADDRREQ, N_("Destination address required")),
    ROW(EMSGSIZE, N_("Message too long")),
    ROW(EPROTOTYPE, N_("Protocol wrong type for socket")),
    ROW(ENOPROTOOPT, N_("Protocol not available")),
    ROW(EPROTONOSUPPORT, N_("Protocol not supported")),
    ROW(ESOCKTNOSUPPORT, N_("Socket type not supported")),
    ROW(EOPNOTSUPP, N_("Operation not supported")),
    ROW(EPFNOSUPPORT, N_("Protocol family not supported")),
    ROW(EAFNOSUPPORT, N_("Address family not supported by protocol")),
    ROW(EADDRINUSE, N_("Address already in use")),
    ROW(EADDRNOTAVAIL, N_("Cannot assign requested address")),
    ROW(ENETDOWN, N_("Network is down")),
    ROW(ENETUNREACH, N_("Network is unreachable")),
    ROW(ENETRESET, N_("Network dropped connection on reset")),
    ROW(ECONNABORTED, N_("Software caused connection abort")),
    ROW(ECONNRESET, N_("Connection reset by peer")),
    ROW(ENOBUFS, N_("No buffer space available")),
    ROW(EISCONN, N_("Transport endpoint is already connected")),
    ROW(ENOTCONN, N_("Transport endpoint is not connected")),
    ROW(ESHUTDOWN, N_("Cannot send after transport endpoint shutdown")),
    ROW(ETOOMANYREFS, N_("Too many references: cannot splice")),
    ROW(ETIMEDOUT, N_("Connection timed out")),
    ROW(ECONNREFUSED, N_("Connection refused")),
    ROW(EHOSTDOWN, N_("Host is down")),
    ROW(EHOSTUNREACH, N_("No route to host")),
    ROW(EALREADY, N_("Operation already in progress")),
    ROW(EINPROGRESS, N_("Operation now in progress")),
    ROW(ESTALE, N_("Stale file handle")),
    ROW(EUCLEAN, N_("Structure needs cleaning")),
    ROW(ENOTNAM, N_("Not a XENIX named type file")),
    ROW(ENAVAIL, N_("No XENIX semaphores available")),
    ROW(EISNAM, N_("Is a named type file")),
    ROW(EREMOTEIO, N_("Remote I/O error")),
    ROW(EDQUOT, N_("Disk quota exceeded")),
    ROW(ENOMEDIUM, N_("No medium found")),
    ROW(EMEDIUMTYPE, N_("Wrong medium type")),
    ROW(ECANCELED, N_("Operation canceled")),
    ROW(ENOKEY, N_("Required key not available")),
    ROW(EKEYEXPIRED, N_("Key has expired")),
    ROW(EKEYREVOKED, N_("Key has been revoked")),
    ROW(EKEYREJECTED, N_("Key was rejected by service")),
    ROW(EOWNERDEAD, N_("Owner died")),
    ROW(ENOTRECOVERABLE, N_("State not recoverable")),
    ROW(ERFKILL, N_("Operation not possible due to RF-kill")),
    ROW(EHWPOISON, N_("Memory page has hardware error"))
#undef ROW
};

static const char *errno_name_or_null(int error)
{
    return error > 0 && (size_t)error < COUNT(errnos) ? errnos[error].name : NULL;
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
    return net_message(errno_name_or_null(error) ? errnos[error].text : N_("unknown error"));
}

int net_errno_number(const char *name)
{
    for (int error = 1; (size_t)error < COUNT(errnos); error++) {
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
    for (int error = 1; (size_t)error < COUNT(errnos); error++) {
        const char *known = errno_name_or_null(error);
        if (known && i-- == 0)
            return known;
    }
    return i < COUNT(errno_aliases) ? errno_aliases[i].name : NULL;
}

/* ---- signals ----------------------------------------------------------------------------------------------------- */

static const struct meant signals[] = {
#define ROW(signal, text) [signal] = {#signal, text}
    ROW(SIGHUP, N_("Hangup")),
    ROW(SIGINT, N_("Interrupt")),
    ROW(SIGQUIT, N_("Quit")),
    ROW(SIGILL, N_("Illegal instruction")),
    ROW(SIGTRAP, N_("Trace/breakpoint trap")),
    ROW(SIGABRT, N_("Aborted")),
    ROW(SIGBUS, N_("Bus error")),
    ROW(SIGFPE, N_("Floating point exception")),
    ROW(SIGKILL, N_("Killed")),
    ROW(SIGUSR1, N_("User defined signal 1")),
    ROW(SIGSEGV, N_("Segmentation fault")),
    ROW(SIGUSR2, N_("User defined signal 2")),
    ROW(SIGPIPE, N_("Broken pipe")),
    ROW(SIGALRM, N_("Alarm clock")),
    ROW(SIGTERM, N_("Terminated")),
    ROW(SIGCHLD, N_("Child exited")),
    ROW(SIGCONT, N_("Continued")),
    ROW(SIGSTOP, N_("Stopped (signal)")),
    ROW(SIGTSTP, N_("Stopped")),
    ROW(SIGTTIN, N_("Stopped (tty input)")),
    ROW(SIGTTOU, N_("Stopped (tty output)")),
    ROW(SIGURG, N_("Urgent I/O condition")),
    ROW(SIGXCPU, N_("CPU time limit exceeded")),
    ROW(SIGXFSZ, N_("File size limit exceeded")),
    ROW(SIGPROF, N_("Profiling timer expired")),
    ROW(SIGVTALRM, N_("Virtual timer expired")),
    ROW(SIGIO, N_("I/O possible")),
    ROW(SIGPWR, N_("Power failure")),
    ROW(SIGSYS, N_("Bad system call")),
    ROW(SIGWINCH, N_("Window changed"))
#undef ROW
};
static const struct alias signal_aliases[] = {{"SIGPOLL", SIGPOLL}, {"SIGIOT", SIGIOT}, {"SIGCLD", SIGCHLD}};

const char *net_signal_name(int signo)
{
    static _Thread_local char unnamed[24];
    if (signo > 0 && (size_t)signo < COUNT(signals) && signals[signo].name)
        return signals[signo].name;
    if (signo >= SIGRTMIN && signo <= SIGRTMAX)
        snprintf(unnamed, sizeof unnamed, signo == SIGRTMIN ? "SIGRTMIN" : "SIGRTMIN+%d", signo - SIGRTMIN);
    else
        snprintf(unnamed, sizeof unnamed, "SIG %d", signo);
    return unnamed;
}

const char *net_signal_text(int signo)
{
    bool is_known = signo > 0 && (size_t)signo < COUNT(signals) && signals[signo].text;
    return net_message(is_known ? signals[signo].text : N_("unknown signal"));
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
    for (size_t i = 1; i < COUNT(signals); i++)
        if (signals[i].name && strcasecmp(signals[i].name + 3, name) == 0)
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
    for (size_t signo = 1; signo < COUNT(signals); signo++)
        if (signals[signo].name && i-- == 0)
            return signals[signo].name;
    return NULL;
}
