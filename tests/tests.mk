# make check          the tests that need no special build or tool, one after the other: tree, pages, install,
#                     reference, cli, device, unit
# make check-device-quick   check-device with a third of the switches and small tensors (CLSTEP_QUICK=1),
#                     without the other formats
# make check-formats-quick  the other formats, in the same way; it takes about as long
# make check-unit     host logic; needs no OpenCL device
# make check-device   the device against the scalar reference, order, refusals, failures
# make check-cli      the program as a child process
# make check-reference  reference and device against what the frameworks computed (tests/reference)
# make check-install  examples in C and C++ against the installed library
# make check-tree     which folder includes which; exported symbols; layout
# make check-pages    links, examples, options, counts, words and spelling of the pages
# make check-sanitize unit and device tests under ASan and UBSan
# make check-fuzz     files under libFuzzer, FUZZ_RUNS inputs each (needs clang)
# make check-division 10^9 quotients by fma against the host's
# make check-valgrind unit tests under valgrind
# make check-oclgrind device tests and a short check-reference on Oclgrind: invalid accesses, races
# make check-rusticl  check-reference on Mesa's rusticl (mesa-opencl-icd of Debian 13)
# make exactness      writes docs/exactness.md anew from what check-reference compares
# make gpu-page       writes the tables of docs/gpu.md anew from what check-isa finds
# make check-isa      compiles the kernels for AMD's, NVIDIA's and Intel's GPUs (needs no GPU) and looks for
#                     spills and lost wide accesses (installs hundreds of megabytes, takes an hour or more)
#
# One test: CK_RUN_SUITE=name or CK_RUN_CASE=name in front of make check-unit (check-device, check-cli).

# What is tuned on this machine is left out of the tests.
test_env    = POCL_CACHE_DIR=$(abspath $(BUILD))/kernel-cache XDG_CACHE_HOME=$(abspath $(BUILD))/no-cache \
	CLSTEP_PROGRAM=$(abspath $(BUILD))/clstep CLSTEP_LAYER=$(abspath $(BUILD))/tests/layer.so \
	CLSTEP_KILL=$(abspath $(BUILD))/tests/kill.so

test_objects = $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard tests/$(1)/*.c))
$(BUILD)/obj/tests/%.o: more_cflags = -Itests/$(firstword $(subst /, ,$*)) -Itests -D_DEFAULT_SOURCE -Wno-missing-prototypes -Wno-conversion \
	$(shell $(PKG_CONFIG) --cflags check jansson)
check_libs = $(shell $(PKG_CONFIG) --libs check)

$(patsubst %,$(BUILD)/obj/tests/%.o,device/shared isa/gpu): opencl_version = 200

# What fails in the tests of files: memory, and calls to the system.
wrapped = calloc open open64 openat64 fstat64 fstatat64 faccessat fchmod posix_fallocate64 pread64 \
	pwrite64 fsync renameat readlink
$(BUILD)/tests/unit: $(call test_objects,unit) $(STORE_STATIC) $(STATIC)
	$(call say,LINK)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -pthread $(wrapped:%=-Wl,--wrap=%) -o $@ $^ \
		$(check_libs) $(store_libs)

# calloc is counted, so that a step can be seen to allocate nothing.
$(BUILD)/tests/device: $(call test_objects,device) $(call kernels,soft_double) $(STORE_STATIC) $(STATIC)
	$(call say,LINK)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -pthread -Wl,--wrap=calloc,--wrap=malloc,--wrap=realloc -o $@ $^ \
		$(check_libs) $(store_libs)

# With the generator of tests/reference, whose inputs are those of files that frameworks wrote.
$(BUILD)/tests/cli: $(call test_objects,cli) $(BUILD)/obj/tests/reference/seeded.o $(STORE_STATIC) $(STATIC)
	$(call say,LINK)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -pthread -o $@ $^ $(check_libs) -lz $(store_libs)

$(BUILD)/tests/reference: $(call test_objects,reference) $(STORE_STATIC) $(STATIC)
	$(call say,LINK)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -pthread -o $@ $^ -lz $(store_libs)

# Has OpenCL calls of its own, of a GPU that is not there: no loader. What is missing of them at the
# link is a call that the library has begun to make; tests/isa/gpu.c wants an answer to it.
$(BUILD)/tests/variants: $(call test_objects,isa) $(STATIC)
	$(call say,LINK)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -pthread -o $@ $^ -lm

# An OpenCL layer (OPENCL_LAYERS) that counts calls and objects and makes calls fail.
$(BUILD)/tests/layer.so: tests/layer/layer.c $(wildcard tests/layer/*.h) $(BUILD)/flags
	$(call say,LINK)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -std=c11 -O1 -g -Wall -Wextra -fPIC -shared -o $@ $<

# Preloaded into the program: kills it before a chosen call.
$(BUILD)/tests/kill.so: tests/kill/kill.c $(BUILD)/flags
	$(call say,LINK)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -std=c11 -O1 -g -Wall -Wextra -fPIC -shared -o $@ $< -ldl

test-programs: $(patsubst %,$(BUILD)/tests/%,unit device cli reference layer.so kill.so)

$(BUILD)/kernel-cache:
	$(Q)mkdir -p $@

check-unit: $(BUILD)/tests/unit
	$(Q)$(BUILD)/tests/unit
# 10^9 quotients of each of four kinds; a minute or two on two cores.
check-division: $(BUILD)/tests/unit
	$(Q)CLSTEP_QUOTIENTS=1000000000 CK_RUN_SUITE=exact_divide $(BUILD)/tests/unit
check-device: $(BUILD)/tests/device $(BUILD)/tests/layer.so | $(BUILD)/kernel-cache
	$(Q)$(test_env) $(BUILD)/tests/device
# Most of whose time goes into compiling kernels.
format_suites = selftest_parts shapes exact formats many
check-device-quick: $(BUILD)/tests/device $(BUILD)/tests/layer.so | $(BUILD)/kernel-cache
	$(Q)$(test_env) CLSTEP_QUICK=1 $(BUILD)/tests/device - $(format_suites)
check-formats-quick: $(BUILD)/tests/device $(BUILD)/tests/layer.so | $(BUILD)/kernel-cache
	$(Q)$(test_env) CLSTEP_QUICK=1 $(BUILD)/tests/device $(format_suites)
check-reference: $(BUILD)/tests/reference | $(BUILD)/kernel-cache
	$(Q)$(test_env) $(BUILD)/tests/reference --markdown $(BUILD)/exactness.md tests/reference
	$(Q)cmp -s $(BUILD)/exactness.md docs/exactness.md || \
		{ echo 'docs/exactness.md is out of date: make exactness' >&2; exit 1; }
exactness: $(BUILD)/tests/reference | $(BUILD)/kernel-cache
	$(Q)$(test_env) $(BUILD)/tests/reference --markdown docs/exactness.md tests/reference
check-cli: $(BUILD)/tests/cli $(BUILD)/clstep $(BUILD)/tests/layer.so $(BUILD)/tests/kill.so | $(BUILD)/kernel-cache
	$(Q)$(test_env) $(BUILD)/tests/cli
check-install: all | $(BUILD)/kernel-cache
	$(Q)$(test_env) tests/install/run $(BUILD)
check-tree: $(STATIC)
	$(Q)scripts/check-tree $(BUILD)
check-pages: $(BUILD)/clstep
	$(Q)scripts/check-pages $(BUILD)

# Builds of their own; the program is not needed. The sanitizer's record of thread-local blocks of
# libraries that are opened late is switched off: it takes what lies in front of a block for glibc's
# old header, and the leak check at exit then now and then reads from addresses such as 0xc78.
check-sanitize: | $(BUILD)/kernel-cache
	$(Q)$(MAKE) BUILD=$(BUILD)/sanitize CFLAGS='-O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined' \
		$(BUILD)/sanitize/tests/unit $(BUILD)/sanitize/tests/device $(BUILD)/sanitize/tests/layer.so
	$(Q)mkdir -p $(BUILD)/sanitize/kernel-cache
	$(Q)$(BUILD)/sanitize/tests/unit
	$(Q)ASAN_OPTIONS=intercept_tls_get_addr=0 \
		LSAN_OPTIONS=suppressions=$(abspath tests/lsan.supp):print_suppressions=0 \
		POCL_CACHE_DIR=$(abspath $(BUILD))/kernel-cache CLSTEP_QUICK=1 \
		CLSTEP_LAYER=$(abspath $(BUILD))/sanitize/tests/layer.so $(BUILD)/sanitize/tests/device

# A build of its own, by clang. Its corpus grows in $(BUILD)/fuzz/corpus from run to run.
FUZZ_CC    ?= clang
FUZZ_RUNS  ?= 200000
fuzz_names := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/*.c))
$(BUILD)/tests/fuzz/%: $(BUILD)/obj/tests/fuzz/%.o $(STORE_STATIC) $(STATIC)
	$(call say,LINK)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -fsanitize=fuzzer -pthread -o $@ $^ $(store_libs)
# 50000 inputs of each target took 8 s on two busy cores, and the build 17.
check-fuzz:
	$(Q)if echo 'int LLVMFuzzerTestOneInput(void); int LLVMFuzzerTestOneInput(void) { return 0; }' | \
		$(FUZZ_CC) -fsanitize=fuzzer,address,undefined -x c -o /dev/null - 2>/dev/null; then \
		$(MAKE) BUILD=$(BUILD)/fuzz CC=$(FUZZ_CC) fuzz-now \
			CFLAGS='-O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined'; \
	else \
		echo 'check-fuzz: skipped: $(FUZZ_CC) with libFuzzer is not installed (clang and libclang-rt-dev)'; \
	fi
fuzz-now: $(fuzz_names:%=fuzz-now-%)
fuzz-now-%: $(BUILD)/tests/fuzz/%
	$(Q)mkdir -p $(BUILD)/corpus/$*
	$(Q)$< -runs=$(FUZZ_RUNS) -max_len=1024 -artifact_prefix=$(BUILD)/ \
		$(if $(wildcard tests/fuzz/$*.dict),-dict=tests/fuzz/$*.dict) $(BUILD)/corpus/$* \
		tests/fuzz/corpus/$* >$(BUILD)/fuzz-$*.log 2>&1 || { tail -n 60 $(BUILD)/fuzz-$*.log >&2; exit 1; }
	$(Q)echo 'check-fuzz: $*: $(FUZZ_RUNS) inputs, none of which broke it'
check-valgrind: $(BUILD)/tests/unit
	$(Q)if command -v valgrind >/dev/null 2>&1; then \
		CK_FORK=no CLSTEP_QUICK=1 valgrind -q --leak-check=full --error-exitcode=9 $(BUILD)/tests/unit; \
	else \
		echo 'check-valgrind: skipped: valgrind is not installed'; \
	fi
check-oclgrind: $(BUILD)/tests/device $(BUILD)/tests/reference $(BUILD)/tests/layer.so $(BUILD)/clstep
	$(Q)scripts/check-oclgrind $(BUILD)
check-rusticl: $(BUILD)/tests/reference $(BUILD)/clstep
	$(Q)scripts/check-rusticl $(BUILD)
# Not a part of check. ISA_FLAGS=--quick takes the presets as they are only.
check-isa: $(BUILD)/tests/variants
	$(Q)scripts/check-isa $(BUILD) $(ISA_FLAGS)
gpu-page: $(BUILD)/tests/variants
	$(Q)scripts/check-isa $(BUILD) --write docs/gpu.md

# In this order, so that the last lines are a test runner's.
check:
	$(Q)for part in tree pages install reference cli device unit; do $(MAKE) check-$$part || exit 1; done
.PHONY: test-programs check check-device-quick check-formats-quick check-unit check-division check-device check-reference exactness check-cli check-install check-tree check-pages \
	check-sanitize check-fuzz fuzz-now check-valgrind check-oclgrind check-rusticl check-isa gpu-page
