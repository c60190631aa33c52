# SPDX-License-Identifier: Apache-2.0
# Every task of the project. `make help` lists them.

BUILD := build
JOBS  ?= $(shell nproc)
ARCH  ?= native
MAKEFLAGS += --no-print-directory
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(JOBS)
endif

ifneq ($(words $(CURDIR)),1)
$(error the path of this checkout has a space, and GNU make cannot build there: $(CURDIR))
endif

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SECONDARY:

# ---- the C library --------------------------------------------------------------------------------

WARNINGS := -Wall -Wextra -Wpedantic -Werror
CPPFLAGS := -D_GNU_SOURCE -Icmodel/include -Isim/verilated
CFLAGS   := -std=c11 -O2 -g -march=$(ARCH) -ffp-contract=off $(WARNINGS)

LIB_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard cmodel/src/*.c cmodel/src/*/*.c))
LIB         := $(BUILD)/libw4a5se.a

# Loops over arrays, compiled to vector instructions.
$(BUILD)/cmodel/src/fp/batch.o: CFLAGS += -O3 -fno-math-errno -fno-trapping-math

$(LIB): $(LIB_OBJECTS)
	@rm -f $@
	@ar rcs $@ $^

$(BUILD)/%.o: %.c | setup
	@mkdir -p $(@D)
	@gcc $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

# Batch functions are loops that are to become vector code.
$(BUILD)/cmodel/src/fp/exp.o $(BUILD)/cmodel/src/fp/log1p.o: \
  CFLAGS += -O3 -fno-math-errno -fno-trapping-math -mprefer-vector-width=512

# ---- generated tables -----------------------------------------------------------------------------

TABLES    := cmodel/src/fp/exp_tables.inc cmodel/src/fp/log1p_tables.inc rtl/fp/fp32_tables_pkg.sv
GENERATOR := $(BUILD)/scripts/generate_tables/generate_tables

$(GENERATOR): $(patsubst %.c,$(BUILD)/%.o,$(wildcard scripts/generate_tables/*.c))
	@gcc -o $@ $^ -lmpfr -lgmp -lm

# ---- the RTL, Verilated ---------------------------------------------------------------------------

RTL_FOLDERS  := $(wildcard rtl/*/)
RTL_PACKAGES := rtl/fp/fp32_pkg.sv rtl/fp/fp32_tables_pkg.sv rtl/lookup/lookup_pkg.sv
RTL_MODULES  := $(filter-out %_pkg.sv,$(wildcard rtl/*/*.sv))

# Scale lookups by their shape: groups x head groups x dimension groups; each with other widths.
LOOKUP_8x4x4  := -GGROUPS=8 -GHEAD_GROUPS=4 -GDIM_GROUPS=4 -GHEADS=16
LOOKUP_1x4x4  := -GGROUPS=1 -GHEAD_GROUPS=4 -GDIM_GROUPS=4 -GHEADS=80 -GBOUND_BITS=32
LOOKUP_8x2x2  := -GGROUPS=8 -GHEAD_GROUPS=2 -GDIM_GROUPS=2 -GHEADS=16 -GSCALE_BITS=16 -GSCALE_FP16=1
LOOKUP_1x1x1  := -GGROUPS=1 -GHEAD_GROUPS=1 -GDIM_GROUPS=1 -GHEADS=80 -GSCALE_BITS=16
LOOKUP_SHAPES := 8x4x4 1x4x4 8x2x2 1x1x1

# One model an instance: MODULE, MODULE_WIDTH where the width is a parameter, MODULE_pipelined, or
# MODULE_SHAPE.
MODELS := fp32_mul fp32_add fp32_fma fp32_div fp32_div_pipelined fp32_from_int fp32_to_int \
          fp32_to_fp16 fp32_exp fp32_log1p \
          $(foreach b,4 5 6 7 8,quantizer_$b scale_mux_$b scale_mux_pow2_$b) \
          $(foreach w,4 5 6 7 8 9,code_pack_$w code_unpack_$w) \
          $(foreach s,$(LOOKUP_SHAPES),$(foreach f,sequential parallel lut cursor,scale_lookup_$(f)_$s))
width_parameter = $(if $(filter code_%,$1),WIDTH,CODE_BITS)
model_width     = $(filter 4 5 6 7 8 9,$(lastword $(subst _, ,$1)))
model_shape     = $(filter $(LOOKUP_SHAPES),$(lastword $(subst _, ,$1)))
model_suffix    = $(or $(call model_width,$1),$(call model_shape,$1),pipelined)
model_module    = $(patsubst %_$(call model_suffix,$1),%,$1)
model_generics  = $(if $(call model_width,$1),-G$(call width_parameter,$1)=$(call model_width,$1)) \
                  $(if $(filter %_pipelined,$1),-GPIPELINED=1) $(LOOKUP_$(call model_shape,$1))

VERILATOR_ROOT   = $(shell verilator --getenv VERILATOR_ROOT)
VERILATOR_FLAGS := -Wall --cc --trace-fst -O3 --x-assign fast --x-initial unique \
                   --timescale 1ns/1ns --MMD $(addprefix -y ,$(RTL_FOLDERS)) rtl/lint.vlt $(RTL_PACKAGES)
CXXFLAGS         = -std=c++17 -O2 -g -march=$(ARCH) -Wall -Wextra -Werror -DVM_TRACE=1 -DVM_TRACE_FST=1 \
                   -isystem $(VERILATOR_ROOT)/include -isystem $(VERILATOR_ROOT)/include/vltstd \
                   $(foreach m,$(MODELS),-isystem $(BUILD)/verilated/$m)

model_makefile = $(BUILD)/verilated/$1/V$1.mk
model_archive  = $(BUILD)/verilated/$1/V$1__ALL.a

define model_rules
$(call model_makefile,$1): rtl/lint.vlt Makefile | setup
	@mkdir -p $$(@D)
	@verilator $(VERILATOR_FLAGS) $(call model_generics,$1) --Mdir $$(@D) --prefix V$1 \
	  --top-module $(call model_module,$1) $(call model_module,$1).sv
	@touch $$@

$(call model_archive,$1): $(call model_makefile,$1)
	@echo "  verilated $1"
	@$$(MAKE) -s -C $$(@D) -f V$1.mk OPT_FAST="-O3 -march=$(ARCH)" V$1__ALL.a >/dev/null
endef
$(foreach m,$(MODELS),$(eval $(call model_rules,$m)))

# A module that is gone makes the models that used it anew.
rtl/%.sv: ;

# Verilator's runtime, compiled once.
RUNTIME := $(addprefix $(BUILD)/verilated/runtime/,verilated.o verilated_fst_c.o verilated_threads.o)
$(RUNTIME): $(BUILD)/verilated/runtime/%.o: | setup
	@mkdir -p $(@D)
	@g++ -std=c++17 -O2 -w -DVM_TRACE=1 -DVM_TRACE_FST=1 -I$(VERILATOR_ROOT)/include \
	  -I$(VERILATOR_ROOT)/include/vltstd -c $(VERILATOR_ROOT)/include/$*.cpp -o $@

SIM_CXX_OBJECTS := $(patsubst %.cpp,$(BUILD)/%.o,$(wildcard sim/verilated/*.cpp))
SIM_OBJECTS     := $(SIM_CXX_OBJECTS) $(patsubst %.c,$(BUILD)/%.o,$(wildcard sim/verilated/*.c))
$(SIM_CXX_OBJECTS): $(BUILD)/%.o: %.cpp $(foreach m,$(MODELS),$(call model_makefile,$m)) | setup
	@mkdir -p $(@D)
	@g++ -Icmodel/include -Isim/verilated $(CXXFLAGS) -MMD -MP -c $< -o $@

# What a program that drives RTL links with.
RTL_LINK  := $(SIM_OBJECTS) $(foreach m,$(MODELS),$(call model_archive,$m)) $(RUNTIME)
LIBRARIES := -lcyaml -ljansson -lz -lm

# ---- the command ----------------------------------------------------------------------------------

CLI         := $(BUILD)/w4a5se
CLI_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard sim/cli/*.c))

$(CLI): $(CLI_OBJECTS) $(RTL_LINK) $(LIB)
	@g++ -o $@ $^ $(LIBRARIES) -pthread

# ---- tests ----------------------------------------------------------------------------------------

TESTS        := $(BUILD)/testbench
test_objects  = $(patsubst %.c,$(BUILD)/%.o,$(wildcard testbench/$1/*.c))

$(TESTS)/unit-tests: $(call test_objects,unit) $(call test_objects,fp) $(call test_objects,reference) \
                     $(LIB)
	@gcc -o $@ $^ -lcriterion $(LIBRARIES) -lmpfr -lgmp

$(TESTS)/fp-long: $(call test_objects,fp_long) $(call test_objects,fp) $(call test_objects,reference) $(LIB)
	@gcc -o $@ $^ $(LIBRARIES) -pthread

$(TESTS)/cosim-tests: $(call test_objects,cosim) $(BUILD)/testbench/fp/operands.o \
                      $(call test_objects,reference) $(RTL_LINK) $(LIB)
	@g++ -o $@ $^ -lcriterion $(LIBRARIES) -pthread

$(TESTS)/exhaustive-test: $(call test_objects,exhaustive) $(LIB)
	@gcc -o $@ $^ $(LIBRARIES) -lmpfr -lgmp

$(BUILD)/testbench/speed/libmvec.o: CFLAGS += -O3 -ffast-math
$(TESTS)/speed-test: $(call test_objects,speed) $(LIB)
	@gcc -o $@ $^ -lmvec -lm

$(TESTS)/exhaustive-rtl: $(call test_objects,exhaustive_rtl) $(RTL_LINK) $(LIB)
	@g++ -o $@ $^ $(LIBRARIES) -pthread

$(TESTS)/cli-tests: $(call test_objects,cli) $(LIB)
	@gcc -o $@ $^ -lcriterion $(LIBRARIES)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

# ---- tasks ----------------------------------------------------------------------------------------

.PHONY: help setup build run test test-tables test-unit test-cosim test-cli test-icarus test-waves test-faults \
        test-fp-long exhaustive formal lookup speed tables lint format synth wave train clean

help: ## list the tasks
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

setup: ## install the Debian packages that are missing (asks for sudo where not root)
	@scripts/setup

build: $(CLI) ## the command, build/w4a5se, with the Verilated RTL in it

run: $(CLI) ## the main job: recorded activations through C and RTL, compared; writes reports/
	@$(CLI) run

test: ## every test below, one after the other
	@for level in tables unit cosim cli icarus waves faults; do $(MAKE) test-$$level || exit 1; done

test-tables: $(GENERATOR) ## the tables in C and RTL are what the generator writes
	@mkdir -p $(BUILD)/tables
	@$(GENERATOR) $(addprefix $(BUILD)/tables/,$(notdir $(TABLES)))
	@for file in $(TABLES); do cmp $(BUILD)/tables/$$(basename $$file) $$file || exit 1; done
	@echo "tables: $(words $(TABLES)) passed, 0 failed"

test-unit: $(TESTS)/unit-tests ## the C model against independent references
	@$< --xml=$(TESTS)/unit.xml

test-cosim: $(TESTS)/cosim-tests ## each RTL block against the C model, bit for bit
	@$< --xml=$(TESTS)/cosim.xml

test-cli: $(TESTS)/cli-tests $(CLI) ## the command: results, messages and exit statuses
	@$< --xml=$(TESTS)/cli.xml

test-icarus: $(CLI) ## golden vectors through each block in Icarus, a four-state simulator
	@testbench/icarus/run

test-waves: $(CLI) ## every signal that a GTKWave save file names is in its waveform
	@testbench/waves/check

test-faults: $(CLI) ## plants faults in RTL, model and data; each must be found and placed
	@testbench/faults/run

test-fp-long: $(TESTS)/fp-long ## SETS=10^8 SEED=1 THREADS=all: FP32 operations in C on random operands; reports/fp.*
	@$< --sets=$(or $(SETS),100000000) --seed=$(or $(SEED),1) $(if $(THREADS),--threads=$(THREADS)) \
	  --reports=reports

exhaustive: $(TESTS)/exhaustive-test $(TESTS)/exhaustive-rtl ## every input of exp and log1p: C against libm and MPFR, RTL against C; resumes
	@mkdir -p $(BUILD)/exhaustive
	@for function in exp log1p; do \
	  for program in $^; do $$program $$function $(BUILD)/exhaustive $(JOBS) || exit 1; done; done

formal: | setup ## FORM=lut: a scale lookup's search equals the definition, proved; faults in copies refuted
	@testbench/formal/run $(FORM)

lookup: $(CLI) ## cycles and memory of the four scale lookups, in RTL; writes reports/lookup.*
	@$(CLI) lookup

speed: $(TESTS)/speed-test ## nanoseconds a call of exp and log1p in C, beside libmvec
	@$<

tables: $(GENERATOR) ## write the tables of exp and log1p again, for C and RTL
	@$(GENERATOR) $(TABLES)

lint: | setup ## each module alone in Verilator -Wall, Icarus and Yosys; formatting
	@scripts/lint

format: | setup ## clang-format over the C and C++ sources
	@git ls-files '*.c' '*.h' '*.cpp' '*.hpp' | xargs clang-format -i

synth: | setup ## area and delay of the units, or of UNIT=fp32_mul, with any LIBERTY=; writes reports/
	@LIBERTY=$(LIBERTY) scripts/synth $(UNIT)

wave: $(CLI) ## BLOCK=quantizer: its waveform in GTKWave, or the line that opens it
	@scripts/wave $(or $(BLOCK),quantizer)

train: ## train the small model and record its activations again (25 minutes; not needed otherwise)
	@scripts/setup scripts/train_small_mamba/packages
	@/usr/bin/python3 scripts/train_small_mamba/train.py

clean: ## remove build/
	@rm -rf $(BUILD)
