// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/chip.h"
#include "w4a5se/scale_table.h"

#include <string.h>

const char *const se_chip_lookup_names[] = {"none", "sequential", "parallel",
                                            "lut",  "cursor",     NULL};

enum {
    CONV_WIDTH = 4,
    CONV_BITS = CONV_WIDTH * 8 + 32, // weights and bias of a channel
    WORD = 32,
    FP32 = 32,
    BUFFERS = 2,
};

struct se_chip se_chip_default(const struct se_chip_model *model) {
    return (struct se_chip){.model = *model,
                            .lookup = model->version == 2 ? SE_CHIP_CURSOR : SE_CHIP_NONE,
                            .head_groups = 4,
                            .dim_groups = 4,
                            .table_layers = model->layers,
                            .scale_bits = 32,
                            .mode = SE_INPUT_W4A5_SE_OFFSET,
                            .code_width = 5,
                            .lanes = 4,
                            .tech = "7nm",
                            .device = SE_DEVICE_TYPICAL};
}

enum se_status se_chip_check_lanes(int lanes, struct se_error *err) {
    if (lanes != 1 && lanes != 2 && lanes != 4 && lanes != 8 && lanes != 16) {
        return se_fail(err, SE_INVALID, "lanes is %d, which is not 1, 2, 4, 8 or 16", lanes);
    }
    return SE_OK;
}

static struct se_scale_shape shape_of(const struct se_chip *chip) {
    const struct se_chip_model *m = &chip->model;
    return (struct se_scale_shape){.groups = (size_t)m->groups,
                                   .head_groups = (size_t)chip->head_groups,
                                   .dim_groups = (size_t)chip->dim_groups,
                                   .heads = (size_t)(m->d_inner / m->headdim / m->groups),
                                   .headdim = (size_t)m->headdim};
}

// What the engines and the lookups refuse when they are elaborated.
static enum se_status check_rtl(const struct se_chip *chip, struct se_error *err) {
    const int d_state = chip->model.d_state;
    if (d_state != 16 && d_state != 128) {
        return se_fail(err, SE_INVALID, "d_state is %d, and the scan engine takes 16 or 128 states",
                       d_state);
    }
    struct se_error cause;
    const struct se_scale_shape shape = shape_of(chip);
    if (chip->lookup != SE_CHIP_NONE && se_lookup_check_shape(&shape, &cause)) {
        return se_fail(err, SE_INVALID, "lookup is %s, but %s", se_chip_lookup_names[chip->lookup],
                       cause.message);
    }
    return SE_OK;
}

static bool is_piecewise(int mode) {
    return mode != SE_CHIP_NO_MODE && se_input_is_piecewise((enum se_input_mode)mode);
}

static enum se_status check_mode(const struct se_chip *chip, struct se_error *err) {
    if (chip->mode == SE_CHIP_NO_MODE) {
        return SE_OK;
    }
    const enum se_input_mode mode = (enum se_input_mode)chip->mode;
    if (!se_input_has_codes(mode)) {
        return se_fail(err, SE_INVALID, "mode is %s, which has no codes to store",
                       se_input_mode_names[mode]);
    }
    if (se_input_is_piecewise(mode) && chip->lookup == SE_CHIP_NONE) {
        return se_fail(err, SE_INVALID, "mode is %s, but lookup is none",
                       se_input_mode_names[mode]);
    }
    return SE_OK;
}

int se_chip_code_bits(const struct se_chip *chip) {
    struct se_format format;
    if (chip->mode != SE_CHIP_NO_MODE) {
        se_input_format((enum se_input_mode)chip->mode, &format);
        return format.code_bits;
    }
    return chip->code_width > 4 ? chip->code_width - 1 : chip->code_width;
}

int se_chip_effective_mode(const struct se_chip *chip) {
    if (!se_chip_has_tables(chip)) {
        return is_piecewise(chip->mode) ? SE_CHIP_NO_MODE : chip->mode;
    }
    if (chip->table_layers < chip->model.layers) {
        return SE_CHIP_NO_MODE;
    }
    return is_piecewise(chip->mode)                ? chip->mode
           : chip->mode == SE_INPUT_W4A5_SE_OFFSET ? SE_INPUT_W4A5_SE_PIECEWISE
           : chip->mode == SE_INPUT_INT8           ? SE_INPUT_INT8_PIECEWISE
                                                   : SE_CHIP_NO_MODE;
}

bool se_chip_has_tables(const struct se_chip *chip) {
    return chip->lookup != SE_CHIP_NONE && chip->table_layers > 0;
}

static bool has_two_scales(int mode) {
    struct se_format format;
    if (mode == SE_CHIP_NO_MODE) {
        return false;
    }
    se_input_format((enum se_input_mode)mode, &format);
    return format.dual;
}

int se_chip_scale_words(const struct se_chip *chip) {
    enum { ONE = 1, BOTH_ENGINES = 2 + 4 };
    return chip->scale_words ? chip->scale_words : has_two_scales(chip->mode) ? BOTH_ENGINES : ONE;
}

static enum se_status check_scales(const struct se_chip *chip, struct se_error *err) {
    const int words = se_chip_scale_words(chip);
    if (words != 1 && words != 2 && words != 4 && words != 6) {
        return se_fail(err, SE_INVALID, "scale_words is %d, which is not 1, 2, 4 or 6", words);
    }
    if (!se_chip_has_tables(chip)) {
        return SE_OK;
    }
    if (words == 1 && has_two_scales(chip->mode)) {
        return se_fail(err, SE_INVALID, "scale_words is 1, but mode is %s, which has two scales",
                       se_input_mode_names[chip->mode]);
    }
    if (words > 1 && chip->scale_bits < FP32) {
        return se_fail(err, SE_INVALID,
                       "scales are fp16, but a scale has %d words: only one is narrow", words);
    }
    return SE_OK;
}

enum se_status se_chip_check(const struct se_chip *chip, struct se_error *err) {
    const struct se_chip_model *m = &chip->model;
    enum se_status status = check_mode(chip, err);
    if (status) {
        return status;
    }
    const struct {
        const char *name;
        int value, least, most;
    } ranges[] = {
        {"layers", m->layers, 1, 1024},
        {"d_model", m->d_model, 1, 1 << 16},
        {"d_inner", m->d_inner, 1, 1 << 16},
        {"headdim", m->headdim, 1, m->d_inner},
        {"groups", m->groups, 1, m->d_inner},
        {"vocabulary", m->vocabulary, 1, 1 << 20},
        {"head_groups", chip->head_groups, 1, 64},
        {"dim_groups", chip->dim_groups, 1, 64},
        {"table_layers", chip->table_layers, 0, m->layers},
        {"code_width", chip->code_width, 4, 9},
    };
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        if (ranges[i].value < ranges[i].least || ranges[i].value > ranges[i].most) {
            return se_fail(err, SE_INVALID, "%s is %d, which is not from %d to %d", ranges[i].name,
                           ranges[i].value, ranges[i].least, ranges[i].most);
        }
    }
    if (m->d_inner % m->headdim || m->d_inner / m->headdim % m->groups) {
        return se_fail(err, SE_INVALID,
                       "d_inner is %d, no whole number of heads of %d in %d groups", m->d_inner,
                       m->headdim, m->groups);
    }
    status = se_chip_check_lanes(chip->lanes, err);
    if (status) {
        return status;
    }
    if (m->d_inner % chip->lanes) {
        return se_fail(err, SE_INVALID, "d_inner is %d, no multiple of the %d lanes", m->d_inner,
                       chip->lanes);
    }
    status = check_scales(chip, err);
    if (status) {
        return status;
    }
    if (chip->lookup != SE_CHIP_NONE && m->version == 1) {
        return se_fail(err, SE_INVALID, "lookup is %s, but Mamba-1 has no heads for a table",
                       se_chip_lookup_names[chip->lookup]);
    }
    return check_rtl(chip, err);
}

static uint64_t bits_for(uint64_t values) {
    uint64_t bits = 1;
    while (UINT64_C(1) << bits < values) {
        bits++;
    }
    return bits;
}

// words words of word_bits, one instance.
static struct se_chip_memory memory_of(const char *name, const char *what, uint64_t words,
                                       uint64_t word_bits, enum se_ports ports) {
    return (struct se_chip_memory){.name = name,
                                   .what = what,
                                   .memory = {words * word_bits, word_bits, ports},
                                   .instances = 1};
}

struct list {
    const struct se_chip *chip;
    struct se_chip_memory *memories;
    size_t n;
};

static void add(struct list *list, struct se_chip_memory memory, double reads, double writes) {
    memory.reads = reads;
    memory.writes = writes;
    memory.layers = memory.layers ? memory.layers : list->chip->model.layers;
    list->memories[list->n++] = memory;
}

// How many of so many layers are on the chip.
static int on_chip(const struct se_chip *chip, int layers) {
    return chip->double_buffered && layers > BUFFERS ? BUFFERS : layers;
}

// A memory that each layer has: for all layers, or for this and the next.
static void add_of_layer(struct list *list, struct se_chip_memory memory, double reads,
                         double writes) {
    memory.of_layer = true;
    memory.changes = writes > 0;
    memory.instances *= (uint64_t)on_chip(list->chip, list->chip->model.layers);
    add(list, memory, reads, writes);
}

// One that only layers with a table have.
static void add_of_table(struct list *list, struct se_chip_memory memory, double reads) {
    if (list->chip->table_layers > 0) {
        memory.of_layer = true;
        memory.layers = list->chip->table_layers;
        memory.instances *= (uint64_t)on_chip(list->chip, memory.layers);
        add(list, memory, reads, 0);
    }
}

// Table of scales in one of the forms of rtl/lookup: bounds (or what replaces them) and scales.
static void add_lookup(struct list *list) {
    const struct se_chip *c = list->chip;
    uint64_t groups = (uint64_t)c->model.groups, channels = (uint64_t)c->model.d_inner;
    uint64_t dim = (uint64_t)c->model.headdim, heads = channels / groups / dim;
    uint64_t head_groups = (uint64_t)c->head_groups, dim_groups = (uint64_t)c->dim_groups;
    uint64_t rows = groups * head_groups, scales = rows * dim_groups;
    bool cursor = c->lookup == SE_CHIP_CURSOR;
    // A bound is as large as what it counts; the cursor keeps the last member and the group
    // instead.
    uint64_t head_bits = cursor ? bits_for(heads) + bits_for(head_groups) : bits_for(heads + 1);
    uint64_t dim_bits = cursor ? bits_for(dim) + bits_for(dim_groups) : bits_for(dim + 1);
    if (c->int32_bounds && !cursor) {
        head_bits = dim_bits = WORD;
    }
    double walk = (double)channels, scale_reads = walk;
    switch (c->lookup) {
    case SE_CHIP_NONE:
        return;
    case SE_CHIP_SEQUENTIAL: // at worst one bound a compare
        add_of_table(list,
                     memory_of("head bounds", "one a head group", rows, head_bits, SE_PORTS_1RW),
                     walk * (double)(head_groups - 1));
        add_of_table(list, memory_of("dim bounds", "one a scale", scales, dim_bits, SE_PORTS_1RW),
                     walk * (double)(dim_groups - 1));
        break;
    case SE_CHIP_PARALLEL: // a row of bounds at once, without the last of each, which is known
        if (head_groups > 1) {
            add_of_table(list,
                         memory_of("head bounds", "a row at once", groups,
                                   (head_groups - 1) * head_bits, SE_PORTS_1RW),
                         walk);
        }
        if (dim_groups > 1) { // those of all head groups, one of which is then chosen
            struct se_chip_memory bounds =
                memory_of("dim bounds", "a row of each head group at once", groups,
                          (dim_groups - 1) * dim_bits, SE_PORTS_1RW);
            bounds.instances = head_groups;
            add_of_table(list, bounds, walk * (double)head_groups);
        }
        break;
    case SE_CHIP_LUT:
        add_of_table(list,
                     memory_of("index", "a scale's number a channel", channels,
                               c->int32_bounds ? WORD : bits_for(head_groups * dim_groups),
                               SE_PORTS_1RW),
                     walk);
        break;
    case SE_CHIP_CURSOR: // each run of channels once
        add_of_table(list, memory_of("head runs", "end and group", rows, head_bits, SE_PORTS_1RW),
                     (double)rows);
        add_of_table(list, memory_of("dim runs", "end and group", scales, dim_bits, SE_PORTS_1RW),
                     (double)(groups * heads * dim_groups));
        scale_reads = (double)(groups * heads * dim_groups);
        break;
    }
    add_of_table(list,
                 memory_of("scales", "of the codes", scales,
                           (uint64_t)c->scale_bits * (uint64_t)se_chip_scale_words(c),
                           SE_PORTS_1RW),
                 scale_reads);
}

static void add_state(struct list *list) {
    const struct se_chip *c = list->chip;
    const struct se_chip_model *m = &c->model;
    uint64_t lanes = (uint64_t)c->lanes, channels = (uint64_t)m->d_inner,
             states = (uint64_t)m->d_state;
    double updates = (double)channels * (double)states;
    struct se_chip_memory state = memory_of("state", "h, a bank a lane", channels / lanes * states,
                                            c->int8_state ? 8 : FP32, SE_PORTS_1RW1R);
    state.instances = lanes;
    add_of_layer(list, state, updates, updates);
    if (c->int8_state && m->version == 2) {
        uint64_t scales =
            (uint64_t)m->groups * (uint64_t)c->head_groups * (uint64_t)c->dim_groups * states;
        add_of_layer(
            list, memory_of("state scales", "of an INT8 state", scales, FP32, SE_PORTS_1RW),
            (double)(channels / (uint64_t)m->headdim) * (double)c->dim_groups * (double)states, 0);
    }
    if (m->version == 1) {
        struct se_chip_memory a =
            memory_of("A", "FP32, a bank a lane", channels / lanes * states, FP32, SE_PORTS_1RW);
        a.instances = lanes;
        add_of_layer(list, a, updates, 0);
        add_of_layer(list,
                     memory_of("D, dt bias", "FP32 a channel", channels, 2 * FP32, SE_PORTS_1RW),
                     (double)channels, 0);
    } else {
        uint64_t heads = channels / (uint64_t)m->headdim;
        add_of_layer(list, memory_of("A, D, dt bias", "FP32 a head", heads, 3 * FP32, SE_PORTS_1RW),
                     (double)heads, 0);
    }
    add(list,
        memory_of("B, C", "FP32, two tokens", BUFFERS * states * (uint64_t)m->groups, 2 * FP32,
                  SE_PORTS_1RW1R),
        updates / (double)lanes, (double)(states * (uint64_t)m->groups));
}

uint64_t se_chip_conv_channels(const struct se_chip_model *m) {
    return (uint64_t)m->d_inner +
           (m->version == 2 ? 2 * (uint64_t)m->groups * (uint64_t)m->d_state : 0);
}

size_t se_chip_memories(const struct se_chip *chip, struct se_chip_memory *memories) {
    struct list list = {chip, memories, 0};
    uint64_t channels = se_chip_conv_channels(&chip->model);
    uint64_t code_words =
        ((uint64_t)chip->model.d_inner * (uint64_t)chip->code_width + WORD - 1) / WORD;
    add_of_layer(&list,
                 memory_of("conv history", "three INT8 samples a channel", channels,
                           (CONV_WIDTH - 1) * 8, SE_PORTS_1RW1R),
                 (double)channels, (double)channels);
    add_of_layer(
        &list,
        memory_of("conv parameters", "four weights, a bias", channels, CONV_BITS, SE_PORTS_1RW),
        (double)channels, 0);
    add(&list, memory_of("codes", "two tokens, packed", BUFFERS * code_words, WORD, SE_PORTS_1RW1R),
        (double)code_words, (double)code_words);
    add_lookup(&list);
    add_state(&list);
    return list.n;
}

double se_chip_memory_bits(const struct se_chip_memory *memory) {
    return (double)memory->memory.bits * (double)memory->instances;
}

double se_chip_dram_bits(const struct se_chip *chip, size_t n,
                         const struct se_chip_memory *memories) {
    double bits = 0;
    for (size_t i = 0; i < n; i++) {
        const struct se_chip_memory *m = &memories[i];
        const int held = on_chip(chip, m->layers);
        if (m->of_layer && held < m->layers) {
            bits += se_chip_memory_bits(m) / held * (m->changes ? 2 : 1) * m->layers;
        }
    }
    return bits;
}
