# SPDX-License-Identifier: Apache-2.0
# The Verilated models: one an instance, with its parameters. A change here makes all of them anew.

RTL_FOLDERS  := $(wildcard rtl/*/)
# The top level's package may change without any other model.
TOP_PACKAGES := $(wildcard rtl/top/*_pkg.sv)
RTL_PACKAGES := $(filter-out $(TOP_PACKAGES),$(wildcard rtl/*/*_pkg.sv))
RTL_MODULES  := $(filter-out %_pkg.sv,$(wildcard rtl/*/*.sv))

LOOKUP_FORMS := sequential parallel lut cursor
LOOKUPS      := $(addprefix scale_lookup_,$(LOOKUP_FORMS))

# One model an instance: MODULE, MODULE_WIDTH where the width (of mac_code_wide LOG2_RATIO) is a parameter, MODULE_pipelined, or
# MODULE_booth with the multiplier that is synthesised; all others multiply by *, which simulates twice
# as fast.
MODELS := fp32_mul fp32_mul_booth fp32_add fp32_fma fp32_fma_booth fp32_div fp32_div_pipelined \
          fp32_from_int fp32_to_int fp32_to_fp16 fp32_exp fp32_log1p fp32_gate fp32_silu fp32_softplus \
          mac_int8 mac_code_wide mac_code_wide_7 mac_code_split \
          $(foreach b,4 5 6 7 8,quantizer_$b scale_mux_$b scale_mux_pow2_$b) \
          $(foreach w,4 5 6 7 8 9,code_pack_$w code_unpack_$w) \
          $(foreach b,4 5 6 8,conv_engine_$b) $(foreach s,1 2 4 8 16 int8 128,scan_engine_$s) w4a5se_top_4 \
          $(foreach l,$(LOOKUP_FORMS),conv_engine_$l scan_engine_$l) \
          $(foreach s,8x4x4 1x4x4 8x2x2 1x1x1,$(addsuffix _$s,$(LOOKUPS)))
width_parameter = $(if $(filter code_%,$1),WIDTH,$(if $(filter mac_%,$1),LOG2_RATIO,CODE_BITS))
model_width     = $(if $(generics_$1),,$(filter 4 5 6 7 8 9,$(lastword $(subst _, ,$1))))
model_engine    = $(strip $(foreach e,conv_engine scan_engine w4a5se_top $(LOOKUPS),$(if $(filter $e_%,$1),$e)))
model_module    = $(or $(model_engine),$(patsubst %_pipelined,%,$(patsubst %_booth,%,$(if $(call model_width,$1),$(patsubst %_$(call model_width,$1),%,$1),$1))))
model_generics  = $(if $(call model_width,$1),-G$(call width_parameter,$1)=$(call model_width,$1)) \
                  $(if $(filter %_pipelined,$1),-GPIPELINED=1) \
                  $(if $(filter %_booth,$1),,+define+BEHAVIOURAL_MULTIPLIER) \
                  $(generics_$1)

ENGINE_FLAGS := sim/verilated/engines.vlt

# An engine's instances are listed once more, with what they can do, in its file in sim/verilated.
generics_conv_engine_4    := -GCODE_BITS=4
generics_conv_engine_5    := -GCODE_BITS=5
generics_conv_engine_6    := -GCODE_BITS=6
generics_conv_engine_8    := -GCODE_BITS=8
generics_scan_engine_1    := -GFP32_INPUT=1 -GLANES=1 -GCODE_BITS=5
generics_scan_engine_2    := -GFP32_INPUT=1 -GLANES=2 -GCODE_BITS=6
generics_scan_engine_4    := -GFP32_INPUT=1 -GLANES=4 -GCODE_BITS=4
generics_scan_engine_8    := -GFP32_INPUT=1 -GLANES=8 -GCODE_BITS=8
generics_scan_engine_16   := -GFP32_INPUT=1 -GLANES=16 -GCODE_BITS=4
generics_scan_engine_int8 := -GFP32_INPUT=1 -GLANES=2 -GCODE_BITS=8 -GSTATE_INT8=1
generics_scan_engine_128  := -GFP32_INPUT=1 -GLANES=2 -GCODE_BITS=8 -GD_STATE=128 -GD_INNER_MAX=320
generics_w4a5se_top_4     := -GLANES=4 -GCODE_BITS=4 -GD_INNER_MAX=512

# The engines with a lookup have one table's shape for each form.
shape_sequential := -GLOOKUP=1 -GGROUPS=1 -GHEAD_GROUPS=4 -GDIM_GROUPS=4 -GHEADS=16 -GHEADDIM=16
shape_parallel   := -GLOOKUP=2 -GGROUPS=8 -GHEAD_GROUPS=2 -GDIM_GROUPS=2 -GHEADS=4 -GHEADDIM=8
shape_lut        := -GLOOKUP=3 -GGROUPS=1 -GHEAD_GROUPS=4 -GDIM_GROUPS=4 -GHEADS=12 -GHEADDIM=16
shape_cursor     := -GLOOKUP=4 -GGROUPS=2 -GHEAD_GROUPS=4 -GDIM_GROUPS=4 -GHEADS=8 -GHEADDIM=16
generics_conv_engine_sequential := -GD_INNER_MAX=256 -GCODE_BITS=4 $(shape_sequential)
generics_conv_engine_parallel   := -GD_INNER_MAX=256 -GCODE_BITS=8 $(shape_parallel)
generics_conv_engine_lut        := -GD_INNER_MAX=256 -GCODE_BITS=8 $(shape_lut)
generics_conv_engine_cursor     := -GD_INNER_MAX=256 -GCODE_BITS=4 $(shape_cursor)
generics_scan_engine_sequential := -GD_INNER_MAX=256 -GLANES=8 -GCODE_BITS=4 $(shape_sequential)
generics_scan_engine_parallel   := -GD_INNER_MAX=256 -GLANES=4 -GCODE_BITS=8 $(shape_parallel)
generics_scan_engine_lut        := -GD_INNER_MAX=256 -GLANES=2 -GCODE_BITS=8 $(shape_lut)
generics_scan_engine_cursor     := -GD_INNER_MAX=256 -GLANES=16 -GCODE_BITS=4 $(shape_cursor)

# Lookups by their shape, groups x head groups x dimension groups, each with other widths.
define lookup_generics
generics_$1_8x4x4 := -GGROUPS=8 -GHEAD_GROUPS=4 -GDIM_GROUPS=4 -GHEADS=16
generics_$1_1x4x4 := -GGROUPS=1 -GHEAD_GROUPS=4 -GDIM_GROUPS=4 -GHEADS=80 -GBOUND_BITS=32
generics_$1_8x2x2 := -GGROUPS=8 -GHEAD_GROUPS=2 -GDIM_GROUPS=2 -GHEADS=16 -GSCALE_BITS=16 -GSCALE_FP16=1
generics_$1_1x1x1 := -GGROUPS=1 -GHEAD_GROUPS=1 -GDIM_GROUPS=1 -GHEADS=80 -GSCALE_BITS=16
endef
$(foreach l,$(LOOKUPS),$(eval $(call lookup_generics,$l)))

VERILATOR_ROOT   = $(shell verilator --getenv VERILATOR_ROOT)
VERILATOR_FLAGS := -Wall --cc --trace-fst -O3 --x-assign fast --x-initial unique \
                   --timescale 1ns/1ns --MMD $(addprefix -y ,$(RTL_FOLDERS)) rtl/lint.vlt $(RTL_PACKAGES)
