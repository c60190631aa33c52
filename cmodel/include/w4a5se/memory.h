// SPDX-License-Identifier: Apache-2.0
// What a memory costs: area, access time, energy of a read and a write, leakage.
//
// SRAM, with constants of the node and device (tech.h) fitted by scripts/fit_memory.py:
//
//   area    = cell * (area_base + area_bit * bits + area_word * word_bits); area2_* for 1RW1R
//   access  = access_base + access_edge * edge                              edge = sqrt(area)
//   read    = read_base + read_cell * active + read_word * word_bits + read_edge * word_bits * edge
//   write   = write_base + write_word * word_bits + write_root * sqrt(bits)
//             + write_edge * word_bits * edge
//   leakage = leak_bit * bits + leak_area * area
//
// `active` is the cells on the bit lines that a read swings: columns * rows of one of the banks
// that an array of word_bits or more columns is divided into. That is where energy * delay^2 is
// least with
//
//   energy = columns * (rows + energy_bank * banks) + energy_word * word_bits
//   delay  = delay_base + rows + delay_column * columns / sqrt(banks) + delay_edge * edge in cells
//            + delay_bank * sqrt(banks)
//
// Banks and columns are no powers of two here, so that energy grows without steps; port_read times
// it with a second port. In the logarithms of columns and banks the product is convex.
//
// Flip-flops (written with an enable, read through a multiplexer) cost flop_gates a bit; a read
// takes log2(words) + 2 levels of logic. The smaller of the two is taken.
#pragma once

#include "w4a5se/tech.h"

#include <stdbool.h>
#include <stdint.h>

enum se_ports { SE_PORTS_1RW, SE_PORTS_1RW1R };
extern const char *const se_ports_names[3]; // NULL at the end

enum se_memory_kind { SE_MEMORY_SRAM, SE_MEMORY_FLIP_FLOPS };
extern const char *const se_memory_kind_names[3];

enum {
    SE_MEMORY_BITS_MAX = 1 << 29, // 64 MB
    SE_MEMORY_WORD_MAX = 4096,
    SE_MEMORY_MACRO_BITS = 2048, // of the smallest SRAM
};

struct se_memory {
    uint64_t bits;      // of whole words, 1 to SE_MEMORY_BITS_MAX
    uint64_t word_bits; // 1 to SE_MEMORY_WORD_MAX
    enum se_ports ports;
};

enum se_memory_quantity {
    SE_MEMORY_AREA,    // mm2
    SE_MEMORY_ACCESS,  // ns
    SE_MEMORY_READ,    // pJ
    SE_MEMORY_WRITE,   // pJ
    SE_MEMORY_LEAKAGE, // mW
    SE_MEMORY_QUANTITIES,
};
extern const char *const se_memory_quantity_names[SE_MEMORY_QUANTITIES + 1]; // "area_mm2", ...

// Figures of one way to build it, and where they come from.
struct se_memory_figures {
    struct se_band q[SE_MEMORY_QUANTITIES];
    size_t models; // of the device: one, or both when `typical` is their mean
    struct se_sum sums[SE_TECH_DEVICES][SE_MEMORY_QUANTITIES]; // point into the tech
};

struct se_memory_estimate {
    uint64_t words;
    enum se_memory_kind kind; // the one of less area
    double columns, rows;     // of the SRAM's active bank, as the fit divides arrays
    bool extrapolated;        // SRAM outside the sizes that were fitted: wider bands
    struct se_memory_figures by_kind[2];
};

// `typical` of a technology with hp and lstp is their geometric mean, its band spans both.
// SE_INVALID for a memory out of range, of a fraction of a word, or a device that the technology
// has not.
enum se_status se_memory_estimate(const struct se_tech *tech, enum se_device device,
                                  const struct se_memory *memory,
                                  struct se_memory_estimate *estimate, struct se_error *err);
