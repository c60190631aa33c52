// SPDX-License-Identifier: Apache-2.0
#include "top_host.h"

#include "w4a5se/fp32.h"

enum { WHOLE_WORD = 15 };

// Goes on, unless an access was refused.
struct host {
    const struct se_top_bus *bus;
    bool refused;
    uint32_t address;
};

static void refuse(struct host *host, uint32_t address) {
    host->refused = true;
    host->address = address;
}

static void put(struct host *host, uint32_t address, uint32_t word) {
    if (!host->refused && !host->bus->write(host->bus->target, address, word, WHOLE_WORD)) {
        refuse(host, address);
    }
}

static void put_float(struct host *host, uint32_t address, float value) {
    put(host, address, se_f32_bits(value));
}

static uint32_t get(struct host *host, uint32_t address) {
    uint32_t word = 0;
    if (!host->refused && !host->bus->read(host->bus->target, address, &word)) {
        refuse(host, address);
    }
    return word;
}

// Reading the low half holds the high one.
static uint64_t get_counter(struct host *host, uint32_t low) {
    uint64_t word = get(host, low);
    return word | (uint64_t)get(host, low + 4) << 32;
}

static enum se_status end(const struct host *host, struct se_error *err) {
    return host->refused ? se_fail(err, SE_INVALID, "w4a5se_top refuses the access at 0x%06x",
                                   (unsigned)host->address)
                         : SE_OK;
}

static void put_configuration(struct host *host, const struct se_layer *layer) {
    const struct se_conv *conv = &layer->conv;
    const struct se_scan *scan = &layer->scan;
    const struct se_quantizer *q = &layer->input.quantizers[0];
    put(host, SE_REG_D_INNER, (uint32_t)conv->d_inner);
    put(host, SE_REG_GATE, scan->gate);
    put(host, SE_REG_BASE1, (uint32_t)q->format.base1);
    put(host, SE_REG_BASE2, (uint32_t)q->format.base2);
    put_float(host, SE_REG_S_WX, conv->s_wx);
    put_float(host, SE_REG_THR_POS, q->thr_pos);
    put_float(host, SE_REG_THR_NEG, q->thr_neg);
    put_float(host, SE_REG_INV_S1, q->inv_s1);
    put_float(host, SE_REG_INV_S2, q->inv_s2);
    put_float(host, SE_REG_X_PROJ_INV_S, layer->input.x_proj->inv_s1);
    put_float(host, SE_REG_S1, q->s1);
    put_float(host, SE_REG_S2, q->s2);
    put_float(host, SE_REG_S_DT, scan->s_dt);
    put_float(host, SE_REG_S_B, scan->s_b);
    put_float(host, SE_REG_S_C, scan->s_c);
    if (scan->gate) {
        put_float(host, SE_REG_S_Z, scan->s_z);
    }
}

static void put_channel(struct host *host, const struct se_layer *layer, size_t c) {
    const struct se_conv *conv = &layer->conv;
    const struct se_scan *scan = &layer->scan;
    const uint32_t words = 4 * (uint32_t)c;
    uint32_t weights = 0;
    for (int i = 0; i < SE_CONV_WIDTH; i++) {
        weights |= (uint32_t)(uint8_t)conv->w[c * SE_CONV_WIDTH + i] << 8 * i;
    }
    put(host, SE_REG_TABLE_CONV + 2 * words, weights);
    put_float(host, SE_REG_TABLE_CONV + 2 * words + 4, conv->b[c]);
    put_float(host, SE_REG_TABLE_SKIP + words, scan->D[c]);
    put_float(host, SE_REG_TABLE_DT_BIAS + words, scan->dt_bias[c]);
    for (size_t i = c * scan->d_state; i < (c + 1) * scan->d_state; i++) {
        put_float(host, SE_REG_TABLE_A + 4 * (uint32_t)i, scan->A[i]);
    }
}

enum se_status se_host_load(const struct se_top_bus *bus, const struct se_layer *layer,
                            struct se_error *err) {
    struct host host = {.bus = bus};
    put_configuration(&host, layer);
    for (size_t c = 0; c < layer->conv.d_inner; c++) {
        put_channel(&host, layer, c);
    }
    return end(&host, err);
}

enum se_status se_host_counters(const struct se_top_bus *bus, struct se_host_counters *counters,
                                struct se_error *err) {
    struct host host = {.bus = bus};
    counters->flags = get(&host, SE_REG_FLAGS);
    counters->cycles = get_counter(&host, SE_REG_CYCLES_LOW);
    counters->updates = get_counter(&host, SE_REG_UPDATES_LOW);
    counters->stalls = get_counter(&host, SE_REG_STALLS_LOW);
    return end(&host, err);
}

enum se_status se_host_state(const struct se_top_bus *bus, size_t n, float *h,
                             struct se_error *err) {
    struct host host = {.bus = bus};
    for (size_t i = 0; i < n; i++) {
        h[i] = se_f32_from_bits(get(&host, SE_REG_TABLE_STATE + 4 * (uint32_t)i));
    }
    return end(&host, err);
}
