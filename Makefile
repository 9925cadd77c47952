# make             libraries (static and shared), program, pkg-config files
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
STATIC  := $(BUILD)/libclstep.a
SHARED  := $(BUILD)/libclstep.so.$(VERSION)
STORE_STATIC := $(BUILD)/libclstep-store.a
STORE_SHARED := $(BUILD)/libclstep-store.so.$(VERSION)

# -ffp-contract=off comes last: the code says itself where a product is fused.
own_cflags = -std=c11 -D_POSIX_C_SOURCE=200809L -fvisibility=hidden -pthread \
	-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wstrict-prototypes \
	-Wmissing-prototypes -Wvla -Wwrite-strings -Wpointer-arith -Iinclude -Isrc -Ikernels \
	-DCL_TARGET_OPENCL_VERSION=$(opencl_version)
# Names of later versions of OpenCL are hidden where nothing asks whether a device has them.
opencl_version = 120
$(foreach kind,static shared,$(BUILD)/$(kind)/src/device/device_pointers.o): opencl_version = 200
opencl_libs  = $(shell $(PKG_CONFIG) --libs OpenCL)
check_libs   = $(shell $(PKG_CONFIG) --libs check)
lib_libs     = $(opencl_libs) -lm
store_libs   = $(shell $(PKG_CONFIG) --libs jansson)
program_libs = -lclblast -lz $(store_libs) $(lib_libs)

lib_folders     := base format rule reference device engine optimizer selftest tuning
store_folders   := safetensors checkpoint convert
lib_sources     := $(wildcard $(lib_folders:%=src/%/*.c))
store_sources   := $(wildcard $(store_folders:%=src/%/*.c))
program_sources := $(wildcard src/cli/*.c src/cli/*/*.c)
kernel_files    := $(wildcard kernels/*/* kernels/*/*/*)

lib_objects     := $(lib_sources:%.c=$(BUILD)/static/%.o) \
	$(BUILD)/static/generated/update_cl.o $(BUILD)/static/generated/probe_cl.o
shared_objects  := $(lib_objects:$(BUILD)/static/%=$(BUILD)/shared/%)
store_objects   := $(store_sources:%.c=$(BUILD)/static/%.o)
# The shared store library has its own copy of what it uses of src/base; the error record is libclstep's.
store_shared_objects := $(store_sources:%.c=$(BUILD)/shared/%.o) \
	$(patsubst %,$(BUILD)/shared/src/base/%.o,file_error file_input file_place file_replace file_temporary \
	memory sized text)
program_objects := $(program_sources:%.c=$(BUILD)/static/%.o) \
	$(patsubst %,$(BUILD)/static/generated/%_cl.o,bench network limit)

all: $(STATIC) $(SHARED) $(STORE_STATIC) $(STORE_SHARED) $(BUILD)/clstep $(BUILD)/clstep.pc \
	$(BUILD)/clstep-store.pc
.PHONY: all
.DELETE_ON_ERROR:
.SECONDARY:

# ---- kernels: each becomes a byte array
$(BUILD)/generated/update_cl.c: symbol = clstep__update_cl
$(BUILD)/generated/probe_cl.c: symbol = clstep__probe_cl
$(BUILD)/generated/bench_cl.c: symbol = bench_cl
$(BUILD)/generated/network_cl.c: symbol = network_cl
$(BUILD)/generated/limit_cl.c: symbol = limit_cl
$(BUILD)/generated/%_cl.c: $(kernel_files) scripts/embed-kernel
	$(call say,EMBED)
	$(Q)mkdir -p $(@D)
	$(Q)scripts/embed-kernel $(wildcard kernels/*/$*.cl) $(symbol) >$@

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

$(STORE_STATIC): $(store_objects)
	$(call say,AR)
	$(Q)rm -f $@
	$(Q)$(AR) rcs $@ $^

# shared NAME: a shared library of that name, with its links
soname = $(1).so.$(MAJOR)
shared = $(CC) $(CFLAGS) $(LDFLAGS) -shared -pthread -Wl,-soname,$(call soname,$(1)) -Wl,-z,defs \
	-Wl,--version-script=src/clstep.map -o $@ $(filter %.o,$^)
links = ln -sf $(@F) $(BUILD)/$(call soname,$(1)) && ln -sf $(call soname,$(1)) $(BUILD)/$(1).so
$(SHARED): $(shared_objects) src/clstep.map
	$(call say,LINK)
	$(Q)$(call shared,libclstep) $(lib_libs)
	$(Q)$(call links,libclstep)
$(STORE_SHARED): $(store_shared_objects) $(SHARED) src/clstep.map
	$(call say,LINK)
	$(Q)$(call shared,libclstep-store) -L$(BUILD) -lclstep $(store_libs) $(lib_libs)
	$(Q)$(call links,libclstep-store)

# The program is linked with the static libraries, so that it runs from anywhere.
$(BUILD)/clstep: $(program_objects) $(STORE_STATIC) $(STATIC)
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -pthread -o $@ $^ $(program_libs)

$(BUILD)/%.pc: src/%.pc.in include/clstep/clstep.h $(BUILD)/install-flags
	$(call say,MAKE)
	$(Q)sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(patsubst $(PREFIX)/%,$${prefix}/%,$(LIBDIR))|' \
		-e 's|@INCLUDEDIR@|$(patsubst $(PREFIX)/%,$${prefix}/%,$(INCLUDEDIR))|' \
		-e 's|@VERSION@|$(VERSION)|' $< >$@
$(BUILD)/install-flags: force
	$(Q)mkdir -p $(@D)
	$(Q)echo '$(PREFIX) $(LIBDIR) $(INCLUDEDIR)' | cmp -s - $@ || echo '$(PREFIX) $(LIBDIR) $(INCLUDEDIR)' >$@

# ---- install
libraries := $(STATIC) $(SHARED) $(STORE_STATIC) $(STORE_SHARED)
install: all
	$(Q)$(INSTALL) -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(LIBDIR)/pkgconfig $(DESTDIR)$(INCLUDEDIR)/clstep
	$(Q)$(INSTALL) -m 755 $(BUILD)/clstep $(DESTDIR)$(BINDIR)/clstep
	$(Q)$(INSTALL) -m 644 include/clstep/*.h $(DESTDIR)$(INCLUDEDIR)/clstep/
	$(Q)$(INSTALL) -m 644 $(filter %.a,$(libraries)) $(DESTDIR)$(LIBDIR)/
	$(Q)$(INSTALL) -m 755 $(filter-out %.a,$(libraries)) $(DESTDIR)$(LIBDIR)/
	$(Q)$(foreach name,libclstep libclstep-store,ln -sf $(name).so.$(VERSION) \
		$(DESTDIR)$(LIBDIR)/$(call soname,$(name)) && ln -sf $(call soname,$(name)) $(DESTDIR)$(LIBDIR)/$(name).so &&) true
	$(Q)$(INSTALL) -m 644 $(BUILD)/clstep.pc $(BUILD)/clstep-store.pc $(DESTDIR)$(LIBDIR)/pkgconfig/

uninstall:
	$(Q)rm -f $(DESTDIR)$(BINDIR)/clstep $(patsubst $(BUILD)/%,$(DESTDIR)$(LIBDIR)/%,$(libraries)) \
		$(foreach name,libclstep libclstep-store,$(DESTDIR)$(LIBDIR)/$(name).so \
		$(DESTDIR)$(LIBDIR)/$(call soname,$(name)) $(DESTDIR)$(LIBDIR)/pkgconfig/$(name:lib%=%).pc) \
		$(patsubst include/%,$(DESTDIR)$(INCLUDEDIR)/%,$(wildcard include/clstep/*.h))
	$(Q)rmdir $(DESTDIR)$(INCLUDEDIR)/clstep 2>/dev/null || true

clean:
	$(Q)rm -rf $(BUILD)
.PHONY: install uninstall clean

include tests/tests.mk
# Only where objects lie: other folders of $(BUILD) may be whole systems with an /etc/rc2.d.
-include $(foreach folder,$(wildcard $(BUILD)/static $(BUILD)/shared),$(shell find $(folder) -name '*.d'))
