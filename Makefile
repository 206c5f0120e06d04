# SPDX-License-Identifier: GPL-3.0-or-later
# tcplab. GNU Make, no configure step: `make deps run` installs the libraries, builds, and opens the lab.
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
#: make warnings [IN=net]   what this compiler warns of in any source (of that folder), without making anything
#: make soak [T=3600 SEED=N] what attacks the lab, for so many seconds: tests/soak/soak.sh; SAN=asan or tsan, too
#: make bench, lists        the measurements; the lists in README.md and the manuals, from their tables
#: make po/tcplab.pot       the template of all messages, after a sentence has changed
#: make format              clang-format everything; format-check only looks
#: make install, uninstall  under DESTDIR and PREFIX (/usr/local)
#: make clean               remove build/
#:
#: variables                CC=gcc|clang  SAN=release|asan|tsan  B=another build directory
#:                          SHARED=1 links the libraries shared, for packages; HOMEPAGE=URL stands in --version
#:                          CFLAGS CPPFLAGS LDFLAGS come after ours;  CI=1 takes warnings as errors  V=1 shows commands
# Everything that is built goes under B (build/<variant>), so that variants live side by side and `rm -rf build` is
# always safe. Sources are found by wildcard: a new file needs no edit here. Each layer is one archive.

VERSION = 0.1
SAN     = release
B       = build/$(SAN)
PREFIX  = /usr/local
OBJCOPY = objcopy
MAKEFLAGS += --no-builtin-rules
.DELETE_ON_ERROR:
ifeq ($(filter $(SAN),release asan tsan),)
$(error SAN=$(SAN) is not a variant: SAN is release, asan or tsan)
endif
# Where another variant of the same build goes: beside build/release, or inside a B that was given.
B_WAS_GIVEN := $(filter command,$(firstword $(origin B)))
variant      = $(if $(B_WAS_GIVEN),$(B)/$1,build/$1)
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
SAN_asan    := -O0 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
SAN_tsan    := -O0 -fno-omit-frame-pointer -fsanitize=thread
# FUZZ=1 is set by the fuzz target alone.
SAN_FLAGS   := $(SAN_$(SAN)) $(if $(FUZZ),-fsanitize=fuzzer-no-link)
COMPILE = $(CC) -std=gnu11 -g -pthread -iquote . -D_GNU_SOURCE= $(SAN_FLAGS) $(WARNINGS) $(WERROR) $(PKG_CFLAGS) $(EXTRA) \
          $(CPPFLAGS) $(CFLAGS)
DEPGEN  = -MMD -MP -MF $(@:.o=.d) -MT $@
# Addresses are looked up before main(), while there is one process: not in each after the guard's fork.
LINK    = $(CC) -g -pthread -Wl,-z,relro,-z,now $(SAN_FLAGS) $(CFLAGS) $(LDFLAGS)

# The libraries of each layer; pkg-config is asked once, and only by what compiles.
NET_PKGS  := libmnl
LAB_PKGS  := jansson libcmark-gfm libzstd
UI_PKGS   := panelw ncursesw readline
TEST_PKGS := cmocka libpcap
pc         = $(if $(filter 0,$(shell pkg-config --exists --print-errors $2; echo $$?)),$(shell pkg-config $1 $2),\
             $(error of $2 something is missing: run `make deps`))
once       = $(eval $1 := $2)$($1)
# Their archives where there are any: each shared library costs every start six page faults or more, and the time of as
# many small programs. A library without an archive stays shared; so do all under the sanitizers.
archives   = $(if $(SHARED)$(filter-out release,$(SAN)),$1,$(shell for word in $1; do case $$word in \
             (-l*) file=$$($(CC) -print-file-name=lib$${word#-l}.a); [ "$${file#/}" = "$$file" ] || word=$$file;; esac; \
             echo $$word; done))
PKG_CFLAGS  = $(call once,PKG_CFLAGS,$(call pc,--cflags,$(NET_PKGS) $(LAB_PKGS) $(UI_PKGS) libdw))
TEST_CFLAGS = $(call once,TEST_CFLAGS,$(call pc,--cflags,$(TEST_PKGS)))
NET_LIBS    = $(call once,NET_LIBS,$(call archives,$(call pc,--libs,$(NET_PKGS))))
LAB_LIBS    = $(call once,LAB_LIBS,$(call archives,$(call pc,--libs,$(LAB_PKGS))))
UI_LIBS     = $(call once,UI_LIBS,$(call archives,$(call pc,--libs,$(UI_PKGS))))
TEST_LIBS   = $(call once,TEST_LIBS,$(call pc,--libs,$(TEST_PKGS)))

# ---- what is built from what ----------------------------------------------------------------------------------------
sources      = $(sort $(wildcard $(addsuffix /*.c,$1) $(addsuffix /*/*.c,$1)))
objects      = $(patsubst %.c,$(B)/%.o,$1)
PROGRAM_SRC := $(sort $(wildcard net/programs/*.c))
PROGRAM_OBJ := $(call objects,$(PROGRAM_SRC))
PROGRAMS    := $(PROGRAM_SRC:net/programs/%.c=$(B)/programs/%)
# The build writes itself the table of chapter programs with their text, the text of the lessons, and what stands in
# every exported page.
# net/preload is no part of the lab: it is a library for programs of the learner's, and in the lab only as bytes.
PRELOAD_SRC := $(sort $(wildcard net/preload/*.c net/trace/*.c net/ring/ring.c) net/socket/diag.c net/base/clock.c \
               net/base/error.c net/base/message.c net/base/names.c net/base/plain.c net/base/proc.c net/data/address.c net/data/call.c net/data/event.c net/data/option.c)
preload_OBJ := $(PRELOAD_SRC:%.c=$(B)/preload/%.o)
net_OBJ     := $(call objects,$(filter-out net/preload/%,$(call sources,net))) $(B)/gen/programs.o \
               $(B)/gen/programs_text.o $(B)/gen/preload.o
# The lessons, and each translation of them: adding a language is one file.
TRANSLATED  := $(sort $(wildcard LESSONS.*.md))
lab_OBJ     := $(call objects,$(call sources,lab)) $(B)/gen/lessons_text.o $(B)/gen/translations.o $(B)/gen/translated_text.o \
               $(B)/gen/page_text.o
ui_OBJ      := $(call objects,$(filter-out ui/main.c,$(call sources,ui)))
tests_OBJ   := $(call objects,$(sort $(wildcard tests/fixtures/*.c)))
LIBS        := $(B)/libui.a $(B)/liblab.a $(B)/libnet.a
TESTS       := $(patsubst %.c,$(B)/%,$(sort $(wildcard tests/*/*_test.c)))
FUZZERS     := $(patsubst tests/fuzz/%.c,$(B)/fuzz/%,$(sort $(wildcard tests/fuzz/*.c)))
BENCHES     := $(patsubst tests/bench/%.c,$(B)/bench/%,$(sort $(wildcard tests/bench/*_bench.c)))
# What attacks the lab, and the library that lets a call of it fail.
SOAKERS     := $(patsubst tests/soak/%.c,$(B)/soak/%,$(sort $(wildcard tests/soak/*_soak.c))) $(B)/soak/failing_calls.so
FORMATTED   := $(sort $(wildcard $(foreach layer,net lab ui tests,$(layer)/*.[ch] $(layer)/*/*.[ch])))
.PHONY: all run programs tests lists test test-all layers check-programs style warnings bench fuzz fuzzers soak soakers format format-check \
        install uninstall clean help deps FORCE
# Make would delete objects that only a chain of rules names; the patterns must be those of the rules, letter by letter.
.PRECIOUS: $(B)/%.o $(B)/net/programs/%.o $(B)/gen/%.o $(B)/lib%.list
# Catalogues of messages: adding a language is one file.
LANGUAGES   := $(patsubst po/%.po,%,$(wildcard po/*.po))
CATALOGUES  := $(LANGUAGES:%=$(B)/locale/%/LC_MESSAGES/tcplab.mo)
all: $(B)/tcplab $(CATALOGUES)
$(B)/locale/%/LC_MESSAGES/tcplab.mo: po/%.po
	$(call say,MSGFMT  $<)
	$(Q)msgfmt --check --output-file=$@ $<
po/tcplab.pot: FORCE ; @tools/messages.sh >$@.new && mv $@.new $@
help:
	@sed -n "s/^#: \{0,1\}\(.*\)/\1/p" $(firstword $(MAKEFILE_LIST))
deps: ; @tools/deps.sh
run: all ; @$(B)/tcplab $(ARGS)

# ---- compiling and linking ------------------------------------------------------------------------------------------
# One short line for each thing made; V=1 shows the commands, -s nothing.
Q   = $(if $(V),,@)
say = @mkdir -p $(@D)$(if $(V)$(findstring s,$(firstword -$(MAKEFLAGS))),,; echo '  $1')

# The target becomes TEXT, and new only when it was another: what depends on it is rebuilt when the command line or the
# list of files changes, and only then.
define remember
@mkdir -p $(@D)
@printf '%s\n' '$(subst ','\'',$1)' >$@.new
@if cmp -s $@.new $@; then rm -f $@.new; else mv -f $@.new $@; fi
endef
$(B)/compile.flags: FORCE
	$(call remember,$(COMPILE))
$(B)/traced.flags: FORCE
	$(call remember,$(CC) $(TRACE))
$(B)/link.flags: FORCE
	$(call remember,$(LINK) $(UI_LIBS) $(LAB_LIBS) $(NET_LIBS))
$(B)/lib%.list: FORCE
	$(call remember,$($*_OBJ))

define compile
$(call say,CC      $<)
$(Q)$(COMPILE) $(DEPGEN) -c $< -o $@
endef
$(B)/%.o: %.c $(B)/compile.flags
	$(compile)
$(B)/compile.flags:      EXTRA =
$(B)/tests/%.o $(B)/tests/%.warned: EXTRA = $(TEST_CFLAGS)
$(addprefix $(B)/ui/main.,o warned): EXTRA = -DTCPLAB_VERSION='"$(VERSION)"' -DTCPLAB_HOMEPAGE='"$(HOMEPAGE)"'
$(B)/ui/main.o: Makefile
$(B)/libnet.a:   $(net_OBJ)
$(B)/liblab.a:   $(lab_OBJ)
$(B)/libui.a:    $(ui_OBJ)
$(B)/libtests.a: $(tests_OBJ)
$(B)/lib%.a: $(B)/lib%.list
	$(call say,AR      $@)
	@rm -f $@
	$(Q)$(AR) qcs $@ $(filter %.o,$^)

# $(call link,FLAGS,LIBRARIES): what the target depends on, with the libraries of all layers, in any order.
define link
$(call say,LINK    $@)
$(Q)$(LINK) $1 $(filter %.o,$^) -Wl,--start-group $(filter %.a,$^) $2 $(UI_LIBS) $(LAB_LIBS) $(NET_LIBS) -Wl,--end-group -o $@
endef
$(B)/tcplab: $(B)/ui/main.o $(LIBS) $(B)/link.flags
	$(call link)
$(B)/tests/%_test: $(B)/tests/%_test.o $(B)/libtests.a $(LIBS) $(B)/link.flags
	$(call link,,$(TEST_LIBS))
$(B)/fuzz/%: $(B)/tests/fuzz/%.o $(LIBS) $(B)/link.flags
	$(call link,-fsanitize=fuzzer)
$(B)/bench/%: $(B)/tests/bench/%.o $(LIBS) $(B)/link.flags
	$(call link,,-lutil)
$(B)/soak/%: $(B)/tests/soak/%.o $(B)/libtests.a $(LIBS) $(B)/link.flags
	$(call link,,-lutil)
$(B)/soak/%.so: tests/soak/%.c $(B)/compile.flags
	$(call say,LINK    $@)
	$(Q)$(CC) -std=gnu11 -g -O1 -fPIC -shared -iquote . -D_GNU_SOURCE= $(WARNINGS) $(WERROR) \
	    $(if $(filter release,$(SAN)),-DFAILS_MEMORY) $< -o $@ -ldl
$(B)/lists: $(B)/tools/lists.o $(LIBS) $(B)/link.flags
	$(call link)
# The lab with a stopwatch at its frames.
$(B)/bench/tcplab: $(B)/ui/main.o $(B)/tests/bench/timed_frames.o $(LIBS) $(B)/link.flags
	$(call link,-Xlinker --wrap=ui_app_frame -Xlinker --wrap=lab_session_note_about)

# ---- the library that is loaded into a learner's program --------------------------------------------------------------
# Without a sanitizer, whatever the lab is built with: the program has none. Exported are libc's names alone; what the
# names of its own are, and the parts that nobody calls, go.
PRELOAD = $(CC) -std=gnu11 -g -O2 -pthread -iquote . -D_GNU_SOURCE= -fPIC -fvisibility=hidden -ffunction-sections \
          -fdata-sections -ftls-model=initial-exec -fno-builtin -D__NO_INLINE__=1 -U_FORTIFY_SOURCE $(WARNINGS) $(WERROR) $(PKG_CFLAGS) \
          $(CPPFLAGS)
$(B)/preload.flags: FORCE
	$(call remember,$(PRELOAD) $(preload_OBJ))
$(B)/preload/%.o: %.c $(B)/preload.flags
	$(call say,PIC     $<)
	$(Q)$(PRELOAD) $(DEPGEN) -c $< -o $@
$(B)/libtcplab-trace.so: $(preload_OBJ)
	$(call say,LINK    $@)
	$(Q)$(CC) -shared -pthread -static-libgcc -Wl,--gc-sections -Wl,-z,defs -Wl,-z,relro -Wl,-z,now -Wl,--build-id=none \
	    -Wl,-soname,libtcplab-trace.so \
	    $(preload_OBJ) $(call archives,$(NET_LIBS)) -o $@
	$(Q)$(OBJCOPY) --strip-debug $@
$(B)/gen/preload.S: $(B)/libtcplab-trace.so tools/programs.sh
	$(call say,GEN     $@)
	$(Q)tools/programs.sh preload $< >$@

# ---- chapter programs -----------------------------------------------------------------------------------------------
# The same file twice. Alone, exactly as the chapter says; and traced, with its calls replaced by net/trace/traced.h and
# its main renamed, as an object of libnet.a. objcopy makes every other name of it private, so that two programs may both
# have a handle_client(). _FORTIFY_SOURCE would turn recv() into __recv_chk(), which no macro sees; a renamed main()
# loses its implicit `return 0`, hence -Werror=return-type.

TRACE = -std=gnu11 -g -pthread -iquote . $(SAN_FLAGS) -Wall -Wextra $(WERROR) $(CPPFLAGS) $(CFLAGS) \
        -include net/trace/traced.h -Werror=return-type -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=0
programs: $(PROGRAMS)
$(B)/programs/%: net/programs/%.c $(B)/compile.flags
	$(call say,$(notdir $(CC)) $< -o $@)
	$(Q)$(CC) -std=gnu11 -O2 -Wall -Wextra $(WERROR) -c $< -o /dev/null
	$(Q)$(CC) $< -o $@
$(B)/net/programs/%.o: net/programs/%.c $(B)/traced.flags
	$(call say,TRACE   $<)
	$(Q)$(CC) $(TRACE) -Dmain=program_$* $(DEPGEN) -c $< -o $@
	$(Q)$(OBJCOPY) --keep-global-symbol=program_$* $@

define generate
$(call say,GEN     $@)
$(Q)tools/programs.sh $1 >$@
endef
$(B)/gen/programs.c $(B)/gen/programs_text.S: $(PROGRAM_SRC) $(B)/libnet.list tools/programs.sh
	$(call generate,$(if $(filter %.c,$@),table,text) $(PROGRAM_SRC))
$(B)/gen/lessons_text.S: LESSONS.md tools/programs.sh
	$(call generate,lessons LESSONS.md)
$(B)/translated.list: FORCE
	$(call remember,$(TRANSLATED))
$(B)/gen/translations.c $(B)/gen/translated_text.S: $(TRANSLATED) $(B)/translated.list tools/programs.sh
	$(call generate,$(if $(filter %.c,$@),translations,translated-text) $(TRANSLATED))
$(B)/gen/page_text.S: lab/export/page.css lab/export/page.js tools/programs.sh
	$(call generate,page lab/export/page.css lab/export/page.js)
$(B)/gen/%.o: $(B)/gen/%.c $(B)/compile.flags
	$(compile)
$(B)/gen/%.o: $(B)/gen/%.S $(B)/compile.flags
	$(compile)

# ---- tests ----------------------------------------------------------------------------------------------------------
tests: $(TESTS) $(B)/lists
lists: $(B)/lists all
	@$< README.md doc/tcplab.1
	@$(foreach l,$(LANGUAGES),$< --lang $l doc/$l/tcplab.1;)
fuzzers: $(FUZZERS)
layers: $(B)/libnet.a $(B)/liblab.a
	@LINK='$(LINK)' LAB_LIBS='$(LAB_LIBS)' NET_LIBS='$(NET_LIBS)' tests/check/layers.sh $(B)
# The sanitizers put variables of their own into every object: only the release build can be judged.
check-programs: programs $(PROGRAM_OBJ)
	@$(if $(filter release,$(SAN)),,$(error check-programs looks at SAN=release))CC='$(CC)' tests/check/programs.sh $(PROGRAM_OBJ)
style: ; @tests/check/style.sh
# (net/preload defines what fortified headers have inline, and has the same flags; tests/own are faulty on purpose.)
IN = net lab ui tests tools
warnings: $(patsubst %.c,$(B)/%.warned,$(filter-out $(PROGRAM_SRC) net/preload/% tests/own/%,$(call sources,$(IN))))
$(B)/%.warned: %.c $(B)/compile.flags
	$(call say,WARN    $<)
	$(Q)$(COMPILE) -fsyntax-only $< && touch $@
fuzz:
	@+MAKE='$(MAKE)' tests/check/fuzz.sh $(call variant,fuzz) $(N)
test test-all:
	@+TEST_ALL=$(filter test-all,$@) MAKE='$(MAKE)' tests/run.sh $(SAN) $(B) $(call variant,)
soakers: $(SOAKERS)
soak: all soakers
	@tests/soak/soak.sh $(B) '$(or $(T),3600)' $(SEED)
bench: all programs $(BENCHES) $(B)/bench/tcplab $(B)/tests/net/exactness_test
	@tests/bench/run.sh $(B)

# ---- the rest -------------------------------------------------------------------------------------------------------
format: ; clang-format -i $(FORMATTED)
format-check: ; @clang-format --dry-run --Werror $(FORMATTED)
# The manual, the textbook, completion for two shells, and the profile that Ubuntu wants (its head says what for).
SHARE = $(DESTDIR)$(PREFIX)/share
install: all
	install -D -m 755 $(B)/tcplab $(DESTDIR)$(PREFIX)/bin/tcplab
	install -D -m 644 doc/tcplab.1 $(SHARE)/man/man1/tcplab.1
	$(foreach l,$(LANGUAGES),install -D -m 644 $(B)/locale/$l/LC_MESSAGES/tcplab.mo $(SHARE)/locale/$l/LC_MESSAGES/tcplab.mo;)
	$(foreach l,$(LANGUAGES),install -D -m 644 doc/$l/tcplab.1 $(SHARE)/man/$l/man1/tcplab.1;)
	install -D -m 644 doc/tcplab-run.5 $(SHARE)/man/man5/tcplab-run.5
	install -D -m 644 doc/tcplab-lessons.5 $(SHARE)/man/man5/tcplab-lessons.5
	install -D -m 644 -t $(SHARE)/doc/tcplab LESSONS.md $(TRANSLATED)
	install -D -m 644 doc/example-lessons.md $(SHARE)/doc/tcplab/example-lessons.md
	install -D -m 644 doc/completion/tcplab.bash $(SHARE)/bash-completion/completions/tcplab
	install -D -m 644 doc/completion/_tcplab $(SHARE)/zsh/site-functions/_tcplab
	sed 's|@BINDIR@|$(PREFIX)/bin|' doc/apparmor/tcplab | install -D -m 644 /dev/stdin $(SHARE)/doc/tcplab/apparmor.d/tcplab
uninstall:
	rm -rf $(DESTDIR)$(PREFIX)/bin/tcplab $(SHARE)/doc/tcplab
	rm -f $(LANGUAGES:%=$(SHARE)/locale/%/LC_MESSAGES/tcplab.mo) $(LANGUAGES:%=$(SHARE)/man/%/man1/tcplab.1)
	rm -f $(addprefix $(SHARE)/,man/man1/tcplab.1 man/man5/tcplab-run.5 man/man5/tcplab-lessons.5 zsh/site-functions/_tcplab bash-completion/completions/tcplab)
# A B that was given is removed only if this Makefile built something there.
clean:
	rm -rf $(if $(B_WAS_GIVEN),$(patsubst %/link.flags,%,$(wildcard $(B)/link.flags)),build)

-include $(wildcard $(B)/*/*.d $(B)/*/*/*.d $(B)/*/*/*/*.d)
endif
