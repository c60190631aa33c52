// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/system_plan.h"

#include <string.h>

const char *const se_stage_names[SE_STAGES] = {"in_proj", "conv",     "x_proj",
                                               "scan",    "out_proj", "head"};
const char *const se_tensor_names[SE_TENSORS] = {"code", "x_proj", "dt_bc",   "x",    "z",
                                                 "y",    "hidden", "weights", "state"};

enum { HIDDEN_BITS = 16, Y_BITS = 16, HISTORY = 3 };

// A model's sizes as counts.
struct sizes {
    uint64_t layers, d_model, d_inner, d_state, dt_rank, heads, b_and_c, conv, vocabulary;
    bool mamba2;
};

static struct sizes sizes_of(const struct se_system *s) {
    const struct se_chip_model *m = &s->model;
    return (struct sizes){.layers = (uint64_t)m->layers,
                          .d_model = (uint64_t)m->d_model,
                          .d_inner = (uint64_t)m->d_inner,
                          .d_state = (uint64_t)m->d_state,
                          .dt_rank = ((uint64_t)m->d_model + 15) / 16, // as all Mamba-1 have it
                          .heads = (uint64_t)(m->d_inner / m->headdim),
                          .b_and_c = 2 * (uint64_t)m->groups * (uint64_t)m->d_state,
                          .conv = se_chip_conv_channels(m),
                          .vocabulary = (uint64_t)m->vocabulary,
                          .mamba2 = m->version == 2};
}

// A tensor's bits a token, the stage that writes it and those that read it.
struct tensor {
    uint64_t bits;
    enum se_stage writer;
    unsigned readers;
};

static unsigned by(enum se_stage stage) {
    return 1U << stage;
}

static void list_tensors(const struct se_system *s, struct tensor *t) {
    const struct sizes m = sizes_of(s);
    const uint64_t a = (uint64_t)s->activation_bits;
    const unsigned code_readers =
        by(SE_STAGE_SCAN) | (m.mamba2 || s->x_proj_copy ? 0 : by(SE_STAGE_X_PROJ));
    t[SE_TENSOR_X] = (struct tensor){m.conv * a, SE_STAGE_IN_PROJ, by(SE_STAGE_CONV)};
    t[SE_TENSOR_Z] = (struct tensor){m.d_inner * a, SE_STAGE_IN_PROJ, by(SE_STAGE_SCAN)};
    t[SE_TENSOR_CODE] =
        (struct tensor){m.d_inner * (uint64_t)se_system_code_bits(s), SE_STAGE_CONV, code_readers};
    if (!m.mamba2 && s->x_proj_copy) {
        t[SE_TENSOR_X_PROJ] = (struct tensor){m.d_inner * a, SE_STAGE_CONV, by(SE_STAGE_X_PROJ)};
    }
    t[SE_TENSOR_DT_BC] =
        (struct tensor){(m.b_and_c + (m.mamba2 ? m.heads : m.d_inner)) * a,
                        m.mamba2 ? SE_STAGE_CONV : SE_STAGE_X_PROJ, by(SE_STAGE_SCAN)};
    t[SE_TENSOR_Y] =
        (struct tensor){m.d_inner * (uint64_t)Y_BITS, SE_STAGE_SCAN, by(SE_STAGE_OUT_PROJ)};
    t[SE_TENSOR_HIDDEN] = (struct tensor){m.d_model * (uint64_t)HIDDEN_BITS, SE_STAGE_OUT_PROJ,
                                          by(SE_STAGE_IN_PROJ) | by(SE_STAGE_OUT_PROJ)};
}

static void list_work(const struct se_system *s, struct se_stage_plan *stages) {
    const struct sizes m = sizes_of(s);
    if (m.mamba2) {
        stages[SE_STAGE_IN_PROJ].macs = m.d_model * (m.conv + m.d_inner + m.heads);
    } else {
        stages[SE_STAGE_IN_PROJ].macs = m.d_model * 2 * m.d_inner;
        stages[SE_STAGE_X_PROJ].macs =
            m.d_inner * (m.dt_rank + 2 * m.d_state) + m.dt_rank * m.d_inner;
    }
    stages[SE_STAGE_CONV].channels = m.conv;
    stages[SE_STAGE_SCAN].updates = m.d_inner * m.d_state;
    stages[SE_STAGE_OUT_PROJ].macs = m.d_inner * m.d_model;
    stages[SE_STAGE_HEAD].macs = m.d_model * m.vocabulary;
    for (int i = 0; i < SE_STAGES; i++) { // a weight is a MAC a token
        stages[i].weight_bits = stages[i].macs * (16U >> s->weights);
    }
}

static void place(const struct se_system *s, const struct tensor *t, struct se_system_plan *plan) {
    const uint64_t memory = (uint64_t)s->activation_kb * 8192;
    const uint64_t sequence = s->decode ? 1 : (uint64_t)s->tokens;
    const uint64_t tile = sequence < (uint64_t)s->tile_tokens ? sequence : (uint64_t)s->tile_tokens;
    uint64_t used = 0;
    if (s->pipelining) {
        for (int i = 0; i < SE_TENSOR_WEIGHTS; i++) {
            plan->tile_bits += 2 * tile * t[i].bits;
        }
        used = plan->tile_bits;
    }
    for (int i = 0; i < SE_TENSOR_WEIGHTS; i++) {
        const bool tiles = s->pipelining && i != SE_TENSOR_HIDDEN;
        const uint64_t bits = tiles ? 0 : sequence * t[i].bits;
        plan->on_chip[i] = used + bits <= memory;
        used += plan->on_chip[i] ? bits : 0;
    }
}

static void list_traffic(const struct tensor *t, struct se_system_plan *plan) {
    for (int i = 0; i < SE_TENSOR_WEIGHTS; i++) {
        struct se_stage_plan *writer = &plan->stages[t[i].writer];
        writer->write[i] = plan->on_chip[i] ? 0 : t[i].bits;
        writer->buffer_bits += t[i].bits;
        for (int stage = 0; stage < SE_STAGES; stage++) {
            if (t[i].readers & by((enum se_stage)stage)) {
                plan->stages[stage].read[i] = plan->on_chip[i] ? 0 : t[i].bits;
                plan->stages[stage].buffer_bits += t[i].bits;
            }
        }
    }
}

static uint64_t sum(const uint64_t *bits) {
    uint64_t total = 0;
    for (int i = 0; i < SE_TENSORS; i++) {
        total += bits[i];
    }
    return total;
}

// The cheaper order of a stage's loops where its weights do not fit.
static void order_loops(const struct se_system *s, uint64_t sequence, uint64_t tiles,
                        struct se_stage_plan *stage) {
    const uint64_t memory = (uint64_t)s->weight_kb * 8192;
    const uint64_t parts = (stage->weight_bits + memory - 1) / memory;
    const uint64_t input = sum(stage->read) * sequence;
    stage->weights_each_tile =
        s->pipelining || (tiles - 1) * stage->weight_bits < (parts - 1) * input;
    if (!stage->weights_each_tile) {
        for (int i = 0; i < SE_TENSORS; i++) {
            stage->read[i] *= parts;
        }
    }
}

static void plan_weights(const struct se_system *s, struct se_system_plan *plan) {
    const uint64_t memory = (uint64_t)s->weight_kb * 8192;
    const uint64_t sequence = s->decode ? 1 : (uint64_t)s->tokens;
    const uint64_t tiles = (sequence + (uint64_t)s->tile_tokens - 1) / (uint64_t)s->tile_tokens;
    uint64_t layer = 0;
    for (int i = 0; i < SE_STAGE_HEAD; i++) {
        layer += plan->stages[i].weight_bits;
    }
    for (int i = 0; i < SE_STAGE_HEAD; i++) {
        if ((s->pipelining ? layer : plan->stages[i].weight_bits) > memory && tiles > 1) {
            order_loops(s, sequence, tiles, &plan->stages[i]);
        }
    }
    const double room = (double)memory - (tiles > 1 ? (double)layer : 0);
    plan->prefetch = !s->pipelining || room < 0 ? 0 : room / (double)layer;
    plan->prefetch = plan->prefetch > 1 ? 1 : plan->prefetch;
}

struct se_system_plan se_system_plan_of(const struct se_system *s) {
    struct se_system_plan plan = {0};
    struct tensor tensors[SE_TENSORS] = {{0}};
    list_tensors(s, tensors);
    list_work(s, plan.stages);
    place(s, tensors, &plan);
    list_traffic(tensors, &plan);
    plan_weights(s, &plan);
    const struct sizes m = sizes_of(s);
    const uint64_t history = m.conv * HISTORY * (uint64_t)s->activation_bits;
    const uint64_t state = se_system_state_bits(s) + history;
    plan.state_bits = m.layers * state <= (uint64_t)s->state_kb * 8192 ? 0 : state;
    return plan;
}
