// SPDX-License-Identifier: Apache-2.0
// What a Hadamard transform of n channels costs in hardware, as a streaming transform that takes a
// channel a cycle (single-path delay feedback; He and Torkelson, IPPS 1996), with the matrix of
// hadamard.h: Paley's of m rows times Sylvester's of 2^k, n = m * 2^k.
//
//   Sylvester: k stages of two adders, with delay lines of 1, 2, ... 2^(k-1) words; n * k additions
//   Paley:     m adders, each with its running sum of every of the 2^k places, in two banks (one
//              fills, one is read): 2 * n words; n * m additions; none where m is 1
//   latency:   2^k - 1 + k * an adder's cycles (1, FP32 3), and n of Paley's part; one channel a
//   cycle
//              behind that
//
// A delay line is read and written once for each channel, a running sum by each addition. `streams`
// of channels are taken at once: adders times, cycles divided by as many.
#pragma once

#include "w4a5se/logic.h"
#include "w4a5se/memory.h"

#include <stdbool.h>

struct se_rotation {
    uint64_t channels;
    bool fp32; // else integers of word_bits
    int word_bits;
    int streams; // 1 or more, and no more than channels
};

struct se_rotation_cost {
    uint64_t blocks, stages;  // m, k
    uint64_t adders, words;   // of all streams
    uint64_t additions;       // a transform
    uint64_t latency, cycles; // to the first result; to the last
    double adder_ge;
    struct se_band memory_area, logic_area, area;       // mm2
    struct se_band memory_energy, logic_energy, energy; // nJ a transform
    double ns;                                          // of a cycle: the adder's path
};

// Adders are `fp32_add` and `adder` of the logic model (logic.h) in DIR/logic; `library` is
// the profile that tech->logic names. SE_INVALID where no transform of so many channels is known,
// or as the models say.
enum se_status se_rotation_cost(const char *directory, const struct se_tech *tech,
                                const struct se_tech *library, const struct se_rotation *rotation,
                                struct se_rotation_cost *cost, struct se_error *err);
