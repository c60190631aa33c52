// SPDX-License-Identifier: Apache-2.0
// The Verilated w4a5se_top as a C library: its registers by address (registers.h), its streams by
// the beat.
#pragma once

#include "rtl.h"
#include "top_host.h"

#ifdef __cplusplus
extern "C" {
#endif

// Parameters of the instance.
enum { SE_TOP_LANES = 4, SE_TOP_CODE_BITS = 4, SE_TOP_D_STATE = 16, SE_TOP_D_INNER_MAX = 512 };

struct se_top;

enum se_status se_top_open(struct se_top **top, const struct se_rtl_options *options,
                           struct se_error *err);
void se_top_close(struct se_top *top);

// One AXI4-Lite access: false when it was refused (SLVERR). A write of fewer bytes by strobe.
bool se_top_write(struct se_top *top, uint32_t address, uint32_t word);
bool se_top_write_bytes(struct se_top *top, uint32_t address, uint32_t word, unsigned strobe);
bool se_top_read(struct se_top *top, uint32_t address, uint32_t *word);

// The registers for the functions of top_host.h, of which se_top_load is one.
struct se_top_bus se_top_registers(struct se_top *top);
enum se_status se_top_load(struct se_top *top, const struct se_layer *layer, struct se_error *err);

// Clock cycles since it was opened.
uint64_t se_top_cycles(const struct se_top *top);

enum se_top_in { SE_TOP_X, SE_TOP_CODE_IN, SE_TOP_DTZ, SE_TOP_BC, SE_TOP_INS };
enum se_top_out { SE_TOP_CODE, SE_TOP_X_PROJ, SE_TOP_Y, SE_TOP_OUTS };

// What goes through the streams: a beat's tdata a word. last receives tlast, and may be NULL.
struct se_top_streams {
    struct {
        size_t n;
        const uint32_t *data;
    } in[SE_TOP_INS];
    struct {
        size_t n;
        uint32_t *data;
        bool *last;
    } out[SE_TOP_OUTS];
};

// Sends and receives all of it. SE_INVALID when nothing moves any more, when a stream sends more
// than was asked for, or changes a beat that waits.
enum se_status se_top_run(struct se_top *top, const struct se_top_streams *streams,
                          struct se_error *err);

// Clock cycles of the last run from the first beat of one stream to the last of another, both
// included; each had a beat.
uint64_t se_top_run_cycles(const struct se_top *top, enum se_top_in from, enum se_top_out to);

// Offers the beats for `cycles` cycles and goes on to something else.
void se_top_disturb(struct se_top *top, const struct se_top_streams *streams, unsigned cycles);

// One cycle of aresetn.
void se_top_reset(struct se_top *top);

#ifdef __cplusplus
}
#endif
