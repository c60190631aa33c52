// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/chip.h"
#include "w4a5se/cycles.h"
#include "w4a5se/scale_table.h"

#include "../reference/scale_table.h"
#include "../reference/scan_clock.h"
#include "../reference/scan_cycles.h"
#include "folder.h"

#include <criterion/criterion.h>

#include <inttypes.h>
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

// The chip's memories; NULL for one that it has not.
static const struct se_chip_memory *memory_named(const struct se_chip *chip, const char *name) {
    static struct se_chip_memory memories[SE_CHIP_MEMORIES_MAX];
    size_t n = se_chip_memories(chip, memories);
    for (size_t i = 0; i < n; i++) {
        if (!strcmp(memories[i].name, name)) {
            return &memories[i];
        }
    }
    return NULL;
}

static const char *const TABLE_NAMES[] = {"head bounds", "dim bounds", "index",
                                          "head runs",   "dim runs",   "scales"};

static double bits_of(const struct se_chip *chip, const char *name) {
    struct se_chip_memory memories[SE_CHIP_MEMORIES_MAX];
    size_t n = se_chip_memories(chip, memories);
    double bits = 0;
    for (size_t i = 0; i < n; i++) {
        bits += !strcmp(memories[i].name, name) ? se_chip_memory_bits(&memories[i]) : 0;
    }
    return bits;
}

static double table_bits(const struct se_chip *chip) {
    double bits = 0;
    for (size_t k = 0; k < sizeof TABLE_NAMES / sizeof *TABLE_NAMES; k++) {
        bits += bits_of(chip, TABLE_NAMES[k]);
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
    struct se_chip chip = chip_of("mamba2-8b");
    chip.mode = SE_INPUT_INT8; // one word a scale
    chip.double_buffered = true;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        chip.lookup = CASES[i].lookup;
        double bits = table_bits(&chip);
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

// Two layers on chip are the two banks of the RTL's memories.
Test(chip, tables_have_the_bits_of_the_hardware_forms) {
    static const enum se_lookup_form FORMS[] = {[SE_CHIP_SEQUENTIAL] = SE_LOOKUP_SEQUENTIAL,
                                                [SE_CHIP_PARALLEL] = SE_LOOKUP_PARALLEL,
                                                [SE_CHIP_LUT] = SE_LOOKUP_LUT,
                                                [SE_CHIP_CURSOR] = SE_LOOKUP_CURSOR};
    static const struct se_scale_shape SHAPES[] = {{8, 4, 4, 16, 64}, {1, 4, 4, 80, 64},
                                                   {8, 2, 2, 16, 64}, {1, 1, 1, 80, 64},
                                                   {2, 1, 8, 8, 128}, {4, 8, 1, 2, 2}};
    struct se_chip chip = chip_of("mamba2-8b");
    chip.mode = SE_INPUT_INT8; // one word a scale
    chip.double_buffered = true;
    for (size_t i = 0; i < 4 * sizeof SHAPES / sizeof *SHAPES; i++) {
        const struct se_scale_shape *s = &SHAPES[i / 4];
        chip.model.groups = (int)s->groups;
        chip.model.headdim = (int)s->headdim;
        chip.model.d_inner = (int)se_scale_channels(s);
        chip.head_groups = (int)s->head_groups;
        chip.dim_groups = (int)s->dim_groups;
        chip.int32_bounds = i & 1;
        chip.scale_bits = i & 2 ? 16 : 32;
        struct se_error err = {""};
        for (int l = SE_CHIP_SEQUENTIAL; l <= SE_CHIP_CURSOR; l++) {
            chip.lookup = (enum se_chip_lookup)l;
            cr_assert_eq(se_chip_check(&chip, &err), SE_OK, "%s", err.message);
            size_t bits =
                se_lookup_memory_bits(s, FORMS[l], chip.int32_bounds ? 32 : 0, chip.scale_bits);
            cr_expect_eq(table_bits(&chip), (double)bits, "%s, shape %zu: %g, not %zu",
                         se_chip_lookup_names[l], i / 4, table_bits(&chip), bits);
        }
    }
}

// A lookup reads the bounds of all head groups: for each of 8192 channels 4 words of 3 bounds of 7
// bits, each from a memory of 8 words, a group's.
Test(chip, the_parallel_lookup_reads_every_head_groups_bounds) {
    struct se_chip chip = chip_of("mamba2-8b");
    chip.lookup = SE_CHIP_PARALLEL;
    const struct se_chip_memory *dims = memory_named(&chip, "dim bounds");
    cr_assert(dims);
    cr_expect_eq(dims->memory.word_bits, 21u);
    cr_expect_eq(dims->memory.bits, 8u * 21);
    cr_expect_eq(dims->instances, 56u * 4);
    cr_expect_eq(dims->reads, 4 * 8192);
}

// The largest tables of all still have words that can be estimated.
Test(chip, the_widest_tables_can_be_estimated) {
    struct se_tech tech;
    cr_assert_eq(se_tech_load("data/tech", "7nm", &tech, NULL), SE_OK);
    struct se_chip chip = chip_of("mamba2-8b");
    chip.head_groups = chip.dim_groups = 64;
    chip.int32_bounds = true;
    chip.lookup = SE_CHIP_PARALLEL;
    struct se_error err = {""};
    cr_assert_eq(se_chip_check(&chip, &err), SE_OK, "%s", err.message);
    for (size_t k = 0; k < sizeof TABLE_NAMES / sizeof *TABLE_NAMES; k++) {
        const struct se_chip_memory *m = memory_named(&chip, TABLE_NAMES[k]);
        struct se_memory_estimate e;
        cr_expect(!m || !se_memory_estimate(&tech, SE_DEVICE_TYPICAL, &m->memory, &e, &err),
                  "%s: %s", TABLE_NAMES[k], err.message);
    }
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
    cr_expect_eq(se_chip_conv_channels(&chip.model), 1792u);
    cr_expect_eq(bits_of(&chip, "conv history"), 24.0 * 1792 * 24);
    chip = chip_of("mamba2-8b");
    cr_expect_eq(se_chip_conv_channels(&chip.model), 8192u + 2 * 8 * 128);
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

// ---- cycles -------------------------------------------------------------------------------------

static const size_t LANES[] = {1, 2, 4, 8, 16}, STATES[] = {16, 128};

static uint64_t scan_of(size_t lanes, size_t d_state, size_t d_inner, size_t tokens,
                        struct se_lookup_pace lookup) {
    uint64_t cycles = 0;
    cr_assert_eq(se_scan_cycles(lanes, d_state, d_inner, tokens, lookup, &cycles, NULL), SE_OK);
    return cycles;
}

// Tokens of one group, of two, and of more.
Test(chip, scan_cycles_are_those_of_the_stepped_rules) {
    static const size_t TOKENS[] = {1, 2, 3, 4, 5, 17, 1000};
    for (size_t l = 0; l < 5; l++) {
        for (size_t s = 0; s < 2; s++) {
            for (size_t d_inner = 1; d_inner < 2 * LANES[l] + 40; d_inner++) {
                for (size_t t = 0; t < 7; t++) {
                    const struct scan_shape shape = {LANES[l], STATES[s], d_inner, TOKENS[t],
                                                     t % 3};
                    cr_expect_eq(scan_of(LANES[l], STATES[s], d_inner, TOKENS[t],
                                         (struct se_lookup_pace){t % 3, 0}),
                                 scan_cycles(&shape), "%zu lanes, %zu channels, %zu tokens",
                                 LANES[l], d_inner, TOKENS[t]);
                }
            }
        }
    }
}

Test(chip, scan_cycles_with_waits_are_those_of_every_clock) {
    for (size_t i = 0; i < 5 * 2 * 8; i++) {
        size_t lanes = LANES[i / 16], d_state = STATES[i / 8 % 2], each = i % 8;
        for (size_t d_inner = 1; d_inner < 2 * lanes + 20; d_inner++) {
            uint64_t waits[64];
            for (size_t c = 0; c < d_inner; c++) {
                waits[c] = each;
            }
            for (size_t tokens = 1; tokens <= 9; tokens += 4) {
                const struct scan_clock_shape shape = {lanes, d_state, d_inner, tokens, waits};
                cr_expect_eq(
                    scan_of(lanes, d_state, d_inner, tokens, (struct se_lookup_pace){1, each}),
                    scan_clock_cycles(&shape),
                    "%zu lanes, %zu states, %zu channels, %zu tokens, %zu waits", lanes, d_state,
                    d_inner, tokens, each);
            }
        }
    }
}

// Waits by the groups that the table was laid out from.
static void waits_of_table(const struct random_table *t, uint64_t *waits) {
    const struct se_scale_shape *s = &t->table.shape;
    for (size_t c = 0; c < se_scale_channels(s); c++) {
        size_t dim_group = t->index[c] % s->dim_groups;
        size_t head_group = t->index[c] / s->dim_groups % s->head_groups;
        waits[c] = head_group + 1 < s->head_groups ? head_group + 1 : s->head_groups - 1;
        waits[c] += dim_group + 1 < s->dim_groups ? dim_group + 1 : s->dim_groups - 1;
    }
}

Test(chip, scan_cycles_with_tables_are_those_of_every_clock) {
    static const struct se_scale_shape SHAPES[] = {{1, 4, 4, 5, 8}, {1, 2, 1, 8, 2},
                                                   {1, 4, 4, 3, 2}, {2, 8, 4, 4, 4},
                                                   {1, 1, 1, 9, 4}, {4, 2, 2, 2, 2}};
    static struct random_table table;
    static uint64_t waits[RANDOM_TABLE_CHANNELS];
    uint64_t seed = 1;
    for (size_t i = 0; i < 6 * 200; i++) {
        random_table(&table, &SHAPES[i % 6], SE_SCALE_FP32, &seed);
        waits_of_table(&table, waits);
        const struct scan_clock_shape shape = {
            LANES[i % 5], STATES[i % 4 == 3], se_scale_channels(&SHAPES[i % 6]), 1 + i % 13, waits};
        uint64_t cycles = 0;
        cr_assert_eq(se_scan_table_cycles(shape.lanes, shape.d_state, shape.tokens,
                                          SE_LOOKUP_SEQUENTIAL, &table.table, &cycles, NULL),
                     SE_OK);
        cr_expect_eq(cycles, scan_clock_cycles(&shape),
                     "table %zu, %zu lanes, %zu states, %zu tokens", i, shape.lanes, shape.d_state,
                     shape.tokens);
    }
}

// Tokens that repeat are not stepped.
Test(chip, cycles_of_long_scans) {
    const struct se_lookup_pace slow = {1, 6}, none = {0, 0};
    uint64_t many = scan_of(16, 16, 8192, 1000000001, slow);
    cr_expect_eq(many - scan_of(16, 16, 8192, 1000000000, slow), 8192u * 7);
    cr_expect_eq(scan_of(4, 128, 3, 1000000000, none) - scan_of(4, 128, 3, 1, none),
                 UINT64_C(999999999) * 255);
}

Test(chip, cycles_need_tokens_channels_and_lanes_with_states) {
    const struct se_lookup_pace none = {0, 0};
    uint64_t cycles;
    cr_expect_eq(se_scan_cycles(0, 16, 8, 1, none, &cycles, NULL), SE_INVALID);
    cr_expect_eq(se_scan_cycles(4, 0, 8, 1, none, &cycles, NULL), SE_INVALID);
    cr_expect_eq(se_scan_cycles(4, 16, 0, 1, none, &cycles, NULL), SE_INVALID);
    cr_expect_eq(se_scan_cycles(4, 16, 8, 0, none, &cycles, NULL), SE_INVALID);
    cr_expect_eq(se_scan_cycles(32, 16, 8, 1, none, &cycles, NULL), SE_INVALID);
    cr_expect_eq(se_top_scan_cycles(4, 16, 0, 1, &cycles, NULL), SE_INVALID);
}

// By hand: a group of 2 heads x 2 dimensions, head groups {0}, {1}; dim groups {0, 1}, {} and
// {}, {0, 1}. One bound of two is compared for the head and one for the dimension.
Test(chip, cycles_by_hand) {
    static const uint32_t HEADS[] = {1, 2}, DIMS[] = {2, 2, 0, 2};
    static const float SCALES[] = {1, 2, 3, 4};
    const struct se_scale_table table = {{1, 2, 2, 2, 2}, HEADS, DIMS, SCALES};
    const struct se_lookup_waits waits = se_lookup_waits(&table);
    cr_expect(waits.total == 8 && waits.most == 2 && waits.mean == 2);
    cr_expect_eq(se_lookup_waits_most(&(struct se_scale_shape){8, 4, 4, 16, 64}), 6u);
    cr_expect_eq(se_lookup_cycles(SE_LOOKUP_SEQUENTIAL, 4, 8), 13u);
    cr_expect_eq(se_lookup_cycles(SE_LOOKUP_CURSOR, 4, 0), 5u);
    cr_expect_eq(se_lookup_cycles(SE_LOOKUP_LUT, 1, 0), 3u);
    cr_expect_eq(se_conv_cycles(1536, 10, 0), 15389u);
    cr_expect_eq(se_conv_cycles(1, 10, 2), 50u);
    cr_expect_eq(se_conv_table_cycles(3, SE_LOOKUP_SEQUENTIAL, &table), 3 * 4 + 29 + 1 + 3 * 8u);
    cr_expect_eq(se_conv_table_cycles(3, SE_LOOKUP_PARALLEL, &table), 3 * 4 + 29 + 2u);
    cr_expect_eq(se_top_conv_cycles(8, 3, 5), 3 * 8 + 29 + 1u);     // 40 bits: 32 and 8
    cr_expect_eq(se_top_conv_cycles(7, 3, 5), 3 * 7 + 29 + 1 + 3u); // 35: the last code has 2 + 3
    cr_expect_eq(se_top_conv_cycles(1, 3, 5), 2 * 3 + 28 + 1u);
}

// ---- configurations -----------------------------------------------------------------------------

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
        {"model: mamba2-8b\nlanes: 3\n", "lanes is 3, which is not 1, 2, 4, 8 or 16"},
        {"model: mamba-130m\nlanes: 16\nd_inner: 1528\n", "no multiple of the 16 lanes"},
        {"model: mamba2-8b\nd_state: 64\n", "d_state is 64, and the scan engine takes 16 or 128"},
        {"model: mamba2-8b\nhead_groups: 3\n", "lookup is cursor, but the RTL takes powers of 2"},
        {"model: mamba2-8b\ndim_groups: 5\nlookup: lut\n", "lookup is lut, but the RTL takes"},
        {"model: mamba2-8b\nheaddim: 1\n", "two heads and dimensions at least"},
        {"model: mamba2-8b\nd_inner: 6144\n", "with 12 heads of 64"},
        {"model: mamba2-8b\nd_inner: 6144\nlookup: none\n", NULL},
        {"model: mamba2-130m\n", NULL}, // 24 heads of a single group
        {"model: mamba2-8b\nd_inner: 65536\nheaddim: 65536\ngroups: 65536\n",
         "no whole number of heads of 65536 in 65536 groups"},
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
