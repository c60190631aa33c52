// SPDX-License-Identifier: Apache-2.0
// The system model's configuration, energies and plan.
#include "folder.h"

#include "w4a5se/energy_profile.h"
#include "w4a5se/system_plan.h"

#include <criterion/criterion.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(system);

static struct se_chip_model shape_of(const char *name) {
    struct se_chip_model shape;
    struct se_error err = {""};
    cr_assert_eq(se_chip_model_load("data/models.yaml", name, &shape, &err), SE_OK, "%s",
                 err.message);
    return shape;
}

// ---- shapes and plan ----------------------------------------------------------------------------

// Parameters of the published checkpoints; those that are no GEMM's counted here by hand.
Test(system, the_gemms_have_the_weights_of_the_published_models) {
    static const struct {
        const char *name;
        uint64_t parameters;
    } published[] = {
        {"mamba-130m", 129135360},   {"mamba-370m", 371516416},  {"mamba-790m", 793204224},
        {"mamba-1.4b", 1372178432},  {"mamba-2.8b", 2768345600}, {"mamba2-130m", 128989632},
        {"mamba2-2.7b", 2702599680},
    };
    for (size_t i = 0; i < sizeof published / sizeof *published; i++) {
        const struct se_chip_model m = shape_of(published[i].name);
        struct se_system s = se_system_default(&m);
        s.weights = SE_WEIGHTS_INT8;
        const struct se_system_plan plan = se_system_plan_of(&s);
        uint64_t layer = 5 * se_chip_conv_channels(&m) + (uint64_t)m.d_model; // taps, bias; norm
        layer += m.version == 2 ? (uint64_t)(3 * m.d_inner / 64 + m.d_inner)  // A, D, dt bias; norm
                                : (uint64_t)(m.d_inner * (m.d_state + 2));
        for (int stage = 0; stage < SE_STAGE_HEAD; stage++) {
            layer += plan.stages[stage].weight_bits / 8;
        }
        const uint64_t all = (uint64_t)m.layers * layer +
                             plan.stages[SE_STAGE_HEAD].weight_bits / 8 + (uint64_t)m.d_model;
        cr_assert_eq(all, published[i].parameters, "%s: %" PRIu64, m.name, all);
    }
}

// 4096 tokens of mamba-130m: 1536 * 8 bits of x are 6 MB, of codes 3.75 MB.
Test(system, tensors_stay_on_chip_while_there_is_room) {
    const struct se_chip_model shape = shape_of("mamba-130m");
    struct se_system s = se_system_default(&shape);
    s.tokens = 4096;
    s.pipelining = false;
    s.conv_output = SE_INPUT_W4A5_SE;
    s.activation_kb = 3840;
    struct se_system_plan plan = se_system_plan_of(&s);
    cr_assert(plan.on_chip[SE_TENSOR_CODE]);
    cr_assert_not(plan.on_chip[SE_TENSOR_X]);
    cr_assert_eq(plan.stages[SE_STAGE_CONV].read[SE_TENSOR_X], 1536 * 8);
    cr_assert_eq(plan.stages[SE_STAGE_CONV].write[SE_TENSOR_CODE], 0);
    s.activation_kb = 3839;
    plan = se_system_plan_of(&s);
    cr_assert_not(plan.on_chip[SE_TENSOR_CODE]);
    cr_assert_eq(plan.stages[SE_STAGE_CONV].write[SE_TENSOR_CODE], 1536 * 5);
    cr_assert_eq(plan.stages[SE_STAGE_SCAN].read[SE_TENSOR_CODE], 1536 * 5);
    s.pipelining = true;
    s.activation_kb = 4096;
    plan = se_system_plan_of(&s);
    cr_assert(plan.on_chip[SE_TENSOR_CODE] && plan.on_chip[SE_TENSOR_X]);
    cr_assert_not(plan.on_chip[SE_TENSOR_HIDDEN]);
}

// ---- files --------------------------------------------------------------------------------------

static char models[4096]; // data/models.yaml from anywhere

static void enter(void) {
    cr_assert(realpath("data/models.yaml", models));
    enter_directory();
}

TestSuite(system_files, .init = enter, .fini = leave_directory);

static void put_text(const char *name, const char *text) {
    FILE *stream = fopen(name, "w");
    cr_assert(stream);
    fputs(text, stream);
    fclose(stream);
}

static const char *load_system(const char *text, struct se_system *s) {
    static struct se_error err;
    put_text("system.yaml", text);
    return se_system_load("system.yaml", models, s, &err) ? err.message : NULL;
}

Test(system_files, configuration_is_read) {
    struct se_system s;
    cr_assert_null(load_system("model: mamba2-8b\nphase: decode\nweights: fp16\nactivations: fp16\n"
                               "state: int8\nlanes: 8\nclock_mhz: 500\nx_proj: copy\n"
                               "conv_output: int8-se\npipelining: false\ngemm_fp16_macs: 77\n",
                               &s));
    cr_assert_str_eq(s.model.name, "mamba2-8b");
    cr_assert(s.decode && s.x_proj_copy && !s.pipelining);
    cr_assert_eq(s.weights, SE_WEIGHTS_FP16);
    cr_assert_eq(s.activation_bits, 16);
    cr_assert_eq(s.state_bits, 8);
    cr_assert_eq(s.lanes, 8);
    cr_assert_eq(s.gemm_macs[SE_WEIGHTS_FP16], 77);
    cr_assert_eq(se_system_code_bits(&s), 9);
    cr_assert_float_eq(s.clock_mhz, 500, 0);
    cr_assert_null(load_system("model: mamba-130m\n", &s));
    cr_assert_eq(se_system_code_bits(&s), 8);
    cr_assert_null(load_system("model: mamba-130m\nactivations: fp16\n", &s));
    cr_assert_str_eq(se_system_code_name(&s), "fp16");
}

Test(system_files, bad_configurations_are_refused_with_the_reason) {
    static const struct {
        const char *text, *reason;
    } bad[] = {
        {"phase: decode\n", "model"},
        {"model: mamba-3b\n", "no model mamba-3b"},
        {"model: mamba-130m\ntokens: 0\n", "tokens is 0"},
        {"model: mamba-130m\ntokens: -5\n", "tokens is -5"},
        {"model: mamba-130m\ntokens: many\n", "'many'"},
        {"model: mamba-130m\ntokens: 2000000\n", "at most"},
        {"model: mamba-130m\ndram_gb_per_s: 0\n", "dram_gb_per_s is 0"},
        {"model: mamba-130m\ndram_gb_per_s: .inf\n", "dram_gb_per_s is inf"},
        {"model: mamba-130m\ndram_gb_per_s: .nan\n", "dram_gb_per_s"},
        {"model: mamba-130m\nclock_mhz: -1\n", "clock_mhz is -1"},
        {"model: mamba-130m\nlanes: 3\n", "lanes is 3"},
        {"model: small-mamba\nscan_engines: 300\n", "scan_engines is 300"},
        {"model: mamba-130m\nconv_engines: 1000\n", "conv_engines is 1000"},
        {"model: mamba-130m\nconv_output: int3\n", "'int3'"},
        {"model: mamba2-8b\nstate_kb: 4095\n", "takes 4096 kB"},
        {"model: mamba2-8b\nactivation_kb: 100\n", "activation_kb is 100"},
        {"model: mamba-130m\nbandwidth: 5\n", "bandwidth"},
    };
    struct se_system s;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const char *message = load_system(bad[i].text, &s);
        cr_assert(message, "taken: %s", bad[i].text);
        cr_assert(strstr(message, bad[i].reason), "%s: %s", bad[i].text, message);
    }
    cr_assert_null(load_system("model: mamba2-8b\nstate_kb: 4096\n", &s));
    cr_assert_null(load_system("model: mamba-130m\nscan_engines: 200\n", &s));
}

Test(system, energies_have_sources_and_bands) {
    static struct se_energy_profile profile;
    struct se_error err = {""};
    cr_assert_eq(se_energy_profile_load("data/tech", "7nm", &profile, &err), SE_OK, "%s",
                 err.message);
    for (int i = 0; i < SE_ENERGY_CONSTANTS; i++) {
        const struct se_constant *c = &profile.constants[i];
        cr_assert_gt(strlen(c->source), 20, "%s", c->name);
        cr_assert(0 < c->band.low && c->band.low <= c->band.value && c->band.value <= c->band.high,
                  "%s", c->name);
    }
    cr_assert_float_eq(profile.constants[SE_ENERGY_MAC_INT8].band.value, 0.10, 0);
    cr_assert_eq(se_energy_profile_load("data/tech", "7mm", &profile, &err), SE_INVALID);
    cr_assert_eq(se_energy_profile_load("data/tech", "22nm", &profile, &err), SE_IO);
    cr_assert(strstr(err.message, "system/22nm.yaml"), "%s", err.message);
}
