// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/chip.h"
#include "w4a5se/cycles.h"

#include "../reference/scan_cycles.h"
#include "folder.h"

#include <criterion/criterion.h>

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char MODELS[] = "data/models.yaml";

static struct se_chip chip_of(const char *name) {
    struct se_chip_model model;
    struct se_error err = {""};
    cr_assert_eq(se_chip_model_load(MODELS, name, &model, &err), SE_OK, "%s", err.message);
    return se_chip_default(&model);
}

static double bits_of(const struct se_chip *chip, const char *name) {
    struct se_chip_memory memories[SE_CHIP_MEMORIES_MAX];
    size_t n = se_chip_memories(chip, memories);
    double bits = 0;
    for (size_t i = 0; i < n; i++) {
        bits += !strcmp(memories[i].name, name) ? se_chip_memory_bits(&memories[i]) : 0;
    }
    return bits;
}

// Mamba2-8B: 8 groups of 4 x 4 scales, 16 heads of 64 a group; all by hand, and as the tables of
// the RTL are in two banks (reports/lookup.md: 10304, 9776, 73728 and 10624 bits).
Test(chip, the_tables_of_the_8b_model) {
    static const struct {
        enum se_chip_lookup lookup;
        double bits;
    } CASES[] = {{SE_CHIP_SEQUENTIAL, 10304},
                 {SE_CHIP_PARALLEL, 9776},
                 {SE_CHIP_LUT, 73728},
                 {SE_CHIP_CURSOR, 10624}};
    static const char *const NAMES[] = {"head bounds", "dim bounds", "index",
                                        "head runs",   "dim runs",   "scales"};
    struct se_chip chip = chip_of("mamba2-8b");
    chip.double_buffered = true;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        double bits = 0;
        chip.lookup = CASES[i].lookup;
        for (size_t k = 0; k < sizeof NAMES / sizeof *NAMES; k++) {
            bits += bits_of(&chip, NAMES[k]);
        }
        cr_expect_eq(bits, CASES[i].bits, "%s: %g", se_chip_lookup_names[chip.lookup], bits);
    }
    // 128 + 512 + 512 bytes a layer in 32-bit words: 56 layers are 63 KiB
    chip.double_buffered = false;
    chip.lookup = SE_CHIP_SEQUENTIAL;
    chip.int32_bounds = true;
    cr_expect_eq(bits_of(&chip, "head bounds"), 56.0 * 8 * 128);
    cr_expect_eq(bits_of(&chip, "head bounds") + bits_of(&chip, "dim bounds") +
                     bits_of(&chip, "scales"),
                 63 * 1024 * 8);
}

Test(chip, the_state_dwarfs_the_tables) {
    struct se_chip chip = chip_of("mamba2-8b");
    cr_expect_eq(bits_of(&chip, "state"), 56.0 * 8192 * 128 * 32);
    chip.int8_state = true;
    cr_expect_eq(bits_of(&chip, "state"), 56.0 * 8192 * 128 * 8);
    cr_expect_eq(bits_of(&chip, "state scales"), 56.0 * 64 * 1024 * 8); // 64 KiB a layer
    chip = chip_of("mamba-130m");
    cr_expect_eq(bits_of(&chip, "state"), 24.0 * 1536 * 16 * 32);
    cr_expect_eq(bits_of(&chip, "A"), 24.0 * 1536 * 16 * 32);
    cr_expect_eq(bits_of(&chip, "scales"), 0);
    // 5 bits of 1536 codes are 240 words, twice
    cr_expect_eq(bits_of(&chip, "codes"), 2 * 240 * 32);
    // 88 bits a channel (docs/blocks.md)
    cr_expect_eq(bits_of(&chip, "conv history") + bits_of(&chip, "conv parameters"),
                 24.0 * 1536 * 88);
}

// In Mamba-2 the convolution takes B and C as well: 1536 + 2 * 128 channels.
Test(chip, the_convolution_of_mamba_2_has_b_and_c) {
    struct se_chip chip = chip_of("mamba2-130m");
    cr_expect_eq(se_chip_conv_channels(&chip), 1792u);
    cr_expect_eq(bits_of(&chip, "conv history"), 24.0 * 1792 * 24);
    chip = chip_of("mamba2-8b");
    cr_expect_eq(se_chip_conv_channels(&chip), 8192u + 2 * 8 * 128);
}

Test(chip, what_is_not_resident_is_moved) {
    struct se_chip chip = chip_of("mamba-130m");
    struct se_chip_memory memories[SE_CHIP_MEMORIES_MAX];
    size_t n = se_chip_memories(&chip, memories);
    cr_expect_eq(se_chip_dram_bits(&chip, n, memories), 0);
    chip.double_buffered = true;
    n = se_chip_memories(&chip, memories);
    // state and history both ways; A, D, dt bias and conv parameters in
    double layer = 1536 * (16 * 32 * 2 + 24 * 2 + 16 * 32 + 64 + 64);
    cr_expect_eq(se_chip_dram_bits(&chip, n, memories), 24 * layer);
    cr_expect_eq(bits_of(&chip, "state"), 2.0 * 1536 * 16 * 32);
}

Test(chip, every_model_makes_memories_that_can_be_estimated) {
    static const char *const NAMES[] = {"mamba-130m",  "mamba-370m",  "mamba-790m",  "mamba-1.4b",
                                        "mamba-2.8b",  "mamba2-130m", "mamba2-370m", "mamba2-780m",
                                        "mamba2-1.3b", "mamba2-2.7b", "mamba2-8b"};
    struct se_tech tech;
    cr_assert_eq(se_tech_load("data/tech", "7nm", &tech, NULL), SE_OK);
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        struct se_chip chip = chip_of(NAMES[i]);
        for (int option = 0; option < 64; option++) {
            struct se_chip_memory memories[SE_CHIP_MEMORIES_MAX];
            struct se_error err = {""};
            chip.int8_state = option & 1;
            chip.double_buffered = option & 2;
            chip.int32_bounds = option & 4;
            chip.lookup =
                chip.model.version == 2 ? (enum se_chip_lookup)((option >> 3) % 5) : SE_CHIP_NONE;
            chip.lanes = option & 32 ? 16 : 1;
            cr_assert_eq(se_chip_check(&chip, &err), SE_OK, "%s", err.message);
            size_t n = se_chip_memories(&chip, memories);
            cr_assert(n > 0 && n <= SE_CHIP_MEMORIES_MAX);
            for (size_t k = 0; k < n; k++) {
                struct se_memory_estimate e;
                cr_expect_eq(
                    se_memory_estimate(&tech, SE_DEVICE_TYPICAL, &memories[k].memory, &e, &err),
                    SE_OK, "%s %s: %s", NAMES[i], memories[k].name, err.message);
            }
        }
    }
}

Test(chip, closed_cycles_are_those_of_the_stepped_rules) {
    static const size_t LANES[] = {1, 2, 4, 8, 16}, STATES[] = {16, 128};
    for (size_t l = 0; l < 5; l++) {
        for (size_t s = 0; s < 2; s++) {
            for (size_t d_inner = 2 * LANES[l] + 1; d_inner < 2 * LANES[l] + 70; d_inner++) {
                for (size_t tokens = 1; tokens <= 3; tokens++) {
                    const struct scan_shape shape = {LANES[l], STATES[s], d_inner, tokens,
                                                     tokens - 1};
                    uint64_t cycles = 0;
                    cr_expect_eq(se_scan_cycles(LANES[l], STATES[s], d_inner, tokens, tokens - 1,
                                                &cycles, NULL),
                                 SE_OK);
                    cr_expect_eq(cycles, scan_cycles(&shape), "%zu lanes, %zu channels", LANES[l],
                                 d_inner);
                }
            }
        }
    }
    uint64_t cycles;
    cr_expect_eq(se_scan_cycles(4, 16, 8, 1, 0, &cycles, NULL), SE_INVALID);
    cr_expect_eq(se_scan_cycles(0, 16, 8, 1, 0, &cycles, NULL), SE_INVALID);
    cr_expect_eq(se_conv_cycles(1536, 10, 0), 15389u);
    cr_expect_eq(se_conv_cycles(1, 10, 2), 50u);
}

// ---- configurations
// -------------------------------------------------------------------------------

Test(chip, configurations) {
    static const struct {
        const char *text, *sentence; // NULL: accepted
    } CASES[] = {
        {"model: mamba2-8b\n", NULL},
        {"model: mamba2-8b\nlookup: lut\nbounds: int32\nscales: fp16\nstate: int8\nlanes: 16\n"
         "resident: double-buffered\ntech: 22nm\ndevice: hp\nlayers: 2\ncode_width: 9\n",
         NULL},
        {"tech: 7nm\n", "model is missing"},
        {"model: gpt\n", "there is no model gpt"},
        {"model: mamba2-8b\nspeed: 3\n", "unexpected key 'speed' (near line 2)"},
        {"model: mamba2-8b\nlanes: 0\n", "lanes is 0"},
        {"model: mamba2-8b\nlanes: 3\n", "no multiple of the 3 lanes"},
        {"model: mamba2-8b\nlanes: many\n", "lanes is 'many', which is not an integer (line 2)"},
        {"model: mamba2-8b\nlayers: -1\n", "layers is -1"},
        {"model: mamba2-8b\nlayers: 99999999999\n", "layers is '99999999999'"},
        {"model: mamba2-8b\nd_state: nan\n", "d_state is 'nan'"},
        {"model: mamba2-8b\nheaddim: 60\n", "no whole number of heads of 60"},
        {"model: mamba2-8b\ngroups: 7\n", "in 7 groups"},
        {"model: mamba2-8b\nlookup: fast\n", "lookup is 'fast'"},
        {"model: mamba2-8b\nstate: fp16\n", "state is 'fp16'"},
        {"model: mamba2-8b\ncode_width: 3\n", "code_width is 3"},
        {"model: mamba-130m\nlookup: cursor\n", "Mamba-1"},
    };
    char here[4096], models[4200];
    cr_assert(getcwd(here, sizeof here));
    snprintf(models, sizeof models, "%s/%s", here, MODELS);
    enter_directory();
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct se_chip chip;
        struct se_error err = {""};
        FILE *to = fopen("c.yaml", "w");
        fputs(CASES[i].text, to);
        fclose(to);
        enum se_status status = se_chip_load("c.yaml", models, &chip, &err);
        cr_expect_eq(status, CASES[i].sentence ? SE_INVALID : SE_OK, "%s: %s", CASES[i].text,
                     err.message);
        cr_expect(!CASES[i].sentence || strstr(err.message, CASES[i].sentence), "%s", err.message);
    }
    leave_directory();
}
