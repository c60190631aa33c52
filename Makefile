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
VECTOR_FLAGS := -O3 -fno-math-errno -fno-trapping-math -mprefer-vector-width=512
$(BUILD)/cmodel/src/fp/batch.o: CFLAGS += -O3 -fno-math-errno -fno-trapping-math

$(LIB): $(LIB_OBJECTS)
	@rm -f $@
	@ar rcs $@ $^

$(BUILD)/%.o: %.c | setup
	@mkdir -p $(@D)
	@gcc $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

# Batch functions are loops that are to become vector code.
$(addprefix $(BUILD)/cmodel/src/,fp/exp.o fp/log1p.o fp/compose.o datapath/scan_fast.o datapath/scan2_fast.o \
  datapath/transpose.o datapath/gemm_code.o datapath/conv_fast.o datapath/input_fast.o datapath/int8.o \
  model/quantized_linear_run.o model/hadamard.o): CFLAGS += $(VECTOR_FLAGS)

# Sums of the float model: products may be fused, the order is the source's.
$(addprefix $(BUILD)/cmodel/src/model/,linear.o steps.o forward.o): CFLAGS += $(VECTOR_FLAGS) -ffp-contract=fast

# ---- generated tables -----------------------------------------------------------------------------

TABLES    := cmodel/src/fp/exp_tables.inc cmodel/src/fp/log1p_tables.inc rtl/fp/fp32_tables_pkg.sv
GENERATOR := $(BUILD)/scripts/generate_tables/generate_tables

$(GENERATOR): $(patsubst %.c,$(BUILD)/%.o,$(wildcard scripts/generate_tables/*.c))
	@gcc -o $@ $^ -lmpfr -lgmp -lm

# The register map of w4a5se_top: one table in RTL, C and docs.
REGISTER_MAP := rtl/top/registers_pkg.sv sim/verilated/registers.h docs/registers.md

# ---- the RTL, Verilated ---------------------------------------------------------------------------

include sim/verilated/models.mk

CXXFLAGS         = -std=c++17 -O2 -g -march=$(ARCH) -Wall -Wextra -Werror -DVM_TRACE=1 -DVM_TRACE_FST=1 \
                   -isystem $(VERILATOR_ROOT)/include -isystem $(VERILATOR_ROOT)/include/vltstd \
                   $(foreach m,$(MODELS),-isystem $(BUILD)/verilated/$m)

model_makefile = $(BUILD)/verilated/$1/V$1.mk
model_archive  = $(BUILD)/verilated/$1/V$1__ALL.a

define model_rules
$(call model_makefile,$1): rtl/lint.vlt sim/verilated/models.mk | setup
	@mkdir -p $$(@D)
	@verilator $(VERILATOR_FLAGS) $(if $(generics_$1),$(ENGINE_FLAGS)) $(if $(filter w4a5se_top_%,$1),$(TOP_PACKAGES)) \
	  $(call model_generics,$1) --Mdir $$(@D) --prefix V$1 \
	  --top-module $(call model_module,$1) $(call model_module,$1).sv
	@touch $$@

$(call model_archive,$1): $(call model_makefile,$1)
	@echo "  verilated $1"
	@$$(MAKE) -s -C $$(@D) -f V$1.mk OPT_FAST="$(if $(generics_$1),-O1,-O3) -march=$(ARCH)" V$1__ALL.a >/dev/null
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
LIBRARIES := -lcyaml -lyaml -ljansson -lz -lm

# ---- the command ----------------------------------------------------------------------------------

CLI         := $(BUILD)/w4a5se
CLI_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard sim/cli/*.c))

$(CLI): $(CLI_OBJECTS) $(RTL_LINK) $(LIB)
	@g++ -o $@ $^ $(LIBRARIES) -pthread

# ---- SystemC: the top level at its pins; the system model -----------------------------------------

.PHONY: setup-systemc
setup-systemc: | setup
	@scripts/setup sim/systemc/packages

PINS          := w4a5se_top_pins
PINS_MAKEFILE := $(BUILD)/systemc/model/V$(PINS).mk
PINS_ARCHIVE  := $(BUILD)/systemc/model/V$(PINS)__ALL.a

$(PINS_MAKEFILE): rtl/lint.vlt sim/verilated/models.mk | setup-systemc
	@mkdir -p $(@D)
	@verilator $(patsubst --cc,--sc,$(VERILATOR_FLAGS)) $(ENGINE_FLAGS) $(TOP_PACKAGES) \
	  $(call model_generics,w4a5se_top_4) --Mdir $(@D) --prefix V$(PINS) \
	  --top-module w4a5se_top w4a5se_top.sv
	@touch $@

$(PINS_ARCHIVE): $(PINS_MAKEFILE)
	@echo "  verilated $(PINS)"
	@$(MAKE) -s -C $(@D) -f V$(PINS).mk OPT_FAST="-O1 -march=$(ARCH)" V$(PINS)__ALL.a >/dev/null

PINS_OBJECTS := $(patsubst %.cpp,$(BUILD)/%.o,$(wildcard sim/systemc/pins/*.cpp)) \
                $(BUILD)/systemc/verilated_fst_sc.o
$(BUILD)/systemc/verilated_fst_sc.o: | setup-systemc
	@mkdir -p $(@D)
	@g++ -w $(CXXFLAGS) -DVM_SC=1 -c $(VERILATOR_ROOT)/include/verilated_fst_sc.cpp -o $@

$(BUILD)/sim/systemc/pins/%.o: sim/systemc/pins/%.cpp $(PINS_MAKEFILE) | setup-systemc
	@mkdir -p $(@D)
	@g++ -Icmodel/include -Isim/verilated $(CXXFLAGS) -isystem $(BUILD)/systemc/model -DVM_SC=1 -MMD -MP -c $< -o $@

SYSTEM       := $(BUILD)/w4a5se-system
SYSTEM_CXX   := $(patsubst %.cpp,$(BUILD)/%.o,$(wildcard sim/systemc/system/*.cpp) sim/systemc/sc_main.cpp)
SYSTEM_PARTS := $(SYSTEM_CXX) $(patsubst %.c,$(BUILD)/%.o,$(wildcard sim/systemc/system/*.c)) \
                $(addprefix $(BUILD)/sim/cli/,cli.o svg.o)
$(SYSTEM_CXX): $(BUILD)/%.o: %.cpp | setup-systemc
	@mkdir -p $(@D)
	@g++ -std=c++17 -O2 -g -Wall -Wextra -Werror -Icmodel/include -MMD -MP -c $< -o $@
$(BUILD)/sim/systemc/system/%.o: CPPFLAGS += -Isim/cli

$(SYSTEM): $(SYSTEM_PARTS) $(LIB)
	@g++ -o $@ $^ $(LIBRARIES) -lsystemc -pthread

# ---- tests ----------------------------------------------------------------------------------------

TESTS        := $(BUILD)/testbench
test_objects  = $(patsubst %.c,$(BUILD)/%.o,$(wildcard testbench/$1/*.c))

# The batches once more, as a processor without AVX-512 runs them: avx2_f32_exp_n and so on.
AVX2_OBJECTS := $(addprefix $(TESTS)/avx2/,exp.o log1p.o compose.o)
$(AVX2_OBJECTS): $(TESTS)/avx2/%.o: cmodel/src/fp/%.c | setup
	@mkdir -p $(@D)
	@gcc $(CPPFLAGS) $(CFLAGS) -march=x86-64-v3 $(VECTOR_FLAGS) -MMD -MP -c $< -o $@ \
	  $(foreach f,exp log1p gate silu softplus,-Dse_f32_$f=avx2_f32_$f -Dse_f32_$f_n=avx2_f32_$f_n)

$(TESTS)/unit-tests: $(AVX2_OBJECTS) $(call test_objects,unit) $(call test_objects,fp) $(call test_objects,reference) \
                     $(addprefix $(BUILD)/testbench/,exhaustive/functions.o exhaustive_c/exact.o) $(LIB)
	@gcc -o $@ $^ -lcriterion $(LIBRARIES) -lmpfr -lgmp

$(TESTS)/fp-long: $(call test_objects,fp_long) $(call test_objects,fp) $(call test_objects,reference) \
                  $(RTL_LINK) $(LIB)
	@g++ -o $@ $^ $(LIBRARIES) -pthread

$(TESTS)/cosim-tests: $(call test_objects,cosim) $(addprefix $(BUILD)/testbench/,fp/operands.o cycles/grid.o cycles/simulate.o) \
                      $(call test_objects,reference) $(RTL_LINK) $(LIB)
	@g++ -o $@ $^ -lcriterion $(LIBRARIES) -pthread

$(addprefix $(BUILD)/testbench/exhaustive_c/,measure.o check_real.o): CFLAGS += $(VECTOR_FLAGS)
$(TESTS)/exhaustive-c: $(call test_objects,exhaustive_c) $(call test_objects,exhaustive) \
                        $(BUILD)/testbench/reference/softfloat.o $(LIB)
	@gcc -o $@ $^ $(LIBRARIES) -lmpfr -lgmp

$(BUILD)/testbench/bench/libmvec.o: CFLAGS += -O3 -ffast-math
$(addprefix $(BUILD)/testbench/bench/,plain_ofast.o plain_model.o): CFLAGS += -Ofast -ffp-contract=fast
$(BUILD)/testbench/bench/report.o: CPPFLAGS += -DBENCH_FLAGS='"-O3 -march=$(ARCH)"'
$(TESTS)/bench-test: $(call test_objects,bench) $(RTL_LINK) $(LIB)
	@g++ -o $@ $^ -lmvec $(LIBRARIES) -pthread

$(TESTS)/scan-error: $(call test_objects,scan_error) $(call test_objects,reference) $(LIB)
	@gcc -o $@ $^ $(LIBRARIES)

$(TESTS)/grouping-report: $(call test_objects,grouping) $(LIB)
	@gcc -o $@ $^ $(LIBRARIES)

$(TESTS)/exhaustive-report: $(call test_objects,exhaustive_report) $(call test_objects,exhaustive) $(LIB)
	@gcc -o $@ $^ $(LIBRARIES)

$(TESTS)/exhaustive-rtl: $(call test_objects,exhaustive_rtl) $(call test_objects,exhaustive) \
                          $(RTL_LINK) $(LIB)
	@g++ -o $@ $^ $(LIBRARIES) -pthread

$(TESTS)/engine-example: $(call test_objects,engine_example) $(RTL_LINK) $(LIB)
	@g++ -o $@ $^ $(LIBRARIES) -pthread

$(TESTS)/layer-tests: $(call test_objects,layers) $(addprefix $(BUILD)/testbench/cosim/,compare.o stimulus.o) \
                      $(RTL_LINK) $(LIB)
	@g++ -o $@ $^ -lcriterion $(LIBRARIES) -pthread

$(BUILD)/testbench/systemc/%.o: CPPFLAGS += -Isim/systemc/pins -Isim/systemc/system
$(TESTS)/systemc-tests: $(call test_objects,systemc) $(addprefix $(BUILD)/testbench/,layers/recorded.o layers/top_layer.o \
                         cosim/compare.o cosim/stimulus.o cli/command.o cli/files.o) $(PINS_OBJECTS) $(PINS_ARCHIVE) \
                         $(filter-out $(BUILD)/sim/systemc/system/main.o,$(SYSTEM_PARTS)) $(RTL_LINK) $(LIB)
	@g++ -o $@ $^ -lcriterion $(LIBRARIES) -lsystemc -pthread

$(TESTS)/engine-report: $(call test_objects,engine_report) $(call test_objects,reference) $(RTL_LINK) $(LIB)
	@g++ -o $@ $^ $(LIBRARIES) -pthread

$(TESTS)/cycles-report: $(call test_objects,cycles) $(call test_objects,reference) $(RTL_LINK) $(LIB)
	@g++ -o $@ $^ $(LIBRARIES) -pthread

$(TESTS)/model-tests: $(call test_objects,models) $(BUILD)/testbench/unit/folder.o $(LIB)
	@gcc -o $@ $^ -lcriterion $(LIBRARIES)

$(TESTS)/quantized-tests: $(call test_objects,quantized) $(call test_objects,reference) \
                          $(addprefix $(BUILD)/testbench/,unit/folder.o models/synthetic.o) $(LIB)
	@gcc -o $@ $^ -lcriterion $(LIBRARIES) -lmpfr -lgmp

# The readers of files once more, with the compiler's checks of memory and of undefined behaviour.
SANITIZED := $(BUILD)/sanitized
SANITIZED_OBJECTS := $(patsubst %.c,$(SANITIZED)/%.o,$(wildcard cmodel/src/io/*.c cmodel/src/model/*.c) \
  $(filter-out %/test_shapes.c %/test_small_model.c,$(wildcard testbench/models/*.c)) \
  $(addprefix testbench/unit/,folder.c test_safetensors.c test_npy.c))
$(SANITIZED_OBJECTS): $(SANITIZED)/%.o: %.c | setup
	@mkdir -p $(@D)
	@gcc $(CPPFLAGS) -std=c11 -O2 -g -march=$(ARCH) -ffp-contract=off -fsanitize=address,undefined \
	  -fno-sanitize-recover=all -MMD -MP -c $< -o $@

$(TESTS)/sanitized-tests: $(SANITIZED_OBJECTS) $(LIB)
	@gcc -fsanitize=address,undefined -o $@ $^ -lcriterion $(LIBRARIES)

$(TESTS)/cli-tests: $(call test_objects,cli) $(LIB)
	@gcc -o $@ $^ -lcriterion $(LIBRARIES)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

FUNCTIONS ?= exp log1p to_int to_f16 silu softplus

# ---- tasks ----------------------------------------------------------------------------------------

.PHONY: help setup build run activations test test-tables test-unit test-models test-quantized test-sanitized \
        test-cosim test-cli test-icarus test-waves test-faults test-power test-fp-long test-layers exhaustive systemc formal \
        lookup estimates sweep fit-memory grouping formats gemm modes engines cycles \
        bench scan-error tables registers lint \
        format synth logic power wave train clean

help: ## list the tasks
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' Makefile

setup: ## install the Debian packages that are missing (asks for sudo where not root)
	@scripts/setup

build: $(CLI) ## the command, build/w4a5se, with the Verilated RTL in it

SMALL_MAMBA := data/small-mamba

run: $(CLI) ## the main job: the small model generates text, its convolutions and scans in RTL beside C; then what each mode costs; writes reports/
	@mkdir -p $(BUILD)/run
	@$(CLI) calibrate --model $(SMALL_MAMBA) --text $(SMALL_MAMBA)/calibration.txt --bytes 40000 --out $(BUILD)/run/model.yaml
	@$(CLI) generate --calibration $(BUILD)/run/model.yaml --engine rtl --reports reports
	@echo
	@$(CLI) eval --calibration $(BUILD)/run/model.yaml --scheme w8a8 --bytes 20000

activations: $(CLI) ## recorded activations through quantiser, packing and scale MUX in C and RTL, compared; writes reports/quantization*
	@$(CLI) activations

# What no test runs must build all the same.
LONG_PROGRAMS := $(addprefix $(TESTS)/,fp-long bench-test scan-error grouping-report engine-report cycles-report \
                   exhaustive-c exhaustive-rtl exhaustive-report)

test: $(LONG_PROGRAMS) ## every test below, one after the other
	@for level in tables unit models quantized sanitized cosim layers cli icarus waves faults power; do $(MAKE) test-$$level || exit 1; done
	@$(MAKE) formal

test-tables: $(GENERATOR) ## the tables of exp and log1p and the register map are what their generators write
	@mkdir -p $(BUILD)/tables
	@$(GENERATOR) $(addprefix $(BUILD)/tables/,$(notdir $(TABLES)))
	@for file in $(REGISTER_MAP); do \
	  scripts/generate_registers $${file##*.} <rtl/top/registers.txt >$(BUILD)/tables/$$(basename $$file); done
	@for file in $(TABLES) $(REGISTER_MAP); do cmp $(BUILD)/tables/$$(basename $$file) $$file || exit 1; done
	@echo "tables: $(words $(TABLES) $(REGISTER_MAP)) passed, 0 failed"

test-unit: $(TESTS)/unit-tests ## the C model against independent references
	@$< --xml=$(TESTS)/unit.xml

test-cosim: $(TESTS)/cosim-tests ## each RTL block against the C model, bit for bit
	@$< --xml=$(TESTS)/cosim.xml

test-cli: $(TESTS)/cli-tests $(CLI) ## the command: results, messages and exit statuses
	@$< --xml=$(TESTS)/cli.xml

test-models: $(TESTS)/model-tests ## whole models in float32 against long double and PyTorch; TEXT=all: on all test chapters
	@$(if $(TEXT),SE_ALL_TEXT=1) $< --xml=$(TESTS)/models.xml
	@if /usr/bin/python3 -c 'import torch' 2>/dev/null; then /usr/bin/python3 testbench/models/torch_logits.py check; fi

test-quantized: $(TESTS)/quantized-tests ## the quantised model, its calibration and evaluation, step by step
	@$< --xml=$(TESTS)/quantized.xml

test-sanitized: $(TESTS)/sanitized-tests ## the readers of files and the models under ASan and UBSan, damaged files included
	@TMPDIR=/dev/shm $< --xml=$(TESTS)/sanitized.xml

test-icarus: $(CLI) $(TESTS)/engine-example ## golden vectors through each block in Icarus, a four-state simulator
	@testbench/icarus/run

test-waves: $(CLI) $(TESTS)/engine-example ## every signal that a GTKWave save file names is in its waveform
	@testbench/waves/check

test-faults: $(CLI) ## plants faults in RTL, model and data; each must be found and placed
	@testbench/faults/run

test-power: | setup ## energies of gates against the liberty's tables by hand and against OpenSTA, made cells against the vendor's
	@testbench/power/run

test-fp-long: $(TESTS)/fp-long ## SETS=10^8 RTL_SETS=10^7 SEED=1 THREADS=all: FP32 operations in C and RTL on random operands; reports/fp.*
	@$< --sets=$(or $(SETS),100000000) --rtl-sets=$(or $(RTL_SETS),10000000) --seed=$(or $(SEED),1) $(if $(THREADS),--threads=$(THREADS)) \
	  --reports=reports

exhaustive: $(addprefix $(TESTS)/exhaustive-,c rtl report) ## every input of FUNCTIONS="exp log1p ...": C against exact values, RTL against C; resumes; reports/accuracy.*
	@mkdir -p $(BUILD)/exhaustive
	@status=0; for side in c rtl; do \
	  $(TESTS)/exhaustive-$$side $(BUILD)/exhaustive $(JOBS) $(FUNCTIONS) || status=1; done; \
	  $(TESTS)/exhaustive-report $(BUILD)/exhaustive reports && exit $$status

test-layers: $(TESTS)/layer-tests ## the small model's layers in every input mode, scan, convolution and top level in RTL against C (85 s of one core)
	@$< --xml=$(TESTS)/layers.xml

systemc: $(TESTS)/systemc-tests $(SYSTEM) $(CLI) ## the chip in a system: its pins in SystemC against the plain bench, the system model, CONFIG=data/system/mamba-2.8b.yaml; writes reports/system*
	@$< --xml=$(TESTS)/systemc.xml
	@$(CLI) system --config $(or $(CONFIG),data/system/mamba-2.8b.yaml) >/dev/null
	@$(CLI) system --claims

formal: | setup ## proofs of the scale lookups and of fifo and valid_pipe (or FORM=cursor); faults in copies refuted
	@testbench/formal/run $(FORM)

lookup: $(CLI) ## cycles, memory, area and energy of the four scale lookups, of RTL and of the last `make synth power`; writes reports/lookup.*
	@$(CLI) lookup

estimates: $(CLI) ## claims, schemes, SRAM by configuration, lookups, a sweep of chips, the SRAM model's errors; writes reports/index.html, estimates.*, claims.*, chips*, memory.*
	@$(CLI) estimate points --reports reports
	@$(CLI) estimate report --reports reports

sweep: $(CLI) ## what each of many chips costs: CONFIG=data/chips.yaml, keys with lists of values; writes reports/ NAME.csv, NAME.md, NAME-*.svg
	@$(CLI) sweep --config $(or $(CONFIG),data/chips.yaml)

fit-memory: ## fit the SRAM model to data/tech/sram/points.csv again; writes data/tech/sram/*.yaml, reports/memory_fit.md
	@scripts/fit_memory.py

grouping: $(TESTS)/grouping-report ## tables of scales for the recorded layers, and what they do to SQNR; writes reports/grouping.*
	@$< data/small-mamba/activations reports

modes: $(CLI) ## the input modes on held-out text, in float and as the chip runs the model (many minutes); writes reports/modes*
	@$(CLI) modes
	@$(CLI) sweep calibration

formats: $(CLI) ## other 4- to 6-bit formats for the scan's input, on the recorded activations; writes reports/formats.*
	@$(CLI) formats

gemm: $(CLI) ## x_proj and out_proj on the stored codes, and the cost of their cells; writes reports/gemm.*
	@mkdir -p $(BUILD)/gemm
	@for file in data/small-mamba/layers/*.safetensors; do \
	  name=$(BUILD)/gemm/$$(basename $$file .safetensors); \
	  $(CLI) conv --in $$file --values $$name.u.npy && \
	  $(CLI) scan --in $$file --in u=$$name.u.npy --out $$name.npy || exit 1; done
	@$(CLI) gemm --y $(BUILD)/gemm

engines: $(TESTS)/engine-report ## the scan engine's cycles and utilisation on whole layers, by the RTL's counters; writes reports/
	@$< reports

cycles: $(TESTS)/cycles-report ## SEED=1: cycles of the engines, the lookups and the top in simulation and by the formulas of cycles.h, on a grid; writes reports/cycles.*
	@$< reports $(SEED)

bench: $(TESTS)/bench-test ## speed of the FP32 library, the scan and the float model in C and of the Verilated units, beside glibc's functions and plain loops; writes reports/
	@$< reports

scan-error: $(TESTS)/scan-error ## the scan in C against real numbers, for three models' shapes; reports/scan_error.*
	@$< reports

tables: $(GENERATOR) ## write the tables of exp and log1p again, for C and RTL
	@$(GENERATOR) $(TABLES)

registers: ## write the register map of the top level again, for RTL, C and docs
	@for file in $(REGISTER_MAP); do scripts/generate_registers $${file##*.} <rtl/top/registers.txt >$$file; done

lint: | setup ## each module alone in Verilator -Wall, Icarus and Yosys; formatting
	@scripts/lint

format: | setup ## clang-format over the C and C++ sources
	@git ls-files '*.c' '*.h' '*.cpp' '*.hpp' | xargs clang-format -i

synth: | setup ## area and delay of every block over its parameters (resumes; half an hour of two cores with osu018), then of the units; or of UNIT=fp32_mul; any LIBERTY=; writes reports/
	@$(if $(UNIT),,LIBERTY=$(LIBERTY) scripts/synth_grid)
	@LIBERTY=$(LIBERTY) scripts/synth $(UNIT)

logic: ## fit the logic model to reports/synth.csv and judge it; writes data/tech/logic and reports/logic.*
	@scripts/fit_logic.py

power: $(CLI) ## energy of an operation from its gates' toggles: published ones, scale searches, the engines on a recorded layer (resumes; half an hour of one core); or of UNIT=fp32_mul with VECTORS=FILE (random without); any LIBERTY=; writes reports/, data/tech/energy
	@LIBERTY=$(LIBERTY) scripts/power $(UNIT) $(VECTORS)

wave: $(CLI) $(TESTS)/engine-example ## BLOCK=quantizer: its waveform in GTKWave, or the line that opens it
	@scripts/wave $(or $(BLOCK),quantizer)

train: ## train the small model and record its activations and layers again (25 minutes; not needed otherwise)
	@scripts/setup scripts/train_small_mamba/packages
	@/usr/bin/python3 scripts/train_small_mamba/train.py

clean: ## remove build/
	@rm -rf $(BUILD)
