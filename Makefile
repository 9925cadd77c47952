# make             library (static and shared), program, clstep.pc
# make check       all tests (needs Check and an OpenCL device such as PoCL)
# make install     DESTDIR=, PREFIX=, LIBDIR=, INCLUDEDIR=, BINDIR= are honoured; uninstall takes it back
# make V=1         shows the commands
# Everything that is made lies under $(BUILD).

MAKEFLAGS += --no-print-directory
BUILD   ?= build
PREFIX  ?= /usr/local
BINDIR  ?= $(PREFIX)/bin
LIBDIR  ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
CFLAGS  ?= -O2 -g
PKG_CONFIG ?= pkg-config
INSTALL ?= install
V       ?= 0
Q       := $(if $(filter 0,$(V)),@,)
say      = $(if $(filter 0,$(V)),@printf '  %-5s %s\n' $(1) $(patsubst $(BUILD)/%,%,$@))

# The version stands in the public header only.
version_part = $(shell sed -n 's/^.define CLSTEP_VERSION_$(1) //p' include/clstep/clstep.h)
MAJOR   := $(call version_part,MAJOR)
VERSION := $(MAJOR).$(call version_part,MINOR).$(call version_part,PATCH)
SONAME  := libclstep.so.$(MAJOR)
SHARED  := $(BUILD)/libclstep.so.$(VERSION)
STATIC  := $(BUILD)/libclstep.a

# -ffp-contract=off comes last: the code says itself where a product is fused.
own_cflags = -std=c11 -D_POSIX_C_SOURCE=200809L -fvisibility=hidden -pthread \
	-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wstrict-prototypes \
	-Wmissing-prototypes -Wvla -Wwrite-strings -Wpointer-arith -Iinclude -Isrc -Ikernels
opencl_libs  = $(shell $(PKG_CONFIG) --libs OpenCL)
check_libs   = $(shell $(PKG_CONFIG) --libs check)
lib_libs     = $(opencl_libs) -lm
program_libs = -lclblast -lz $(lib_libs)

lib_sources     := $(wildcard src/base/*.c src/rule/*.c src/device/*.c src/optimizer/*.c)
program_sources := $(wildcard src/cli/*.c)
kernel_files    := $(wildcard kernels/*.cl kernels/*.clh)

lib_objects     := $(lib_sources:%.c=$(BUILD)/static/%.o) $(BUILD)/static/generated/update_cl.o
shared_objects  := $(lib_objects:$(BUILD)/static/%=$(BUILD)/shared/%)
program_objects := $(program_sources:%.c=$(BUILD)/static/%.o) \
	$(BUILD)/static/generated/network_cl.o $(BUILD)/static/generated/yardstick_cl.o

all: $(STATIC) $(SHARED) $(BUILD)/clstep $(BUILD)/clstep.pc
.PHONY: all
.DELETE_ON_ERROR:
.SECONDARY:

# ---- kernels: each becomes a byte array
$(BUILD)/generated/update_cl.c: symbol = clstep__update_cl
$(BUILD)/generated/network_cl.c: symbol = network_cl
$(BUILD)/generated/yardstick_cl.c: symbol = yardstick_cl
$(BUILD)/generated/%_cl.c: kernels/%.cl $(kernel_files) scripts/embed-kernel
	$(call say,EMBED)
	$(Q)mkdir -p $(@D)
	$(Q)scripts/embed-kernel $< $(symbol) >$@

# ---- objects; the flags are a prerequisite, so that changed flags never mix with old objects
flags_now = $(CC) $(CPPFLAGS) $(CFLAGS) $(own_cflags)
$(BUILD)/flags: force
	$(Q)mkdir -p $(@D)
	$(Q)echo '$(flags_now)' | cmp -s - $@ || echo '$(flags_now)' >$@
.PHONY: force

compile = $(CC) $(own_cflags) $(test_cflags) $(CPPFLAGS) $(CFLAGS) -ffp-contract=off -MMD -MP -c $< -o $@
$(BUILD)/static/%.o: %.c $(BUILD)/flags
	$(call say,CC)
	$(Q)mkdir -p $(@D)
	$(Q)$(compile)
$(BUILD)/static/generated/%.o: $(BUILD)/generated/%.c $(BUILD)/flags
	$(call say,CC)
	$(Q)mkdir -p $(@D)
	$(Q)$(compile)
$(BUILD)/shared/%.o: %.c $(BUILD)/flags
	$(call say,CC)
	$(Q)mkdir -p $(@D)
	$(Q)$(compile) -fPIC
$(BUILD)/shared/generated/%.o: $(BUILD)/generated/%.c $(BUILD)/flags
	$(call say,CC)
	$(Q)mkdir -p $(@D)
	$(Q)$(compile) -fPIC

# ---- artefacts
$(STATIC): $(lib_objects)
	$(call say,AR)
	$(Q)rm -f $@
	$(Q)$(AR) rcs $@ $^

$(SHARED): $(shared_objects) src/clstep.map
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -shared -pthread -Wl,-soname,$(SONAME) -Wl,-z,defs \
		-Wl,--version-script=src/clstep.map -o $@ $(shared_objects) $(lib_libs)
	$(Q)ln -sf $(@F) $(BUILD)/$(SONAME)
	$(Q)ln -sf $(SONAME) $(BUILD)/libclstep.so

# The program is linked with the static library, so that it runs from anywhere.
$(BUILD)/clstep: $(program_objects) $(STATIC)
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -pthread -o $@ $^ $(program_libs)

$(BUILD)/clstep.pc: src/clstep.pc.in include/clstep/clstep.h $(BUILD)/install-flags
	$(call say,MAKE)
	$(Q)sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(patsubst $(PREFIX)/%,$${prefix}/%,$(LIBDIR))|' \
		-e 's|@INCLUDEDIR@|$(patsubst $(PREFIX)/%,$${prefix}/%,$(INCLUDEDIR))|' \
		-e 's|@VERSION@|$(VERSION)|' $< >$@
$(BUILD)/install-flags: force
	$(Q)mkdir -p $(@D)
	$(Q)echo '$(PREFIX) $(LIBDIR) $(INCLUDEDIR)' | cmp -s - $@ || echo '$(PREFIX) $(LIBDIR) $(INCLUDEDIR)' >$@

# ---- install
install: all
	$(Q)$(INSTALL) -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(LIBDIR)/pkgconfig $(DESTDIR)$(INCLUDEDIR)/clstep
	$(Q)$(INSTALL) -m 755 $(BUILD)/clstep $(DESTDIR)$(BINDIR)/clstep
	$(Q)$(INSTALL) -m 644 include/clstep/*.h $(DESTDIR)$(INCLUDEDIR)/clstep/
	$(Q)$(INSTALL) -m 644 $(STATIC) $(DESTDIR)$(LIBDIR)/libclstep.a
	$(Q)$(INSTALL) -m 755 $(SHARED) $(DESTDIR)$(LIBDIR)/$(notdir $(SHARED))
	$(Q)ln -sf $(notdir $(SHARED)) $(DESTDIR)$(LIBDIR)/$(SONAME)
	$(Q)ln -sf $(SONAME) $(DESTDIR)$(LIBDIR)/libclstep.so
	$(Q)$(INSTALL) -m 644 $(BUILD)/clstep.pc $(DESTDIR)$(LIBDIR)/pkgconfig/clstep.pc

uninstall:
	$(Q)rm -f $(DESTDIR)$(BINDIR)/clstep $(DESTDIR)$(LIBDIR)/libclstep.a \
		$(DESTDIR)$(LIBDIR)/libclstep.so $(DESTDIR)$(LIBDIR)/$(SONAME) \
		$(DESTDIR)$(LIBDIR)/$(notdir $(SHARED)) $(DESTDIR)$(LIBDIR)/pkgconfig/clstep.pc \
		$(patsubst include/%,$(DESTDIR)$(INCLUDEDIR)/%,$(wildcard include/clstep/*.h))
	$(Q)rmdir $(DESTDIR)$(INCLUDEDIR)/clstep 2>/dev/null || true

clean:
	$(Q)rm -rf $(BUILD)
.PHONY: install uninstall clean

include tests/tests.mk
-include $(shell [ ! -d $(BUILD) ] || find $(BUILD) -name '*.d')
