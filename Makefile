# make             libraries, program, pkg-config files, everything in $(BUILD)
# make lib         libclstep alone: needs an OpenCL loader with its headers, and nothing else
# make store       libclstep-store, which adds jansson
# make check       the usual tests (needs Check and an OpenCL device such as PoCL); scripts/test is shorter
# make install     libraries and program (install-store: both libraries; install-lib: libclstep alone);
#                  make uninstall removes them
# make dist        the sources as $(BUILD)/clstep-VERSION.tar.gz
# make clean       removes $(BUILD)
#
# prefix=/usr/local bindir= libdir= includedir= (or in capitals), DESTDIR=
# static=0 or shared=0   makes no static, or no shared, libraries; the program runs without either
# CC= CFLAGS= CPPFLAGS= LDFLAGS= PKG_CONFIG= BUILD=build, and V=1 to see the commands

MAKEFLAGS  += --no-print-directory
BUILD      ?= build
prefix     ?= /usr/local
PREFIX     ?= $(prefix)
bindir     ?= $(PREFIX)/bin
BINDIR     ?= $(bindir)
libdir     ?= $(PREFIX)/lib
LIBDIR     ?= $(libdir)
includedir ?= $(PREFIX)/include
INCLUDEDIR ?= $(includedir)
static     ?= 1
shared     ?= 1
CFLAGS     ?= -O2 -g
PKG_CONFIG ?= pkg-config
INSTALL    ?= install
V          ?= 0
Q   := $(if $(filter 0,$(V)),@,)
say  = $(if $(filter 0,$(V)),@printf '  %-5s %s\n' $(1) $(patsubst $(BUILD)/%,%,$@))

# The version stands in the public header only.
version_part = $(shell sed -n 's/^.define CLSTEP_VERSION_$(1) //p' include/clstep/clstep.h)
MAJOR   := $(call version_part,MAJOR)
VERSION := $(MAJOR).$(call version_part,MINOR).$(call version_part,PATCH)

# -ffp-contract=off comes last: the code says itself where a product is fused. The names of later versions
# of OpenCL are hidden where nothing asks whether a device has them.
own_cflags = -std=c11 -D_POSIX_C_SOURCE=200809L -DCL_TARGET_OPENCL_VERSION=$(opencl_version) -fPIC \
	-fvisibility=hidden -pthread -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion \
	-Wstrict-prototypes -Wmissing-prototypes -Wvla -Wwrite-strings -Wpointer-arith \
	-Iinclude -Isrc -Ikernels $(opencl_cflags)
opencl_version = 120
$(BUILD)/obj/src/device/device_pointers.o: opencl_version = 200

# Asked for where they are needed, so that libclstep does without the others.
opencl_cflags := $(shell $(PKG_CONFIG) --cflags OpenCL 2>/dev/null)
lib_libs      = $(shell $(PKG_CONFIG) --libs OpenCL) -lm
store_libs    = $(shell $(PKG_CONFIG) --libs jansson) $(lib_libs)
program_libs  = $(shell $(PKG_CONFIG) --libs clblast zlib) $(store_libs)
$(BUILD)/obj/src/checkpoint/%.o $(BUILD)/obj/src/safetensors/%.o $(BUILD)/obj/src/convert/%.o: \
	more_cflags = $(shell $(PKG_CONFIG) --cflags jansson)
$(BUILD)/obj/src/cli/%.o: more_cflags = $(shell $(PKG_CONFIG) --cflags clblast zlib)

sources         = $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard $(1)))
kernels         = $(patsubst %,$(BUILD)/obj/generated/%_cl.o,$(1))
# The scalar reference of the rules is compiled for fp32 and once more for fp64.
both_types      := $(filter-out %/block8_step.o %/norm.o,$(call sources,src/reference/*.c))
lib_objects     := $(both_types:%.o=%_double.o) $(call sources,$(patsubst %,src/%/*.c,base format rule reference device engine optimizer \
	selftest tuning)) $(call kernels,update probe)
store_objects   := $(call sources,$(patsubst %,src/%/*.c,safetensors checkpoint convert))
program_objects := $(call sources,src/cli/*.c src/cli/*/*.c) $(call kernels,bench drift limit network)
# The shared store library has its own copy of src/base, and of what encodes numbers; but the error record
# is libclstep's.
store_base      := $(filter-out %/error.o,$(call sources,src/base/*.c $(patsubst %,src/format/%.c,bfloat16 bits block8 float16)))

# ---- what there is to make
STATIC       := $(BUILD)/libclstep.a
SHARED       := $(BUILD)/libclstep.so.$(VERSION)
STORE_STATIC := $(BUILD)/libclstep-store.a
STORE_SHARED := $(BUILD)/libclstep-store.so.$(VERSION)
wanted        = $(if $(filter 0,$(static)),,$(1)) $(if $(filter 0,$(shared)),,$(2))
lib_files    := $(call wanted,$(STATIC),$(SHARED))
store_files  := $(call wanted,$(STORE_STATIC),$(STORE_SHARED))

all: lib store $(BUILD)/clstep
lib: $(lib_files) $(BUILD)/clstep.pc $(BUILD)/clstep_ffi.h
store: lib $(store_files) $(BUILD)/clstep-store.pc
help:
	@sed -n '/^#/!q; s/^# \{0,1\}//p' Makefile
	@sed -n '/^#/!q; s/^# \{0,1\}//p' tests/tests.mk
clean:
	$(Q)rm -rf $(BUILD)
dist:
	$(Q)mkdir -p $(BUILD)
	$(Q)git archive --prefix=clstep-$(VERSION)/ -o $(BUILD)/clstep-$(VERSION).tar.gz HEAD
.PHONY: all lib store help clean dist
.DELETE_ON_ERROR:
.SECONDARY:

# ---- objects, of kernels too: each becomes a byte array. The flags are a prerequisite, so that changed
# flags never mix with old objects.
$(BUILD)/obj/%.o: %.c $(BUILD)/flags
	$(call say,CC)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(own_cflags) $(more_cflags) $(CPPFLAGS) $(CFLAGS) -ffp-contract=off -MMD -MP -c $< -o $@
$(BUILD)/obj/%_double.o: %.c $(BUILD)/flags
	$(call say,CC)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(own_cflags) -DCLSTEP__REAL_IS_DOUBLE $(CPPFLAGS) $(CFLAGS) -ffp-contract=off -MMD -MP -c $< -o $@
$(BUILD)/obj/generated/%.o: $(BUILD)/generated/%.c $(BUILD)/flags
	$(call say,CC)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(own_cflags) $(CPPFLAGS) $(CFLAGS) -c $< -o $@
$(BUILD)/generated/update_cl.c: symbol = clstep__update_cl
$(BUILD)/generated/probe_cl.c: symbol = clstep__probe_cl
$(BUILD)/generated/%_cl.c: symbol = $*_cl
$(BUILD)/generated/%_cl.c: $(wildcard kernels/*/* kernels/*/*/*) scripts/embed-kernel
	$(call say,EMBED)
	$(Q)mkdir -p $(@D)
	$(Q)scripts/embed-kernel $(wildcard kernels/*/$*.cl) $(symbol) >$@

# $(call remember,TEXT): a file that changes when the text does
remember = @mkdir -p $(@D); echo '$(1)' | cmp -s - $@ || echo '$(1)' >$@
$(BUILD)/flags: force
	$(call remember,$(CC) $(own_cflags) $(CPPFLAGS) $(CFLAGS))
$(BUILD)/places: force
	$(call remember,$(PREFIX) $(LIBDIR) $(INCLUDEDIR))
.PHONY: force

# ---- artefacts
$(STATIC): $(lib_objects)
$(STORE_STATIC): $(store_objects)
$(BUILD)/%.a:
	$(call say,AR)
	$(Q)rm -f $@
	$(Q)$(AR) rcs $@ $^

# $(call link,NAME) LIBRARIES: a shared library of that name, then $(call links,NAME,FOLDER)
soname = $(1).so.$(MAJOR)
link   = $(CC) $(CFLAGS) $(LDFLAGS) -shared -pthread -Wl,-soname,$(call soname,$(1)) -Wl,-z,defs \
	-Wl,--version-script=src/$(1).map -o $@ $(filter %.o,$^)
links  = ln -sf $(1).so.$(VERSION) $(2)/$(call soname,$(1)) && ln -sf $(call soname,$(1)) $(2)/$(1).so
$(SHARED): $(lib_objects) src/libclstep.map
	$(call say,LINK)
	$(Q)$(call link,libclstep) $(lib_libs)
	$(Q)$(call links,libclstep,$(BUILD))
$(STORE_SHARED): $(store_objects) $(store_base) $(SHARED) src/libclstep-store.map
	$(call say,LINK)
	$(Q)$(call link,libclstep-store) -L$(BUILD) -lclstep $(store_libs)
	$(Q)$(call links,libclstep-store,$(BUILD))

# The program is linked with the static libraries, so that it runs from anywhere.
$(BUILD)/clstep: $(program_objects) $(STORE_STATIC) $(STATIC)
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -pthread -o $@ $^ $(program_libs)

$(BUILD)/%.pc: src/%.pc.in include/clstep/clstep.h $(BUILD)/places
	$(call say,MAKE)
	$(Q)sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(patsubst $(PREFIX)/%,$${prefix}/%,$(LIBDIR))|' \
		-e 's|@INCLUDEDIR@|$(patsubst $(PREFIX)/%,$${prefix}/%,$(INCLUDEDIR))|' \
		-e 's|@VERSION@|$(VERSION)|' $< >$@
$(BUILD)/clstep_ffi.h: $(wildcard include/clstep/*.h) scripts/ffi-header
	$(call say,MAKE)
	$(Q)CC='$(CC)' scripts/ffi-header >$@

# ---- install: libclstep has all headers but those of the store
store_headers := $(patsubst %,include/clstep/%.h,store safetensors checkpoint convert)
lib_headers   := $(filter-out $(store_headers),$(wildcard include/clstep/*.h))
# $(call install,NAME,LIBRARIES,HEADERS)
define install
	$(Q)$(INSTALL) -d $(DESTDIR)$(LIBDIR)/pkgconfig $(DESTDIR)$(INCLUDEDIR)/clstep
	$(Q)$(INSTALL) -m 644 $(3) $(DESTDIR)$(INCLUDEDIR)/clstep/
	$(Q)$(INSTALL) -m 644 $(2) $(DESTDIR)$(LIBDIR)/
	$(Q)$(if $(filter %.a,$(lastword $(2))),,$(call links,lib$(1),$(DESTDIR)$(LIBDIR)))
	$(Q)$(INSTALL) -m 644 $(BUILD)/$(1).pc $(DESTDIR)$(LIBDIR)/pkgconfig/
endef
ldconfig_hint   := $(if $(filter 0,$(shared)),:,echo \
	'Now run ldconfig, so that programs find the shared libraries in $(LIBDIR).')
own_prefix_hint := echo 'To build with the library:  export PKG_CONFIG_PATH=$(LIBDIR)/pkgconfig'$(if \
	$(filter 0,$(shared)),,; echo 'To run what was built:      export LD_LIBRARY_PATH=$(LIBDIR)')
install: all install-lib install-store
	$(Q)$(INSTALL) -d $(DESTDIR)$(BINDIR)
	$(Q)$(INSTALL) -m 755 $(BUILD)/clstep $(DESTDIR)$(BINDIR)/clstep
install-lib: lib
	$(call install,clstep,$(lib_files),$(lib_headers) $(BUILD)/clstep_ffi.h)
	$(if $(DESTDIR),,$(Q)$(if $(filter-out /lib% /usr/lib% /usr/local/lib%,$(LIBDIR)),$(own_prefix_hint),$(ldconfig_hint)))
install-store: store install-lib
	$(call install,clstep-store,$(store_files),$(wildcard $(store_headers)))
uninstall:
	$(Q)rm -f $(DESTDIR)$(BINDIR)/clstep $(foreach name,clstep clstep-store,$(addprefix $(DESTDIR)$(LIBDIR)/, \
		lib$(name).a lib$(name).so lib$(name).so.$(MAJOR) lib$(name).so.$(VERSION) pkgconfig/$(name).pc))
	$(Q)rm -f $(patsubst include/%,$(DESTDIR)$(INCLUDEDIR)/%,$(wildcard include/clstep/*.h)) \
		$(DESTDIR)$(INCLUDEDIR)/clstep/clstep_ffi.h
	$(Q)rmdir $(DESTDIR)$(INCLUDEDIR)/clstep 2>/dev/null || true
.PHONY: install install-lib install-store uninstall

include tests/tests.mk
# Only where objects lie: other folders of $(BUILD) may be whole systems with an /etc/rc2.d.
-include $(if $(wildcard $(BUILD)/obj),$(shell find $(BUILD)/obj -name '*.d'))
# A header that is gone, but is named by a build of an earlier version, makes anew what included it.
%.h: ;
%.clh: ;
