# SPDX-License-Identifier: GPL-3.0-or-later
#
# tcplab. GNU Make, no configure step.
#
#   make deps run      install the libraries, build, open the lab
#   make deps test     install the libraries, run every test
#   make help          every other target and variable
#
#: make                     build build/release/tcplab
#: make run [ARGS=...]      build it and open the lab
#: make deps                install what the build and the tests need (apt-get), or name what is missing
#: make test                every check and test; the last line counts them
#: make test-all            the same over every kind of hosts, all under TSan, more inputs for the fuzz targets: for a night
#: make test T=wire         only the tests whose file name contains "wire"
#: make test SAN=asan       only the test programs, under ASan+UBSan (or SAN=tsan)
#: make programs            the chapter programs alone, in build/release/programs/
#: make layers              prove that ui -> lab -> net -> libc, and their rooms (tests/check/rooms), are never climbed
#: make check-programs      chapter programs: no global variable, no call that escapes the trace
#: make style               at most 800 lines a file and 60 a function, licence lines, format
#: make fuzz [N=20000]      the fuzz targets (clang)
#: make bench               the measurements
#: make format              clang-format everything; format-check only looks
#: make install, uninstall  under DESTDIR and PREFIX (/usr/local)
#: make clean               remove build/
#:
#: variables                CC=gcc|clang  SAN=release|asan|tsan  B=another build directory
#:                          SHARED=1 links the libraries shared, for packages
#:                          CFLAGS CPPFLAGS LDFLAGS come after ours;  CI=1 takes warnings as errors
#:                          V=1 shows the commands
#
# Everything that is built goes under B (build/<variant>), so that variants live side by side and `rm -rf build` is
# always safe. Sources are found by wildcard: a new file needs no edit here. Each layer is one static library, linked
# in the order ui, lab, net; `make layers` proves that none needs one above it.

VERSION = 0.1
SAN     = release
B       = build/$(SAN)
PREFIX  = /usr/local
OBJCOPY = objcopy
OBJDUMP = objdump
MAKEFLAGS += --no-builtin-rules
.DELETE_ON_ERROR:

ifeq ($(filter $(SAN),release asan tsan),)
$(error SAN=$(SAN) is not a variant: SAN is release, asan or tsan)
endif

# Where another variant of the same build goes: beside build/release, or inside a B that was given.
variant = $(if $(filter command,$(firstword $(origin B))),$(B)/$1,build/$1)

# With `deps` among the goals, the others are left to a second make, which starts after deps is done: also under -j,
# and so that pkg-config is asked when what it describes is there.
AFTER_DEPS := $(if $(filter deps,$(MAKECMDGOALS)),$(filter-out deps,$(MAKECMDGOALS)))
ifneq ($(AFTER_DEPS),)
.PHONY: deps $(AFTER_DEPS)
deps:
	@tools/deps.sh
$(firstword $(AFTER_DEPS)): deps
	@+$(MAKE) --no-print-directory $(AFTER_DEPS)
$(wordlist 2,99,$(AFTER_DEPS)): $(firstword $(AFTER_DEPS)) ; @:
else

# ---- flags ----------------------------------------------------------------------------------------------------------
# Ours come first and the caller's CFLAGS, CPPFLAGS and LDFLAGS last, so that the caller wins.

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wvla -Wundef -Wcast-align -Wstrict-prototypes -Wmissing-prototypes \
            -Wpointer-arith -Wwrite-strings -Wformat=2 -Wconversion -Wno-sign-conversion
# Only where nobody is in the middle of an edit: a new compiler's new warning must not stop a learner's build.
WERROR   := $(if $(CI),-Werror)

SAN_release := -O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
SAN_asan    := -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
SAN_tsan    := -O1 -fno-omit-frame-pointer -fsanitize=thread
# FUZZ=1 is set by the fuzz target alone.
SAN_FLAGS   := $(SAN_$(SAN)) $(if $(FUZZ),-fsanitize=fuzzer-no-link)

BASE   := -std=gnu11 -g -pthread -iquote . -D_GNU_SOURCE= $(SAN_FLAGS)
DEPGEN  = -MMD -MP -MF $(@:.o=.d) -MT $@
COMPILE = $(CC) $(BASE) $(WARNINGS) $(WERROR) $(PKG_CFLAGS) $(CPPFLAGS) $(CFLAGS)
# Addresses are looked up before main(), while there is one process: not in each after the guard's fork.
LINK    = $(CC) -g -pthread -Wl,-z,relro,-z,now $(SAN_FLAGS) $(CFLAGS) $(LDFLAGS)

# The libraries of each layer. pkg-config is asked once, and only by what compiles: `make clean` needs none of them.
NET_PKGS  := libmnl
LAB_PKGS  := jansson libcmark-gfm
UI_PKGS   := panelw ncursesw readline
TEST_PKGS := cmocka libpcap
# What lab/ compiles with, and loads only when it needs it (lab/journal/pcap.c) by the name that the linker would have recorded.
LAB_LOADS := libpcap
PCAP_NAME  = $(or $(shell $(OBJDUMP) -p "$$($(CC) -print-file-name=libpcap.so)" | sed -n 's/^ *SONAME *//p'),libpcap.so)
need      = $(or $(filter 0,$(shell pkg-config --exists $1; echo $$?)),$(error missing: \
            $(filter-out $(shell for p in $1; do pkg-config --exists $$p && echo $$p; done),$1); run `make deps`))
pc        = $(if $(call need,$2),$(shell pkg-config $1 $2))
once      = $(eval $1 := $(call pc,$2,$3))$($1)
# Their archives where there are any: each shared library costs every start six page faults or more, and the time of as
# many small programs. A library without an archive stays shared; so do all under the sanitizers.
archives  = $(if $(SHARED)$(filter-out release,$(SAN)),$1,-Wl,--start-group $(shell for word in $1; do case $$word in \
            (-l*) file=$$($(CC) -print-file-name=lib$${word#-l}.a); [ "$${file#/}" = "$$file" ] || word=$$file;; esac; \
            echo $$word; done) -Wl,--end-group)
linked    = $(eval $1 := $(call archives,$(call pc,--libs,$2)))$($1)
NET_CFLAGS  = $(call once,NET_CFLAGS,--cflags,$(NET_PKGS))
LAB_CFLAGS  = $(call once,LAB_CFLAGS,--cflags,$(LAB_PKGS) $(LAB_LOADS))
UI_CFLAGS   = $(call once,UI_CFLAGS,--cflags,$(UI_PKGS))
TEST_CFLAGS = $(call once,TEST_CFLAGS,--cflags,$(TEST_PKGS))
NET_LIBS    = $(call linked,NET_LIBS,$(NET_PKGS))
LAB_LIBS    = $(call linked,LAB_LIBS,$(LAB_PKGS))
UI_LIBS     = $(call linked,UI_LIBS,$(UI_PKGS))
TEST_LIBS   = $(call once,TEST_LIBS,--libs,$(TEST_PKGS))

# ---- sources --------------------------------------------------------------------------------------------------------

PROGRAM_SRC := $(sort $(wildcard net/programs/*.c))
TEST_SRC    := $(sort $(wildcard tests/*/*_test.c))
PROGRAMS    := $(PROGRAM_SRC:net/programs/%.c=$(B)/programs/%)
TRACED_SRC  := $(if $(wildcard net/trace/traced.h),$(PROGRAM_SRC))
PROGRAM_OBJ := $(TRACED_SRC:%.c=$(B)/%.o)
TESTS       := $(TEST_SRC:%.c=$(B)/%)
NET_OBJ     := $(patsubst %.c,$(B)/%.o,$(sort $(filter-out $(PROGRAM_SRC),$(wildcard net/*.c net/*/*.c))))
LAB_OBJ     := $(patsubst %.c,$(B)/%.o,$(sort $(wildcard lab/*.c lab/*/*.c)))
UI_OBJ      := $(patsubst %.c,$(B)/%.o,$(sort $(filter-out ui/main.c,$(wildcard ui/*.c ui/*/*.c))))
FUZZERS     := $(patsubst tests/fuzz/%.c,$(B)/fuzz/%,$(sort $(wildcard tests/fuzz/*.c)))
# tests/fixtures is an archive of which each test takes what it uses.
HELPER_OBJ  := $(patsubst %.c,$(B)/%.o,$(sort $(wildcard tests/fixtures/*.c)))
FORMATTED   := $(sort $(wildcard $(foreach layer,net lab ui tests,$(layer)/*.[ch] $(layer)/*/*.[ch])))

# What the build writes itself: the table of chapter programs with their text, and the text of the lessons.
NET_GEN := $(if $(wildcard net/data/program.h),$(B)/gen/programs.o $(B)/gen/programs_text.o)
LAB_GEN := $(if $(wildcard lab/book/lessons.h),$(B)/gen/lessons_text.o)

LIBS := $(B)/libui.a $(B)/liblab.a $(B)/libnet.a

.PHONY: all run programs tests test test-all layers check-programs style bench fuzz fuzzers format format-check install uninstall clean help deps
# Make would delete objects that only a chain of rules names; the patterns must be those of the rules, letter by letter.
.PRECIOUS: $(B)/net/%.o $(B)/lab/%.o $(B)/ui/%.o $(B)/tests/%.o $(B)/net/programs/%.o $(B)/gen/%.o $(B)/%.flags
all: $(B)/tcplab

help:
	@sed -n "s/^#: \{0,1\}\(.*\)/\1/p" $(firstword $(MAKEFILE_LIST))

deps:
	@tools/deps.sh

run: all
	@$(B)/tcplab $(ARGS)

# One short line for each thing made; V=1 shows the commands, -s nothing.
Q   = $(if $(V),,@)
say = $(if $(V)$(findstring s,$(firstword -$(MAKEFLAGS))),@:,@echo '  $1')

# ---- compiling ------------------------------------------------------------------------------------------------------

# $(call remember,TEXT) rewrites the target only when TEXT is not what it already holds: what depends on it is rebuilt
# when the command line or the list of files changes, and only then.
define remember
@mkdir -p $(@D)
@printf '%s\n' '$(subst ','\'',$1)' >$@.new
@if cmp -s $@.new $@; then rm -f $@.new; else mv -f $@.new $@; fi
endef

.PHONY: FORCE
FORCE:
$(B)/net.flags:      PKG_CFLAGS = $(NET_CFLAGS)
$(B)/lab.flags:      PKG_CFLAGS = $(LAB_CFLAGS)
$(B)/ui.flags:       PKG_CFLAGS = $(UI_CFLAGS)
$(B)/tests.flags:    PKG_CFLAGS = $(NET_CFLAGS) $(LAB_CFLAGS) $(UI_CFLAGS) $(TEST_CFLAGS)
$(B)/programs.flags: PKG_CFLAGS =
$(B)/%.flags: FORCE
	$(call remember,$(COMPILE))
$(B)/link.flags: FORCE
	$(call remember,$(LINK) $(UI_LIBS) $(LAB_LIBS) $(NET_LIBS))
$(B)/libnet.list: FORCE
	$(call remember,$(NET_OBJ) $(PROGRAM_OBJ) $(NET_GEN))
$(B)/liblab.list: FORCE
	$(call remember,$(LAB_OBJ) $(LAB_GEN))
$(B)/libui.list: FORCE
	$(call remember,$(UI_OBJ))

$(B)/net/%.o:   PKG_CFLAGS = $(NET_CFLAGS)
$(B)/lab/%.o:   PKG_CFLAGS = $(LAB_CFLAGS)
$(B)/lab/journal/pcap.o: PKG_CFLAGS = $(LAB_CFLAGS) -DLAB_PCAP_SONAME='"$(PCAP_NAME)"'
$(B)/ui/%.o:    PKG_CFLAGS = $(UI_CFLAGS)
$(B)/ui/main.o: PKG_CFLAGS = $(UI_CFLAGS) -DTCPLAB_VERSION='"$(VERSION)"'
$(B)/ui/main.o: Makefile
$(B)/tests/%.o: PKG_CFLAGS = $(NET_CFLAGS) $(LAB_CFLAGS) $(UI_CFLAGS) $(TEST_CFLAGS)

define compile
@mkdir -p $(@D)
$(call say,CC      $<)
$(Q)$(COMPILE) $(DEPGEN) -c $< -o $@
endef

$(B)/net/%.o: net/%.c $(B)/net.flags
	$(compile)
$(B)/lab/%.o: lab/%.c $(B)/lab.flags
	$(compile)
$(B)/ui/%.o: ui/%.c $(B)/ui.flags
	$(compile)
$(B)/tests/%.o: tests/%.c $(B)/tests.flags
	$(compile)

define archive
$(call say,AR      $@)
@rm -f $@
$(Q)$(AR) qcs $@ $(filter %.o,$^)
endef
$(B)/libnet.a: $(NET_OBJ) $(PROGRAM_OBJ) $(NET_GEN) $(B)/libnet.list
	$(archive)
$(B)/liblab.a: $(LAB_OBJ) $(LAB_GEN) $(B)/liblab.list
	$(archive)
$(B)/libui.a: $(UI_OBJ) $(B)/libui.list
	$(archive)

$(B)/tcplab: $(B)/ui/main.o $(LIBS) $(B)/link.flags
	$(call say,LINK    $@)
	$(Q)$(LINK) $(filter %.o %.a,$^) $(UI_LIBS) $(LAB_LIBS) $(NET_LIBS) -o $@

# ---- chapter programs -----------------------------------------------------------------------------------------------
# The same file twice. Alone, exactly as the chapter says; and traced, with its calls replaced by net/trace/traced.h and
# its main renamed, as an object of libnet.a. objcopy makes every other name of it private, so that two programs may both
# have a handle_client(). _FORTIFY_SOURCE would turn recv() into __recv_chk(), which no macro sees; a renamed main()
# loses its implicit `return 0`, hence -Werror=return-type.

TRACE = -std=gnu11 -g -pthread -iquote . $(SAN_FLAGS) -Wall -Wextra $(WERROR) $(CPPFLAGS) $(CFLAGS) \
        -include net/trace/traced.h -Werror=return-type -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=0

programs: $(PROGRAMS)
$(B)/programs/%: net/programs/%.c $(B)/programs.flags
	@mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 -O2 -Wall -Wextra $(WERROR) -c $< -o /dev/null
	$(call say,$(notdir $(CC)) $< -o $@)
	$(Q)$(CC) $< -o $@

$(B)/traced.flags: FORCE
	$(call remember,$(CC) $(TRACE))
$(B)/net/programs/%.o: net/programs/%.c $(B)/traced.flags
	@mkdir -p $(@D)
	$(call say,TRACE   $<)
	$(Q)$(CC) $(TRACE) -Dmain=program_$* $(DEPGEN) -c $< -o $@
	$(Q)$(OBJCOPY) --keep-global-symbol=program_$* $@

$(B)/gen/programs.c: $(TRACED_SRC) $(B)/programs.list tools/programs.sh
	@mkdir -p $(@D)
	$(call say,GEN     $@)
	$(Q)tools/programs.sh table $(TRACED_SRC) >$@
$(B)/gen/programs_text.S: $(TRACED_SRC) $(B)/programs.list tools/programs.sh
	@mkdir -p $(@D)
	$(call say,GEN     $@)
	$(Q)tools/programs.sh text $(TRACED_SRC) >$@
$(B)/programs.list: FORCE
	$(call remember,$(TRACED_SRC))
$(B)/gen/lessons_text.S: LESSONS.md tools/programs.sh
	@mkdir -p $(@D)
	$(call say,GEN     $@)
	$(Q)tools/programs.sh lessons LESSONS.md >$@

$(B)/gen/%.o: $(B)/gen/%.c $(B)/net.flags
	$(compile)
$(B)/gen/%.o: $(B)/gen/%.S $(B)/net.flags
	$(call say,AS      $<)
	$(Q)$(CC) -c $< -o $@

# ---- tests ----------------------------------------------------------------------------------------------------------

tests: $(TESTS)
$(B)/libtests.list: FORCE
	$(call remember,$(HELPER_OBJ))
$(B)/libtests.a: $(HELPER_OBJ) $(B)/libtests.list
	$(archive)
$(B)/tests/%_test: $(B)/tests/%_test.o $(B)/libtests.a $(LIBS) $(B)/link.flags
	$(call say,LINK    $@)
	$(Q)$(LINK) $(filter %.o %.a,$^) $(TEST_LIBS) $(UI_LIBS) $(LAB_LIBS) $(NET_LIBS) -o $@

fuzzers: $(FUZZERS)
$(B)/fuzz/%: $(B)/tests/fuzz/%.o $(LIBS) $(B)/link.flags
	@mkdir -p $(@D)
	$(call say,LINK    $@)
	$(Q)$(LINK) -fsanitize=fuzzer $(filter %.o %.a,$^) $(UI_LIBS) $(LAB_LIBS) $(NET_LIBS) -o $@

layers: $(B)/libnet.a $(B)/liblab.a
	@LINK='$(LINK)' LAB_LIBS='$(LAB_LIBS)' NET_LIBS='$(NET_LIBS)' tests/check/layers.sh $(B)

# The sanitizers put variables of their own into every object: only the release build can be judged.
check-programs: programs $(PROGRAM_OBJ)
	@$(if $(filter release,$(SAN)),,$(error check-programs looks at SAN=release))CC='$(CC)' tests/check/programs.sh $(PROGRAM_OBJ)

style:
	@tests/check/style.sh

fuzz:
	@+MAKE='$(MAKE)' tests/check/fuzz.sh $(call variant,fuzz) $(N)

test:
	@+MAKE='$(MAKE)' tests/run.sh $(SAN) $(B) $(call variant,)
test-all:
	@+TEST_ALL=1 MAKE='$(MAKE)' tests/run.sh $(SAN) $(B) $(call variant,)

# tests/bench/*_bench.c are measuring programs; run.sh runs them and prints the table. bench/tcplab is the lab with a
# stopwatch at its frames (tests/bench/timed_frames.c).
BENCHES := $(patsubst tests/bench/%.c,$(B)/bench/%,$(sort $(wildcard tests/bench/*_bench.c)))
$(B)/bench/%: $(B)/tests/bench/%.o $(LIBS) $(B)/link.flags
	@mkdir -p $(@D)
	$(call say,LINK    $@)
	$(Q)$(LINK) $(filter %.o %.a,$^) $(UI_LIBS) $(LAB_LIBS) $(NET_LIBS) -lutil -o $@
$(B)/bench/tcplab: $(B)/ui/main.o $(B)/tests/bench/timed_frames.o $(LIBS) $(B)/link.flags
	@mkdir -p $(@D)
	$(call say,LINK    $@)
	$(Q)$(LINK) -Wl,--wrap=ui_app_frame,--wrap=lab_session_note_about $(filter %.o %.a,$^) $(UI_LIBS) $(LAB_LIBS) $(NET_LIBS) -o $@
bench: all programs $(BENCHES) $(B)/bench/tcplab $(B)/tests/net/exactness_test
	@if [ -x tests/bench/run.sh ]; then tests/bench/run.sh $(B); else echo 'nothing to measure: no tests/bench/run.sh'; fi

# ---- the rest -------------------------------------------------------------------------------------------------------

format:
	clang-format -i $(FORMATTED)
format-check:
	@clang-format --dry-run --Werror $(FORMATTED)

# The manual, the textbook, completion for two shells, and the profile that Ubuntu wants (its head says what for).
SHARE = $(DESTDIR)$(PREFIX)/share
install: all
	install -D -m 755 $(B)/tcplab $(DESTDIR)$(PREFIX)/bin/tcplab
	install -D -m 644 doc/tcplab.1 $(SHARE)/man/man1/tcplab.1
	install -D -m 644 LESSONS.md $(SHARE)/doc/tcplab/LESSONS.md
	install -D -m 644 doc/completion/tcplab.bash $(SHARE)/bash-completion/completions/tcplab
	install -D -m 644 doc/completion/_tcplab $(SHARE)/zsh/site-functions/_tcplab
	install -d $(SHARE)/doc/tcplab/apparmor.d
	sed 's|@BINDIR@|$(PREFIX)/bin|' doc/apparmor/tcplab >$(SHARE)/doc/tcplab/apparmor.d/tcplab
uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/tcplab $(SHARE)/man/man1/tcplab.1 $(SHARE)/zsh/site-functions/_tcplab
	rm -f $(SHARE)/bash-completion/completions/tcplab
	rm -rf $(SHARE)/doc/tcplab

# A B that was given is removed only if this Makefile built something there.
clean:
	rm -rf $(if $(filter command,$(firstword $(origin B))),$(patsubst %/link.flags,%,$(wildcard $(B)/link.flags)),build)

-include $(patsubst %.o,%.d,$(NET_OBJ) $(LAB_OBJ) $(UI_OBJ) $(B)/ui/main.o $(PROGRAM_OBJ) $(NET_GEN) $(HELPER_OBJ) \
         $(TESTS:%=%.o) $(FUZZERS:$(B)/fuzz/%=$(B)/tests/fuzz/%.o) $(BENCHES:$(B)/bench/%=$(B)/tests/bench/%.o) \
         $(B)/tests/bench/timed_frames.o)
endif
