// SPDX-License-Identifier: Apache-2.0
// Golden vectors in a directory: a manifest.json, and for each port a $readmemh file and an .npy
// file (docs/formats.md).
#pragma once

#include "golden.h"

struct vectors {
    const struct se_rtl_block *block;
    uint32_t config[SE_RTL_WORDS_MAX];
    size_t n_in, n_out;
    uint32_t *in, *out; // beats: stimulus and expected results
};

// Writes DIR, the manifest last. The directory is made when it is not there.
enum se_status vectors_write(const char *directory, const struct vectors *vectors,
                             struct se_error *err);

// Reads DIR; vectors_free releases the beats.
enum se_status vectors_read(const char *directory, struct vectors *vectors, struct se_error *err);

void vectors_free(struct vectors *vectors);

// Reads DIR/PORT_o.hex (direction 'o'; PORT_i.hex for 'i') for each port into beats[n * words of a
// beat]; PORT_o.npy where there is no .hex. An x or z digit, as a four-state simulator writes it,
// is refused by file and line.
enum se_status vectors_read_ports(const char *directory, const struct se_port *ports,
                                  char direction, size_t n, uint32_t *beats, struct se_error *err);
